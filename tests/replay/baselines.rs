//! Two ways to forecast that need no thought: what ours has to beat.
//!
//! Both see every sample, unthinned and in order, and draw a straight line through free space.

use jiff::Timestamp;
use plimsoll_core::sample::Sample;

use crate::tales::{RESERVE, Tale};
use crate::{Guess, days};

/// The line from the sample of a day ago, or the first, to the last.
pub(crate) fn last_day(tale: &Tale, now: Timestamp) -> Guess {
    let samples = past(tale, now, 1.0);
    let (first, last) = (samples[0], samples[samples.len() - 1]);
    let span = days(first.at, last.at);
    let gone = first.free.as_f64() - last.free.as_f64();
    guess(last, if span > 0.0 { gone / span } else { 0.0 })
}

/// The line that least squares draw through the last seven days.
pub(crate) fn least_squares(tale: &Tale, now: Timestamp) -> Guess {
    let samples = past(tale, now, 7.0);
    let count = samples.len() as f64;
    let mean = |value: &dyn Fn(&Sample) -> f64| samples.iter().map(|sample| value(sample)).sum::<f64>() / count;
    let time = |sample: &Sample| days(now, sample.at);
    let (middle, level) = (mean(&time), mean(&|sample| sample.free.as_f64()));
    let covariance = mean(&|sample| (time(sample) - middle) * (sample.free.as_f64() - level));
    let variance = mean(&|sample| (time(sample) - middle).powi(2));
    guess(samples[samples.len() - 1], if variance > 0.0 { -covariance / variance } else { 0.0 })
}

/// The samples of the last `span` days, oldest first.
fn past(tale: &Tale, now: Timestamp, span: f64) -> Vec<&Sample> {
    let recent = |sample: &&Sample| sample.at <= now && -days(now, sample.at) <= span;
    let mut samples: Vec<_> = tale.measured_until(now).filter(recent).collect();
    samples.sort_by_key(|sample| sample.at);
    samples
}

fn guess(last: &Sample, rate: f64) -> Guess {
    let left = last.free.less(RESERVE).as_f64() / rate;
    let likely = (rate > 0.0 && left <= 365.0).then_some(left);
    Guess { likely, earliest: likely }
}
