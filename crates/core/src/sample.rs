//! One measurement at one instant, as history keeps it.
//!
//! Not here: how it is measured (`measure`), how long it is kept (`history`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;
use crate::vm::Liveness;

/// What one bundle and its volume held at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When it was measured.
    pub at: Timestamp,
    /// Allocated bytes of the whole bundle.
    pub allocated: Bytes,
    /// Allocated bytes of the system image (`rootfs.img`), zero when absent.
    pub system: Bytes,
    /// Allocated bytes of the session image (`sessiondata.img`), zero when absent.
    pub session: Bytes,
    /// Inode of the system image: a new number means that it was rebuilt. Zero when absent.
    pub system_inode: u64,
    /// Modification time of the rebuild source, in seconds: a new time means an image update. Zero when absent.
    pub source_modified: i64,
    /// Free bytes of the volume under the bundle.
    pub free: Bytes,
    /// Total bytes of that volume.
    pub total: Bytes,
    /// Whether the VM ran.
    pub vm: Liveness,
    /// What the guest has free.
    pub guest_free: GuestFree,
}

/// Free bytes of the guest in each image; none where they were not read since the image changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestFree {
    /// In the system image.
    pub system: Option<Bytes>,
    /// In the session image.
    pub session: Option<Bytes>,
}

impl GuestFree {
    /// Whether anything is known.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.system.is_some() || self.session.is_some()
    }

    /// This, and where it is not known the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { system: self.system.or(other.system), session: self.session.or(other.session) }
    }
}

/// Something that moved the sizes at once and is not growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Plimsoll gave space back, or somebody removed an image by hand.
    Reclaim,
    /// The system image was made anew.
    Rebuild,
    /// The rebuild source was replaced by another release.
    ImageUpdate,
}
