//! What a killed run left is finished or undone. Which one is a pure function of the journal and of what is on disk.
//!
//! Not here: starting anything new, and what becomes of an image and its clone (`swap`).

use super::journal::{self, Compacted, Journal, JournalError, Moved, Phase, Way, aside_name};
use super::plan::Action;
use super::report::{Receipt, StepDone, Why};
use super::{Level, Yard, guard, set_aside, swap};
use crate::bundle::{self, Entry, Role};
use crate::bytes::Bytes;
use crate::ports::{DiskError, FileKind, Identity};

/// What stands at the names of one moved file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// At its own name.
    pub in_place: Option<Identity>,
    /// At its aside name.
    pub aside: Option<Identity>,
}

/// What stands on disk, as far as the journal names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// For each moved file, in the journal's order.
    pub moved: Vec<Seen>,
    /// For the installed file: at its own name and its temporary one.
    pub installed: Option<Seen>,
    /// The copy stands, whole and with its manifest.
    pub copy_stands: bool,
    /// Before the commit: somebody has the installed file open at its own name, or has written to it, or may have.
    pub installed_used: bool,
    /// The same of what was moved out of its way.
    pub moved_used: bool,
}

impl Scene {
    /// An installed file that somebody uses is there to stay, since going back would lose what is written to it.
    const fn is_committed_by_use(&self) -> bool {
        self.installed_used && !self.moved_used
    }
}

/// One thing recovery does. Numbers are places in the journal's list of moved files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Back to its own name.
    MoveBack(usize),
    /// It goes for good.
    Drop(usize),
    /// It stays under its aside name, and the user is told.
    Keep(usize),
    /// The installed file goes back to its temporary name.
    Uninstall,
    /// The temporary file, a copy of a set-aside copy, goes.
    DropTemporary,
    /// The unfinished copy goes.
    DropCopy,
}

/// Decides. Before the commit everything is undone; after it everything is finished; what is not exactly as the journal
/// says stays where it is.
#[must_use]
pub fn decide(journal: &Journal, scene: &Scene) -> Vec<Act> {
    match journal.phase {
        Phase::Copying | Phase::Moving if scene.is_committed_by_use() => finish(journal, scene),
        // Both are somebody's, so both stay.
        Phase::Copying | Phase::Moving if scene.installed_used => {
            let aside = scene.moved.iter().enumerate().filter(|(_, seen)| seen.aside.is_some());
            aside.map(|(place, _)| Act::Keep(place)).collect()
        }
        Phase::Copying | Phase::Moving => undo(journal, scene),
        Phase::Committed => finish(journal, scene),
        Phase::Punching | Phase::Done => Vec::new(),
    }
}

fn undo(journal: &Journal, scene: &Scene) -> Vec<Act> {
    let mut acts = Vec::new();
    if let (Some(installed), Some(seen)) = (&journal.installed, scene.installed) {
        let ours_in_place = seen.in_place.is_some() && seen.in_place == installed.identity;
        if ours_in_place && seen.aside.is_none() {
            acts.push(Act::Uninstall);
        }
        if ours_in_place || seen.aside.is_some() {
            acts.push(Act::DropTemporary);
        }
    }
    let uninstalled = acts.contains(&Act::Uninstall);
    let replaced = journal.moved.iter().zip(&scene.moved).any(|(moved, seen)| {
        moved.name == bundle::SYSTEM_IMAGE && seen.in_place.is_some_and(|found| found != moved.identity)
    });
    // The copy goes only where its original is known to stand at its own name in the end.
    let mut stands = true;
    // Backwards, as it was done.
    for (place, (moved, seen)) in journal.moved.iter().zip(&scene.moved).enumerate().rev() {
        let is_ours = seen.aside == Some(moved.identity);
        let free = seen.in_place.is_none()
            || (uninstalled && journal.installed.as_ref().is_some_and(|installed| installed.name == moved.name));
        match (is_ours, free, moved.action) {
            // It would vouch for the new image, whose own marker the app writes last.
            (true, true, Action::Remove) if replaced && moved.name == bundle::SYSTEM_MARKER => {
                acts.push(Act::Drop(place));
            }
            (true, true, _) => acts.push(Act::MoveBack(place)),
            // The app has made a new one meanwhile: the old one is what the plan meant to give back.
            (true, false, Action::Remove) => acts.push(Act::Drop(place)),
            (true, false, _) => {
                stands = false;
                acts.push(Act::Keep(place));
            }
            (false, _, action) => {
                stands &= action != Action::SetAside || seen.in_place == Some(moved.identity);
                acts.extend(seen.aside.map(|_| Act::Keep(place)));
            }
        }
    }
    if journal.copy.is_some() && stands {
        acts.push(Act::DropCopy);
    }
    acts
}

fn finish(journal: &Journal, scene: &Scene) -> Vec<Act> {
    let seen = journal.moved.iter().zip(&scene.moved).enumerate();
    seen.filter_map(|(place, (moved, seen))| {
        let aside = seen.aside?;
        let safe = match moved.action {
            Action::Remove => true,
            // User data goes only while its copy stands.
            Action::SetAside => scene.copy_stands,
            Action::Restore | Action::Compact => false,
        };
        Some(if safe && aside == moved.identity { Act::Drop(place) } else { Act::Keep(place) })
    })
    .collect()
}

/// What recovery did.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    /// The run's receipt, when it was finished rather than undone.
    pub receipt: Option<Receipt>,
    /// Anything left in an unusual place, in words.
    pub notes: Vec<String>,
    /// Something was undone.
    pub undone: bool,
}

/// A journal that names anything but what a run of ours may touch is not followed.
fn is_sound(journal: &Journal) -> bool {
    let plain = |name: &str| !name.contains('/') && name != ".." && !name.is_empty();
    let moved = journal.moved.iter().all(|moved| {
        let role = bundle::role_of(&moved.name);
        plain(&moved.name)
            && moved.aside == aside_name(&journal.id, &moved.name)
            && match moved.action {
                Action::Remove => {
                    role == Role::Leftover || moved.name == bundle::SYSTEM_IMAGE || moved.name == bundle::SYSTEM_MARKER
                }
                Action::SetAside => moved.name == bundle::SESSION_IMAGE && journal.copy.is_some(),
                Action::Restore | Action::Compact => false,
            }
    });
    let installed = journal.installed.as_ref().is_none_or(|installed| {
        installed.name == bundle::SESSION_IMAGE
            && installed.temporary == aside_name(&journal.id, &format!("restored-{}", installed.name))
    });
    let compacted = journal.compacted.as_ref().is_none_or(|compacted| is_sound_compaction(journal, compacted));
    plain(&journal.id) && moved && installed && compacted && journal.copy.as_ref().is_none_or(|copy| plain(&copy.id))
}

fn is_sound_compaction(journal: &Journal, compacted: &Compacted) -> bool {
    let alone = journal.moved.is_empty() && journal.installed.is_none() && journal.copy.is_none();
    let image = [bundle::SYSTEM_IMAGE, bundle::SESSION_IMAGE].contains(&compacted.name.as_str());
    let way = match &compacted.way {
        Way::Clone { name, made } => {
            // A run that was undone before it was known, or before there was a clone, is done without.
            let known = made.is_some() || matches!(journal.phase, Phase::Copying | Phase::Done);
            *name == aside_name(&journal.id, &compacted.name) && known && journal.phase != Phase::Punching
        }
        Way::InPlace => matches!(journal.phase, Phase::Punching | Phase::Done),
    };
    journal.level == Some(Level::Compact) && alone && image && way
}

/// Looks for an unfinished run and finishes or undoes it; not while somebody else is at work on its bundle. The journal
/// stays until [`journal::settle`], so that the receipt can be kept first.
pub fn recover(yard: Yard<'_>) -> Result<Option<Recovered>, JournalError> {
    let Some(mut journal) = journal::load(yard)? else { return Ok(None) };
    if !is_sound(&journal) {
        let why = "it names files that no run of Plimsoll touches".to_owned();
        return Err(JournalError::Unreadable { path: yard.journal_path(), why });
    }
    if journal.phase == Phase::Done {
        return Ok(Some(Recovered { receipt: journal.receipt, ..Recovered::default() }));
    }
    let folder = folder(yard, &journal)?;
    // One that keeps its own files in another folder has only this claim in common with us.
    let claim = if folder.is_some() { yard.asker.disk.claim(&journal.bundle)? } else { None };
    match folder {
        Some(_) if claim.is_none() => return Ok(None),
        Some(folder) if folder.inode == journal.identity.inode => journal.renumber(folder.device),
        None if is_away(yard, &journal) => return Err(JournalError::Away { bundle: journal.bundle }),
        _ => {}
    }
    commit_if_used(yard, &mut journal)?;
    let (steps, notes) = carry_out(yard, &journal)?;
    let (undone, finished) = match (journal.phase, &journal.compacted) {
        (Phase::Committed, _) => (false, true),
        // What came back came back, and there is nothing to undo.
        (Phase::Punching, _) => (false, !steps.is_empty()),
        // The VM may run on the compacted disk already, and then that run is finished.
        (_, Some(_)) => (steps.is_empty() && notes.is_empty(), !steps.is_empty()),
        _ => (true, false),
    };
    let receipt = finished.then(|| receipt(yard, &journal, steps, true));
    journal.phase = Phase::Done;
    journal.receipt.clone_from(&receipt);
    journal::save(yard, &journal)?;
    Ok(Some(Recovered { receipt, notes, undone }))
}

/// The folder where the bundle was; what may not be looked at is not taken for gone.
fn folder(yard: Yard<'_>, journal: &Journal) -> Result<Option<Identity>, DiskError> {
    match yard.asker.disk.facts(&journal.bundle) {
        Ok(facts) => Ok((facts.kind == FileKind::Directory).then_some(facts.identity)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a bundle that is not there is on a volume that is not mounted, rather than removed from one that is.
fn is_away(yard: Yard<'_>, journal: &Journal) -> bool {
    let Some(mount_point) = &journal.mount_point else { return false };
    let above = journal.bundle.ancestors().find_map(|above| yard.asker.disk.volume(above).ok());
    above.is_none_or(|volume| volume.mount_point != *mount_point)
}

/// Commits a restore whose image somebody uses already. Says whether it did.
pub(super) fn commit_if_used(yard: Yard<'_>, journal: &mut Journal) -> Result<bool, JournalError> {
    let used = journal.phase == Phase::Moving && look(yard, journal)?.is_committed_by_use();
    if used {
        journal.phase = Phase::Committed;
        journal::save(yard, journal)?;
    }
    Ok(used)
}

/// Looks at the scene, decides, and does it. Also how a run undoes itself and how it ends.
pub fn carry_out(yard: Yard<'_>, journal: &Journal) -> Result<(Vec<StepDone>, Vec<String>), DiskError> {
    let disk = yard.asker.disk;
    if folder(yard, journal)? != Some(journal.identity) {
        // The bundle itself has gone: nothing of it is in a third place, and there is nothing to move back to.
        return Ok((Vec::new(), vec![format!("{} is not there any more", journal.bundle.display())]));
    }
    if journal.compacted.is_some() {
        return swap::carry_out(yard, journal);
    }
    let scene = look(yard, journal)?;
    let (mut steps, mut notes) = (Vec::new(), Vec::new());
    for act in decide(journal, &scene) {
        match act {
            Act::MoveBack(place) => {
                if let Some(moved) = journal.moved.get(place) {
                    disk.rename(&journal.bundle, &moved.aside, &moved.name)?;
                }
            }
            Act::Drop(place) => {
                if let Some(moved) = journal.moved.get(place) {
                    steps.push(drop_aside(yard, journal, moved)?);
                }
            }
            Act::Keep(place) => {
                if let Some(moved) = journal.moved.get(place) {
                    notes.push(format!("kept {} as {}", moved.name, journal.bundle.join(&moved.aside).display()));
                }
            }
            Act::Uninstall => {
                if let Some(installed) = &journal.installed {
                    disk.rename(&journal.bundle, &installed.name, &installed.temporary)?;
                }
            }
            Act::DropTemporary => {
                if let Some(installed) = &journal.installed {
                    disk.remove(&journal.bundle.join(&installed.temporary))?;
                }
            }
            Act::DropCopy => {
                if let Some(copy) = &journal.copy {
                    set_aside::remove(yard, &copy.id)?;
                }
            }
        }
    }
    Ok((steps, notes))
}

fn drop_aside(yard: Yard<'_>, journal: &Journal, moved: &Moved) -> Result<StepDone, DiskError> {
    yard.asker.disk.remove(&journal.bundle.join(&moved.aside))?;
    let kept = match (moved.action, &journal.copy) {
        (Action::SetAside, Some(copy)) => copy.stored.unwrap_or_default(),
        _ => Bytes::ZERO,
    };
    let path = journal.bundle.join(&moved.name);
    Ok(StepDone { action: moved.action, path, freed_bytes: moved.expected.less(kept) })
}

fn look(yard: Yard<'_>, journal: &Journal) -> Result<Scene, DiskError> {
    let identity = |name: &str| match yard.asker.disk.facts(&journal.bundle.join(name)) {
        Ok(facts) => Ok(Some(facts.identity)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    };
    let seen =
        |name: &str, aside: &str| Ok::<_, DiskError>(Seen { in_place: identity(name)?, aside: identity(aside)? });
    let mut scene = Scene {
        moved: journal.moved.iter().map(|moved| seen(&moved.name, &moved.aside)).collect::<Result<_, _>>()?,
        installed: journal.installed.as_ref().map(|file| seen(&file.name, &file.temporary)).transpose()?,
        copy_stands: journal.copy.as_ref().is_some_and(|copy| set_aside::stands(yard, &copy.id)),
        ..Scene::default()
    };
    if let (Phase::Moving, Some(installed), Some(seen)) = (journal.phase, &journal.installed, scene.installed)
        && seen.in_place.is_some()
        && seen.in_place == installed.identity
    {
        scene.installed_used = is_used(yard, journal, &installed.name, installed.modified)?;
        let copy = journal.copy.as_ref().and_then(|copy| set_aside::load(yard, &copy.id).ok());
        let copied = copy.map(|manifest| manifest.modified);
        for moved in &journal.moved {
            scene.moved_used |= is_used(yard, journal, &moved.aside, copied)?;
        }
    }
    Ok(scene)
}

/// Whether somebody has this file open, or has written to it since it had this date, or may have.
fn is_used(yard: Yard<'_>, journal: &Journal, name: &str, dated: Option<(i64, u32)>) -> Result<bool, DiskError> {
    let path = journal.bundle.join(name);
    let facts = match yard.asker.disk.facts(&path) {
        Err(error) if error.is_missing() => return Ok(false),
        other => other?,
    };
    let written = dated != Some(facts.modified);
    let entry = Entry { name: name.to_owned(), path, role: bundle::role_of(name), facts };
    Ok(written || guard::is_held(yard, &entry))
}

/// The record of a run that came to its end.
#[must_use]
pub fn receipt(yard: Yard<'_>, journal: &Journal, mut steps: Vec<StepDone>, recovered: bool) -> Receipt {
    if let Some(installed) = &journal.installed {
        let path = journal.bundle.join(&installed.name);
        steps.insert(0, StepDone { action: Action::Restore, path, freed_bytes: Bytes::ZERO });
    }
    let after = yard.asker.disk.volume(&journal.bundle).map_or(Bytes::ZERO, |volume| volume.free);
    Receipt {
        id: journal.id.clone(),
        at: yard.clock.now(),
        level: journal.level,
        bundle: journal.bundle.clone(),
        freed_bytes: steps.iter().map(|step| step.freed_bytes).sum(),
        steps,
        volume_free_before_bytes: journal.free_before,
        volume_free_after_bytes: after,
        later: journal.later,
        set_aside: journal.copy.as_ref().map(|copy| copy.id.clone()),
        recovered,
        reason: Why::Asked,
        suspects: Vec::new(),
        start: None,
        sequel: None,
    }
}
