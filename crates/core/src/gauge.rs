//! How things stand: sizes, limits and forecast → calm, watch or act, with the reason.
//!
//! Not here: sentences for the user (`notice`), what to do about it (`reclaim`), and the icon.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::bytes::Bytes;
use crate::forecast::Forecast;

/// What the gauge reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Input {
    /// The present.
    pub now: Timestamp,
    /// Allocated bytes of the bundle.
    pub allocated: Bytes,
    /// What the user lets the bundle take; `None` by default, since a fresh bundle of 11 GB is normal.
    pub limit: Option<Bytes>,
    /// Free bytes of the volume.
    pub free: Bytes,
    /// Total bytes of the volume; zero when not known.
    pub total: Bytes,
    /// Bytes that are to stay free.
    pub reserve: Bytes,
    /// When the volume will be full.
    pub forecast: Forecast,
}

/// How urgent it is, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing to do.
    Calm,
    /// Worth a look within days.
    Watch,
    /// Space is short now or will be within a day.
    Act,
}

/// Why the gauge shows what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GaugeReason {
    /// Free space is below the reserve.
    FreeBelowReserve,
    /// The volume may be full within a day.
    FullWithinDay,
    /// The bundle takes more than the user lets it.
    OverLimit,
    /// Free space is short, though above the reserve.
    FreeLow,
    /// The volume may be full within three days.
    FullWithinDays,
    /// The bundle takes more than nine tenths of what the user lets it.
    NearLimit,
    /// None of these.
    Roomy,
}

/// A level, its reason, and how far loaded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gauge {
    /// How urgent it is.
    pub level: Level,
    /// Why.
    pub reason: GaugeReason,
    /// From 0 (empty) to 1 (loaded to the line): the volume's space above the reserve that is taken or, if it is
    /// more, the bundle's share of the user's limit.
    pub fill: f64,
}

/// Bytes to keep free by default: Claude's workspace refuses to start below about 5 GB.
pub const DEFAULT_RESERVE: Bytes = Bytes::giga(5);

/// A day: people look at a screen at least that often.
const ACT_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Three days: a weekend and the working day after it.
const WATCH_WITHIN: SignedDuration = SignedDuration::from_hours(72);

/// Free space is low below twice the reserve, always: one rebuild of 10.7 GB goes through that.
const LOW_AT_LEAST: u64 = 2;

/// Free space is low below a tenth of the volume, but not above four times the reserve (20 GB): a tenth of 2 TB is plenty.
const LOW_AT_MOST: u64 = 4;

/// Reads the gauge. First match wins.
///
/// | given | level | reason |
/// |---|---|---|
/// | free < reserve | act | free below reserve |
/// | forecast may be full within 1 day | act | full within day |
/// | allocated > limit | act | over limit |
/// | free < 2 × reserve, or < 10 % of the volume and < 4 × reserve | watch | free low |
/// | forecast may be full within 3 days | watch | full within days |
/// | allocated > 90 % of limit | watch | near limit |
/// | otherwise | calm | roomy |
///
/// Size alone never alarms: without a limit set by the user only free space and its forecast count.
#[must_use]
pub fn gauge(input: &Input) -> Gauge {
    let (level, reason) = reading(input);
    Gauge { level, reason, fill: fill(input) }
}

fn reading(input: &Input) -> (Level, GaugeReason) {
    if input.free < input.reserve {
        (Level::Act, GaugeReason::FreeBelowReserve)
    } else if full_within(input, ACT_WITHIN) {
        (Level::Act, GaugeReason::FullWithinDay)
    } else if load(input) > 1.0 {
        (Level::Act, GaugeReason::OverLimit)
    } else if input.free < low(input) {
        (Level::Watch, GaugeReason::FreeLow)
    } else if full_within(input, WATCH_WITHIN) {
        (Level::Watch, GaugeReason::FullWithinDays)
    } else if load(input) > 0.9 {
        (Level::Watch, GaugeReason::NearLimit)
    } else {
        (Level::Calm, GaugeReason::Roomy)
    }
}

/// A forecast made for an earlier present may lie in the past: that is within any time.
fn full_within(input: &Input, span: SignedDuration) -> bool {
    matches!(input.forecast, Forecast::Full { earliest, .. } if earliest.duration_since(input.now) < span)
}

/// Below how much free space is low.
fn low(input: &Input) -> Bytes {
    let times = |count: u64| Bytes(input.reserve.0.saturating_mul(count));
    times(LOW_AT_LEAST).max(Bytes(input.total.0 / 10).min(times(LOW_AT_MOST)))
}

/// Allocated bytes as a share of the user's limit; zero without one.
fn load(input: &Input) -> f64 {
    match input.limit {
        Some(limit) => input.allocated.as_f64() / limit.as_f64().max(1.0),
        None => 0.0,
    }
}

fn fill(input: &Input) -> f64 {
    let room = input.total.less(input.reserve).as_f64();
    let taken = input.total.less(input.free).as_f64();
    let volume = if room > 0.0 { taken / room } else { 0.0 };
    volume.max(load(input)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests;
