//! What an image or a partition holds, by the magic numbers that formats put at fixed places.
//!
//! Not here: whether what follows is whole.

use crate::layout::FileSystem;
use crate::source::Source;

/// Name, offset and bytes. Offsets and bytes are those of the formats' documentation and of libblkid.
type Magic = (&'static str, u64, &'static [u8]);

/// Containers of disk images, compressed ones among them.
const CONTAINERS: &[Magic] = &[
    ("a qcow2 image", 0, b"QFI\xfb"),
    ("an Apple sparse image (ASIF)", 0, b"shdw"),
    ("an Apple sparse image", 0, b"sprs"),
    ("an encrypted Apple disk image", 0, b"encrcdsa"),
    ("a VMDK image", 0, b"KDMV"),
    ("a VMDK image", 0, b"COWD"),
    ("a VMDK description", 0, b"# Disk DescriptorFile"),
    ("a VHDX image", 0, b"vhdxfile"),
    ("a VHD image", 0, b"conectix"),
    ("a VDI image", 0x40, b"\x7f\x10\xda\xbe"),
    ("a QED image", 0, b"QED\0"),
    ("a Parallels image", 0, b"WithoutFreeSpace"),
    ("a Parallels image", 0, b"WithouFreSpacExt"),
    ("an Android sparse image", 0, b"\x3a\xff\x26\xed"),
    ("zstd-compressed", 0, b"\x28\xb5\x2f\xfd"),
    ("gzip-compressed", 0, b"\x1f\x8b\x08"),
    ("xz-compressed", 0, b"\xfd7zXZ\0"),
    ("bzip2-compressed", 0, b"BZh"),
    ("LZ4-compressed", 0, b"\x04\x22\x4d\x18"),
    ("a ZIP archive", 0, b"PK\x03\x04"),
];

/// Containers that are known by their last 512 bytes.
const TRAILERS: &[(&str, &[u8])] = &[("a VHD image", b"conectix"), ("an Apple disk image (dmg)", b"koly")];

/// File systems with a boot sector, which may end like a master boot record.
const BOOT_SECTORS: &[Magic] = &[("NTFS", 3, b"NTFS    "), ("exFAT", 3, b"EXFAT   "), ("BitLocker", 3, b"-FVE-FS-")];

/// The others, but ext, FAT and ZFS.
const FILE_SYSTEMS: &[Magic] = &[
    ("XFS", 0, b"XFSB"),
    ("Btrfs", 0x1_0040, b"_BHRfS_M"),
    ("LUKS", 0, b"LUKS\xba\xbe"),
    ("LVM", 0, b"LABELONE"),
    ("LVM", 512, b"LABELONE"),
    ("LVM", 1024, b"LABELONE"),
    ("LVM", 1536, b"LABELONE"),
    ("Linux RAID", 0, b"\xfc\x4e\x2b\xa9"),
    ("Linux RAID", 4096, b"\xfc\x4e\x2b\xa9"),
    // At the end of the first page, whose size is the machine's.
    ("swap", 4096 - 10, b"SWAPSPACE2"),
    ("swap", 8192 - 10, b"SWAPSPACE2"),
    ("swap", 16_384 - 10, b"SWAPSPACE2"),
    ("swap", 65_536 - 10, b"SWAPSPACE2"),
    ("swap", 4096 - 10, b"SWAP-SPACE"),
    ("ISO 9660", 0x8001, b"CD001"),
    ("UDF", 0x8001, b"BEA01"),
    ("F2FS", 1024, b"\x10\x20\xf5\xf2"),
    ("APFS", 32, b"NXSB"),
    ("HFS+", 1024, b"H+\0\x04"),
    ("HFS+", 1024, b"HX\0\x05"),
    ("squashfs", 0, b"hsqs"),
    ("EROFS", 1024, b"\xe2\xe1\xf5\xe0"),
    ("ReiserFS", 0x1_0034, b"ReIsEr"),
    ("JFS", 0x8000, b"JFS1"),
    ("bcachefs", 4096 + 24, b"\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"),
];

/// Where the first label of ZFS keeps its uberblocks, and the magic with which each begins, in either byte order.
const ZFS: (std::ops::Range<u64>, [&[u8]; 2]) =
    (0x2_0000..0x4_0000, [b"\x0c\xb1\xba\0\0\0\0\0", b"\0\0\0\0\0\xba\xb1\x0c"]);

/// The container format, if the image is not raw.
pub(crate) fn not_raw(source: &dyn Source) -> Option<&'static str> {
    let trailer = source.length().checked_sub(512);
    let at_end = TRAILERS.iter().find(|(_, magic)| trailer.is_some_and(|at| has(source, at, magic)));
    find(source, CONTAINERS).or(at_end.map(|(name, _)| *name))
}

/// The file system of a partition.
///
/// Where there is the magic of another one besides that of ext, it is the other: a new file system does not always
/// overwrite the old one's magic, and ext is the only one of which anything is changed.
pub(crate) fn identify(source: &dyn Source) -> FileSystem {
    if is_fat(source) {
        return FileSystem::Fat;
    }
    if let Some(name) = find(source, BOOT_SECTORS).or_else(|| find(source, FILE_SYSTEMS)) {
        return FileSystem::Other(name);
    }
    let (uberblocks, magics) = ZFS;
    if uberblocks.step_by(1024).any(|at| magics.iter().any(|magic| has(source, at, magic))) {
        return FileSystem::Other("ZFS");
    }
    if begins_with_ext(source) { FileSystem::Ext4 } else { FileSystem::Unknown }
}

/// Whether there is the magic of ext2, ext3 and ext4, in the superblock at byte 1024.
pub(crate) fn begins_with_ext(source: &dyn Source) -> bool {
    has(source, 1024 + 0x38, b"\x53\xef")
}

/// Whether the first sector is that of a file system, although it may end like a master boot record.
pub(crate) fn is_boot_sector(source: &dyn Source) -> bool {
    is_fat(source) || find(source, BOOT_SECTORS).is_some()
}

/// Whether the first sector describes a FAT file system: Microsoft's FAT specification 1.03, sections 3.1 to 3.3.
fn is_fat(source: &dyn Source) -> bool {
    let mut raw = [0; 512];
    if source.read_at(0, &mut raw).is_err() {
        return false;
    }
    let byte = |at: usize| raw.get(at).copied().unwrap_or(0);
    let le16 = |at: usize| u32::from(u16::from_le_bytes([byte(at), byte(at + 1)]));
    let sector = le16(11);
    let [sectors, fat] = [19, 22].map(le16);
    let [large_sectors, large_fat] = [32, 36].map(|at| le16(at) | le16(at + 2) << 16);
    (byte(0) == 0xe9 || (byte(0) == 0xeb && byte(2) == 0x90))
        && le16(510) == 0xaa55
        && sector.is_power_of_two()
        && (512..=4096).contains(&sector)
        && byte(13).is_power_of_two()
        && le16(14) > 0
        && (1..=2).contains(&byte(16))
        && (byte(21) == 0xf0 || byte(21) >= 0xf8)
        && (sectors > 0 || large_sectors > 0)
        && (fat > 0 || large_fat > 0)
}

fn find(source: &dyn Source, magics: &[Magic]) -> Option<&'static str> {
    magics.iter().find(|(_, at, magic)| has(source, *at, magic)).map(|(name, ..)| *name)
}

/// Whether these bytes are there. What cannot be read is not: the reader of what follows meets the same error.
fn has(source: &dyn Source, at: u64, magic: &[u8]) -> bool {
    // As long as the longest magic above.
    let mut buffer = [0; 32];
    buffer.get_mut(..magic.len()).is_some_and(|buffer| source.read_at(at, buffer).is_ok() && buffer == magic)
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]
mod tests {
    use super::*;

    fn with(length: usize, at: u64, magic: &[u8]) -> Vec<u8> {
        let mut image = vec![0; length];
        put(&mut image, at, magic);
        image
    }

    fn put(image: &mut [u8], at: u64, magic: &[u8]) {
        image[at as usize..][..magic.len()].copy_from_slice(magic);
    }

    fn named(image: &[u8]) -> FileSystem {
        identify(&image)
    }

    fn container(image: &[u8]) -> Option<&'static str> {
        not_raw(&image)
    }

    #[test]
    fn every_magic_is_found_where_it_belongs_and_nowhere_else() {
        const LENGTH: usize = 0x4_0000;
        for (name, at, magic) in BOOT_SECTORS.iter().chain(FILE_SYSTEMS) {
            assert_eq!(named(&with(LENGTH, *at, magic)), FileSystem::Other(name), "{name}");
            assert_eq!(named(&with(LENGTH, at + 1, magic)), FileSystem::Unknown, "{name}");
        }
        for magic in ZFS.1 {
            assert_eq!(named(&with(LENGTH, 0x2_0400, magic)), FileSystem::Other("ZFS"));
        }
        for (name, at, magic) in CONTAINERS {
            assert_eq!(container(&with(LENGTH, *at, magic)), Some(*name));
            assert_eq!(container(&with(LENGTH, at + 1, magic)), None, "{name}");
        }
        for (name, magic) in TRAILERS {
            assert_eq!(container(&with(LENGTH, LENGTH as u64 - 512, magic)), Some(*name));
        }
    }

    #[test]
    fn ext_is_ext_unless_another_file_system_was_made_over_it() {
        let mut image = with(0x4_0000, 1024 + 0x38, b"\x53\xef");
        assert_eq!(named(&image), FileSystem::Ext4);
        put(&mut image, 4096, b"\xfc\x4e\x2b\xa9");
        assert_eq!(named(&image), FileSystem::Other("Linux RAID"));
    }

    #[test]
    fn what_is_too_short_is_nothing() {
        for length in 0..1100 {
            assert_eq!(named(&vec![0; length]), FileSystem::Unknown);
            assert_eq!(container(&vec![0; length]), None);
        }
    }

    #[test]
    fn a_fat_needs_more_than_its_jump_and_its_signature() {
        let mut image = with(4096, 0, b"\xeb\x58\x90mkfs.fat\0\x02\x01\x20\0\x02\0\0\0\0\xf8\0\0");
        put(&mut image, 32, b"\0\x50\x06\0\x20\x03\0\0");
        assert!(!is_fat(&&*image));
        put(&mut image, 510, b"\x55\xaa");
        assert_eq!(named(&image), FileSystem::Fat);
        for (at, wrong) in [(0, 0), (2, 0), (11, 3), (13, 3), (14, 0), (16, 0), (21, 0)] {
            let mut image = image.clone();
            image[at] = wrong;
            assert!(!is_fat(&&*image), "byte {at}");
        }
    }
}
