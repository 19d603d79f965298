//! The chart of one time span, and the sparkline: where the points are and what each says.
//!
//! Not here: drawing.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Unit, ZonedDateTime};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::bytes::Bytes;
use crate::history;
use crate::sample::{Sample, Step};
use crate::vm::Liveness;
use crate::words::Words;

/// Points of the sparkline: one for each half hour.
const SPARKS: i64 = 48;

/// More points than the chart is wide in dense pixels show nothing more.
const MOST_POINTS: usize = 800;

/// A flat line lies in the middle of at least this much.
const LEAST_RANGE: f64 = 100e6;

/// Allocated bytes of a bundle over a time span.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ChartView {
    /// Seconds since 1970, rising.
    pub times: Vec<f64>,
    /// Allocated bytes at each of them.
    pub sizes: Vec<f64>,
    /// Each point in words.
    pub labels: Vec<String>,
    /// The first and last second shown.
    pub span: (f64, f64),
    /// The lowest and highest size shown.
    pub range: (f64, f64),
    /// Where the time axis is labelled.
    pub time_ticks: Vec<Tick>,
    /// Where the size axis is labelled.
    pub size_ticks: Vec<Tick>,
    /// What happened.
    pub events: Vec<Event>,
    /// The user's limit, when it is in the picture.
    pub limit: Option<Tick>,
    /// The picture in a sentence.
    pub spoken: String,
    /// Said in its place when there is too little to draw.
    pub empty: Option<String>,
}

/// A labelled place on an axis.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Tick {
    /// Where.
    pub at: f64,
    /// What stands there.
    pub label: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Event {
    /// Seconds since 1970.
    pub at: f64,
    /// Its form.
    pub kind: EventKind,
    /// In words, with the time.
    pub label: String,
}

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Space was given back.
    Reclaim,
    /// The system image was made anew.
    Rebuild,
    /// Another release.
    ImageUpdate,
    /// The VM started.
    VmOn,
    /// The VM stopped.
    VmOff,
}

/// A time span of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Range {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// 365 days.
    Year,
}

impl Range {
    /// How long it is.
    #[must_use]
    pub fn length(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
            Self::Year => 365 * 24,
        })
    }

    /// Its first instant.
    #[must_use]
    pub fn since(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.length()).unwrap_or(now)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Day => "range-day",
            Self::Week => "range-week",
            Self::Month => "range-month",
            Self::Year => "range-year",
        }
    }
}

/// What a chart is made of.
pub struct ChartInput<'a> {
    /// Oldest first, of the time span; those dated after `now` are left out.
    pub samples: &'a [Sample],
    /// The time span.
    pub range: Range,
    /// The present.
    pub now: Timestamp,
    /// The user's limit.
    pub limit: Option<Bytes>,
    /// Where the clock on the wall is.
    pub zone: &'a TimeZone,
    /// In which language.
    pub words: &'a Words,
}

/// Allocated bytes over a time span, with all that is written on it.
#[must_use]
pub fn chart(input: &ChartInput<'_>) -> ChartView {
    let ChartInput { range, now, words, zone, .. } = *input;
    let since = range.since(now);
    let inside = |sample: &&Sample| sample.at >= since && sample.at <= now;
    let samples: Vec<Sample> = input.samples.iter().filter(inside).cloned().collect();
    let shown = thinned(&samples);
    let sizes: Vec<f64> = shown.iter().map(|sample| sample.allocated.as_f64()).collect();
    let limit = input.limit.map(Bytes::as_f64);
    let bounds = bounds(&sizes, limit);
    let limit = limit.filter(|limit| *limit >= bounds.0 && *limit <= bounds.1);
    let label = |sample: &&Sample| {
        let (when, size) = (words.when(sample.at, now, zone), words.size(sample.allocated));
        words.say("chart-point", &[("when", &when), ("size", &size)])
    };
    let few = shown.len() < 2;
    ChartView {
        times: shown.iter().map(|sample| seconds(sample.at)).collect(),
        labels: shown.iter().map(label).collect(),
        span: (seconds(since), seconds(now)),
        time_ticks: time_ticks(range, since, now, zone, words),
        size_ticks: size_ticks(bounds, words),
        events: events(&samples, now, zone, words),
        limit: limit.map(|at| Tick { at, label: words.text("event-limit") }),
        spoken: if few { words.text("chart-empty") } else { spoken(&shown, range, words) },
        empty: few.then(|| words.text("chart-empty")),
        range: bounds,
        sizes,
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_second() as f64
}

/// At most [`MOST_POINTS`], the first and the last among them.
fn thinned(samples: &[Sample]) -> Vec<&Sample> {
    let every = samples.len().div_ceil(MOST_POINTS).max(1);
    let last = samples.len().saturating_sub(1);
    samples.iter().enumerate().filter(|(i, _)| i % every == 0 || *i == last).map(|(_, sample)| sample).collect()
}

/// Lowest and highest size shown, with some air; the limit is shown when it is near.
fn bounds(sizes: &[f64], limit: Option<f64>) -> (f64, f64) {
    let low = sizes.iter().copied().fold(f64::INFINITY, f64::min);
    let high = sizes.iter().copied().fold(0.0, f64::max);
    if !low.is_finite() {
        return (0.0, 1e9);
    }
    let high = limit.filter(|limit| *limit > high && *limit < high * 1.5).unwrap_or(high);
    let range = (high - low).max(LEAST_RANGE);
    ((low - range * 0.25).max(0.0), high + range * 0.12)
}

/// Two or three round sizes.
fn size_ticks((low, high): (f64, f64), words: &Words) -> Vec<Tick> {
    let rough = (high - low) / 2.5;
    let ten = 10_f64.powf(rough.max(1.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].iter().map(|factor| factor * ten).find(|step| *step >= rough).unwrap_or(rough);
    let first = (low / step).ceil();
    (0..4)
        .map(|index| (first + f64::from(index)) * step)
        .filter(|at| *at > low && *at < high)
        .map(|at| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size that is shown")]
            let size = Bytes(at as u64);
            Tick { at, label: words.size(size) }
        })
        .collect()
}

fn time_ticks(range: Range, since: Timestamp, now: Timestamp, zone: &TimeZone, words: &Words) -> Vec<Tick> {
    let start = since.to_zoned_datetime(zone.clone());
    let (first, step) = match range {
        Range::Day => (start.round(Unit::Hour), 6.hours()),
        Range::Week => (start.start_of_day(), 1.day()),
        Range::Month => (start.start_of_day(), 7.days()),
        Range::Year => (start.first_of_month().and_then(|first| first.start_of_day()), 3.months()),
    };
    let Ok(mut at) = first else { return Vec::new() };
    // Hours that people say: 0, 6, 12, 18.
    while range == Range::Day && at.hour() % 6 != 0 {
        let Ok(next) = at.checked_add(1.hour()) else { return Vec::new() };
        at = next;
    }
    let label = |at: &ZonedDateTime| match range {
        Range::Day => at.strftime("%H:%M").to_string(),
        Range::Week => words.weekday(at),
        Range::Month => words.date(at),
        Range::Year => words.month(at),
    };
    let mut ticks = Vec::new();
    while at.timestamp() <= now && ticks.len() < 16 {
        if at.timestamp() >= since {
            ticks.push(Tick { at: seconds(at.timestamp()), label: label(&at) });
        }
        let Ok(next) = at.checked_add(step) else { break };
        at = next;
    }
    ticks
}

fn events(samples: &[Sample], now: Timestamp, zone: &TimeZone, words: &Words) -> Vec<Event> {
    let event = |at: Timestamp, kind, id| {
        let label = format!("{} · {}", words.text(id), words.when(at, now, zone));
        Event { at: seconds(at), kind, label }
    };
    let mut events: Vec<Event> = history::steps(samples)
        .into_iter()
        .filter_map(|(index, step)| {
            let (kind, id) = match step {
                Step::Reclaim => (EventKind::Reclaim, "event-reclaim"),
                Step::Rebuild => (EventKind::Rebuild, "event-rebuild"),
                Step::ImageUpdate => (EventKind::ImageUpdate, "event-image_update"),
            };
            Some(event(samples.get(index)?.at, kind, id))
        })
        .collect();
    let pairs = samples.iter().zip(samples.iter().skip(1));
    events.extend(pairs.filter_map(|(before, after)| match (before.vm, after.vm) {
        (Liveness::Stopped, Liveness::Running) => Some(event(after.at, EventKind::VmOn, "event-vm-on")),
        (Liveness::Running, Liveness::Stopped) => Some(event(after.at, EventKind::VmOff, "event-vm-off")),
        _ => None,
    }));
    events.sort_by(|a, b| a.at.total_cmp(&b.at));
    events
}

fn spoken(shown: &[&Sample], range: Range, words: &Words) -> String {
    let size = |sample: Option<&&Sample>| words.size(sample.map_or(Bytes::ZERO, |sample| sample.allocated));
    let by_size = |sample: &&&Sample| sample.allocated;
    words.say(
        "chart-spoken",
        &[
            ("first", &size(shown.first())),
            ("last", &size(shown.last())),
            ("low", &size(shown.iter().min_by_key(by_size))),
            ("high", &size(shown.iter().max_by_key(by_size))),
            ("range", &words.text(range.name())),
        ],
    )
}

/// The last day as heights from 0 to 1, equally far apart in time; empty when there is too little to draw.
#[must_use]
pub fn sparkline(samples: &[Sample], now: Timestamp) -> Vec<f64> {
    let since = Range::Day.since(now);
    let inside: Vec<&Sample> = samples.iter().filter(|sample| sample.at >= since && sample.at <= now).collect();
    let [first, _, ..] = inside.as_slice() else { return Vec::new() };
    let sizes = || inside.iter().map(|sample| sample.allocated.as_f64());
    let (low, high) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    let range = (high - low).max(LEAST_RANGE);
    let step = Range::Day.length().as_secs() / SPARKS;
    let mut next = inside.iter().peekable();
    let mut size = first.allocated.as_f64();
    (1..=SPARKS)
        .map(|index| {
            let end = since.as_second() + index * step;
            while let Some(sample) = next.next_if(|sample| sample.at.as_second() <= end) {
                size = sample.allocated.as_f64();
            }
            ((size - low) / range).clamp(0.0, 1.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::GuestFree;
    use crate::words::Language;

    fn now() -> Timestamp {
        "2026-11-24T10:00:00Z".parse().expect("a time")
    }

    fn sample(hours: i64, allocated: u64, inode: u64, vm: Liveness) -> Sample {
        let (at, size) = (now() - SignedDuration::from_hours(hours), Bytes::giga(allocated));
        let (free, total) = (Bytes::giga(50), Bytes::giga(500));
        let (session, guest_free) = (Bytes::ZERO, GuestFree::default());
        let (allocated, system, system_inode, source_modified) = (size, size, inode, 1);
        Sample { at, allocated, system, session, system_inode, source_modified, free, total, vm, guest_free }
    }

    fn draw(samples: &[Sample], range: Range, limit: Option<Bytes>) -> ChartView {
        let (zone, words) = (&TimeZone::UTC, Words::of(Language::English));
        chart(&ChartInput { samples, range, now: now(), limit, zone, words })
    }

    #[test]
    fn every_point_lies_in_the_picture_and_says_what_it_is() {
        let samples: Vec<Sample> =
            (0..48).rev().map(|h| sample(h, 60 - h.unsigned_abs(), 1, Liveness::Running)).collect();
        let view = draw(&samples, Range::Day, Some(Bytes::giga(64)));
        assert_eq!(view.times.len(), 25, "a day and its first instant");
        assert!(view.times.is_sorted() && view.times.iter().all(|at| *at >= view.span.0 && *at <= view.span.1));
        assert!(view.sizes.iter().all(|size| *size > view.range.0 && *size < view.range.1));
        assert!(view.size_ticks.len() >= 2, "{:?}", view.size_ticks);
        let hours: Vec<&str> = view.time_ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(hours, ["12:00", "18:00", "00:00", "06:00"]);
        assert_eq!(view.labels.last().map(String::as_str), Some("today, 10:00: 60 GB"));
        assert!(view.limit.is_some(), "near enough to be in the picture");
        assert!(draw(&samples, Range::Day, Some(Bytes::giga(640))).limit.is_none(), "too far");
        assert_eq!(view.spoken, "On disk: from 36 GB to 60 GB in the last day, lowest 36 GB, highest 60 GB.");
    }

    #[test]
    fn what_happened_is_marked() {
        let samples = [
            sample(9, 12, 1, Liveness::Running),
            sample(8, 12, 1, Liveness::Stopped),
            sample(7, 2, 0, Liveness::Stopped),
            sample(6, 10, 2, Liveness::Running),
        ];
        let kinds: Vec<EventKind> = draw(&samples, Range::Week, None).events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::VmOff, EventKind::Reclaim, EventKind::Rebuild, EventKind::VmOn]);
    }

    #[test]
    fn without_history_the_chart_says_so_and_a_flat_one_stays_flat() {
        for range in [Range::Day, Range::Week, Range::Month, Range::Year] {
            assert!(draw(&[], range, None).empty.is_some());
            assert!(!draw(&[], range, None).time_ticks.is_empty());
        }
        assert!(sparkline(&[sample(1, 5, 1, Liveness::Stopped)], now()).is_empty());
        let flat: Vec<Sample> = (0..9).rev().map(|h| sample(h, 5, 1, Liveness::Stopped)).collect();
        assert!(sparkline(&flat, now()).iter().all(|height| *height == 0.0));
        let rising: Vec<Sample> =
            (0..9).rev().map(|h| sample(h, 50 - h.unsigned_abs(), 1, Liveness::Stopped)).collect();
        let heights = sparkline(&rising, now());
        assert!(heights.len() == 48 && heights.is_sorted() && heights.last() == Some(&1.0), "{heights:?}");
    }

    #[test]
    fn samples_of_the_future_are_left_out_and_many_are_thinned() {
        let mut samples: Vec<Sample> = (0..5_000).rev().map(|h| sample(h, 5, 1, Liveness::Stopped)).collect();
        samples.push(sample(-30, 900, 1, Liveness::Stopped));
        let view = draw(&samples, Range::Year, None);
        assert!(view.times.len() <= MOST_POINTS + 1 && view.sizes.iter().all(|size| *size < 6e9));
    }
}
