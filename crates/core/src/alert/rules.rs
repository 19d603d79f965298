//! Each matter as it reads at one instant: facts and limits → how pressing, with a band against flutter.
//!
//! Not here: what was said before (`book`), and where space went (`cause`).

use jiff::{SignedDuration, Timestamp};

use super::cause::cause;
use super::{Broken, BundleScene, Facts, Guest, Limits, MOST_OF_SHARE, Reading, Severity, Suspect, VolumeScene};
use crate::bytes::Bytes;
use crate::forecast::Forecast;
use crate::history::{self, SETTLING};
use crate::reclaim::sequel::{Failure, How};
use crate::sample::{Sample, Step};

/// A level of free space ends this share above where it began: swap alone moves by 1 GB, a fifth of the lowest level.
const BAND: u64 = 5;

/// "Full within a day" and "within three days" are the gauge's; what was said ends a third later.
const DAY: SignedDuration = SignedDuration::from_hours(24);
const DAYS: SignedDuration = SignedDuration::from_hours(72);
const DAY_ENDS: SignedDuration = SignedDuration::from_hours(32);
const DAYS_END: SignedDuration = SignedDuration::from_hours(96);

/// A download is over by then; what goes on for two hours may well go on for a day.
const FORECAST_HOLD: SignedDuration = SignedDuration::from_hours(2);

/// The first date is that of three times the median rate: half of the median must be there in the last hour.
const COMING_TRUE: f64 = 6.0;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The guest starts no session with less than 500 MiB free, and throws caches away below 1 GiB.
const GUEST_FAILS: Bytes = Bytes(500 << 20);
const GUEST_SHORT: Bytes = Bytes(1 << 30);

/// A session disk has 10 GB; what is much smaller is none, and says nothing by being full.
const SMALLEST_GUEST: Bytes = Bytes(2 << 30);

/// The app restarts its VM within seconds; an update of the app was seen to take minutes.
const ORPHAN_HOLD: SignedDuration = SignedDuration::from_mins(10);

/// An image is made at a first start, and once more after a mishap; the third time in a day it is a loop.
const LOOP: usize = 3;

/// The longest download or decompression seen took under three hours in all, and wrote all the time.
const STUCK: SignedDuration = SignedDuration::from_hours(1);

/// Snapshots go by themselves within about a day; freed blocks of a healthy volume are there in a second.
const NOT_BACK_FROM: SignedDuration = SignedDuration::from_mins(10);

/// Free space of a volume. First match wins, and zero switches a level off.
///
/// | given | severity |
/// |---|---|
/// | free < critical | critical |
/// | free < warning | warning |
/// | free < notice, or < the share of the volume, counted up to 20 GB | notice |
///
/// It ends a fifth above where it began.
pub(super) fn low_disk(now: Timestamp, volume: &VolumeScene<'_>, limits: &Limits) -> Option<Reading> {
    if volume.total == Bytes::ZERO {
        return None;
    }
    let share = Bytes(volume.total.0 / 100 * u64::from(limits.notice_percent)).min(MOST_OF_SHARE);
    let levels = [
        (limits.critical, Severity::Critical),
        (limits.warning, Severity::Warning),
        (limits.notice.max(share), Severity::Notice),
    ];
    let first = |is_below: &dyn Fn(Bytes) -> bool| {
        levels.iter().find(|(limit, _)| is_below(*limit)).map(|(_, severity)| *severity)
    };
    let enter = first(&|limit| volume.free < limit);
    let stay = first(&|limit| volume.free < limit.plus(Bytes(limit.0 / BAND)));
    let facts = Facts::LowDisk { free: volume.free, cause: stay.and_then(|_| cause(now, volume)) };
    Some(Reading { subject: volume.mount_point.clone(), enter, stay, hold: SignedDuration::ZERO, facts })
}

/// The forecast of a volume: a warning within a day, a notice within three, once free space has really gone that way for
/// the last two hours. What low space already says, `short`, is not said again.
pub(super) fn filling(now: Timestamp, volume: &VolumeScene<'_>, short: Option<Severity>) -> Option<Reading> {
    if volume.total == Bytes::ZERO {
        return None;
    }
    let earliest = match volume.forecast {
        Forecast::Full { earliest, .. } => Some(earliest),
        Forecast::None { .. } => None,
    };
    let within = |day: SignedDuration, days: SignedDuration| {
        let left = earliest?.duration_since(now);
        let severity = if left < day { Severity::Warning } else { Severity::Notice };
        (left < days && Some(severity) > short).then_some(severity)
    };
    let facts = Facts::Filling {
        earliest: earliest.unwrap_or(now),
        cause: within(DAY_ENDS, DAYS_END).and_then(|_| cause(now, volume)),
    };
    Some(Reading {
        subject: volume.mount_point.clone(),
        enter: within(DAY, DAYS).filter(|_| earliest.is_some_and(|earliest| comes_true(now, volume, earliest))),
        stay: within(DAY_ENDS, DAYS_END),
        hold: FORECAST_HOLD,
        facts,
    })
}

/// Whether free space fell in the last hour as a forecast says: rates remember a download long after its end.
fn comes_true(now: Timestamp, volume: &VolumeScene<'_>, earliest: Timestamp) -> bool {
    let from = now.saturating_sub(HOUR).unwrap_or(now);
    let before = |bundle: &BundleScene<'_>| {
        let index = bundle.samples.partition_point(|sample| sample.at <= from);
        bundle.samples.get(index.saturating_sub(1)).map(|sample| sample.free)
    };
    let Some(before) = volume.bundles.first().and_then(before) else { return false };
    let hours = earliest.duration_since(now).as_secs_f64().max(3_600.0) / 3_600.0;
    before.less(volume.free).as_f64() >= volume.free.as_f64() / hours / COMING_TRUE
}

/// All matters of a bundle that can be told of at the moment.
pub(super) fn of_bundle(
    now: Timestamp,
    volume: &VolumeScene<'_>,
    bundle: &BundleScene<'_>,
    limits: &Limits,
) -> Vec<Reading> {
    let readings = [
        bundle.guest.map(guest_full),
        Some(cannot_rebuild(now, volume, bundle)),
        Some(rebuild_loop(now, bundle)),
        Some(not_back(now, volume, bundle)),
        Some(burst(now, bundle, limits.burst)),
        Some(orphan(bundle)),
        Some(partial_stuck(now, bundle)),
    ];
    let of_it = |draft: Draft| Reading {
        subject: bundle.key.clone(),
        enter: draft.enter,
        stay: draft.stay,
        hold: draft.hold,
        facts: draft.facts,
    };
    readings.into_iter().flatten().map(of_it).collect()
}

/// A reading whose subject goes without saying.
struct Draft {
    enter: Option<Severity>,
    stay: Option<Severity>,
    hold: SignedDuration,
    facts: Facts,
}

impl Draft {
    /// A matter without a band: it is so, or it is not.
    fn plain(severity: Severity, is_so: bool, facts: Facts) -> Self {
        let due = is_so.then_some(severity);
        Self { enter: due, stay: due, hold: SignedDuration::ZERO, facts }
    }
}

/// The guest's session disk: a warning where no session starts any more, a notice where caches go. An image that holds
/// nearly all its blocks may be full or not; only its file system would know, so that is a notice.
fn guest_full(guest: Guest) -> Draft {
    let (enter, stay) = match guest {
        Guest::Read { total: size, .. } | Guest::Touched { logical: size, .. } if size < SMALLEST_GUEST => (None, None),
        Guest::Read { free, .. } => {
            let below = |fails: Bytes, short: Bytes| {
                let short = (free < short).then_some(Severity::Notice);
                if free < fails { Some(Severity::Warning) } else { short }
            };
            (below(GUEST_FAILS, GUEST_SHORT), below(GUEST_SHORT, Bytes(GUEST_SHORT.0 * 3 / 2)))
        }
        Guest::Touched { allocated, logical } => {
            let due = (logical.less(allocated) < GUEST_FAILS).then_some(Severity::Notice);
            (due, due)
        }
    };
    Draft { enter, stay, hold: SignedDuration::ZERO, facts: Facts::GuestFull { guest } }
}

/// The app does not get its VM up after a reclaim: judged where its next start is watched.
fn cannot_rebuild(now: Timestamp, volume: &VolumeScene<'_>, bundle: &BundleScene<'_>) -> Draft {
    let none = || Broken { failure: Failure { how: How::Stalled, since: now }, given_up: false, copy: None };
    let broken = bundle.broken.clone();
    let is_so = broken.is_some();
    let facts = Facts::CannotRebuild { broken: broken.unwrap_or_else(none), free: volume.free };
    Draft::plain(Severity::Warning, is_so, facts)
}

/// What is told as the failure of a reclaim is not told once more as such.
fn is_told_as(bundle: &BundleScene<'_>, how: How) -> bool {
    bundle.broken.as_ref().is_some_and(|broken| broken.failure.how == how)
}

/// The system image made three times within a day without a reclaim that would explain it.
fn rebuild_loop(now: Timestamp, bundle: &BundleScene<'_>) -> Draft {
    let samples = within(bundle.samples, now, DAY);
    let made: Vec<usize> = history::steps(samples)
        .into_iter()
        .filter(|(index, step)| *step == Step::Rebuild && samples.get(*index).is_some_and(|s| s.system_inode != 0))
        .map(|(index, _)| index)
        .collect();
    let times_explained =
        bundle.reclaims.iter().filter(|reclaim| reclaim.rebuilds && now.duration_since(reclaim.at) <= DAY).count();
    let times = made.len().saturating_sub(times_explained);
    // From each making to the next, the largest that the image was in between.
    let ends = made.iter().skip(1).copied().chain([samples.len()]);
    let largest = |(from, to): (&usize, usize)| {
        samples.get(*from..to).and_then(|run| run.iter().map(|sample| sample.system).max()).unwrap_or(Bytes::ZERO)
    };
    let written = made.iter().zip(ends).map(largest).sum();
    let since = made.first().and_then(|index| samples.get(*index)).map_or(now, |sample| sample.at);
    let facts = Facts::RebuildLoop { times: u32::try_from(made.len()).unwrap_or(u32::MAX), written, since };
    Draft::plain(Severity::Warning, times >= LOOP && !is_told_as(bundle, How::Repeated), facts)
}

/// A reclaim of the last day that the volume has less than nine tenths of, ten minutes later. That free space fell since
/// is told elsewhere: what counts is the most it had.
fn not_back(now: Timestamp, volume: &VolumeScene<'_>, bundle: &BundleScene<'_>) -> Draft {
    let none = Facts::NotBack { freed: Bytes::ZERO, gained: Bytes::ZERO, suspects: Vec::new() };
    let Some(last) = bundle.reclaims.first().filter(|last| volume.total > Bytes::ZERO && last.freed > Bytes::mega(100))
    else {
        return Draft::plain(Severity::Notice, false, none);
    };
    let age = now.duration_since(last.at);
    let after = bundle.samples.iter().filter(|sample| sample.at >= last.at).map(|sample| sample.free);
    // Another program may have taken it before the next look.
    let most = after.max().unwrap_or(volume.free).max(last.free_after);
    let gained = most.less(last.free_before);
    let missing = gained.0 < last.freed.0 / 10 * 9;
    let is_due = missing && age >= NOT_BACK_FROM && age < DAY;
    let suspects: Vec<Suspect> = last.suspects.clone();
    Draft::plain(Severity::Notice, is_due, Facts::NotBack { freed: last.freed, gained, suspects })
}

/// Growth of at least `limit` within an hour that nobody looked. Half of it keeps the alert standing.
fn burst(now: Timestamp, bundle: &BundleScene<'_>, limit: Bytes) -> Draft {
    let from = now.saturating_sub(HOUR).unwrap_or(now);
    let grew = grown_within(bundle.samples, from);
    let unseen = bundle.unseen_since.is_some_and(|since| since <= from);
    let due = |least: Bytes| (limit > Bytes::ZERO && grew >= least).then_some(Severity::Notice);
    Draft {
        enter: due(limit).filter(|_| unseen),
        stay: due(Bytes(limit.0 / 2)),
        hold: SignedDuration::ZERO,
        facts: Facts::Burst { grew, since: from },
    }
}

/// Growth since `from`, without that of an image that is being made. The first hour of a history counts as such: nobody
/// knows what was going on when watching began.
fn grown_within(samples: &[Sample], from: Timestamp) -> Bytes {
    let settled = samples.first().and_then(|first| first.at.saturating_add(SETTLING).ok());
    // Whatever was made before that has settled.
    let samples = within(samples, from, SETTLING);
    let breaks = history::breaks(samples);
    let grown = |(index, (before, after)): (usize, (&Sample, &Sample))| {
        let counts = after.at > from && settled.is_some_and(|settled| after.at > settled);
        if !counts || breaks.binary_search(&(index + 1)).is_ok() {
            return Bytes::ZERO;
        }
        let change = after.allocated.less(before.allocated);
        // Of a pause longer than the time looked at, only the part within it.
        let (whole, part) = (after.at.duration_since(before.at), after.at.duration_since(from.max(before.at)));
        if whole == part || whole.as_secs() <= 0 {
            return change;
        }
        let seconds = |span: SignedDuration| u128::from(span.as_secs().unsigned_abs());
        let share = u128::from(change.0) * seconds(part) / seconds(whole);
        Bytes(u64::try_from(share).unwrap_or(u64::MAX))
    };
    let start = samples.partition_point(|sample| sample.at <= from).saturating_sub(1);
    let pairs = samples.iter().zip(samples.iter().skip(1)).enumerate().skip(start);
    let grown: Bytes = pairs.map(grown).sum();
    // What came and went again is no growth.
    let last = samples.last().map_or(Bytes::ZERO, |sample| sample.allocated);
    let first = samples.get(start).map_or(Bytes::ZERO, |sample| sample.allocated);
    let stepped = breaks.last().is_some_and(|index| *index > start);
    if stepped { grown } else { grown.min(last.less(first)) }
}

fn orphan(bundle: &BundleScene<'_>) -> Draft {
    Draft { hold: ORPHAN_HOLD, ..Draft::plain(Severity::Notice, bundle.orphan, Facts::Orphan) }
}

fn partial_stuck(now: Timestamp, bundle: &BundleScene<'_>) -> Draft {
    let oldest = bundle.partials.iter().min_by_key(|partial| partial.modified);
    let stuck = oldest.filter(|partial| now.duration_since(partial.modified) >= STUCK);
    let facts = |name: &str, since, allocated| Facts::PartialStuck { name: name.to_owned(), since, allocated };
    let facts = stuck.map_or_else(
        || facts("", now, Bytes::ZERO),
        |partial| facts(&partial.name, partial.modified, partial.allocated),
    );
    Draft::plain(Severity::Notice, stuck.is_some() && !is_told_as(bundle, How::Unfinished), facts)
}

/// The samples of the last `span`, and the one before them.
fn within(samples: &[Sample], now: Timestamp, span: SignedDuration) -> &[Sample] {
    let from = now.saturating_sub(span).unwrap_or(now);
    let start = samples.partition_point(|sample| sample.at < from).saturating_sub(1);
    samples.get(start..).unwrap_or_default()
}
