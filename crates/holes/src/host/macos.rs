//! Holes on macOS. No decisions here.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use rustix::io::Errno;

/// The fundamental size: the other one that `statvfs` tells is what is best read at once, and far larger.
pub(super) fn block_size(file: &File) -> io::Result<u64> {
    Ok(rustix::fs::fstatvfs(file)?.f_frsize)
}

pub(super) fn punch(file: &File, offset: u64, length: u64) -> Result<(), Errno> {
    let hole = libc::fpunchhole_t {
        fp_flags: 0,
        reserved: 0,
        fp_offset: libc::off_t::try_from(offset).map_err(|_| Errno::INVAL)?,
        fp_length: libc::off_t::try_from(length).map_err(|_| Errno::INVAL)?,
    };
    // SAFETY: the descriptor is open as long as `file` is borrowed, and the kernel reads one `fpunchhole_t`, which lives
    // until the call returns.
    let answer = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_PUNCHHOLE, &raw const hole) };
    if answer == -1 { Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO)) } else { Ok(()) }
}

/// `fcntl` has no such question; what is stored is asked for instead.
pub(super) fn next_place(_: &File, _: u64) -> Result<Option<super::Place>, Errno> {
    Err(Errno::OPNOTSUPP)
}

#[expect(clippy::unnecessary_wraps, reason = "the other platform has to ask")]
pub(super) fn keeps_places(_: &File) -> Result<bool, Errno> {
    Ok(false)
}

/// A hole without a length.
pub(super) fn probe(file: &File) -> Result<(), Errno> {
    punch(file, 0, 0)
}
