//! Inodes: which are in use, and what their fields say (kernel documentation, `filesystems/ext4/inodes.rst`).

use super::Ext4;
use super::groups::bitmap_is_whole;
use super::superblock::damaged;
use crate::bits::{self, le16, le32};
use crate::error::Reason;

const REGULAR: u16 = 0x8000;
const DIRECTORY: u16 = 0x4000;
const SYMLINK: u16 = 0xA000;

const FLAG_EXTENTS: u32 = 0x8_0000;
const FLAG_INLINE_DATA: u32 = 0x1000_0000;

/// Inode of the list of bad blocks, which has no mode.
const BAD_BLOCKS: u32 = 1;

/// How an inode keeps its blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// It has none: a device, a short link, data in the inode itself.
    Nothing,
    /// In a tree of extents.
    Extents,
    /// In a block map.
    Map,
}

/// One raw inode.
#[derive(Clone, Copy)]
pub(super) struct Inode<'a>(pub(super) &'a [u8]);

impl<'a> Inode<'a> {
    /// `i_block`: 60 bytes of tree or map.
    pub(super) fn root(self) -> &'a [u8] {
        self.0.get(0x28..0x64).unwrap_or_default()
    }

    /// The block of its extended attributes, or 0 (`i_file_acl`).
    pub(super) fn attributes(self) -> u64 {
        u64::from(le32(self.0, 0x68)) | u64::from(le16(self.0, 0x76)) << 32
    }

    pub(super) fn keeping(self, number: u32, superblock: &super::Superblock) -> Keeping {
        let (mode, flags) = (le16(self.0, 0) & 0xF000, le32(self.0, 0x20));
        let map = if flags & FLAG_EXTENTS != 0 { Keeping::Extents } else { Keeping::Map };
        match mode {
            _ if flags & FLAG_INLINE_DATA != 0 => Keeping::Nothing,
            SYMLINK if flags & FLAG_EXTENTS == 0 && self.is_short_link(superblock) => Keeping::Nothing,
            REGULAR | DIRECTORY | SYMLINK => map,
            0 if number == BAD_BLOCKS => map,
            _ => Keeping::Nothing,
        }
    }

    /// The link's target is in `i_block` itself (`ext4_inode_is_fast_symlink`).
    fn is_short_link(self, superblock: &super::Superblock) -> bool {
        let size = u64::from(le32(self.0, 0x4)) | u64::from(le32(self.0, 0x6C)) << 32;
        if superblock.incompat & super::superblock::incompat::EA_INODE != 0 {
            return size > 0 && size < 60;
        }
        let sectors = u64::from(le32(self.0, 0x1C)) | u64::from(le16(self.0, 0x74)) << 32;
        let attributes =
            if self.attributes() == 0 { 0 } else { superblock.cluster * superblock.block_size as u64 / 512 };
        sectors == attributes
    }
}

impl Ext4<'_> {
    /// The journal's inode as it is on disk. Its group's descriptor is read by itself, since the others are only read
    /// once the log is laid over them.
    pub(super) fn raw_journal_inode(&self) -> Result<Vec<u8>, Reason> {
        let superblock = &self.superblock;
        let index = superblock.journal_inode.checked_sub(1).filter(|&index| index < superblock.inodes_per_group);
        let index = index.ok_or_else(|| damaged("the journal's inode is outside the first group"))?;
        let mut block = vec![0; self.blocks.size()];
        self.blocks.raw(superblock.descriptor_block(0), &mut block)?;
        let raw = block.get(..superblock.descriptor_size).unwrap_or_default();
        let table = super::Descriptor::parse(superblock, 0, raw)?.inode_table;
        let per_block = u32::try_from(superblock.block_size / superblock.inode_size).unwrap_or(1).max(1);
        self.blocks.raw(table + u64::from(index / per_block), &mut block)?;
        let at = (index % per_block) as usize * superblock.inode_size;
        Ok(block.get(at..at + superblock.inode_size).unwrap_or_default().to_vec())
    }

    /// Gives every inode in use of a group to `sink`, with its number.
    pub(super) fn each_inode(
        &self,
        group: u64,
        sink: &mut dyn FnMut(u32, Inode<'_>) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        let (superblock, descriptor) = (&self.superblock, *self.descriptor(group)?);
        if descriptor.no_inodes {
            return Ok(());
        }
        let count = u64::from(superblock.inodes_per_group);
        let mut bitmap = vec![0; self.blocks.size()];
        self.blocks.read(descriptor.inode_bitmap, &mut bitmap)?;
        if !bitmap_is_whole(superblock, &bitmap, count, descriptor.inode_bitmap_checksum) {
            return Err(damaged(format!("the checksum of group {group}'s inode bitmap is wrong")));
        }
        let mut block = vec![0; self.blocks.size()];
        let per_block = (superblock.block_size / superblock.inode_size).max(1) as u64;
        for at in 0..count.div_ceil(per_block) {
            let first = at * per_block;
            if !(first..first + per_block).any(|index| bits::is_set(&bitmap, index)) {
                continue;
            }
            self.blocks.read(descriptor.inode_table + at, &mut block)?;
            for (index, raw) in (first..).zip(block.chunks_exact(superblock.inode_size)) {
                if bits::is_set(&bitmap, index) {
                    let number = u32::try_from(group * count + index + 1)
                        .map_err(|_| damaged("it has more inodes than numbers"))?;
                    sink(number, Inode(raw))?;
                }
            }
        }
        Ok(())
    }
}
