//! An activity of the app's, as macOS calls what must not be put off (`NSProcessInfo`).
//!
//! Not here: when there is one.
#![expect(unsafe_code, reason = "ending an activity takes what began it, whose class has no name")]

use objc2::rc::Retained;
use objc2::runtime::{NSObjectProtocol, ProtocolObject};
use objc2_foundation::{NSActivityOptions, NSProcessInfo, NSString};

/// Holds until it is dropped.
pub(crate) struct Awake(Retained<ProtocolObject<dyn NSObjectProtocol>>);

impl Awake {
    /// The screen may go dark meanwhile.
    pub(crate) fn begin() -> Self {
        let reason = NSString::from_str("giving space back");
        let options = NSActivityOptions::UserInitiated;
        Self(NSProcessInfo::processInfo().beginActivityWithOptions_reason(options, &reason))
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        // SAFETY: it is what `beginActivityWithOptions:reason:` gave, and it is ended once (NSProcessInfo.h).
        unsafe { NSProcessInfo::processInfo().endActivity(&self.0) };
    }
}
