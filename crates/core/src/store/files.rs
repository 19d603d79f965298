//! The file-system calls that the store and the settings need beside `SQLite`'s own.
//!
//! Not here: when a file is moved aside, and what is in it. The `Disk` port is not asked: `SQLite` opens its file itself,
//! and a fake disk would only hide what becomes of it.
#![expect(clippy::disallowed_methods, reason = "the store's own files")]

use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{Access, CWD, RenameFlags};
use rustix::io::Errno;

use super::StoreError;

/// Names tried for one file in one second. More files set aside at once than this are no accident.
const NAMES: u32 = 100;

/// What `SQLite` puts beside a database. Left behind, a journal would be rolled back into the next one.
const COMPANIONS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Makes the folder when it is missing, and gives the file's path with no link left in it.
pub(super) fn settle(path: &Path) -> Result<PathBuf, StoreError> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(StoreError::NotAFile { path: path.to_path_buf() });
    };
    let failed = |operation| move |source| StoreError::Io { operation, path: folder.to_path_buf(), source };
    // Private: sizes and times tell when somebody works.
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed("make the folder"))?;
    let path = folder.canonicalize().map_err(failed("find the folder"))?.join(name);
    match path.symlink_metadata() {
        Ok(facts) if !facts.is_file() => Err(StoreError::NotAFile { path }),
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::Io { operation: "look at", path, source })
        }
        _ => Ok(path),
    }
}

/// Begins a file that only its owner may read: `SQLite` would let everybody, and gives its journal the same mode.
/// Where that cannot be done, `SQLite` finds out why.
pub(super) fn begin_private(path: &Path) {
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

/// Why the journal beside `path` cannot be written. It is made once and then only truncated, so that a folder that was
/// closed later is no obstacle.
pub(super) fn journal_obstacle(path: &Path) -> Option<StoreError> {
    let journal = with_suffix(path, "-journal");
    let folder = path.parent()?;
    let (asked, access) =
        if journal.exists() { (&*journal, Access::WRITE_OK) } else { (folder, Access::WRITE_OK | Access::EXEC_OK) };
    let source = rustix::fs::access(asked, access).err()?.into();
    Some(StoreError::Io { operation: "write to", path: asked.to_path_buf(), source })
}

/// Renames a file to `<name>.<tag>-<unix time>`, never over another, and with it what `SQLite` keeps beside it.
pub(crate) fn move_aside(path: &Path, tag: &str, now: Timestamp) -> io::Result<PathBuf> {
    let stem = with_suffix(path, &format!(".{tag}-{}", now.as_second()));
    let spares = (2..=NAMES).map(|number| with_suffix(&stem, &format!(".{number}")));
    let mut names = std::iter::once(stem.clone()).chain(spares);
    let taken = || io::Error::from(io::ErrorKind::AlreadyExists);
    let kept = loop {
        let name = names.next().ok_or_else(taken)?;
        match rename_new(path, &name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            renamed => break renamed.map(|()| name)?,
        }
    };
    for companion in COMPANIONS {
        // Mostly there is none. SQLite itself removes a journal that it finds beside an empty database.
        let _ = rename_new(&with_suffix(path, companion), &with_suffix(&kept, companion));
    }
    Ok(kept)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Network and FUSE file systems may not know the flag.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match to.symlink_metadata() {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => std::fs::rename(from, to),
            Err(error) => Err(error),
        },
        renamed => Ok(renamed?),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests;
