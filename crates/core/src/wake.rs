//! When a sleeper wakes: a delay, seen by two clocks, of which either may have stood still or jumped.
//!
//! A machine that sleeps stops the clock that waits are measured by, so that a quarter of an hour may last a night; and
//! the time of day may be set. Looking once too often is harmless, and once too seldom is not. Not here: any clock, and
//! how long the delay is (`cadence`).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Slept at most in one go: this long after the machine wakes, a look that is overdue is made. Waking to compare two
/// numbers costs nothing that can be measured.
pub const NAP: Duration = Duration::from_mins(1);

/// A look that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appointment {
    made: Timestamp,
    delay: Duration,
}

impl Appointment {
    /// In `delay` from now.
    #[must_use]
    pub const fn after(now: Timestamp, delay: Duration) -> Self {
        Self { made: now, delay }
    }

    /// How long to sleep, when it is `now` by the time of day and `waited` by a clock that nobody sets; none when it is
    /// time. First match wins.
    ///
    /// | given | sleep |
    /// |---|---|
    /// | the clock that nobody sets has come that far | none |
    /// | the time of day has come that far | none |
    /// | the time of day lies before the appointment was made | what is left by the other clock, at most a nap |
    /// | otherwise | the lesser of what is left, at most a nap |
    #[must_use]
    pub fn sleep(&self, now: Timestamp, waited: Duration) -> Option<Duration> {
        let by_the_day =
            Duration::try_from(now.duration_since(self.made).max(SignedDuration::ZERO)).unwrap_or_default();
        let passed = waited.max(by_the_day);
        self.delay.checked_sub(passed).filter(|left| !left.is_zero()).map(|left| left.min(NAP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_time_when_either_clock_says_so() {
        let made: Timestamp = "2026-10-01T08:00:00Z".parse().expect("a time");
        let appointment = Appointment::after(made, Duration::from_mins(15));
        let at = |minutes: i64| made + SignedDuration::from_mins(minutes);
        let minutes = Duration::from_mins;
        let cases = [
            (at(0), minutes(0), Some(NAP)),
            (at(14), minutes(14), Some(NAP)),
            (at(14) + SignedDuration::from_secs(50), minutes(14), Some(Duration::from_secs(10))),
            (at(15), minutes(15), None),
            // A night's sleep: the clock that waits are measured by stood still.
            (at(8 * 60), minutes(2), None),
            // The time of day was set back, and then far ahead.
            (at(-600), minutes(3), Some(NAP)),
            (at(-600), minutes(15), None),
            (at(60 * 24 * 365), minutes(1), None),
        ];
        for (now, waited, sleep) in cases {
            assert_eq!(appointment.sleep(now, waited), sleep, "{now} {waited:?}");
        }
        assert_eq!(Appointment::after(made, Duration::ZERO).sleep(made, Duration::ZERO), None);
    }
}
