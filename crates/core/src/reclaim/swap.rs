//! An image and its trimmed clone, at two names: which of them stays is a pure function of the journal and of what is seen.
//!
//! A disk that somebody has used stays, whatever its name is then. Also what an image that was compacted in place has
//! given back. Not here: making the clone (`compact`) and everything about other levels (`recovery`).

use super::Yard;
use super::guard;
use super::journal::{Compacted, Journal, Phase, Way};
use super::plan::Action;
use super::report::StepDone;
use crate::bundle::{Entry, role_of};
use crate::ports::{DiskError, Identity};

/// What stands at one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Which file.
    pub identity: Identity,
    /// Somebody has it open, or has written to it, or may have.
    pub used: bool,
}

/// What stands at both names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// At the image's own name.
    pub in_place: Option<Sight>,
    /// At the clone's.
    pub beside: Option<Sight>,
}

/// What that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is beside the image.
    Settled,
    /// The image is in place and a clone that nobody uses beside it.
    NotSwapped,
    /// The clone is in place, and nobody has used either: both ways are open.
    Either,
    /// The clone is in place and used, the image is not: forward only.
    Forward,
    /// The image is used and the clone in its place is not: back only.
    Back,
    /// The image is beside, and nothing at its name.
    Alone,
    /// Both are used, or these are not the two that were left.
    Unclear,
}

/// One thing to do about the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// They swap names again. What is beside then is looked at and decided on anew.
    SwapBack,
    /// The image goes back to its own name.
    PutBack,
    /// The clone goes.
    DropClone,
    /// The image goes, since its clone has taken its place.
    DropImage,
    /// Both stay, and the user is told.
    KeepBoth,
}

/// Judges what is seen of a compaction by clone.
#[must_use]
pub fn judge(compacted: &Compacted, phase: Phase, seen: Pair) -> Verdict {
    let Way::Clone { made, .. } = &compacted.way else { return Verdict::Settled };
    let image = |sight: &Sight| sight.identity == compacted.identity;
    let clone = |sight: &Sight| Some(sight.identity) == *made;
    match (seen.in_place, seen.beside) {
        (_, None) => Verdict::Settled,
        // Until it is whole the clone has another time, from the holes made in it; and before its identity is written down
        // it is ours by its name.
        (Some(here), Some(there)) if image(&here) && (clone(&there) || (made.is_none() && !image(&there))) => {
            if there.used && phase != Phase::Copying { Verdict::Unclear } else { Verdict::NotSwapped }
        }
        (Some(here), Some(there)) if clone(&here) && image(&there) => match (here.used, there.used) {
            (false, false) => Verdict::Either,
            (true, false) => Verdict::Forward,
            (false, true) => Verdict::Back,
            (true, true) => Verdict::Unclear,
        },
        (None, Some(there)) if image(&there) => Verdict::Alone,
        _ => Verdict::Unclear,
    }
}

/// Decides: before the commit back to the image where that is still possible, after it on to the clone.
#[must_use]
pub fn decide(phase: Phase, verdict: Verdict) -> Option<Act> {
    let committed = phase == Phase::Committed;
    match verdict {
        _ if matches!(phase, Phase::Punching | Phase::Done) => None,
        Verdict::Settled => None,
        Verdict::NotSwapped => Some(Act::DropClone),
        Verdict::Forward => Some(Act::DropImage),
        Verdict::Either if committed => Some(Act::DropImage),
        Verdict::Either | Verdict::Back if !committed => Some(Act::SwapBack),
        Verdict::Alone if !committed => Some(Act::PutBack),
        Verdict::Either | Verdict::Back | Verdict::Alone | Verdict::Unclear => Some(Act::KeepBoth),
    }
}

/// Looks at both names; nothing is at either where there is no clone to look for.
pub(super) fn look(yard: Yard<'_>, journal: &Journal) -> Result<Pair, DiskError> {
    let Some(compacted) = &journal.compacted else { return Ok(Pair::default()) };
    let Way::Clone { name: beside, .. } = &compacted.way else { return Ok(Pair::default()) };
    let sight = |name: &str| -> Result<Option<Sight>, DiskError> {
        let path = journal.bundle.join(name);
        let facts = match yard.asker.disk.facts(&path) {
            Err(error) if error.is_missing() => return Ok(None),
            other => other?,
        };
        let written = facts.modified != compacted.modified;
        let entry = Entry { name: name.to_owned(), path, role: role_of(name), facts };
        let used = written || guard::is_held(yard, &entry);
        Ok(Some(Sight { identity: entry.facts.identity, used }))
    };
    Ok(Pair { in_place: sight(&compacted.name)?, beside: sight(beside)? })
}

/// What is to be done about what is there now.
fn next(yard: Yard<'_>, journal: &Journal, compacted: &Compacted) -> Result<Option<Act>, DiskError> {
    let seen = look(yard, journal)?;
    Ok(decide(journal.phase, judge(compacted, journal.phase, seen)))
}

/// Looks, decides, and does it. Gives the step that was made, when the run has come to its end, and what the user must
/// know.
pub(super) fn carry_out(yard: Yard<'_>, journal: &Journal) -> Result<(Vec<StepDone>, Vec<String>), DiskError> {
    let (disk, mut notes) = (yard.asker.disk, Vec::new());
    if let Some(compacted) = &journal.compacted
        && let Way::Clone { name, .. } = &compacted.way
    {
        let mut act = next(yard, journal, compacted)?;
        if act == Some(Act::SwapBack) {
            disk.exchange(&journal.bundle, &compacted.name, name)?;
            // Somebody may have opened the clone until now, and then it stays.
            act = next(yard, journal, compacted)?;
            if act == Some(Act::KeepBoth) && look(yard, journal)?.in_place.is_some_and(|image| !image.used) {
                disk.exchange(&journal.bundle, &compacted.name, name)?;
                act = next(yard, journal, compacted)?;
            }
        }
        let path = journal.bundle.join(name);
        match act {
            Some(Act::DropClone | Act::DropImage) => disk.remove(&path)?,
            Some(Act::PutBack) => disk.rename(&journal.bundle, name, &compacted.name)?,
            Some(Act::KeepBoth | Act::SwapBack) => {
                notes.push(format!("kept a second {} as {}, since both are in use", compacted.name, path.display()));
            }
            None => {}
        }
    }
    let step = given_back(yard, journal)?.filter(|_| notes.is_empty());
    Ok((step.into_iter().collect(), notes))
}

/// The blocks that the compacted image holds less than when the run began; none where it is not in place, or holds no less.
pub(super) fn given_back(yard: Yard<'_>, journal: &Journal) -> Result<Option<StepDone>, DiskError> {
    let Some(compacted) = &journal.compacted else { return Ok(None) };
    let path = journal.bundle.join(&compacted.name);
    let facts = match yard.asker.disk.facts(&path) {
        Err(error) if error.is_missing() => return Ok(None),
        other => other?,
    };
    let (ours, changed) = match &compacted.way {
        Way::Clone { made, .. } => (*made == Some(facts.identity), true),
        Way::InPlace => (compacted.identity == facts.identity, facts.allocated < compacted.allocated),
    };
    let freed_bytes = compacted.allocated.less(facts.allocated);
    Ok((ours && changed).then_some(StepDone { action: Action::Compact, path, freed_bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Bytes;

    const IMAGE: Identity = Identity { device: 1, inode: 1 };
    const CLONE: Identity = Identity { device: 1, inode: 2 };
    const OTHER: Identity = Identity { device: 1, inode: 3 };

    fn compacted(made: Option<Identity>) -> Compacted {
        Compacted {
            name: "rootfs.img".to_owned(),
            identity: IMAGE,
            modified: (0, 0),
            allocated: Bytes::ZERO,
            way: Way::Clone { name: ".plimsoll-1-rootfs.img".to_owned(), made },
        }
    }

    fn sights() -> Vec<Option<Sight>> {
        let files = [IMAGE, CLONE, OTHER];
        let seen = files.iter().flat_map(|&identity| [true, false].map(|used| Some(Sight { identity, used })));
        std::iter::once(None).chain(seen).collect()
    }

    /// Every pair of files, used or not, in every phase.
    #[test]
    fn no_disk_that_was_used_goes_and_one_is_left_in_every_case() {
        for phase in [Phase::Copying, Phase::Moving, Phase::Punching, Phase::Committed, Phase::Done] {
            for made in [None, Some(CLONE)] {
                for (in_place, beside) in sights().into_iter().flat_map(|a| sights().into_iter().map(move |b| (a, b))) {
                    let act = decide(phase, judge(&compacted(made), phase, Pair { in_place, beside }));
                    let case = format!("{phase:?} {made:?} {in_place:?} {beside:?}: {act:?}");
                    let is = |sight: Option<Sight>, file| sight.is_some_and(|sight| sight.identity == file);
                    let unused = |sight: Option<Sight>| sight.is_some_and(|sight| !sight.used);
                    match act {
                        Some(Act::DropClone) => {
                            assert!(is(in_place, IMAGE) && !is(beside, IMAGE), "{case}");
                            assert!(unused(beside) || phase == Phase::Copying, "{case}");
                            assert!(is(beside, CLONE) || made.is_none(), "{case}");
                        }
                        Some(Act::DropImage) => {
                            assert!(is(in_place, CLONE) && is(beside, IMAGE) && unused(beside), "{case}");
                        }
                        Some(Act::SwapBack) => {
                            assert!(unused(in_place) && is(beside, IMAGE) && phase != Phase::Committed, "{case}");
                        }
                        Some(Act::PutBack) => assert!(in_place.is_none() && is(beside, IMAGE), "{case}"),
                        Some(Act::KeepBoth) => assert!(beside.is_some(), "{case}"),
                        None => {
                            let settled = beside.is_none() || matches!(phase, Phase::Punching | Phase::Done);
                            assert!(settled, "{case}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_undisturbed_swap_is_undone_before_the_commit_and_finished_after_it() {
        let sight = |identity| Some(Sight { identity, used: false });
        let swapped = Pair { in_place: sight(CLONE), beside: sight(IMAGE) };
        for (phase, act) in [(Phase::Moving, Act::SwapBack), (Phase::Committed, Act::DropImage)] {
            assert_eq!(decide(phase, judge(&compacted(Some(CLONE)), phase, swapped)), Some(act));
        }
    }
}
