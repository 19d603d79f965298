//! Replays histories whose end is known, and scores the forecast against two plain baselines.
//!
//! Not here: the histories (`tales`) and the other ways to forecast (`baselines`).
//! `cargo test -p plimsoll-tests --test replay -- --nocapture` prints the table, and with `REPLAY_DETAILS=1` every guess.
//!
//! The score of a method on a history, lower is better, is the sum of three numbers between 0 and 1:
//! the median error of its likely date, the share of false alarms and the share of missed alarms.
//!
//! - The error of one date is `|guess - truth| / max(guess, truth)` in days from the instant; 1 where the volume fills
//!   and no date is given; where it does not fill, the part of the known future that lies after the guess.
//! - A false alarm says "full within three days" with more than six to go; a missed alarm does not say so with less
//!   than one to go. Ours is judged by its *earliest* date, as the gauge is, which makes false alarms easier to get.

mod alerts;
mod baselines;
mod tales;

use jiff::Timestamp;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::forecast::{self, Forecast, forecast};
use plimsoll_core::growth::{bundle_growth, volume_consumption};
use plimsoll_core::history::History;
use plimsoll_core::sample::Sample;

use tales::Tale;

/// Ours may be worse than the better baseline by this much on a single history.
const SLACK: f64 = 0.1;

/// No history may score worse than this: below it, dates are right within a factor of two and alarms hold.
const WORST: f64 = 0.5;

/// In how many instants with a known end the range of dates must hold it.
const COVERED: f64 = 0.5;

/// What a method says at one instant, in days from it.
#[derive(Clone, Copy, Debug)]
struct Guess {
    likely: Option<f64>,
    earliest: Option<f64>,
}

/// What a method achieved on one history.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    error: f64,
    false_alarms: f64,
    missed: f64,
}

impl Score {
    fn total(self) -> f64 {
        self.error + self.false_alarms + self.missed
    }
}

#[test]
fn the_forecast_beats_plain_baselines_on_histories_with_a_known_end() {
    let mut totals = [0.0; 3];
    let (mut covered, mut ending) = (0.0, 0.0);
    let mut poor = Vec::new();
    println!("{:<32}{:>28}{:>28}{:>28}", "error + false + missed", "ours", "last day's slope", "least squares");
    for tale in tales::all() {
        let scores = [score(&tale, ours), score(&tale, baselines::last_day), score(&tale, baselines::least_squares)];
        print_row(tale.name, scores);
        let [own, last_day, least_squares] = scores.map(Score::total);
        if own > last_day.min(least_squares) + SLACK || own > WORST {
            poor.push(tale.name);
        }
        totals.iter_mut().zip([own, last_day, least_squares]).for_each(|(total, score)| *total += score);
        let (held, known) = coverage(&tale);
        covered += held;
        ending += known;
    }
    let [own, last_day, least_squares] = totals;
    println!("{:<32}{own:>28.2}{last_day:>28.2}{least_squares:>28.2}", "total");
    println!("the range held the truth in {covered} of {ending} instants with a known end");
    assert!(poor.is_empty(), "too bad, or worse than a baseline: {poor:?}");
    assert!(own <= last_day && own <= least_squares, "in total worse than a baseline");
    assert!(covered >= COVERED * ending, "ranges too narrow");
}

fn print_row(name: &str, scores: [Score; 3]) {
    let shown = scores.map(|score| {
        format!("{:.2} + {:.2} + {:.2} = {:.2}", score.error, score.false_alarms, score.missed, score.total())
    });
    println!("{name:<32}{:>28}{:>28}{:>28}", shown[0], shown[1], shown[2]);
}

fn score(tale: &Tale, method: impl Fn(&Tale, Timestamp) -> Guess) -> Score {
    let mut errors = Vec::new();
    let (mut false_alarms, mut missed) = (0.0, 0.0);
    for &now in &tale.instants {
        let (truth, guess) = (tale.days_left(now), method(tale, now));
        if std::env::var_os("REPLAY_DETAILS").is_some() {
            println!("    {now} truth {truth:?} {guess:?}");
        }
        errors.push(error(guess.likely, truth, tales::days_known(now)));
        let alarm = guess.earliest.is_some_and(|days| days < 3.0);
        false_alarms += f64::from(u8::from(alarm && truth.is_none_or(|days| days > 6.0)));
        missed += f64::from(u8::from(!alarm && truth.is_some_and(|days| days < 1.0)));
    }
    let count = errors.len() as f64;
    Score { error: median(errors), false_alarms: false_alarms / count, missed: missed / count }
}

fn error(guess: Option<f64>, truth: Option<f64>, known: f64) -> f64 {
    match (guess, truth) {
        (Some(guess), Some(truth)) => (guess - truth).abs() / guess.max(truth),
        (None, Some(_)) => 1.0,
        (Some(guess), None) => (1.0 - guess / known).max(0.0),
        (None, None) => 0.0,
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 { numbers[middle] } else { f64::midpoint(numbers[middle - 1], numbers[middle]) }
}

/// How often the range held the truth, of how many instants with a known end.
fn coverage(tale: &Tale) -> (f64, f64) {
    let known: Vec<_> = tale.instants.iter().filter_map(|&now| Some((now, tale.days_left(now)?))).collect();
    let holds = |&&(now, truth): &&(Timestamp, f64)| match forecast(&input(tale, now)) {
        // A range is of dates on a calendar: half a day either way is the same date.
        Forecast::Full { earliest, latest } => {
            days(now, earliest) <= truth + 0.5 && latest.is_none_or(|latest| truth <= days(now, latest) + 0.5)
        }
        Forecast::None { .. } => false,
    };
    (known.iter().filter(holds).count() as f64, known.len() as f64)
}

fn ours(tale: &Tale, now: Timestamp) -> Guess {
    let input = input(tale, now);
    let earliest = match forecast(&input) {
        Forecast::Full { earliest, .. } => Some(days(now, earliest)),
        Forecast::None { .. } => None,
    };
    Guess { likely: forecast::likely(&input).map(|date| days(now, date)), earliest }
}

/// What the monitor would know at `now`, from a history thinned every day.
fn input(tale: &Tale, now: Timestamp) -> forecast::Input {
    let mut history = History::new();
    for (index, sample) in tale.measured_until(now).enumerate() {
        history.push(sample.clone());
        if index % 144 == 0 {
            history.thin(sample.at);
        }
    }
    history.thin(now);
    let samples = history.until(now);
    let last: &Sample = samples.last().expect("every instant has a past");
    let left = |image: Bytes| Bytes(tales::LOGICAL).less(image);
    forecast::Input {
        now,
        growth: volume_consumption(samples),
        bundle: bundle_growth(samples),
        free: last.free,
        reserve: tales::RESERVE,
        headroom: Some(left(last.system).plus(left(last.session))),
    }
}

fn days(now: Timestamp, date: Timestamp) -> f64 {
    date.duration_since(now).as_secs_f64() / 86_400.0
}
