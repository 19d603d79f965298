//! Undo of a reset: a set-aside session image comes back, and the one that stands there now is set aside in its turn.
//!
//! Not here: the removal of copies; one that was brought back is kept until the user gives it up.

use super::journal::{self, Copy, Installed, Journal, Moved, Phase, aside_name};
use super::plan::{self, Action, Later, Reclaimable};
use super::refusal::Refusal;
use super::report::Report;
use super::run::{self, Stop};
use super::set_aside::{COPY_NAME, Manifest};
use super::{Level, Yard, guard};
use crate::bundle::{self, Bundle, SESSION_IMAGE};
use crate::bytes::Bytes;
use crate::ports::DiskError;

/// Brings a set-aside copy back into its bundle.
#[must_use]
pub fn restore(yard: Yard<'_>, bundle: &Bundle, manifest: &Manifest) -> Report {
    match prepared(yard, bundle, manifest) {
        Ok(report) => report,
        Err(Stop::Refused(refusals)) => Report::refused(refusals),
        Err(Stop::Failed(why)) => Report::failed(why),
    }
}

fn prepared(yard: Yard<'_>, bundle: &Bundle, manifest: &Manifest) -> Result<Report, Stop> {
    let _claims = run::claim(yard, bundle)?;
    if journal::load(yard)?.is_some() {
        return Err(Refusal::Busy.into());
    }
    let bundle = bundle::reread(yard.asker.disk, bundle, &mut Vec::new())?
        .ok_or_else(|| Refusal::Changed { path: bundle.path.clone() })?;
    let current = bundle.entry(SESSION_IMAGE).and_then(|entry| Reclaimable::at_level(entry, Level::Reset));
    let mut refusals = guard::ask(yard, &bundle, Level::Reset);
    if let Some(current) = &current {
        refusals.extend(guard::file_refusals(yard.asker, &bundle, current));
        refusals.extend(guard::not_copyable(yard.asker.disk, std::slice::from_ref(current)));
        refusals.extend(plan::room_for_copies(yard, std::slice::from_ref(current)));
    }
    let volume = yard.asker.disk.volume(&bundle.path)?;
    let needed = room(yard, &bundle, manifest, current.as_ref())?;
    if volume.free < needed && refusals.is_empty() {
        let (available, volume) = (volume.free, volume.mount_point.clone());
        refusals.push(Refusal::NoRoom { needed, available, volume });
    }
    if volume.read_only {
        refusals.push(Refusal::ReadOnlyVolume { volume: volume.mount_point.clone() });
    }
    if !refusals.is_empty() {
        return Err(Stop::Refused(refusals));
    }
    let id = yard.new_id();
    let journal = Journal {
        level: None,
        bundle: bundle.path.clone(),
        identity: bundle.identity,
        mount_point: Some(volume.mount_point),
        phase: Phase::Copying,
        moved: Vec::new(),
        installed: Some(Installed {
            name: SESSION_IMAGE.to_owned(),
            temporary: aside_name(&id, &format!("restored-{SESSION_IMAGE}")),
            identity: None,
            modified: None,
        }),
        compacted: None,
        copy: current.as_ref().map(|_| Copy { id: id.clone(), stored: None }),
        started: yard.clock.now(),
        free_before: volume.free,
        later: Later::default(),
        receipt: None,
        id,
    };
    Ok(run::conclude(yard, journal, |journal| up_to_commit(yard, &bundle, manifest, current.as_ref(), journal)))
}

/// What the bundle's volume must take before anything is removed: the image that comes back, and the copy of the one
/// that is there now where that is kept on the same volume.
fn room(
    yard: Yard<'_>,
    bundle: &Bundle,
    manifest: &Manifest,
    current: Option<&Reclaimable>,
) -> Result<Bytes, DiskError> {
    let image = manifest.allocated.max(manifest.copied.stored);
    let beside = yard.asker.disk.facts(yard.state)?.identity.device == bundle.identity.device;
    let copy = current.filter(|_| beside).map_or(Bytes::ZERO, |current| current.facts().allocated);
    Ok(image.plus(copy).plus(Bytes::mega(1)))
}

fn up_to_commit(
    yard: Yard<'_>,
    bundle: &Bundle,
    manifest: &Manifest,
    current: Option<&Reclaimable>,
    journal: &mut Journal,
) -> Result<(), Stop> {
    let disk = yard.asker.disk;
    let agree = || match guard::ask(yard, bundle, Level::Reset) {
        refusals if refusals.is_empty() => Ok(()),
        refusals => Err(Stop::Refused(refusals)),
    };
    journal::save(yard, journal)?;
    if let Some(current) = current {
        run::copy_aside(yard, bundle, current, journal)?;
    }
    let Some(installed) = &mut journal.installed else { return Ok(()) };
    let (temporary, name) = (installed.temporary.clone(), installed.name.clone());
    let copy = yard.set_aside_folder(&manifest.id).join(COPY_NAME);
    let image = bundle.path.join(&temporary);
    let expanded = disk.expand(&copy, &image, manifest.mode, manifest.modified, yard.progress)?;
    if expanded != manifest.copied {
        return Err(Stop::Failed(format!("restore {}: the copy is damaged", copy.display())));
    }
    let facts = disk.facts(&image)?;
    (installed.identity, installed.modified) = (Some(facts.identity), Some(facts.modified));
    if let Some(current) = current {
        journal.moved.push(Moved {
            name: current.name().to_owned(),
            aside: aside_name(&journal.id, current.name()),
            identity: current.facts().identity,
            action: Action::SetAside,
            expected: current.facts().allocated,
        });
    }
    journal.phase = Phase::Moving;
    journal::save(yard, journal)?;
    agree()?;
    if let (Some(current), Some(moved)) = (current, journal.moved.first()) {
        guard::unchanged(disk, current)?;
        disk.rename(&bundle.path, &moved.name, &moved.aside)?;
    }
    disk.rename(&bundle.path, &temporary, &name)?;
    agree()
}
