//! What a panel of macOS is beside what the window library can make of a window.
//!
//! Not here: where it stands and when.
#![expect(unsafe_code, reason = "the window's behaviour has no safe wrapper here")]

use objc2::msg_send;
use objc2::runtime::AnyObject;
use tauri::WebviewWindow;

/// `NSWindowCollectionBehaviorFullScreenAuxiliary` of `NSWindow.h`: it may stand above another app's full screen.
const ABOVE_FULL_SCREENS: usize = 1 << 8;

/// Lets the panel open above an app that fills the screen, which would give way to it otherwise. On the main thread.
pub(super) fn above_full_screens(window: &WebviewWindow) -> tauri::Result<()> {
    let window = window.ns_window()?.cast::<AnyObject>();
    // SAFETY: an NSWindow that lives as long as `window`, asked on the main thread; both methods are its own (NSWindow.h).
    unsafe {
        let now: usize = msg_send![window, collectionBehavior];
        let () = msg_send![window, setCollectionBehavior: now | ABOVE_FULL_SCREENS];
    }
    Ok(())
}
