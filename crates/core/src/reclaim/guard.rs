//! The guard: may this be done now? Asked for the plan, before the run, before each step, and after moving aside.
//!
//! Every answer it cannot get is a refusal. Not here: the weighing of evidence (`vm`) and the wording (`notice`).

use std::path::Path;
use std::time::Duration;

use super::plan::{Action, Reclaimable};
use super::refusal::Refusal;
use super::{Level, Yard};
use crate::bundle::{self, Bundle, Entry};
use crate::measure::{self, Depth};
use crate::ports::{Asker, Disk, FileFacts, FileKind};
use crate::vm::{Finding, Liveness, Vm};

/// Another Plimsoll asking the same question has the images open for an instant; it is asked again this often.
const PATIENCE: u32 = 25;
const PAUSE: Duration = Duration::from_millis(4);

/// What the VM's state says against a level.
#[must_use]
pub fn vm_refusals(vm: &Vm, level: Level) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    match vm.state {
        Liveness::Running => refusals.push(Refusal::VmRunning { holders: vm.holders.clone() }),
        Liveness::Unknown => {
            let unsure = vm.evidence.iter().filter(|evidence| evidence.finding == Finding::CannotTell);
            refusals.push(Refusal::VmUnknown { missing: unsure.map(|evidence| evidence.detail.clone()).collect() });
        }
        Liveness::Stopped => {}
    }
    // An unfinished download belongs to the app for as long as it runs, open or not.
    if level == Level::Leftovers && vm.app_running {
        refusals.push(Refusal::AppRunning);
    }
    refusals
}

/// Asks everything about the VM again: every file of the bundle, under whatever name it has now, and all below `targets`.
#[must_use]
pub fn ask(yard: Yard<'_>, bundle: &Bundle, level: Level) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for attempt in 0..PATIENCE {
        let mut gaps = Vec::new();
        let now = match bundle::reread(yard.asker.disk, bundle, &mut gaps) {
            Ok(Some(now)) => now,
            Ok(None) => return vec![Refusal::Changed { path: bundle.path.clone() }],
            Err(error) => return vec![Refusal::CannotTell { path: error.path.clone(), why: error.reason() }],
        };
        let mut entries = now.entries;
        for folder in entries.clone().iter().filter(|entry| entry.facts.kind == FileKind::Directory) {
            bundle::walk(yard.asker.disk, &folder.path, &mut entries, &mut gaps, 4);
        }
        if let Some(gap) = gaps.into_iter().next() {
            return vec![Refusal::CannotTell { path: gap.path, why: gap.reason }];
        }
        let vm = measure::look_at_vm(yard.asker.processes, entries.iter(), Depth::Thorough);
        refusals = vm_refusals(&vm, level);
        if attempt + 1 == PATIENCE || !is_only_a_look(&vm) {
            return refusals;
        }
        yard.clock.pause(PAUSE);
    }
    refusals
}

fn is_only_a_look(vm: &Vm) -> bool {
    let ours = |holder: &crate::ports::Holder| holder.pid.is_none() || holder.name.starts_with("plimsoll");
    vm.state == Liveness::Running && vm.holders.iter().all(ours)
}

/// Whether anybody has this one file open, or it cannot be told.
pub(super) fn is_held(yard: Yard<'_>, entry: &Entry) -> bool {
    !ask_file(yard, entry).is_empty()
}

/// What speaks against changing one file, whatever VM it belongs to: that somebody has it open, or that it cannot be told.
#[must_use]
pub fn ask_file(yard: Yard<'_>, entry: &Entry) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for attempt in 0..PATIENCE {
        let vm = measure::look_at_vm(yard.asker.processes, std::iter::once(entry), Depth::Thorough);
        refusals = vm_refusals(&vm, Level::Compact);
        if attempt + 1 == PATIENCE || !is_only_a_look(&vm) {
            return refusals;
        }
        yard.clock.pause(PAUSE);
    }
    refusals
}

/// What a file's facts say against taking it.
#[must_use]
pub fn file_refusals(asker: Asker<'_>, bundle: &Bundle, target: &Reclaimable) -> Vec<Refusal> {
    let facts = target.facts();
    let folder_allowed = bundle::role_of(target.name()) == bundle::Role::Leftover;
    let fits = facts.kind == FileKind::File || (folder_allowed && facts.kind == FileKind::Directory);
    let mut refusals = Vec::new();
    if !fits || facts.identity.device != bundle.identity.device {
        refusals.push(Refusal::NotAFile { path: target.path().to_path_buf() });
    }
    refusals.extend(facts_refusals(asker, target.path(), facts, &bundle.path));
    refusals
}

/// What the facts of an entry in `folder` say against changing it, whatever kind it is.
#[must_use]
pub fn facts_refusals(asker: Asker<'_>, path: &Path, facts: &FileFacts, folder: &Path) -> Vec<Refusal> {
    let path = path.to_path_buf();
    let mut refusals = Vec::new();
    if facts.kind == FileKind::File && facts.links != 1 {
        refusals.push(Refusal::HardLinked { path: path.clone(), links: facts.links });
    }
    if facts.owner != asker.processes.user() {
        refusals.push(Refusal::ForeignOwner { path: path.clone(), owner: facts.owner });
    }
    if facts.immutable {
        refusals.push(Refusal::Immutable { path });
    }
    match asker.disk.volume(folder) {
        Ok(volume) if volume.read_only => refusals.push(Refusal::ReadOnlyVolume { volume: volume.mount_point }),
        Ok(_) => {}
        Err(error) => refusals.push(Refusal::CannotTell { path: error.path.clone(), why: error.reason() }),
    }
    refusals
}

/// Whether the file is still what the plan was made from.
pub fn unchanged(disk: &dyn Disk, target: &Reclaimable) -> Result<(), Refusal> {
    match disk.facts(target.path()) {
        Ok(now) if now.same_content(target.facts()) && now.links == target.facts().links => Ok(()),
        Ok(_) => Err(Refusal::Changed { path: target.path().to_path_buf() }),
        Err(error) if error.is_missing() => Err(Refusal::Vanished { path: target.path().to_path_buf() }),
        Err(error) => Err(Refusal::CannotTell { path: error.path.clone(), why: error.reason() }),
    }
}

/// Format of a session image, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionFormat {
    /// A bare ext4 file system: magic 0xEF53 at byte 0x38 of the superblock at 1024 (kernel documentation, ext4 super).
    RawExt4,
    /// Apple's sparse image format, magic `shdw`.
    Asif,
    /// Neither.
    Unknown,
}

/// Recognises a session image; opens it.
pub fn session_format(disk: &dyn Disk, path: &std::path::Path) -> Result<SessionFormat, crate::ports::DiskError> {
    let head = disk.read_at(path, 0, 1024 + 0x3A)?;
    Ok(if head.starts_with(b"shdw") {
        SessionFormat::Asif
    } else if head.get(1024 + 0x38..) == Some(&[0x53, 0xEF]) {
        SessionFormat::RawExt4
    } else {
        SessionFormat::Unknown
    })
}

/// What speaks against copying those that would be set aside; opens them.
pub fn not_copyable(disk: &dyn Disk, targets: &[Reclaimable]) -> Vec<Refusal> {
    let copied = targets.iter().filter(|target| target.action() == Action::SetAside);
    copied.filter_map(|target| copyable(disk, target)).collect()
}

/// A set-aside copy is byte for byte, so that any of the known formats may be copied; an unknown one is left alone.
fn copyable(disk: &dyn Disk, target: &Reclaimable) -> Option<Refusal> {
    if target.facts().kind != FileKind::File {
        return None;
    }
    match session_format(disk, target.path()) {
        Ok(SessionFormat::RawExt4 | SessionFormat::Asif) => None,
        Ok(SessionFormat::Unknown) => Some(Refusal::UnknownFormat { path: target.path().to_path_buf() }),
        Err(error) => Some(Refusal::CannotTell { path: error.path.clone(), why: error.reason() }),
    }
}
