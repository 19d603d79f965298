//! Holes on Linux. No decisions here.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;

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

/// `FS_IOC_FIEMAP` of `linux/fs.h`.
const FS_IOC_FIEMAP: libc::Ioctl = 0xC020_660B_u32 as libc::Ioctl;

/// `struct fiemap` of `linux/fiemap.h` with one `struct fiemap_extent`.
#[repr(C)]
#[derive(Default)]
struct ExtentMap {
    start: u64,
    length: u64,
    flags: u32,
    mapped: u32,
    count: u32,
    reserved: u32,
    extent_logical: u64,
    extent_physical: u64,
    extent_length: u64,
    extent_reserved: [u64; 2],
    extent_flags: u32,
    extent_reserved_too: [u32; 3],
}

/// The first extent that ends after `from`, written or not (`Documentation/filesystems/fiemap.rst`).
pub(super) fn next_extent(file: &File, from: u64) -> Result<Option<Range<u64>>, Errno> {
    let mut map = ExtentMap { start: from, length: u64::MAX - from, count: 1, ..ExtentMap::default() };
    // SAFETY: the layout is that of `struct fiemap` with `count` extents behind it (linux/fiemap.h); the kernel writes no
    // more than `count` of them, and the descriptor is open as long as `file` is borrowed.
    if unsafe { libc::ioctl(file.as_raw_fd(), FS_IOC_FIEMAP, &raw mut map) } != 0 {
        return Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO));
    }
    let extent = map.extent_logical..map.extent_logical.saturating_add(map.extent_length);
    Ok((map.mapped > 0).then_some(extent))
}
