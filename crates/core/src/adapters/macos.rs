//! What only macOS has: file flags, private sizes of clones, and the process table through libproc.
//!
//! Not here: any judgement on what is found (`vm`). Type-checked, linted and linked from Linux; see docs/macos.md.
#![expect(unsafe_code, reason = "libproc, getattrlist and fcntl locks have no safe wrapper")]

use std::ffi::{CString, c_char, c_int, c_void};
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use super::unix::open_file;
use crate::bytes::Bytes;
use crate::ports::{
    DiskError, FileFacts, FileKind, Holder, Identity, KernelWord, OpenFiles, Operation, Process, Processes, Scan,
    Watched,
};

/// Folders that hold the user-data folders of applications.
#[must_use]
pub fn application_folders() -> Vec<PathBuf> {
    std::env::home_dir().map(|home| home.join("Library/Application Support")).into_iter().collect()
}

/// Where history, receipts and set-aside files go by default.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join("Library/Application Support/Plimsoll"))
}

fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| io::ErrorKind::InvalidInput.into())
}

pub(super) fn facts(path: &Path) -> io::Result<FileFacts> {
    let path = c_path(path)?;
    // SAFETY: `stat` is plain old data, for which all zeros is a value.
    let mut found: libc::stat = unsafe { zeroed() };
    // SAFETY: a terminated path and a structure that outlive the call (lstat(2)).
    if unsafe { libc::lstat(path.as_ptr(), &raw mut found) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // chflags(2): any of these refuses unlink and rename.
    let held_fast = libc::UF_IMMUTABLE | libc::UF_APPEND | libc::SF_IMMUTABLE | libc::SF_APPEND;
    Ok(FileFacts {
        kind: match found.st_mode & libc::S_IFMT {
            libc::S_IFREG => FileKind::File,
            libc::S_IFDIR => FileKind::Directory,
            libc::S_IFLNK => FileKind::Symlink,
            _ => FileKind::Other,
        },
        identity: Identity { device: u64::from(found.st_dev.cast_unsigned()), inode: found.st_ino },
        logical: Bytes(found.st_size.cast_unsigned()),
        allocated: Bytes::from_blocks(found.st_blocks.cast_unsigned()),
        links: found.st_nlink.into(),
        owner: found.st_uid,
        mode: u32::from(found.st_mode) & 0o7777,
        modified: (found.st_mtime, u32::try_from(found.st_mtime_nsec).unwrap_or(0)),
        immutable: found.st_flags & held_fast != 0,
    })
}

/// Total bytes, bytes this user can still write, and whether the mount is read-only (statfs(2)).
pub(super) fn space(path: &Path) -> io::Result<(Bytes, Bytes, bool)> {
    let found = rustix::fs::statfs(path)?;
    let bytes = |blocks: u64| Bytes(blocks.saturating_mul(u64::from(found.f_bsize)));
    Ok((bytes(found.f_blocks), bytes(found.f_bavail), found.f_flags & libc::MNT_RDONLY.cast_unsigned() != 0))
}

/// `ATTR_CMNEXT_PRIVATESIZE` and `FSOPT_ATTR_CMN_EXTENDED` of `sys/attr.h`: bytes that no clone shares.
const PRIVATE_SIZE: u32 = 0x0000_0008;
const EXTENDED: u32 = 0x0000_0020;

/// Answer of getattrlist(2): its length, then the attributes asked for, packed to four bytes.
#[repr(C, packed(4))]
struct PrivateSize {
    length: u32,
    bytes: i64,
}

/// Allocated bytes that clones hold as well.
pub(super) fn shared(path: &Path) -> Result<Option<Bytes>, DiskError> {
    let failed = |error| DiskError::new(Operation::Stat, path, error);
    let allocated = facts(path).map_err(failed)?.allocated;
    let c_path = c_path(path).map_err(failed)?;
    let mut wanted = libc::attrlist {
        bitmapcount: libc::ATTR_BIT_MAP_COUNT,
        reserved: 0,
        commonattr: 0,
        volattr: 0,
        dirattr: 0,
        fileattr: 0,
        forkattr: PRIVATE_SIZE,
    };
    let mut answer = PrivateSize { length: 0, bytes: 0 };
    // SAFETY: both structures are laid out as getattrlist(2) says and outlive the call; the size is the buffer's own.
    let outcome = unsafe {
        libc::getattrlist(
            c_path.as_ptr(),
            (&raw mut wanted).cast::<c_void>(),
            (&raw mut answer).cast::<c_void>(),
            size_of::<PrivateSize>(),
            EXTENDED,
        )
    };
    let whole = answer.length as usize == size_of::<PrivateSize>();
    let private = u64::try_from(answer.bytes).ok().filter(|_| outcome == 0 && whole);
    Ok(private.map(|private| allocated.less(Bytes(private))))
}

#[link(name = "proc")]
unsafe extern "C" {
    /// libproc.h: process ids of those that have `path` open; bytes written, or -1.
    fn proc_listpidspath(
        kind: u32,
        info: u32,
        path: *const c_char,
        flags: u32,
        buffer: *mut c_void,
        size: c_int,
    ) -> c_int;
}

/// `PROC_ALL_PIDS` of `sys/proc_info.h`.
const ALL_PIDS: u32 = 1;
/// Ids to ask for; a Mac runs some hundreds of processes.
const MOST_PIDS: usize = 16_384;

/// The process table.
pub struct ProcessTable;

impl Processes for ProcessTable {
    fn open_files(&self, watched: &[Watched], _scan: Scan) -> OpenFiles {
        let mut found = OpenFiles::default();
        let pids = match all_pids() {
            Ok(pids) => pids,
            Err(error) => {
                found.failed = Some(format!("the process table cannot be read: {error}"));
                return found;
            }
        };
        let me = std::process::id().cast_signed();
        for pid in pids.into_iter().filter(|&pid| pid > 0 && pid != me) {
            let Some(process) = process(pid) else { continue };
            match held_files(pid, watched) {
                Ok(held) => found.holders.extend(held.into_iter().map(|file| holder(&process, file))),
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => continue,
                Err(_) => found.unreadable.push(process.clone()),
            }
            found.processes.push(process);
        }
        for file in watched {
            for pid in pids_with_open(&file.path).into_iter().filter(|&pid| pid > 0 && pid != me) {
                let Some(process) = process(pid) else { continue };
                let known = holder(&process, file);
                if !found.holders.contains(&known) {
                    found.holders.push(known);
                }
            }
        }
        found
    }

    fn lease(&self, _path: &Path) -> Option<KernelWord> {
        None
    }

    fn lock(&self, path: &Path) -> KernelWord {
        match open_file(path) {
            Ok(file) => ask_locks(&file),
            Err(error) => KernelWord::CannotTell(format!("failed to {error}")),
        }
    }

    fn user(&self) -> u32 {
        rustix::process::geteuid().as_raw()
    }
}

fn holder(process: &Process, file: &Watched) -> Holder {
    Holder { pid: Some(process.pid), name: process.name.clone(), file: file.path.clone() }
}

fn byte_length<T>(count: usize) -> c_int {
    c_int::try_from(count.saturating_mul(size_of::<T>())).unwrap_or(c_int::MAX)
}

fn all_pids() -> io::Result<Vec<c_int>> {
    let mut pids = vec![0; MOST_PIDS];
    // SAFETY: the buffer is as long as said and outlives the call (libproc.h).
    let count = unsafe { libc::proc_listallpids(pids.as_mut_ptr().cast(), byte_length::<c_int>(MOST_PIDS)) };
    let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
    // A full buffer may have cut the list short, and who is not in it would not be looked at.
    if count == 0 || count >= MOST_PIDS {
        return Err(io::Error::other("its length makes no sense"));
    }
    pids.truncate(count);
    Ok(pids)
}

fn pids_with_open(path: &Path) -> Vec<c_int> {
    let Ok(path) = c_path(path) else { return Vec::new() };
    let mut pids = vec![0; MOST_PIDS];
    let size = byte_length::<c_int>(MOST_PIDS);
    // SAFETY: a terminated path and a buffer as long as said, both outliving the call (libproc.h).
    let written = unsafe { proc_listpidspath(ALL_PIDS, 0, path.as_ptr(), 0, pids.as_mut_ptr().cast(), size) };
    pids.truncate(usize::try_from(written).unwrap_or(0) / size_of::<c_int>());
    pids
}

fn process(pid: c_int) -> Option<Process> {
    // SAFETY: plain old data, for which all zeros is a value.
    let mut info: libc::proc_bsdinfo = unsafe { zeroed() };
    let size = byte_length::<libc::proc_bsdinfo>(1);
    // SAFETY: the structure is what PROC_PIDTBSDINFO fills, and as long as said (sys/proc_info.h).
    let got = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDTBSDINFO, 0, (&raw mut info).cast(), size) };
    let owner = if got == size { info.pbi_uid } else { 0 };
    let mut path = vec![0_u8; libc::PROC_PIDPATHINFO_MAXSIZE.unsigned_abs() as usize];
    let most = u32::try_from(path.len()).unwrap_or(0);
    // SAFETY: the buffer is as long as said and outlives the call (libproc.h).
    let length = unsafe { libc::proc_pidpath(pid, path.as_mut_ptr().cast(), most) };
    path.truncate(usize::try_from(length).unwrap_or(0));
    let path = String::from_utf8_lossy(&path);
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    Some(Process { pid: u32::try_from(pid).ok()?, name, owner })
}

/// The images are among a VM's first descriptors; it was seen with 400,000 of them, and `proc_listpidspath` finds the rest.
const FIRST_DESCRIPTORS: usize = 32;

fn held_files(pid: c_int, watched: &[Watched]) -> io::Result<Vec<&Watched>> {
    // SAFETY: plain old data, for which all zeros is a value.
    let mut descriptors: [libc::proc_fdinfo; FIRST_DESCRIPTORS] = unsafe { zeroed() };
    let size = byte_length::<libc::proc_fdinfo>(FIRST_DESCRIPTORS);
    // SAFETY: the array is what PROC_PIDLISTFDS fills, and as long as said (sys/proc_info.h).
    let got = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDLISTFDS, 0, descriptors.as_mut_ptr().cast(), size) };
    if got <= 0 {
        let error = io::Error::last_os_error();
        // No descriptor at all is an answer too.
        return if error.raw_os_error() == Some(0) { Ok(Vec::new()) } else { Err(error) };
    }
    let count = usize::try_from(got).unwrap_or(0) / size_of::<libc::proc_fdinfo>();
    let mut held: Vec<&Watched> = Vec::new();
    for descriptor in
        descriptors.iter().take(count).filter(|fd| fd.proc_fdtype == libc::PROX_FDTYPE_VNODE.cast_unsigned())
    {
        if let Some(identity) = identity_of(pid, descriptor.proc_fd)
            && let Some(file) = watched.iter().find(|file| file.identity == identity)
            && !held.contains(&file)
        {
            held.push(file);
        }
    }
    Ok(held)
}

/// `PROC_PIDFDVNODEINFO` and `struct vnode_fdinfo` of `sys/proc_info.h`.
const VNODE_INFO: c_int = 1;

#[repr(C)]
struct VnodeDescriptor {
    file: [u8; 24],
    vnode: libc::vnode_info,
}

fn identity_of(pid: c_int, descriptor: i32) -> Option<Identity> {
    // SAFETY: plain old data, for which all zeros is a value.
    let mut info: VnodeDescriptor = unsafe { zeroed() };
    let size = byte_length::<VnodeDescriptor>(1);
    // SAFETY: the structure is what PROC_PIDFDVNODEINFO fills, and as long as said (sys/proc_info.h).
    let got = unsafe { libc::proc_pidfdinfo(pid, descriptor, VNODE_INFO, (&raw mut info).cast(), size) };
    let stat = info.vnode.vi_stat;
    (got == size).then(|| Identity { device: stat.vst_dev.into(), inode: stat.vst_ino })
}

fn ask_locks(file: &std::fs::File) -> KernelWord {
    // SAFETY: `flock` is plain old data, for which all zeros is a value: from the start, to the end of the file.
    let mut lock: libc::flock = unsafe { zeroed() };
    lock.l_type = libc::F_WRLCK;
    // SAFETY: the structure outlives the call (fcntl(2)).
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLK, &raw mut lock) } != 0 {
        return KernelWord::CannotTell(format!("locks cannot be asked for: {}", io::Error::last_os_error()));
    }
    if lock.l_type != libc::F_UNLCK {
        return KernelWord::Held(u32::try_from(lock.l_pid).ok().filter(|&pid| pid > 0));
    }
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        // Closing the descriptor gives it back.
        Ok(()) => KernelWord::Free,
        Err(rustix::io::Errno::WOULDBLOCK) => KernelWord::Held(None),
        Err(error) => KernelWord::CannotTell(format!("locks cannot be asked for: {error}")),
    }
}

/// What Linux grants to one who alone has a file open. There is nothing of the kind here, and so never one of these.
pub(super) enum Lease {}

impl Lease {
    pub(super) fn take(_file: &std::fs::File) -> io::Result<Option<Self>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn is_wanted(&self) -> bool {
        match *self {}
    }
}
