//! Walking along the log: which transactions are whole, what copies they hold, and where it all ends.
//!
//! The end is told from damage as the kernel does it. Where it makes do with the transactions before something odd,
//! this refuses. Not here: what is revoked, and whether the copies are whole.

use super::superblock::{Checksums, Superblock};
use super::{Copy, Log, MAGIC, REPAIR, START_ONCE, be16, be32, be64, is_later, read_block, refusal};
use crate::checksum;
use crate::error::Reason;

const DESCRIPTOR: u32 = 1;
const COMMIT: u32 = 2;
const REVOKE: u32 = 5;

const ESCAPED: u32 = 1;
const SAME_UUID: u32 = 2;
const LAST_TAG: u32 = 8;

/// Bytes of the header of every block that is not a copy.
const HEADER: usize = 12;
/// Bytes of a commit block that are used.
const COMMIT_HEADER: usize = 60;

/// One copy in the log.
#[derive(Debug)]
pub(super) struct Tag {
    /// What block it is of.
    pub(super) fs_block: u64,
    /// Where it is.
    pub(super) log_block: u32,
    /// Its transaction.
    pub(super) sequence: u32,
    /// As many bits of its checksum as the format has.
    pub(super) checksum: u32,
    escaped: bool,
}

impl Tag {
    pub(super) fn copy(&self) -> Copy {
        Copy { log_block: u64::from(self.log_block), escaped: self.escaped }
    }
}

/// What was found.
#[derive(Debug)]
pub(super) struct Scan {
    tags: Vec<Tag>,
    whole: usize,
    /// Blocks that list revoked ones, of committed transactions.
    pub(super) revokes: Vec<(u32, u32)>,
    /// Committed transactions.
    pub(super) transactions: u64,
    /// The first that is not.
    pub(super) next: u32,
}

impl Scan {
    /// Walks along the log to its end.
    pub(super) fn of(log: &dyn Log, superblock: &Superblock, fs_blocks: u64) -> Result<Self, Reason> {
        let found =
            Self { tags: Vec::new(), whole: 0, revokes: Vec::new(), transactions: 0, next: superblock.sequence };
        let mut walk = Walk {
            log,
            superblock,
            fs_blocks,
            at: superblock.start,
            left: superblock.last - superblock.first,
            last_time: 0,
            open: Open::new(),
            found,
        };
        let mut block = vec![0; log.block_size()];
        while walk.go_on(&mut block)? {}
        let mut found = walk.found;
        found.revokes.truncate(found.revokes.len() - walk.open.revokes);
        Ok(found)
    }

    /// Copies of committed transactions, in the log's order.
    pub(super) fn committed(&self) -> &[Tag] {
        self.tags.get(..self.whole).unwrap_or_default()
    }

    /// Those behind them.
    pub(super) fn uncommitted(&self) -> &[Tag] {
        self.tags.get(self.whole..).unwrap_or_default()
    }
}

/// The transaction that has no commit block yet.
struct Open {
    /// How many of its blocks list revoked ones.
    revokes: usize,
    /// The checksum over all of it, in the oldest format.
    sum: u32,
    /// A checksum of it is wrong: it is damaged, or it is what is left of an older log.
    is_doubtful: bool,
    /// What is wrong with it in case it turns out to be committed.
    flaw: Option<&'static str>,
}

impl Open {
    fn new() -> Self {
        Self { revokes: 0, sum: u32::MAX, is_doubtful: false, flaw: None }
    }
}

struct Walk<'a> {
    log: &'a dyn Log,
    superblock: &'a Superblock,
    fs_blocks: u64,
    at: u32,
    /// Blocks not walked over yet, so that each is at most once.
    left: u32,
    /// When the last transaction was committed, in the guest's seconds.
    last_time: u64,
    open: Open,
    found: Scan,
}

impl Walk<'_> {
    /// Takes one block with what belongs to it. False at the end of the log.
    fn go_on(&mut self, block: &mut [u8]) -> Result<bool, Reason> {
        let at = self.step()?;
        read_block(self.log, at, block)?;
        if self.is_gap(block)? {
            return Ok(false);
        }
        match be32(block, 4) {
            DESCRIPTOR => self.describe(block).map(|()| true),
            REVOKE => {
                self.open.is_doubtful |= !self.superblock.has_whole_tail(block);
                self.open.revokes += 1;
                self.found.revokes.push((at, self.found.next));
                Ok(true)
            }
            COMMIT => self.commit(block),
            _ => Err(refusal("its log holds a block of an unknown sort", REPAIR)),
        }
    }

    /// The next block of the ring.
    fn step(&mut self) -> Result<u32, Reason> {
        let Some(left) = self.left.checked_sub(1) else {
            return Err(refusal("its log has no end", REPAIR));
        };
        let at = self.at;
        self.left = left;
        self.at = if at + 1 < self.superblock.last { at + 1 } else { self.superblock.first };
        Ok(at)
    }

    /// Whether the block is none of the transaction looked for. What remains of a former round of the ring is older;
    /// something newer means that a part of the log is missing.
    fn is_gap(&self, block: &[u8]) -> Result<bool, Reason> {
        let (kind, sequence) = (be32(block, 4), be32(block, 8));
        if be32(block, 0) != MAGIC {
            return Ok(true);
        }
        if is_later(sequence, self.found.next) && matches!(kind, DESCRIPTOR | COMMIT | REVOKE) {
            return Err(refusal("a part of its log is missing", START_ONCE));
        }
        Ok(sequence != self.found.next)
    }

    /// Takes the tags of a descriptor block, and steps over the copies that follow it.
    fn describe(&mut self, block: &mut [u8]) -> Result<(), Reason> {
        self.open.is_doubtful |= !self.superblock.has_whole_tail(block);
        let sums = self.superblock.checksums == Checksums::Transaction;
        let mut copy = Vec::new();
        if sums {
            self.open.sum = checksum::crc32_be(self.open.sum, block);
            copy.resize(block.len(), 0);
        }
        let mut offset = HEADER;
        while offset + self.superblock.tag_bytes() <= self.superblock.room() {
            let tag = block.get(offset..).unwrap_or_default();
            let flags = self.flags(tag);
            let log_block = self.step()?;
            if sums {
                read_block(self.log, log_block, &mut copy)?;
                self.open.sum = checksum::crc32_be(self.open.sum, &copy);
            }
            self.take(tag, flags, log_block);
            if flags & LAST_TAG != 0 {
                return Ok(());
            }
            offset += self.superblock.tag_bytes() + if flags & SAME_UUID == 0 { 16 } else { 0 };
        }
        self.open.flaw = Some("a list of copies in its log has no end");
        Ok(())
    }

    fn flags(&self, tag: &[u8]) -> u32 {
        match self.superblock.checksums {
            Checksums::Long => be32(tag, 4),
            _ => u32::from(be16(tag, 6)),
        }
    }

    fn take(&mut self, tag: &[u8], flags: u32, log_block: u32) {
        let high = if self.superblock.wide { u64::from(be32(tag, 8)) << 32 } else { 0 };
        let fs_block = high | u64::from(be32(tag, 0));
        let checksum = match self.superblock.checksums {
            Checksums::Long => be32(tag, 12),
            _ => u32::from(be16(tag, 4)),
        };
        // Nobody has ever written the flag for deleted blocks, and kernels copy them all the same.
        if flags & !(ESCAPED | SAME_UUID | LAST_TAG) != 0 {
            self.open.flaw = Some("a copy in its log has flags that are not understood");
        }
        if fs_block < self.fs_blocks {
            let (sequence, escaped) = (self.found.next, flags & ESCAPED != 0);
            self.found.tags.push(Tag { fs_block, log_block, sequence, checksum, escaped });
        } else {
            self.open.flaw = Some("a copy in its log is of a block outside the file system");
        }
    }

    /// Closes the transaction if its commit block is good. False if it is the end of the log instead.
    fn commit(&mut self, block: &mut [u8]) -> Result<bool, Reason> {
        let time = be64(block, 48);
        let is_whole = self.superblock.has_whole_commit(block) && self.has_right_sum(block);
        if self.open.is_doubtful || !is_whole {
            // Committed before the transaction that precedes it: what is left of an older log.
            if time < self.last_time {
                return Ok(false);
            }
            if self.open.is_doubtful {
                return Err(refusal("a transaction in its log fails its checksum", REPAIR));
            }
            return self.judge(block);
        }
        if let Some(flaw) = self.open.flaw {
            return Err(refusal(flaw, REPAIR));
        }
        self.last_time = time;
        self.open = Open::new();
        self.found.whole = self.found.tags.len();
        self.found.transactions += 1;
        self.found.next = self.found.next.wrapping_add(1);
        Ok(true)
    }

    /// The oldest format's checksum, which a kernel may leave out.
    fn has_right_sum(&self, block: &[u8]) -> bool {
        const CRC32: u16 = 0x0104; // its sort and its bytes
        let (kind, sum) = (be16(block, 12), be32(block, 16));
        self.superblock.checksums != Checksums::Transaction
            || (kind, sum) == (CRC32, self.open.sum)
            || (kind, sum) == (0, 0)
    }

    /// What a commit block of a wrong checksum means. False: that its transaction was interrupted.
    fn judge(&mut self, block: &mut [u8]) -> Result<bool, Reason> {
        if self.superblock.checksums.in_every_block() {
            let mut torn = block.to_vec();
            torn.iter_mut().skip(COMMIT_HEADER).for_each(|byte| *byte = 0);
            if self.superblock.has_whole_commit(&torn) {
                // Kernels since 6.10 take it, older ones refuse the file system.
                return Err(refusal("its last commit is only partly written", START_ONCE));
            }
        }
        // The commit block is written after its transaction, unless that feature is on.
        if !self.superblock.async_commit {
            return Err(refusal("a commit in its log fails its checksum", REPAIR));
        }
        let at = self.step()?;
        read_block(self.log, at, block)?;
        self.is_gap(block).map(|_| false)
    }
}
