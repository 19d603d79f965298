//! Cases for taking samples in, thinning them and finding steps.

use super::*;
use crate::sample::GuestFree;

const START: i64 = 1_760_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(START + seconds).unwrap()
}

fn sample(seconds: i64, allocated: u64, inode: u64, source: i64) -> Sample {
    Sample {
        at: at(seconds),
        allocated: Bytes::mega(allocated),
        system: Bytes::mega(if inode == 0 { 0 } else { allocated }),
        session: Bytes::ZERO,
        system_inode: inode,
        source_modified: source,
        free: Bytes::giga(50),
        total: Bytes::giga(245),
        vm: Liveness::Running,
        guest_free: GuestFree::default(),
    }
}

fn times(samples: &[Sample]) -> Vec<i64> {
    samples.iter().map(|sample| sample.at.as_second() - START).collect()
}

#[test]
fn samples_stay_in_order_whatever_the_clock_does() {
    let cases: [(&[i64], &[i64]); 5] = [
        (&[], &[]),
        (&[0, 60, 120], &[0, 60, 120]),
        (&[0, 120, 60], &[0, 60, 120]),
        (&[0, 900_000_000, 60, 120], &[0, 60, 120, 900_000_000]),
        (&[60, 60, 0, 60], &[0, 60]),
    ];
    for (pushed, kept) in cases {
        let history: History = pushed.iter().map(|second| sample(*second, 1, 1, 1)).collect();
        assert_eq!(times(history.samples()), kept, "{pushed:?}");
    }
}

#[test]
fn the_later_of_two_samples_at_one_instant_counts() {
    let history: History = [sample(0, 1, 1, 1), sample(0, 2, 1, 1)].into_iter().collect();
    assert_eq!(history.newest().map(|sample| sample.allocated), Some(Bytes::mega(2)));
}

#[test]
fn a_sample_dated_ahead_is_kept_but_not_counted_on() {
    let history: History = [0, 900_000_000, 60].into_iter().map(|second| sample(second, 1, 1, 1)).collect();
    assert_eq!(times(history.until(at(60))), [0, 60]);
    assert_eq!(history.until(at(-1)), []);
}

#[test]
fn a_full_history_drops_its_oldest_and_still_takes_the_present_in() {
    let full: i64 = CAPACITY.try_into().unwrap();
    let mut history: History = (0..=full).map(|second| sample(second, 1, 1, 1)).collect();
    assert_eq!(history.samples().len(), CAPACITY);
    assert_eq!(history.samples().first().unwrap().at, at(1));
    history.push(sample(-5, 1, 1, 1));
    assert_eq!((history.samples().len(), history.until(at(0)).len()), (CAPACITY, 1));
}

#[test]
fn a_year_of_frequent_samples_thins_to_half_a_megabyte() {
    let now = at(400 * DAY);
    let mut history = History::new();
    for minute in 0..400 * 24 * 60 {
        history.push(sample(minute * 60, 1, 1, 1));
        if minute % 1_440 == 0 {
            history.thin(at(minute * 60));
        }
    }
    history.thin(now);
    let rows = history.samples().len();
    assert!((3_000..5_000).contains(&rows), "{rows}");
    assert_eq!(thin(history.samples(), now), history.samples(), "thinning twice changes nothing");
}

#[test]
fn thinning_keeps_the_newest_and_drops_what_is_too_old() {
    let daily: Vec<Sample> = (0..500).map(|day| sample(day * DAY, 1, 1, 1)).collect();
    let kept = times(&thin(&daily, at(499 * DAY)));
    assert_eq!((kept.first(), kept.last()), (Some(&(99 * DAY)), Some(&(499 * DAY))));
    assert_eq!(thin(&[], at(0)), []);
}

#[test]
fn a_clock_set_ahead_does_not_throw_history_away() {
    let samples: Vec<Sample> = (0..96).map(|quarter| sample(quarter * 900, 1, 1, 1)).collect();
    assert_eq!(thin(&samples, at(700 * DAY)), samples);
    assert_eq!(thin(&samples, at(-700 * DAY)), samples);
}

#[test]
fn thinning_keeps_both_sides_of_a_step_and_the_end_of_settling() {
    let mut samples: Vec<Sample> = (0..60).map(|minute| sample(minute * 60, 2_000, 0, 1)).collect();
    samples.extend((60..90).map(|minute| sample(minute * 60, 2_000 + 100 * minute.unsigned_abs(), 7, 1)));
    samples.extend((90..180).map(|minute| sample(minute * 60, 12_000, 7, 1)));
    // Two months of daily samples follow, so that the rebuild is old.
    samples.extend((1..=60).map(|day| sample(day * DAY, 12_000, 7, 1)));
    let kept = thin(&samples, at(60 * DAY));
    for minute in [59, 60, 120] {
        assert!(times(&kept).contains(&(minute * 60)), "{minute} in {:?}", times(&kept));
    }
    assert!(kept.len() < 68);
    assert_eq!(thin(&kept, at(60 * DAY)), kept);
}

fn knowing(mut sample: Sample, free: u64) -> Sample {
    sample.guest_free.session = Some(Bytes::mega(free));
    sample
}

#[test]
fn what_the_guest_says_is_news_and_that_nobody_asked_it_is_none() {
    let (silent, said) = (sample(0, 1, 1, 1), knowing(sample(60, 1, 1, 1), 500));
    assert!(is_news(&silent, &said));
    assert!(!is_news(&said, &sample(120, 1, 1, 1)));
    assert!(!is_news(&said, &knowing(sample(120, 1, 1, 1), 500)));
    assert!(is_news(&said, &knowing(sample(120, 1, 1, 1), 499)));
}

#[test]
fn thinning_keeps_the_few_samples_that_know_the_guest() {
    let samples: Vec<Sample> = (0..40 * 24 * 4)
        .map(|quarter| {
            let sample = sample(quarter * 900, 1, 1, 1);
            // Somebody looks for half an hour at noon.
            if (49..51).contains(&(quarter % 96)) { knowing(sample, 500) } else { sample }
        })
        .collect();
    let now = at(40 * DAY);
    let kept = thin(&samples, now);
    let known = |samples: &[Sample]| samples.iter().filter(|sample| sample.guest_free.is_known()).count();
    assert!(known(&kept) >= 40, "{} of {}", known(&kept), known(&samples));
    let silent: Vec<Sample> =
        samples.iter().map(|it| Sample { guest_free: GuestFree::default(), ..it.clone() }).collect();
    let more = kept.len() - thin(&silent, now).len();
    assert!(more <= 80, "{more} more");
    assert_eq!(thin(&kept, now), kept);
}

#[test]
fn steps_are_told_apart() {
    let stopped = |sample: Sample| Sample { vm: Liveness::Stopped, ..sample };
    let cases = [
        (sample(0, 10_000, 1, 1), sample(60, 10_000, 1, 1), None),
        (sample(0, 10_000, 1, 1), sample(60, 10_900, 1, 1), None),
        (sample(0, 10_000, 1, 1), sample(60, 9_000, 1, 1), None),
        (sample(0, 10_000, 1, 1), sample(60, 8_999, 1, 1), Some(Step::Reclaim)),
        (sample(0, 10_000, 1, 1), sample(60, 9_900, 0, 1), Some(Step::Reclaim)),
        (sample(0, 10_000, 1, 1), sample(60, 10_000, 2, 1), Some(Step::Rebuild)),
        (sample(0, 10_000, 1, 1), sample(60, 3_000, 2, 1), Some(Step::Rebuild)),
        (sample(0, 10_000, 1, 1), stopped(sample(60, 6_000, 2, 1)), Some(Step::Reclaim)),
        (sample(0, 2_000, 0, 1), sample(60, 6_000, 2, 1), Some(Step::Rebuild)),
        (sample(0, 10_000, 1, 1), sample(60, 10_000, 2, 5), Some(Step::ImageUpdate)),
        (sample(0, 10_000, 1, 1), sample(60, 8_000, 1, 0), Some(Step::Reclaim)),
        (sample(0, 10_000, 1, 1), sample(60, 9_500, 1, 0), None),
    ];
    for (before, after, expected) in cases {
        let found = steps(&[before.clone(), after.clone()]);
        assert_eq!(found, expected.map(|step| (1, step)).into_iter().collect::<Vec<_>>(), "{before:?} {after:?}");
    }
}

#[test]
fn a_new_image_settles_for_an_hour() {
    let samples = [(0, 2_000, 0), (600, 5_000, 7), (1_200, 9_000, 7), (4_200, 12_000, 7), (4_800, 12_100, 7)]
        .map(|(second, size, inode)| sample(second, size, inode, 1));
    assert_eq!(steps(&samples), [(1, Step::Rebuild)]);
    assert_eq!(breaks(&samples), [1, 2, 3]);
    assert!(breaks(&[]).is_empty());
}
