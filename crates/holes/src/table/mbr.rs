//! The master boot record, with its four entries and the chain of logical partitions.
//!
//! Sectors are counted in 512 bytes, since the record does not say their size.
//!
//! Not here: what tells it from the boot sector of a file system (`signature.rs`).

use super::{Flaw, Slot, Table, bytes, disjoint, fill, le32};
use crate::error::Error;
use crate::layout::TableKind;
use crate::ranges::Ranges;
use crate::source::Source;

const SECTOR: u64 = 512;

/// Logical partitions at most; Linux counts no further than 255 and fdisk makes 60.
const MOST_LOGICAL: u32 = 128;

/// A boot record with a signature, and entries of which each could be one.
pub(super) struct BootRecord {
    entries: [Entry; 4],
}

#[derive(Clone, Copy)]
struct Entry {
    kind: u8,
    first: u64,
    sectors: u64,
}

impl Entry {
    fn is_used(self) -> bool {
        self.sectors > 0 || self.kind != 0
    }

    fn is_extended(self) -> bool {
        matches!(self.kind, 0x05 | 0x0f | 0x85)
    }

    fn slot(self, index: u32, base: u64) -> Slot {
        Slot { index, kind: kind(self.kind), start: (base + self.first) * SECTOR, length: self.sectors * SECTOR }
    }
}

impl BootRecord {
    /// The record in this sector. `None` if there is no signature, or if an entry is neither active nor inactive: then it
    /// is code of a boot sector.
    pub(super) fn read(source: &dyn Source, sector: u64) -> Result<Option<Self>, Error> {
        let mut raw = [0; 512];
        if !fill(source, sector * SECTOR, &mut raw)? || bytes(&raw, 510) != [0x55, 0xaa] {
            return Ok(None);
        }
        let at = [446, 462, 478, 494];
        if at.iter().any(|at| bytes::<1>(&raw, *at)[0] & 0x7f != 0) {
            return Ok(None);
        }
        let entries = at.map(|at| Entry {
            kind: bytes::<1>(&raw, at + 4)[0],
            first: le32(&raw, at + 8).into(),
            sectors: le32(&raw, at + 12).into(),
        });
        Ok(Some(Self { entries }))
    }

    /// Whether it says that the disk belongs to a GPT.
    pub(super) fn is_protective(&self) -> bool {
        self.entries.iter().any(|entry| entry.kind == 0xee)
    }

    pub(super) fn has_partitions(&self) -> bool {
        self.entries.iter().any(|entry| entry.is_used())
    }
}

/// Reads the table that begins with this record.
pub(super) fn read(source: &dyn Source, boot: &BootRecord) -> Result<Table, Error> {
    let mut own = Ranges::new();
    own.insert(0..SECTOR);
    let mut slots = Vec::new();
    let mut containers = Vec::new();
    for (index, entry) in (1..).zip(boot.entries).filter(|(_, entry)| entry.is_used()) {
        if entry.is_extended() {
            containers.push(entry.slot(index, 0));
        } else {
            slots.push(entry.slot(index, 0));
        }
    }
    // A container holds its partitions, so it must not overlap the other primary ones.
    let primary: Vec<Slot> = slots.iter().chain(&containers).cloned().collect();
    let mut sound = disjoint(source, &primary, &own);
    if boot.entries.iter().any(|entry| entry.is_used() && (entry.sectors == 0 || entry.kind == 0)) {
        sound = Err(Flaw("an entry of the MBR has no type or no length"));
    }
    match &*containers {
        [container] if sound.is_ok() => {
            sound = read_chain(source, container, &mut own, &mut slots)?.and_then(|()| disjoint(source, &slots, &own));
        }
        [] | [_] => {}
        _ => sound = Err(Flaw("there are two extended partitions")),
    }
    Ok(match sound {
        Ok(()) => Table { kind: TableKind::Mbr, slots, own, note: None },
        Err(flaw) => Table::damaged(source, TableKind::Mbr, own, slots, flaw),
    })
}

/// Follows the chain of records, of which each has one logical partition, counted from itself, and names the next
/// record, counted from the container's first sector.
fn read_chain(
    source: &dyn Source,
    container: &Slot,
    own: &mut Ranges,
    slots: &mut Vec<Slot>,
) -> Result<Result<(), Flaw>, Error> {
    let (base, end) = (container.start / SECTOR, (container.start + container.length) / SECTOR);
    let mut at = base;
    for index in 5..5 + MOST_LOGICAL {
        let bytes = at * SECTOR..(at + 1) * SECTOR;
        if own.overlaps(bytes.clone()) {
            return Ok(Err(Flaw("the logical partitions of the MBR go round in a circle")));
        }
        let Some(record) = BootRecord::read(source, at)? else {
            return Ok(Err(Flaw("the record of a logical partition is missing")));
        };
        own.insert(bytes);
        let [logical, next, third, fourth] = record.entries;
        let understood = !third.is_used()
            && !fourth.is_used()
            && !logical.is_extended()
            && (logical.kind != 0) == (logical.sectors != 0)
            && (!next.is_used() || next.is_extended());
        if !understood {
            return Ok(Err(Flaw("the record of a logical partition is not understood")));
        }
        if logical.is_used() {
            slots.push(logical.slot(index, at));
            if at + logical.first + logical.sectors > end {
                return Ok(Err(Flaw("a logical partition lies outside the extended one")));
            }
        }
        if !next.is_used() {
            return Ok(Ok(()));
        }
        at = base + next.first;
        if at >= end {
            return Ok(Err(Flaw("a logical partition lies outside the extended one")));
        }
    }
    Ok(Err(Flaw("there are too many logical partitions")))
}

/// A short name of the type, or its number.
fn kind(number: u8) -> String {
    let name = match number {
        0x01 | 0x04 | 0x06 | 0x0b | 0x0c | 0x0e => "fat",
        0x07 => "ms-basic-data",
        0x82 => "swap",
        0x83 => "linux",
        0x8e => "linux-lvm",
        0xaf => "apple-hfs",
        0xef => "esp",
        0xfd => "linux-raid",
        _ => return format!("0x{number:02x}"),
    };
    name.into()
}
