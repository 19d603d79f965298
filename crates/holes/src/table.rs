//! How an image is divided: which partition table it has and where the partitions are.
//!
//! A table that contradicts itself is not repaired and not guessed at: its partitions are told, with the reason why all
//! of them are to be left alone.
//!
//! Not here: what the partitions hold (`signature.rs`).

mod gpt;
mod mbr;

use std::io;
use std::ops::Range;

use crate::error::{Error, Reason};
use crate::layout::TableKind;
use crate::ranges::Ranges;
use crate::signature;
pub(crate) use crate::signature::{identify, not_raw};
use crate::source::Source;

/// One partition as its table tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Number in the table, from 1; 0 for an image without a table.
    pub(crate) index: u32,
    /// What it is for: a short name of its type, or the type itself. Empty for an image without a table.
    pub(crate) kind: String,
    /// First byte in the image.
    pub(crate) start: u64,
    /// Length in bytes.
    pub(crate) length: u64,
}

/// A partition table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) kind: TableKind,
    /// In the table's order. Disjoint and within the image, unless there is a note.
    pub(crate) slots: Vec<Slot>,
    /// The bytes of the table itself, as far as they are known: boot records, headers and arrays of entries.
    pub(crate) own: Ranges,
    /// Why every partition is to be left alone.
    pub(crate) note: Option<Reason>,
}

impl Table {
    /// No table: one slot for the whole image.
    fn none(source: &dyn Source) -> Self {
        Self { kind: TableKind::None, slots: vec![whole(source)], own: Ranges::new(), note: None }
    }

    /// A table that cannot be believed. Where it tells no partitions, one slot stands for the whole image, so that there
    /// is something that the note can be said of.
    fn damaged(source: &dyn Source, kind: TableKind, own: Ranges, mut slots: Vec<Slot>, why: Flaw) -> Self {
        if slots.is_empty() {
            slots.push(whole(source));
        }
        Self { kind, slots, own, note: Some(Reason::Table(why.0.into())) }
    }
}

/// What is wrong with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Flaw(&'static str);

/// Reads the table of an image. A table that is damaged is no error but a [`Table::note`].
pub(crate) fn read(source: &dyn Source) -> Result<Table, Error> {
    let file_system = signature::begins_with_ext(source);
    let boot = mbr::BootRecord::read(source, 0)?;
    let protective = boot.as_ref().is_some_and(mbr::BootRecord::is_protective);

    // What the header tells is believed only if nothing else claims the image, so every mix of claims is left alone.
    let found = gpt::find(source)?;
    if protective || found.is_some() {
        let mut table = gpt::read(source, found)?;
        let doubt = if file_system {
            Some("a file system begins where the partition table is")
        } else if !protective {
            Some("there is a GPT but no protective MBR")
        } else {
            None
        };
        if let (Some(doubt), None) = (doubt, &table.note) {
            table.note = Some(Reason::Table(doubt.into()));
        }
        return Ok(table);
    }

    // The boot sector of a file system ends like an MBR and has code where the entries would be.
    let Some(boot) = boot.filter(|boot| boot.has_partitions() && !signature::is_boot_sector(source)) else {
        return Ok(Table::none(source));
    };
    let mut table = mbr::read(source, &boot)?;
    if file_system && table.note.is_none() {
        // Either may be what is left of a former use, and their partitions and blocks overlap.
        table.note = Some(Reason::Table("there are both an MBR and a file system over the whole image".into()));
    }
    Ok(table)
}

fn whole(source: &dyn Source) -> Slot {
    Slot { index: 0, kind: String::new(), start: 0, length: source.length() }
}

/// Fills `buffer`; `false` if the image ends before.
fn fill(source: &dyn Source, offset: u64, buffer: &mut [u8]) -> Result<bool, Error> {
    match source.read_at(offset, buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(source) => Err(Error::Io { doing: "read the partition table", source }),
    }
}

/// Whether the slots are within the image and overlap neither one another nor the table.
fn disjoint(source: &dyn Source, slots: &[Slot], own: &Ranges) -> Result<(), Flaw> {
    let mut taken = Ranges::new();
    for slot in slots {
        let range = extent(slot).filter(|range| range.end <= source.length());
        let range = range.ok_or(Flaw("a partition ends after the image"))?;
        if own.overlaps(range.clone()) {
            return Err(Flaw("a partition overlaps the partition table"));
        }
        if taken.overlaps(range.clone()) {
            return Err(Flaw("partitions overlap"));
        }
        taken.insert(range);
    }
    Ok(())
}

fn extent(slot: &Slot) -> Option<Range<u64>> {
    Some(slot.start..slot.start.checked_add(slot.length)?)
}

/// The bytes of `N` from `at`; zeros past the end, which cannot be where a caller has sized its buffer.
fn bytes<const N: usize>(buffer: &[u8], at: usize) -> [u8; N] {
    buffer.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

fn le32(buffer: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes(buffer, at))
}

fn le64(buffer: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes(buffer, at))
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]
mod tests;
