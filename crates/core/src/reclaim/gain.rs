//! What compacting an image would give back, or why it gives nothing.
//!
//! Not here: doing it (`compact`), and any other level's cost (`plan`).

use super::compact;
use super::plan::Reclaimable;
use super::refusal::Refusal;
use crate::bundle::{Role, role_of};
use crate::bytes::Bytes;
use crate::ports::{Disk, FileFacts, FileKind, Quiet, Reach};

/// Smaller files hold no memory of a VM.
const MEMORY: Bytes = Bytes::mega(256);

/// A file beside the image that nobody knows and that could hold the memory of a VM, or may for all that can be seen. One
/// that is suspended has no image open, and goes on with blocks that are free on its disk.
fn memory(disk: &dyn Disk, target: &Reclaimable) -> Option<String> {
    let folder = target.path().parent()?;
    let Ok(names) = disk.list(folder) else { return Some("what lies".to_owned()) };
    names.into_iter().map(|name| name.to_string_lossy().into_owned()).find(|name| {
        let is_small = |facts: FileFacts| facts.kind != FileKind::File || facts.logical < MEMORY;
        role_of(name) == Role::Unknown && !disk.facts(&folder.join(name)).is_ok_and(is_small)
    })
}

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
    let left_mounted = found.layout.partitions.iter().any(|partition| partition.left_mounted);
    if left_mounted && let Some(name) = memory(disk, target) {
        let why =
            format!("its file system was never unmounted, and {name} beside it may be the memory of a suspended VM");
        return Gain::Refused(Refusal::NotTrimmable { path: target.path().to_path_buf(), why });
    }
    // Which of the blocks a clone shares is not known; at worst all of these.
    let shared = disk.shared(target.path()).ok().flatten().unwrap_or_default();
    Gain::Found(found.punchable.less(shared))
}
