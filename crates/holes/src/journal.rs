//! The journal of ext3 and ext4 (jbd2), read as an overlay: which blocks of the file system its log would replace.
//!
//! What is committed is found as the kernel's recovery finds it (`fs/jbd2/recovery.c`), and whatever two kernels might
//! read differently is refused. Not here: replaying, which the guest does; finding the journal's blocks (`ext4`).

mod scan;
mod superblock;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;

use crate::checksum;
use crate::error::Reason;
use scan::{Scan, Tag};
use superblock::Superblock;

/// Begins every block of the journal that is not a copy.
const MAGIC: u32 = 0xc03b_3998;

/// For a log that a kernel would replay or has to finish.
const START_ONCE: &str = "start the VM once and shut it down, then try again";
/// For a log that a kernel would refuse too.
const REPAIR: &str = "let e2fsck repair it first";

/// The blocks of the journal, in its own numbering.
pub(crate) trait Log {
    /// Bytes of a block, the same as the file system's.
    fn block_size(&self) -> usize;

    /// How many there are.
    fn blocks(&self) -> u64;

    /// Fills `buffer`, one block long.
    fn read(&self, block: u64, buffer: &mut [u8]) -> io::Result<()>;
}

/// What the file system's superblock says.
pub(crate) struct Expected {
    /// Blocks of the file system: no copy may be meant for one behind them.
    pub(crate) fs_blocks: u64,
    /// Whether `COMPAT_FAST_COMMIT` is set.
    pub(crate) fast_commit: bool,
    /// Whether `INCOMPAT_RECOVER` is set.
    pub(crate) needs_recovery: bool,
}

/// A block as it is in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    /// Where it is in the log.
    pub(crate) log_block: u64,
    /// Whether its first four bytes are zeros in place of the magic.
    pub(crate) escaped: bool,
}

/// What the log holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Replay {
    /// Block of the file system to what replaces it.
    pub(crate) committed: BTreeMap<u64, Copy>,
    /// Copies of a transaction that was being written when it all stopped, in the log's order. They replace nothing.
    pub(crate) uncommitted: Vec<(u64, Copy)>,
    /// How many transactions are committed.
    pub(crate) transactions: u64,
}

/// Reads the log. Takes fewer than 100 bytes of memory for a block of it, and refuses one of over 2^20 blocks.
pub(crate) fn read(log: &dyn Log, expected: &Expected) -> Result<Replay, Reason> {
    let superblock = Superblock::read(log)?;
    if !superblock.is_live() {
        // The kernel looks for fast commits behind a live log only. If there are some all the same, they wait for one.
        if expected.needs_recovery {
            superblock.refuse_fast_commits(log, superblock.sequence, expected.fast_commit)?;
        }
        return Ok(Replay::default());
    }
    if !expected.needs_recovery {
        return Err(refusal("it holds a live log and the file system says that it needs no recovery", REPAIR));
    }
    let scan = Scan::of(log, &superblock, expected.fs_blocks)?;
    superblock.refuse_fast_commits(log, scan.next, expected.fast_commit)?;
    let revoked = revoked(log, &superblock, &scan)?;
    let committed = committed(log, &superblock, &scan, &revoked)?;
    let uncommitted = scan.uncommitted().iter().map(|tag| (tag.fs_block, tag.copy())).collect();
    Ok(Replay { committed, uncommitted, transactions: scan.transactions })
}

/// Puts the magic back where the copy had to be escaped.
pub(crate) fn restored(copy: &Copy, block: &mut [u8]) {
    if let (true, Some(start)) = (copy.escaped, block.first_chunk_mut()) {
        *start = MAGIC.to_be_bytes();
    }
}

/// The last transaction that revokes each block. Of blocks that have no copy it is of no use, and a hostile log could
/// name a billion of them.
fn revoked(log: &dyn Log, superblock: &Superblock, scan: &Scan) -> Result<BTreeMap<u64, u32>, Reason> {
    let mut copied: Vec<u64> = scan.committed().iter().map(|tag| tag.fs_block).collect();
    copied.sort_unstable();
    copied.dedup();
    let mut revoked = BTreeMap::new();
    let mut block = vec![0; log.block_size()];
    for &(at, sequence) in &scan.revokes {
        read_block(log, at, &mut block)?;
        let end = be32(&block, 12) as usize;
        let width = if superblock.wide { 8 } else { 4 };
        let entries = block.get(REVOKES..end).filter(|entries| entries.len().is_multiple_of(width));
        let Some(entries) = entries.filter(|_| end <= superblock.room()) else {
            return Err(refusal("a list of revoked blocks contradicts itself", REPAIR));
        };
        for entry in entries.chunks_exact(width) {
            let number = entry.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            if copied.binary_search(&number).is_ok() {
                // Transactions come in their order, so that the last one stays.
                revoked.insert(number, sequence);
            }
        }
    }
    Ok(revoked)
}

/// Where the entries of a revoke block begin.
const REVOKES: usize = 16;

/// The last copy of each block that was not revoked then or later.
fn committed(
    log: &dyn Log,
    superblock: &Superblock,
    scan: &Scan,
    revoked: &BTreeMap<u64, u32>,
) -> Result<BTreeMap<u64, Copy>, Reason> {
    let mut committed = BTreeMap::new();
    let mut block = vec![0; log.block_size()];
    for tag in scan.committed() {
        if revoked.get(&tag.fs_block).is_some_and(|&revoke| !is_later(tag.sequence, revoke)) {
            continue;
        }
        if superblock.checksums.in_every_block() {
            read_block(log, tag.log_block, &mut block)?;
            if !superblock.is_whole(tag, &block) {
                return Err(refusal("a block in its log fails its checksum", REPAIR));
            }
        }
        committed.insert(tag.fs_block, tag.copy());
    }
    Ok(committed)
}

/// Whether transaction `a` comes after `b`. Their numbers wrap around.
fn is_later(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() > 0
}

fn refusal(what: &str, remedy: &str) -> Reason {
    Reason::Journal(format!("{what}; {remedy}"))
}

fn read_block(log: &dyn Log, block: u32, buffer: &mut [u8]) -> Result<(), Reason> {
    log.read(u64::from(block), buffer).map_err(|error| Reason::Unreadable(error.to_string()))
}

/// The bytes at an offset; those behind the end count as zeros.
fn bytes<const N: usize>(block: &[u8], at: usize) -> [u8; N] {
    block.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

fn be16(block: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(bytes(block, at))
}

fn be32(block: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes(block, at))
}

fn be64(block: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(bytes(block, at))
}

/// CRC-32C of a block whose own checksum, at `at`, counts as zeros.
fn sum_without(seed: u32, block: &[u8], at: usize) -> u32 {
    let (before, rest) = block.split_at_checked(at).unwrap_or((block, &[]));
    let (own, after) = rest.split_at_checked(4).unwrap_or((rest, &[]));
    let seed = checksum::crc32c(seed, before);
    let seed = checksum::crc32c(seed, [0; 4].get(..own.len()).unwrap_or_default());
    checksum::crc32c(seed, after)
}
