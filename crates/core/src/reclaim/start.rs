//! The next start of the VM after a reclaim, read from the history: rebuilt or not, how long, how much was written.
//!
//! Nothing is watched for it beyond the samples there are, so times are as fine as the cadence. Not here: any wording.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;
use crate::history::SETTLING;
use crate::sample::Sample;
use crate::vm::Liveness;

/// How the VM started after a reclaim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// When it was first seen running.
    pub at: Timestamp,
    /// The system image was made anew.
    pub rebuilt: bool,
    /// From the last look before it was seen growing to the last growth within an hour; zero when it did not grow.
    pub seconds: u64,
    /// By how much the system image grew in that time.
    pub written_bytes: Bytes,
    /// The session image is there, or there was none.
    pub session_kept: bool,
}

/// Less than this is logs and locks, not the making of an image.
const GROWN: Bytes = Bytes::mega(10);

/// The first start between a reclaim that ended at `from` and the next one, if any was seen. `samples` in order of time.
#[must_use]
pub fn after(from: Timestamp, until: Option<Timestamp>, samples: &[Sample]) -> Option<Start> {
    let begin = samples.partition_point(|sample| sample.at <= from);
    let end = until.map_or(samples.len(), |until| samples.partition_point(|sample| sample.at < until));
    let since = samples.get(begin..end)?;
    let first = since.iter().position(|sample| sample.vm == Liveness::Running)?;
    let started = since.get(first)?;
    // What the reclaim left behind is seen before the start, or at least at it.
    let base = since.get(..first).and_then(<[Sample]>::last).unwrap_or(started);
    let window: Vec<&Sample> = since
        .iter()
        .skip(first.saturating_sub(1))
        .take_while(|sample| sample.at.duration_since(started.at) <= SETTLING)
        .collect();
    let made = |sample: &&&Sample| sample.system_inode != 0 && sample.system_inode != base.system_inode;
    let rebuilt = window.iter().any(|sample| made(&sample));
    let grown = |pair: &[&Sample]| match pair {
        [before, after] if after.system.less(before.system) > GROWN => Some((before.at, after.at)),
        _ => None,
    };
    let growth: Vec<(Timestamp, Timestamp)> = window.windows(2).filter_map(grown).collect();
    let seconds = match (growth.first(), growth.last()) {
        (Some((begin, _)), Some((_, end))) => end.duration_since(*begin).as_secs().unsigned_abs(),
        _ => 0,
    };
    let largest = window.iter().map(|sample| sample.system).max().unwrap_or(Bytes::ZERO);
    let last = window.last()?;
    Some(Start {
        at: started.at,
        rebuilt,
        seconds,
        written_bytes: largest.less(if rebuilt && base.system_inode != 0 { Bytes::ZERO } else { base.system }),
        session_kept: last.session > Bytes::ZERO || base.session == Bytes::ZERO,
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn sample(minutes: i64, vm: Liveness, system: u64, system_inode: u64, session: u64) -> Sample {
        Sample {
            at: at(minutes),
            allocated: Bytes::mega(system + session),
            system: Bytes::mega(system),
            session: Bytes::mega(session),
            system_inode,
            source_modified: 1,
            free: Bytes::giga(40),
            total: Bytes::giga(245),
            vm,
            guest_free: crate::sample::GuestFree::default(),
        }
    }

    #[test]
    fn a_rebuild_is_told_from_a_plain_start_and_from_none() {
        use Liveness::{Running, Stopped};
        let reclaimed = vec![
            sample(-5, Stopped, 9_000, 7, 700),
            sample(1, Stopped, 0, 0, 700),
            sample(60, Stopped, 0, 0, 700),
            sample(75, Running, 3_000, 8, 700),
            sample(80, Running, 10_700, 8, 700),
            sample(85, Running, 10_700, 8, 710),
            // After it has settled, growth is growth.
            sample(500, Running, 10_900, 8, 710),
        ];
        let start = after(at(0), None, &reclaimed).expect("a start");
        let rebuilt = Start {
            at: at(75),
            rebuilt: true,
            seconds: 20 * 60,
            written_bytes: Bytes::mega(10_700),
            session_kept: true,
        };
        assert_eq!(start, rebuilt);
        assert_eq!(after(at(0), Some(at(70)), &reclaimed), None, "that start belongs to the next reclaim");
        assert_eq!(after(at(600), None, &reclaimed), None);

        let compacted = vec![sample(1, Stopped, 4_000, 9, 700), sample(30, Running, 4_005, 9, 700)];
        let plain = after(at(0), None, &compacted).expect("a start");
        assert!(!plain.rebuilt && plain.seconds == 0 && plain.session_kept, "{plain:?}");
        assert_eq!(plain.written_bytes, Bytes::mega(5));

        let lost = vec![sample(1, Stopped, 0, 0, 700), sample(30, Running, 9_000, 9, 0)];
        assert!(!after(at(0), None, &lost).expect("a start").session_kept);
        let unseen = vec![sample(30, Running, 9_000, 9, 0)];
        assert!(!after(at(0), None, &unseen).expect("a start").rebuilt, "nobody saw it without an image");
    }
}
