//! Reading: one image, or a part of one, by offset.
//!
//! Not here: what the bytes mean.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes that can be read at any offset.
pub trait Source {
    /// How many there are.
    fn length(&self) -> u64;

    /// Fills `buffer` from `offset`. Past the end is an error ([`io::ErrorKind::UnexpectedEof`]), never a short answer.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

/// An open file with the length it had then.
pub struct FileSource<'a> {
    file: &'a File,
    length: u64,
}

impl<'a> FileSource<'a> {
    /// Looks at the file's length.
    pub fn new(file: &'a File) -> io::Result<Self> {
        Ok(Self { file, length: file.metadata()?.len() })
    }
}

impl Source for FileSource<'_> {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

impl Source for &[u8] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let end = start.checked_add(buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(self.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// A part of another source: a partition.
pub struct Window<'a> {
    whole: &'a dyn Source,
    start: u64,
    length: u64,
}

impl<'a> Window<'a> {
    /// The `length` bytes from `start`, cut off where the whole ends.
    #[must_use]
    pub fn new(whole: &'a dyn Source, start: u64, length: u64) -> Self {
        let start = start.min(whole.length());
        Self { whole, start, length: length.min(whole.length() - start) }
    }
}

impl Source for Window<'_> {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
        if end > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.whole.read_at(self.start + offset, buffer)
    }
}
