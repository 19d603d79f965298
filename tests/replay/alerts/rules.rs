//! What holds in every story, whatever happens in it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_core::alert::{Ledger, Limits, Scene, Severity, VolumeScene, judge};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::forecast::{Forecast, ForecastNone};
use proptest::prelude::*;

proptest! {
    /// However free space wanders: between two alerts of one severity it was above the end of its band, and no less
    /// than the cool-down has passed; what is below a level always stands at it.
    #[test]
    fn nothing_rings_twice_without_crossing_again(
        walk in proptest::collection::vec((0_u64..40_000, 1_i64..600), 1..200),
    ) {
        let (limits, mut ledger) = (Limits::default(), Ledger::default());
        let mut now = Timestamp::from_second(1_759_708_800).expect("a time");
        let mut last: BTreeMap<Severity, Timestamp> = BTreeMap::new();
        let mut risen: BTreeMap<Severity, bool> = BTreeMap::new();
        let levels = [(Severity::Critical, 5_000), (Severity::Warning, 10_000), (Severity::Notice, 20_000)];
        for (free, minutes) in walk {
            now += SignedDuration::from_mins(minutes);
            let forecast = Forecast::None { reason: ForecastNone::NotGrowing };
            let volume = VolumeScene {
                mount_point: "/".to_owned(),
                free: Bytes::mega(free),
                total: Bytes::giga(245),
                forecast,
                bundles: Vec::new(),
            };
            for (severity, level) in levels {
                if free >= level * 6 / 5 {
                    risen.insert(severity, true);
                }
            }
            let (next, alerts) = judge(&Scene { now, volumes: vec![volume] }, &limits, &ledger);
            ledger = next;
            for alert in &alerts {
                if let Some(before) = last.insert(alert.severity, now) {
                    let wait = if alert.severity == Severity::Notice { 24 } else { 6 };
                    prop_assert!(risen.insert(alert.severity, false).unwrap_or(false), "{:?} at {now}", alert.severity);
                    prop_assert!(now.duration_since(before) >= SignedDuration::from_hours(wait));
                } else {
                    risen.insert(alert.severity, false);
                }
            }
            let due = levels.iter().find(|(_, level)| free < *level).map(|(severity, _)| *severity);
            let stands = ledger.standing(now).next().map(|(_, severity)| severity);
            prop_assert!(stands >= due, "{stands:?} {due:?}");
        }
    }
}
