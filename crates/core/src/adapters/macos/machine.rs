//! What the machine runs on, and what APFS and its snapshots do with free space.
//!
//! Not here: what follows from it (`cadence`, `reclaim::report`, `doctor`).

use std::path::Path;
use std::process::Command;

use objc2_core_foundation::{CFNumber, CFRetained, CFType, CFURL, kCFURLVolumeAvailableCapacityForImportantUsageKey};

use crate::adapters::brief::brief;
use crate::bytes::Bytes;
use crate::cadence::Power;
use crate::ports::machine::{LocalSnapshots, Machine, parse_tmutil};

#[link(name = "IOKit", kind = "framework")]
unsafe extern "C" {
    /// IOKit/ps/IOPowerSources.h: seconds left on battery, -1 while it is being estimated, -2 on other power.
    safe fn IOPSGetTimeRemainingEstimate() -> f64;
}

/// `kIOPSTimeRemainingUnlimited` of IOKit/ps/IOPowerSources.h.
const UNLIMITED: f64 = -2.0;

/// This Mac.
pub struct ThisMachine;

impl Machine for ThisMachine {
    fn power(&self) -> Power {
        if IOPSGetTimeRemainingEstimate() <= UNLIMITED { Power::Mains } else { Power::Battery }
    }

    fn local_snapshots(&self, volume: &Path) -> LocalSnapshots {
        // The only way without an entitlement (tmutil(8)).
        match brief(Command::new("/usr/bin/tmutil").arg("listlocalsnapshots").arg(volume)) {
            Ok(text) => LocalSnapshots::Named(parse_tmutil(&text)),
            Err(error) => LocalSnapshots::Unknown(format!("tmutil does not say: {error}")),
        }
    }

    fn free_when_purged(&self, path: &Path) -> Option<Bytes> {
        let url = CFURL::from_directory_path(path)?;
        let mut value: *const CFType = std::ptr::null();
        // SAFETY: the key's value is a number or nothing, and we own what is copied to `value`, a pointer that outlives
        // the call (CoreFoundation/CFURL.h, CFURLCopyResourcePropertyForKey).
        let value = unsafe {
            let key = kCFURLVolumeAvailableCapacityForImportantUsageKey;
            let copied = url.resource_property_for_key(key, (&raw mut value).cast(), std::ptr::null_mut());
            let value = std::ptr::NonNull::new(value.cast_mut()).filter(|_| copied)?;
            CFRetained::from_raw(value)
        };
        value.downcast_ref::<CFNumber>()?.as_i64()?.try_into().ok().map(Bytes)
    }
}
