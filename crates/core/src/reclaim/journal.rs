//! The journal of the run under way: written before each step, read at every start.
//!
//! Not here: what is done about an unfinished one (`recovery`).

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::plan::{Action, Later};
use super::report::Receipt;
use super::{Level, Yard};
use crate::bundle::ASIDE_PREFIX;
use crate::bytes::Bytes;
use crate::ports::{DiskError, Identity};

/// How far a run has come. What recovery does hangs on this and on what is on disk, on nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Copies are being made; the bundle is as it was.
    Copying,
    /// Files may be under their aside names: to be undone.
    Moving,
    /// Holes are being made in an image itself: nothing is to be undone, and what came back counts.
    Punching,
    /// The last guard has agreed: to be finished.
    Committed,
    /// All is done but the receipt.
    Done,
}

/// One file on its way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Its name in the bundle.
    pub name: String,
    /// Its name while aside.
    pub aside: String,
    /// What it is.
    pub identity: Identity,
    /// What happens to it.
    pub action: Action,
    /// Blocks that only it holds.
    pub expected: Bytes,
}

/// One file on its way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// Its name in the bundle.
    pub name: String,
    /// Its name until it is moved in.
    pub temporary: String,
    /// What it is, known once it is whole.
    pub identity: Option<Identity>,
    /// When its content was dated then; another time tells that somebody has written to it.
    #[serde(default)]
    pub modified: Option<(i64, u32)>,
}

/// How an image is compacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// In a clone that takes its place.
    Clone {
        /// The clone's name; after the swap the original's.
        name: String,
        /// What the clone is, known once it is made.
        made: Option<Identity>,
    },
    /// In place, under a write lease.
    InPlace,
}

/// The image that is compacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compacted {
    /// Its name in the bundle.
    pub name: String,
    /// What it is.
    pub identity: Identity,
    /// When its content last changed. Its clone is given the same time, so that another tells that one was written to.
    pub modified: (i64, u32),
    /// Blocks it held before.
    pub allocated: Bytes,
    /// How.
    pub way: Way,
}

/// The journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// Names the run.
    pub id: String,
    /// The level, or none for an undo.
    pub level: Option<Level>,
    /// The bundle.
    pub bundle: PathBuf,
    /// The bundle's folder.
    pub identity: Identity,
    /// Where its volume was mounted; a journal of an older version does not tell.
    #[serde(default)]
    pub mount_point: Option<PathBuf>,
    /// How far it has come.
    pub phase: Phase,
    /// Files that go.
    pub moved: Vec<Moved>,
    /// File that comes.
    pub installed: Option<Installed>,
    /// The image that is compacted.
    #[serde(default)]
    pub compacted: Option<Compacted>,
    /// The set-aside copy this run makes, and its length once it is whole.
    pub copy: Option<Copy>,
    /// When it began.
    pub started: Timestamp,
    /// Free bytes of the volume then.
    pub free_before: Bytes,
    /// What was said about the cost.
    pub later: Later,
    /// What to keep, once all is done.
    pub receipt: Option<Receipt>,
}

impl Journal {
    /// Takes the bundle's device to be this one. Systems count devices anew at each start (APFS and Btrfs among them), while
    /// files keep their inodes.
    pub(super) fn renumber(&mut self, device: u64) {
        let before = std::mem::replace(&mut self.identity.device, device);
        let moved = self.moved.iter_mut().map(|moved| &mut moved.identity);
        let installed = self.installed.iter_mut().filter_map(|installed| installed.identity.as_mut());
        let compacted = self.compacted.iter_mut().flat_map(|compacted| {
            let made = match &mut compacted.way {
                Way::Clone { made, .. } => made.as_mut(),
                Way::InPlace => None,
            };
            std::iter::once(&mut compacted.identity).chain(made)
        });
        for identity in moved.chain(installed).chain(compacted).filter(|identity| identity.device == before) {
            identity.device = device;
        }
    }
}

/// A set-aside copy in the making.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// Its name for `undo`.
    pub id: String,
    /// Its length, none while it is not verified.
    pub stored: Option<Bytes>,
}

/// The journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// It cannot be read or written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The volume of its bundle is not mounted.
    #[error("finish what was begun in {}: its disk is not there", bundle.display())]
    Away {
        /// The bundle.
        bundle: PathBuf,
    },
    /// It is there and makes no sense.
    #[error("read the journal {}: {why}", path.display())]
    Unreadable {
        /// Where it is.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// Enough for the blocks a new journal and its folder take on any file system used here (APFS, ext4, XFS, Btrfs: 4 to
/// 64 KiB each).
const BALLAST: usize = 256 * 1024;
/// A journal lists a few files; one longer than this was not written by us.
const LONGEST: usize = 4 << 20;

/// How a file of this run is named while aside: in its own folder, so that it stays on its volume and no folder has to
/// be made on a full disk.
#[must_use]
pub fn aside_name(id: &str, name: &str) -> String {
    format!("{ASIDE_PREFIX}{id}-{name}")
}

/// Keeps a little room for the journal, for the day the disk is full.
pub fn lay_ballast(yard: Yard<'_>) {
    let path = yard.state.join("ballast");
    if yard.asker.disk.facts(&path).is_err() {
        // Bytes that no file system stores as a hole. Without the ballast all works until the disk is full, and then
        // the journal's own error says so.
        let _ = yard.asker.disk.replace(&path, &vec![0x5A; BALLAST]);
    }
    // A new file takes room too, if only for its inode.
    let lock = yard.lock_path();
    if yard.asker.disk.facts(&lock).is_err() {
        let _ = yard.asker.disk.claim(&lock);
    }
}

/// Writes the journal; on a full disk the ballast goes first.
pub fn save(yard: Yard<'_>, journal: &Journal) -> Result<(), JournalError> {
    let path = yard.journal_path();
    let text = serde_json::to_vec_pretty(journal)
        .map_err(|error| JournalError::Unreadable { path: path.clone(), why: error.to_string() })?;
    match yard.asker.disk.replace(&path, &text) {
        Err(error) if error.is_full() => {
            yard.asker.disk.remove(&yard.state.join("ballast")).map_err(|_| error)?;
            Ok(yard.asker.disk.replace(&path, &text)?)
        }
        other => Ok(other?),
    }
}

/// The journal of an unfinished run, if there is one.
pub fn load(yard: Yard<'_>) -> Result<Option<Journal>, JournalError> {
    let path = yard.journal_path();
    let text = match yard.asker.disk.read_at(&path, 0, LONGEST) {
        Err(error) if error.is_missing() => return Ok(None),
        other => other?,
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| JournalError::Unreadable { path, why: error.to_string() })
}

/// Forgets a finished run whose receipt is kept. Since it ended another Plimsoll may have done that, and have begun a run of
/// its own; while one is at work, the next start forgets it.
pub fn settle(yard: Yard<'_>, id: &str) -> Result<(), JournalError> {
    let Some(_claim) = yard.asker.disk.claim(&yard.lock_path())? else { return Ok(()) };
    if load(yard)?.is_some_and(|found| found.id == id) { clear(yard) } else { Ok(()) }
}

/// Forgets the run of the journal that is there.
pub fn clear(yard: Yard<'_>) -> Result<(), JournalError> {
    match yard.asker.disk.remove(&yard.journal_path()) {
        Err(error) if error.is_missing() => Ok(()),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::{ProcessTable, SystemClock, UnixDisk};
    use crate::ports::{Asker, Quiet};

    #[test]
    fn a_run_that_ended_forgets_no_journal_but_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
        let yard = Yard { asker, clock: &SystemClock, progress: &Quiet, state: folder.path() };
        let journal = Journal {
            id: "2-1".to_owned(),
            level: Some(Level::Rebuild),
            bundle: folder.path().to_path_buf(),
            identity: Identity { device: 1, inode: 1 },
            mount_point: None,
            phase: Phase::Moving,
            moved: Vec::new(),
            installed: None,
            compacted: None,
            copy: None,
            started: Timestamp::UNIX_EPOCH,
            free_before: Bytes::ZERO,
            later: Later::default(),
            receipt: None,
        };
        save(yard, &journal).expect("save");
        settle(yard, "1-1").expect("another's");
        let lock = yard.asker.disk.claim(&yard.lock_path()).expect("claim").expect("nobody has it");
        settle(yard, "2-1").expect("somebody is at work");
        assert_eq!(load(yard).expect("load"), Some(journal));
        drop(lock);
        settle(yard, "2-1").expect("its own");
        assert_eq!(load(yard).expect("load"), None);
    }
}
