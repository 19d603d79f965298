//! From an inode to its blocks: extent trees and block maps (kernel documentation, `filesystems/ext4/ifork.rst`).
//!
//! A tree's nodes must be in order and inside what their parent says, so that no node is visited twice for one inode.

use std::ops::Range;

use super::Ext4;
use super::inodes::{Inode, Keeping};
use super::superblock::damaged;
use crate::bits::{le16, le32};
use crate::error::Reason;

/// `eh_magic`.
const MAGIC: u16 = 0xF30A;
/// Most levels below the root (`EXT4_MAX_EXTENT_DEPTH`).
const DEEPEST: u16 = 5;
/// An extent longer than this is not written yet, and this much shorter (`EXT_INIT_MAX_LEN`).
const LONGEST: u16 = 0x8000;
/// Bytes of a header, and of an entry.
const ENTRY: usize = 12;
/// Logical blocks of a file are numbered with 32 bits.
const END: u64 = 1 << 32;

/// What a block is to its inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mapped {
    /// Content.
    Data,
    /// A node of the tree or map.
    Node,
}

/// Takes the logical block, the physical blocks and what they are.
pub(super) type Sink<'a> = &'a mut dyn FnMut(u64, Range<u64>, Mapped) -> Result<(), Reason>;

impl Ext4<'_> {
    /// Gives all blocks that an inode maps to `sink`, content in ascending order.
    pub(super) fn map(&self, raw: &[u8], number: u32, sink: Sink<'_>) -> Result<(), Reason> {
        let inode = Inode(raw);
        match inode.keeping(number, &self.superblock) {
            Keeping::Nothing => Ok(()),
            Keeping::Extents => self.extents(inode.root(), 0..END, None, number, sink),
            Keeping::Map => self.block_map(inode.root(), number, sink),
        }
    }

    fn inside(&self, blocks: &Range<u64>, number: u32) -> Result<(), Reason> {
        if blocks.start >= self.superblock.first_data_block.max(1) && blocks.end <= self.superblock.blocks {
            Ok(())
        } else {
            Err(damaged(format!("inode {number} points outside")))
        }
    }

    /// One node of an extent tree. `span` is what its parent says of its logical blocks, `depth` what it must be.
    fn extents(
        &self,
        node: &[u8],
        span: Range<u64>,
        depth: Option<u16>,
        number: u32,
        sink: Sink<'_>,
    ) -> Result<(), Reason> {
        let broken = || damaged(format!("the extent tree of inode {number} makes no sense"));
        let (entries, own_depth) = (le16(node, 2), le16(node, 6));
        let fits = (usize::from(entries) + 1) * ENTRY <= node.len() && entries <= le16(node, 4);
        let right_depth = depth.map_or(own_depth <= DEEPEST, |depth| depth == own_depth);
        // An empty node below the root is never left in a tree, and could be visited without end.
        let empty = entries == 0 && (depth.is_some() || own_depth > 0);
        if le16(node, 0) != MAGIC || !fits || !right_depth || empty {
            return Err(broken());
        }
        let records = node.get(ENTRY..).unwrap_or_default().chunks_exact(ENTRY).take(entries.into());
        let mut records = records.peekable();
        let mut next = span.start;
        while let Some(record) = records.next() {
            let logical = u64::from(le32(record, 0));
            if logical < next || logical >= span.end {
                return Err(broken());
            }
            if own_depth == 0 {
                let stored = le16(record, 4);
                let length = u64::from(if stored > LONGEST { stored - LONGEST } else { stored });
                let start = u64::from(le32(record, 8)) | u64::from(le16(record, 6)) << 32;
                next = logical + length;
                if length == 0 || next > span.end {
                    return Err(broken());
                }
                self.inside(&(start..start + length), number)?;
                sink(logical, start..start + length, Mapped::Data)?;
            } else {
                let child = u64::from(le32(record, 4)) | u64::from(le16(record, 8)) << 32;
                next = logical + 1;
                let end = records.peek().map_or(span.end, |after| u64::from(le32(after, 0)));
                if end <= logical {
                    return Err(broken());
                }
                self.inside(&(child..child + 1), number)?;
                sink(logical, child..child + 1, Mapped::Node)?;
                let mut block = vec![0; self.blocks.size()];
                self.blocks.read(child, &mut block)?;
                self.extents(&block, logical..end, Some(own_depth - 1), number, sink)?;
            }
        }
        Ok(())
    }

    /// Twelve blocks directly, then through one, two and three levels of maps.
    fn block_map(&self, root: &[u8], number: u32, sink: Sink<'_>) -> Result<(), Reason> {
        for index in 0..12 {
            self.mapped(le32(root, index * 4), index as u64, 0, number, sink)?;
        }
        let per_block = (self.blocks.size() / 4) as u64;
        let mut logical = 12;
        for levels in 1..=3u32 {
            self.mapped(le32(root, (11 + levels as usize) * 4), logical, levels, number, sink)?;
            logical += per_block.pow(levels);
        }
        Ok(())
    }

    fn mapped(&self, block: u32, logical: u64, levels: u32, number: u32, sink: Sink<'_>) -> Result<(), Reason> {
        if block == 0 {
            return Ok(());
        }
        let blocks = u64::from(block)..u64::from(block) + 1;
        self.inside(&blocks, number)?;
        if levels == 0 {
            return sink(logical, blocks, Mapped::Data);
        }
        sink(logical, blocks, Mapped::Node)?;
        let mut node = vec![0; self.blocks.size()];
        self.blocks.read(block.into(), &mut node)?;
        let step = ((self.blocks.size() / 4) as u64).pow(levels - 1);
        for (index, entry) in (0u64..).zip(node.chunks_exact(4)) {
            self.mapped(le32(entry, 0), logical + index * step, levels - 1, number, sink)?;
        }
        Ok(())
    }
}
