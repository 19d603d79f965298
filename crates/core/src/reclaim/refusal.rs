//! Why nothing is done: a refusal is an answer, not a failure.
//!
//! Not here: the words for it (`notice`).

use std::path::PathBuf;

use crate::bytes::Bytes;
use crate::ports::Holder;

/// One reason against a plan, with what the user needs to know to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody has a file of the bundle open.
    VmRunning {
        /// Who, and what.
        holders: Vec<Holder>,
    },
    /// Nothing that would know could be asked.
    VmUnknown {
        /// What was missing.
        missing: Vec<String>,
    },
    /// The app itself runs, and this level touches files that it may be writing.
    AppRunning,
    /// No rebuild source beside the image.
    SourceMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The rebuild source would not give the image back.
    SourceBroken {
        /// The source.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The rebuild, or the copy, would not fit.
    NoRoom {
        /// Bytes it takes.
        needed: Bytes,
        /// Bytes there would be.
        available: Bytes,
        /// On which volume.
        volume: PathBuf,
    },
    /// A symbolic link, folder or device stands where a file should be.
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// The file has other names: removing one frees nothing, and another may be in use.
    HardLinked {
        /// Where.
        path: PathBuf,
        /// Names it has.
        links: u64,
    },
    /// The file belongs to somebody else.
    ForeignOwner {
        /// Where.
        path: PathBuf,
        /// The owner's user id.
        owner: u32,
    },
    /// The volume is mounted read-only.
    ReadOnlyVolume {
        /// Where it is mounted.
        volume: PathBuf,
    },
    /// The file is flagged against change.
    Immutable {
        /// Where.
        path: PathBuf,
    },
    /// The file is not what the plan was made from.
    Changed {
        /// Where.
        path: PathBuf,
    },
    /// The file is gone.
    Vanished {
        /// Where.
        path: PathBuf,
    },
    /// Another disk is layered over the image and would break without it.
    Layered {
        /// The overlay.
        path: PathBuf,
    },
    /// The session image is of a format that cannot be set aside and brought back for certain.
    UnknownFormat {
        /// Where.
        path: PathBuf,
    },
    /// Another Plimsoll is at work on this bundle.
    Busy,
    /// The facts differ from those the user agreed to.
    PlanChanged,
    /// It cannot be known what the guest does not use: another format, or damage.
    NotTrimmable {
        /// The image.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The volume has neither clones nor leases, or no holes.
    NoWay {
        /// The image.
        path: PathBuf,
        /// What there is not.
        why: String,
    },
    /// Somebody wanted the image while it was compacted, and got it.
    Wanted {
        /// The image.
        path: PathBuf,
    },
    /// The user stopped it when some had come back.
    StoppedEarly {
        /// The image.
        path: PathBuf,
    },
    /// Something could not be looked at, and not knowing is no reason to go on.
    CannotTell {
        /// Where.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The user stopped it.
    Cancelled,
}

impl Refusal {
    /// Goes away by itself once the VM has stopped, so that it is no reason against arming.
    #[must_use]
    pub const fn waits_for_vm(&self) -> bool {
        matches!(self, Self::VmRunning { .. } | Self::VmUnknown { .. } | Self::AppRunning)
    }
}
