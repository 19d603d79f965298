//! Holes on Linux. No decisions here.

use std::fs::File;
use std::io;

use rustix::fs::{FallocateFlags, fallocate, fstatvfs};
use rustix::io::Errno;

/// The larger of the two sizes: ZFS tells its records in one and sectors in the other.
pub(super) fn block_size(file: &File) -> io::Result<u64> {
    let volume = fstatvfs(file)?;
    Ok(volume.f_bsize.max(volume.f_frsize))
}

pub(super) fn punch(file: &File, offset: u64, length: u64) -> Result<(), Errno> {
    fallocate(file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, offset, length)
}

/// A hole after the end of the file, since one without a length is refused before the file system is asked.
pub(super) fn probe(file: &File) -> Result<(), Errno> {
    const PAST: u64 = 1 << 20;
    let end = rustix::fs::fstat(file)?.st_size.cast_unsigned();
    punch(file, end.saturating_add(PAST) / PAST * PAST, PAST)
}
