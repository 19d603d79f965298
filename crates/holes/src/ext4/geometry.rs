//! Where the metadata of each block group lies (kernel documentation, `filesystems/ext4/blockgroup.rst` and
//! `group_descr.rst`; the arithmetic is that of `fs/ext4/balloc.c`).

use std::ops::Range;

use super::superblock::{Superblock, compat, incompat, ro_compat};

impl Superblock {
    /// First block of a group.
    pub(crate) fn group_start(&self, group: u64) -> u64 {
        self.first_data_block + group * self.blocks_per_group
    }

    /// Blocks of a group; the last one may be shorter.
    pub(crate) fn group_blocks(&self, group: u64) -> Range<u64> {
        let start = self.group_start(group);
        start..(start + self.blocks_per_group).min(self.blocks)
    }

    /// Bits of a group's bitmap that stand for something.
    pub(crate) fn group_clusters(&self, group: u64) -> u64 {
        let blocks = self.group_blocks(group);
        (blocks.end - blocks.start).div_ceil(self.cluster)
    }

    /// The group a block is in; blocks below the first group belong to none.
    pub(crate) fn group_of(&self, block: u64) -> Option<u64> {
        (block < self.blocks).then(|| block.checked_sub(self.first_data_block))?.map(|at| at / self.blocks_per_group)
    }

    /// Descriptors in one block.
    pub(crate) fn descriptors_per_block(&self) -> u64 {
        (self.block_size / self.descriptor_size).max(1) as u64
    }

    /// Blocks that all descriptors take.
    pub(crate) fn descriptor_blocks(&self) -> u64 {
        self.groups().div_ceil(self.descriptors_per_block())
    }

    /// Blocks of the classic descriptor table, before the meta groups begin.
    fn classic_descriptor_blocks(&self) -> u64 {
        if self.incompat & incompat::META_BG == 0 {
            self.descriptor_blocks()
        } else {
            self.first_meta_group.min(self.descriptor_blocks())
        }
    }

    /// Whether a group begins with a copy of the superblock (`ext4_bg_has_super`).
    pub(crate) fn has_superblock(&self, group: u64) -> bool {
        let power_of = |base: u64| {
            let mut power = base;
            while power < group {
                power *= base;
            }
            power == group
        };
        if group == 0 {
            true
        } else if self.has(compat::SPARSE_SUPER2) {
            self.backups.iter().any(|&backup| u64::from(backup) == group)
        } else {
            group == 1 || self.ro_compat & ro_compat::SPARSE_SUPER == 0 || power_of(3) || power_of(5) || power_of(7)
        }
    }

    /// Where one block of descriptors lies (`descriptor_loc`).
    pub(crate) fn descriptor_block(&self, index: u64) -> u64 {
        if index < self.classic_descriptor_blocks() {
            return self.superblock_block() + 1 + index;
        }
        let group = index * self.descriptors_per_block();
        self.group_start(group) + u64::from(self.has_superblock(group))
    }

    /// The block that holds the superblock.
    pub(crate) fn superblock_block(&self) -> u64 {
        u64::from(self.block_size == 1024)
    }

    /// Superblock, descriptors and the room kept for more of them at the start of a group
    /// (`ext4_num_base_meta_clusters`).
    pub(crate) fn head(&self, group: u64) -> Range<u64> {
        let start = self.group_start(group);
        let superblock = u64::from(self.has_superblock(group));
        let per_block = self.descriptors_per_block();
        let meta = self.incompat & incompat::META_BG != 0 && group >= self.first_meta_group * per_block;
        let descriptors = if meta {
            u64::from(matches!(group % per_block, 0 | 1) || group % per_block == per_block - 1)
        } else if superblock == 1 {
            self.classic_descriptor_blocks() + self.reserved_descriptor_blocks
        } else {
            0
        };
        // With 1 KiB blocks and clusters the boot block is part of the first group, before the superblock.
        let boot = if group == 0 { self.superblock_block() - self.first_data_block } else { 0 };
        start..(start + boot + superblock + descriptors).min(self.blocks)
    }

    /// Blocks of a group's inode table.
    pub(crate) fn inode_table_blocks(&self) -> u64 {
        (u64::from(self.inodes_per_group) * self.inode_size as u64).div_ceil(self.block_size as u64)
    }
}
