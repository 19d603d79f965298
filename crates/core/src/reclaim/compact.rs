//! The level *compact*: the guest's free blocks become holes, in a clone that is swapped in, or else in the image itself.
//!
//! A clone is trimmed and verified while the original stands untouched; then the two swap names in one step, and the old
//! one goes when nobody has it. Where the volume has no clones, holes are made in place under the kernel's write lease,
//! and whoever wants the image gets it at once. Not here: what is free (`holes`), what may be compacted (`plan`), and
//! what a killed run left (`recovery`, `swap`).

use std::path::Path;

use super::journal::{self, Compacted, Journal, Phase, Way, aside_name};
use super::plan::Reclaimable;
use super::refusal::Refusal;
use super::report::{Outcome, Report};
use super::run::{self, Stop};
use super::swap::{self, Verdict};
use super::{Level, Yard, guard, recovery};
use crate::bundle::Bundle;
use crate::ports::{CloneAnswer, Footing, Reach, TrimError, Trimmed};

/// Looks by others break the lease as a VM does: after one that left nobody with the image open, it is tried again, this
/// often in all.
const ATTEMPTS: u32 = 3;

/// Why a file cannot be compacted, where it is asked on its own.
pub(crate) fn refusal(path: &Path, error: TrimError) -> Refusal {
    let path = path.to_path_buf();
    match error {
        TrimError::Disk(error) => Refusal::CannotTell { path: error.path.clone(), why: error.reason() },
        TrimError::Changed => Refusal::Changed { path },
        TrimError::Stopped => Refusal::Cancelled,
        TrimError::NotHere(why) => Refusal::NoWay { path, why },
        TrimError::NotTrimmable(why) => Refusal::NotTrimmable { path, why },
        error @ (TrimError::InUse | TrimError::NotSame) => Refusal::CannotTell { path, why: error.to_string() },
    }
}

/// Compacts one image. `journal` is that of a run that has done nothing yet.
pub(super) fn compact(yard: Yard<'_>, bundle: &Bundle, target: &Reclaimable, mut journal: Journal) -> Report {
    let compacted = Compacted {
        name: target.name().to_owned(),
        identity: target.facts().identity,
        modified: target.facts().modified,
        allocated: target.facts().allocated,
        way: Way::Clone { name: aside_name(&journal.id, target.name()), made: None },
    };
    journal.compacted = Some(compacted);
    match cloned(yard, bundle, target, &mut journal) {
        Ok(Cloned::Trimmed) => run::conclude(yard, journal, |journal| swapped(yard, bundle, target, journal)),
        Ok(Cloned::NotHere(why)) => match recovery::carry_out(yard, &journal) {
            Ok(_) => in_place(yard, bundle, target, journal, &why),
            Err(error) => Report::failed(error.to_string()),
        },
        Err(stop) => run::undone(yard, journal, stop),
    }
}

enum Cloned {
    Trimmed,
    NotHere(String),
}

fn agree(yard: Yard<'_>, bundle: &Bundle) -> Result<(), Stop> {
    if yard.progress.cancelled() {
        return Err(Refusal::Cancelled.into());
    }
    match guard::ask(yard, bundle, Level::Compact) {
        refusals if refusals.is_empty() => Ok(()),
        refusals => Err(Stop::Refused(refusals)),
    }
}

/// A clone with holes where the guest has nothing, beside the untouched original.
fn cloned(yard: Yard<'_>, bundle: &Bundle, target: &Reclaimable, journal: &mut Journal) -> Result<Cloned, Stop> {
    let disk = yard.asker.disk;
    let name = aside_name(&journal.id, target.name());
    agree(yard, bundle)?;
    journal::save(yard, journal)?;
    if let CloneAnswer::NotHere(why) = disk.clone_file(&bundle.path, target.name(), &name)? {
        return Ok(Cloned::NotHere(why));
    }
    let path = bundle.path.join(&name);
    let identity = disk.facts(&path)?.identity;
    if let Some(Compacted { way: Way::Clone { made, .. }, .. }) = &mut journal.compacted {
        *made = Some(identity);
    }
    journal::save(yard, journal)?;
    guard::unchanged(disk, target)?;
    match disk.trim(&path, Reach::Free, Footing::Ours, yard.progress) {
        Ok(Trimmed::Whole) => {}
        Ok(Trimmed::Cancelled | Trimmed::Wanted) => return Err(Refusal::Cancelled.into()),
        // Holes in shared blocks take room for new records of what is where, and there is none.
        Err(TrimError::Disk(error)) if error.is_full() => return Ok(Cloned::NotHere(error.to_string())),
        Err(TrimError::Disk(error)) => return Err(error.into()),
        Err(TrimError::NotSame) => return Err(not_same(&path)),
        Err(error) => return Err(refusal(target.path(), error).into()),
    }
    Ok(Cloned::Trimmed)
}

fn not_same(path: &Path) -> Stop {
    Stop::Failed(format!("compact {}: {}", path.display(), TrimError::NotSame))
}

/// The clone takes the original's place, if all is as it was.
fn swapped(yard: Yard<'_>, bundle: &Bundle, target: &Reclaimable, journal: &mut Journal) -> Result<(), Stop> {
    let disk = yard.asker.disk;
    let name = aside_name(&journal.id, target.name());
    journal.phase = Phase::Moving;
    journal::save(yard, journal)?;
    agree(yard, bundle)?;
    guard::unchanged(disk, target)?;
    disk.exchange(&bundle.path, target.name(), &name)?;
    // Nobody can open the old one by its name any more. Whoever did before is seen now; whoever has opened the new one has
    // a whole disk, and keeps it.
    let seen = swap::look(yard, journal)?;
    match journal.compacted.as_ref().map(|compacted| swap::judge(compacted, journal.phase, seen)) {
        Some(Verdict::Forward | Verdict::Either) => Ok(()),
        _ => Err(Refusal::Wanted { path: target.path().to_path_buf() }.into()),
    }
}

/// Holes in the image itself, as long as nobody wants it.
fn in_place(yard: Yard<'_>, bundle: &Bundle, target: &Reclaimable, mut journal: Journal, why_no_clone: &str) -> Report {
    if let Some(compacted) = &mut journal.compacted {
        compacted.way = Way::InPlace;
    }
    journal.phase = Phase::Punching;
    if let Err(error) = journal::save(yard, &journal) {
        return run::undone(yard, journal, error.into());
    }
    let ended = (0..ATTEMPTS).find_map(|attempt| punched(yard, bundle, target, attempt, why_no_clone));
    let stop = ended.unwrap_or_else(|| Err(Refusal::Wanted { path: target.path().to_path_buf() }.into())).err();
    finished(yard, target, journal, stop)
}

/// One attempt; none when somebody looked and it may be tried again.
fn punched(
    yard: Yard<'_>,
    bundle: &Bundle,
    target: &Reclaimable,
    attempt: u32,
    why_no_clone: &str,
) -> Option<Result<(), Stop>> {
    if let Err(stop) = agree(yard, bundle).and_then(|()| Ok(guard::unchanged(yard.asker.disk, target)?)) {
        // The first word on it is the guard's; afterwards it has stopped for whoever is there now.
        return Some(Err(stop));
    }
    match yard.asker.disk.trim(target.path(), Reach::Free, Footing::Lease, yard.progress) {
        Ok(Trimmed::Whole) => Some(Ok(())),
        Ok(Trimmed::Cancelled) => Some(Err(Refusal::Cancelled.into())),
        Ok(Trimmed::Wanted) | Err(TrimError::InUse) if attempt + 1 < ATTEMPTS => None,
        Ok(Trimmed::Wanted) | Err(TrimError::InUse) => {
            Some(Err(Refusal::Wanted { path: target.path().to_path_buf() }.into()))
        }
        Err(TrimError::NotHere(why)) => {
            let why = format!("{why_no_clone}; {why}");
            Some(Err(Refusal::NoWay { path: target.path().to_path_buf(), why }.into()))
        }
        Err(TrimError::Disk(error)) => Some(Err(error.into())),
        Err(TrimError::NotSame) => Some(Err(not_same(target.path()))),
        Err(error) => Some(Err(refusal(target.path(), error).into())),
    }
}

/// What came back counts, however it ended: nothing is put back into holes.
fn finished(yard: Yard<'_>, target: &Reclaimable, mut journal: Journal, stop: Option<Stop>) -> Report {
    let back = match swap::given_back(yard, &journal) {
        Ok(back) => back,
        Err(error) => return Report::failed(error.to_string()),
    };
    let nothing = back.is_none();
    let mut report = match stop {
        None => Report::nothing(),
        Some(Stop::Refused(refusals)) if nothing => Report::refused(refusals),
        Some(Stop::Refused(refusals)) => Report { refusals: partly(target, refusals), ..Report::nothing() },
        Some(Stop::Failed(why)) => Report::failed(why),
    };
    if nothing {
        report.notes.extend(journal::clear(yard).err().map(|error| format!("failed to {error}")));
        return report;
    }
    let receipt = recovery::receipt(yard, &journal, back.into_iter().collect(), false);
    journal.phase = Phase::Done;
    journal.receipt = Some(receipt.clone());
    report.notes.extend(journal::save(yard, &journal).err().map(|error| format!("failed to {error}")));
    if report.failure.is_none() {
        report.outcome = Outcome::Done;
    }
    report.receipt = Some(receipt);
    report
}

/// A refusal after the first hole: not all is as it was, but all that is in use is.
fn partly(target: &Reclaimable, refusals: Vec<Refusal>) -> Vec<Refusal> {
    let path = target.path().to_path_buf();
    let stopped = match refusals.first() {
        Some(Refusal::Cancelled) => Refusal::StoppedEarly { path },
        Some(Refusal::Wanted { .. } | Refusal::VmRunning { .. }) => Refusal::Wanted { path },
        _ => return refusals,
    };
    vec![stopped]
}
