//! Whose growth it was: samples and the times of the sessions' folders → stretches of growth, each with the sessions
//! that left a sign in it.
//!
//! Files know the last time they were written and no more, so an answer is who was there and never who took how much.
//! Not here: how folders are listed (`ports::sessions`), and the words (`notice::attribution`).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::bytes::Bytes;
use crate::history;
use crate::ports::sessions::Listing;
use crate::sample::Sample;

/// A stretch of time in which a bundle grew, and who may have been behind it. What each session took is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// By how much the bundle is larger at the end than at the beginning.
    pub bytes: Bytes,
    /// When it was last seen before it grew.
    pub since: Timestamp,
    /// When it was first seen to have grown this far.
    pub until: Timestamp,
    /// What is known of the sessions in that time.
    pub state: Activity,
    /// Short names of the sessions that were active in that time, each once, in order, at most `MOST`.
    pub sessions: Vec<String>,
    /// Short names of those that were there before and were used after, as many: what they did in between left no trace.
    pub perhaps: Vec<String>,
}

impl Attribution {
    /// Whether it may still go on.
    #[must_use]
    pub fn goes_on(&self, now: Timestamp) -> bool {
        now.duration_since(self.until) <= PAUSE
    }
}

/// What is known of the sessions in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// At least one left a sign in it, or was there already and left one right after; others are not excluded.
    Active,
    /// None did, and some may have been active all the same.
    Perhaps,
    /// None was active.
    None,
    /// Their folders cannot be looked into, or not all of them.
    CannotTell,
    /// Between two looks lies too long a time to name anybody.
    TooCoarse,
}

/// Looks back a week: older samples are an hour apart, and a session that was used since has lost its old signs.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is less is not worth a line: a session takes some 380 MB, and caches move by less than this.
pub const WORTH_NAMING: Bytes = Bytes::mega(100);

/// Growth goes on over a pause as long as this: at the slowest, looks are half an hour apart.
const PAUSE: SignedDuration = SignedDuration::from_mins(30);

/// Growth between two looks further apart than this is nobody's. An unchanged state is written down every hour.
const COARSE: SignedDuration = SignedDuration::from_hours(2);

/// A guest writes to its disk up to half a minute after a program did, and looks take a moment.
const LATE: SignedDuration = SignedDuration::from_mins(1);

/// The last line of a session's turn is written when its work is done, and a look that finds nothing new has missed it.
const TAIL: SignedDuration = SignedDuration::from_mins(5);

/// More stretches, or names of one, than this nobody reads.
const MOST: usize = 16;

/// The last week's stretches of growth, the newest first, at most `MOST`. `samples` in order of time, none after `now`.
/// Rebuilds, updates and reclaims are no growth, and no difference between two samples counts twice.
#[must_use]
pub fn attribute(samples: &[Sample], now: Timestamp, listing: &Listing) -> Vec<Attribution> {
    worth(samples, now).map(|stretch| whose(stretch, now, listing)).collect()
}

/// Whether there is growth to attribute, so that sessions are worth looking for.
#[must_use]
pub fn is_there_any(samples: &[Sample], now: Timestamp) -> bool {
    worth(samples, now).next().is_some()
}

fn worth(samples: &[Sample], now: Timestamp) -> impl Iterator<Item = Stretch> {
    let from = now.saturating_sub(LOOK_BACK).unwrap_or(now);
    let stretches = stretches(samples).into_iter().rev();
    stretches.filter(move |stretch| stretch.bytes >= WORTH_NAMING && stretch.until > from).take(MOST)
}

/// Who was there while a bundle grew by `bytes` from `since` on, which is not longer ago than a look can tell.
#[must_use]
pub fn lately(samples: &[Sample], bytes: Bytes, since: Timestamp, now: Timestamp, listing: &Listing) -> Attribution {
    let lately: Vec<Stretch> = stretches(samples).into_iter().filter(|stretch| stretch.until > since).collect();
    let begin = lately.first().map_or(since, |first| first.since.max(since));
    let coarse = lately.iter().any(|stretch| stretch.coarse);
    whose(Stretch { bytes, since: begin, until: now, coarse }, now, listing)
}

#[derive(Clone, Copy)]
struct Stretch {
    bytes: Bytes,
    since: Timestamp,
    until: Timestamp,
    coarse: bool,
}

/// Stretches of growth, oldest first; no two share any time.
fn stretches(samples: &[Sample]) -> Vec<Stretch> {
    let breaks: BTreeSet<usize> = history::breaks(samples).into_iter().collect();
    let mut found: Vec<Stretch> = Vec::new();
    // The one that may still go on: the sizes at its beginning and at the last sample that was larger.
    let mut open: Option<(&Sample, &Sample)> = None;
    let close = |open: Option<(&Sample, &Sample)>, found: &mut Vec<Stretch>| {
        if let Some((first, last)) = open {
            let bytes = last.allocated.less(first.allocated);
            found.push(Stretch { bytes, since: first.at, until: last.at, coarse: false });
        }
    };
    for (index, (before, after)) in samples.iter().zip(samples.iter().skip(1)).enumerate() {
        let grew = after.allocated > before.allocated;
        if breaks.contains(&(index + 1)) {
            close(open.take(), &mut found);
        } else if after.at.duration_since(before.at) > COARSE {
            close(open.take(), &mut found);
            if grew {
                let bytes = after.allocated.less(before.allocated);
                found.push(Stretch { bytes, since: before.at, until: after.at, coarse: true });
            }
        } else {
            if open.is_some_and(|(_, last)| before.at.duration_since(last.at) > PAUSE) {
                close(open.take(), &mut found);
            }
            if grew {
                open = Some((open.map_or(before, |(first, _)| first), after));
            }
        }
    }
    close(open, &mut found);
    found.retain(|stretch| stretch.bytes > Bytes::ZERO);
    found
}

fn whose(stretch: Stretch, now: Timestamp, listing: &Listing) -> Attribution {
    let Stretch { bytes, since, until, coarse } = stretch;
    let empty = Attribution { bytes, since, until, state: Activity::TooCoarse, sessions: vec![], perhaps: vec![] };
    let begin = since.saturating_sub(LATE).unwrap_or(since);
    let end = if empty.goes_on(now) { now } else { until.saturating_add(TAIL).unwrap_or(until) };
    let (mut sessions, mut perhaps) = (BTreeSet::new(), BTreeSet::new());
    for session in listing.sessions.iter().filter(|_| !coarse) {
        // A date after the present is a clock's mistake, and no sign of anything.
        let signs = || session.signs.iter().filter(|sign| **sign <= now);
        let was_there = signs().any(|sign| *sign <= until);
        if was_there && signs().any(|sign| (begin..=end).contains(sign)) {
            sessions.insert(session.name());
        } else if was_there && signs().any(|sign| *sign > end) {
            perhaps.insert(session.name());
        }
    }
    // Two may bear one short name.
    perhaps.retain(|name| !sessions.contains(name));
    let state = match () {
        () if coarse => Activity::TooCoarse,
        () if !sessions.is_empty() => Activity::Active,
        () if !listing.gaps.is_empty() => Activity::CannotTell,
        () if !perhaps.is_empty() => Activity::Perhaps,
        () => Activity::None,
    };
    let names = |names: BTreeSet<String>| names.into_iter().take(MOST).collect();
    Attribution { state, sessions: names(sessions), perhaps: names(perhaps), ..empty }
}

#[cfg(test)]
mod tests;
