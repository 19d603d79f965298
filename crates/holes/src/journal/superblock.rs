//! The superblock of the journal: its shape, its features, its checksums, and where the log begins.
//!
//! Not here: the log itself (`scan`).

use super::{Log, MAGIC, REPAIR, START_ONCE, Tag, be32, bytes, is_later, read_block, refusal, sum_without};
use crate::checksum;
use crate::error::Reason;

/// Longer ones would take too much memory. The largest that `mke2fs` chooses by itself is a quarter of it, in blocks
/// of 4 KiB.
const MOST_BLOCKS: u32 = 1 << 20;
/// The kernel takes no shorter log when a part of the journal is for fast commits.
const FEWEST_BLOCKS: u32 = 1024;
/// Blocks for fast commits where the superblock names none.
const FAST_COMMIT_BLOCKS: u32 = 256;
/// The sort of the entry that every row of fast commits begins with.
const FAST_COMMIT_HEAD: u16 = 9;
/// The part of the block that is the superblock, and covered by its checksum.
const SUPERBLOCK: usize = 1024;

const VERSION_1: u32 = 3;
const VERSION_2: u32 = 4;

const COMPAT_CHECKSUM: u32 = 1;
const INCOMPAT_REVOKE: u32 = 1;
const INCOMPAT_64BIT: u32 = 2;
const INCOMPAT_ASYNC_COMMIT: u32 = 4;
const INCOMPAT_CSUM_V2: u32 = 8;
const INCOMPAT_CSUM_V3: u32 = 0x10;
const INCOMPAT_FAST_COMMIT: u32 = 0x20;
const INCOMPAT_KNOWN: u32 = INCOMPAT_REVOKE
    | INCOMPAT_64BIT
    | INCOMPAT_ASYNC_COMMIT
    | INCOMPAT_CSUM_V2
    | INCOMPAT_CSUM_V3
    | INCOMPAT_FAST_COMMIT;

/// The name of CRC-32C.
const CRC32C: u8 = 4;

/// What is covered by checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checksums {
    /// Nothing.
    None,
    /// A transaction as a whole, in its commit block.
    Transaction,
    /// Every block, 16 bits of it in the tag.
    Short,
    /// Every block, 32 bits of it in the tag.
    Long,
}

impl Checksums {
    pub(super) fn in_every_block(self) -> bool {
        matches!(self, Self::Short | Self::Long)
    }
}

/// The journal's superblock.
pub(super) struct Superblock {
    block_size: usize,
    /// First block of the log.
    pub(super) first: u32,
    /// Block behind the log, after which it goes on at the first.
    pub(super) last: u32,
    /// First block for fast commits, where there may be some.
    fast_commits: Option<u32>,
    /// Whether the journal says that there may be some.
    has_fast_commits: bool,
    /// The oldest transaction, and where it begins; 0 when there is none.
    pub(super) sequence: u32,
    pub(super) start: u32,
    /// Block numbers have 64 bits.
    pub(super) wide: bool,
    /// A commit block may get to the disk before its transaction.
    pub(super) async_commit: bool,
    pub(super) checksums: Checksums,
    seed: u32,
}

impl Superblock {
    /// Reads and checks it.
    pub(super) fn read(log: &dyn Log) -> Result<Self, Reason> {
        let block_size = log.block_size();
        if !block_size.is_power_of_two() || !(SUPERBLOCK..=1 << 16).contains(&block_size) {
            return Err(refusal("its blocks have no size it could have", REPAIR));
        }
        let mut block = vec![0; block_size];
        read_block(log, 0, &mut block)?;
        let version = be32(&block, 4);
        if be32(&block, 0) != MAGIC || !matches!(version, VERSION_1 | VERSION_2) {
            return Err(refusal("it has no superblock", REPAIR));
        }
        // The first version ends before the features, and what comes then means nothing.
        block.truncate(if version == VERSION_1 { 0x24 } else { SUPERBLOCK });
        let features = Features::of(&block)?;
        if be32(&block, 0x20) != 0 {
            return Err(refusal("the kernel noted an error in it", REPAIR));
        }
        if be32(&block, 0x40) > 1 {
            return Err(refusal("several file systems share it", "that is not understood"));
        }
        let geometry = Geometry::of(&block, block_size, log.blocks(), &features)?;
        Ok(Self {
            block_size,
            first: geometry.first,
            last: geometry.last,
            fast_commits: geometry.fast_commits,
            has_fast_commits: features.fast_commit,
            sequence: be32(&block, 0x18),
            start: geometry.start,
            wide: features.wide,
            async_commit: features.async_commit,
            checksums: features.checksums,
            seed: checksum::crc32c(u32::MAX, &bytes::<16>(&block, 0x30)),
        })
    }

    /// Whether there is a log to replay.
    pub(super) fn is_live(&self) -> bool {
        self.start != 0
    }

    /// Bytes of a tag, without the UUID that may follow it.
    pub(super) fn tag_bytes(&self) -> usize {
        match (self.checksums, self.wide) {
            (Checksums::Long, _) => 16,
            // Two bytes more than they use; the kernel counts them twice and has to go on doing so.
            (Checksums::Short, true) => 14,
            (Checksums::Short, false) => 10,
            (_, true) => 12,
            (_, false) => 8,
        }
    }

    /// Bytes of a descriptor or revoke block before its checksum.
    pub(super) fn room(&self) -> usize {
        self.block_size - if self.checksums.in_every_block() { 4 } else { 0 }
    }

    /// Whether the checksum at the end of a descriptor or revoke block is right.
    pub(super) fn has_whole_tail(&self, block: &[u8]) -> bool {
        let at = self.room();
        !self.checksums.in_every_block() || be32(block, at) == sum_without(self.seed, block, at)
    }

    /// Whether the checksum of a commit block is right.
    pub(super) fn has_whole_commit(&self, block: &[u8]) -> bool {
        !self.checksums.in_every_block() || be32(block, 16) == sum_without(self.seed, block, 16)
    }

    /// Whether a copy has the checksum of its tag. It is of the block as it is in the log, escaped.
    pub(super) fn is_whole(&self, tag: &Tag, block: &[u8]) -> bool {
        let sum = checksum::crc32c(checksum::crc32c(self.seed, &tag.sequence.to_be_bytes()), block);
        match self.checksums {
            Checksums::Long => tag.checksum == sum,
            Checksums::Short => tag.checksum == sum & 0xffff,
            Checksums::Transaction | Checksums::None => true,
        }
    }

    /// Refuses if fast commits are there to be replayed on top of the transactions before `next`. They say what to do
    /// to the file system, not what is in its blocks.
    pub(super) fn refuse_fast_commits(&self, log: &dyn Log, next: u32, expected: bool) -> Result<(), Reason> {
        let Some(at) = self.fast_commits.filter(|_| self.has_fast_commits || expected) else { return Ok(()) };
        let mut block = vec![0; self.block_size];
        read_block(log, at, &mut block)?;
        // All of them are little-endian, unlike the rest of the journal.
        if u16::from_le_bytes(bytes(&block, 0)) != FAST_COMMIT_HEAD {
            return Ok(());
        }
        let length = u16::from_le_bytes(bytes(&block, 2));
        let features = u32::from_le_bytes(bytes(&block, 4));
        let sequence = u32::from_le_bytes(bytes(&block, 8));
        if length != 8 || features != 0 {
            // Without the journal's word for it, it is any block that happens to begin so.
            return if self.has_fast_commits {
                Err(refusal("its fast commits are not understood", START_ONCE))
            } else {
                Ok(())
            };
        }
        // Older ones are what a full commit has made obsolete.
        if sequence == next || is_later(sequence, next) {
            return Err(refusal("it holds fast commits that wait to be replayed", START_ONCE));
        }
        Ok(())
    }
}

struct Features {
    wide: bool,
    async_commit: bool,
    fast_commit: bool,
    checksums: Checksums,
}

impl Features {
    fn of(block: &[u8]) -> Result<Self, Reason> {
        let (compat, incompat, ro_compat) = (be32(block, 0x24), be32(block, 0x28), be32(block, 0x2c));
        if compat & !COMPAT_CHECKSUM != 0 || incompat & !INCOMPAT_KNOWN != 0 || ro_compat != 0 {
            return Err(refusal("it has features that are not understood", START_ONCE));
        }
        let has = |feature| incompat & feature != 0;
        let checksums = match (compat & COMPAT_CHECKSUM != 0, has(INCOMPAT_CSUM_V2), has(INCOMPAT_CSUM_V3)) {
            (false, false, false) => Checksums::None,
            (true, false, false) => Checksums::Transaction,
            (false, true, false) => Checksums::Short,
            (false, false, true) => Checksums::Long,
            _ => return Err(refusal("it has two sorts of checksums at once", REPAIR)),
        };
        if checksums.in_every_block() {
            if bytes(block, 0x50) != [CRC32C] {
                return Err(refusal("its checksums are of no known sort", REPAIR));
            }
            if be32(block, 0xfc) != sum_without(u32::MAX, block, 0xfc) {
                return Err(refusal("its superblock fails its checksum", REPAIR));
            }
        }
        let (wide, async_commit) = (has(INCOMPAT_64BIT), has(INCOMPAT_ASYNC_COMMIT));
        Ok(Self { wide, async_commit, fast_commit: has(INCOMPAT_FAST_COMMIT), checksums })
    }
}

struct Geometry {
    first: u32,
    last: u32,
    fast_commits: Option<u32>,
    start: u32,
}

impl Geometry {
    fn of(block: &[u8], block_size: usize, blocks: u64, features: &Features) -> Result<Self, Reason> {
        let (length, first, start) = (be32(block, 0x10), be32(block, 0x14), be32(block, 0x1c));
        if length > MOST_BLOCKS {
            return Err(refusal("it is longer than what can be read here", START_ONCE));
        }
        let kept = match be32(block, 0x54) {
            0 => FAST_COMMIT_BLOCKS,
            some => some,
        };
        let before = length.checked_sub(kept);
        let last = if features.fast_commit { before.filter(|&last| last >= FEWEST_BLOCKS) } else { Some(length) };
        let last = last.filter(|&last| 0 < first && first < last);
        let Some(last) = last.filter(|last| start == 0 || (first..*last).contains(&start)) else {
            return Err(refusal("its superblock contradicts itself", REPAIR));
        };
        if usize::try_from(be32(block, 0x0c)) != Ok(block_size) || u64::from(length) > blocks {
            return Err(refusal("its superblock contradicts the file system", REPAIR));
        }
        // The kernel leaves the first block of that area alone.
        let fast_commits = before.map(|before| before + 1).filter(|&at| at < length);
        Ok(Self { first, last, fast_commits, start })
    }
}
