//! The guest's own account of its disks: what its file systems have free, and when they are full.
//!
//! An image is opened only when a person looks, and again only once it has changed. Not here: reading file systems
//! (`holes`), rates (`growth`), dates (`forecast`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use holes::{FileSystem, Layout};
use jiff::Timestamp;
use serde::Serialize;

use crate::bundle::{Bundle, Entry, SESSION_IMAGE, SYSTEM_IMAGE};
use crate::bytes::Bytes;
use crate::forecast::{self, Forecast};
use crate::growth::{self, Growth};
use crate::measure::MeasuredBundle;
use crate::ports::{Disk, FileFacts, FileKind};
use crate::sample::{GuestFree, Sample};
use crate::vm::Liveness;

/// What a guest says of one of its disks: of the largest ext2, ext3 or ext4 file system in the image, since that is the
/// one it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes of the file system.
    pub total: Bytes,
    /// Bytes free in it, what it keeps for root included.
    pub free: Bytes,
    /// When that was read. A guest that runs writes it down only now and then.
    pub as_of: Timestamp,
}

/// One disk of the guest, and when it is full.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guest {
    /// Bytes of its file system.
    pub total_bytes: Bytes,
    /// Bytes free in it.
    pub free_bytes: Bytes,
    /// When that was read from the image.
    pub as_of: Timestamp,
    /// The image may say something else by now: it has changed since, or somebody has it open.
    #[serde(skip)]
    pub is_old: bool,
    /// How fast free bytes go.
    #[serde(skip)]
    pub growth: Growth,
    /// When none are left.
    pub forecast: Forecast,
}

/// What was read from each image, remembered until the image changes.
#[derive(Debug, Default)]
pub struct Guests {
    seen: BTreeMap<PathBuf, Seen>,
}

#[derive(Debug)]
struct Seen {
    /// The image as it was looked into last.
    facts: FileFacts,
    /// What was read then, or before when it could not be read then.
    space: Option<Space>,
    /// It was read then.
    current: bool,
}

impl Guests {
    /// Looks into the images that have changed since the last look; opens them.
    pub fn look(&mut self, disk: &dyn Disk, bundle: &Bundle, now: Timestamp) {
        for entry in images(bundle) {
            let earlier = self.seen.get(&entry.path);
            if earlier.is_some_and(|seen| seen.facts.same_content(&entry.facts)) {
                continue;
            }
            let read = disk.layout(&entry.path).ok().and_then(|layout| space(&layout, now));
            // A log that is being written cannot be read; what was true a while ago is still worth showing.
            let same = earlier.filter(|seen| seen.facts.identity == entry.facts.identity);
            let space = read.or(same.and_then(|seen| seen.space));
            let seen = Seen { facts: entry.facts.clone(), space, current: read.is_some() };
            self.seen.insert(entry.path.clone(), seen);
        }
    }

    /// What history keeps: only what the images still say.
    #[must_use]
    pub fn free(&self, bundle: &Bundle) -> GuestFree {
        let free = |name| {
            let entry = images(bundle).find(|entry| entry.name == name)?;
            self.current(entry).map(|space| space.free)
        };
        GuestFree { system: free(SYSTEM_IMAGE), session: free(SESSION_IMAGE) }
    }

    /// Every image of which something is known, by its name, with what follows from `samples`.
    #[must_use]
    pub fn outlook(&self, measured: &MeasuredBundle, samples: &[Sample], now: Timestamp) -> BTreeMap<String, Guest> {
        let known = images(&measured.bundle).filter_map(|entry| {
            let seen = self.seen.get(&entry.path)?;
            let space = seen.space.filter(|_| seen.facts.identity == entry.facts.identity)?;
            let growth = growth::guest_consumption(samples, |sample| {
                let free = sample.guest_free;
                if entry.name == SYSTEM_IMAGE { free.system } else { free.session }
            });
            let guest = Guest {
                total_bytes: space.total,
                free_bytes: space.free,
                as_of: space.as_of,
                is_old: measured.vm.state != Liveness::Stopped || self.current(entry).is_none(),
                forecast: forecast::guest(now, &growth, space.free),
                growth,
            };
            Some((entry.name.clone(), guest))
        });
        known.collect()
    }

    fn current(&self, entry: &Entry) -> Option<Space> {
        let seen = self.seen.get(&entry.path).filter(|seen| seen.current && seen.facts.same_content(&entry.facts))?;
        seen.space
    }
}

/// The guest's disks.
fn images(bundle: &Bundle) -> impl Iterator<Item = &Entry> {
    let named = [SYSTEM_IMAGE, SESSION_IMAGE].into_iter().filter_map(|name| bundle.entry(name));
    named.filter(|entry| entry.facts.kind == FileKind::File)
}

/// What the largest file system of an image says of itself.
fn space(layout: &Layout, now: Timestamp) -> Option<Space> {
    let ours = layout
        .partitions
        .iter()
        .filter(|partition| matches!(partition.file_system, FileSystem::Ext2 | FileSystem::Ext3 | FileSystem::Ext4));
    let spaces = ours.filter_map(|partition| {
        let (total, free) = (Bytes(partition.total_bytes?), Bytes(partition.free_bytes?));
        // Records that claim more than that are not believed.
        (free <= total).then_some(Space { total, free, as_of: now })
    });
    spaces.max_by_key(|space| space.total)
}

#[cfg(test)]
mod tests {
    use holes::{Partition, TableKind};

    use super::*;

    fn partition(file_system: FileSystem, total: Option<u64>, free: Option<u64>) -> Partition {
        Partition {
            index: 1,
            kind: "linux".to_owned(),
            start: 0,
            length: 10,
            file_system,
            block_size: Some(4096),
            total_bytes: total,
            free_bytes: free,
            left_mounted: false,
            skipped: None,
        }
    }

    #[test]
    fn the_largest_file_system_that_is_understood_speaks_for_the_guest() {
        let of = |partitions| space(&Layout { length: 10, table: TableKind::Gpt, partitions }, Timestamp::UNIX_EPOCH);
        let boot = partition(FileSystem::Ext4, Some(500), Some(400));
        let root = partition(FileSystem::Ext4, Some(9_000), Some(7));
        let esp = partition(FileSystem::Fat, Some(90_000), Some(9));
        let liar = partition(FileSystem::Ext4, Some(10_000), Some(10_001));
        let silent = partition(FileSystem::Ext3, None, None);
        let found = of(vec![boot, root, esp, liar, silent.clone()]).expect("a file system");
        assert_eq!((found.total, found.free), (Bytes(9_000), Bytes(7)));
        assert_eq!(of(vec![silent]), None);
        assert_eq!(of(Vec::new()), None);
    }
}
