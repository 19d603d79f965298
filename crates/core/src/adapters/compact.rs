//! What compacting asks of the disk: free blocks found, holes made under a lease or in a clone, and the clone itself.
//!
//! Finding and punching is the crate `holes`. Not here: what only one platform has (`linux_clone.rs`, `macos_clone.rs`,
//! leases), and when any of this is done (`reclaim::compact`).

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use holes::{Options, Phase, Watch};
use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps};

use super::platform::{self, Lease};
use super::unix::{open_file, open_folder};
use super::{clone, unix};
use crate::bytes::Bytes;
use crate::ports::{
    CloneAnswer, DiskError, FileFacts, Footing, Operation, Progress, Reach, TrimError, TrimPlan, Trimmed,
};

/// Looks at the table and the superblocks alone.
pub(super) fn layout(image: &Path) -> Result<holes::Layout, TrimError> {
    let file = open_file(image).map_err(opening)?;
    holes::inspect(&file).map_err(|error| match error {
        holes::Error::Io { source, .. } => DiskError::new(Operation::Read, image, source).into(),
        error => told(error, image),
    })
}

/// Looks without the walk over all inodes: [`trim`] does that before it changes anything.
pub(super) fn plan(image: &Path, reach: Reach, progress: &dyn Progress) -> Result<TrimPlan, TrimError> {
    let file = open_file(image).map_err(opening)?;
    let options = Options { zero_runs: reach == Reach::FreeAndZeros, verify: false, ..Options::default() };
    let mut watcher = Watcher { lease: None, progress, stopped: None };
    let plan = holes::plan(&file, &options, &mut watcher);
    if watcher.stopped.is_some() {
        return Err(TrimError::Stopped);
    }
    let plan = plan.map_err(|error| told(error, image))?;
    Ok(TrimPlan { layout: plan.layout, punchable: Bytes(plan.punchable_bytes) })
}

/// Somebody's lease makes the opener wait, or say that it would.
fn opening(error: DiskError) -> TrimError {
    if error.source.kind() == io::ErrorKind::WouldBlock { TrimError::InUse } else { error.into() }
}

fn told(error: holes::Error, image: &Path) -> TrimError {
    match error {
        holes::Error::Io { source, .. } => DiskError::new(Operation::Punch, image, source).into(),
        holes::Error::NotRaw(_) | holes::Error::NotAFile => TrimError::NotTrimmable(error.to_string()),
        holes::Error::NoHoles => TrimError::NotHere(error.to_string()),
        // Who stopped it is known to the caller, before this is asked.
        holes::Error::Changed | holes::Error::Again(_) | holes::Error::Stopped => TrimError::Changed,
        holes::Error::NotSame => TrimError::NotSame,
    }
}

/// Makes the holes.
pub(super) fn trim(
    image: &Path,
    reach: Reach,
    footing: Footing,
    progress: &dyn Progress,
) -> Result<Trimmed, TrimError> {
    let failed = |operation| move |error: rustix::io::Errno| DiskError::new(operation, image, error.into());
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let opened = rustix::fs::open(image, flags, Mode::empty());
    let file = File::from(opened.map_err(failed(Operation::Open)).map_err(opening)?);
    let lease = match footing {
        Footing::Ours => None,
        Footing::Lease => match Lease::take(&file) {
            Ok(Some(lease)) => Some(lease),
            Ok(None) => return Err(TrimError::InUse),
            Err(error) => return Err(TrimError::NotHere(format!("no write lease can be had: {error}"))),
        },
    };
    let times = times(&file).map_err(|error| DiskError::new(Operation::Stat, image, error))?;
    let mut watcher = Watcher { lease: lease.as_ref(), progress, stopped: None };
    let made = make(&file, image, reach, &mut watcher);
    let stopped = watcher.stopped;
    // While the lease is held, so that whoever waits for it finds the times that were.
    let dated = rustix::fs::futimens(&file, &times).map_err(failed(Operation::Punch));
    drop(lease);
    match (made, stopped) {
        (_, Some(stopped)) => Ok(stopped),
        (made, None) => {
            made?;
            dated?;
            file.sync_all().map_err(|error| DiskError::new(Operation::Sync, image, error))?;
            Ok(Trimmed::Whole)
        }
    }
}

fn make(file: &File, image: &Path, reach: Reach, watcher: &mut Watcher<'_>) -> Result<(), TrimError> {
    let zero_runs = reach == Reach::FreeAndZeros;
    let options = Options { zero_runs, verify: true, prompt: watcher.lease.is_some() };
    let plan = holes::plan(file, &options, watcher).map_err(|error| told(error, image))?;
    let seen = TrimPlan { layout: plan.layout.clone(), punchable: Bytes(plan.punchable_bytes) };
    if let Some(why) = seen.left_alone() {
        return Err(TrimError::NotTrimmable(why));
    }
    if seen.punchable > Bytes::ZERO {
        holes::punch(file, &plan, watcher).map_err(|error| told(error, image))?;
    }
    Ok(())
}

fn times(file: &File) -> io::Result<Timestamps> {
    let found = file.metadata()?;
    Ok(Timestamps {
        last_access: Timespec { tv_sec: found.atime(), tv_nsec: found.atime_nsec() },
        last_modification: Timespec { tv_sec: found.mtime(), tv_nsec: found.mtime_nsec() },
    })
}

/// Tells `holes` to stop when the lease is wanted or the user has had enough, and remembers which.
struct Watcher<'a> {
    lease: Option<&'a Lease>,
    progress: &'a dyn Progress,
    stopped: Option<Trimmed>,
}

impl Watch for Watcher<'_> {
    fn advanced(&mut self, phase: Phase, done: u64, total: u64) {
        let what = match phase {
            Phase::Reading => "reading",
            Phase::Noting => "noting",
            Phase::Punching => "punching",
            Phase::Verifying => "comparing",
        };
        self.progress.advanced(what, Bytes(done), Bytes(total));
    }

    fn stop(&mut self) -> bool {
        if self.stopped.is_none() {
            if self.lease.is_some_and(Lease::is_wanted) {
                self.stopped = Some(Trimmed::Wanted);
            } else if self.progress.cancelled() {
                self.stopped = Some(Trimmed::Cancelled);
            }
        }
        self.stopped.is_some()
    }
}

/// Clones a file to a new name beside it.
pub(super) fn clone_file(directory: &Path, from: &str, to: &str) -> Result<CloneAnswer, DiskError> {
    let (image, target) = (directory.join(from), directory.join(to));
    let (source, folder) = (open_file(&image)?, open_folder(directory)?);
    match clone::clone(&source, &folder, to) {
        Ok(()) => {}
        Err(error) if is_no(&error) => return Ok(CloneAnswer::NotHere(error.to_string())),
        Err(error) => return Err(DiskError::new(Operation::Clone, &target, error)),
    }
    let look = |path: &Path| platform::facts(path).map_err(|error| DiskError::new(Operation::Stat, path, error));
    let same = look(&image).and_then(|source| Ok(is_like(&source, &look(&target)?)));
    if !matches!(same, Ok(true)) {
        rustix::fs::unlinkat(&folder, to, AtFlags::empty())
            .map_err(|error| DiskError::new(Operation::Remove, &target, error.into()))?;
    }
    Ok(if same? { CloneAnswer::Made } else { CloneAnswer::NotHere("a clone does not keep all attributes".to_owned()) })
}

fn is_like(one: &FileFacts, other: &FileFacts) -> bool {
    let of = |facts: &FileFacts| (facts.kind, facts.logical, facts.owner, facts.mode, facts.modified);
    of(one) == of(other)
}

/// Answers that mean *not here*, rather than that something broke: no clones on this file system (`EOPNOTSUPP`, `ENOTTY`,
/// `EINVAL`, `EXDEV` of `ioctl_ficlone(2)`; `ENOTSUP` of clonefile(2)), no room for one, or no right to give it what the
/// original has.
fn is_no(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, InvalidInput, PermissionDenied, QuotaExceeded, StorageFull, Unsupported};
    let kinds = [Unsupported, InvalidInput, CrossesDevices, StorageFull, QuotaExceeded, PermissionDenied];
    // `ENOTSUP` is a number of its own on macOS, which the standard library does not know.
    kinds.contains(&error.kind()) || [libc::ENOTTY, libc::ENOTSUP].map(Some).contains(&error.raw_os_error())
}

/// Swaps two names of a folder.
pub(super) fn exchange(directory: &Path, one: &str, other: &str) -> Result<(), DiskError> {
    let folder = open_folder(directory)?;
    rustix::fs::renameat_with(&folder, one, &folder, other, rustix::fs::RenameFlags::EXCHANGE)
        .map_err(|error| DiskError::new(Operation::Exchange, &directory.join(one), error.into()))?;
    unix::sync(&folder, directory)
}
