//! Notifications: what is sent, whether they may be, and what comes back; one file for each platform.
//!
//! Not here: when anybody is notified, and any words. See docs/decisions/0017-notifications-of-our-own.md.

#[cfg(target_os = "linux")]
#[path = "notify/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "notify/macos.rs"]
mod platform;

pub(crate) use platform::Notifier;

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notification {
    /// Names it: another of the same name takes its place.
    pub(crate) id: String,
    /// In a few words.
    pub(crate) title: String,
    /// What to know.
    pub(crate) body: String,
    /// Buttons, where the system shows any.
    pub(crate) buttons: Vec<Button>,
    /// What a click on the notification itself does, for systems that say so.
    pub(crate) open: String,
    /// It stays until it is seen to.
    pub(crate) urgent: bool,
}

/// A button of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Button {
    /// Names it in what comes back.
    pub(crate) key: String,
    /// On it.
    pub(crate) label: String,
}

/// What comes back of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Somebody clicked on it.
    Clicked {
        /// Its name.
        id: String,
    },
    /// Somebody pressed a button.
    Pressed {
        /// Name of the notification.
        id: String,
        /// Key of the button.
        key: String,
    },
    /// Somebody was asked whether notifications may be shown, and said no.
    #[cfg_attr(target_os = "linux", expect(dead_code, reason = "only macOS asks"))]
    Refused,
}

/// Whether notifications may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// They are shown.
    Granted,
    /// The user was not asked yet; the first notification asks.
    #[cfg_attr(target_os = "linux", expect(dead_code, reason = "only macOS asks"))]
    NotAsked,
    /// The user has switched them off in the system's settings.
    Refused,
    /// There is nobody to show them, and why.
    Unavailable(String),
}
