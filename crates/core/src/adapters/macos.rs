//! What only macOS has: file flags, volumes, private sizes of clones; `processes` and `machine` have the rest.
//!
//! Not here: any judgement on what is found (`vm`). Type-checked, linted and linked from Linux; see docs/macos.md.
#![expect(unsafe_code, reason = "lstat's flags, getattrlist, libproc, fcntl locks and IOKit have no safe wrapper")]

#[path = "macos/layout.rs"]
mod layout;
#[path = "macos/machine.rs"]
mod machine;
#[path = "macos/processes.rs"]
mod processes;

use std::ffi::{CString, OsStr, c_void};
use std::io;
use std::mem::{size_of, zeroed};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::bytes::Bytes;
use crate::ports::{DiskError, FileFacts, FileKind, Identity, Operation};
pub use machine::ThisMachine;
pub use processes::ProcessTable;

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

/// Where the app keeps its logs: in a folder of its own name, or the one that profiles share.
pub(super) fn log_folders(root: &Path) -> Vec<PathBuf> {
    let logs = std::env::home_dir().map(|home| home.join("Library/Logs"));
    let names = [root.file_name(), Some(OsStr::new("Claude"))];
    logs.iter().flat_map(|logs| names.into_iter().flatten().map(|name| logs.join(name))).collect()
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

/// Where the volume of a file is mounted (`f_mntonname` of statfs(2)). Going up by the device would end at `/Users`, where
/// the system's volume and that of data are joined.
pub(super) fn mount_point(path: &Path) -> io::Result<PathBuf> {
    let found = rustix::fs::statfs(path)?;
    let name: Vec<u8> = found.f_mntonname.iter().take_while(|&&c| c != 0).map(|&c| c.cast_unsigned()).collect();
    Ok(PathBuf::from(OsStr::from_bytes(&name)))
}

/// `ATTR_CMNEXT_PRIVATESIZE`, `ATTR_CMNEXT_EXT_FLAGS` and `FSOPT_ATTR_CMN_EXTENDED` of `sys/attr.h`: bytes that neither a
/// clone nor a snapshot shares, and flags.
const PRIVATE_SIZE: u32 = 0x0000_0008;
const EXTENDED_FLAGS: u32 = 0x0000_0200;
const EXTENDED: u32 = 0x0000_0020;
/// `EF_MAY_SHARE_BLOCKS` of `sys/stat.h`: there may be a clone.
const MAY_SHARE: u64 = 0x0000_0001;

/// Answer of getattrlist(2): its length, which of the attributes asked for it has, then those, packed to four bytes.
#[repr(C, packed(4))]
struct PrivateSize {
    length: u32,
    returned: libc::attribute_set_t,
    bytes: i64,
    flags: u64,
}

/// Allocated bytes that clones hold as well. What only snapshots hold comes back when they go, which receipts tell of.
pub(super) fn shared(path: &Path) -> Result<Option<Bytes>, DiskError> {
    let failed = |error| DiskError::new(Operation::Stat, path, error);
    let allocated = facts(path).map_err(failed)?.allocated;
    let c_path = c_path(path).map_err(failed)?;
    let mut wanted = libc::attrlist {
        bitmapcount: libc::ATTR_BIT_MAP_COUNT,
        reserved: 0,
        // Where clones are not known a zero could come instead of a refusal.
        commonattr: libc::ATTR_CMN_RETURNED_ATTRS,
        volattr: 0,
        dirattr: 0,
        fileattr: 0,
        forkattr: PRIVATE_SIZE | EXTENDED_FLAGS,
    };
    // SAFETY: integers, for which all zeros is a value.
    let mut answer: PrivateSize = unsafe { zeroed() };
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
    let whole = answer.length as usize == size_of::<PrivateSize>() && answer.returned.forkattr == wanted.forkattr;
    let private = u64::try_from(answer.bytes).ok().filter(|_| outcome == 0 && whole);
    let alone = answer.flags & MAY_SHARE == 0;
    Ok(private.map(|private| if alone { Bytes::ZERO } else { allocated.less(Bytes(private)) }))
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

/// Dropping gives it back on Linux, and whoever does so there does so here.
impl Drop for Lease {
    fn drop(&mut self) {}
}
