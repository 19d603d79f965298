//! The icon's looks: what is drawn, coarse enough that it changes only when one would see it.
//!
//! Not here: drawing.

use crate::gauge::Gauge;

use super::{BundlePanel, GaugeView, Mark};

/// Height of the Plimsoll line: below it is calm, at it watch, over it act.
pub const LINE: f64 = 0.7;

/// Steps of the water below the line: at 18 points one is less than a pixel of a dense screen.
const WATER_STEPS: f64 = 24.0;

/// Steps of the sparkline's height.
const SPARK_STEPS: f64 = 12.0;

/// Everything the icon's picture depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IconLook {
    /// Form of the gauge.
    pub mark: Mark,
    /// Height of the water in [`Self::STEPS`]ths of the hull.
    pub water: u8,
    /// Something is going on.
    pub busy: bool,
    /// The last day in [`Self::SPARK`]ths of its height; empty in the narrow style.
    pub spark: Vec<u8>,
}

impl IconLook {
    /// Steps of [`IconLook::water`] from keel to deck.
    pub const STEPS: u8 = 24;
    /// Steps of [`IconLook::spark`].
    pub const SPARK: u8 = 12;

    /// What to draw for a bundle.
    #[must_use]
    pub fn of(bundle: Option<&BundlePanel>, busy: bool, wide: bool) -> Self {
        let Some(bundle) = bundle else {
            return Self { mark: Mark::Unknown, water: 0, busy, spark: Vec::new() };
        };
        let spark = if wide { bundle.sparkline.iter().map(|y| steps(*y, SPARK_STEPS)).collect() } else { Vec::new() };
        Self { mark: bundle.gauge.mark, water: steps(bundle.gauge.water, WATER_STEPS), busy, spark }
    }
}

fn steps(share: f64, count: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 24")]
    let step = (share.clamp(0.0, 1.0) * count).round() as u8;
    step
}

/// Where the water stands: the level decides on which side of the line, the fill how far below it.
#[must_use]
pub fn water(gauge: &Gauge) -> (Mark, f64) {
    let mark = Mark::from(gauge.level);
    let water = match mark {
        // However full, calm stays visibly below the line.
        Mark::Calm => (gauge.fill.clamp(0.0, 1.0) * LINE).min(LINE - 0.12),
        Mark::Watch => LINE,
        Mark::Act => (LINE + 0.14).max(gauge.fill.clamp(0.0, 1.0) * 0.95),
        Mark::Unknown => 0.0,
    };
    (mark, water)
}

pub(super) fn gauge_view(gauge: &Gauge, words: &crate::words::Words) -> GaugeView {
    let (mark, water) = water(gauge);
    let level = words.text(match mark {
        Mark::Calm => "level-calm",
        Mark::Watch => "level-watch",
        Mark::Act => "level-act",
        Mark::Unknown => "level-unknown",
    });
    let spoken = words.say("gauge-spoken", &[("level", &level), ("percent", &super::percent(gauge.fill))]);
    GaugeView { mark, water, spoken }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gauge::{GaugeReason, Level};

    #[test]
    fn the_level_decides_on_which_side_of_the_line_the_water_stands() {
        let water = |level, fill| water(&Gauge { level, reason: GaugeReason::Roomy, fill }).1;
        for fill in [0.0, 0.3, 0.99, 1.0, f64::NAN] {
            assert!(water(Level::Calm, fill) < LINE - 0.1, "calm at {fill}");
            assert!((water(Level::Watch, fill) - LINE).abs() < 1e-9, "watch at {fill}");
            assert!(water(Level::Act, fill) > LINE + 0.1, "act at {fill}");
        }
        assert!(water(Level::Calm, 0.2) < water(Level::Calm, 0.6), "calm shows how far");
    }
}
