//! The file that holds the image: which parts of it are stored, and how a part is given back.
//!
//! Not here: what may be given back.

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix has no FIEMAP")]
mod linux;
#[cfg(target_os = "macos")]
#[expect(unsafe_code, reason = "rustix has no F_PUNCHHOLE")]
mod macos;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;

/// The unit in which the volume stores files: only whole ones are given back. A power of two, at least 512.
pub(crate) fn block_size(file: &File) -> io::Result<u64> {
    let size = system::block_size(file)?.max(512);
    // No volume has larger ones; whoever reads by the block allocates this much.
    if size.is_power_of_two() && size <= 16 << 20 {
        Ok(size)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, format!("the volume stores files in blocks of {size} bytes")))
    }
}

/// Makes a hole, which reads as zeros. Offset and length are multiples of [`block_size`].
pub(crate) fn punch(file: &File, offset: u64, length: u64) -> io::Result<()> {
    Ok(rustix::io::retry_on_intr(|| system::punch(file, offset, length))?)
}

/// Whether the volume can make holes. Asks with a hole that holds nothing, in a file open for writing. The content stays;
/// some file systems set the time of change.
pub(crate) fn can_punch(file: &File) -> io::Result<bool> {
    match rustix::io::retry_on_intr(|| system::probe(file)) {
        // Some refuse an empty hole as such, which shows that they know the call.
        Ok(()) | Err(Errno::INVAL) => Ok(true),
        // `EOPNOTSUPP` and `ENOTSUP` are one number on Linux and two on macOS.
        Err(error) if [Errno::OPNOTSUPP, Errno::NOTSUP, Errno::NOSYS, Errno::NOTTY].contains(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The first range at or after `from` that the file stores; `None` if there is only a hole up to its end.
///
/// Moves the file's cursor, which nothing here reads by.
pub(crate) fn next_data(file: &File, from: u64) -> io::Result<Option<Range<u64>>> {
    let length = file.metadata()?.len();
    if from >= length {
        return Ok(None);
    }
    let start = match seek(file, SeekFrom::Data(from)) {
        Ok(start) => start,
        Err(Errno::NXIO) => return Ok(None),
        // A volume that knows no holes stores everything.
        Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::NOTTY) => return Ok(Some(from..length)),
        Err(error) => return Err(error.into()),
    };
    let end = seek(file, SeekFrom::Hole(start))?;
    // Anything but a range ahead means that the file is changing; calling all of it data skips nothing.
    Ok(Some(if from <= start && start < end { start..end } else { from..length }))
}

/// The first range at or after `from` that must be read to know the content. On APFS data has been seen reported as a hole
/// (`lseek(2)`, `SEEK_HOLE`), so there it is all of it.
pub(crate) fn next_to_read(file: &File, from: u64) -> io::Result<Option<Range<u64>>> {
    if cfg!(target_os = "macos") {
        let length = file.metadata()?.len();
        return Ok((from < length).then_some(from..length));
    }
    next_data(file, from)
}

/// The first range at or after `from` that takes room on the volume: what is stored, and what was set aside for the file
/// and never written, which reads as a hole. Where the volume does not tell them apart, only what is stored.
pub(crate) fn next_allocated(file: &File, from: u64) -> io::Result<Option<Range<u64>>> {
    match rustix::io::retry_on_intr(|| system::next_place(file, from)) {
        Ok(found) => Ok(found.map(|it| it.range.start.max(from)..it.range.end).filter(|range| !range.is_empty())),
        Err(Errno::OPNOTSUPP | Errno::NOTTY | Errno::NOSYS) => next_data(file, from),
        Err(error) => Err(error.into()),
    }
}

/// A part of a file and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// In the file.
    pub(crate) range: Range<u64>,
    /// First byte on the volume; `None` where it has no place of its own, or none yet.
    pub(crate) physical: Option<u64>,
    /// Set aside and never written: it reads as zeros.
    pub(crate) unwritten: bool,
}

/// Whether the volume tells where a file lies, and moves that only for somebody who has the file open.
pub(crate) fn keeps_places(file: &File) -> io::Result<bool> {
    Ok(rustix::io::retry_on_intr(|| system::keeps_places(file))?)
}

/// The first part that ends after `from` and takes room, where [`keeps_places`] holds.
pub(crate) fn next_place(file: &File, from: u64) -> io::Result<Option<Place>> {
    Ok(rustix::io::retry_on_intr(|| system::next_place(file, from))?)
}

/// Bytes that the file takes on its volume.
pub(crate) fn allocated(file: &File) -> io::Result<u64> {
    // POSIX leaves the unit open; both platforms count in 512 bytes.
    Ok(file.metadata()?.blocks().saturating_mul(512))
}

/// Waits until the file is on the medium (on macOS by `F_FULLFSYNC`, which the standard library sees to).
pub(crate) fn flush(file: &File) -> io::Result<()> {
    file.sync_all()
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    /// A file of 16 blocks, all of ones.
    fn full(block: u64) -> File {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&vec![1; 16 * block as usize], 0).unwrap();
        flush(&file).unwrap();
        file
    }

    fn extents(file: &File) -> Vec<Range<u64>> {
        let mut at = 0;
        std::iter::from_fn(|| {
            let found = next_data(file, at).unwrap()?;
            at = found.end;
            Some(found)
        })
        .collect()
    }

    #[test]
    fn a_hole_reads_as_zeros_and_takes_nothing() {
        let block = block_size(&tempfile::tempfile().unwrap()).unwrap();
        let file = full(block);
        assert!(can_punch(&file).unwrap(), "the folder for temporary files must be on a volume that can make holes");
        let before = allocated(&file).unwrap();
        punch(&file, 4 * block, 3 * block).unwrap();
        punch(&file, 12 * block, 4 * block).unwrap();
        flush(&file).unwrap();

        assert_eq!(file.metadata().unwrap().len(), 16 * block);
        assert_eq!(before - allocated(&file).unwrap(), 7 * block);
        assert_eq!(extents(&file), [0..4 * block, 7 * block..12 * block]);
        assert_eq!(next_data(&file, 5 * block).unwrap(), Some(7 * block..12 * block));
        assert_eq!(next_data(&file, 8 * block + 1).unwrap(), Some(8 * block + 1..12 * block));
        assert_eq!(next_data(&file, 12 * block).unwrap(), None);
        assert_eq!(next_data(&file, u64::MAX).unwrap(), None);
        let mut read = vec![9; 16 * block as usize];
        file.read_exact_at(&mut read, 0).unwrap();
        let is_hole = |at: u64| (4..7).contains(&at) || at >= 12;
        assert!(
            (0..16).zip(read.chunks(block as usize)).all(|(at, it)| it.iter().all(|b| *b == u8::from(!is_hole(at))))
        );
    }

    #[test]
    fn asking_whether_holes_can_be_made_changes_no_byte() {
        let block = block_size(&tempfile::tempfile().unwrap()).unwrap();
        let file = full(block);
        file.set_len(16 * block - 7).unwrap();
        let before = allocated(&file).unwrap();
        assert!(can_punch(&file).unwrap());
        let mut read = vec![0; 16 * block as usize - 7];
        file.read_exact_at(&mut read, 0).unwrap();
        assert!(read.iter().all(|byte| *byte == 1));
        assert_eq!((file.metadata().unwrap().len(), allocated(&file).unwrap()), (16 * block - 7, before));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn room_that_was_never_written_is_allocated_and_no_data() {
        let block = block_size(&tempfile::tempfile().unwrap()).unwrap();
        let file = tempfile::tempfile().unwrap();
        file.set_len(64 * block).unwrap();
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 8 * block, 4 * block).unwrap();
        file.write_all_at(&vec![1; block as usize], 32 * block).unwrap();
        flush(&file).unwrap();
        assert_eq!(next_data(&file, 0).unwrap(), Some(32 * block..33 * block));
        assert_eq!(next_allocated(&file, 0).unwrap(), Some(8 * block..12 * block));
        assert_eq!(next_allocated(&file, 9 * block).unwrap(), Some(9 * block..12 * block));
        assert_eq!(next_allocated(&file, 12 * block).unwrap(), Some(32 * block..33 * block));
        assert_eq!(next_allocated(&file, 33 * block).unwrap(), None);
    }

    #[test]
    fn a_file_that_is_read_only_is_not_punched() {
        let written = tempfile::NamedTempFile::new().unwrap();
        written.as_file().write_all_at(&[1; 8192], 0).unwrap();
        let file = File::open(written.path()).unwrap();
        assert!(can_punch(&file).is_err());
        assert!(punch(&file, 0, 4096).is_err());
    }
}
