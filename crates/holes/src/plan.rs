//! What would become holes, and what proves it.

use std::fs::File;

use crate::error::Error;
use crate::layout::Layout;
use crate::watch::Watch;

/// How thoroughly, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Runs of zeros in blocks that are in use, of any file system, become holes too. They read the same.
    pub zero_runs: bool,
    /// Walk over all inodes to prove that nothing in use lies in a free block, and hash what is in use before and after.
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
    /// Stands for every range; another means that the image has changed.
    pub(crate) fingerprint: [u8; 32],
}

/// Finds what could become holes. Changes nothing.
pub fn plan(file: &File, options: &Options, watch: &mut dyn Watch) -> Result<Plan, Error> {
    let _ = (file, options, watch);
    Err(Error::NotAFile)
}
