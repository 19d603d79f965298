//! Cases for dates and for the reasons why there is none.

use super::*;
use crate::growth::GrowthUnknown;

const GB: f64 = 1e9;

fn now() -> Timestamp {
    Timestamp::from_second(1_760_000_000).unwrap()
}

fn rates(low: f64, middle: f64, high: f64) -> Growth {
    Growth::Known { bytes_per_day: middle * GB, low: low * GB, high: high * GB, window: 86_400, samples: 96 }
}

fn steady(rate: f64) -> Growth {
    rates(rate, rate, rate)
}

fn input(growth: Growth, bundle: Growth, free: u64, headroom: Option<u64>) -> Input {
    let reserve = Bytes::giga(5);
    Input { now: now(), growth, bundle, free: Bytes::giga(free), reserve, headroom: headroom.map(Bytes::giga) }
}

fn days(date: Timestamp) -> f64 {
    date.duration_since(now()).as_secs_f64() / 86_400.0
}

#[test]
fn reasons_for_no_date() {
    let unknown = Growth::Unknown { reason: GrowthUnknown::TooShort };
    let cases = [
        (input(steady(1.0), steady(1.0), 5, None), ForecastNone::AlreadyFull),
        (input(unknown.clone(), steady(1.0), 4, None), ForecastNone::AlreadyFull),
        (input(unknown, steady(1.0), 50, None), ForecastNone::GrowthUnknown),
        (input(rates(-1.0, 0.0, 9.0), steady(1.0), 50, None), ForecastNone::NotGrowing),
        (input(steady(-1.0), steady(1.0), 50, None), ForecastNone::NotGrowing),
        (input(steady(0.1), steady(0.1), 50, None), ForecastNone::BeyondYear),
        (input(steady(1.0), steady(1.0), 50, Some(10)), ForecastNone::ImageLimit),
        (input(steady(1.0), steady(2.0), 50, Some(10)), ForecastNone::ImageLimit),
        (input(steady(1.0), steady(1.0), 50, Some(0)), ForecastNone::ImageLimit),
        (input(steady(1.0), steady(0.97), 50, Some(10)), ForecastNone::ImageLimit),
    ];
    for (input, reason) in cases {
        assert_eq!(forecast(&input), Forecast::None { reason }, "{input:?}");
        assert_eq!(likely(&input), None);
    }
}

#[test]
fn dates_follow_the_rates() {
    let cases = [
        // 45 GB of room, and all rates alike.
        (input(steady(3.0), steady(0.0), 50, None), 15.0, Some(15.0), Some(15.0)),
        (input(steady(3.0), steady(3.0), 50, None), 15.0, Some(15.0), Some(15.0)),
        (input(steady(3.0), steady(3.0), 50, Some(45)), 15.0, Some(15.0), Some(15.0)),
        // The images stop after 10 GB, in 10 days, the rest takes 2 GB a day: 30 GB, then 15 GB at 2.
        (input(steady(3.0), steady(1.0), 50, Some(10)), 17.5, Some(17.5), Some(17.5)),
        (
            input(steady(3.0), Growth::Unknown { reason: GrowthUnknown::TooShort }, 50, Some(0)),
            15.0,
            Some(15.0),
            Some(15.0),
        ),
        // A spread, a low end that never comes, a high end that is held back.
        (input(rates(1.5, 3.0, 4.5), steady(0.0), 50, None), 10.0, Some(15.0), Some(30.0)),
        (input(rates(-1.0, 3.0, 4.5), steady(0.0), 50, None), 10.0, Some(15.0), None),
        (input(rates(0.1, 3.0, 90.0), steady(0.0), 50, None), 5.0, Some(15.0), None),
        // The median leads beyond a year, the highest rate does not.
        (input(rates(0.1, 0.1, 0.3), steady(0.0), 50, None), 150.0, None, None),
    ];
    let near = |found: f64, expected: f64| (found - expected).abs() < 1e-6;
    for (input, first, middle, last) in cases {
        let Forecast::Full { earliest, latest } = forecast(&input) else { panic!("{input:?}") };
        assert!(near(days(earliest), first), "{input:?}: {earliest}");
        for (found, expected) in [(likely(&input), middle), (latest, last)] {
            assert!(near(found.map_or(-1.0, days), expected.unwrap_or(-1.0)), "{input:?}: {found:?}");
        }
    }
}

#[test]
fn scripts_read_it_flat() {
    let full = forecast(&input(rates(0.0, 45.0, 45.0), steady(0.0), 50, None));
    let json = serde_json::to_string(&full).unwrap();
    assert_eq!(json, r#"{"state":"full","earliest":"2025-10-10T08:53:20Z","latest":null}"#);
}

#[test]
fn a_guest_is_full_when_nothing_is_free_in_it() {
    let dates = |growth, free| match guest(now(), &growth, Bytes::mega(free)) {
        Forecast::Full { earliest, latest } => (days(earliest).round(), latest.map(|latest| days(latest).round())),
        Forecast::None { reason } => panic!("{reason:?}"),
    };
    assert_eq!(dates(rates(0.34, 0.4, 0.62), 3_100), (5.0, Some(9.0)));
    assert_eq!(dates(rates(0.0, 0.4, 0.62), 3_100), (5.0, None));
    let none = |growth, free| guest(now(), &growth, Bytes::mega(free));
    let unknown = Growth::Unknown { reason: GrowthUnknown::TooShort };
    assert_eq!(none(steady(1.0), 0), Forecast::None { reason: ForecastNone::AlreadyFull });
    assert_eq!(none(unknown, 3_100), Forecast::None { reason: ForecastNone::GrowthUnknown });
    assert_eq!(none(steady(-0.1), 3_100), Forecast::None { reason: ForecastNone::NotGrowing });
    assert_eq!(none(steady(0.001), 3_100), Forecast::None { reason: ForecastNone::BeyondYear });
}
