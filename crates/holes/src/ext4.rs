//! One ext2, ext3 or ext4 file system of an image, opened for reading: which of its blocks are free.
//!
//! Not here: what is done about it (`plan`), and the formats themselves (the modules below).

mod blocks;
mod geometry;
mod groups;
mod inodes;
mod mapping;
mod proof;
mod superblock;

use std::ops::Range;

use self::blocks::{Blocks, LogBlocks, Runs};
use self::groups::Descriptor;
pub(crate) use self::proof::Walk;
use self::superblock::{LENGTH, OFFSET, Superblock, compat, damaged};
use crate::bits;
use crate::error::Reason;
use crate::journal;
use crate::layout::FileSystem;
use crate::ranges::Ranges;
use crate::source::Source;

/// A file system whose superblock, log and descriptors have been read and found sound.
pub(crate) struct Ext4<'a> {
    blocks: Blocks<'a>,
    superblock: Superblock,
    descriptors: Vec<Descriptor>,
    /// Blocks of superblocks, descriptors, bitmaps and inode tables.
    metadata: Ranges,
}

impl<'a> Ext4<'a> {
    /// Opens the file system that fills `source`.
    pub(crate) fn open(source: &'a dyn Source) -> Result<Self, Reason> {
        let raw = read_superblock(source)?;
        let superblock = Superblock::parse(&raw, source.length())?;
        let blocks = Blocks::on_disk(source, superblock.block_size);
        let mut found = Self { blocks, superblock, descriptors: Vec::new(), metadata: Ranges::new() };
        if found.superblock.has(compat::HAS_JOURNAL) {
            found.replay(source.length())?;
        }
        found.descriptors = found.read_descriptors()?;
        found.metadata = found.lay_out()?;
        Ok(found)
    }

    /// Lays the log over the blocks and reads the superblock again.
    fn replay(&mut self, room: u64) -> Result<(), Reason> {
        let runs = self.log_runs()?;
        let expected = journal::Expected {
            fs_blocks: self.superblock.blocks,
            fast_commit: self.superblock.has(compat::FAST_COMMIT),
            needs_recovery: self.superblock.needs_recovery(),
        };
        let replay = journal::read(&LogBlocks { blocks: &self.blocks, runs: &runs }, &expected)?;
        self.blocks.replay(runs, replay);
        let mut block = vec![0; self.blocks.size()];
        self.blocks.read(self.superblock.superblock_block(), &mut block)?;
        let at = usize::try_from(OFFSET).unwrap_or(0) % self.blocks.size();
        let after = Superblock::parse(block.get(at..at + LENGTH).unwrap_or_default(), room)?;
        if !after.same_shape(&self.superblock) {
            return Err(damaged("the log changes the file system's shape"));
        }
        self.superblock = after;
        Ok(())
    }

    /// Where the journal's inode keeps its blocks, before any replay. Nothing that could be replayed moves them.
    fn log_runs(&self) -> Result<Runs, Reason> {
        let raw = self.raw_journal_inode()?;
        let mut runs = Runs::new();
        let mut next = 0;
        self.map(&raw, self.superblock.journal_inode, &mut |logical, physical: Range<u64>, what| {
            if what == mapping::Mapped::Data {
                if logical != next {
                    return Err(Reason::Journal("it has a gap".to_owned()));
                }
                next += physical.end - physical.start;
                runs.push((logical, physical));
            }
            Ok(())
        })?;
        Ok(runs)
    }

    /// Blocks of all metadata with a fixed place, checked not to overlap.
    fn lay_out(&self) -> Result<Ranges, Reason> {
        let mut metadata = Ranges::new();
        let mut add = |range: Range<u64>| {
            let fresh = !metadata.overlaps(range.clone());
            metadata.insert(range);
            if fresh { Ok(()) } else { Err(damaged("parts of its metadata lie in one another")) }
        };
        for (group, descriptor) in self.descriptors.iter().enumerate() {
            add(self.superblock.head(group as u64))?;
            add(descriptor.block_bitmap..descriptor.block_bitmap + 1)?;
            add(descriptor.inode_bitmap..descriptor.inode_bitmap + 1)?;
            add(descriptor.inode_table..descriptor.inode_table + self.superblock.inode_table_blocks())?;
        }
        Ok(metadata)
    }

    fn descriptor(&self, group: u64) -> Result<&Descriptor, Reason> {
        let found = usize::try_from(group).ok().and_then(|group| self.descriptors.get(group));
        found.ok_or_else(|| damaged(format!("there is no group {group}")))
    }

    fn logged_in(&self, blocks: Range<u64>) -> impl Iterator<Item = u64> + '_ {
        self.blocks.logged(blocks)
    }

    /// Which of the three it is.
    pub(crate) fn kind(&self) -> FileSystem {
        self.superblock.kind()
    }

    /// Bytes of a block.
    pub(crate) fn block_size(&self) -> u64 {
        self.superblock.block_size as u64
    }

    /// Bytes of the whole file system.
    pub(crate) fn total_bytes(&self) -> u64 {
        self.superblock.blocks * self.block_size()
    }

    /// Bytes that its descriptors count as free.
    pub(crate) fn free_bytes(&self) -> u64 {
        let clusters: u64 = self.descriptors.iter().map(|group| u64::from(group.free)).sum();
        (clusters * self.superblock.cluster).min(self.superblock.blocks) * self.block_size()
    }

    /// Whether it was never unmounted (`INCOMPAT_RECOVER`).
    pub(crate) fn is_left_mounted(&self) -> bool {
        self.superblock.needs_recovery()
    }

    /// Whether any of these bytes belongs to a superblock, descriptor, bitmap or inode table.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn is_metadata(&self, bytes: Range<u64>) -> bool {
        self.metadata.overlaps(bytes.start / self.block_size()..bytes.end.div_ceil(self.block_size()))
    }

    /// Number of block groups.
    pub(crate) fn groups(&self) -> u64 {
        self.superblock.groups()
    }

    /// Free runs of a group, in bytes from the start of the file system, ascending.
    pub(crate) fn free_in(&self, group: u64, sink: &mut dyn FnMut(Range<u64>)) -> Result<(), Reason> {
        let bitmap = self.in_use(group)?;
        let blocks = self.superblock.group_blocks(group);
        for run in bits::zero_runs(&bitmap, self.superblock.group_clusters(group)) {
            let block = |cluster: u64| (blocks.start + cluster * self.superblock.cluster).min(blocks.end);
            sink(block(run.start) * self.block_size()..block(run.end) * self.block_size());
        }
        Ok(())
    }
}

/// The superblock's bytes, whatever they say.
fn read_superblock(source: &dyn Source) -> Result<[u8; LENGTH], Reason> {
    let mut raw = [0; LENGTH];
    if source.length() < OFFSET + LENGTH as u64 {
        return Err(Reason::UnknownFileSystem);
    }
    source.read_at(OFFSET, &mut raw).map_err(|error| Reason::Unreadable(error.to_string()))?;
    Ok(raw)
}

/// What a superblock says of itself when the file system as a whole is refused: kind, bytes of a block, bytes in all.
pub(crate) fn glance(source: &dyn Source) -> Option<(FileSystem, u64, u64)> {
    let superblock = Superblock::parse(&read_superblock(source).ok()?, source.length()).ok()?;
    let size = superblock.block_size as u64;
    Some((superblock.kind(), size, superblock.blocks * size))
}
