//! A clone on Linux: `FICLONE` shares the blocks, and all else that belongs to a file is copied and compared.
//!
//! Not here: what is done where there are no clones.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use rustix::fs::{AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

/// Makes the clone, or nothing.
pub(super) fn clone(source: &File, folder: &File, to: &str) -> io::Result<()> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let target = File::from(rustix::fs::openat(folder, to, flags, Mode::from(0o600))?);
    let filled = fill(source, &target);
    if filled.is_err() {
        rustix::fs::unlinkat(folder, to, AtFlags::empty())?;
    }
    filled
}

fn fill(source: &File, target: &File) -> io::Result<()> {
    // Before there is any content: Btrfs neither sets nor mixes "no copy on write" later (ioctl_ficlone(2), EINVAL).
    let flags = flags(source)?;
    if let Some(flags) = flags
        && self::flags(target)? != Some(flags)
    {
        rustix::fs::ioctl_setflags(target, flags)?;
    }
    rustix::fs::ioctl_ficlone(target, source)?;
    let (found, own) = (rustix::fs::fstat(source)?, rustix::fs::fstat(target)?);
    if (found.st_uid, found.st_gid) != (own.st_uid, own.st_gid) {
        rustix::fs::fchown(target, Some(Uid::from_raw(found.st_uid)), Some(Gid::from_raw(found.st_gid)))?;
    }
    // After the owner, which clears some bits, and before the access list, whose mask is the group's bits.
    rustix::fs::fchmod(target, Mode::from_raw_mode(found.st_mode & 0o7777))?;
    let attributes = attributes(source)?;
    for (name, value) in &attributes {
        rustix::fs::fsetxattr(target, name.as_slice(), value, XattrFlags::empty())?;
    }
    let time = |seconds, nanoseconds: u64| Timespec {
        tv_sec: seconds,
        // Below 10⁹.
        tv_nsec: nanoseconds.try_into().unwrap_or(0),
    };
    let times = Timestamps {
        last_access: time(found.st_atime, found.st_atime_nsec),
        last_modification: time(found.st_mtime, found.st_mtime_nsec),
    };
    rustix::fs::futimens(target, &times)?;
    if self::attributes(target)? != attributes || self::flags(target)? != flags {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "a clone does not keep all attributes"));
    }
    Ok(())
}

/// What `chattr` sets; none where the file system has no such flags.
fn flags(file: &File) -> io::Result<Option<rustix::fs::IFlags>> {
    match rustix::fs::ioctl_getflags(file) {
        Ok(flags) => Ok(Some(flags)),
        Err(Errno::NOTTY | Errno::OPNOTSUPP | Errno::INVAL) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// `XATTR_LIST_MAX` and `XATTR_SIZE_MAX` of `linux/limits.h`.
const LONGEST: usize = 1 << 16;

/// Extended attributes by name, access lists (`system.posix_acl_access`) among them.
fn attributes(file: &File) -> io::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut buffer = vec![0; LONGEST];
    let length = match rustix::fs::flistxattr(file, buffer.as_mut_slice()) {
        Ok(length) => length,
        Err(Errno::OPNOTSUPP) => 0,
        Err(error) => return Err(error.into()),
    };
    buffer.truncate(length);
    let mut value = vec![0; LONGEST];
    let names = buffer.split(|&byte| byte == 0).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let length = rustix::fs::fgetxattr(file, name, value.as_mut_slice())?;
            Ok((name.to_vec(), value.get(..length).unwrap_or_default().to_vec()))
        })
        .collect()
}
