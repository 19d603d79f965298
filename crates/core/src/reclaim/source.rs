//! Is the rebuild source whole? A walk over the frames of a zstd file, block by block, without decoding.
//!
//! The format is RFC 8878, section 3. Not here: decoding (`Disk::decode`), which `--verify` asks for as well.

use std::path::Path;

use thiserror::Error;

use crate::bytes::Bytes;
use crate::ports::{Disk, DiskError};

/// Why a file is not a whole zstd file.
#[derive(Debug, Error)]
pub enum SourceError {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// It does not start as a frame.
    #[error("at byte {0} there is no zstd frame")]
    NotAFrame(u64),
    /// The format forbids what stands there.
    #[error("the block at byte {0} is not valid")]
    BadBlock(u64),
    /// It ends within a frame.
    #[error("it is cut short: {0} bytes end within a frame")]
    Cut(u64),
    /// It cannot be read.
    #[error("failed to {0}")]
    Disk(#[from] DiskError),
}

/// Magic number of a frame (RFC 8878, 3.1.1), and of a skippable one (3.1.2), whose low nibble is free.
const FRAME: u32 = 0xFD2F_B528;
const SKIPPABLE: u32 = 0x184D_2A50;
/// One read takes this much; compressed blocks are at most 128 KiB, so most headers come from the buffer.
const WINDOW: usize = 1 << 20;

struct Reader<'a> {
    disk: &'a dyn Disk,
    path: &'a Path,
    length: u64,
    start: u64,
    buffer: Vec<u8>,
}

impl Reader<'_> {
    /// `n` bytes at `at`, as a little-endian number.
    fn number(&mut self, at: u64, n: usize) -> Result<u64, SourceError> {
        if at.saturating_add(n as u64) > self.length {
            return Err(SourceError::Cut(self.length));
        }
        let held = |reader: &Self| {
            let from = usize::try_from(at.checked_sub(reader.start)?).ok()?;
            Some(reader.buffer.get(from..from.checked_add(n)?)?.iter().rev().fold(0, |v, &b| v << 8 | u64::from(b)))
        };
        if let Some(value) = held(self) {
            return Ok(value);
        }
        self.buffer = self.disk.read_at(self.path, at, WINDOW)?;
        self.start = at;
        held(self).ok_or(SourceError::Cut(self.length))
    }
}

/// Walks the whole file; gives the length of its content, or `None` where a frame does not say.
///
/// # Errors
/// [`SourceError`] says where the file stops being whole.
pub fn content_length(disk: &dyn Disk, path: &Path, length: Bytes) -> Result<Option<Bytes>, SourceError> {
    let mut reader = Reader { disk, path, length: length.0, start: 0, buffer: Vec::new() };
    if length == Bytes::ZERO {
        return Err(SourceError::Empty);
    }
    let (mut at, mut content) = (0, Some(Bytes::ZERO));
    while at < length.0 {
        let magic = u32::try_from(reader.number(at, 4)?).unwrap_or(0);
        if magic & 0xFFFF_FFF0 == SKIPPABLE {
            at = at.saturating_add(8).saturating_add(reader.number(at.saturating_add(4), 4)?);
        } else if magic == FRAME {
            let (end, size) = frame(&mut reader, at)?;
            at = end;
            content = content.zip(size).map(|(sum, size)| sum.plus(size));
        } else {
            return Err(SourceError::NotAFrame(at));
        }
    }
    if at > length.0 { Err(SourceError::Cut(length.0)) } else { Ok(content) }
}

/// One frame from its magic number: where it ends and how long its content is.
fn frame(reader: &mut Reader<'_>, start: u64) -> Result<(u64, Option<Bytes>), SourceError> {
    let mut at = start.saturating_add(4);
    let descriptor = reader.number(at, 1)?;
    at += 1;
    let single_segment = descriptor & 0x20 != 0;
    at += u64::from(!single_segment);
    at += match descriptor & 3 {
        0 => 0,
        1 => 1,
        2 => 2,
        _ => 4,
    };
    let (width, added) = match (descriptor >> 6, single_segment) {
        (0, false) => (0, 0),
        (0, true) => (1, 0),
        (1, _) => (2, 256),
        (2, _) => (4, 0),
        _ => (8, 0),
    };
    let size = if width == 0 { None } else { Some(Bytes(reader.number(at, width)?.saturating_add(added))) };
    at += width as u64;
    loop {
        let header = reader.number(at, 3)?;
        // Raw and compressed blocks hold `Block_Size` bytes, an RLE block one; type 3 is reserved (3.1.1.2).
        let held = match (header >> 1) & 3 {
            0 | 2 => header >> 3,
            1 => 1,
            _ => return Err(SourceError::BadBlock(at)),
        };
        at = at.saturating_add(3).saturating_add(held);
        if header & 1 == 1 {
            break;
        }
    }
    let end = if descriptor & 4 == 0 { at } else { at.saturating_add(4) };
    if end > reader.length { Err(SourceError::Cut(reader.length)) } else { Ok((end, size)) }
}
