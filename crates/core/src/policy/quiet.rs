//! For how long nobody has held the images and the app has not started, as far as that was looked at.
//!
//! Not here: how long it must be (`policy`), and the guard, which asks again at the last instant.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::vm::{Liveness, Vm};

/// Between two looks further apart anything may have happened. The slowest cadence of a machine that rests is half an
/// hour.
const BLIND: SignedDuration = SignedDuration::from_mins(35);

/// Quiet, as seen by one who has looked again and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quiet {
    since: Option<Timestamp>,
    looked: Option<Timestamp>,
    app: bool,
}

impl Quiet {
    /// Takes one look in. An app that has just started may be starting its VM, so that is no quiet either.
    pub fn look(&mut self, now: Timestamp, vm: &Vm) {
        let gap = self.looked.map(|looked| now.duration_since(looked));
        let seen_through = gap.is_some_and(|gap| !gap.is_negative() && gap <= BLIND);
        let started = vm.app_running && !self.app;
        self.app = vm.app_running;
        self.looked = Some(now);
        if vm.state != Liveness::Stopped {
            self.since = None;
        } else if started || !seen_through || self.since.is_none() {
            self.since = Some(now);
        }
    }

    /// How long it had been quiet at the last look; none when it was not. What came after that look nobody knows.
    #[must_use]
    pub fn lasted(&self) -> Option<Duration> {
        self.looked?.duration_since(self.since?).try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn vm(state: Liveness, app_running: bool) -> Vm {
        Vm { state, holders: Vec::new(), evidence: Vec::new(), app_running, orphan: false }
    }

    #[test]
    fn quiet_begins_anew_with_every_holder_start_and_blind_time() {
        use Liveness::{Running, Stopped, Unknown};
        let looks = [
            (0, Stopped, false, Some(0)),
            (10, Stopped, false, Some(10)),
            (11, Running, true, None),
            (20, Stopped, true, Some(0)),
            (22, Stopped, true, Some(2)),
            // The app goes, which is quiet, and comes back, which is not.
            (23, Stopped, false, Some(3)),
            (24, Stopped, true, Some(0)),
            (30, Unknown, true, None),
            (31, Stopped, true, Some(0)),
            (66, Stopped, true, Some(35)),
            // Asleep, or the clock was set.
            (102, Stopped, true, Some(0)),
            (60, Stopped, true, Some(0)),
        ];
        let mut quiet = Quiet::default();
        for (minute, state, app, wanted) in looks {
            quiet.look(at(minute), &vm(state, app));
            assert_eq!(quiet.lasted(), wanted.map(Duration::from_mins), "at {minute}");
        }
    }
}
