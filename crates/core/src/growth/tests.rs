//! Cases for the slope and for what must not count as one.

use super::*;
use crate::sample::GuestFree;
use crate::vm::Liveness;

const START: i64 = 1_760_000_000;
const GB: f64 = 1e9;

fn at(hours: f64) -> Timestamp {
    Timestamp::from_second(START).unwrap() + SignedDuration::try_from_secs_f64(hours * 3_600.0).unwrap()
}

fn line(hours: u32, value: impl Fn(f64) -> f64) -> Vec<(Timestamp, f64)> {
    (0..=hours * 4).map(|quarter| f64::from(quarter) / 4.0).map(|hour| (at(hour), value(hour))).collect()
}

#[track_caller]
fn check(growth: &Growth, expected: f64, tolerance: f64) {
    let Growth::Known { bytes_per_day, low, high, .. } = *growth else { panic!("{growth:?}") };
    assert!((bytes_per_day - expected).abs() <= tolerance, "{growth:?}, not {expected}");
    assert!(low <= bytes_per_day && bytes_per_day <= high, "{growth:?}");
}

fn unknown(reason: GrowthUnknown) -> Growth {
    Growth::Unknown { reason }
}

#[test]
fn a_straight_line_has_its_slope_whatever_its_length() {
    for hours in [1, 5, 30, 24 * 10, 24 * 60] {
        check(&trend(&line(hours, |hour| hour * GB / 24.0), &[]), GB, 1.0);
        check(&trend(&line(hours, |hour| -hour * GB / 24.0), &[]), -GB, 1.0);
        check(&trend(&line(hours, |_| 11.0 * GB), &[]), 0.0, 0.0);
    }
}

#[test]
fn too_little_is_unknown_with_its_reason() {
    let long = line(10, |hour| hour * GB);
    let every: Vec<usize> = (0..long.len()).collect();
    assert_eq!(trend(&[], &[]), unknown(GrowthUnknown::TooFewSamples));
    assert_eq!(trend(&long[..3], &[]), unknown(GrowthUnknown::TooFewSamples));
    assert_eq!(trend(&long[..4], &[]), unknown(GrowthUnknown::TooShort));
    assert_eq!(trend(&long, &every), unknown(GrowthUnknown::OnlySteps));
}

#[test]
fn numbers_that_are_none_do_not_spread() {
    let mut points = line(48, |hour| hour * GB / 24.0);
    points[20].1 = f64::NAN;
    points[40].1 = f64::INFINITY;
    check(&trend(&points, &[]), GB, 1.0);
}

#[test]
fn a_step_that_is_named_does_not_count() {
    let points = line(48, |hour| hour * GB / 24.0 + if hour >= 24.0 { 10.7 * GB } else { 0.0 });
    check(&trend(&points, &[96]), GB, 1.0);
}

#[test]
fn a_single_event_is_not_growth_and_two_are() {
    let events = |hours: &'static [f64]| {
        line(24 * 7, move |hour| 60.0 * GB * hours.iter().filter(|event| hour >= **event).count() as f64)
    };
    check(&trend(&events(&[80.0]), &[]), 0.0, 0.0);
    check(&trend(&events(&[40.0, 120.0]), &[]), 18.0 * GB, 4.0 * GB);
}

#[test]
fn a_surge_counts_within_two_hours_and_one_session_does_not() {
    let surge = line(24 * 7, |hour| (hour - 166.0).max(0.0) * 8.8 * GB);
    check(&trend(&surge, &[]), 8.8 * 24.0 * GB, 5.0 * GB);
    let session = line(24 * 7, |hour| (hour - 166.0).clamp(0.0, 0.5) * 0.762 * GB);
    check(&trend(&session, &[]), 0.0, 0.1 * GB);
}

#[test]
fn a_quiet_weekend_does_not_reassure_and_a_quiet_week_does() {
    let busy_until = |stop: f64| line(24 * 28, move |hour| hour.min(stop) * GB / 24.0);
    check(&trend(&busy_until(24.0 * 25.5), &[]), GB, 0.1 * GB);
    check(&trend(&busy_until(24.0 * 20.5), &[]), 0.0, 0.1 * GB);
}

fn sample(hours: f64, allocated: f64, inode: u64, free: f64) -> Sample {
    let bytes = |gigabytes: f64| {
        let span = SignedDuration::try_from_secs_f64(gigabytes).unwrap();
        Bytes(u64::try_from(span.as_nanos()).unwrap())
    };
    Sample {
        at: at(hours),
        allocated: bytes(allocated),
        system: bytes(allocated),
        session: Bytes::ZERO,
        system_inode: inode,
        source_modified: 1,
        free: bytes(free),
        total: Bytes::giga(245),
        vm: Liveness::Running,
        guest_free: GuestFree::default(),
    }
}

#[test]
fn a_rebuild_with_its_settling_is_not_growth() {
    // Nothing for a day, then 10.7 GB in a quarter of an hour seen at every fifth minute, then idle for two hours.
    let mut samples: Vec<Sample> = (0..96).map(|quarter| sample(f64::from(quarter) / 4.0, 2.0, 0, 60.0)).collect();
    samples.extend((1..=27).map(|five| {
        let written = 10.7 * (f64::from(five) / 3.0).min(1.0);
        sample(23.75 + f64::from(five) / 12.0, 2.0 + written, 7, 60.0 - written)
    }));
    check(&bundle_growth(&samples), 0.0, 0.0);
    check(&volume_consumption(&samples), 0.0, 0.0);
}

#[test]
fn space_that_somebody_freed_does_not_hide_consumption() {
    let freed = |hour: f64| if hour >= 60.0 { 30.0 } else { 0.0 } + if hour >= 100.0 { 20.0 } else { 0.0 };
    let samples: Vec<Sample> =
        (0..120).map(f64::from).map(|hour| sample(hour, 11.0, 7, 100.0 - hour / 12.0 + freed(hour))).collect();
    check(&volume_consumption(&samples), 2.0 * GB, 0.05 * GB);
    check(&bundle_growth(&samples), 0.0, 0.0);
}

#[test]
fn scripts_read_it_flat() {
    let json = serde_json::to_string(&unknown(GrowthUnknown::TooShort)).unwrap();
    assert_eq!(json, r#"{"state":"unknown","reason":"too_short"}"#);
}

/// Samples every hour, with the megabytes that the guest is known to have free then.
fn guest(hours: u32, known: impl Fn(u32) -> Option<u64>) -> Vec<Sample> {
    let at_hour = |hour: u32| {
        let sample = sample(f64::from(hour), 5.0, 1, 50.0);
        Sample { guest_free: GuestFree { system: known(hour).map(Bytes::mega), session: None }, ..sample }
    };
    (0..hours).map(at_hour).collect()
}

fn consumption(samples: &[Sample]) -> Growth {
    guest_consumption(samples, |sample| sample.guest_free.system)
}

#[test]
fn a_guest_that_is_asked_now_and_then_fills_at_the_rate_between() {
    // 0.5 GB a day, looked at every seven hours.
    let falling = |hour: u32| hour.is_multiple_of(7).then(|| 9_000 - 500 * u64::from(hour) / 24);
    check(&consumption(&guest(24 * 7, falling)), 0.5 * GB, 0.02 * GB);
    assert_eq!(
        guest_consumption(&guest(24 * 7, falling), |sample| sample.guest_free.session),
        Growth::Unknown { reason: GrowthUnknown::TooFewSamples }
    );
    // Somebody deleted 4 GB inside on the fourth day: that is no rate, and what is used up after it is.
    let cleared = |hour: u32| falling(hour).map(|free| free + if hour >= 90 { 4_000 } else { 0 });
    check(&consumption(&guest(24 * 7, cleared)), 0.5 * GB, 0.02 * GB);
}

#[test]
fn a_step_between_two_looks_into_the_guest_is_no_rate() {
    // The system disk is made anew at hour 50, when nobody looks; the new one has less free.
    let mut samples = guest(100, |hour| hour.is_multiple_of(7).then_some(if hour < 50 { 6_000 } else { 1_000 }));
    for sample in samples.iter_mut().skip(50) {
        sample.system_inode = 2;
    }
    check(&consumption(&samples), 0.0, 0.0);
}
