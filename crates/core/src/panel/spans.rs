//! Growth and forecasts in words.
//!
//! Not here: how they are found.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::bytes::Bytes;
use crate::forecast::{Forecast, ForecastNone};
use crate::growth::{Growth, GrowthUnknown};
use crate::guest::Guest;
use crate::words::Words;

/// Below this a day nobody would call it growth.
const STEADY: f64 = 1e6;

/// Beyond this nobody plans.
const FAR_DAYS: f64 = 365.0;

/// `+1.2 GB a day`, or why that is not known.
#[must_use]
pub fn growth(growth: &Growth, words: &Words) -> String {
    match growth {
        Growth::Known { bytes_per_day, .. } if bytes_per_day.abs() < STEADY => words.text("growth-steady"),
        Growth::Known { bytes_per_day, .. } => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "finite and not negative")]
            let size = words.size(Bytes(bytes_per_day.abs() as u64));
            words.say(if *bytes_per_day < 0.0 { "growth-down" } else { "growth-up" }, &[("size", &size)])
        }
        Growth::Unknown { reason: GrowthUnknown::OnlySteps } => words.text("growth-only-steps"),
        Growth::Unknown { .. } => words.text("growth-too-new"),
    }
}

/// From so many days to so many; none for an end that never comes.
fn span(from: i64, to: Option<i64>, words: &Words) -> String {
    match to {
        Some(to) if from == 0 && to > 1 => words.say("span-under", &[("to", &to)]),
        Some(to) if to > from => words.say("span-range", &[("from", &from), ("to", &to)]),
        Some(0) => words.text("span-hours"),
        Some(_) => words.say("span-days", &[("days", &from)]),
        None => words.say("span-from", &[("days", &from)]),
    }
}

fn days(at: Timestamp, now: Timestamp) -> i64 {
    at.duration_since(now).as_hours().max(0) / 24
}

/// The span of a forecast, when it has one.
#[must_use]
pub fn full_in(forecast: &Forecast, now: Timestamp, words: &Words) -> Option<String> {
    let Forecast::Full { earliest, latest } = forecast else { return None };
    Some(span(days(*earliest, now), latest.map(|latest| days(latest, now)), words))
}

/// When the volume reaches its reserve: a span, or why there is none.
#[must_use]
pub fn disk(forecast: &Forecast, now: Timestamp, words: &Words) -> String {
    if let Some(span) = full_in(forecast, now, words) {
        return words.say("disk-full", &[("span", &span)]);
    }
    words.text(match forecast {
        Forecast::Full { .. } | Forecast::None { reason: ForecastNone::GrowthUnknown } => "disk-unknown",
        Forecast::None { reason: ForecastNone::AlreadyFull } => "disk-already",
        Forecast::None { reason: ForecastNone::NotGrowing } => "disk-not-growing",
        Forecast::None { reason: ForecastNone::ImageLimit } => "disk-image-limit",
        Forecast::None { reason: ForecastNone::BeyondYear } => "disk-beyond-year",
    })
}

/// When the images are as large as they can be: a span, or why there is none.
#[must_use]
pub fn guest(growth: &Growth, headroom: Bytes, words: &Words) -> String {
    let Growth::Known { bytes_per_day, low, high, .. } = growth else { return words.text("guest-unknown") };
    if headroom == Bytes::ZERO {
        return words.text("guest-reached");
    }
    if *bytes_per_day < STEADY {
        return words.text("guest-steady");
    }
    let in_days = |rate: f64| (rate >= STEADY).then(|| headroom.as_f64() / rate).filter(|days| *days < FAR_DAYS);
    let Some(earliest) = in_days(*high) else { return words.text("guest-far") };
    #[expect(clippy::cast_possible_truncation, reason = "below a year")]
    let whole = |days: f64| days as i64;
    words.say("guest-full", &[("span", &span(whole(earliest), in_days(*low).map(whole), words))])
}

/// What the guest has free in one of its disks, and when that is full: a span, or why there is none.
#[must_use]
pub fn inside(guest: &Guest, now: Timestamp, zone: &TimeZone, words: &Words) -> String {
    let sizes = [("free", &words.size(guest.free_bytes) as _), ("total", &words.size(guest.total_bytes) as _)];
    let mut parts = vec![words.say("inside-free", &sizes)];
    if guest.is_old {
        parts.push(words.say("inside-as-of", &[("when", &words.when(guest.as_of, now, zone))]));
    }
    parts.push(match full_in(&guest.forecast, now, words) {
        Some(span) => words.say("inside-full", &[("span", &span)]),
        None => words.text(match guest.forecast {
            Forecast::None { reason: ForecastNone::AlreadyFull } => "inside-already",
            Forecast::None { reason: ForecastNone::NotGrowing | ForecastNone::ImageLimit } => "inside-not-growing",
            Forecast::None { reason: ForecastNone::BeyondYear } => "inside-beyond-year",
            Forecast::Full { .. } | Forecast::None { reason: ForecastNone::GrowthUnknown } => "inside-unknown",
        }),
    });
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    fn known(bytes_per_day: f64, low: f64, high: f64) -> Growth {
        Growth::Known { bytes_per_day, low, high, window: 86_400, samples: 20 }
    }

    #[test]
    fn a_rate_and_its_spread_become_a_range_of_days() {
        let words = Words::of(Language::English);
        let guest = |growth, headroom| guest(&growth, Bytes::giga(headroom), words);
        assert_eq!(guest(known(1e9, 0.5e9, 2e9), 6), "At full size in 3 to 12 days");
        assert_eq!(guest(known(1e9, 0.0, 2e9), 6), "At full size in 3 days at the earliest");
        assert_eq!(guest(known(9e9, 9e9, 9e9), 6), "At full size in less than a day");
        assert_eq!(guest(known(2e6, 1e6, 3e6), 6), "Not within a year");
        assert_eq!(guest(known(-1e9, -2e9, 0.0), 6), "Not growing");
        assert_eq!(guest(known(1e9, 1e9, 1e9), 0), "At full size already");
        assert_eq!(guest(Growth::Unknown { reason: GrowthUnknown::TooShort }, 6), "No forecast yet");
        assert_eq!(growth(&known(1.26e9, 0.0, 2e9), words), "+1.3 GB a day");
        assert_eq!(growth(&known(-1.26e9, -2e9, 0.0), words), "−1.3 GB a day");
    }
}
