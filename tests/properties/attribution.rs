//! Properties of who is named for which growth, for histories and sessions that nobody would think of.

use jiff::{SignedDuration, Timestamp};
use plimsoll_core::attribution::{Activity, Attribution, attribute, lately};
use plimsoll_core::bundle::Gap;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::history::{History, breaks, thin};
use plimsoll_core::ports::sessions::{Listing, Session};
use plimsoll_core::sample::{GuestFree, Sample};
use plimsoll_core::vm::Liveness;
use proptest::collection::vec;
use proptest::prelude::*;

const START: i64 = 1_760_000_000;
const WEEK: i64 = 7 * 86_400;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("within the range of dates")
}

/// Seconds to the next sample, what it adds, and the system image's inode: mostly one image that grows and shrinks.
fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let step = (1..10_000_i64, -2_000_000_000..3_000_000_000_i64, prop_oneof![9 => Just(7), 1 => 0..4_u64]);
    vec(step, 0..80).prop_map(|steps| {
        let (mut second, mut size) = (START, 10_000_000_000_i64);
        steps
            .into_iter()
            .map(|(seconds, change, system_inode)| {
                second += seconds;
                size = (size + change).max(0);
                let allocated = Bytes(size.unsigned_abs());
                Sample {
                    at: at(second),
                    allocated,
                    system: if system_inode == 0 { Bytes::ZERO } else { allocated },
                    session: Bytes::ZERO,
                    system_inode,
                    source_modified: 1,
                    free: Bytes::giga(50),
                    total: Bytes::giga(245),
                    vm: Liveness::Running,
                    guest_free: GuestFree::default(),
                }
            })
            .collect()
    })
}

/// Sessions with signs around the time of the samples, some of them dated ahead.
fn sessions() -> impl Strategy<Value = Vec<Session>> {
    let signs = vec((START - WEEK..START + WEEK).prop_map(at), 0..5);
    let session = ("[0-9a-f]{4}", signs).prop_map(|(name, mut signs)| {
        signs.sort_unstable();
        Session { folder: format!("local_{name}-1"), signs }
    });
    vec(session, 0..8)
}

fn listing() -> impl Strategy<Value = Listing> {
    (sessions(), any::<bool>()).prop_map(|(sessions, closed)| {
        let gap = Gap { path: "/closed".into(), reason: "failed to list it".to_owned(), denied: true };
        Listing { sessions, gaps: if closed { vec![gap] } else { Vec::new() } }
    })
}

fn end(samples: &[Sample]) -> Timestamp {
    samples.last().map_or(at(START), |last| last.at)
}

/// All that was added from one sample to the next, where that is growth.
fn grown(samples: &[Sample]) -> u64 {
    let steps = breaks(samples);
    let pairs = samples.iter().zip(samples.iter().skip(1)).enumerate();
    let growth = pairs.filter(|(index, _)| !steps.contains(&(index + 1)));
    growth.map(|(_, (before, after))| after.allocated.less(before.allocated).0).sum()
}

proptest! {
    #[test]
    fn no_growth_is_told_twice_and_never_more_than_there_was(samples in samples(), listing in listing()) {
        let told = attribute(&samples, end(&samples), &listing);
        prop_assert!(told.iter().all(|it| it.since < it.until));
        // The newest first, and none reaches into another.
        prop_assert!(told.is_sorted_by(|later, earlier| earlier.until <= later.since), "{told:?}");
        let sum: u64 = told.iter().map(|it| it.bytes.0).sum();
        prop_assert!(sum <= grown(&samples), "{sum} of {}", grown(&samples));
        let size = |time: Timestamp| samples.iter().find(|sample| sample.at == time).map(|sample| sample.allocated);
        for it in &told {
            prop_assert_eq!(Some(it.bytes), size(it.until).zip(size(it.since)).map(|(to, from)| to.less(from)));
        }
    }

    #[test]
    fn who_is_named_left_a_sign_and_nobody_is_named_where_nobody_can_be(samples in samples(), listing in listing()) {
        let now = end(&samples);
        for it in attribute(&samples, now, &listing) {
            let Attribution { state, sessions, perhaps, .. } = &it;
            prop_assert_eq!(*state == Activity::Active, !sessions.is_empty());
            prop_assert!(sessions.iter().all(|name| !perhaps.contains(name)));
            prop_assert!(*state != Activity::TooCoarse || perhaps.is_empty());
            prop_assert!(*state != Activity::None || listing.gaps.is_empty(), "not seen is not none");
            // Within, or close enough to it that a look may have come late.
            let (from, to) = (it.since - SignedDuration::from_mins(1), now.min(it.until + SignedDuration::from_mins(30)));
            let near = |name: &String| {
                let of_name = listing.sessions.iter().filter(|session| session.name() == *name);
                of_name.flat_map(|session| &session.signs).any(|sign| (from..=to).contains(sign))
            };
            prop_assert!(sessions.iter().all(near), "{it:?}");
        }
    }

    #[test]
    fn what_a_session_does_later_never_makes_another_one_disappear(samples in samples(), mut listing in listing(), more in sessions()) {
        let now = end(&samples);
        let before = attribute(&samples, now, &listing);
        listing.sessions.extend(more);
        for (before, after) in before.iter().zip(attribute(&samples, now, &listing)) {
            prop_assert_eq!((before.bytes, before.since, before.until), (after.bytes, after.since, after.until));
            prop_assert!(before.sessions.iter().all(|name| after.sessions.contains(name)));
        }
    }

    #[test]
    fn a_burst_is_told_within_its_time(samples in samples(), listing in listing(), bytes in any::<u64>()) {
        let now = end(&samples);
        let since = now - SignedDuration::from_hours(1);
        let told = lately(&samples, Bytes(bytes), since, now, &listing);
        prop_assert!(since <= told.since && told.since <= told.until && told.until == now);
        prop_assert_eq!(told.bytes, Bytes(bytes));
    }

    #[test]
    fn a_thinned_history_tells_of_no_more_growth(samples in samples(), days in 0..10_i64, listing in listing()) {
        let now = end(&samples) + SignedDuration::from_hours(24 * days);
        let history: History = samples.iter().cloned().collect();
        let kept = thin(history.samples(), now);
        let sum = |samples: &[Sample]| attribute(samples, now, &listing).iter().map(|it| it.bytes.0).sum::<u64>();
        prop_assert!(sum(&kept) <= grown(&samples));
    }
}
