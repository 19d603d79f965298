//! What only Linux has: `statx` attributes, `/proc`, leases and open-file-description locks.
//!
//! Not here: any judgement on what is found (`vm`).
#![expect(unsafe_code, reason = "fcntl leases and locks and the FIEMAP ioctl have no safe wrapper")]

#[path = "linux/machine.rs"]
mod machine;
#[path = "linux/mapped.rs"]
mod mapped;

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, StatVfsMountFlags, StatxFlags};

use super::search::Search;
use super::unix::open_file;
use crate::bytes::Bytes;
use crate::ports::{
    DiskError, FileFacts, FileKind, Holder, Identity, KernelWord, OpenFiles, Operation, Process, Processes, Scan,
    Watched,
};

pub use machine::ThisMachine;

/// Folders that hold the user-data folders of applications: the XDG base directory for configuration.
#[must_use]
pub fn application_folders() -> Vec<PathBuf> {
    let home = std::env::home_dir().map(|home| home.join(".config"));
    let set = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    set.or(home).into_iter().collect()
}

/// Where history, receipts and set-aside files go by default: the XDG base directory for state.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    let home = std::env::home_dir().map(|home| home.join(".local/state"));
    let set = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    set.or(home).map(|folder| folder.join("plimsoll"))
}

/// Where the app keeps its logs: in its user-data folder.
pub(super) fn log_folders(root: &Path) -> Vec<PathBuf> {
    vec![root.join("logs")]
}

pub(super) fn facts(path: &Path) -> io::Result<FileFacts> {
    let wanted = StatxFlags::BASIC_STATS;
    let found = rustix::fs::statx(rustix::fs::CWD, path, AtFlags::SYMLINK_NOFOLLOW, wanted)?;
    // STATX_ATTR_IMMUTABLE and STATX_ATTR_APPEND of statx(2): unlink and rename are refused.
    let held_fast = rustix::fs::StatxAttributes::IMMUTABLE | rustix::fs::StatxAttributes::APPEND;
    Ok(FileFacts {
        kind: match FileType::from_raw_mode(found.stx_mode.into()) {
            FileType::RegularFile => FileKind::File,
            FileType::Directory => FileKind::Directory,
            FileType::Symlink => FileKind::Symlink,
            _ => FileKind::Other,
        },
        identity: Identity {
            device: rustix::fs::makedev(found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
        },
        logical: Bytes(found.stx_size),
        allocated: Bytes::from_blocks(found.stx_blocks),
        links: found.stx_nlink.into(),
        owner: found.stx_uid,
        mode: u32::from(found.stx_mode) & 0o7777,
        modified: (found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec),
        immutable: found.stx_attributes.intersects(held_fast),
    })
}

/// Total bytes, bytes this user can still write, and whether the mount is read-only (statvfs(3)).
pub(super) fn space(path: &Path) -> io::Result<(Bytes, Bytes, bool)> {
    let found = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| Bytes(blocks.saturating_mul(found.f_frsize));
    Ok((bytes(found.f_blocks), bytes(found.f_bavail), found.f_flag.contains(StatVfsMountFlags::RDONLY)))
}

/// The highest folder above that is on the same device.
pub(super) fn mount_point(path: &Path) -> io::Result<PathBuf> {
    let device = facts(path)?.identity.device;
    let is_on_it = |above: &&Path| facts(above).is_ok_and(|facts| facts.identity.device == device);
    Ok(path.ancestors().take_while(is_on_it).last().unwrap_or(path).to_path_buf())
}

/// Extents asked for in one call; more calls follow until the kernel marks the last.
const EXTENTS: u32 = 256;
/// `FS_IOC_FIEMAP`, `FIEMAP_EXTENT_LAST` and `FIEMAP_EXTENT_SHARED` of `linux/fiemap.h`.
const FS_IOC_FIEMAP: libc::Ioctl = 0xC020_660B_u32 as libc::Ioctl;
const EXTENT_LAST: u32 = 0x1;
const EXTENT_SHARED: u32 = 0x2000;

/// `struct fiemap_extent` of `linux/fiemap.h`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Extent {
    logical: u64,
    physical: u64,
    length: u64,
    reserved: [u64; 2],
    flags: u32,
    reserved_too: [u32; 3],
}

/// `struct fiemap` of `linux/fiemap.h`, with room for its extents.
#[repr(C)]
struct ExtentMap {
    start: u64,
    length: u64,
    flags: u32,
    mapped: u32,
    count: u32,
    reserved: u32,
    extents: [Extent; EXTENTS as usize],
}

/// Bytes in extents that another file holds as well (Documentation/filesystems/fiemap.rst).
pub(super) fn shared(path: &Path) -> Result<Option<Bytes>, DiskError> {
    let file = open_file(path)?;
    let mut total = Bytes::ZERO;
    let mut start = 0;
    loop {
        let mut map = ExtentMap {
            start,
            length: u64::MAX - start,
            flags: 0,
            mapped: 0,
            count: EXTENTS,
            reserved: 0,
            extents: [Extent::default(); EXTENTS as usize],
        };
        // SAFETY: the layout is that of `struct fiemap` with `count` extents behind it (linux/fiemap.h); the kernel
        // writes no more than `count` of them, and the descriptor is open for the whole call.
        let answer = unsafe { libc::ioctl(file.as_raw_fd(), FS_IOC_FIEMAP, &raw mut map) };
        if answer != 0 {
            return match io::Error::last_os_error() {
                error if matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::ENOTTY)) => Ok(None),
                error => Err(DiskError::new(Operation::Read, path, error)),
            };
        }
        let extents = map.extents.get(..map.mapped as usize).unwrap_or(&[]);
        total = extents.iter().filter(|e| e.flags & EXTENT_SHARED != 0).fold(total, |sum, e| sum.plus(Bytes(e.length)));
        match extents.last() {
            Some(last) if last.flags & EXTENT_LAST == 0 && last.length > 0 => {
                start = last.logical.saturating_add(last.length);
            }
            _ => return Ok(Some(total)),
        }
    }
}

/// The process table in `/proc` (proc(5)).
pub struct ProcessTable;

impl Processes for ProcessTable {
    fn open_files(&self, watched: &[Watched], scan: Scan) -> OpenFiles {
        let mut found = OpenFiles::default();
        let table = match std::fs::read_dir("/proc") {
            Ok(table) => table,
            Err(error) => {
                found.failed = Some(format!("the process table cannot be read: {error}"));
                return found;
            }
        };
        let me = std::process::id();
        for entry in table {
            let Ok(entry) = entry else {
                found.failed = Some("the process table could not be read to its end".to_owned());
                return found;
            };
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            if pid != me {
                look_into(pid, &entry.path(), watched, scan, &mut found);
            }
        }
        loop_devices(watched, &mut found);
        found
    }

    fn lease(&self, path: &Path) -> Option<KernelWord> {
        Some(match open_file(path) {
            Ok(file) => ask_lease(&file),
            // The opener would wait for a lease to be given up: somebody has one.
            Err(error) if error.source.kind() == io::ErrorKind::WouldBlock => KernelWord::Held(None),
            Err(error) => KernelWord::CannotTell(format!("failed to {error}")),
        })
    }

    fn lock(&self, path: &Path) -> KernelWord {
        match open_file(path) {
            Ok(file) => ask_locks(&file),
            Err(error) if error.source.kind() == io::ErrorKind::WouldBlock => KernelWord::Held(None),
            Err(error) => KernelWord::CannotTell(format!("failed to {error}")),
        }
    }

    fn user(&self) -> u32 {
        rustix::process::geteuid().as_raw()
    }
}

fn look_into(pid: u32, folder: &Path, watched: &[Watched], scan: Scan, found: &mut OpenFiles) {
    let Ok(metadata) = std::fs::metadata(folder) else { return };
    let name = match std::fs::read_link(folder.join("exe")) {
        Ok(program) => program.file_name().map(clean_name),
        // Kernel threads have no program (proc(5), `/proc/pid/exe`) and no descriptors.
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(_) => std::fs::read_to_string(folder.join("comm")).ok().map(|name| name.trim_end().to_owned()),
    };
    let Some(name) = name else { return };
    let process = Process { pid, name, owner: metadata.uid() };
    match held_files(folder, watched, scan) {
        Ok((held, all)) => {
            if held.is_empty() && !all {
                found.partial.push(process.clone());
            }
            if !held.is_empty() {
                found.behind.extend(parent(folder).map(|parent| (pid, parent)));
            }
            let holders = held.into_iter().map(|file| Holder {
                pid: Some(pid),
                name: process.name.clone(),
                file: file.path.clone(),
            });
            found.holders.extend(holders);
        }
        // It ended while we looked.
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::SRCH) => return,
        Err(_) => found.unreadable.push(process.clone()),
    }
    found.processes.push(process);
}

/// The program that started a process, which for the app's VM is the app's helper. One that went is replaced by the
/// system's first process or a session's, which started nothing (proc(5), `/proc/pid/stat`).
fn parent(folder: &Path) -> Option<Process> {
    let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
    // The name before it may hold anything, brackets and blanks too.
    let pid = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok().filter(|&pid| pid > 1)?;
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let name = std::fs::read_link(folder.join("exe")).ok()?.file_name().map(clean_name)?;
    let owner = std::fs::metadata(&folder).ok()?.uid();
    Some(Process { pid, name, owner })
}

fn clean_name(name: &OsStr) -> String {
    let name = name.to_string_lossy();
    name.strip_suffix(" (deleted)").unwrap_or(&name).to_owned()
}

/// Which of the watched files a process has open or mapped, and whether all that it has was looked at to know. One
/// `fstatat` a descriptor and no allocation.
fn held_files<'a>(process: &Path, watched: &'a [Watched], scan: Scan) -> rustix::io::Result<(Vec<&'a Watched>, bool)> {
    let mut search = Search::new(watched, scan);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(process.join("fd"), flags, Mode::empty())?;
    let mut buffer = [const { std::mem::MaybeUninit::uninit() }; 16 * 1024];
    let mut entries = rustix::fs::RawDir::new(folder.as_fd(), &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        if entry.file_name().to_bytes().first().is_none_or(|first| !first.is_ascii_digit()) {
            continue;
        }
        if !search.goes_on() {
            return Ok((search.held(), false));
        }
        let facts = match rustix::fs::statat(&folder, entry.file_name(), AtFlags::empty()) {
            Ok(facts) => facts,
            // It has become a program that may not be looked into, with its descriptors.
            Err(error @ (rustix::io::Errno::ACCESS | rustix::io::Errno::PERM)) => return Err(error),
            // A descriptor closed since the listing is not held any more; a file that cannot be asked is none of ours, which can.
            Err(_) => continue,
        };
        search.saw(Identity { device: facts.st_dev, inode: facts.st_ino }, None);
    }
    let all = !search.goes_on_with_mapped() || mapped::look_at(&process.join("maps"), &mut search)?;
    Ok((search.held(), all))
}

/// A loop device holds its file in the kernel, where no process shows it (sysfs, `loop/backing_file`).
fn loop_devices(watched: &[Watched], found: &mut OpenFiles) {
    for device in std::fs::read_dir("/sys/block").into_iter().flatten().flatten() {
        let Ok(backing) = std::fs::read_to_string(device.path().join("loop/backing_file")) else { continue };
        let backing = Path::new(backing.trim_end_matches('\n'));
        let Ok(facts) = facts(backing) else { continue };
        if let Some(file) = watched.iter().find(|file| file.identity == facts.identity) {
            let name = format!("loop device {}", device.file_name().to_string_lossy());
            found.holders.push(Holder { pid: None, name, file: file.path.clone() });
        }
    }
}

/// `F_SETSIG` of `asm-generic/fcntl.h`, which libc leaves out.
const F_SETSIG: libc::c_int = 10;

fn ask_lease(file: &std::fs::File) -> KernelWord {
    match Lease::take(file) {
        Ok(Some(_)) => KernelWord::Free,
        Ok(None) => KernelWord::Held(None),
        Err(error) => KernelWord::CannotTell(format!("no lease to be had: {error}")),
    }
}

/// The kernel's word that nobody else has a file open. Whoever opens it waits until this is dropped, or, if they will not
/// wait, is told that it is busy; both show in [`Lease::is_wanted`].
pub(super) struct Lease(std::fs::File);

impl Lease {
    /// None when somebody else has the file open.
    pub(super) fn take(file: &std::fs::File) -> io::Result<Option<Self>> {
        // The same open file under another number: a lease belongs to the open file.
        let file = file.try_clone()?;
        let descriptor = file.as_raw_fd();
        // The kernel tells a lease holder of an opener by SIGIO, which ends a process that does not expect it; SIGURG is
        // ignored by default (fcntl(2), F_SETSIG; signal(7)).
        // SAFETY: fcntl with an integer argument on a descriptor that is open for the whole call.
        let answer = unsafe {
            libc::fcntl(descriptor, F_SETSIG, libc::SIGURG);
            libc::fcntl(descriptor, libc::F_SETLEASE, libc::F_WRLCK)
        };
        if answer == 0 {
            return Ok(Some(Self(file)));
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EBUSY) => Ok(None),
            _ => Err(error),
        }
    }

    /// Somebody waits for it. From then on the kernel names what the lease is to become (fcntl(2), `F_GETLEASE`).
    pub(super) fn is_wanted(&self) -> bool {
        // SAFETY: fcntl without an argument on a descriptor that is open for the whole call.
        unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_GETLEASE) != libc::F_WRLCK }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // SAFETY: as above. Should it fail, closing the descriptor gives the lease back.
        unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_SETLEASE, libc::F_UNLCK) };
    }
}

/// The kernel's lock types fit their field by definition (fcntl(2)).
#[expect(clippy::cast_possible_truncation, reason = "constants 1 and 2 in a field of 16 bits")]
const WRITE: libc::c_short = libc::F_WRLCK as libc::c_short;
#[expect(clippy::cast_possible_truncation, reason = "constants 1 and 2 in a field of 16 bits")]
const NONE: libc::c_short = libc::F_UNLCK as libc::c_short;

fn ask_locks(file: &std::fs::File) -> KernelWord {
    // SAFETY: `flock` is plain old data, for which all zeros is a value: from the start, to the end of the file.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = WRITE;
    // SAFETY: the structure outlives the call, and `l_pid` is zero as F_OFD_GETLK asks (fcntl(2)).
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) } != 0 {
        return KernelWord::CannotTell(format!("locks cannot be asked for: {}", io::Error::last_os_error()));
    }
    if lock.l_type != NONE {
        return KernelWord::Held(u32::try_from(lock.l_pid).ok().filter(|&pid| pid > 0));
    }
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        // Closing the descriptor gives it back.
        Ok(()) => KernelWord::Free,
        Err(rustix::io::Errno::WOULDBLOCK) => KernelWord::Held(None),
        Err(error) => KernelWord::CannotTell(format!("locks cannot be asked for: {error}")),
    }
}
