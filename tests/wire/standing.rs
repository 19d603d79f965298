//! What stands, what waits, what grew and what came of a reclaim in the page's fixtures.
//!
//! Not here: the views made of it (`fixtures`).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use plimsoll_core::alert::{Broken, Cause, Facts, Guest, Severity};
use plimsoll_core::attribution::{Activity, Attribution};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::panel::updates::{UpdateView, update_view};
use plimsoll_core::ports::Clock;
use plimsoll_core::reclaim::Level;
use plimsoll_core::reclaim::plan::Later;
use plimsoll_core::reclaim::report::{Receipt, Why};
use plimsoll_core::reclaim::sequel::{Failure, How, Sequel, SessionsKept};
use plimsoll_core::reclaim::start::Start;
use plimsoll_core::reclaim::trouble::Trouble;
use plimsoll_core::snapshot::{AlertView, ArmedView};
use plimsoll_core::updates::{Channel, Updates};
use plimsoll_core::words::Words;

use super::panel::Noon;

/// A disk that is almost full, a VM that does not come back, a guest that is full, which is silenced, and growth that
/// nobody saw.
pub(crate) fn alerts() -> Vec<AlertView> {
    let since = Noon.now() - SignedDuration::from_hours(3);
    let cause = Some(Cause { since, lost: Bytes::mega(9_600), bundles: Bytes::mega(6_900) });
    let view = |facts: Facts, severity, snoozed_until: Option<Timestamp>| AlertView {
        id: facts.matter().name().to_owned(),
        matter: facts.matter(),
        severity,
        subject: "/".to_owned(),
        since,
        told_at: Some(since),
        snoozed_until,
        snoozed: snoozed_until.is_some(),
        title: String::new(),
        sentence: String::new(),
        hint: String::new(),
        attribution: None,
        facts,
        name: "/".to_owned(),
    };
    let (from, names) = (Noon.now() - SignedDuration::from_mins(55), ["3f2a9c1e", "b07d4410"]);
    let burst = Facts::Burst { grew: Bytes::mega(4_100), since: from };
    let attribution = stretch(4_100, 55, 0, Activity::Active, &names);
    let guest = Guest::Read { free: Bytes::mega(410), total: Bytes::mega(10_464) };
    let failure = Failure { how: How::Logged, since };
    let broken = Broken { failure, given_up: true, copy: Some("copy-1".to_owned()) };
    vec![
        view(Facts::LowDisk { free: Bytes::mega(4_100), cause }, Severity::Critical, None),
        view(Facts::CannotRebuild { broken, free: Bytes::mega(4_100) }, Severity::Warning, None),
        view(Facts::GuestFull { guest }, Severity::Warning, Some(Noon.now() + SignedDuration::from_hours(1))),
        AlertView { name: "Claude".to_owned(), attribution: Some(attribution), ..view(burst, Severity::Notice, None) },
    ]
}

/// Megabytes within minutes that lie so far back, and who was there.
fn stretch(bytes: u64, since: i64, until: i64, state: Activity, sessions: &[&str]) -> Attribution {
    let at = |minutes: i64| Noon.now() - SignedDuration::from_mins(minutes);
    let sessions = sessions.iter().map(|name| (*name).to_owned()).collect();
    Attribution { bytes: Bytes::mega(bytes), since: at(since), until: at(until), state, sessions, perhaps: Vec::new() }
}

/// Growth of today, and of a night.
pub(crate) fn grew() -> Vec<Attribution> {
    vec![
        stretch(1_100, 85, 5, Activity::Active, &["3f2a9c1e"]),
        stretch(640, 300, 220, Activity::Active, &["3f2a9c1e", "b07d4410"]),
        stretch(2_300, 1_600, 900, Activity::TooCoarse, &[]),
    ]
}

/// A rebuild that waits.
pub(crate) fn waiting(bundle: String) -> ArmedView {
    ArmedView { bundle, level: Level::Rebuild.name(), idle_seconds: 120, since: Noon.now() }
}

/// What is said of new versions by a build that gets them so, once a version was found.
pub(crate) fn update(channel: Channel, found: Option<&str>, words: &Words) -> UpdateView {
    let mut updates = Updates::open(channel, "0.1.0", None);
    if found.is_some() {
        updates.heard(Noon.now(), Ok(found.map(str::to_owned)));
    }
    update_view(&updates, Noon.now(), &TimeZone::UTC, words)
}

/// A rebuild, a reset and what was cleared long ago.
pub(crate) fn receipts() -> Vec<Receipt> {
    let receipt = |days: i64, level: Level, freed: u64| Receipt {
        id: format!("receipt-{days}"),
        at: Noon.now() - SignedDuration::from_hours(days * 24 + 3),
        level: Some(level),
        bundle: "/Claude/vm_bundles/claudevm.bundle".into(),
        steps: Vec::new(),
        freed_bytes: Bytes::mega(freed),
        volume_free_before_bytes: Bytes::giga(28),
        volume_free_after_bytes: Bytes::giga(28).plus(Bytes::mega(freed)),
        later: Later::default(),
        set_aside: None,
        recovered: days > 100,
        reason: Why::Asked,
        suspects: Vec::new(),
        start: None,
        sequel: None,
    };
    let rebuilt = followed(receipt(20, Level::Rebuild, 9_700));
    vec![rebuilt, receipt(64, Level::Reset, 8_100), receipt(120, Level::Leftovers, 640)]
}

/// A rebuild after which the VM came back at the second try.
fn followed(mut receipt: Receipt) -> Receipt {
    let (written_bytes, session_kept) = (Bytes::mega(10_737), true);
    receipt.start = Some(Start { at: receipt.at, rebuilt: true, seconds: 780, written_bytes, session_kept });
    receipt.sequel = Some(Sequel {
        troubles: [(Trouble::ImageMissing, 1), (Trouble::DownloadFailed, 2)].into(),
        sessions: Some(SessionsKept { before: 12, kept: 12, after: 13 }),
        failure: None,
    });
    receipt
}
