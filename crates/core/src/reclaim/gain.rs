//! What compacting an image would give back, or why it gives nothing.
//!
//! Not here: doing it (`compact`), and any other level's cost (`plan`).

use super::compact;
use super::plan::Reclaimable;
use super::refusal::Refusal;
use crate::bytes::Bytes;
use crate::ports::{Disk, Quiet, Reach};

/// What an image could give back, as it was found; good for as long as the image has not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gain {
    /// So many bytes come back to the volume.
    Found(Bytes),
    /// Nothing, for this reason.
    Refused(Refusal),
}

/// Finds what the guest in an image does not use; opens the image.
#[must_use]
pub fn look(disk: &dyn Disk, target: &Reclaimable) -> Gain {
    let found = match disk.trim_plan(target.path(), Reach::Free, &Quiet) {
        Ok(found) => found,
        Err(error) => return Gain::Refused(compact::refusal(target.path(), error)),
    };
    if let Some(why) = found.left_alone() {
        return Gain::Refused(Refusal::NotTrimmable { path: target.path().to_path_buf(), why });
    }
    // Which of the blocks a clone shares is not known; at worst all of these.
    let shared = disk.shared(target.path()).ok().flatten().unwrap_or_default();
    Gain::Found(found.punchable.less(shared))
}
