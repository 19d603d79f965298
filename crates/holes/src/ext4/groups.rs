//! Group descriptors and block bitmaps, each checked against its checksum and its count (kernel documentation,
//! `filesystems/ext4/group_descr.rst`, `bitmaps.rst`, `checksums.rst`).

use std::ops::Range;

use super::Ext4;
use super::superblock::{Superblock, damaged};
use crate::bits::{self, le16, le32};
use crate::checksum::{crc16, crc32c};
use crate::error::Reason;

/// `bg_flags`.
const INODES_UNINITIALISED: u16 = 1;
const BLOCKS_UNINITIALISED: u16 = 2;

/// What a group descriptor says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descriptor {
    pub(crate) block_bitmap: u64,
    pub(crate) inode_bitmap: u64,
    pub(crate) inode_table: u64,
    /// In clusters.
    pub(crate) free: u32,
    /// No inode of the group was ever used.
    pub(crate) no_inodes: bool,
    /// The bitmap was never written: only metadata is in use.
    pub(crate) no_bitmap: bool,
    pub(crate) block_bitmap_checksum: u32,
    pub(crate) inode_bitmap_checksum: u32,
}

impl Descriptor {
    /// Reads one, checking it.
    pub(crate) fn parse(superblock: &Superblock, group: u64, raw: &[u8]) -> Result<Self, Reason> {
        let found = Self::unchecked(superblock, raw);
        if superblock.has_descriptor_checksums() && le16(raw, 0x1E) != checksum(superblock, group, raw) {
            return Err(damaged(format!("the checksum of group {group}'s descriptor is wrong")));
        }
        let inside =
            |blocks: Range<u64>| blocks.start >= superblock.first_data_block && blocks.end <= superblock.blocks;
        let table_end = found.inode_table.saturating_add(superblock.inode_table_blocks());
        let one = |block: u64| block..block.saturating_add(1);
        if !(inside(one(found.block_bitmap)) && inside(one(found.inode_bitmap)) && inside(found.inode_table..table_end))
        {
            return Err(damaged(format!("group {group}'s descriptor points outside")));
        }
        if u64::from(found.free) > superblock.group_clusters(group) {
            return Err(damaged(format!("group {group} has more free blocks than blocks")));
        }
        Ok(found)
    }

    /// Reads one for its flags alone.
    fn unchecked(superblock: &Superblock, raw: &[u8]) -> Self {
        let wide = superblock.descriptor_size >= 64;
        let high16 = |offset| if wide { u32::from(le16(raw, offset)) << 16 } else { 0 };
        let block = |low, high| u64::from(le32(raw, low)) | if wide { u64::from(le32(raw, high)) << 32 } else { 0 };
        let flags = if superblock.has_descriptor_checksums() { le16(raw, 0x12) } else { 0 };
        Self {
            block_bitmap: block(0x0, 0x20),
            inode_bitmap: block(0x4, 0x24),
            inode_table: block(0x8, 0x28),
            free: u32::from(le16(raw, 0xC)) | high16(0x2C),
            no_inodes: flags & INODES_UNINITIALISED != 0,
            no_bitmap: flags & BLOCKS_UNINITIALISED != 0,
            block_bitmap_checksum: u32::from(le16(raw, 0x18)) | high16(0x38),
            inode_bitmap_checksum: u32::from(le16(raw, 0x1A)) | high16(0x3A),
        }
    }
}

/// `bg_checksum`: the lower half of a crc32c, or a crc16 where only descriptors have checksums (`ext4_group_desc_csum`).
fn checksum(superblock: &Superblock, group: u64, raw: &[u8]) -> u16 {
    let number = u32::try_from(group).unwrap_or(u32::MAX).to_le_bytes();
    let (head, tail) = (raw.get(..0x1E).unwrap_or_default(), raw.get(0x20..).unwrap_or_default());
    if superblock.has_metadata_checksums() {
        let sum = crc32c(crc32c(superblock.seed, &number), head);
        (crc32c(crc32c(sum, &[0, 0]), tail) & 0xFFFF) as u16
    } else {
        crc16(crc16(crc16(crc16(0xFFFF, &superblock.uuid), &number), head), tail)
    }
}

/// A bitmap's checksum covers as many bits as a group has; small descriptors keep only its lower half.
pub(super) fn bitmap_is_whole(superblock: &Superblock, bitmap: &[u8], bits: u64, wanted: u32) -> bool {
    if !superblock.has_metadata_checksums() {
        return true;
    }
    let covered = usize::try_from(bits / 8).ok().and_then(|bytes| bitmap.get(..bytes)).unwrap_or(bitmap);
    let mask = if superblock.descriptor_size >= 64 { u32::MAX } else { 0xFFFF };
    (crc32c(superblock.seed, covered) ^ wanted) & mask == 0
}

impl Ext4<'_> {
    /// Reads all descriptors, as they are once the log is replayed.
    pub(super) fn read_descriptors(&self) -> Result<Vec<Descriptor>, Reason> {
        let (superblock, size) = (&self.superblock, self.superblock.descriptor_size);
        let mut found = Vec::new();
        let mut block = vec![0; self.blocks.size()];
        for index in 0..superblock.descriptor_blocks() {
            self.blocks.read(superblock.descriptor_block(index), &mut block)?;
            for raw in block.chunks_exact(size) {
                let group = found.len() as u64;
                if group == superblock.groups() {
                    break;
                }
                found.push(Descriptor::parse(superblock, group, raw)?);
            }
        }
        Ok(found)
    }

    /// The clusters of a group that are in use: a bit is zero only where the cluster is free on disk, free once the log
    /// is replayed, and free in every bitmap of a transaction that was cut off.
    pub(crate) fn in_use(&self, group: u64) -> Result<Vec<u8>, Reason> {
        let descriptor = self.descriptor(group)?;
        let clusters = self.superblock.group_clusters(group);
        let mut bitmap = vec![0; self.blocks.size()];
        if descriptor.no_bitmap {
            self.mark_metadata(group, &mut bitmap);
        } else {
            self.blocks.read(descriptor.block_bitmap, &mut bitmap)?;
            let bits = self.superblock.clusters_per_group;
            if !bitmap_is_whole(&self.superblock, &bitmap, bits, descriptor.block_bitmap_checksum) {
                return Err(damaged(format!("the checksum of group {group}'s block bitmap is wrong")));
            }
        }
        let free = bits::zeros(&bitmap, clusters);
        if free != u64::from(descriptor.free) {
            let counted = descriptor.free;
            return Err(damaged(format!("group {group} has {free} free blocks and counts {counted}")));
        }
        let mut older = vec![0; self.blocks.size()];
        if self.blocks.is_logged(descriptor.block_bitmap) && !self.never_written(group)? {
            self.blocks.raw(descriptor.block_bitmap, &mut older)?;
            unite(&mut bitmap, &older);
        }
        for copy in self.blocks.never_committed(descriptor.block_bitmap) {
            self.blocks.copy(copy, &mut older)?;
            unite(&mut bitmap, &older);
        }
        for block in self.logged_in(self.superblock.group_blocks(group)) {
            let cluster = (block - self.superblock.group_start(group)) / self.superblock.cluster;
            bits::set(&mut bitmap, cluster..cluster + 1);
        }
        Ok(bitmap)
    }

    /// On disk, before any replay, the group's bitmap was never written, so that what is there says nothing.
    fn never_written(&self, group: u64) -> Result<bool, Reason> {
        let per_block = self.superblock.descriptors_per_block();
        let mut block = vec![0; self.blocks.size()];
        self.blocks.raw(self.superblock.descriptor_block(group / per_block), &mut block)?;
        let at = usize::try_from(group % per_block).unwrap_or(0) * self.superblock.descriptor_size;
        Ok(Descriptor::unchecked(&self.superblock, block.get(at..).unwrap_or_default()).no_bitmap)
    }

    fn mark_metadata(&self, group: u64, bitmap: &mut [u8]) {
        let blocks = self.superblock.group_blocks(group);
        for range in self.metadata.within(blocks.clone()) {
            let cluster = |block: u64| (block - blocks.start) / self.superblock.cluster;
            bits::set(bitmap, cluster(range.start)..cluster(range.end - 1) + 1);
        }
    }
}

fn unite(bitmap: &mut [u8], other: &[u8]) {
    for (byte, more) in bitmap.iter_mut().zip(other) {
        *byte |= more;
    }
}
