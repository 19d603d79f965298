//! What follows from a bundle's history: growth, forecast and gauge.
//!
//! Not here: the rules (`growth`, `forecast`, `gauge`), and what is done about it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Monitor;
use crate::attribution::Attribution;
use crate::bytes::Bytes;
use crate::forecast::{self, Forecast};
use crate::gauge::{self, Gauge};
use crate::growth::{self, Growth};
use crate::guest::Guest;
use crate::measure::MeasuredBundle;
use crate::sample::Sample;

/// Growth looks back this far: habits older than a month say little about the next.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(31 * 24);

/// What follows from a bundle's history.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// How fast the bundle grows.
    pub growth: Growth,
    /// How fast the volume's free space goes.
    pub volume: Growth,
    /// When the volume is full.
    pub forecast: Forecast,
    /// How urgent that is.
    pub gauge: Gauge,
    /// What the guest says of its disks, by the image's name.
    pub guests: BTreeMap<String, Guest>,
    /// When it grew and who was there, the newest first; none where nobody looks.
    pub attribution: Option<Vec<Attribution>>,
}

impl Monitor<'_> {
    /// What follows, and the samples it follows from.
    pub(super) fn outlook(&self, now: Timestamp, bundle: &MeasuredBundle) -> (Outlook, Vec<Sample>) {
        let since = now.saturating_sub(LOOK_BACK).unwrap_or(now);
        // Without history there is no rate, and the reason says so.
        let mut samples: Vec<Sample> = self.store.samples(&bundle.key(), since).unwrap_or_default();
        // A clock that was ahead for a while must not pass for the present.
        samples.retain(|sample| sample.at <= now);
        let growth = growth::bundle_growth(&samples);
        let volume = growth::volume_consumption(&samples);
        let forecast = match &bundle.volume {
            None => Forecast::None { reason: forecast::ForecastNone::GrowthUnknown },
            Some(space) => forecast::forecast(&forecast::Input {
                now,
                growth: volume.clone(),
                bundle: growth.clone(),
                free: space.free,
                reserve: self.settings.reserve,
                headroom: Some(bundle.headroom()),
            }),
        };
        let gauge = self.gauge_of(now, bundle, Bytes::ZERO, &forecast);
        let guests = self.guests.outlook(bundle, &samples, now);
        (Outlook { growth, volume, forecast, gauge, guests, attribution: None }, samples)
    }

    /// The gauge as it would be after `freed` bytes came back.
    pub(super) fn gauge_of(&self, now: Timestamp, bundle: &MeasuredBundle, freed: Bytes, forecast: &Forecast) -> Gauge {
        let volume = bundle.volume.as_ref();
        // A volume that cannot be measured is a gap, and no reason for an alarm.
        let total = volume.map_or(Bytes::giga(1_000), |volume| volume.total);
        let free = volume.map_or(total, |volume| volume.free).plus(freed);
        let forecast = forecast.clone();
        let allocated = bundle.allocated.less(freed);
        let (limit, reserve) = (self.settings.limit, self.settings.reserve);
        gauge::gauge(&gauge::Input { now, allocated, limit, free, total, reserve, forecast })
    }

    /// Where there is no bundle.
    pub(super) fn no_outlook(&self, now: Timestamp) -> Outlook {
        let growth = growth::bundle_growth(&[]);
        let forecast = Forecast::None { reason: forecast::ForecastNone::GrowthUnknown };
        let total = Bytes::giga(1_000);
        let gauge = gauge::gauge(&gauge::Input {
            now,
            allocated: Bytes::ZERO,
            limit: self.settings.limit,
            free: total,
            total,
            reserve: self.settings.reserve,
            forecast: forecast.clone(),
        });
        Outlook { volume: growth.clone(), growth, forecast, gauge, guests: BTreeMap::new(), attribution: None }
    }
}
