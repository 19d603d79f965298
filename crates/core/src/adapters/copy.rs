//! Copies of images: image to zstd and back to a sparse one, hashed on the way.
//!
//! The format is a plain zstd frame (RFC 8878) of the whole content, so that `zstd -d --sparse` brings an image back
//! without Plimsoll, and `b3sum` checks it. Not here: when a copy is made or trusted (`reclaim`).

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufReader, BufWriter, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::SeekFrom;

use super::unix::{fill, open_file};
use crate::bytes::Bytes;
use crate::ports::{Copied, DiskError, Operation, Progress};

/// One read: large enough that the system calls do not show, small enough to stay in the cache.
const CHUNK: usize = 256 * 1024;
/// By so much a file is made longer at once: some file systems refuse more than they have free.
const STRETCH: u64 = 1 << 30;
/// zstd's own default: beyond it the time rises faster than the copy shrinks.
const COMPRESSION: i32 = 3;

type Sink<'a> = &'a mut dyn FnMut(u64, &[u8]) -> io::Result<()>;

fn cancelled() -> io::Error {
    io::Error::new(io::ErrorKind::Interrupted, "cancelled")
}

fn reading(path: &Path) -> impl FnOnce(io::Error) -> DiskError + '_ {
    move |error| DiskError::new(Operation::Read, path, error)
}

fn writing(path: &Path) -> impl FnOnce(io::Error) -> DiskError + '_ {
    move |error| DiskError::new(Operation::Write, path, error)
}

/// The first byte from `at` on that must be read to know the content. On macOS that is the next: on APFS data that was there
/// has been seen reported as a hole (`lseek(2)`, `SEEK_HOLE`), and the original goes after this.
fn next_to_read(file: &File, at: u64) -> io::Result<u64> {
    if cfg!(target_os = "macos") {
        return Ok(at);
    }
    match rustix::fs::seek(file, SeekFrom::Data(at)) {
        Ok(data) => Ok(data),
        // No data to the end of the file (lseek(2), ENXIO).
        Err(rustix::io::Errno::NXIO) => Ok(u64::MAX),
        // The file system cannot tell: all of it is data.
        Err(rustix::io::Errno::INVAL) => Ok(at),
        Err(error) => Err(error.into()),
    }
}

/// Gives the whole content of a file to `sink` in order.
fn read_all(file: &File, length: u64, what: &str, progress: &dyn Progress, sink: Sink<'_>) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let (mut at, mut data) = (0, 0);
    while at < length {
        if data <= at {
            data = next_to_read(file, at)?;
        }
        let n = usize::try_from(length - at).unwrap_or(CHUNK).min(CHUNK);
        let part = buffer.get_mut(..n).unwrap_or(&mut []);
        if at + n as u64 <= data {
            part.fill(0);
        } else {
            file.read_exact_at(part, at)?;
        }
        sink(at, part)?;
        at += n as u64;
        step(what, at, length, progress)?;
    }
    Ok(())
}

fn step(what: &str, done: u64, total: u64, progress: &dyn Progress) -> io::Result<()> {
    progress.advanced(what, Bytes(done), Bytes(total));
    if progress.cancelled() { Err(cancelled()) } else { Ok(()) }
}

/// Decodes a zstd file into `sink`; gives the length of the content and of the file.
fn decode_into(path: &Path, what: &str, progress: &dyn Progress, sink: Sink<'_>) -> Result<(Bytes, Bytes), DiskError> {
    let file = open_file(path)?;
    let stored = file.metadata().map_err(reading(path))?.len();
    let mut position = file.try_clone().map_err(reading(path))?;
    let mut decoder = zstd::Decoder::new(BufReader::with_capacity(CHUNK, file)).map_err(reading(path))?;
    // The app's frames may use a long window; 2^31 is the most the format's reader allows on 64 bit.
    decoder.window_log_max(31).map_err(reading(path))?;
    let mut buffer = vec![0; CHUNK];
    let mut at = 0;
    loop {
        let n = fill(&mut decoder, &mut buffer).map_err(reading(path))?;
        let Some(part) = buffer.get(..n).filter(|part| !part.is_empty()) else { break };
        sink(at, part).map_err(writing(path))?;
        at += n as u64;
        let done = io::Seek::stream_position(&mut position).map_err(reading(path))?;
        step(what, done, stored, progress).map_err(reading(path))?;
    }
    Ok((Bytes(at), Bytes(stored)))
}

/// Decodes to nothing, checksums verified by the library.
pub(super) fn decode(path: &Path, progress: &dyn Progress) -> Result<Bytes, DiskError> {
    decode_into(path, "checking", progress, &mut |_, _| Ok(())).map(|(length, _)| length)
}

/// Compresses an image to a new file and flushes it.
pub(super) fn compress(image: &Path, copy: &Path, progress: &dyn Progress) -> Result<Copied, DiskError> {
    let source = open_file(image)?;
    let length = source.metadata().map_err(reading(image))?.len();
    let target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(copy).map_err(writing(copy))?;
    let mut hasher = blake3::Hasher::new();
    let mut encoder =
        zstd::Encoder::new(BufWriter::with_capacity(CHUNK, target), COMPRESSION).map_err(writing(copy))?;
    encoder.include_checksum(true).map_err(writing(copy))?;
    encoder.set_pledged_src_size(Some(length)).map_err(writing(copy))?;
    read_all(&source, length, "copying", progress, &mut |_, part| {
        hasher.update(part);
        encoder.write_all(part)
    })
    .map_err(writing(copy))?;
    let target = encoder.finish().and_then(|buffer| buffer.into_inner().map_err(io::IntoInnerError::into_error));
    let target = target.map_err(writing(copy))?;
    target.sync_all().map_err(|error| DiskError::new(Operation::Sync, copy, error))?;
    let stored = target.metadata().map_err(reading(copy))?.len();
    Ok(Copied { blake3: hasher.finalize().to_hex().to_string(), logical: Bytes(length), stored: Bytes(stored) })
}

/// Decodes a copy and hashes what comes out.
pub(super) fn check(copy: &Path, progress: &dyn Progress) -> Result<Copied, DiskError> {
    let mut hasher = blake3::Hasher::new();
    let (logical, stored) = decode_into(copy, "verifying", progress, &mut |_, part| {
        hasher.update(part);
        Ok(())
    })?;
    Ok(Copied { blake3: hasher.finalize().to_hex().to_string(), logical, stored })
}

/// Decodes a copy into a new sparse file, flushes it, and hashes what can be read back from it.
pub(super) fn expand(
    copy: &Path,
    image: &Path,
    mode: u32,
    modified: (i64, u32),
    progress: &dyn Progress,
) -> Result<Copied, DiskError> {
    let target =
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(image).map_err(writing(image))?;
    let mut stretched = 0;
    let (logical, stored) = decode_into(copy, "restoring", progress, &mut |at, part| {
        // A gap that a write behind the end leaves is stored on APFS, unless it is large; one that is stretched is not.
        while stretched < at + part.len() as u64 {
            stretched += STRETCH;
            target.set_len(stretched)?;
        }
        if part.iter().any(|&byte| byte != 0) { target.write_all_at(part, at) } else { Ok(()) }
    })?;
    target.set_len(logical.0).map_err(writing(image))?;
    target.set_permissions(Permissions::from_mode(mode & 0o7777)).map_err(writing(image))?;
    let since = Duration::new(u64::try_from(modified.0).unwrap_or(0), modified.1);
    target.set_modified(SystemTime::UNIX_EPOCH + since).map_err(writing(image))?;
    target.sync_all().map_err(|error| DiskError::new(Operation::Sync, image, error))?;
    let mut hasher = blake3::Hasher::new();
    read_all(&target, logical.0, "verifying", progress, &mut |_, part| {
        hasher.update(part);
        Ok(())
    })
    .map_err(reading(image))?;
    Ok(Copied { blake3: hasher.finalize().to_hex().to_string(), logical, stored })
}
