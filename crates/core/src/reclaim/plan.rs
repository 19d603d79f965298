//! What would be done at a level: steps with exact paths, bytes expected back, later cost, and what speaks against it.
//!
//! Not here: doing it (`run`). A step can only be built from a [`Reclaimable`], and a `Reclaimable` only from an entry of
//! a bundle whose role and name allow it at that level; there is no other way to make one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::gain::{self, Gain};
use super::refusal::Refusal;
use super::source::{self, SourceError};
use super::{Level, Scope, Wish, Yard, guard};
use crate::bundle::{
    self, Bundle, Entry, REBUILD_SOURCE, Role, SESSION_IMAGE, SOURCE_MARKER, SYSTEM_IMAGE, SYSTEM_MARKER,
};
use crate::bytes::Bytes;
use crate::gauge;
use crate::measure::MeasuredBundle;
use crate::ports::{FileFacts, FileKind};

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It goes.
    Remove,
    /// A verified, compressed copy is kept, then the file goes.
    SetAside,
    /// A set-aside copy comes back.
    Restore,
    /// What the guest does not use becomes holes; what it uses stays the same.
    Compact,
}

/// A file that may be given back, with the facts it was judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reclaimable {
    name: String,
    path: PathBuf,
    facts: FileFacts,
    action: Action,
}

impl Reclaimable {
    /// The only gate: which entry may be touched at which level, and how.
    #[must_use]
    pub fn at_level(entry: &Entry, wish: impl Into<Wish>) -> Option<Self> {
        let Wish { level, scope } = wish.into();
        let action = match (level, entry.role, entry.name.as_str()) {
            (Level::Leftovers, Role::Leftover, _)
            | (Level::Rebuild | Level::Reset, Role::Rebuildable, SYSTEM_IMAGE | SYSTEM_MARKER) => Action::Remove,
            (Level::Reset, Role::UserData, SESSION_IMAGE) => Action::SetAside,
            (Level::Compact, Role::Rebuildable, SYSTEM_IMAGE) if scope == Scope::System => Action::Compact,
            (Level::Compact, Role::UserData, SESSION_IMAGE) if scope == Scope::Session => Action::Compact,
            _ => return None,
        };
        let facts = entry.facts.clone();
        Some(Self { name: entry.name.clone(), path: entry.path.clone(), facts, action })
    }

    /// Its name in the bundle.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it was judged by.
    #[must_use]
    pub fn facts(&self) -> &FileFacts {
        &self.facts
    }

    /// What happens to it.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The file.
    pub target: Reclaimable,
    /// Bytes the volume is expected to get back.
    pub expected: Bytes,
}

/// What a level costs afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// Bytes the app writes again at the next start of the VM.
    pub written_bytes: Bytes,
    /// Bytes it downloads for that.
    pub download_bytes: Bytes,
}

/// What would be done at one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The level.
    pub level: Level,
    /// Which image, where the level is *compact*.
    pub scope: Scope,
    /// The bundle's folder.
    pub bundle: PathBuf,
    /// Stands for everything the plan was made from; another means that the facts have changed.
    pub fingerprint: String,
    /// In order.
    pub steps: Vec<Step>,
    /// Sum over the steps.
    pub expected: Bytes,
    /// What it costs afterwards.
    pub later: Later,
    /// Why it cannot be done now; empty when it can.
    pub refusals: Vec<Refusal>,
}

impl Plan {
    /// What it was made for.
    #[must_use]
    pub fn wish(&self) -> Wish {
        Wish { level: self.level, scope: self.scope }
    }
}

/// How thoroughly the rebuild source is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceCheck {
    /// Its frames, block by block.
    Frames,
    /// As well, all of it is decoded and its checksums compared.
    FullDecode,
}

/// A leftover is dead when nothing wrote to it for a day: the longest download or decompression seen took under three hours.
const DEAD_AFTER_SECONDS: i64 = 24 * 3600;

/// A rebuild source that was found whole and has not changed since, with the length of its content where its frames say
/// so. Good enough to show a plan; none is carried out on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen(pub Option<Bytes>);

/// How the rebuild source is known to be whole, and the guest's free blocks are known.
#[derive(Clone, Copy)]
enum Source<'a> {
    Checked(SourceCheck),
    Seen(Option<Seen>, Option<&'a Gain>),
    /// Nothing of the bundle may be opened, so it is not known, and taken for whole.
    Unopened(Option<&'a Gain>),
}

impl Source<'_> {
    fn opens(self) -> bool {
        !matches!(self, Self::Unopened(_))
    }
}

/// Makes the plan of a level from facts just measured.
#[must_use]
pub fn make(yard: Yard<'_>, measured: &MeasuredBundle, wish: impl Into<Wish>, check: SourceCheck) -> Plan {
    draft(yard, measured, wish.into(), Source::Checked(check))
}

/// Makes a plan to be shown, without reading again what was found before. A run makes its own before it does anything.
#[must_use]
pub fn glance(
    yard: Yard<'_>,
    measured: &MeasuredBundle,
    level: Level,
    seen: Option<Seen>,
    gain: Option<&Gain>,
) -> Plan {
    draft(yard, measured, level.into(), Source::Seen(seen, gain))
}

/// Makes a plan to be shown while nobody acts, from `stat` and what was found before: no file of the bundle is opened.
#[must_use]
pub fn outline(yard: Yard<'_>, measured: &MeasuredBundle, level: Level, gain: Option<&Gain>) -> Plan {
    draft(yard, measured, level.into(), Source::Unopened(gain))
}

fn draft(yard: Yard<'_>, measured: &MeasuredBundle, wish: Wish, source: Source<'_>) -> Plan {
    let (bundle, level) = (&measured.bundle, wish.level);
    let mut refusals = guard::vm_refusals(&measured.vm, level);
    let mut targets: Vec<Reclaimable> = bundle
        .entries
        .iter()
        .filter_map(|entry| Reclaimable::at_level(entry, wish))
        .filter(|target| level != Level::Leftovers || is_dead(yard, bundle, target))
        .collect();
    // The marker goes after its image and, undone, comes back before it, so that it never vouches for an image that a
    // killed run has left away.
    targets.sort_by_key(|target| target.name() == SYSTEM_MARKER);
    for target in &targets {
        refusals.extend(guard::file_refusals(yard.asker, bundle, target));
    }
    let mut later = Later::default();
    if matches!(level, Level::Rebuild | Level::Reset) && targets.iter().any(|t| t.name() == SYSTEM_IMAGE) {
        match rebuild_cost(yard, measured, source) {
            Ok(cost) => later = cost,
            Err(more) => refusals.extend(more),
        }
    }
    if level == Level::Reset {
        if source.opens() {
            refusals.extend(guard::not_copyable(yard.asker.disk, &targets));
        }
        refusals.extend(room_for_copies(yard, &targets));
    }
    if level == Level::Compact {
        let (more, gain) = compact_cost(yard, bundle, &targets, source, refusals.is_empty());
        refusals.extend(more);
        targets.retain(|_| gain != Some(Bytes::ZERO));
        let steps = targets.into_iter().map(|target| Step { expected: gain.unwrap_or_default(), target }).collect();
        return plan_of(bundle, wish, steps, later, refusals);
    }
    let steps: Vec<Step> = targets
        .into_iter()
        .map(|target| {
            // Not knowing what a clone shares only makes the promise too large, never the deletion.
            let shared = yard.asker.disk.shared(target.path()).ok().flatten().unwrap_or_default();
            Step { expected: target.facts().allocated.less(shared), target }
        })
        .collect();
    plan_of(bundle, wish, steps, later, refusals)
}

fn plan_of(bundle: &Bundle, wish: Wish, steps: Vec<Step>, later: Later, refusals: Vec<Refusal>) -> Plan {
    let Wish { level, scope } = wish;
    let fingerprint = fingerprint(level, bundle, &steps);
    let expected = steps.iter().map(|step| step.expected).sum();
    Plan { level, scope, bundle: bundle.path.clone(), fingerprint, steps, expected, later, refusals }
}

/// What speaks against compacting, and what would come back; none when that is not known.
fn compact_cost(
    yard: Yard<'_>,
    bundle: &Bundle,
    targets: &[Reclaimable],
    source: Source<'_>,
    open: bool,
) -> (Vec<Refusal>, Option<Bytes>) {
    let Some(target) = targets.first() else { return (Vec::new(), None) };
    // An overlay may show what the image below it has in blocks that are free there.
    let layers: Vec<Refusal> = layers(bundle).map(|path| Refusal::Layered { path }).collect();
    let found = match source {
        Source::Unopened(gain) | Source::Seen(_, gain @ Some(_)) => gain.cloned(),
        // What is refused anyway is not opened for that.
        Source::Checked(_) | Source::Seen(_, None) => {
            (open && layers.is_empty()).then(|| gain::look(yard.asker.disk, target))
        }
    };
    match found {
        None => (layers, None),
        Some(Gain::Refused(refusal)) => (layers.into_iter().chain([refusal]).collect(), Some(Bytes::ZERO)),
        Some(Gain::Found(back)) => (layers, Some(back)),
    }
}

fn is_dead(yard: Yard<'_>, bundle: &Bundle, target: &Reclaimable) -> bool {
    // Disks of the other format are superseded only where the image of this one exists.
    if target.name().contains(".vhdx") && bundle.entry(SYSTEM_IMAGE).is_none() {
        return false;
    }
    let mut newest = target.facts().modified.0;
    if target.facts().kind == FileKind::Directory {
        let (mut files, mut gaps) = (Vec::new(), Vec::new());
        bundle::walk(yard.asker.disk, target.path(), &mut files, &mut gaps, 4);
        let foreign = files.iter().any(|file| file.facts.identity.device != bundle.identity.device);
        if !gaps.is_empty() || foreign {
            return false;
        }
        newest = files.iter().map(|file| file.facts.modified.0).fold(newest, i64::max);
    }
    yard.clock.now().as_second().saturating_sub(newest) >= DEAD_AFTER_SECONDS
}

/// What the rebuild will write and fetch, or why the image would not come back.
fn rebuild_cost(yard: Yard<'_>, measured: &MeasuredBundle, source: Source<'_>) -> Result<Later, Vec<Refusal>> {
    let (disk, bundle) = (yard.asker.disk, &measured.bundle);
    let mut refusals: Vec<Refusal> = layers(bundle).map(|path| Refusal::Layered { path }).collect();
    let Some(zst) = bundle.entry(REBUILD_SOURCE) else {
        refusals.push(Refusal::SourceMissing { path: bundle.path.join(REBUILD_SOURCE) });
        return Err(refusals);
    };
    let image = bundle.entry(SYSTEM_IMAGE).map(|entry| entry.facts.clone());
    let logical = image.as_ref().map_or(Bytes::ZERO, |facts| facts.logical);
    let written = match whole_source(yard, zst, source) {
        Ok(length) => length.unwrap_or(logical),
        Err(error) => {
            refusals.push(Refusal::SourceBroken { path: zst.path.clone(), why: error.to_string() });
            return Err(refusals);
        }
    };
    if let Some(volume) = &measured.volume {
        let available = volume.free.plus(image.map_or(Bytes::ZERO, |facts| facts.allocated));
        if available < written {
            let volume = volume.mount_point.clone();
            refusals.push(Refusal::NoRoom { needed: written, available, volume });
        }
    } else {
        let why = "the volume's free space cannot be measured".to_owned();
        refusals.push(Refusal::CannotTell { path: bundle.path.clone(), why });
    }
    let marker = |name: &str| {
        let entry = bundle.entry(name).filter(|entry| source.opens() && entry.facts.kind == FileKind::File)?;
        disk.read_at(&entry.path, 0, 64).ok()
    };
    // Another release beside the image than the one it was made from: the app fetches the difference.
    let same = marker(SYSTEM_MARKER).zip(marker(SOURCE_MARKER)).is_none_or(|(image, source)| image == source);
    let download_bytes = if same { Bytes::ZERO } else { zst.facts.logical };
    if refusals.is_empty() { Ok(Later { written_bytes: written, download_bytes }) } else { Err(refusals) }
}

fn whole_source(yard: Yard<'_>, zst: &Entry, source: Source<'_>) -> Result<Option<Bytes>, SourceError> {
    let frames = || source::content_length(yard.asker.disk, &zst.path, zst.facts.logical);
    match source {
        Source::Seen(Some(Seen(length)), _) => Ok(length),
        Source::Unopened(_) => Ok(None),
        Source::Seen(None, _) | Source::Checked(SourceCheck::Frames) => frames(),
        Source::Checked(SourceCheck::FullDecode) => {
            frames()?;
            Ok(Some(yard.asker.disk.decode(&zst.path, yard.progress)?))
        }
    }
}

/// Overlays over the system image, which a community backend keeps in the same folder.
fn layers(bundle: &Bundle) -> impl Iterator<Item = PathBuf> + '_ {
    bundle
        .entries
        .iter()
        .filter(|entry| entry.role == Role::Unknown && entry.path.extension().is_some_and(|e| e == "qcow2"))
        .map(|entry| entry.path.clone())
}

/// A copy is at most as large as what is allocated, give or take the frame around it.
pub(super) fn room_for_copies(yard: Yard<'_>, targets: &[Reclaimable]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for target in targets.iter().filter(|target| target.action() == Action::SetAside) {
        let needed = target.facts().allocated.plus(Bytes::mega(1));
        let there = |above: &&Path| yard.asker.disk.facts(above).is_ok();
        let place = yard.state.ancestors().find(there).unwrap_or(Path::new("/"));
        match yard.asker.disk.volume(place) {
            Ok(volume) if volume.free >= needed => {}
            Ok(volume) => {
                refusals.push(Refusal::NoRoom { needed, available: volume.free, volume: volume.mount_point });
            }
            Err(error) => refusals.push(Refusal::CannotTell { path: error.path.clone(), why: error.reason() }),
        }
    }
    refusals
}

fn fingerprint(level: Level, bundle: &Bundle, steps: &[Step]) -> String {
    let mut text = format!("{}\n{:?}\n{}\n", level.name(), bundle.identity, bundle.path.display());
    for Step { target, .. } in steps {
        let facts = target.facts();
        let _ = writeln!(
            text,
            "{:?} {} {:?} {} {:?}",
            target.action(),
            target.name(),
            facts.identity,
            facts.logical.0,
            facts.modified
        );
    }
    blake3::hash(text.as_bytes()).to_hex().chars().take(32).collect()
}

/// The least destructive level that brings the gauge back to calm, or else the one that brings back the most.
///
/// Plans that are refused or empty are passed over, unless there is no other. A reset is never recommended: nothing may
/// touch session data without being asked for by name. Nor is a rebuild while all is calm: it is a loan, and nobody needs
/// it then.
pub fn recommend(plans: &[Plan], after: impl Fn(Bytes) -> gauge::Level) -> Option<&Plan> {
    let calm = after(Bytes::ZERO) == gauge::Level::Calm;
    let never = |plan: &Plan| match plan.level {
        Level::Leftovers => false,
        Level::Compact => plan.scope == Scope::Session,
        Level::Rebuild => calm,
        Level::Reset => true,
    };
    let useful = || plans.iter().filter(|plan| !never(plan) && plan.expected > Bytes::ZERO);
    let open = || useful().filter(|plan| plan.refusals.is_empty());
    open()
        .find(|plan| after(plan.expected) == gauge::Level::Calm)
        .or_else(|| open().max_by_key(|plan| plan.expected))
        .or_else(|| useful().next())
}
