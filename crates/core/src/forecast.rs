//! When the volume reaches its reserve, and when the guest is full: rates and room → a range of dates, or the reason why there is none.
//!
//! Not here: how rates are found (`growth`), and whether a date is alarming (`gauge`).

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::bytes::Bytes;
use crate::growth::{Growth, GrowthUnknown};

/// What a forecast is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Input {
    /// The present.
    pub now: Timestamp,
    /// How fast the volume's free space goes, whoever takes it.
    pub growth: Growth,
    /// How fast the bundle grows: its share of the above. Unknown counts as none.
    pub bundle: Growth,
    /// Free bytes of the volume.
    pub free: Bytes,
    /// Bytes that are to stay free.
    pub reserve: Bytes,
    /// What the bundle's images can still take, logical less allocated; `None` when nothing limits them.
    pub headroom: Option<Bytes>,
}

/// A range of dates on which only the reserve is left, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Forecast {
    /// The volume will be full.
    Full {
        /// The date at the highest rate of the spread. Never before the present.
        earliest: Timestamp,
        /// The date at the lowest rate; `None` when that is beyond a year or never comes.
        latest: Option<Timestamp>,
    },
    /// There is no date.
    None {
        /// Why not.
        reason: ForecastNone,
    },
}

/// Why there is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ForecastNone {
    /// Free space is at the reserve or below it.
    AlreadyFull,
    /// There is no rate yet.
    GrowthUnknown,
    /// Free space stays or rises.
    NotGrowing,
    /// The images reach their logical size before the volume is full, and little else takes space.
    ImageLimit,
    /// Not within [`HORIZON`] days even at the highest rate.
    BeyondYear,
}

/// Days ahead that a forecast looks: habits, disks and images all change within a year.
pub const HORIZON: f64 = 365.0;

/// A difference between the volume's rate and the bundle's below this share of the former is the error of two estimates.
const SHARE_FLOOR: f64 = 0.05;

/// The earliest date assumes at most this many times the median rate. A spread wider than that says that rates are
/// poorly known, which is no reason to raise an alarm.
const MOST_PESSIMISTIC: f64 = 3.0;

/// The range of dates. First match wins.
///
/// | given | forecast |
/// |---|---|
/// | free ≤ reserve | none: already full |
/// | volume's rate unknown | none: growth unknown |
/// | volume's rate ≤ 0 | none: not growing |
/// | at the highest rate, images reach their limit and nothing else grows | none: image limit |
/// | at the highest rate, more than a year | none: beyond a year |
/// | otherwise | full, from the highest rate to the lowest |
#[must_use]
pub fn forecast(input: &Input) -> Forecast {
    let none = |reason| Forecast::None { reason };
    if input.free <= input.reserve {
        return none(ForecastNone::AlreadyFull);
    }
    let Growth::Known { bytes_per_day, low, high, .. } = input.growth else {
        return none(ForecastNone::GrowthUnknown);
    };
    if bytes_per_day <= 0.0 {
        return none(ForecastNone::NotGrowing);
    }
    let bundle = match input.bundle {
        Growth::Known { low, high, .. } => (low, high),
        Growth::Unknown { .. } => (0.0, 0.0),
    };
    match filling(input, high.min(MOST_PESSIMISTIC * bytes_per_day), bundle.1) {
        Filling::Never => none(ForecastNone::ImageLimit),
        Filling::Days(days) => match date(input.now, days) {
            Some(earliest) => Forecast::Full { earliest, latest: latest(input, low, bundle.0) },
            None => none(ForecastNone::BeyondYear),
        },
    }
}

/// When a file system of the guest is full. Nothing but the guest takes its space, and nothing is reserved.
#[must_use]
pub fn guest(now: Timestamp, growth: &Growth, free: Bytes) -> Forecast {
    let bundle = Growth::Unknown { reason: GrowthUnknown::TooFewSamples };
    forecast(&Input { now, growth: growth.clone(), bundle, free, reserve: Bytes::ZERO, headroom: None })
}

/// The one date at the median rates, for pictures and for scoring; `None` whenever [`forecast`] has no dates or the
/// median leads nowhere within a year.
#[must_use]
pub fn likely(input: &Input) -> Option<Timestamp> {
    let Forecast::Full { .. } = forecast(input) else { return None };
    latest(input, input.growth.rate()?, input.bundle.rate().unwrap_or(0.0))
}

fn latest(input: &Input, volume: f64, bundle: f64) -> Option<Timestamp> {
    match filling(input, volume, bundle) {
        Filling::Days(days) => date(input.now, days),
        Filling::Never => None,
    }
}

/// When free space is at the reserve, if rates stay as they are.
enum Filling {
    Days(f64),
    Never,
}

/// Two straight lines: all grows until the images are at their limit, then only the rest does.
fn filling(input: &Input, volume: f64, bundle: f64) -> Filling {
    if volume <= 0.0 {
        return Filling::Never;
    }
    let room = input.free.less(input.reserve).as_f64();
    let share = bundle.clamp(0.0, volume);
    let limited = input
        .headroom
        .map_or(f64::INFINITY, |headroom| if share > 0.0 { headroom.as_f64() / share } else { f64::INFINITY });
    if room <= volume * limited {
        return Filling::Days(room / volume);
    }
    let rest = volume - share;
    if rest <= SHARE_FLOOR * volume {
        Filling::Never
    } else {
        Filling::Days(limited + (room - volume * limited) / rest)
    }
}

/// `days` after `now`, unless that is beyond the horizon.
fn date(now: Timestamp, days: f64) -> Option<Timestamp> {
    if days > HORIZON {
        return None;
    }
    now.checked_add(SignedDuration::try_from_secs_f64(days * 86_400.0).ok()?).ok()
}

#[cfg(test)]
mod tests;
