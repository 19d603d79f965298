//! The proof that free means free: all metadata, and every block of every inode in use, is marked as in use.

use std::ops::Range;

use super::Ext4;
use super::inodes::Inode;
use super::superblock::damaged;
use crate::bits;
use crate::error::Reason;

/// Bitmaps kept while walking: 4 MiB of them with blocks of 4 KiB.
const KEPT: usize = 1024;

/// Bitmaps that were read last, each at a place given by its group.
struct Bitmaps<'a, 'b> {
    file_system: &'a Ext4<'b>,
    kept: Vec<Option<(u64, Vec<u8>)>>,
}

impl<'a, 'b> Bitmaps<'a, 'b> {
    fn new(file_system: &'a Ext4<'b>) -> Self {
        let wanted = usize::try_from(file_system.groups()).unwrap_or(KEPT).min(KEPT);
        Self { file_system, kept: vec![None; wanted.max(1)] }
    }

    /// Whether all these blocks are in use. Blocks before the first group are nobody's to free.
    fn all_in_use(&mut self, blocks: Range<u64>) -> Result<bool, Reason> {
        let superblock = &self.file_system.superblock;
        let mut at = blocks.start.max(superblock.first_data_block);
        while at < blocks.end {
            let Some(group) = superblock.group_of(at) else { return Ok(false) };
            let of_group = superblock.group_blocks(group);
            let end = blocks.end.min(of_group.end);
            let cluster = |block: u64| (block - of_group.start) / superblock.cluster;
            if !bits::all_ones(self.of(group)?, cluster(at)..cluster(end - 1) + 1) {
                return Ok(false);
            }
            at = end;
        }
        Ok(true)
    }

    fn of(&mut self, group: u64) -> Result<&[u8], Reason> {
        let place = usize::try_from(group).unwrap_or(0) % self.kept.len();
        let Some(slot) = self.kept.get_mut(place) else { return Ok(&[]) };
        if slot.as_ref().is_none_or(|(kept, _)| *kept != group) {
            *slot = Some((group, self.file_system.in_use(group)?));
        }
        Ok(slot.as_ref().map(|(_, bitmap)| bitmap.as_slice()).unwrap_or_default())
    }
}

impl Ext4<'_> {
    /// Checks every bitmap against its checksum and count, the counts against each other, and that all metadata with a
    /// fixed place is in use.
    pub(crate) fn check_groups(&self) -> Result<(), Reason> {
        let mut bitmaps = Bitmaps::new(self);
        for group in 0..self.groups() {
            bitmaps.of(group)?;
        }
        // The kernel brings the total up to date at unmount only, and counts anew after a replay.
        let settled = !self.superblock.needs_recovery();
        if settled && self.superblock.free_blocks.saturating_mul(self.block_size()) != self.free_bytes() {
            return Err(damaged("the superblock's count of free blocks is not that of its groups"));
        }
        for range in self.metadata.iter() {
            if !bitmaps.all_in_use(range.clone())? {
                return Err(damaged(format!("metadata block {} is marked free", range.start)));
            }
        }
        Ok(())
    }

    /// Walks over all inodes in use. `stop` is asked once for each group.
    ///
    /// Work is bounded by what a sound file system can need: no more blocks are mapped than it has.
    pub(crate) fn walk_inodes(&self, stop: &mut dyn FnMut(u64) -> bool) -> Result<Walk, Reason> {
        let mut bitmaps = Bitmaps::new(self);
        let mut left = self.superblock.blocks;
        for group in 0..self.groups() {
            if stop(group) {
                return Ok(Walk::Stopped);
            }
            self.each_inode(group, &mut |number, inode| self.check_inode(number, inode, &mut bitmaps, &mut left))?;
        }
        Ok(Walk::Proved)
    }

    fn check_inode(
        &self,
        number: u32,
        inode: Inode<'_>,
        bitmaps: &mut Bitmaps<'_, '_>,
        left: &mut u64,
    ) -> Result<(), Reason> {
        let mut used = |blocks: Range<u64>| {
            if bitmaps.all_in_use(blocks.clone())? {
                return Ok(());
            }
            Err(damaged(format!("inode {number} uses blocks {blocks:?}, which are marked free")))
        };
        // Reserved inodes that hold nothing have no attributes either.
        let attributes = inode.attributes();
        if attributes != 0 && attributes < self.superblock.blocks {
            used(attributes..attributes + 1)?;
        } else if attributes != 0 {
            return Err(damaged(format!("inode {number} points outside")));
        }
        self.map(inode.0, number, &mut |_, blocks, _| {
            *left = left
                .checked_sub(blocks.end - blocks.start)
                .ok_or_else(|| damaged("its inodes use more blocks than there are"))?;
            used(blocks)
        })
    }
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// All inodes in use were looked at.
    Proved,
    /// The watcher said stop.
    Stopped,
}
