//! The disk through POSIX calls, the same on both platforms.
//!
//! Not here: what only one platform has (`linux.rs`, `macos.rs`), and copying of images (`copy.rs`).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, RenameFlags};

use super::{compact, copy, platform};
use crate::bytes::Bytes;
use crate::ports::{
    Claim, CloneAnswer, Copied, Disk, DiskError, FileFacts, Footing, Operation, Progress, Reach, TrimError, TrimPlan,
    Trimmed, Volume,
};

/// The real disk.
pub struct UnixDisk;

fn failed<E: Into<io::Error>>(operation: Operation, path: &Path) -> impl FnOnce(E) -> DiskError + '_ {
    move |error| DiskError::new(operation, path, error.into())
}

/// Opens a regular file for reading, never through a link, never waiting for a lease or a pipe.
pub(super) fn open_file(path: &Path) -> Result<File, DiskError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(failed(Operation::Open, path))?);
    let regular = file.metadata().map_err(failed(Operation::Stat, path))?.is_file();
    if regular { Ok(file) } else { Err(not_a_file(path)) }
}

fn not_a_file(path: &Path) -> DiskError {
    DiskError::new(Operation::Open, path, io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
}

pub(super) fn open_folder(path: &Path) -> Result<File, DiskError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(failed(Operation::Open, path))?))
}

fn sync_folder(path: &Path) -> Result<(), DiskError> {
    sync(&open_folder(path)?, path)
}

pub(super) fn sync(file: &File, path: &Path) -> Result<(), DiskError> {
    file.sync_all().map_err(failed(Operation::Sync, path))
}

fn parent_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

impl Disk for UnixDisk {
    fn facts(&self, path: &Path) -> Result<FileFacts, DiskError> {
        platform::facts(path).map_err(failed(Operation::Stat, path))
    }

    fn list(&self, directory: &Path) -> Result<Vec<OsString>, DiskError> {
        let list = || -> io::Result<Vec<OsString>> {
            std::fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name())).collect()
        };
        let mut names = list().map_err(failed(Operation::List, directory))?;
        names.sort();
        Ok(names)
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, DiskError> {
        path.canonicalize().map_err(failed(Operation::Resolve, path))
    }

    fn volume(&self, path: &Path) -> Result<Volume, DiskError> {
        let (total, free, read_only) = platform::space(path).map_err(failed(Operation::Volume, path))?;
        let mount_point = platform::mount_point(path).map_err(failed(Operation::Volume, path))?;
        Ok(Volume { mount_point, total, free, read_only })
    }

    fn read_at(&self, path: &Path, offset: u64, length: usize) -> Result<Vec<u8>, DiskError> {
        let file = open_file(path)?;
        let mut buffer = vec![0; length];
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(filled as u64);
            match file.read_at(rest, at) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DiskError::new(Operation::Read, path, error)),
            }
        }
        buffer.truncate(filled);
        Ok(buffer)
    }

    fn shared(&self, path: &Path) -> Result<Option<Bytes>, DiskError> {
        platform::shared(path)
    }

    fn layout(&self, path: &Path) -> Result<holes::Layout, TrimError> {
        compact::layout(path)
    }

    fn decode(&self, path: &Path, progress: &dyn Progress) -> Result<Bytes, DiskError> {
        copy::decode(path, progress)
    }

    fn make_private_folder(&self, path: &Path) -> Result<(), DiskError> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(failed(Operation::MakeDirectory, path))
    }

    fn rename(&self, directory: &Path, from: &str, to: &str) -> Result<(), DiskError> {
        let folder = open_folder(directory)?;
        rustix::fs::renameat_with(&folder, from, &folder, to, RenameFlags::NOREPLACE)
            .map_err(failed(Operation::Rename, &directory.join(from)))?;
        sync(&folder, directory)
    }

    fn remove(&self, path: &Path) -> Result<(), DiskError> {
        let above = parent_of(path);
        let folder = open_folder(above)?;
        let name = path.file_name().unwrap_or(OsStr::new(""));
        let removed = match rustix::fs::unlinkat(&folder, name, AtFlags::empty()) {
            // Linux says EISDIR, macOS EPERM, when the entry is a folder.
            Err(rustix::io::Errno::ISDIR | rustix::io::Errno::PERM)
                if self.facts(path)?.kind == crate::ports::FileKind::Directory =>
            {
                std::fs::remove_dir_all(path)
            }
            other => other.map_err(io::Error::from),
        };
        removed.map_err(failed(Operation::Remove, path))?;
        sync(&folder, above)
    }

    fn replace(&self, path: &Path, content: &[u8]) -> Result<(), DiskError> {
        let mut name = path.file_name().unwrap_or(OsStr::new("")).as_bytes().to_vec();
        name.extend_from_slice(b".new");
        let temporary = path.with_file_name(OsStr::from_bytes(&name));
        let write = || -> io::Result<()> {
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .custom_flags(libc::O_NOFOLLOW)
                .open(&temporary)?;
            file.write_all(content)?;
            file.sync_all()
        };
        write().map_err(failed(Operation::Write, &temporary))?;
        std::fs::rename(&temporary, path).map_err(failed(Operation::Rename, path))?;
        sync_folder(parent_of(path))
    }

    fn compress(&self, image: &Path, copy: &Path, progress: &dyn Progress) -> Result<Copied, DiskError> {
        let copied = copy::compress(image, copy, progress)?;
        sync_folder(parent_of(copy))?;
        Ok(copied)
    }

    fn check_copy(&self, copy: &Path, progress: &dyn Progress) -> Result<Copied, DiskError> {
        copy::check(copy, progress)
    }

    fn expand(
        &self,
        copy: &Path,
        image: &Path,
        mode: u32,
        modified: (i64, u32),
        progress: &dyn Progress,
    ) -> Result<Copied, DiskError> {
        let copied = copy::expand(copy, image, mode, modified, progress)?;
        sync_folder(parent_of(image))?;
        Ok(copied)
    }

    fn trim_plan(&self, image: &Path, reach: Reach, progress: &dyn Progress) -> Result<TrimPlan, TrimError> {
        compact::plan(image, reach, progress)
    }

    fn trim(
        &self,
        image: &Path,
        reach: Reach,
        footing: Footing,
        progress: &dyn Progress,
    ) -> Result<Trimmed, TrimError> {
        compact::trim(image, reach, footing, progress)
    }

    fn clone_file(&self, directory: &Path, from: &str, to: &str) -> Result<CloneAnswer, DiskError> {
        compact::clone_file(directory, from, to)
    }

    fn exchange(&self, directory: &Path, one: &str, other: &str) -> Result<(), DiskError> {
        compact::exchange(directory, one, other)
    }

    fn claim(&self, path: &Path) -> Result<Option<Box<dyn Claim>>, DiskError> {
        let folder = self.facts(path).is_ok_and(|facts| facts.kind == crate::ports::FileKind::Directory);
        let file = if folder {
            open_folder(path)?
        } else {
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            File::from(rustix::fs::open(path, flags, Mode::from(0o600)).map_err(failed(Operation::Open, path))?)
        };
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Box::new(Locked { _file: file }))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(DiskError::new(Operation::Lock, path, error.into())),
        }
    }
}

/// The lock lives as long as the descriptor.
struct Locked {
    _file: File,
}

impl Claim for Locked {}

/// Reads until the buffer is full or the input ends.
pub(super) fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
