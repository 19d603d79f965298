//! Tables made byte by byte, then broken.

use proptest::prelude::*;

use super::*;

const LINUX: [u8; 16] =
    [0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4];

/// A disk whose tables are written as the specification says.
struct Disk {
    sector: usize,
    image: Vec<u8>,
    entries: Vec<u8>,
    size: usize,
}

impl Disk {
    fn new(sector: usize, sectors: usize) -> Self {
        let mut image = vec![0; sector * sectors];
        image[510..512].copy_from_slice(&[0x55, 0xaa]);
        put_mbr(&mut image, 0, 0, 0xee, 1, u32::MAX);
        Self { sector, image, entries: vec![0; 128 * 128], size: 128 }
    }

    fn entry(mut self, index: usize, kind: [u8; 16], first: u64, last: u64) -> Self {
        let entry = &mut self.entries[index * self.size..][..self.size];
        entry[..16].copy_from_slice(&kind);
        entry[16] = 7;
        entry[32..40].copy_from_slice(&first.to_le_bytes());
        entry[40..48].copy_from_slice(&last.to_le_bytes());
        self
    }

    fn array_sectors(&self) -> u64 {
        self.entries.len().div_ceil(self.sector) as u64
    }

    fn sectors(&self) -> u64 {
        (self.image.len() / self.sector) as u64
    }

    /// Writes both copies.
    fn done(mut self) -> Vec<u8> {
        let (last, array) = (self.sectors() - 1, self.array_sectors());
        for (at, other, entries_at) in [(1, last, 2), (last, 1, last - array)] {
            let mut header = [0; 92];
            header[..8].copy_from_slice(b"EFI PART");
            header[8..12].copy_from_slice(&0x0001_0000u32.to_le_bytes());
            header[12..16].copy_from_slice(&92u32.to_le_bytes());
            for (place, figure) in [(24, at), (32, other), (40, 2 + array), (48, last - array - 1), (72, entries_at)] {
                header[place..place + 8].copy_from_slice(&figure.to_le_bytes());
            }
            header[56..72].fill(9);
            let count = (self.entries.len() / self.size) as u32;
            let crc = crc32(&self.entries);
            for (place, figure) in [(80, count), (84, self.size as u32), (88, crc)] {
                header[place..place + 4].copy_from_slice(&figure.to_le_bytes());
            }
            let crc = crc32(&header);
            header[16..20].copy_from_slice(&crc.to_le_bytes());
            self.image[at as usize * self.sector..][..92].copy_from_slice(&header);
            self.image[entries_at as usize * self.sector..][..self.entries.len()].copy_from_slice(&self.entries);
        }
        self.image
    }
}

/// Bit by bit, so that the tables do not rest on the code under test.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

fn put_mbr(image: &mut [u8], record: usize, index: usize, kind: u8, first: u32, sectors: u32) {
    let entry = &mut image[record * 512 + 446 + index * 16..][..16];
    entry[4] = kind;
    entry[8..12].copy_from_slice(&first.to_le_bytes());
    entry[12..16].copy_from_slice(&sectors.to_le_bytes());
    image[record * 512 + 510..][..2].copy_from_slice(&[0x55, 0xaa]);
}

fn table(image: &[u8]) -> Table {
    read(&image).unwrap()
}

fn damage(image: &[u8]) -> String {
    match table(image).note {
        Some(Reason::Table(why)) => why,
        note => panic!("not damaged: {note:?}"),
    }
}

fn places(table: &Table) -> Vec<(u32, &str, u64, u64)> {
    table.slots.iter().map(|slot| (slot.index, &*slot.kind, slot.start, slot.length)).collect()
}

/// As a cloud image is laid out: the first partition last.
fn cloud_image() -> Vec<u8> {
    let esp = [0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b];
    Disk::new(512, 400).entry(0, LINUX, 100, 366).entry(14, esp, 34, 99).done()
}

#[test]
fn a_gpt_is_read_for_both_sizes_of_sectors() {
    let read = table(&cloud_image());
    assert_eq!(read.kind, TableKind::Gpt);
    assert_eq!(read.note, None);
    assert_eq!(places(&read), [(1, "linux", 51_200, 136_704), (15, "esp", 17_408, 33_792)]);
    assert_eq!(read.own.iter().collect::<Vec<_>>(), [0..34 * 512, 367 * 512..400 * 512]);

    let large = table(&Disk::new(4096, 40).entry(3, [0xab; 16], 6, 9).done());
    assert_eq!(large.note, None);
    assert_eq!(places(&large), [(4, "abababab-abab-abab-abab-abababababab", 24_576, 16_384)]);
    assert_eq!(large.own.iter().collect::<Vec<_>>(), [0..6 * 4096, 35 * 4096..40 * 4096]);
}

#[test]
fn a_gpt_whose_image_has_grown_is_read() {
    let mut image = cloud_image();
    image.resize(image.len() + 12_345, 0);
    assert_eq!(table(&image), table(&cloud_image()));
}

#[test]
fn any_changed_bit_of_a_gpt_leaves_all_alone() {
    let image = cloud_image();
    let copies = [512..604, 1024..1024 + 16_384, 367 * 512..399 * 512, 399 * 512..399 * 512 + 92];
    for at in copies.into_iter().flatten().filter(|at| at % 512 < 128 || at % 61 == 0).step_by(3) {
        let mut image = image.clone();
        image[at] ^= 1 << (at % 8);
        assert!(table(&image).note.is_some(), "byte {at}");
    }
    assert!(table(&image[..image.len() - 1]).note.is_some());
}

#[test]
fn a_gpt_that_contradicts_itself_leaves_all_alone() {
    let disk = || Disk::new(512, 400);
    assert_eq!(damage(&disk().entry(0, LINUX, 40, 90).entry(1, LINUX, 90, 99).done()), "partitions overlap");
    let outside = "a partition lies outside the usable sectors";
    for (first, last) in [(33, 90), (40, 367), (90, 89), (0, u64::MAX), (u64::MAX, u64::MAX), (u64::MAX, 0)] {
        assert_eq!(damage(&disk().entry(0, LINUX, first, last).done()), outside);
    }
    let impossible = "the GPT has impossible entries";
    for size in [0, 64, 192, 8192] {
        let mut disk = disk();
        (disk.size, disk.entries) = (size.max(1), vec![0; 8192]);
        assert_eq!(damage(&disk.done()), impossible, "{size}");
    }
    let mut many = Disk::new(512, 4000);
    many.entries = vec![0; 1025 * 128];
    assert_eq!(damage(&many.done()), impossible);

    let mut unprotected = cloud_image();
    unprotected[446 + 4] = 0;
    assert!(damage(&unprotected).contains("no protective MBR"));
    let mut without = cloud_image();
    without[512..604].fill(0);
    assert_eq!(damage(&without), "there is a protective MBR but no GPT");
    assert_eq!(places(&table(&without)), [(0, "", 0, 400 * 512)]);
    let mut both = cloud_image();
    both[4096..4104].copy_from_slice(b"EFI PART");
    assert_eq!(damage(&both), "there are two GPTs, for different sizes of sectors");
    let mut ext = Disk::new(4096, 40).entry(0, LINUX, 6, 9).done();
    ext[1080..1082].copy_from_slice(b"\x53\xef");
    assert_eq!(damage(&ext), "a file system begins where the partition table is");
}

#[test]
fn a_hybrid_mbr_is_a_gpt() {
    let mut image = cloud_image();
    put_mbr(&mut image, 0, 1, 0x83, 100, 267);
    assert_eq!(table(&image), table(&cloud_image()));
}

/// Two primary partitions, and an extended one with two logical ones.
fn with_logical() -> Vec<u8> {
    let mut image = vec![0; 512 * 200];
    put_mbr(&mut image, 0, 0, 0x83, 1, 49);
    put_mbr(&mut image, 0, 2, 0xaa, 150, 50);
    put_mbr(&mut image, 0, 3, 0x0f, 50, 100);
    put_mbr(&mut image, 50, 0, 0x82, 2, 10);
    put_mbr(&mut image, 50, 1, 0x05, 20, 30);
    put_mbr(&mut image, 70, 0, 0x83, 1, 29);
    image
}

#[test]
fn an_mbr_is_read_with_its_logical_partitions() {
    let read = table(&with_logical());
    assert_eq!((read.kind, &read.note), (TableKind::Mbr, &None));
    let sectors: Vec<_> =
        places(&read).into_iter().map(|(n, kind, at, length)| (n, kind, at / 512, length / 512)).collect();
    assert_eq!(sectors, [(1, "linux", 1, 49), (3, "0xaa", 150, 50), (5, "swap", 52, 10), (6, "linux", 71, 29)]);
    assert_eq!(read.own.iter().collect::<Vec<_>>(), [0..512, 25_600..26_112, 35_840..36_352]);
}

#[test]
fn an_mbr_that_contradicts_itself_leaves_all_alone() {
    type Edit = (usize, usize, u8, u32, u32);
    let edits: [(Edit, &str); 11] = [
        ((0, 1, 0x83, 40, 20), "partitions overlap"),
        ((0, 1, 0x83, 140, 20), "partitions overlap"),
        ((0, 2, 0x83, 150, 51), "a partition ends after the image"),
        ((0, 0, 0x83, 0, 49), "a partition overlaps the partition table"),
        ((0, 0, 0x00, 1, 49), "an entry of the MBR has no type or no length"),
        ((0, 1, 0x83, 10, 0), "an entry of the MBR has no type or no length"),
        ((50, 1, 0x05, 0, 30), "the logical partitions of the MBR go round in a circle"),
        ((50, 1, 0x05, 21, 30), "the record of a logical partition is missing"),
        ((50, 1, 0x05, u32::MAX, 30), "a logical partition lies outside the extended one"),
        ((70, 0, 0x83, 1, 80), "a logical partition lies outside the extended one"),
        ((50, 0, 0x83, 2, 19), "a partition overlaps the partition table"),
    ];
    for ((record, index, kind, first, sectors), why) in edits {
        let mut image = with_logical();
        put_mbr(&mut image, record, index, kind, first, sectors);
        assert_eq!(damage(&image), why);
    }
    let mut chain = vec![0; 512 * 200];
    put_mbr(&mut chain, 0, 0, 0x05, 1, 199);
    for record in 1..199 {
        put_mbr(&mut chain, record, 1, 0x05, record as u32, 1);
    }
    assert_eq!(damage(&chain), "there are too many logical partitions");
}

#[test]
fn a_file_system_that_fills_the_image_is_no_mbr() {
    let mut ext = vec![0; 4096];
    ext[1080..1082].copy_from_slice(b"\x53\xef");
    assert_eq!(table(&ext).kind, TableKind::None);
    assert_eq!(places(&table(&ext)), [(0, "", 0, 4096)]);
    // With a boot loader.
    ext[440..510].fill(0x90);
    ext[510..512].copy_from_slice(&[0x55, 0xaa]);
    assert_eq!((table(&ext).kind, table(&ext).note), (TableKind::None, None));

    let mut ntfs = with_logical();
    ntfs[3..11].copy_from_slice(b"NTFS    ");
    assert_eq!((table(&ntfs).kind, table(&ntfs).note), (TableKind::None, None));

    for length in [0, 1, 511, 512, 1000] {
        assert_eq!(places(&table(&vec![0; length])), [(0, "", 0, length as u64)]);
    }
}

#[test]
fn an_mbr_and_a_file_system_over_it_are_left_alone() {
    let mut image = with_logical();
    image[1080..1082].copy_from_slice(b"\x53\xef");
    assert!(damage(&image).contains("both an MBR and a file system"));
}

proptest! {
    /// With checksums made right again, so that the checks behind them are reached.
    #[test]
    fn whatever_a_table_says_its_partitions_are_sound_or_noted(
        places in proptest::collection::vec((0..400u64, 0..400u64), 0..6),
        bytes in proptest::collection::vec((0..38_000usize, any::<u8>()), 0..6),
        is_mbr: bool,
    ) {
        let image = if is_mbr {
            let mut image = with_logical();
            for (at, byte) in &bytes {
                image[at % 512 + [0, 0, 25_600, 35_840][at % 4]] = *byte;
            }
            image
        } else {
            let mut disk = Disk::new(512, 400);
            for (index, (first, last)) in places.into_iter().enumerate() {
                disk = disk.entry(index, LINUX, first, last);
            }
            for (at, byte) in &bytes {
                disk.entries[at % 1024] = *byte;
            }
            disk.done()
        };
        let table = table(&image);
        prop_assert!(!table.slots.is_empty() || table.kind == TableKind::Gpt);
        let mut taken = table.own.clone();
        if table.note.is_none() {
            for slot in &table.slots {
                let range = slot.start..slot.start + slot.length;
                prop_assert!(!range.is_empty() && range.end <= image.len() as u64 && !taken.overlaps(range.clone()));
                taken.insert(range);
            }
        }
    }
}
