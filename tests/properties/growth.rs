//! Properties of history, growth, forecast and gauge for samples that nobody would think of.
//!
//! Not here: whether forecasts are any good (`replay`).

use jiff::{SignedDuration, Timestamp};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::forecast::{self, Forecast, forecast};
use plimsoll_core::gauge::{self, gauge};
use plimsoll_core::growth::{Growth, bundle_growth, trend, volume_consumption};
use plimsoll_core::history::{CAPACITY, History, breaks, steps, thin};
use plimsoll_core::sample::{GuestFree, Sample};
use plimsoll_core::vm::Liveness;
use proptest::collection::vec;
use proptest::prelude::*;

const START: i64 = 1_760_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("within the range of dates")
}

/// Any size, mostly one that occurs.
fn size() -> impl Strategy<Value = Bytes> {
    prop_oneof![8 => 0..20_000_000_000_u64, 1 => Just(0), 1 => any::<u64>()].prop_map(Bytes)
}

/// Any time, mostly within a year and a half of the start.
fn moment() -> impl Strategy<Value = Timestamp> {
    prop_oneof![9 => START..START + 500 * 86_400, 1 => -377_705_000_000..253_402_000_000_i64].prop_map(at)
}

fn liveness() -> impl Strategy<Value = Liveness> {
    prop_oneof![Just(Liveness::Stopped), Just(Liveness::Running), Just(Liveness::Unknown)]
}

fn sample() -> impl Strategy<Value = Sample> {
    let sizes = (size(), size(), size(), size(), size());
    (moment(), sizes, 0..4_u64, 0..3_i64, liveness()).prop_map(|(at, sizes, system_inode, source_modified, vm)| {
        let (allocated, system, session, free, total) = sizes;
        let guest_free = GuestFree::default();
        Sample { at, allocated, system, session, system_inode, source_modified, free, total, vm, guest_free }
    })
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    vec(sample(), 0..80)
}

/// A history without steps: minutes to the next sample and what it adds.
fn walk() -> impl Strategy<Value = Vec<(i64, i32)>> {
    vec((1..600_i64, -100_000_000..500_000_000_i32), 4..120)
}

fn points(walk: &[(i64, i32)], start: i64) -> Vec<(Timestamp, f64)> {
    let (mut second, mut value) = (start, 0.0);
    walk.iter()
        .map(|(minutes, change)| {
            second += minutes * 60;
            value += f64::from(*change);
            (at(second), value)
        })
        .collect()
}

fn ordered(growth: &Growth) -> bool {
    match *growth {
        Growth::Known { bytes_per_day, low, high, .. } => {
            low <= bytes_per_day && bytes_per_day <= high && low.is_finite() && high.is_finite()
        }
        Growth::Unknown { .. } => true,
    }
}

proptest! {
    #[test]
    fn pushing_keeps_order_and_loses_only_the_same_instant(samples in samples()) {
        let history: History = samples.iter().cloned().collect();
        prop_assert!(history.samples().is_sorted_by(|one, other| one.at < other.at));
        prop_assert!(history.samples().len() <= CAPACITY);
        prop_assert!(samples.iter().all(|sample| history.samples().iter().any(|kept| kept.at == sample.at)));
    }

    #[test]
    fn thinning_keeps_the_newest_invents_nothing_and_is_done_once(samples in samples(), now in moment()) {
        let history: History = samples.into_iter().collect();
        let thinned = thin(history.samples(), now);
        prop_assert_eq!(thinned.last(), history.newest());
        prop_assert!(thinned.is_sorted_by(|one, other| one.at < other.at));
        prop_assert!(thinned.iter().all(|kept| history.samples().contains(kept)));
        prop_assert_eq!(thin(&thinned, now), thinned);
    }

    #[test]
    fn thinning_keeps_both_sides_of_every_step_of_the_last_year(samples in samples(), now in moment()) {
        let history: History = samples.into_iter().collect();
        let (all, thinned) = (history.samples(), thin(history.samples(), now));
        for (index, _) in steps(all) {
            for side in &all[index - 1..=index] {
                let young = now.duration_since(side.at) <= SignedDuration::from_hours(400 * 24);
                prop_assert!(!young || thinned.contains(side));
            }
        }
    }

    #[test]
    fn rates_ignore_when_it_all_happened(walk in walk(), shift in -1_000_000_000..1_000_000_000_i64) {
        prop_assert_eq!(trend(&points(&walk, START), &[]), trend(&points(&walk, START + shift), &[]));
    }

    #[test]
    fn rates_ignore_how_large_it_was_before(walk in walk(), base in 0..20_i32) {
        let raised: Vec<_> = points(&walk, START).iter().map(|(at, value)| (*at, value + f64::from(base) * 1e9)).collect();
        prop_assert_eq!(trend(&points(&walk, START), &[]), trend(&raised, &[]));
    }

    #[test]
    fn what_never_shrinks_has_no_negative_rate(walk in walk()) {
        let rising: Vec<_> = walk.iter().map(|(minutes, change)| (*minutes, change.abs())).collect();
        if let Growth::Known { low, .. } = trend(&points(&rising, START), &[]) {
            prop_assert!(low >= 0.0);
        }
    }

    #[test]
    fn the_height_of_a_named_step_does_not_matter(walk in walk(), height in any::<i32>(), place in any::<prop::sample::Index>()) {
        let place = place.index(walk.len());
        let mut other = walk.clone();
        other[place].1 = height;
        prop_assert_eq!(trend(&points(&walk, START), &[place]), trend(&points(&other, START), &[place]));
    }

    #[test]
    fn any_samples_in_any_order_give_ordered_answers(samples in samples(), now in moment(), reserve in size(), headroom in proptest::option::of(size())) {
        let history: History = samples.iter().cloned().collect();
        for samples in [&samples[..], history.samples(), history.until(now)] {
            prop_assert!(breaks(samples).iter().all(|index| (1..samples.len()).contains(index)));
            prop_assert!(thin(samples, now).len() <= samples.len());
            let (growth, bundle) = (volume_consumption(samples), bundle_growth(samples));
            prop_assert!(ordered(&growth) && ordered(&bundle));
            let Some(last) = samples.last() else { continue };
            let input = forecast::Input { now, growth, bundle, free: last.free, reserve, headroom };
            let forecast = forecast(&input);
            if let Forecast::Full { earliest, latest: Some(latest) } = forecast {
                prop_assert!(now <= earliest && earliest <= latest, "{:?}", input);
            }
            let (allocated, free, total) = (last.allocated, last.free, last.total);
            let gauge = gauge(&gauge::Input { now, allocated, limit: headroom, free, total, reserve, forecast });
            prop_assert!((0.0..=1.0).contains(&gauge.fill));
        }
    }

    #[test]
    fn numbers_that_are_none_stay_out(values in vec(any::<f64>(), 0..40), breaks in vec(any::<usize>(), 0..5)) {
        let points: Vec<_> = values.into_iter().zip(0_i64..).map(|(value, hour)| (at(START + hour * 3_600), value)).collect();
        // Finite numbers may still differ by more than the largest; only order and absence of panics are promised.
        let growth = trend(&points, &breaks);
        let sane = points.iter().all(|(_, value)| value.abs() < 1e100);
        prop_assert!(!sane || ordered(&growth));
    }
}
