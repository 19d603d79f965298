//! An image opened for reading: its partitions, and the file systems in them that can be trimmed.
//!
//! Not here: what becomes a hole (`plan`).

use std::fs::File;
use std::ops::Range;

use crate::error::{Error, Reason};
use crate::ext4::{self, Ext4, Walk};
use crate::layout::{FileSystem, Layout, Partition};
use crate::ranges::{Merger, align_inward};
use crate::source::{FileSource, Source, Window};
use crate::table::{self, Table};
use crate::watch::{Phase, Watch};

/// A file whose table has been read.
pub(crate) struct Image<'a> {
    length: u64,
    table: Table,
    windows: Vec<Window<'a>>,
}

/// What was found in each partition, in the table's order.
pub(crate) type Volumes<'a> = Vec<Result<Ext4<'a>, Reason>>;

/// Looks whether the file can be a raw image at all.
pub(crate) fn source(file: &File) -> Result<FileSource<'_>, Error> {
    let looking = |source| Error::Io { doing: "look at the image", source };
    if !file.metadata().map_err(looking)?.is_file() {
        return Err(Error::NotAFile);
    }
    let source = FileSource::new(file).map_err(looking)?;
    match table::not_raw(&source) {
        Some(format) => Err(Error::NotRaw(format)),
        None => Ok(source),
    }
}

impl<'a> Image<'a> {
    /// Reads the partition table.
    pub(crate) fn open(source: &'a dyn Source) -> Result<Self, Error> {
        let table = table::read(source)?;
        let windows = table.slots.iter().map(|slot| Window::new(source, slot.start, slot.length)).collect();
        Ok(Self { length: source.length(), table, windows })
    }

    /// Opens the file system of every partition.
    pub(crate) fn volumes(&self) -> Volumes<'_> {
        self.windows
            .iter()
            .map(|window| match (&self.table.note, table::identify(window)) {
                (Some(note), _) => Err(note.clone()),
                (None, FileSystem::Ext2 | FileSystem::Ext3 | FileSystem::Ext4) => Ext4::open(window),
                (None, FileSystem::Fat) => Err(Reason::OtherFileSystem("FAT")),
                (None, FileSystem::Other(name)) => Err(Reason::OtherFileSystem(name)),
                (None, FileSystem::Unknown) => Err(Reason::UnknownFileSystem),
            })
            .collect()
    }

    /// What is said about the image.
    pub(crate) fn layout(&self, volumes: &Volumes<'_>) -> Layout {
        let partitions = self.table.slots.iter().zip(&self.windows).zip(volumes).map(|((slot, window), volume)| {
            let told = match volume {
                Ok(volume) => Some((volume.kind(), volume.block_size(), volume.total_bytes())),
                Err(_) => ext4::glance(window),
            };
            Partition {
                index: slot.index,
                kind: slot.kind.clone(),
                start: slot.start,
                length: slot.length,
                file_system: told.map_or_else(|| table::identify(window), |(kind, ..)| kind),
                block_size: told.map(|(_, size, _)| size),
                total_bytes: told.map(|(.., total)| total),
                free_bytes: volume.as_ref().ok().map(Ext4::free_bytes),
                left_mounted: volume.as_ref().is_ok_and(Ext4::is_left_mounted),
                skipped: volume.as_ref().err().cloned(),
            }
        });
        Layout { length: self.length, table: self.table.kind, partitions: partitions.collect() }
    }

    /// Free ranges of all sound volumes, in bytes of the image, merged and aligned inward to `unit`, ascending. `sink`
    /// says whether to go on.
    pub(crate) fn free(
        &self,
        volumes: &Volumes<'_>,
        unit: u64,
        sink: &mut dyn FnMut(Range<u64>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut order: Vec<_> = self.table.slots.iter().zip(volumes).collect();
        order.sort_by_key(|(slot, _)| slot.start);
        for (slot, volume) in order {
            let Ok(volume) = volume else { continue };
            let mut outcome = Ok(());
            let mut give = |range: Range<u64>| {
                let range = align_inward(range, unit);
                if outcome.is_ok() && !range.is_empty() {
                    outcome = sink(range);
                }
            };
            let mut merger = Merger::default();
            for group in 0..volume.groups() {
                let mut push =
                    |range: Range<u64>| merger.push(slot.start + range.start..slot.start + range.end, &mut give);
                volume.free_in(group, &mut push).map_err(Error::Again)?;
            }
            merger.finish(&mut give);
            outcome?;
        }
        Ok(())
    }
}

/// Checks all groups of the sound volumes and, when asked to, walks over their inodes. What fails becomes a reason to
/// leave the volume alone.
pub(crate) fn prove(volumes: &mut Volumes<'_>, inodes: bool, watch: &mut dyn Watch) -> Result<(), Error> {
    for slot in volumes {
        let Ok(volume) = slot else { continue };
        let groups = volume.groups();
        let mut stop = |group| {
            watch.advanced(Phase::Reading, group, groups);
            watch.stop()
        };
        let proved =
            volume.check_groups().and_then(|()| if inodes { volume.walk_inodes(&mut stop) } else { Ok(Walk::Proved) });
        match proved {
            Ok(Walk::Proved) => {}
            Ok(Walk::Stopped) => return Err(Error::Stopped),
            Err(reason) => *slot = Err(reason),
        }
    }
    Ok(())
}
