//! The corpus: every kind of image, by what `mke2fs` is told, how the disk is divided, and what it is used for.
//!
//! Only what differs from Debian's defaults is named. Those give ext4 with 64-bit block numbers, metadata checksums,
//! flexible groups, extents and spare descriptor blocks, and 1 KiB blocks for disks below 512 MiB; hence the `-b`.

/// How the disk is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// Not at all.
    Bare,
    /// One partition up to the end.
    Gpt,
    /// As the real system disk: BIOS boot, ESP, and the file system after them, numbered 14, 15 and 1.
    GptCloud,
    /// The file system ends before its partition does, that before the next, and that before the end of the disk.
    GptGaps,
    /// The disk has grown since it was divided.
    GptGrown,
    /// A master boot record.
    Mbr,
}

/// How files get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// By the host's kernel, with this use of the script `fill`.
    Mounted(&'static str),
    /// By `mke2fs -d`, with some removed by debugfs, as this kernel cannot or must not mount it.
    Unmounted,
}

/// One kind of image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// What is told of it.
    pub(crate) name: &'static str,
    /// Length of the disk.
    pub(crate) megabytes: u64,
    pub(crate) table: Table,
    /// For `mke2fs`.
    pub(crate) options: &'static str,
    pub(crate) fill: Fill,
}

const fn kind(name: &'static str, megabytes: u64, table: Table, options: &'static str, fill: Fill) -> Kind {
    Kind { name, megabytes, table, options, fill }
}

use Fill::{Mounted, Unmounted};
use Table::{Bare, Gpt, GptCloud, GptGaps, GptGrown, Mbr};

const USE: Fill = Mounted("use");

pub(crate) const BLOCKS: &[Kind] = &[
    kind("4 KiB blocks", 128, Gpt, "-b 4096", USE),
    kind("2 KiB blocks", 96, Gpt, "-b 2048", USE),
    kind("1 KiB blocks", 64, Bare, "-b 1024", USE),
    kind("4 KiB blocks, 32 bit", 128, Bare, "-b 4096 -O ^64bit", USE),
    kind("1 KiB blocks, 32 bit", 64, Gpt, "-b 1024 -O ^64bit", USE),
    kind("4 KiB blocks in 128 groups", 128, Gpt, "-b 4096 -g 256", USE),
    kind("group that ends in the middle", 77, Gpt, "-b 1024 -g 4104", USE),
];

pub(crate) const GROUPS: &[Kind] = &[
    kind("no flexible groups", 96, Gpt, "-b 1024 -O ^flex_bg", USE),
    kind("flexible groups of 2", 96, Gpt, "-b 1024 -G 2", USE),
    kind("flexible groups of 64, packed", 128, Bare, "-b 4096 -g 256 -G 64 -E packed_meta_blocks=1", USE),
    kind("meta groups, 4 KiB", 132, Gpt, "-b 4096 -g 256 -O meta_bg,^resize_inode", USE),
    kind("meta groups, 1 KiB", 96, Bare, "-b 1024 -g 1024 -O meta_bg,^resize_inode", USE),
    kind("meta groups, 32 bit, not flexible", 96, Gpt, "-b 1024 -g 512 -O meta_bg,^resize_inode,^64bit,^flex_bg", USE),
    kind("superblock backups in all groups", 96, Gpt, "-b 1024 -O ^sparse_super,^resize_inode", USE),
    kind("two superblock backups", 96, Gpt, "-b 1024 -O sparse_super2,^resize_inode", USE),
    kind("one superblock backup", 96, Bare, "-b 1024 -O sparse_super2,^resize_inode -E num_backup_sb=1", USE),
    kind("no superblock backup", 96, Bare, "-b 1024 -O sparse_super2,^resize_inode -E num_backup_sb=0", USE),
    kind("much room for descriptors", 96, Gpt, "-b 1024 -E resize=2G", USE),
    kind("no room for descriptors", 96, Gpt, "-b 1024 -O ^resize_inode", USE),
];

pub(crate) const CHECKSUMS: &[Kind] = &[
    kind("uninit_bg", 96, Gpt, "-b 1024 -O ^metadata_csum,uninit_bg,^64bit", USE),
    kind("uninit_bg, 64 bit, nearly empty", 96, Gpt, "-b 1024 -O ^metadata_csum,uninit_bg", Mounted("nearly_empty")),
    kind("metadata_csum_seed", 96, Gpt, "-b 4096 -O metadata_csum_seed", USE),
    kind("no checksums", 96, Bare, "-b 1024 -O ^metadata_csum,^uninit_bg", USE),
    kind("no checksums, 4 KiB blocks", 96, Gpt, "-b 4096 -O ^metadata_csum,^uninit_bg", USE),
];

pub(crate) const JOURNALS: &[Kind] = &[
    kind("ext2", 96, Mbr, "-t ext2 -b 4096", USE),
    kind("ext2, 1 KiB blocks", 64, Bare, "-t ext2 -b 1024", USE),
    kind("ext3", 96, Gpt, "-t ext3 -b 4096", USE),
    kind("ext3, 1 KiB blocks", 64, Mbr, "-t ext3 -b 1024", USE),
    kind("ext4 without journal", 96, Gpt, "-b 4096 -O ^has_journal", USE),
    kind("small journal elsewhere", 96, Gpt, "-b 1024 -J size=1,location=50M", USE),
    kind("large journal", 128, Bare, "-b 4096 -J size=32", USE),
    kind("orphan file", 96, Gpt, "-b 4096 -O orphan_file", USE),
];

pub(crate) const INODES: &[Kind] = &[
    kind("inodes of 128 bytes", 96, Gpt, "-b 1024 -I 128", USE),
    kind("inodes of 1024 bytes", 96, Gpt, "-b 4096 -I 1024", Mounted("attributes")),
    kind("many inodes", 96, Bare, "-b 1024 -i 1024", USE),
    kind("block maps, 1 KiB blocks", 96, Gpt, "-b 1024 -O ^extents,^64bit", Mounted("indirect")),
    kind("block maps, 4 KiB blocks", 96, Gpt, "-b 4096 -O ^extents,^64bit", Mounted("indirect")),
    kind("block maps, fragmented", 96, Bare, "-t ext3 -b 1024 -i 4096", Mounted("fragmented")),
    kind("nothing huge", 96, Gpt, "-b 1024 -O ^huge_file,^dir_nlink,^extra_isize", USE),
    kind("large_dir", 96, Gpt, "-b 1024 -i 4096 -O large_dir", Mounted("deep_folders")),
    kind("deep folders", 128, Bare, "-b 4096 -i 4096", Mounted("deep_folders")),
    kind("attribute blocks", 96, Gpt, "-b 1024 -i 4096", Mounted("attributes")),
    kind("attributes of 128-byte inodes", 96, Bare, "-b 4096 -I 128 -i 4096", Mounted("attributes")),
    kind("ea_inode", 96, Gpt, "-b 4096 -i 4096 -O ea_inode", Mounted("huge_attributes")),
    kind("inline_data", 96, Gpt, "-b 4096 -O inline_data", Unmounted),
    kind("inline_data, 1 KiB blocks", 64, Bare, "-b 1024 -O inline_data", Unmounted),
];

pub(crate) const FEATURES: &[Kind] = &[
    kind("clusters of 16 KiB", 128, Gpt, "-b 4096 -O bigalloc -C 16384", USE),
    kind("clusters of 64 KiB", 128, Bare, "-b 4096 -O bigalloc -C 65536", Mounted("large_files")),
    kind("clusters of 8 KiB, 1 KiB blocks", 96, Gpt, "-b 1024 -O bigalloc,^resize_inode -C 8192", USE),
    kind("clusters, fragmented", 128, Bare, "-b 4096 -i 4096 -O bigalloc -C 16384", Mounted("fragmented_clusters")),
    kind("quota", 96, Gpt, "-b 4096 -O quota", Unmounted),
    kind("project quota", 96, Bare, "-b 1024 -I 256 -O quota,project -E quotatype=usrquota:prjquota", Unmounted),
    kind("casefold", 96, Gpt, "-b 4096 -O casefold", Unmounted),
    kind("encrypt", 96, Gpt, "-b 4096 -O encrypt", USE),
    kind("verity", 96, Bare, "-b 4096 -O verity", USE),
    kind("stable inodes", 96, Gpt, "-b 1024 -O stable_inodes", USE),
    kind("inode tables set up later", 96, Gpt, "-b 1024 -E lazy_itable_init=1,lazy_journal_init=1", USE),
];

pub(crate) const CONTENTS: &[Kind] = &[
    kind("nearly full, 4 KiB blocks", 96, Gpt, "-b 4096", Mounted("nearly_full")),
    kind("nearly full, 1 KiB blocks", 64, Bare, "-b 1024", Mounted("nearly_full")),
    kind("nearly empty", 96, Gpt, "-b 4096", Mounted("nearly_empty")),
    kind("fragmented, 4 KiB blocks", 96, Gpt, "-b 4096 -i 4096", Mounted("fragmented")),
    kind("fragmented, 1 KiB blocks", 64, Bare, "-b 1024 -i 4096", Mounted("fragmented")),
];

pub(crate) const TABLES: &[Kind] = &[
    kind("as the real system disk", 220, GptCloud, "-b 4096", USE),
    kind("gaps at every end", 96, GptGaps, "-b 4096", USE),
    kind("gaps at every end, 1 KiB blocks", 96, GptGaps, "-b 1024", USE),
    kind("disk grown after it was divided", 96, GptGrown, "-b 4096", USE),
    kind("master boot record", 96, Mbr, "-b 4096", USE),
    kind("no table", 96, Bare, "-b 4096", USE),
];

/// For the nightly run: as large as real disks that are nearly new.
pub(crate) const LARGE: &[Kind] = &[
    kind("3 GB of 1 KiB blocks", 3000, Bare, "-b 1024", USE),
    kind("4 GB, nearly full", 4000, Bare, "-b 4096", Mounted("nearly_full")),
    kind("4 GB, fragmented", 4000, Gpt, "-b 4096", Mounted("fragmented_large")),
];

/// For the nightly run: as large as real disks become.
pub(crate) const LARGEST: &[Kind] = &[
    kind("10 GB system disk", 10_000, GptCloud, "-b 4096", USE),
    kind("10 GB of clusters", 10_000, Gpt, "-b 4096 -O bigalloc -C 65536", Mounted("large_files")),
];
