//! Opening at login: one file for each platform.
//!
//! Not here: when it is asked for, and what is said about it (`desktop`).

#[cfg(target_os = "linux")]
#[path = "login/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "login/macos.rs"]
mod platform;

pub(crate) use platform::{add, open_settings, remove, state, with_plugin};

/// How the system stands to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginState {
    /// The app opens at login.
    On,
    /// It does not, or that is not known.
    Off,
    /// It is on the system's list, and the user has not approved it or has switched it off there.
    Waits,
}
