//! The bounded, time-ordered series of samples: taking them in, thinning them as they age, finding the steps.
//!
//! Not here: what a rate is (`growth`), where history is kept (`store`), or what time it is.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::bytes::Bytes;
use crate::sample::{Sample, Step};
use crate::vm::Liveness;

/// The most samples a history holds: at about 100 bytes a row this is 1 MB, as much as [`thin`] can leave of a year.
pub const CAPACITY: usize = 10_000;

/// A drop by more than this is a reclaim. Guests hand back less by themselves (their janitor fights for 1 GiB),
/// and a reclaim that frees less is too small to bend a slope.
pub const RECLAIM_FLOOR: Bytes = Bytes::giga(1);

/// How long after an image was made its size still belongs to the making.
/// Seen: 10.7 GB in 13 minutes and 8.6 GB in 53 minutes, so an hour covers the slowest.
pub const SETTLING: SignedDuration = SignedDuration::from_hours(1);

/// Age in observed seconds up to which samples are kept that far apart, youngest first.
/// Each width divides the next, so the oldest of a wide bucket was the oldest of its narrow one and thinning
/// often or seldom gives the same result. A year at one sample every 10 seconds is about 4,400 rows.
const TIERS: [(i64, i64); 5] = [
    // What the panel draws while it is open.
    (HOUR, 0),
    (DAY, 60),
    (7 * DAY, 15 * 60),
    (31 * DAY, HOUR),
    // A year and a month more to compare with; older samples are dropped.
    (400 * DAY, 6 * HOUR),
];

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Samples in order of time, no two at one instant, never more than [`CAPACITY`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct History {
    samples: Vec<Sample>,
}

impl History {
    /// A history with nothing in it.
    #[must_use]
    pub const fn new() -> Self {
        Self { samples: Vec::new() }
    }

    /// All samples, oldest first, also those dated after the present by a clock that was wrong.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The samples not dated after `now`, oldest first. Growth is computed from these only: a sample that a wrong
    /// clock dated years ahead would otherwise be the newest for years.
    #[must_use]
    pub fn until(&self, now: Timestamp) -> &[Sample] {
        let count = self.samples.partition_point(|sample| sample.at <= now);
        self.samples.get(..count).unwrap_or_default()
    }

    /// The sample with the latest date.
    #[must_use]
    pub fn newest(&self) -> Option<&Sample> {
        self.samples.last()
    }

    /// Takes one sample in, at its place in time.
    ///
    /// When the clock went backwards the samples already there stay, and the new one goes in before them; see
    /// [`History::until`]. A second sample at one instant replaces the first. When the history is full the oldest
    /// goes, unless that is the one just taken in: then the latest-dated goes, since its date must be wrong.
    pub fn push(&mut self, sample: Sample) {
        let place = self.samples.partition_point(|kept| kept.at < sample.at);
        match self.samples.get_mut(place) {
            Some(same) if same.at == sample.at => *same = sample,
            _ => self.samples.insert(place, sample),
        }
        if self.samples.len() > CAPACITY {
            if place == 0 {
                self.samples.pop();
            } else {
                self.samples.remove(0);
            }
        }
    }

    /// Thins the history in place; see [`thin`].
    pub fn thin(&mut self, now: Timestamp) {
        self.samples = thin(&self.samples, now);
    }
}

impl FromIterator<Sample> for History {
    fn from_iter<I: IntoIterator<Item = Sample>>(samples: I) -> Self {
        let mut history = Self::new();
        samples.into_iter().for_each(|sample| history.push(sample));
        history
    }
}

/// The samples worth keeping at `now`, oldest first.
///
/// All of the last hour; then the oldest of each minute for a day, of each quarter of an hour for a week, of each
/// hour for a month, of each six hours for 400 days; nothing older. Of those that know what the guest has free, which
/// are few, the oldest of each such span too. The newest sample is always kept, and so are both sides of every step and
/// the end of the hour in which a new image settles. Samples dated after `now` are kept.
///
/// Age counts observed time: a pause counts for a day at most, so that a clock set years ahead for a minute, or a
/// long holiday, does not throw history away. The number of rows stays bounded, since each is paid for by its age.
#[must_use]
pub fn thin(samples: &[Sample], now: Timestamp) -> Vec<Sample> {
    let landmarks = landmarks(samples);
    let newest = samples.len().saturating_sub(1);
    let (mut previous, mut knowing) = (None, None);
    let mut keep = |index: usize, sample: &Sample, age: i64| {
        let Some(width) = width(age) else { return index == newest };
        let bucket = (width, sample.at.as_second().checked_div_euclid(width));
        let first = previous.replace(bucket) != Some(bucket);
        let tells = sample.guest_free.is_known() && knowing.replace(bucket) != Some(bucket);
        width == 0 || first || tells || index == newest || landmarks.contains(&index)
    };
    let aged = samples.iter().zip(ages(samples, now)).enumerate();
    aged.filter(|(index, (sample, age))| keep(*index, sample, *age)).map(|(_, (sample, _))| sample.clone()).collect()
}

/// Free space moves by this much without anybody doing anything: logs, caches, mail.
const MURMUR: Bytes = Bytes::mega(50);
/// An unchanged state is written down this often, so that a pause can be told from a machine that was off.
const SIGN_OF_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// Whether a sample says anything that the last one did not.
#[must_use]
pub fn is_news(last: &Sample, now: &Sample) -> bool {
    // That nobody looked into an image this time is no news.
    let guest_free = now.guest_free.or(last.guest_free);
    let quiet = Sample { at: last.at, free: last.free, guest_free, ..now.clone() } == *last;
    let age = now.at.duration_since(last.at);
    !quiet || last.free.0.abs_diff(now.free.0) > MURMUR.0 || age >= SIGN_OF_LIFE || age.is_negative()
}

/// Where something happened that is not growth: index `i` means between sample `i - 1` and sample `i`. First match wins.
///
/// | between two samples | step |
/// |---|---|
/// | the rebuild source has another date | image update |
/// | the system image has another inode, is smaller by [`RECLAIM_FLOOR`], and no VM runs | reclaim (compaction swaps in a clone) |
/// | the system image has another inode, or has come to be | rebuild |
/// | the system image is gone, or the bundle is smaller by [`RECLAIM_FLOOR`] | reclaim |
#[must_use]
pub fn steps(samples: &[Sample]) -> Vec<(usize, Step)> {
    pairs(samples).filter_map(|(index, before, after)| Some((index, step(before, after)?))).collect()
}

/// The indices at which a difference of sizes says nothing about growth: every step, and every difference in the
/// [`SETTLING`] time after an image was made or updated.
#[must_use]
pub fn breaks(samples: &[Sample]) -> Vec<usize> {
    let mut made: Option<Timestamp> = None;
    let mut is_break = |before: &Sample, after: &Sample| {
        let settling = made.is_some_and(|made| after.at.duration_since(made) <= SETTLING);
        if remade(before, after) {
            made = Some(after.at);
        }
        settling || step(before, after).is_some()
    };
    pairs(samples).filter(|(_, before, after)| is_break(before, after)).map(|(index, ..)| index).collect()
}

fn pairs(samples: &[Sample]) -> impl Iterator<Item = (usize, &Sample, &Sample)> {
    samples.iter().zip(samples.iter().skip(1)).enumerate().map(|(index, (before, after))| (index + 1, before, after))
}

fn step(before: &Sample, after: &Sample) -> Option<Step> {
    let fell = |from: Bytes, to: Bytes| from.less(to) > RECLAIM_FLOOR;
    let another = after.system_inode != before.system_inode;
    if updated(before, after) {
        Some(Step::ImageUpdate)
    } else if another && after.system_inode != 0 {
        // A rebuild begins when a VM starts, a compaction only while none runs.
        let compacted = fell(before.system, after.system) && after.vm != Liveness::Running;
        Some(if compacted { Step::Reclaim } else { Step::Rebuild })
    } else if another || fell(before.allocated, after.allocated) {
        Some(Step::Reclaim)
    } else {
        None
    }
}

fn updated(before: &Sample, after: &Sample) -> bool {
    after.source_modified != 0 && after.source_modified != before.source_modified
}

/// Also true after a compaction, which cannot be told for sure from a rebuild that has only begun.
fn remade(before: &Sample, after: &Sample) -> bool {
    updated(before, after) || (after.system_inode != 0 && after.system_inode != before.system_inode)
}

/// Indices that no thinning may drop.
fn landmarks(samples: &[Sample]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for (index, before, after) in pairs(samples) {
        if step(before, after).is_some() {
            found.extend([index - 1, index]);
        }
        if remade(before, after) {
            let settled = samples.partition_point(|sample| sample.at.duration_since(after.at) <= SETTLING);
            found.insert(settled.saturating_sub(1));
        }
    }
    found
}

/// Seconds observed since each sample; zero for those dated after `now`.
fn ages(samples: &[Sample], now: Timestamp) -> Vec<i64> {
    let (mut later, mut age) = (now, 0);
    let mut ages: Vec<i64> = samples
        .iter()
        .rev()
        .map(|sample| {
            age += later.duration_since(sample.at).as_secs().clamp(0, DAY);
            later = later.min(sample.at);
            age
        })
        .collect();
    ages.reverse();
    ages
}

/// How far apart samples of that age are kept, in seconds; zero keeps all, `None` none.
fn width(age: i64) -> Option<i64> {
    TIERS.iter().find(|(limit, _)| age <= *limit).map(|(_, width)| *width)
}

#[cfg(test)]
mod tests;
