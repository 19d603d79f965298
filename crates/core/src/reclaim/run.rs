//! Carrying a plan out: one transaction, journalled, guarded before each step and once more when all is moved aside.
//!
//! Nothing is removed until every file is aside, the guard has agreed again, and the journal says so. Until then any
//! failure moves everything back. Not here: what may be in a plan (`plan`) and what a killed run left (`recovery`).

use super::journal::{self, Copy, Journal, Moved, Phase, aside_name};
use super::plan::{self, Action, Plan, Reclaimable, SourceCheck};
use super::refusal::Refusal;
use super::report::{Outcome, Report, StepDone};
use super::set_aside::{self, SetAsideError};
use super::{Wish, Yard, compact, guard, recovery};
use crate::bundle::{self, Bundle};
use crate::bytes::Bytes;
use crate::measure::{self, Depth, MeasuredBundle};
use crate::ports::{Claim, DiskError};

/// Why a run stops before its commit.
pub(super) enum Stop {
    /// A guard said no.
    Refused(Vec<Refusal>),
    /// Something went wrong.
    Failed(String),
}

impl From<DiskError> for Stop {
    fn from(error: DiskError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<journal::JournalError> for Stop {
    fn from(error: journal::JournalError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<SetAsideError> for Stop {
    fn from(error: SetAsideError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

/// The exclusive right to reclaim: in this state folder, and on this bundle whatever state folder others use.
pub(super) struct Claims {
    _state: Box<dyn Claim>,
    _bundle: Box<dyn Claim>,
}

pub(super) fn claim(yard: Yard<'_>, bundle: &Bundle) -> Result<Claims, Stop> {
    yard.asker.disk.make_private_folder(yard.state)?;
    let state = yard.asker.disk.claim(&yard.lock_path())?.ok_or(Refusal::Busy)?;
    let bundle = yard.asker.disk.claim(&bundle.path)?.ok_or(Refusal::Busy)?;
    Ok(Claims { _state: state, _bundle: bundle })
}

/// Runs a level if the plan made from today's facts is the one that was agreed to. The journal of a run that did
/// anything stays, in its last phase, until the caller has kept the receipt and calls [`journal::settle`].
#[must_use]
pub fn run(yard: Yard<'_>, bundle: &Bundle, wish: impl Into<Wish>, agreed: &str, check: SourceCheck) -> Report {
    match prepared(yard, bundle, wish.into(), agreed, check) {
        Ok(report) => report,
        Err(Stop::Refused(refusals)) => Report::refused(refusals),
        Err(Stop::Failed(why)) => Report::failed(why),
    }
}

fn prepared(yard: Yard<'_>, bundle: &Bundle, wish: Wish, agreed: &str, check: SourceCheck) -> Result<Report, Stop> {
    let _claims = claim(yard, bundle)?;
    if journal::load(yard)?.is_some() {
        // Callers recover first; a journal that is still here is another process's or could not be finished.
        return Err(Refusal::Busy.into());
    }
    let mut gaps = Vec::new();
    let now = bundle::reread(yard.asker.disk, bundle, &mut gaps)?
        .ok_or_else(|| Refusal::Changed { path: bundle.path.clone() })?;
    let measured = measure::measure_bundle(yard.asker, now, Depth::Thorough, &mut gaps);
    let plan = plan::make(yard, &measured, wish, check);
    if !plan.refusals.is_empty() {
        return Err(Stop::Refused(plan.refusals));
    }
    if plan.fingerprint != agreed {
        return Err(Refusal::PlanChanged.into());
    }
    if plan.steps.is_empty() {
        return Ok(Report::nothing());
    }
    Ok(transaction(yard, &measured, &plan))
}

fn transaction(yard: Yard<'_>, measured: &MeasuredBundle, plan: &Plan) -> Report {
    let (id, bundle, volume) = (yard.new_id(), &measured.bundle, measured.volume.as_ref());
    let sets_aside = plan.steps.iter().any(|step| step.target.action() == Action::SetAside);
    let journal = Journal {
        level: Some(plan.level),
        bundle: bundle.path.clone(),
        identity: bundle.identity,
        mount_point: volume.map(|volume| volume.mount_point.clone()),
        phase: Phase::Copying,
        moved: Vec::new(),
        installed: None,
        compacted: None,
        copy: sets_aside.then(|| Copy { id: id.clone(), stored: None }),
        started: yard.clock.now(),
        free_before: volume.map_or(Bytes::ZERO, |volume| volume.free),
        later: plan.later,
        receipt: None,
        id,
    };
    if let Some(step) = plan.steps.iter().find(|step| step.target.action() == Action::Compact) {
        return compact::compact(yard, bundle, &step.target, journal);
    }
    conclude(yard, journal, |journal| up_to_commit(yard, bundle, plan, journal))
}

fn up_to_commit(yard: Yard<'_>, bundle: &Bundle, plan: &Plan, journal: &mut Journal) -> Result<(), Stop> {
    let agree = || match guard::ask(yard, bundle, plan.level) {
        refusals if refusals.is_empty() => Ok(()),
        refusals => Err(Stop::Refused(refusals)),
    };
    agree()?;
    journal::save(yard, journal)?;
    for step in plan.steps.iter().filter(|step| step.target.action() == Action::SetAside) {
        copy_aside(yard, bundle, &step.target, journal)?;
    }
    for step in &plan.steps {
        guard::unchanged(yard.asker.disk, &step.target)?;
        journal.moved.push(Moved {
            name: step.target.name().to_owned(),
            aside: aside_name(&journal.id, step.target.name()),
            identity: step.target.facts().identity,
            action: step.target.action(),
            expected: step.expected,
        });
    }
    journal.phase = Phase::Moving;
    journal::save(yard, journal)?;
    for (moved, step) in journal.moved.iter().zip(&plan.steps) {
        if yard.progress.cancelled() {
            return Err(Refusal::Cancelled.into());
        }
        agree()?;
        guard::unchanged(yard.asker.disk, &step.target)?;
        yard.asker.disk.rename(&bundle.path, &moved.name, &moved.aside)?;
        let facts = yard.asker.disk.facts(&bundle.path.join(&moved.aside))?;
        if !facts.same_content(step.target.facts()) {
            return Err(Refusal::Changed { path: step.target.path().to_path_buf() }.into());
        }
    }
    // From here nobody can open them by name. Whoever did before is seen now.
    agree()
}

/// The copy is whole and verified before its original is moved.
pub(super) fn copy_aside(
    yard: Yard<'_>,
    bundle: &Bundle,
    target: &Reclaimable,
    journal: &mut Journal,
) -> Result<(), Stop> {
    let Some(copy) = &mut journal.copy else { return Ok(()) };
    let made = set_aside::make(yard, &copy.id, &bundle.path, target.path(), target.facts());
    if made.is_err() && yard.progress.cancelled() {
        return Err(Refusal::Cancelled.into());
    }
    copy.stored = Some(made?.copied.stored);
    // What was copied must be what is removed.
    Ok(guard::unchanged(yard.asker.disk, target)?)
}

/// Runs the part before the commit, then commits and finishes, or undoes. Shared by reclaim and undo.
pub(super) fn conclude(
    yard: Yard<'_>,
    mut journal: Journal,
    before: impl FnOnce(&mut Journal) -> Result<(), Stop>,
) -> Report {
    let committed = before(&mut journal).and_then(|()| {
        journal.phase = Phase::Committed;
        journal::save(yard, &journal).map_err(Stop::from)
    });
    if let Err(stop) = committed {
        return undone(yard, journal, stop);
    }
    match recovery::carry_out(yard, &journal) {
        Ok((steps, notes)) => done(yard, journal, steps, notes),
        Err(error) => {
            let mut report = Report::failed(error.to_string());
            report.notes.push("the files are set aside; the next start of Plimsoll finishes this".to_owned());
            report
        }
    }
}

fn done(yard: Yard<'_>, mut journal: Journal, steps: Vec<StepDone>, notes: Vec<String>) -> Report {
    let receipt = recovery::receipt(yard, &journal, steps, false);
    journal.phase = Phase::Done;
    journal.receipt = Some(receipt.clone());
    // Should this fail, the next start finishes the same journal again, which then finds nothing left to do.
    let saved = journal::save(yard, &journal);
    let mut report = Report { outcome: Outcome::Done, receipt: Some(receipt), notes, ..Report::nothing() };
    report.notes.extend(saved.err().map(|error| format!("failed to {error}")));
    report
}

pub(super) fn undone(yard: Yard<'_>, mut journal: Journal, stop: Stop) -> Report {
    // The commit may have failed half-way: what is undone is what was not committed.
    if journal.phase == Phase::Committed {
        journal.phase = Phase::Moving;
    }
    let mut report = match stop {
        Stop::Refused(refusals) => Report::refused(refusals),
        Stop::Failed(why) => Report::failed(why),
    };
    if committed_after_all(yard, &journal).unwrap_or(true) {
        report.notes.push("the next start of Plimsoll finishes or undoes this".to_owned());
        return report;
    }
    let used = match recovery::commit_if_used(yard, &mut journal) {
        Ok(used) => used,
        Err(error) => {
            report.notes.push(format!("could not undo at once: failed to {error}; the next start of Plimsoll does"));
            return report;
        }
    };
    match recovery::carry_out(yard, &journal) {
        // There was no way back: the VM runs on the restored or compacted disk already.
        Ok((steps, notes)) if used || (journal.compacted.is_some() && !steps.is_empty()) => {
            return done(yard, journal, steps, notes);
        }
        Ok((_, notes)) => {
            report.notes.extend(notes);
            if let Err(error) = journal::clear(yard) {
                report.notes.push(format!("failed to {error}"));
            }
        }
        Err(error) => {
            report.notes.push(format!("could not undo at once: failed to {error}; the next start of Plimsoll does"));
        }
    }
    report
}

/// A journal write can fail after its rename: then the disk says committed, and undoing would contradict it.
fn committed_after_all(yard: Yard<'_>, journal: &Journal) -> Result<bool, journal::JournalError> {
    let on_disk = journal::load(yard)?;
    Ok(on_disk.is_some_and(|found| found.id == journal.id && matches!(found.phase, Phase::Committed | Phase::Done)))
}
