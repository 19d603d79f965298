//! How an alert reaches somebody: as a notification, or only on the icon and the panel, and why.
//!
//! Not here: sending it, and what it says.

use crate::cadence::Attention;

/// Whether the system shows notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It does, or was not asked yet.
    Granted,
    /// The user has switched them off in the system's settings.
    Refused,
    /// They cannot be sent, and why: there is no such service, or it failed.
    Failed(String),
}

/// The way of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// As a notification.
    Notification,
    /// It stands where somebody is looking anyway.
    PanelIsOpen,
    /// The icon asks for attention instead, since notifications are switched off here.
    SwitchedOff,
    /// The icon asks for attention instead, since the system refuses notifications.
    Refused,
    /// The icon asks for attention instead, since they fail, and why.
    Failed(String),
}

/// First match wins: the panel is open, switched off, refused or failing, and else a notification.
#[must_use]
pub fn way(attention: Attention, wanted: bool, permission: &Permission) -> Way {
    match permission {
        _ if attention == Attention::PanelOpen => Way::PanelIsOpen,
        _ if !wanted => Way::SwitchedOff,
        Permission::Refused => Way::Refused,
        Permission::Failed(why) => Way::Failed(why.clone()),
        Permission::Granted => Way::Notification,
    }
}

impl Way {
    /// The icon has to say that there is something to see.
    #[must_use]
    pub const fn needs_icon(&self) -> bool {
        matches!(self, Self::SwitchedOff | Self::Refused | Self::Failed(_))
    }
}
