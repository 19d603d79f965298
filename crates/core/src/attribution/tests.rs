//! Cases for stretches of growth and for who was there.

use super::*;
use crate::bundle::Gap;
use crate::ports::sessions::Session;
use crate::sample::GuestFree;
use crate::vm::Liveness;

const START: i64 = 1_760_000_000;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(START + minutes * 60).unwrap()
}

fn sample(minutes: i64, megabytes: u64, inode: u64) -> Sample {
    Sample {
        at: at(minutes),
        allocated: Bytes::mega(megabytes),
        system: Bytes::mega(megabytes),
        session: Bytes::ZERO,
        system_inode: inode,
        source_modified: 1,
        free: Bytes::giga(50),
        total: Bytes::giga(245),
        vm: Liveness::Running,
        guest_free: GuestFree::default(),
    }
}

/// Minutes and megabytes.
type Point = (i64, u64);

fn history(points: &[Point]) -> Vec<Sample> {
    points.iter().map(|(minutes, megabytes)| sample(*minutes, *megabytes, 7)).collect()
}

fn session(name: &str, minutes: &[i64]) -> Session {
    let signs = minutes.iter().map(|minute| at(*minute)).collect();
    Session { folder: format!("local_{name}-0000"), signs }
}

/// A session's name and the minutes of its signs.
type Seen<'a> = (&'a str, &'a [i64]);

fn seen(sessions: &[Seen<'_>]) -> Listing {
    let sessions = sessions.iter().map(|(name, minutes)| session(name, minutes)).collect();
    Listing { sessions, gaps: Vec::new() }
}

/// Megabytes, and minutes from and to.
type Row = (u64, i64, i64);

fn found(samples: &[Sample]) -> Vec<Row> {
    let minutes = |time: Timestamp| (time.as_second() - START) / 60;
    let row = |it: &Stretch| (it.bytes.0 / 1_000_000, minutes(it.since), minutes(it.until));
    stretches(samples).iter().map(row).collect()
}

#[test]
fn growth_is_one_stretch_until_it_pauses() {
    let cases: [(&[Point], &[Row]); 8] = [
        (&[], &[]),
        (&[(0, 100)], &[]),
        (&[(0, 100), (5, 100)], &[]),
        (&[(0, 100), (5, 300), (10, 400)], &[(300, 0, 10)]),
        // A pause of half an hour is none, a longer one is.
        (&[(0, 100), (5, 300), (35, 300), (40, 400)], &[(300, 0, 40)]),
        (&[(0, 100), (5, 300), (40, 300), (45, 400)], &[(200, 0, 5), (100, 40, 45)]),
        // What came and went again counts as far as it stayed.
        (&[(0, 100), (5, 500), (10, 300), (15, 350)], &[(250, 0, 15)]),
        (&[(0, 100), (5, 500), (10, 50), (15, 80)], &[]),
    ];
    for (points, expected) in cases {
        assert_eq!(found(&history(points)), expected, "{points:?}");
    }
}

#[test]
fn what_is_made_anew_is_no_growth_and_cuts_it() {
    let rebuilt = [sample(0, 1_000, 7), sample(5, 1_200, 7), sample(10, 5_000, 8), sample(40, 9_000, 8)];
    assert_eq!(found(&rebuilt), [(200, 0, 5)]);
    let reclaimed = [sample(0, 5_000, 7), sample(5, 5_200, 7), sample(10, 3_000, 7), sample(15, 3_100, 7)];
    assert_eq!(found(&reclaimed), [(200, 0, 5), (100, 10, 15)]);
}

#[test]
fn those_are_named_who_were_there() {
    let samples = history(&[(0, 1_000), (60, 1_000), (65, 3_000), (80, 5_100), (140, 5_100)]);
    let check = |sessions: &[Seen], state, named: &[&str], others: &[&str]| {
        let all = attribute(&samples, at(150), &seen(sessions));
        let [only] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((only.bytes, only.since, only.until), (Bytes::mega(4_100), at(60), at(80)));
        assert_eq!((only.state, &only.sessions, &only.perhaps), (state, &names(named), &names(others)), "{sessions:?}");
    };
    check(&[], Activity::None, &[], &[]);
    check(&[("a", &[70])], Activity::Active, &["a"], &[]);
    check(&[("b", &[61, 75]), ("a", &[10, 70])], Activity::Active, &["a", "b"], &[]);
    // Before, or after, and not in between.
    check(&[("a", &[0, 50]), ("b", &[90, 100])], Activity::None, &[], &[]);
    // There before and after: what it did in between left no trace.
    check(&[("a", &[0, 130])], Activity::Perhaps, &[], &["a"]);
    check(&[("a", &[0, 130]), ("b", &[70])], Activity::Active, &["b"], &["a"]);
    // Its last line came a little later; one that only began then has nothing to do with it.
    check(&[("a", &[0, 83]), ("b", &[83, 84])], Activity::Active, &["a"], &[]);
    // What it wrote a moment before came to the disk now.
    check(&[("a", &[59])], Activity::Active, &["a"], &[]);
    // Dated after the present.
    check(&[("a", &[0, 9_000])], Activity::None, &[], &[]);
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_goes_on_reaches_to_the_present() {
    let samples = history(&[(0, 1_000), (5, 2_000)]);
    let listing = seen(&[("a", &[-600, 24]), ("b", &[20, 24])]);
    let now = attribute(&samples, at(25), &listing);
    assert_eq!((now[0].state, now[0].sessions.as_slice()), (Activity::Active, &["a".to_owned()][..]));
    assert!(now[0].goes_on(at(25)) && !now[0].goes_on(at(60)));
    assert_eq!(attribute(&samples, at(60), &listing)[0].state, Activity::Perhaps);
}

#[test]
fn who_cannot_be_seen_or_placed_is_nobody() {
    let gap = Gap { path: "/closed".into(), reason: "failed to list it".to_owned(), denied: true };
    let closed = |sessions| Listing { gaps: vec![gap.clone()], ..seen(sessions) };
    let samples = history(&[(0, 1_000), (5, 2_000)]);
    let state = |samples: &[Sample], listing: &Listing| attribute(samples, at(1_000), listing)[0].state;
    assert_eq!(state(&samples, &closed(&[])), Activity::CannotTell, "never none");
    assert_eq!(state(&samples, &closed(&[("a", &[-9, 500])])), Activity::CannotTell);
    assert_eq!(state(&samples, &closed(&[("a", &[3])])), Activity::Active);
    let asleep = history(&[(0, 1_000), (8 * 60, 2_000)]);
    let all = attribute(&asleep, at(1_000), &seen(&[("a", &[3])]));
    assert_eq!((all[0].state, all[0].sessions.len()), (Activity::TooCoarse, 0));
}

#[test]
fn the_newest_stands_first_and_little_or_old_growth_not_at_all() {
    let week = 7 * 24 * 60;
    let mut samples = history(&[(0, 0), (5, 500), (week, 500), (week + 5, 700), (week + 50, 700), (week + 55, 750)]);
    samples.extend(history(&[(week + 100, 750), (week + 105, 950)]));
    let all = attribute(&samples, at(week + 110), &seen(&[]));
    let sizes: Vec<Bytes> = all.iter().map(|it| it.bytes).collect();
    assert_eq!(sizes, [Bytes::mega(200), Bytes::mega(200)]);
    assert_eq!(all[0].until, at(week + 105));
}

#[test]
fn a_burst_is_told_from_where_it_began() {
    let samples = history(&[(0, 1_000), (40, 1_000), (45, 2_000), (60, 2_500)]);
    let told = |since, sessions| lately(&samples, Bytes::mega(1_500), at(since), at(60), &seen(sessions));
    let one = told(0, &[("a", &[-60, 58]), ("b", &[5, 10])]);
    assert_eq!((one.since, one.bytes, one.sessions.as_slice()), (at(40), Bytes::mega(1_500), &["a".to_owned()][..]));
    assert_eq!(told(42, &[]).since, at(42), "not before the time that is told of");
    assert_eq!(told(0, &[]).state, Activity::None);
}
