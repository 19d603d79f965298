//! How fast sizes grow: samples → bytes per day with a spread, or the reason why that is unknown.
//!
//! A robust slope (Theil–Sen) over what moved *between* steps. Not here: which differences are steps (`history`),
//! and what the rate leads to (`forecast`).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::bytes::Bytes;
use crate::history;
use crate::sample::Sample;

/// A rate of growth, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Growth {
    /// Sizes move at this rate; a negative one shrinks. `low <= bytes_per_day <= high`, all finite.
    Known {
        /// The median rate, in bytes per day of calendar time (sleep included).
        bytes_per_day: f64,
        /// Nine in ten of the rates seen in the window are above this one.
        low: f64,
        /// Nine in ten of the rates seen in the window are below this one.
        high: f64,
        /// Seconds looked at, without the time that steps took.
        window: u64,
        /// Samples looked at.
        samples: usize,
    },
    /// There is no rate to speak of.
    Unknown {
        /// Why not.
        reason: GrowthUnknown,
    },
}

/// Why a rate is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrowthUnknown {
    /// Fewer than [`MIN_SAMPLES`] samples.
    TooFewSamples,
    /// Enough samples, but less than [`MIN_SECONDS`] since the first, or since a long pause.
    TooShort,
    /// Nothing is left between rebuilds, updates and reclaims.
    OnlySteps,
}

impl Growth {
    /// The rate in bytes per day, when known.
    #[must_use]
    pub const fn rate(&self) -> Option<f64> {
        match self {
            Self::Known { bytes_per_day, .. } => Some(*bytes_per_day),
            Self::Unknown { .. } => None,
        }
    }
}

/// With fewer points a median of slopes is one slope.
pub const MIN_SAMPLES: usize = 4;

/// An hour: a rebuild or a download is over by then, so what still moves is worth a rate.
pub const MIN_SECONDS: f64 = 3_600.0;

const DAY: f64 = 86_400.0;

/// Windows looked at, in seconds, longest first: four weeks hold every weekly habit, an hour is [`MIN_SECONDS`].
const WINDOWS: [f64; 7] = [28.0 * DAY, 7.0 * DAY, 3.0 * DAY, DAY, DAY / 4.0, DAY / 12.0, MIN_SECONDS];

/// A quieter window is believed over a longer one only if it holds a whole week, weekend and all.
/// A busier one is believed at any length if there was none like it before: alarm fast, reassure slowly.
/// Slightly below seven days, since a window ends at the last sample that still fits in.
const QUIET_SECONDS: f64 = 6.5 * DAY;

/// A busier window must have brought this much to be believed: less is a session or two (381 MB seen) or noise.
const SURGE: f64 = 1e9;

/// And it must have brought this many times what any earlier stretch of its length did, or it is one more working day.
const UNHEARD_OF: f64 = 1.5;

/// A window is steady when the middle half of its rates spans at most this share of their median.
const STEADY: f64 = 0.5;

/// Points that a window is reduced to; 2,016 pairs cost microseconds.
const POINTS: usize = 64;

/// Pairs nearer than this share of the window are left out: they tell the hour's rate, not the window's.
const APART: f64 = 0.25;

/// Differences that outweigh all others together are an event, not growth, if they took at most this share of the
/// window.
const EVENT_TIME: f64 = 0.1;

/// Somebody emptied a bin when free space rises by more than this between two samples. Caches and swap move less.
const FREED_FLOOR: Bytes = Bytes::giga(5);

/// The same inside a guest, whose disks hold about 10 GB: what a session's build leaves and takes away again is less.
const GUEST_FREED_FLOOR: Bytes = Bytes::giga(1);

/// How fast the bundle grows. `samples` in order of time, none after the present ([`history::History::until`]).
#[must_use]
pub fn bundle_growth(samples: &[Sample]) -> Growth {
    let points: Vec<_> = samples.iter().map(|sample| (sample.at, sample.allocated.as_f64())).collect();
    trend(&points, &history::breaks(samples))
}

/// How fast free space of the volume goes, whoever takes it. `samples` as for [`bundle_growth`].
///
/// Steps of the bundle do not count, nor does space that somebody freed, nor another size of the volume.
#[must_use]
pub fn volume_consumption(samples: &[Sample]) -> Growth {
    let points: Vec<_> = samples.iter().map(|sample| (sample.at, -sample.free.as_f64())).collect();
    let mut breaks = history::breaks(samples);
    for (index, (before, after)) in samples.iter().zip(samples.iter().skip(1)).enumerate() {
        if after.free.less(before.free) > FREED_FLOOR || before.total != after.total {
            breaks.push(index + 1);
        }
    }
    trend(&points, &breaks)
}

/// How fast free space inside the guest goes, as `free` picks it from the samples that know it. `samples` as for
/// [`bundle_growth`]. Steps do not count, nor does space that somebody freed.
#[must_use]
pub fn guest_consumption(samples: &[Sample], free: impl Fn(&Sample) -> Option<Bytes>) -> Growth {
    let steps = history::breaks(samples);
    let known: Vec<(usize, Timestamp, Bytes)> = samples
        .iter()
        .enumerate()
        .filter_map(|(index, sample)| free(sample).map(|bytes| (index, sample.at, bytes)))
        .collect();
    let is_break = |(before, after): (&(usize, Timestamp, Bytes), &(usize, Timestamp, Bytes))| {
        after.2.less(before.2) > GUEST_FREED_FLOOR || steps.iter().any(|step| (before.0 + 1..=after.0).contains(step))
    };
    let pairs = known.iter().zip(known.iter().skip(1)).enumerate();
    let breaks: Vec<usize> = pairs.filter(|(_, pair)| is_break(*pair)).map(|(index, _)| index + 1).collect();
    let points: Vec<_> = known.iter().map(|(_, at, bytes)| (*at, -bytes.as_f64())).collect();
    trend(&points, &breaks)
}

/// The rate at which the second members of `points` move, given in order of time.
///
/// Each index in `breaks` takes out the difference between that point and the one before, time and all, and what
/// remains is joined. The slope is the weighted Theil–Sen estimator: the median of the slopes of all pairs of points
/// at least a quarter of the window apart, each weighted by its length in time (Sen 1968,
/// doi:10.1080/01621459.1968.10480934; weights: Jaeckel 1972, doi:10.1214/aoms/1177692377).
/// The spread is the tenth and the ninetieth percentile of the same slopes.
/// The window is the longest, unless a shorter one is steady and says otherwise.
#[must_use]
pub fn trend(points: &[(Timestamp, f64)], breaks: &[usize]) -> Growth {
    if points.len() < MIN_SAMPLES {
        return Growth::Unknown { reason: GrowthUnknown::TooFewSamples };
    }
    let moves = moves(points, breaks);
    let mut best: Option<Estimate> = None;
    for window in WINDOWS {
        let Some(found) = estimate(recent(&moves, window)) else { continue };
        let precedent = || most_in(past(&moves, window), found.seconds);
        if best.as_ref().is_none_or(|best| found.overrules(best, precedent)) {
            best = Some(found);
        }
    }
    best.map_or_else(|| Growth::Unknown { reason: why_unknown(points, &moves) }, Estimate::into_growth)
}

/// What changed between two neighbouring points.
#[derive(Clone, Copy)]
struct Move {
    seconds: f64,
    change: f64,
}

fn moves(points: &[(Timestamp, f64)], breaks: &[usize]) -> Vec<Move> {
    let breaks: BTreeSet<usize> = breaks.iter().copied().collect();
    let pairs = points.iter().zip(points.iter().skip(1)).enumerate();
    pairs
        .filter(|(index, _)| !breaks.contains(&(index + 1)))
        .map(|(_, (before, after))| Move {
            seconds: after.0.duration_since(before.0).as_secs_f64(),
            change: after.1 - before.1,
        })
        .filter(|step| step.seconds > 0.0 && step.change.is_finite())
        .collect()
}

/// The last moves that fit into `window` seconds.
fn recent(moves: &[Move], window: f64) -> &[Move] {
    moves.get(start_of(moves, window)..).unwrap_or_default()
}

/// The moves before those among which a surge of the length of `window` may have begun.
fn past(moves: &[Move], window: f64) -> &[Move] {
    moves.get(..start_of(moves, DAY.max(3.0 * window))).unwrap_or_default()
}

fn start_of(moves: &[Move], window: f64) -> usize {
    let mut seconds = 0.0;
    let fits = |step: &&Move| {
        seconds += step.seconds;
        seconds <= window
    };
    moves.len() - moves.iter().rev().take_while(fits).count()
}

/// The most that any stretch of up to `window` seconds brought; at least zero.
fn most_in(moves: &[Move], window: f64) -> f64 {
    let (mut seconds, mut change, mut most) = (0.0, 0.0, 0.0_f64);
    let mut leaving = moves.iter();
    for step in moves {
        seconds += step.seconds;
        change += step.change;
        while seconds > window
            && let Some(left) = leaving.next()
        {
            seconds -= left.seconds;
            change -= left.change;
        }
        most = most.max(change);
    }
    most
}

fn total(moves: &[Move]) -> f64 {
    moves.iter().map(|step| step.seconds).sum()
}

fn why_unknown(points: &[(Timestamp, f64)], moves: &[Move]) -> GrowthUnknown {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return GrowthUnknown::TooFewSamples };
    let span = last.0.duration_since(first.0).as_secs_f64();
    if span >= MIN_SECONDS && total(moves) < span / 2.0 { GrowthUnknown::OnlySteps } else { GrowthUnknown::TooShort }
}

/// Rates per second in one window.
struct Estimate {
    low: f64,
    quarter: f64,
    median: f64,
    three_quarters: f64,
    high: f64,
    seconds: f64,
    samples: usize,
}

impl Estimate {
    /// Whether this, from a shorter window, is to be believed over `longer`, when no earlier stretch of that length
    /// brought more than `precedent`.
    fn overrules(&self, longer: &Self, precedent: impl FnOnce() -> f64) -> bool {
        let steady = self.three_quarters - self.quarter <= STEADY * self.median.abs();
        let brought = self.median * self.seconds;
        let busier = self.low > longer.median && brought >= SURGE && brought > UNHEARD_OF * precedent();
        let quieter = self.high < longer.median && self.seconds >= QUIET_SECONDS;
        steady && (busier || quieter)
    }

    fn into_growth(self) -> Growth {
        let window = SignedDuration::try_from_secs_f64(self.seconds).map_or(0, |span| span.as_secs().unsigned_abs());
        let (bytes_per_day, low, high) = (self.median * DAY, self.low * DAY, self.high * DAY);
        Growth::Known { bytes_per_day, low, high, window, samples: self.samples }
    }
}

/// The rates in `moves`, or `None` when there is too little in them.
fn estimate(moves: &[Move]) -> Option<Estimate> {
    let seconds = total(moves);
    let samples = moves.len() + 1;
    if samples < MIN_SAMPLES || seconds < MIN_SECONDS {
        return None;
    }
    let slopes = slopes(&without_event(coarse(moves, seconds), seconds));
    Some(Estimate {
        low: quantile(&slopes, 0.1)?,
        quarter: quantile(&slopes, 0.25)?,
        median: quantile(&slopes, 0.5)?,
        three_quarters: quantile(&slopes, 0.75)?,
        high: quantile(&slopes, 0.9)?,
        seconds,
        samples,
    })
}

/// The same moves in fewer than [`POINTS`] pieces of about equal time.
fn coarse(moves: &[Move], seconds: f64) -> Vec<Move> {
    let piece = seconds / (POINTS - 1) as f64;
    let mut pieces: Vec<Move> = Vec::with_capacity(POINTS);
    let mut open = Move { seconds: 0.0, change: 0.0 };
    for step in moves {
        open = Move { seconds: open.seconds + step.seconds, change: open.change + step.change };
        if open.seconds >= piece {
            pieces.push(open);
            open = Move { seconds: 0.0, change: 0.0 };
        }
    }
    if open.seconds > 0.0 {
        pieces.push(open);
    }
    pieces
}

/// `pieces` without the two neighbours that outweigh all others together (an event may straddle a border), if they
/// were short and enough others remain.
fn without_event(mut pieces: Vec<Move>, seconds: f64) -> Vec<Move> {
    let all: f64 = pieces.iter().map(|piece| piece.change.abs()).sum();
    let is_event = |(one, other): (&Move, &Move)| {
        (one.change + other.change).abs() > all / 2.0 && one.seconds + other.seconds <= EVENT_TIME * seconds
    };
    if pieces.len() > MIN_SAMPLES
        && let Some(event) = pieces.iter().zip(pieces.iter().skip(1)).position(is_event)
    {
        pieces.drain(event..event + 2);
    }
    pieces
}

/// A rate and its weight.
type Slope = (f64, f64);

/// Slopes of the pairs of points along `pieces` that are far enough apart, weighted by length in time, in rising order.
fn slopes(pieces: &[Move]) -> Vec<Slope> {
    let apart = total(pieces) * APART;
    let mut slopes = Vec::with_capacity(pieces.len() * (pieces.len() + 1) / 2);
    for start in 0..pieces.len() {
        let (mut seconds, mut change) = (0.0, 0.0);
        for piece in pieces.iter().skip(start) {
            seconds += piece.seconds;
            change += piece.change;
            if seconds >= apart {
                slopes.push((change / seconds, seconds));
            }
        }
    }
    slopes.sort_by(|one, other| one.0.total_cmp(&other.0));
    slopes
}

/// The rate below which `share` of the weight lies.
fn quantile(slopes: &[Slope], share: f64) -> Option<f64> {
    let all: f64 = slopes.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    let reaches = |slope: &&Slope| {
        below += slope.1;
        below >= share * all
    };
    slopes.iter().find(reaches).map(|(rate, _)| *rate)
}

#[cfg(test)]
mod tests;
