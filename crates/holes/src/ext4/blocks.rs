//! Blocks of a file system as they are on disk, and as they are once the log is replayed.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::Reason;
use crate::journal::{self, Copy};
use crate::source::Source;

/// Where the log's blocks lie: runs of the journal's inode, by logical block.
pub(crate) type Runs = Vec<(u64, Range<u64>)>;

/// The blocks of one file system.
pub(crate) struct Blocks<'a> {
    source: &'a dyn Source,
    size: usize,
    /// Newer content, by file system block: where in the file system the log keeps it.
    overlay: BTreeMap<u64, Copy>,
    /// Copies that were never committed, by the block they were meant for.
    uncommitted: BTreeMap<u64, Vec<Copy>>,
    log: Runs,
}

impl<'a> Blocks<'a> {
    /// Blocks as they are on disk.
    pub(crate) fn on_disk(source: &'a dyn Source, size: usize) -> Self {
        Self { source, size, overlay: BTreeMap::new(), uncommitted: BTreeMap::new(), log: Runs::new() }
    }

    /// Lays the log over them.
    pub(crate) fn replay(&mut self, log: Runs, replay: journal::Replay) {
        self.log = log;
        self.overlay = replay.committed;
        for (block, copy) in replay.uncommitted {
            self.uncommitted.entry(block).or_default().push(copy);
        }
    }

    /// Bytes of a block.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// A block as it is on disk.
    pub(crate) fn raw(&self, block: u64, buffer: &mut [u8]) -> Result<(), Reason> {
        let at = block.saturating_mul(self.size as u64);
        self.source.read_at(at, buffer).map_err(|error| Reason::Unreadable(error.to_string()))
    }

    /// A block once the log is replayed.
    pub(crate) fn read(&self, block: u64, buffer: &mut [u8]) -> Result<(), Reason> {
        match self.overlay.get(&block) {
            Some(copy) => self.copy(copy, buffer),
            None => self.raw(block, buffer),
        }
    }

    /// The log has a newer content of this block.
    pub(crate) fn is_logged(&self, block: u64) -> bool {
        self.overlay.contains_key(&block)
    }

    /// Where replay writes among these.
    pub(crate) fn logged(&self, blocks: Range<u64>) -> impl Iterator<Item = u64> + '_ {
        self.overlay.range(blocks).map(|(&block, _)| block)
    }

    /// Contents that this block would have had, had their transaction been committed.
    pub(crate) fn never_committed(&self, block: u64) -> impl Iterator<Item = &Copy> + '_ {
        self.uncommitted.get(&block).into_iter().flatten()
    }

    /// The content of a copy in the log.
    pub(crate) fn copy(&self, copy: &Copy, buffer: &mut [u8]) -> Result<(), Reason> {
        self.raw(in_runs(&self.log, copy.log_block)?, buffer)?;
        journal::restored(copy, buffer);
        Ok(())
    }
}

/// The journal's inode as a log of blocks.
pub(crate) struct LogBlocks<'a> {
    pub(crate) blocks: &'a Blocks<'a>,
    pub(crate) runs: &'a Runs,
}

impl journal::Log for LogBlocks<'_> {
    fn block_size(&self) -> usize {
        self.blocks.size()
    }

    fn blocks(&self) -> u64 {
        self.runs.last().map_or(0, |(logical, physical)| logical + (physical.end - physical.start))
    }

    fn read(&self, block: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        let at = in_runs(self.runs, block).map_err(std::io::Error::other)?;
        self.blocks.raw(at, buffer).map_err(std::io::Error::other)
    }
}

fn in_runs(runs: &Runs, logical: u64) -> Result<u64, Reason> {
    let after = runs.partition_point(|(start, _)| *start <= logical);
    after
        .checked_sub(1)
        .and_then(|at| runs.get(at))
        .map(|(start, physical)| physical.start + (logical - start)..physical.end)
        .filter(|rest| !rest.is_empty())
        .map(|rest| rest.start)
        .ok_or_else(|| Reason::Journal("it has a gap".to_owned()))
}
