//! Every sentence of an alert, in every language, as it is said.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use plimsoll_core::alert::{Broken, Cause, Facts, Guest, Severity, Suspect};
use plimsoll_core::attribution::{Activity, Attribution};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::notice::alerts::{Voice, alert};
use plimsoll_core::notice::attribution::{burst, grew};
use plimsoll_core::reclaim::sequel::{Failure, How};
use plimsoll_core::words::{Language, Words};

fn now() -> Timestamp {
    "2026-11-24T14:00:00Z".parse().expect("a time")
}

fn all() -> Vec<(Facts, Severity)> {
    use Severity::{Critical, Notice, Warning};
    let since = now() - SignedDuration::from_hours(5);
    let cause = |lost: u64, bundles: u64| Some(Cause { since, lost: Bytes::mega(lost), bundles: Bytes::mega(bundles) });
    let low = |free: u64, cause| Facts::LowDisk { free: Bytes::mega(free), cause };
    let filling =
        |hours: i64| Facts::Filling { earliest: now() + SignedDuration::from_hours(hours), cause: cause(4_100, 3_000) };
    let back = |suspects| Facts::NotBack { freed: Bytes::mega(9_700), gained: Bytes::mega(120), suspects };
    let holder = |pid| Suspect::Holder { name: "backupd".to_owned(), pid };
    let total = Bytes(10_464_022_528);
    let stuck = |name: &str| Facts::PartialStuck { name: name.to_owned(), since, allocated: Bytes::mega(412) };
    let broken = |how, free, given_up, copy: Option<&str>| {
        let broken = Broken { failure: Failure { how, since }, given_up, copy: copy.map(str::to_owned) };
        Facts::CannotRebuild { broken, free: Bytes::giga(free) }
    };
    vec![
        (low(14_200, None), Notice),
        (low(9_100, cause(6_000, 5_900)), Warning),
        (low(4_100, cause(6_000, 2_500)), Critical),
        (low(4_100, cause(60_000, 100)), Critical),
        (filling(60), Notice),
        (filling(20), Warning),
        (Facts::GuestFull { guest: Guest::Read { free: Bytes::mega(900), total } }, Notice),
        (Facts::GuestFull { guest: Guest::Read { free: Bytes::mega(300), total } }, Warning),
        (
            Facts::GuestFull {
                guest: Guest::Touched { allocated: Bytes(10_700_000_000), logical: Bytes(10_737_418_240) },
            },
            Notice,
        ),
        (Facts::RebuildLoop { times: 3, written: Bytes::mega(32_100), since }, Warning),
        (back(Vec::new()), Notice),
        (back(vec![Suspect::Snapshots]), Notice),
        (back(vec![holder(Some(512))]), Notice),
        (back(vec![holder(None)]), Notice),
        (Facts::Burst { grew: Bytes::mega(1_300), since }, Notice),
        (Facts::Orphan, Notice),
        (stuck("rootfs.img.zst.partial\u{1b}[2J"), Notice),
        (broken(How::Stalled, 60, false, None), Warning),
        (broken(How::Unfinished, 7, true, None), Warning),
        (broken(How::Repeated, 60, false, Some("1a20d88d334-5fdb")), Warning),
        (broken(How::Logged, 60, true, None), Warning),
    ]
}

#[test]
fn growth_is_told_with_those_who_were_there() {
    use Activity::{Active, CannotTell, None, Perhaps, TooCoarse};
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let (one, two, many) = (list(&["3f2a9c1e"]), list(&["3f2a9c1e", "b07d4410"]), list(&["a", "b", "c", "d"]));
    let all = [
        (Active, one.clone(), Vec::new()),
        (Active, two.clone(), one.clone()),
        (Active, many.clone(), many),
        (Perhaps, Vec::new(), one),
        (Perhaps, Vec::new(), two),
        (None, Vec::new(), Vec::new()),
        (CannotTell, Vec::new(), Vec::new()),
        (TooCoarse, Vec::new(), Vec::new()),
    ];
    for (language, tag, _) in Language::ALL {
        let voice = Voice { now: now(), zone: &TimeZone::UTC, words: Words::of(language) };
        let before = |minutes| now() - SignedDuration::from_mins(minutes);
        let mut lines: Vec<String> = Vec::new();
        for ((state, sessions, perhaps), (since, until)) in
            all.iter().zip([(75, 5), (75, 40), (1_600, 900)].iter().cycle())
        {
            let (state, sessions, perhaps) = (*state, sessions.clone(), perhaps.clone());
            let (since, until) = (before(*since), before(*until));
            let grown = Attribution { bytes: Bytes::mega(4_100), since, until, state, sessions, perhaps };
            lines.push(grew(&grown, voice));
        }
        let facts = Facts::Burst { grew: Bytes::mega(4_100), since: before(60) };
        let said = alert(&facts, Severity::Notice, now(), "Claude", voice);
        let (sessions, perhaps) = (list(&["3f2a9c1e"]), Vec::new());
        let (since, until) = (before(55), now());
        let grown = Attribution { bytes: Bytes::mega(4_100), since, until, state: Active, sessions, perhaps };
        lines.push(burst(said, &facts, "Claude\u{202e}", Some(&grown), voice).sentence);
        crate::pin(&format!("grew-{tag}"), &lines.join("\n"));
    }
}

#[test]
fn every_alert_says_what_is_so_and_what_to_do() {
    for (language, tag, _) in Language::ALL {
        let voice = Voice { now: now(), zone: &TimeZone::UTC, words: Words::of(language) };
        let lines: Vec<String> = all()
            .into_iter()
            .map(|(facts, severity)| {
                let volume = matches!(facts, Facts::LowDisk { .. } | Facts::Filling { .. });
                let subject = if volume { "/Volumes/Work" } else { "Claude" };
                let said = alert(&facts, severity, now() - SignedDuration::from_hours(5), subject, voice);
                format!("{}: {}\n  {}\n  {}", severity.name(), said.title, said.sentence, said.hint)
            })
            .collect();
        let text = lines.join("\n");
        assert!(!text.contains('\u{1b}') && !text.contains("alert-"), "{text}");
        insta::with_settings!({ prepend_module_to_snapshot => false }, { insta::assert_snapshot!(format!("alerts-{tag}"), text) });
    }
}
