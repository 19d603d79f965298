//! What is in an image: its partition table, its partitions and what their file systems say of themselves.

use std::fs::File;

use crate::error::{Error, Reason};
use crate::image::{self, Image};

/// How the image is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// GUID partition table (UEFI specification, chapter 5).
    Gpt,
    /// Master boot record.
    Mbr,
    /// Not at all: one file system fills it.
    None,
}

/// A file system, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSystem {
    /// No journal and none of ext4's features.
    Ext2,
    /// A journal and none of ext4's features.
    Ext3,
    /// ext4.
    Ext4,
    /// FAT, of the ESP for instance.
    Fat,
    /// Known by its magic and left alone.
    Other(&'static str),
    /// Not known.
    Unknown,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its number in the table, from 1; 0 for an image without a table.
    pub index: u32,
    /// What the table says it is for, such as `linux` or a type GUID.
    pub kind: String,
    /// First byte in the image.
    pub start: u64,
    /// Length in bytes.
    pub length: u64,
    /// What it holds.
    pub file_system: FileSystem,
    /// Bytes of one block of the file system.
    pub block_size: Option<u64>,
    /// Bytes of the file system.
    pub total_bytes: Option<u64>,
    /// Bytes free in it, after its log is replayed.
    pub free_bytes: Option<u64>,
    /// It was mounted and never unmounted: its machine was killed, or it runs or is suspended.
    pub left_mounted: bool,
    /// Why its free blocks are left alone.
    pub skipped: Option<Reason>,
}

/// A whole image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Length of the file.
    pub length: u64,
    /// How it is divided.
    pub table: TableKind,
    /// In the table's order.
    pub partitions: Vec<Partition>,
}

/// Looks at an image: reads its table, superblocks, logs and group descriptors, and changes nothing. Bitmaps and inodes
/// are not read, so that a volume without `skipped` here may still be found damaged by [`crate::plan()`].
pub fn inspect(file: &File) -> Result<Layout, Error> {
    let source = image::source(file)?;
    let image = Image::open(&source)?;
    Ok(image.layout(&image.volumes()))
}
