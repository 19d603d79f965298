//! The GUID partition table, as in the UEFI specification 2.10, chapter 5.
//!
//! Both copies must be whole and say the same. The second is looked for where the first one says that it is, so an image
//! that was made longer since is read as well.
//!
//! Not here: repair, and the names of partitions.

use crc::{CRC_32_ISO_HDLC, Crc};

use super::{Flaw, Slot, Table, bytes, disjoint, fill, le32, le64};
use crate::error::Error;
use crate::layout::TableKind;
use crate::ranges::Ranges;
use crate::source::Source;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

const SIGNATURE: &[u8; 8] = b"EFI PART";

/// The sizes of a sector in use: nearly every disk's, and that of disks with large sectors.
const SECTOR_SIZES: [u64; 2] = [512, 4096];

/// Length of the header's defined part (table 5.5).
const HEADER: usize = 92;

/// Partitions at most; tables have 128.
const MOST_ENTRIES: u32 = 1024;

/// Bytes of one entry at most. Entries have 128 times a power of two (table 5.6).
const LARGEST_ENTRY: u32 = 4096;

/// Sizes of a sector for which there is a header in the second sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    One(u64),
    /// One is left from a former use, and which one cannot be told.
    Several,
}

/// Looks for the first header.
pub(super) fn find(source: &dyn Source) -> Result<Option<Found>, Error> {
    let mut found = None;
    for sector in SECTOR_SIZES {
        let mut signature = [0; 8];
        if fill(source, sector, &mut signature)? && signature == *SIGNATURE {
            found = Some(if found.is_none() { Found::One(sector) } else { Found::Several });
        }
    }
    Ok(found)
}

/// Reads the table whose first header was found.
pub(super) fn read(source: &dyn Source, found: Option<Found>) -> Result<Table, Error> {
    let mut own = Ranges::new();
    own.insert(0..512);
    let mut slots = Vec::new();
    let sound = match found {
        Some(Found::One(sector)) => read_copies(source, sector, &mut own, &mut slots)?,
        Some(Found::Several) => Err(Flaw("there are two GPTs, for different sizes of sectors")),
        None => Err(Flaw("there is a protective MBR but no GPT")),
    };
    Ok(match sound {
        Ok(()) => Table { kind: TableKind::Gpt, slots, own, note: None },
        Err(flaw) => Table::damaged(source, TableKind::Gpt, own, slots, flaw),
    })
}

fn read_copies(
    source: &dyn Source,
    sector: u64,
    own: &mut Ranges,
    slots: &mut Vec<Slot>,
) -> Result<Result<(), Flaw>, Error> {
    own.insert(0..2 * sector);
    let first = match Copy::read(source, sector, 1)? {
        Ok(copy) => copy,
        Err(flaw) => return Ok(Err(flaw)),
    };
    own.extend(first.header.own());
    *slots = first.slots();
    let Ok(second) = Copy::read(source, sector, first.header.other)? else {
        return Ok(Err(Flaw("the backup GPT is missing or damaged")));
    };
    own.extend(second.header.own());
    Ok(first.agrees_with(&second).and_then(|()| disjoint(source, slots, own)))
}

/// One header whose checksum is right and whose figures are possible.
struct Header {
    sector: u64,
    /// Sector of this copy, and of the other.
    at: u64,
    other: u64,
    first_usable: u64,
    last_usable: u64,
    disk: [u8; 16],
    entries_at: u64,
    entries: u32,
    entry_size: u32,
    entries_crc: u32,
}

impl Header {
    fn parse(raw: &[u8], sector: u64, at: u64) -> Result<Self, Flaw> {
        if !raw.starts_with(SIGNATURE) {
            return Err(Flaw("the GPT header is missing"));
        }
        let length = usize::try_from(le32(raw, 12)).unwrap_or(usize::MAX);
        let covered = raw.get(..length).filter(|_| length >= HEADER);
        let mut covered = covered.ok_or(Flaw("the GPT header has an impossible length"))?.to_vec();
        if let Some(checksum) = covered.get_mut(16..20) {
            checksum.fill(0);
        }
        if CRC.checksum(&covered) != le32(raw, 16) {
            return Err(Flaw("the checksum of the GPT header is wrong"));
        }
        if le32(raw, 8) != 0x0001_0000 {
            return Err(Flaw("the GPT is of an unknown revision"));
        }
        if le64(raw, 24) != at {
            return Err(Flaw("the GPT header is not where it says that it is"));
        }
        let header = Self {
            sector,
            at,
            other: le64(raw, 32),
            first_usable: le64(raw, 40),
            last_usable: le64(raw, 48),
            disk: bytes(raw, 56),
            entries_at: le64(raw, 72),
            entries: le32(raw, 80),
            entry_size: le32(raw, 84),
            entries_crc: le32(raw, 88),
        };
        let size = header.entry_size;
        if !(128..=LARGEST_ENTRY).contains(&size) || !size.is_power_of_two() || header.entries > MOST_ENTRIES {
            return Err(Flaw("the GPT has impossible entries"));
        }
        header.placed()
    }

    /// The first copy and its entries lie before the usable sectors, the second and its entries after them.
    fn placed(self) -> Result<Self, Flaw> {
        let entries_end = self.entries_at.checked_add(self.entry_sectors());
        // Byte offsets below are products of sector numbers, so none may be too large for that.
        let countable = |sector: u64| sector < u64::MAX / self.sector;
        let possible = entries_end.is_some_and(|end| {
            countable(end)
                && countable(self.other)
                && self.first_usable <= self.last_usable
                && countable(self.last_usable)
                && if self.at == 1 {
                    self.entries_at > 1 && end <= self.first_usable && self.other > self.last_usable
                } else {
                    self.entries_at > self.last_usable && end <= self.at && self.other == 1
                }
        });
        if possible { Ok(self) } else { Err(Flaw("the parts of the GPT overlap")) }
    }

    fn entry_bytes(&self) -> u64 {
        u64::from(self.entries) * u64::from(self.entry_size)
    }

    fn entry_sectors(&self) -> u64 {
        self.entry_bytes().div_ceil(self.sector)
    }

    /// The bytes of header and entries.
    fn own(&self) -> [std::ops::Range<u64>; 2] {
        let entries = self.entries_at * self.sector;
        let header = self.at * self.sector;
        [header..header + self.sector, entries..entries + self.entry_sectors() * self.sector]
    }
}

/// A header and the entries that its checksum stands for.
struct Copy {
    header: Header,
    entries: Vec<u8>,
}

impl Copy {
    fn read(source: &dyn Source, sector: u64, at: u64) -> Result<Result<Self, Flaw>, Error> {
        let mut raw = vec![0; usize::try_from(sector).unwrap_or(0)];
        let Some(offset) = at.checked_mul(sector) else { return Ok(Err(Flaw("the GPT lies after the image"))) };
        if !fill(source, offset, &mut raw)? {
            return Ok(Err(Flaw("the GPT lies after the image")));
        }
        let header = match Header::parse(&raw, sector, at) {
            Ok(header) => header,
            Err(flaw) => return Ok(Err(flaw)),
        };
        // At most `MOST_ENTRIES` × `LARGEST_ENTRY`, which is 4 MiB.
        let mut entries = vec![0; usize::try_from(header.entry_bytes()).unwrap_or(0)];
        if !fill(source, header.entries_at * sector, &mut entries)? {
            return Ok(Err(Flaw("the GPT lies after the image")));
        }
        if CRC.checksum(&entries) != header.entries_crc {
            return Ok(Err(Flaw("the checksum of the GPT entries is wrong")));
        }
        Ok(Ok(Self { header, entries }))
    }

    /// Every used entry. Sectors that no file can have are told as the last ones, which no image has either.
    fn slots(&self) -> Vec<Slot> {
        let size = usize::try_from(self.header.entry_size).unwrap_or(usize::MAX);
        let used = (1..).zip(self.entries.chunks_exact(size)).filter(|(_, entry)| bytes::<16>(entry, 0) != [0; 16]);
        used.map(|(index, entry)| {
            let (first, last) = (le64(entry, 32), le64(entry, 40));
            Slot {
                index,
                kind: kind(bytes(entry, 0)),
                start: first.saturating_mul(self.header.sector),
                length: last.saturating_add(1).saturating_sub(first).saturating_mul(self.header.sector),
            }
        })
        .collect()
    }

    fn agrees_with(&self, second: &Self) -> Result<(), Flaw> {
        let (a, b) = (&self.header, &second.header);
        let told = |header: &Header| (header.first_usable, header.last_usable, header.disk, header.entry_size);
        if told(a) != told(b) || self.entries != second.entries {
            return Err(Flaw("the two copies of the GPT differ"));
        }
        let size = usize::try_from(a.entry_size).unwrap_or(usize::MAX);
        let usable = self.entries.chunks_exact(size).filter(|entry| bytes::<16>(entry, 0) != [0; 16]).all(|entry| {
            let (first, last) = (le64(entry, 32), le64(entry, 40));
            a.first_usable <= first && first <= last && last <= a.last_usable
        });
        if usable { Ok(()) } else { Err(Flaw("a partition lies outside the usable sectors")) }
    }
}

/// A short name of the type, or the type as text.
fn kind(raw: [u8; 16]) -> String {
    // The first three fields are stored with their least byte first (UEFI 2.10, appendix A).
    let (first, rest) = (le32(&raw, 0), u64::from_be_bytes(bytes(&raw, 8)));
    let [second, third] = [4, 6].map(|at| u16::from_le_bytes(bytes(&raw, at)));
    let node = rest & 0xffff_ffff_ffff;
    let text = format!("{first:08x}-{second:04x}-{third:04x}-{:04x}-{node:012x}", rest >> 48);
    KINDS.iter().find(|(guid, _)| *guid == text).map_or(text, |(_, name)| (*name).into())
}

/// From the UEFI specification (table 5.7) and the Discoverable Partitions Specification.
const KINDS: [(&str, &str); 22] = [
    ("0fc63daf-8483-4772-8e79-3d69d8477de4", "linux"),
    ("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "esp"),
    ("21686148-6449-6e6f-744e-656564454649", "bios-boot"),
    ("0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "swap"),
    ("44479540-f297-41b2-9af7-d131d5f0458a", "linux-root-x86"),
    ("4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "linux-root-x86-64"),
    ("b921b045-1df0-41c3-af44-4c6f280d3fae", "linux-root-arm64"),
    ("69dad710-2ce4-4e3c-b16c-21a1d49abed3", "linux-root-arm"),
    ("8484680c-9521-48c6-9c11-b0720656f69e", "linux-usr-x86-64"),
    ("b0e01050-ee5f-4390-949a-9101b17104e9", "linux-usr-arm64"),
    ("933ac7e1-2eb4-4f13-b844-0e14e2aef915", "linux-home"),
    ("3b8f8425-20e0-4f3b-907f-1a25a76f98e8", "linux-srv"),
    ("4d21b016-b534-45c2-a9fb-5c16e091fd2d", "linux-var"),
    ("7ec6f557-3bc5-4aca-b293-16ef5df639d1", "linux-tmp"),
    ("bc13c2ff-59e6-4262-a352-b275fd6f7172", "linux-boot"),
    ("e6d6d379-f507-44c2-a23c-238f2a3df928", "linux-lvm"),
    ("a19d880f-05fc-4d3b-a006-743f0f84911e", "linux-raid"),
    ("ca7d7ccb-63ed-4c53-861c-1742536059cc", "linux-luks"),
    ("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "ms-basic-data"),
    ("e3c9e316-0b5c-4db8-817d-f92df00215ae", "ms-reserved"),
    ("48465300-0000-11aa-aa11-00306543ecac", "apple-hfs"),
    ("7c3457ef-0000-11aa-aa11-00306543ecac", "apple-apfs"),
];
