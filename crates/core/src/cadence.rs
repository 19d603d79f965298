//! When to measure next: what is going on → a delay, with the reason.
//!
//! Not here: the timer, and what is measured.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::gauge::Level;
use crate::growth::Growth;
use crate::vm::Liveness;

/// What the delay depends on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Input {
    /// Whether the VM runs.
    pub vm: Liveness,
    /// What the gauge shows.
    pub level: Level,
    /// How fast the volume's free space goes.
    pub growth: Growth,
    /// Whether anybody looks.
    pub attention: Attention,
    /// What the machine runs on.
    pub power: Power,
    /// The interval that the user fixed, if any.
    pub fixed: Option<Duration>,
    /// Something is to be done as soon as nobody holds the images.
    pub awaited: bool,
}

/// Whether anybody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// The panel is open.
    PanelOpen,
    /// Nobody looks.
    Away,
}

/// What the machine runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// The mains, or not known.
    Mains,
    /// A battery.
    Battery,
}

/// A delay and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cadence {
    /// Time until the next sample, between [`SHORTEST`] and [`LONGEST`]. In seconds when serialised.
    #[serde(serialize_with = "seconds")]
    pub delay: Duration,
    /// Why.
    pub reason: CadenceReason,
}

/// Why the delay is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CadenceReason {
    /// Somebody looks at the panel.
    PanelOpen,
    /// The user fixed it.
    Fixed,
    /// Something waits for the images to be let go.
    Awaited,
    /// The gauge says act.
    Urgent,
    /// Free space goes fast.
    GrowingFast,
    /// The gauge says watch.
    Watching,
    /// The VM runs, or may run.
    VmRunning,
    /// Nothing goes on, and the machine is on battery.
    Battery,
    /// Nothing goes on.
    Idle,
}

/// No delay is shorter: a sample is a handful of `stat` calls, and nobody reads a number faster.
pub const SHORTEST: Duration = Duration::from_secs(5);

/// No delay is longer: four samples a day still show a daily habit.
pub const LONGEST: Duration = Duration::from_hours(6);

/// Something waits: the shortest wait that can be asked for is ten seconds, the usual one two minutes.
const AWAITED: Duration = Duration::from_secs(15);

/// Space short now: a minute is as fast as a person reacts.
const URGENT: Duration = Duration::from_mins(1);

/// At 10 GB a day two minutes are 14 MB; at 8.8 GB an hour, the fastest seen, 300 MB.
const FAST: Duration = Duration::from_mins(2);

/// A rebuild writes 10.7 GB in 13 minutes: five give at least two samples of it.
const ACTIVE: Duration = Duration::from_mins(5);

/// Nothing but other programs moves: four samples in an hour make a rate.
const IDLE: Duration = Duration::from_mins(15);

/// As idle, at half the wake-ups.
const SAVING: Duration = Duration::from_mins(30);

/// Bytes per day from which growth is fast: half of the worst day reported for a bundle (10 GB).
const FAST_RATE: f64 = 5e9;

/// Chooses the delay. First match wins.
///
/// | given | delay | reason |
/// |---|---|---|
/// | panel open | 5 s | panel open |
/// | something waits for the images | 15 s; 1 min while the VM runs or may run | awaited |
/// | interval fixed by the user | that, from 5 s to 6 h | fixed |
/// | gauge says act | 1 min | urgent |
/// | volume fills by 5 GB a day or more | 2 min | growing fast |
/// | gauge says watch | 5 min | watching |
/// | VM runs or may run | 5 min | VM running |
/// | on battery | 30 min | battery |
/// | otherwise | 15 min | idle |
#[must_use]
pub fn cadence(input: &Input) -> Cadence {
    let (delay, reason) = choice(input);
    Cadence { delay: delay.clamp(SHORTEST, LONGEST), reason }
}

fn choice(input: &Input) -> (Duration, CadenceReason) {
    if input.attention == Attention::PanelOpen {
        (SHORTEST, CadenceReason::PanelOpen)
    } else if input.awaited {
        (if input.vm == Liveness::Stopped { AWAITED } else { URGENT }, CadenceReason::Awaited)
    } else if let Some(fixed) = input.fixed {
        (fixed, CadenceReason::Fixed)
    } else if input.level == Level::Act {
        (URGENT, CadenceReason::Urgent)
    } else if input.growth.rate().is_some_and(|rate| rate >= FAST_RATE) {
        (FAST, CadenceReason::GrowingFast)
    } else if input.level == Level::Watch {
        (ACTIVE, CadenceReason::Watching)
    } else if input.vm != Liveness::Stopped {
        (ACTIVE, CadenceReason::VmRunning)
    } else if input.power == Power::Battery {
        (SAVING, CadenceReason::Battery)
    } else {
        (IDLE, CadenceReason::Idle)
    }
}

fn seconds<S: Serializer>(delay: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(delay.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Input = Input {
        vm: Liveness::Stopped,
        level: Level::Calm,
        growth: growing(0.0),
        attention: Attention::Away,
        power: Power::Mains,
        fixed: None,
        awaited: false,
    };

    const fn growing(rate: f64) -> Growth {
        Growth::Known { bytes_per_day: rate, low: rate, high: rate, window: 86_400, samples: 96 }
    }

    #[test]
    fn first_match_wins() {
        let fixed = |seconds| Input { fixed: Some(Duration::from_secs(seconds)), ..CALM };
        let act = Input { level: Level::Act, power: Power::Battery, ..CALM };
        let cases = [
            (CALM, 900, CadenceReason::Idle),
            (Input { power: Power::Battery, ..CALM }, 1_800, CadenceReason::Battery),
            (Input { power: Power::Battery, vm: Liveness::Running, ..CALM }, 300, CadenceReason::VmRunning),
            (Input { vm: Liveness::Unknown, ..CALM }, 300, CadenceReason::VmRunning),
            (Input { level: Level::Watch, vm: Liveness::Running, ..CALM }, 300, CadenceReason::Watching),
            (Input { level: Level::Watch, growth: growing(5e9), ..CALM }, 120, CadenceReason::GrowingFast),
            (Input { growth: growing(4.9e9), ..CALM }, 900, CadenceReason::Idle),
            (Input { growth: growing(9e9), ..act.clone() }, 60, CadenceReason::Urgent),
            (Input { awaited: true, ..fixed(3_600) }, 15, CadenceReason::Awaited),
            (Input { awaited: true, vm: Liveness::Running, ..fixed(3_600) }, 60, CadenceReason::Awaited),
            (fixed(3_600), 3_600, CadenceReason::Fixed),
            (fixed(0), 5, CadenceReason::Fixed),
            (fixed(u64::MAX), 21_600, CadenceReason::Fixed),
            (Input { fixed: Some(URGENT), ..act.clone() }, 60, CadenceReason::Fixed),
            (Input { attention: Attention::PanelOpen, fixed: Some(IDLE), ..act }, 5, CadenceReason::PanelOpen),
        ];
        for (input, seconds, reason) in cases {
            assert_eq!(cadence(&input), Cadence { delay: Duration::from_secs(seconds), reason }, "{input:?}");
        }
    }

    #[test]
    fn scripts_read_seconds() {
        let json = serde_json::to_string(&cadence(&CALM)).unwrap();
        assert_eq!(json, r#"{"delay":900,"reason":"idle"}"#);
    }
}
