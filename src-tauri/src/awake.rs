//! Keeps the machine from slowing the app down or falling asleep while something is under way.
//!
//! On macOS only, which naps apps without a window. Not here: idle looks, which may be late.

#[cfg(target_os = "macos")]
#[path = "awake/macos.rs"]
mod platform;

#[cfg(target_os = "macos")]
pub(crate) use platform::Awake;

/// Holds until it is dropped.
#[cfg(not(target_os = "macos"))]
pub(crate) struct Awake;

#[cfg(not(target_os = "macos"))]
impl Awake {
    pub(crate) fn begin() -> Self {
        Self
    }
}
