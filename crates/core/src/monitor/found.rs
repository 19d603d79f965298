//! What was found in files of a bundle, remembered for as long as `stat` says that they are the same.
//!
//! A look every few seconds must not read them again. Not here: anything that is done on it; a run looks for itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::bundle::{REBUILD_SOURCE, SYSTEM_IMAGE};
use crate::measure::{Depth, MeasuredBundle};
use crate::ports::{Disk, FileFacts, FileKind};
use crate::reclaim::Level;
use crate::reclaim::gain::{self, Gain};
use crate::reclaim::plan::{Reclaimable, Seen};
use crate::reclaim::source;
use crate::vm::Liveness;

/// Findings, with the facts of the file at the time.
#[derive(Default)]
pub(super) struct Found {
    whole: BTreeMap<PathBuf, (FileFacts, Seen)>,
    gains: BTreeMap<PathBuf, (FileFacts, Gain)>,
}

impl Found {
    /// The rebuild source, if it is whole.
    pub(super) fn source(&mut self, disk: &dyn Disk, measured: &MeasuredBundle) -> Option<Seen> {
        let entry = measured.bundle.entry(REBUILD_SOURCE)?;
        if let Some((facts, seen)) = self.whole.get(&entry.path)
            && facts.same_content(&entry.facts)
        {
            return Some(*seen);
        }
        let seen = Seen(source::content_length(disk, &entry.path, entry.facts.logical).ok()?);
        self.whole.insert(entry.path.clone(), (entry.facts.clone(), seen));
        Some(seen)
    }

    /// What compacting the system image would give back. The image is opened only for somebody who looks, and while no VM
    /// has it.
    pub(super) fn gain(&mut self, disk: &dyn Disk, measured: &MeasuredBundle, depth: Depth) -> Option<Gain> {
        let entry = measured.bundle.entry(SYSTEM_IMAGE)?;
        if let Some((facts, gain)) = self.gains.get(&entry.path)
            && facts.same_content(&entry.facts)
            // Holes change nothing else.
            && facts.allocated == entry.facts.allocated
        {
            return Some(gain.clone());
        }
        let target = Reclaimable::at_level(entry, Level::Compact)?;
        if depth == Depth::Glance || measured.liveness() != Liveness::Stopped || entry.facts.kind != FileKind::File {
            return None;
        }
        let gain = gain::look(disk, &target);
        self.gains.insert(entry.path.clone(), (entry.facts.clone(), gain.clone()));
        Some(gain)
    }
}
