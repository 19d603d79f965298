//! The table of the gauge, row by row.

use super::*;
use crate::forecast::ForecastNone;

fn now() -> Timestamp {
    Timestamp::from_second(1_760_000_000).unwrap()
}

fn full_in(hours: i64) -> Forecast {
    Forecast::Full { earliest: now() + SignedDuration::from_hours(hours), latest: None }
}

/// A fresh bundle of 11 GB on a laptop with a quarter free.
fn fresh() -> Input {
    Input {
        now: now(),
        allocated: Bytes::giga(11),
        limit: None,
        free: Bytes::giga(60),
        total: Bytes::giga(245),
        reserve: DEFAULT_RESERVE,
        forecast: Forecast::None { reason: ForecastNone::NotGrowing },
    }
}

#[test]
fn first_match_wins() {
    use GaugeReason as Why;
    let free = |free: u64, total: u64| Input { free: Bytes::giga(free), total: Bytes::giga(total), ..fresh() };
    let limit = |limit: u64| Input { limit: Some(Bytes::giga(limit)), ..fresh() };
    let due = |hours: i64| Input { forecast: full_in(hours), ..fresh() };
    let cases = [
        (fresh(), Level::Calm, Why::Roomy),
        (Input { allocated: Bytes::giga(21), ..fresh() }, Level::Calm, Why::Roomy),
        (free(4, 245), Level::Act, Why::FreeBelowReserve),
        (Input { forecast: full_in(1), ..free(0, 0) }, Level::Act, Why::FreeBelowReserve),
        (free(5, 245), Level::Watch, Why::FreeLow),
        (free(19, 245), Level::Watch, Why::FreeLow),
        (free(20, 245), Level::Calm, Why::Roomy),
        (free(25, 2_000), Level::Calm, Why::Roomy),
        (free(9, 64), Level::Watch, Why::FreeLow),
        (free(11, 64), Level::Calm, Why::Roomy),
        (free(11, 0), Level::Calm, Why::Roomy),
        (due(-5), Level::Act, Why::FullWithinDay),
        (due(23), Level::Act, Why::FullWithinDay),
        (due(24), Level::Watch, Why::FullWithinDays),
        (due(71), Level::Watch, Why::FullWithinDays),
        (due(72), Level::Calm, Why::Roomy),
        (limit(10), Level::Act, Why::OverLimit),
        (limit(0), Level::Act, Why::OverLimit),
        (limit(11), Level::Watch, Why::NearLimit),
        (limit(13), Level::Calm, Why::Roomy),
        (Input { forecast: full_in(30), ..limit(10) }, Level::Act, Why::OverLimit),
    ];
    for (input, level, reason) in cases {
        let found = gauge(&input);
        assert_eq!((found.level, found.reason), (level, reason), "{input:?}");
        assert!((0.0..=1.0).contains(&found.fill), "{found:?}");
    }
}

#[test]
fn the_fill_is_one_at_the_line() {
    let fill = |free: u64, limit: Option<u64>| {
        gauge(&Input { free: Bytes::giga(free), limit: limit.map(Bytes::giga), ..fresh() }).fill
    };
    let cases = [
        (245, None, 0.0),
        (125, None, 0.5),
        (5, None, 1.0),
        (0, None, 1.0),
        (125, Some(22), 0.5),
        (125, Some(12), 11.0 / 12.0),
    ];
    for (free, limit, expected) in cases {
        assert!((fill(free, limit) - expected).abs() < 1e-9, "{free} {limit:?}: {}", fill(free, limit));
    }
}

#[test]
fn levels_rise() {
    assert!(Level::Calm < Level::Watch && Level::Watch < Level::Act);
}
