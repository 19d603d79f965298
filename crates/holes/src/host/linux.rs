//! Holes on Linux. No decisions here.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use rustix::fs::{FallocateFlags, fallocate, fstatvfs};
use rustix::io::Errno;

use super::Place;

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

/// `FIEMAP_EXTENT_UNWRITTEN`, and every flag of `linux/fiemap.h` that leaves the place open: `UNKNOWN`, `DELALLOC`, `ENCODED`,
/// `DATA_ENCRYPTED`, `NOT_ALIGNED`, `DATA_INLINE`, `DATA_TAIL`.
const UNWRITTEN: u32 = 0x800;
const NO_PLACE: u32 = 0x2 | 0x4 | 0x8 | 0x80 | 0x100 | 0x200 | 0x400;

/// The first extent that ends after `from`, written or not (`Documentation/filesystems/fiemap.rst`).
pub(super) fn next_place(file: &File, from: u64) -> Result<Option<Place>, Errno> {
    let mut map = ExtentMap { start: from, length: u64::MAX - from, count: 1, ..ExtentMap::default() };
    // SAFETY: the layout is that of `struct fiemap` with `count` extents behind it (linux/fiemap.h); the kernel writes no
    // more than `count` of them, and the descriptor is open as long as `file` is borrowed.
    if unsafe { libc::ioctl(file.as_raw_fd(), FS_IOC_FIEMAP, &raw mut map) } != 0 {
        return Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO));
    }
    let place = Place {
        range: map.extent_logical..map.extent_logical.saturating_add(map.extent_length),
        physical: (map.extent_flags & NO_PLACE == 0).then_some(map.extent_physical),
        unwritten: map.extent_flags & UNWRITTEN != 0,
    };
    Ok((map.mapped > 0).then_some(place))
}

/// `EXT4_SUPER_MAGIC` and `XFS_SUPER_MAGIC` of `linux/magic.h`. Others move blocks by themselves, as Btrfs does when it
/// balances.
pub(super) fn keeps_places(file: &File) -> Result<bool, Errno> {
    Ok([0xEF53, 0x5846_5342].contains(&rustix::fs::fstatfs(file)?.f_type))
}
