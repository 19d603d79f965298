//! Where space went: histories → what the bundles took since when, and what something else took.
//!
//! Not here: the words for it, and whether it matters.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::VolumeScene;
use crate::bytes::Bytes;
use crate::sample::Sample;

/// What a loss of free space is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Since when.
    pub since: Timestamp,
    /// By how much free space fell.
    pub lost: Bytes,
    /// What of it the bundles took; never more than was lost.
    pub bundles: Bytes,
}

impl Cause {
    /// What something else took.
    #[must_use]
    pub const fn other(&self) -> Bytes {
        self.lost.less(self.bundles)
    }
}

/// Looks back a week: what went before is what people have got used to.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Less than this in a week explains nothing: caches and swap move as much.
const WORTH_NAMING: Bytes = Bytes::giga(1);

/// The time named is the shortest in which that many tenths of the loss fell.
const MOST_OF_IT: u64 = 8;

/// Where the space of a volume went; none when not enough was lost, or not enough is known.
#[must_use]
pub fn cause(now: Timestamp, volume: &VolumeScene<'_>) -> Option<Cause> {
    let longest = volume.bundles.iter().max_by_key(|bundle| bundle.samples.len())?;
    let samples = longest.samples;
    let present = samples.last()?;
    let from = now.saturating_sub(LOOK_BACK).unwrap_or(now);
    let recent = samples.get(samples.partition_point(|sample| sample.at < from)..)?;
    // Another size is another volume.
    let recent =
        recent.get(recent.iter().rposition(|sample| sample.total != present.total).map_or(0, |at| at + 1)..)?;
    let most = recent.iter().map(|sample| sample.free.less(present.free)).max()?;
    if most < WORTH_NAMING {
        return None;
    }
    let enough = Bytes(most.0 / 10 * MOST_OF_IT);
    let begin = recent.iter().rfind(|sample| sample.free.less(present.free) >= enough)?;
    let lost = begin.free.less(present.free);
    let bundles: Bytes = volume.bundles.iter().map(|bundle| grown(bundle.samples, begin.at)).sum();
    Some(Cause { since: begin.at, lost, bundles: bundles.min(lost) })
}

/// By how much a bundle is larger than at `since`; nothing when it was not watched then.
fn grown(samples: &[Sample], since: Timestamp) -> Bytes {
    let before = samples.partition_point(|sample| sample.at <= since).checked_sub(1).and_then(|at| samples.get(at));
    let first = before.or_else(|| samples.first());
    match (first, samples.last()) {
        (Some(first), Some(last)) => last.allocated.less(first.allocated),
        _ => Bytes::ZERO,
    }
}
