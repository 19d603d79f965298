//! The superblock of ext2, ext3 and ext4 (kernel documentation, `filesystems/ext4/super.rst`).
//!
//! Not here: where the groups lie (`geometry`) and what they hold (`groups`).

use crate::bits::{le16, le32};
use crate::checksum::crc32c;
use crate::error::Reason;
use crate::layout::FileSystem;

/// Where the superblock is, whatever the block size.
pub(crate) const OFFSET: u64 = 1024;
/// Its length.
pub(crate) const LENGTH: usize = 1024;

const STATE_VALID: u16 = 1;
const STATE_ERROR: u16 = 2;

/// `s_feature_compat`.
pub(crate) mod compat {
    pub(crate) const HAS_JOURNAL: u32 = 0x4;
    pub(crate) const SPARSE_SUPER2: u32 = 0x200;
    pub(crate) const FAST_COMMIT: u32 = 0x400;
    /// Preallocation, AFS inodes, journal, attributes, resize inode, directory index, `sparse_super2`, fast commits,
    /// stable inodes, orphan file. Snapshot leftovers (`exclude_bitmap`) are not.
    pub(crate) const KNOWN: u32 = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x200 | 0x400 | 0x800 | 0x1000;
}

/// `s_feature_incompat`.
pub(crate) mod incompat {
    pub(crate) const RECOVER: u32 = 0x4;
    pub(crate) const JOURNAL_DEVICE: u32 = 0x8;
    pub(crate) const META_BG: u32 = 0x10;
    pub(crate) const EXTENTS: u32 = 0x40;
    pub(crate) const WIDE: u32 = 0x80;
    pub(crate) const MMP: u32 = 0x100;
    pub(crate) const FLEX_BG: u32 = 0x200;
    pub(crate) const EA_INODE: u32 = 0x400;
    pub(crate) const CHECKSUM_SEED: u32 = 0x2000;
    /// File types, recovery, and the above; large directories, data in inodes, encryption, folded case. None of the
    /// last four changes where blocks are.
    pub(crate) const KNOWN: u32 = 0x2
        | RECOVER
        | META_BG
        | EXTENTS
        | WIDE
        | FLEX_BG
        | EA_INODE
        | CHECKSUM_SEED
        | 0x4000
        | 0x8000
        | 0x1_0000
        | 0x2_0000;
    /// Those that make a file system an ext4.
    pub(crate) const EXT4: u32 = KNOWN & !(0x2 | RECOVER | META_BG);
}

/// `s_feature_ro_compat`.
pub(crate) mod ro_compat {
    pub(crate) const SPARSE_SUPER: u32 = 0x1;
    pub(crate) const GDT_CHECKSUM: u32 = 0x10;
    pub(crate) const BIGALLOC: u32 = 0x200;
    pub(crate) const METADATA_CHECKSUM: u32 = 0x400;
    pub(crate) const ORPHANS: u32 = 0x1_0000;
    /// Sparse superblocks, large files, B-tree directories, huge files, descriptor checksums, many links, large
    /// inodes, quota, clusters, metadata checksums, read-only, projects, verity, orphans present. Shared blocks and
    /// snapshots are not.
    pub(crate) const KNOWN: u32 =
        0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x8000 | 0x1_0000;
    /// Those that make a file system an ext4.
    pub(crate) const EXT4: u32 = KNOWN & !(0x1 | 0x2 | 0x4 | 0x1000);
}

/// What the superblock says, checked for sense.
#[derive(Clone, Debug)]
pub(crate) struct Superblock {
    pub(crate) blocks: u64,
    pub(crate) free_blocks: u64,
    pub(crate) first_data_block: u64,
    pub(crate) block_size: usize,
    /// Blocks in one bit of a bitmap: 1, or more with bigalloc.
    pub(crate) cluster: u64,
    pub(crate) blocks_per_group: u64,
    pub(crate) clusters_per_group: u64,
    pub(crate) inodes_per_group: u32,
    pub(crate) inode_size: usize,
    pub(crate) first_inode: u32,
    pub(crate) compat: u32,
    pub(crate) incompat: u32,
    pub(crate) ro_compat: u32,
    pub(crate) uuid: [u8; 16],
    pub(crate) reserved_descriptor_blocks: u64,
    pub(crate) journal_inode: u32,
    pub(crate) descriptor_size: usize,
    pub(crate) first_meta_group: u64,
    pub(crate) backups: [u32; 2],
    /// What every metadata checksum starts from.
    pub(crate) seed: u32,
}

/// More groups than a file system of 32 TiB has would take more memory than there is reason for.
const MOST_GROUPS: u64 = 1 << 18;

impl Superblock {
    /// Whether the magic number is there (`s_magic`).
    pub(crate) fn is_here(raw: &[u8]) -> bool {
        le16(raw, 0x38) == 0xEF53
    }

    /// Reads it. `room` is the length of what the file system lies in, in bytes.
    pub(crate) fn parse(raw: &[u8], room: u64) -> Result<Self, Reason> {
        if raw.len() != LENGTH || !Self::is_here(raw) {
            return Err(Reason::UnknownFileSystem);
        }
        let revision = le32(raw, 0x4C);
        let dynamic = revision >= 1;
        let feature = |offset| if dynamic { le32(raw, offset) } else { 0 };
        let (compat, incompat, ro_compat) = (feature(0x5C), feature(0x60), feature(0x64));
        known(compat, incompat, ro_compat, revision)?;
        if ro_compat & ro_compat::METADATA_CHECKSUM != 0 {
            if raw.get(0x175) != Some(&1) {
                return Err(Reason::Feature("a checksum other than crc32c".to_owned()));
            }
            if crc32c(u32::MAX, raw.get(..0x3FC).unwrap_or_default()) != le32(raw, 0x3FC) {
                return Err(damaged("the superblock's checksum is wrong"));
            }
        }
        let mut uuid = [0; 16];
        uuid.copy_from_slice(raw.get(0x68..0x78).unwrap_or(&[0; 16]));
        let seed = if incompat & incompat::CHECKSUM_SEED != 0 { le32(raw, 0x270) } else { crc32c(u32::MAX, &uuid) };
        let wide = incompat & incompat::WIDE != 0;
        let count = |low, high| u64::from(le32(raw, low)) | if wide { u64::from(le32(raw, high)) << 32 } else { 0 };
        let (log_block, log_cluster) = (le32(raw, 0x18), le32(raw, 0x1C));
        if log_block > 2 {
            return Err(Reason::Feature("blocks of more than 4 KiB".to_owned()));
        }
        let bigalloc = ro_compat & ro_compat::BIGALLOC != 0;
        let log_ratio = if bigalloc { log_cluster.checked_sub(log_block).filter(|&log| log <= 16) } else { Some(0) };
        let log_ratio = log_ratio.ok_or_else(|| damaged("the cluster size makes no sense"))?;
        let blocks_per_group = u64::from(le32(raw, 0x20));
        let found = Self {
            blocks: count(0x4, 0x150),
            free_blocks: count(0xC, 0x158),
            first_data_block: le32(raw, 0x14).into(),
            block_size: 1024 << log_block,
            cluster: 1 << log_ratio,
            blocks_per_group,
            clusters_per_group: if bigalloc { le32(raw, 0x24).into() } else { blocks_per_group },
            inodes_per_group: le32(raw, 0x28),
            inode_size: if dynamic { le16(raw, 0x58).into() } else { 128 },
            first_inode: if dynamic { le32(raw, 0x54) } else { 11 },
            compat,
            incompat,
            ro_compat,
            uuid,
            reserved_descriptor_blocks: le16(raw, 0xCE).into(),
            journal_inode: le32(raw, 0xE0),
            descriptor_size: if wide { le16(raw, 0xFE).into() } else { 32 },
            first_meta_group: le32(raw, 0x104).into(),
            backups: [le32(raw, 0x24C), le32(raw, 0x250)],
            seed,
        };
        found.sensible(room, le32(raw, 0))?;
        found.clean(le16(raw, 0x3A))?;
        Ok(found)
    }

    /// Refuses numbers that contradict each other or the room there is.
    fn sensible(&self, room: u64, inodes: u32) -> Result<(), Reason> {
        let bits = self.block_size as u64 * 8;
        let first = u64::from(self.block_size == 1024 && self.cluster == 1);
        let fits = self.blocks.checked_mul(self.block_size as u64).is_some_and(|bytes| bytes <= room);
        if !fits {
            return Err(damaged("it is larger than what it lies in"));
        }
        let inodes_in_block = self.block_size / self.inode_size.max(1);
        let wide = self.incompat & incompat::WIDE != 0;
        let sane = self.first_data_block == first
            && self.blocks > self.first_data_block
            && (1..=bits).contains(&self.clusters_per_group)
            && self.clusters_per_group.is_multiple_of(8)
            && self.clusters_per_group.checked_mul(self.cluster) == Some(self.blocks_per_group)
            && (1..=bits).contains(&u64::from(self.inodes_per_group))
            && self.inodes_per_group.is_multiple_of(8)
            && self.inode_size.is_power_of_two()
            && (128..=self.block_size).contains(&self.inode_size)
            && (self.inodes_per_group as usize).is_multiple_of(inodes_in_block.max(1))
            && self.descriptor_size.is_power_of_two()
            && (if wide { 64..=self.block_size } else { 32..=32 }).contains(&self.descriptor_size)
            && self.first_inode >= 11
            && self.groups() <= MOST_GROUPS
            && self.groups() * u64::from(self.inodes_per_group) == u64::from(inodes)
            && self.free_blocks <= self.blocks;
        if sane { Ok(()) } else { Err(damaged("the superblock's numbers contradict each other")) }
    }

    /// A file system with a journal is made whole by its replay; one without only by its unmount (`s_state`).
    fn clean(&self, state: u16) -> Result<(), Reason> {
        if state & STATE_ERROR != 0 {
            return Err(Reason::Unclean("the kernel has noted errors in the file system"));
        }
        let journal = self.compat & compat::HAS_JOURNAL != 0;
        if !journal && (state & STATE_VALID == 0 || self.incompat & incompat::RECOVER != 0) {
            return Err(Reason::Unclean("the file system was not unmounted and has no journal"));
        }
        if journal && self.journal_inode != 8 {
            return Err(Reason::Journal("it is on another device, and what it holds is not known".to_owned()));
        }
        Ok(())
    }

    /// Number of block groups.
    pub(crate) fn groups(&self) -> u64 {
        (self.blocks - self.first_data_block).div_ceil(self.blocks_per_group.max(1))
    }

    /// A log may have to be replayed.
    pub(crate) fn needs_recovery(&self) -> bool {
        self.incompat & incompat::RECOVER != 0
    }

    /// Whether both describe file systems whose parts lie at the same places.
    pub(crate) fn same_shape(&self, other: &Self) -> bool {
        let shape = |it: &Self| {
            let numbers = [it.blocks, it.first_data_block, it.cluster, it.blocks_per_group, it.first_meta_group];
            let sizes = [it.block_size, it.inode_size, it.descriptor_size];
            let features = [it.compat, it.incompat & !incompat::RECOVER, it.ro_compat & !ro_compat::ORPHANS];
            (numbers, sizes, features, it.inodes_per_group, it.journal_inode, it.backups, it.uuid, it.seed)
        };
        shape(self) == shape(other)
    }

    /// Whether a compatible feature is on.
    pub(crate) fn has(&self, feature: u32) -> bool {
        self.compat & feature != 0
    }

    /// Every metadata block has a checksum.
    pub(crate) fn has_metadata_checksums(&self) -> bool {
        self.ro_compat & ro_compat::METADATA_CHECKSUM != 0
    }

    /// Descriptors have a checksum, and so their flags have a meaning.
    pub(crate) fn has_descriptor_checksums(&self) -> bool {
        self.ro_compat & (ro_compat::METADATA_CHECKSUM | ro_compat::GDT_CHECKSUM) != 0
    }

    /// Which of the three it is.
    pub(crate) fn kind(&self) -> FileSystem {
        if self.incompat & incompat::EXT4 != 0 || self.ro_compat & ro_compat::EXT4 != 0 {
            FileSystem::Ext4
        } else if self.has(compat::HAS_JOURNAL) {
            FileSystem::Ext3
        } else {
            FileSystem::Ext2
        }
    }
}

fn known(compat: u32, incompat: u32, ro_compat: u32, revision: u32) -> Result<(), Reason> {
    let unknown = |set: &str, bits: u32| Reason::Feature(format!("{set} feature {bits:#x}"));
    if revision > 1 {
        return Err(Reason::Feature(format!("revision {revision}")));
    }
    if incompat & incompat::JOURNAL_DEVICE != 0 {
        return Err(Reason::OtherFileSystem("an external journal"));
    }
    if incompat & incompat::MMP != 0 {
        return Err(Reason::Feature("multiple mount protection".to_owned()));
    }
    if incompat & !incompat::KNOWN != 0 {
        return Err(unknown("incompatible", incompat & !incompat::KNOWN));
    }
    if ro_compat & !ro_compat::KNOWN != 0 {
        return Err(unknown("read-only", ro_compat & !ro_compat::KNOWN));
    }
    if compat & !compat::KNOWN != 0 {
        return Err(unknown("compatible", compat & !compat::KNOWN));
    }
    Ok(())
}

/// Short for the most frequent reason.
pub(crate) fn damaged(what: impl Into<String>) -> Reason {
    Reason::Damaged(what.into())
}
