//! The ports: all that the rules ask of the outside, in the domain's words.
//!
//! Not here: any real call (`adapters`) and any decision about the answers.

pub mod logs;
pub mod machine;
pub mod sessions;
mod trimming;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bytes::Bytes;

pub use trimming::{CloneAnswer, Footing, Reach, TrimError, TrimPlan, Trimmed};

/// What a file is on disk, whatever its name: device and inode number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// Device number (`st_dev`).
    pub device: u64,
    /// Inode number (`st_ino`).
    pub inode: u64,
}

/// What sort of directory entry a path is, without following a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, never followed inside a bundle.
    Symlink,
    /// A device, socket or pipe.
    Other,
}

/// What `stat` tells of one directory entry. Nothing is opened to learn it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Regular file, directory, link or other.
    pub kind: FileKind,
    /// Device and inode.
    pub identity: Identity,
    /// Length of the file.
    pub logical: Bytes,
    /// Blocks really held.
    pub allocated: Bytes,
    /// Names the inode has (`st_nlink`).
    pub links: u64,
    /// Numeric user id of the owner.
    pub owner: u32,
    /// Permission bits.
    pub mode: u32,
    /// Last change of the content: seconds since 1970 and nanoseconds.
    pub modified: (i64, u32),
    /// The file system refuses to remove or rename it (`chattr +i`/`+a`, `chflags uchg`/`schg`).
    pub immutable: bool,
}

impl FileFacts {
    /// Whether both are the same file with the same content, as far as `stat` can tell.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.identity == other.identity
            && self.logical == other.logical
            && self.modified == other.modified
    }
}

/// The file system under a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Where it is mounted.
    pub mount_point: PathBuf,
    /// Its size.
    pub total: Bytes,
    /// What this user can still write.
    pub free: Bytes,
    /// Mounted read-only.
    pub read_only: bool,
}

/// What was being tried when a disk call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read the facts of an entry.
    Stat,
    /// List a directory.
    List,
    /// Resolve symbolic links.
    Resolve,
    /// Ask for the size and free space of a volume.
    Volume,
    /// Open a file.
    Open,
    /// Read a file.
    Read,
    /// Write a file.
    Write,
    /// Make a directory.
    MakeDirectory,
    /// Rename within a directory.
    Rename,
    /// Remove a file or folder.
    Remove,
    /// Flush to the disk.
    Sync,
    /// Take a lock.
    Lock,
    /// Clone a file.
    Clone,
    /// Swap two names.
    Exchange,
    /// Make holes in a file.
    Punch,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stat => "look at",
            Self::List => "list",
            Self::Resolve => "resolve",
            Self::Volume => "measure the volume of",
            Self::Open => "open",
            Self::Read => "read",
            Self::Write => "write",
            Self::MakeDirectory => "make the folder",
            Self::Rename => "rename",
            Self::Remove => "remove",
            Self::Sync => "flush",
            Self::Lock => "lock",
            Self::Clone => "clone",
            Self::Exchange => "swap",
            Self::Punch => "make holes in",
        })
    }
}

/// A disk call that failed: what was tried, on what, and the system's answer.
#[derive(Debug, Error)]
#[error("{operation} {}: {source}", path.display())]
pub struct DiskError {
    /// What was tried.
    pub operation: Operation,
    /// On which path.
    pub path: PathBuf,
    /// The system's answer.
    pub source: io::Error,
}

impl DiskError {
    /// Ties a system error to what was tried and where.
    #[must_use]
    pub fn new(operation: Operation, path: &Path, source: io::Error) -> Self {
        Self { operation, path: path.to_path_buf(), source }
    }

    /// What happened, where the path has been named already: `failed to list it: Permission denied`.
    #[must_use]
    pub fn reason(&self) -> String {
        format!("failed to {} it: {}", self.operation, self.source)
    }

    /// The path is not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }

    /// The system refused, whether by the file's mode or, on macOS, to protect privacy: what is there is not known.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        // EACCES and EPERM both.
        self.source.kind() == io::ErrorKind::PermissionDenied
    }

    /// The volume has no room left.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }
}

/// Told how far a long step has come, and asked whether to stop.
pub trait Progress {
    /// `done` of `total` bytes of the step `what` are behind us.
    fn advanced(&self, what: &str, done: Bytes, total: Bytes);
    /// Whether the user wants the run to stop at the next safe point.
    fn cancelled(&self) -> bool;
    /// Whether that is because the program ends, so that nobody has changed their mind.
    fn ends(&self) -> bool {
        false
    }
    /// Whether somebody has taken back or changed something that was not heeded yet: nothing is begun by itself then.
    fn withdrawn(&self) -> bool {
        false
    }
}

/// Says nothing and never cancels.
pub struct Quiet;

impl Progress for Quiet {
    fn advanced(&self, _what: &str, _done: Bytes, _total: Bytes) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// An exclusive claim that ends when dropped.
pub trait Claim {}

/// A copy of an image as it was written: what to check it against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// BLAKE3 of the whole content, holes read as zeros, in hexadecimal.
    pub blake3: String,
    /// Length of the content.
    pub logical: Bytes,
    /// Length of the compressed copy.
    pub stored: Bytes,
}

/// The disk, as the rules see it. Nothing here follows a symbolic link in the last part of a path, except `resolve`.
pub trait Disk {
    /// Facts of one entry.
    fn facts(&self, path: &Path) -> Result<FileFacts, DiskError>;
    /// Names in a directory, sorted.
    fn list(&self, directory: &Path) -> Result<Vec<OsString>, DiskError>;
    /// The path with every symbolic link resolved.
    fn resolve(&self, path: &Path) -> Result<PathBuf, DiskError>;
    /// The volume that holds `path`.
    fn volume(&self, path: &Path) -> Result<Volume, DiskError>;
    /// Up to `length` bytes of a regular file from `offset`; fewer at its end.
    fn read_at(&self, path: &Path, offset: u64, length: usize) -> Result<Vec<u8>, DiskError>;
    /// Allocated bytes that other files (clones) hold as well, or `None` where the platform cannot tell.
    fn shared(&self, path: &Path) -> Result<Option<Bytes>, DiskError>;
    /// What is in an image: its partitions, and what their file systems say of themselves. Opens it for an instant.
    fn layout(&self, image: &Path) -> Result<holes::Layout, TrimError>;
    /// Decodes a zstd file to nothing; gives the length of its content. Checksums in its frames are verified.
    fn decode(&self, path: &Path, progress: &dyn Progress) -> Result<Bytes, DiskError>;

    /// Makes a folder only its owner can enter, with its parents; one that is there already is fine.
    fn make_private_folder(&self, path: &Path) -> Result<(), DiskError>;
    /// Renames inside one directory, never over an existing entry, and flushes the directory.
    fn rename(&self, directory: &Path, from: &str, to: &str) -> Result<(), DiskError>;
    /// Removes an entry, a folder with all it holds, and flushes the directory above it.
    fn remove(&self, path: &Path) -> Result<(), DiskError>;
    /// Replaces a small file as a whole: a temporary one is written, flushed and renamed over it.
    fn replace(&self, path: &Path, content: &[u8]) -> Result<(), DiskError>;
    /// Compresses an image to a new file, holes skipped quickly, and flushes it.
    fn compress(&self, image: &Path, copy: &Path, progress: &dyn Progress) -> Result<Copied, DiskError>;
    /// Decodes a copy and gives its length and hash, writing nothing.
    fn check_copy(&self, copy: &Path, progress: &dyn Progress) -> Result<Copied, DiskError>;
    /// Decodes a copy into a new sparse file with the given mode and modification time, flushes it, reads it back.
    fn expand(
        &self,
        copy: &Path,
        image: &Path,
        mode: u32,
        modified: (i64, u32),
        progress: &dyn Progress,
    ) -> Result<Copied, DiskError>;
    /// Finds what could become holes of an image. Opens and reads it, and changes nothing.
    fn trim_plan(&self, image: &Path, reach: Reach, progress: &dyn Progress) -> Result<TrimPlan, TrimError>;
    /// Turns what is within `reach` into holes of the file, proves that the rest is the same, keeps the file's times,
    /// and flushes it. Stops at once when it is wanted elsewhere or cancelled, and leaves a whole image then too.
    fn trim(&self, image: &Path, reach: Reach, footing: Footing, progress: &dyn Progress)
    -> Result<Trimmed, TrimError>;
    /// Clones a file to a new name in the same folder, with all that belongs to it, or says why that cannot be. Both names
    /// then share their blocks. Never over an existing entry; nothing is left at `to` unless it is `Made`.
    fn clone_file(&self, directory: &Path, from: &str, to: &str) -> Result<CloneAnswer, DiskError>;
    /// Swaps what stands at two names of a directory in one step, and flushes the directory.
    fn exchange(&self, directory: &Path, one: &str, other: &str) -> Result<(), DiskError>;
    /// Claims a file (made when missing) or an existing directory for this process alone; `None` when another has it.
    fn claim(&self, path: &Path) -> Result<Option<Box<dyn Claim>>, DiskError>;
}

/// A file to look for among the open ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Where it is, for messages and for platforms that look by path.
    pub path: PathBuf,
    /// What it is.
    pub identity: Identity,
}

/// A process, as the table shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// Name of its executable, without the folder.
    pub name: String,
    /// Numeric user id it runs as.
    pub owner: u32,
}

/// A process with a watched file open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id, or none where the kernel says that the file is held but not by whom.
    pub pid: Option<u32>,
    /// Name of the process.
    pub name: String,
    /// The file it holds.
    pub file: PathBuf,
}

/// Who has the watched files open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenFiles {
    /// Processes that hold one, ours left out.
    pub holders: Vec<Holder>,
    /// Processes that could not be looked into.
    pub unreadable: Vec<Process>,
    /// Processes with more open or mapped files than were looked at, none of those a watched one.
    pub partial: Vec<Process>,
    /// Of holders, by their process id: the program on whose behalf each runs, where the system says so.
    pub behind: BTreeMap<u32, Process>,
    /// Every process seen, kernel threads left out.
    pub processes: Vec<Process>,
    /// Why the table as a whole could not be read.
    pub failed: Option<String>,
}

/// How much of a process is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    /// All descriptors, and all files that are mapped: a mapping stays when its descriptor is closed. For whatever is done
    /// upon the answer.
    Full,
    /// All descriptors. For watching, over and over.
    Open,
    /// The first descriptors, where the kernel has given its word already and the table only adds names.
    First,
}

/// The kernel's answer about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelWord {
    /// Nobody else has it.
    Free,
    /// Somebody has it; the process where the kernel says which.
    Held(Option<u32>),
    /// The kernel or the file system cannot say, and why.
    CannotTell(String),
}

/// Processes and what they hold.
pub trait Processes {
    /// Looks through all processes for the watched files.
    fn open_files(&self, watched: &[Watched], scan: Scan) -> OpenFiles;
    /// Asks for a write lease, which Linux grants only when nobody else has the file open
    /// (fcntl(2), "Leases"); given back at once. `None` on a platform that has no leases.
    fn lease(&self, path: &Path) -> Option<KernelWord>;
    /// Asks whether anybody holds an advisory lock on the file (`flock`, POSIX and OFD record locks).
    fn lock(&self, path: &Path) -> KernelWord;
    /// This process's user.
    fn user(&self) -> u32;
}

/// The time of day.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Lets time pass.
    fn pause(&self, time: Duration);
}

/// The ports that measuring and guarding ask.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// The disk.
    pub disk: &'a dyn Disk,
    /// The process table and the kernel's word.
    pub processes: &'a dyn Processes,
}
