//! What stands and what waits in the page's fixtures.
//!
//! Not here: the views made of it (`fixtures`).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use plimsoll_core::alert::{Cause, Facts, Guest, Severity};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::panel::updates::{UpdateView, update_view};
use plimsoll_core::ports::Clock;
use plimsoll_core::reclaim::Level;
use plimsoll_core::snapshot::{AlertView, ArmedView};
use plimsoll_core::updates::{Channel, Updates};
use plimsoll_core::words::Words;

use super::panel::Noon;

/// A disk that is almost full, and a guest that is, the latter silenced.
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
        facts,
        name: "/".to_owned(),
    };
    let guest = Guest::Read { free: Bytes::mega(410), total: Bytes::mega(10_464) };
    vec![
        view(Facts::LowDisk { free: Bytes::mega(4_100), cause }, Severity::Critical, None),
        view(Facts::GuestFull { guest }, Severity::Warning, Some(Noon.now() + SignedDuration::from_hours(1))),
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
