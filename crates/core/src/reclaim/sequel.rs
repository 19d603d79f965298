//! What came of a reclaim: trouble in the app's logs, sessions still there, and whether the app can make its VM again.
//!
//! All of it is pure. Not here: how the VM started (`start`), how any of it is found out (`monitor::sequel`), the words.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::start;
use super::trouble::Trouble;
use crate::alert::Partial;
use crate::history::SETTLING;
use crate::sample::Sample;
use crate::vm::Liveness;

/// What came of a reclaim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequel {
    /// Trouble that the app's logs told of until its next start was over, and how often.
    pub troubles: BTreeMap<Trouble, u32>,
    /// The sessions' folders on the host; none before the next start, or where they could not all be seen.
    pub sessions: Option<SessionsKept>,
    /// The app does not get its VM up again; none when it does or that is not known.
    pub failure: Option<Failure>,
}

impl Sequel {
    /// Whether there is anything to tell.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// The sessions' folders before and after the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsKept {
    /// How many there were.
    pub before: u32,
    /// How many of those are still there.
    pub kept: u32,
    /// How many there are.
    pub after: u32,
}

/// Why the app is taken not to get its VM up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// How it fails.
    pub how: How,
    /// Since when.
    pub since: Timestamp,
}

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The system image is made again and again.
    Repeated,
    /// A download or decompression has stopped half-way, and there is no system image.
    Unfinished,
    /// Its log tells of starts that failed, and none was seen since.
    Logged,
    /// It has begun, and nothing is written.
    Stalled,
}

/// What is known when it is judged.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The present.
    pub now: Timestamp,
    /// When the reclaim ended.
    pub at: Timestamp,
    /// It took the system image, so that the app must make it again.
    pub rebuilds: bool,
    /// The history since, the present included, oldest first.
    pub samples: &'a [Sample],
    /// Since when the app or its VM was there at every look; none when it is not.
    pub app_since: Option<Timestamp>,
    /// When its log was first read to say that it begins to start its VM, since it is there.
    pub begun: Option<Timestamp>,
    /// When trouble that prevents a start was last read of.
    pub prevented: Option<Timestamp>,
    /// Downloads and decompressions in the bundle.
    pub partials: &'a [Partial],
    /// What was judged at the look before.
    pub before: Option<Failure>,
}

/// An image is made once, and once more after a mishap; the third time is a loop, as for the alert of that name.
const LOOP: usize = 3;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The longest download or decompression seen wrote all the time.
const SILENT: SignedDuration = SignedDuration::from_hours(1);

/// The app tries again by itself within seconds, with a time-out of a minute for each of two steps.
const RETRIES: SignedDuration = SignedDuration::from_mins(10);

/// Nothing is written while a download is begun or a checksum computed; either was over within minutes.
const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// How the app fails to get its VM up after a reclaim, if it does. First match wins.
///
/// | given | how |
/// |---|---|
/// | the system image is to be made again, and was three times within a day | repeated |
/// | it is to be made again and not there, and a download begun since was last written to an hour ago | unfinished |
/// | ten minutes ago the log told of what prevents a start, and the VM was not seen to run since | logged |
/// | it is to be made again and not there, the app has begun with it, and for half an hour nothing was written | stalled |
///
/// An app that has not begun is no failure: it may be used for something else.
#[must_use]
pub fn judge(evidence: &Evidence<'_>) -> Option<Failure> {
    let rebuild = evidence.rebuilds.then(|| repeated(evidence).or_else(|| unfinished(evidence))).flatten();
    let stalled = || evidence.rebuilds.then(|| stalled(evidence)).flatten();
    rebuild.or_else(|| logged(evidence)).or_else(stalled)
}

fn repeated(evidence: &Evidence<'_>) -> Option<Failure> {
    let from = evidence.now.saturating_sub(DAY).unwrap_or(evidence.now);
    // There was none when the reclaim ended.
    let inodes = std::iter::once(0).chain(evidence.samples.iter().map(|sample| sample.system_inode));
    let made = evidence.samples.iter().zip(inodes);
    let made: Vec<Timestamp> = made
        .filter(|(sample, before)| sample.system_inode != 0 && sample.system_inode != *before && sample.at >= from)
        .map(|(sample, _)| sample.at)
        .collect();
    let since = *made.first().filter(|_| made.len() >= LOOP)?;
    // The last one may be the good one.
    let last = *made.last()?;
    let runs = |sample: &Sample| sample.at.duration_since(last) >= SETTLING && sample.vm == Liveness::Running;
    (!evidence.samples.iter().any(runs)).then_some(Failure { how: How::Repeated, since })
}

fn unfinished(evidence: &Evidence<'_>) -> Option<Failure> {
    let since = evidence.partials.iter().map(|partial| partial.modified).max()?;
    let silent = since >= evidence.at && evidence.now.duration_since(since) >= SILENT;
    (silent && is_missing(evidence)).then_some(Failure { how: How::Unfinished, since })
}

fn logged(evidence: &Evidence<'_>) -> Option<Failure> {
    let since = evidence.prevented?;
    let runs = evidence.samples.iter().any(|sample| sample.at > since && sample.vm == Liveness::Running);
    let stands = !runs && evidence.now.duration_since(since) >= RETRIES;
    stands.then_some(Failure { how: How::Logged, since })
}

fn stalled(evidence: &Evidence<'_>) -> Option<Failure> {
    let runs = evidence.samples.last().is_some_and(|sample| sample.vm == Liveness::Running);
    let begun = evidence.begun.or(evidence.app_since.filter(|_| runs));
    let app_since = evidence.app_since.filter(|_| is_missing(evidence))?;
    let grown = evidence.samples.windows(2).filter_map(|pair| match pair {
        [before, after] if after.allocated > before.allocated => Some(after.at),
        _ => None,
    });
    let written = evidence.partials.iter().map(|partial| partial.modified);
    let written = grown.chain(written).max().unwrap_or(evidence.at);
    // Whoever watches may have been away meanwhile, and knows the app only since it came back.
    let before = evidence.before.filter(|before| before.how == How::Stalled && before.since >= written);
    if before.is_some() {
        return before;
    }
    let since = written.max(app_since).max(begun?).max(evidence.at);
    (evidence.now.duration_since(since) >= PATIENCE).then_some(Failure { how: How::Stalled, since })
}

fn is_missing(evidence: &Evidence<'_>) -> bool {
    evidence.samples.last().is_some_and(|sample| sample.system_inode == 0)
}

/// Whether the next start is over: the VM was seen to run an hour ago, and with the system image it needs.
#[must_use]
pub fn is_over(evidence: &Evidence<'_>) -> bool {
    let settled = |started: Timestamp| evidence.now.duration_since(started) >= SETTLING;
    let started = start::after(evidence.at, None, evidence.samples).is_some_and(|start| settled(start.at));
    started && judge(evidence).is_none() && !(evidence.rebuilds && is_missing(evidence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Bytes;
    use crate::sample::GuestFree;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    /// Minute, inode of the system image, allocated megabytes of the bundle, whether the VM runs.
    fn samples(rows: &[(i64, u64, u64, bool)]) -> Vec<Sample> {
        let sample = |&(minutes, system_inode, allocated, runs): &(i64, u64, u64, bool)| Sample {
            at: at(minutes),
            allocated: Bytes::mega(allocated),
            system: if system_inode == 0 { Bytes::ZERO } else { Bytes::mega(allocated) },
            session: Bytes::mega(700),
            system_inode,
            source_modified: 1,
            free: Bytes::giga(40),
            total: Bytes::giga(245),
            vm: if runs { Liveness::Running } else { Liveness::Stopped },
            guest_free: GuestFree::default(),
        };
        rows.iter().map(sample).collect()
    }

    fn evidence(now: i64, samples: &[Sample]) -> Evidence<'_> {
        Evidence {
            now: at(now),
            at: at(0),
            rebuilds: true,
            samples,
            app_since: None,
            begun: None,
            prevented: None,
            partials: &[],
            before: None,
        }
    }

    #[test]
    fn a_good_rebuild_is_over_after_an_hour_and_never_a_failure() {
        let all = samples(&[(1, 0, 0, false), (10, 8, 100, true), (20, 8, 10_700, true), (75, 8, 10_700, true)]);
        for (seen, now, over) in [(1, 5, false), (2, 12, false), (3, 69, false), (4, 75, true)] {
            let found = Evidence { app_since: Some(at(9)), begun: Some(at(9)), ..evidence(now, &all[..seen]) };
            assert_eq!((judge(&found), is_over(&found)), (None, over), "minute {now}");
        }
    }

    #[test]
    fn an_app_that_began_and_writes_nothing_has_failed_after_half_an_hour_and_one_that_did_not_begin_has_not() {
        let none = samples(&[(1, 0, 2_000, false), (35, 0, 2_000, false)]);
        let begun = |now| Evidence { app_since: Some(at(5)), begun: Some(at(10)), ..evidence(now, &none) };
        assert_eq!(judge(&begun(39)), None);
        assert_eq!(judge(&begun(40)), Some(Failure { how: How::Stalled, since: at(10) }));
        assert_eq!(judge(&Evidence { begun: None, ..begun(400) }), None, "it is used for something else");
        assert_eq!(judge(&Evidence { app_since: None, ..begun(400) }), None, "it is gone");
        assert_eq!(judge(&Evidence { rebuilds: false, ..begun(400) }), None, "nothing is to be made");
        // Plimsoll was started again, and knows the app since then only.
        let anew = Evidence { app_since: Some(at(60)), begun: None, before: judge(&begun(40)), ..begun(61) };
        assert_eq!(judge(&anew), Some(Failure { how: How::Stalled, since: at(10) }));
        assert_eq!(judge(&Evidence { app_since: None, ..anew }), None);
        // A slow download is none: its file grows.
        let slow = samples(&[(1, 0, 2_000, false), (35, 0, 2_100, false)]);
        assert_eq!(judge(&Evidence { samples: &slow, ..begun(64) }), None);
        assert_eq!(
            judge(&Evidence { samples: &slow, ..begun(65) }),
            Some(Failure { how: How::Stalled, since: at(35) })
        );
    }

    #[test]
    fn a_download_that_is_silent_for_an_hour_counts_only_when_it_began_after_the_reclaim() {
        let none = samples(&[(1, 0, 2_000, false)]);
        let partial = |minutes| Partial {
            name: "rootfs.img.zst.partial".to_owned(),
            modified: at(minutes),
            allocated: Bytes::mega(400),
        };
        let with = |partials, now| judge(&Evidence { partials, ..evidence(now, &none) });
        let (fresh, old) = ([partial(20)], [partial(-20)]);
        assert_eq!(with(&fresh, 79), None);
        assert_eq!(with(&fresh, 80), Some(Failure { how: How::Unfinished, since: at(20) }));
        assert_eq!(with(&old, 800), None);
        let made = samples(&[(1, 0, 2_000, false), (90, 8, 10_000, false)]);
        assert_eq!(judge(&Evidence { partials: &fresh, ..evidence(100, &made) }), None, "it is there all the same");
    }

    #[test]
    fn trouble_in_the_log_counts_until_the_vm_runs() {
        let all = samples(&[(1, 9, 4_000, false), (30, 9, 4_000, false), (60, 9, 4_000, true)]);
        let found = |now, seen| Evidence {
            rebuilds: false,
            prevented: Some(at(20)),
            ..evidence(now, all.get(..seen).expect("samples"))
        };
        assert_eq!(judge(&found(29, 1)), None, "it tries again by itself");
        assert_eq!(judge(&found(30, 2)), Some(Failure { how: How::Logged, since: at(20) }));
        assert_eq!(judge(&found(60, 3)), None);
        assert!(is_over(&found(120, 3)));
    }

    #[test]
    fn the_third_making_is_a_loop_until_one_has_run_for_an_hour() {
        let mut rows = vec![(1, 0, 0, false), (10, 7, 9_000, true), (50, 8, 9_000, true), (90, 9, 9_000, true)];
        let failure = Some(Failure { how: How::Repeated, since: at(10) });
        assert_eq!(judge(&evidence(50, &samples(&rows[..3]))), None);
        assert_eq!(judge(&evidence(90, &samples(&rows))), failure);
        rows.push((140, 9, 9_000, true));
        assert_eq!(judge(&evidence(140, &samples(&rows))), failure);
        rows.push((150, 9, 9_000, true));
        assert_eq!(judge(&evidence(150, &samples(&rows))), None);
    }
}
