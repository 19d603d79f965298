//! What would become holes, and what proves it.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;

use crate::error::Error;
use crate::host;
use crate::image::{self, Image, Volumes};
use crate::layout::Layout;
use crate::watch::Watch;
use crate::zeros;

/// How thoroughly, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Runs of zeros in blocks that are in use, of any file system, become holes too. They read the same.
    pub zero_runs: bool,
    /// Walk over all inodes to prove that nothing in use lies in a free block, and compare what is in use before and after.
    pub verify: bool,
    /// Punch in small pieces, asking the watcher between them, so that a stop is obeyed within a millisecond.
    pub prompt: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { zero_runs: false, verify: true, prompt: false }
    }
}

/// What would be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is in the image.
    pub layout: Layout,
    /// How it was made.
    pub options: Options,
    /// Bytes that are stored and would not be.
    pub punchable_bytes: u64,
    /// Holes that would be made.
    pub holes: u64,
    /// Bytes the file takes on its volume now.
    pub allocated_bytes: u64,
    /// Stands for the file and every range; another means that the image has changed.
    pub(crate) fingerprint: [u8; 32],
}

impl Plan {
    /// Whether nothing would be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.holes == 0
    }
}

/// Finds what could become holes. Changes nothing.
pub fn plan(file: &File, options: &Options, watch: &mut dyn Watch) -> Result<Plan, Error> {
    let source = image::source(file)?;
    let image = Image::open(&source)?;
    let mut volumes = image.volumes();
    image::prove(&mut volumes, options.verify, watch)?;
    // What is still in memory has no place yet, and would count as taking none.
    host::flush(file).map_err(measuring)?;
    let found = survey(file, &image, &volumes)?;
    let mut plan = Plan {
        layout: image.layout(&volumes),
        options: *options,
        punchable_bytes: found.bytes,
        holes: found.holes,
        allocated_bytes: host::allocated(file).map_err(measuring)?,
        fingerprint: found.fingerprint,
    };
    if options.zero_runs {
        each_zero_run(file, &image, &volumes, watch, &mut |run| {
            plan.punchable_bytes += run.end - run.start;
            plan.holes += 1;
            Ok(())
        })?;
    }
    Ok(plan)
}

pub(crate) fn measuring(source: std::io::Error) -> Error {
    Error::Io { doing: "measure the image", source }
}

fn source_length(file: &File) -> Result<u64, Error> {
    Ok(file.metadata().map_err(measuring)?.len())
}

/// The parts of a range that take room, ascending.
pub(crate) fn each_allocated(
    file: &File,
    within: Range<u64>,
    sink: &mut dyn FnMut(Range<u64>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut at = within.start;
    while at < within.end {
        let Some(data) = host::next_allocated(file, at).map_err(measuring)? else { break };
        let part = data.start.max(at)..data.end.min(within.end);
        if part.is_empty() {
            break;
        }
        at = part.end;
        sink(part)?;
    }
    Ok(())
}

/// The file system below the image frees whole blocks of this size.
pub(crate) fn unit(file: &File) -> Result<u64, Error> {
    host::block_size(file).map_err(measuring)
}

/// Sums over all ranges.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Survey {
    pub(crate) bytes: u64,
    pub(crate) holes: u64,
    pub(crate) fingerprint: [u8; 32],
}

/// Goes over all ranges to be punched.
pub(crate) fn survey(file: &File, image: &Image<'_>, volumes: &Volumes<'_>) -> Result<Survey, Error> {
    let facts = file.metadata().map_err(measuring)?;
    let mut hasher = blake3::Hasher::new();
    for number in
        [facts.dev(), facts.ino(), facts.len(), facts.mtime().cast_unsigned(), facts.mtime_nsec().cast_unsigned()]
    {
        hasher.update(&number.to_le_bytes());
    }
    let mut found = Survey { bytes: 0, holes: 0, fingerprint: [0; 32] };
    image.free(volumes, unit(file)?, &mut |free| {
        each_allocated(file, free, &mut |range| {
            found.bytes += range.end - range.start;
            found.holes += 1;
            hasher.update(&range.start.to_le_bytes());
            hasher.update(&range.end.to_le_bytes());
            Ok(())
        })
    })?;
    found.fingerprint = *hasher.finalize().as_bytes();
    Ok(found)
}

/// Runs of zeros that are stored and not in free ranges.
pub(crate) fn each_zero_run(
    file: &File,
    image: &Image<'_>,
    volumes: &Volumes<'_>,
    watch: &mut dyn Watch,
    sink: &mut dyn FnMut(Range<u64>) -> Result<(), Error>,
) -> Result<(), Error> {
    let unit = unit(file)?;
    let length = source_length(file)?;
    let mut at = 0;
    let mut between = |kept: Range<u64>| zeros::zero_runs(file, kept, unit, watch, sink);
    image.free(volumes, unit, &mut |free| {
        between(at..free.start)?;
        at = free.end;
        Ok(())
    })?;
    between(at..length)
}
