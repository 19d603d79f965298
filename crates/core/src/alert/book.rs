//! What was said and what stands: crossings, cool-down and snooze.
//!
//! It is kept in the store, so that a restart says nothing twice. Not here: what is read (`rules`), any wording.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Alert, Facts, Matter, Reading, Severity};

/// For how long the same is not said again after it had gone away: a notice once a day, what presses within a quarter.
const COOL_NOTICE: SignedDuration = SignedDuration::from_hours(24);
const COOL: SignedDuration = SignedDuration::from_hours(6);

/// What is over for this long is forgotten: longer than any cool-down, and a snooze ends by then as well.
const MEMORY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A clock is set by a minute now and then; by more than this, times from before say nothing.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_hours(1);

/// More matters than this stand nowhere; a bound against a file that was made up.
const MOST: usize = 256;

/// Every matter that stands or was said lately.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger {
    entries: Vec<Standing>,
}

/// One matter of one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The bundle or volume.
    pub subject: String,
    /// How pressing it is; none when it is over.
    pub severity: Option<Severity>,
    /// Since when it has stood, or since when it is over.
    pub since: Timestamp,
    /// Since when it has read so without standing yet.
    pending: Option<Timestamp>,
    /// When it was last read: what cannot be seen stays as it was.
    pub seen: Timestamp,
    /// When it was last said, and how pressing it was then.
    pub told: Option<(Timestamp, Severity)>,
    /// A crossing is still to be said,
    untold: bool,
    /// from this severity on upwards.
    above: Option<Severity>,
    /// Not to be said for a while.
    pub snooze: Option<Snoozed>,
    /// What it says.
    pub facts: Facts,
}

/// For how long the user wants to hear nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Snooze {
    /// An hour.
    Hour,
    /// Until midnight.
    Today,
    /// Until it gets worse, or goes away and comes back.
    UntilChange,
}

impl Snooze {
    /// Every one with its name.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Hour, "hour"), (Self::Today, "today"), (Self::UntilChange, "until_change")];
}

/// A snooze under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snoozed {
    /// Since when.
    pub from: Timestamp,
    /// Until when; none until it changes.
    pub until: Option<Timestamp>,
    /// How pressing it was then: what is worse is said all the same.
    pub at: Severity,
}

impl Snoozed {
    /// A clock that was set back must not make an hour last for a year.
    fn is_over(&self, now: Timestamp) -> bool {
        let before = self.from.duration_since(now) > CLOCK_SLACK;
        self.until.is_some_and(|until| now >= until || before)
    }
}

impl Standing {
    /// Names the matter and its subject, and says nothing of either to whoever sees it.
    #[must_use]
    pub fn id(&self) -> String {
        id(self.facts.matter(), &self.subject)
    }

    fn is_snoozed(&self, severity: Severity) -> bool {
        self.snooze.is_some_and(|snooze| severity <= snooze.at)
    }

    fn is_cool(&self, severity: Severity, now: Timestamp) -> bool {
        let wait = if severity == Severity::Notice { COOL_NOTICE } else { COOL };
        self.told.is_none_or(|(at, said)| severity > said || now.duration_since(at).abs() >= wait)
    }

    /// How pressing it is now, given what stood before.
    fn next(&mut self, reading: &Reading, now: Timestamp) -> Option<Severity> {
        let wanted = reading.enter.max(self.severity.min(reading.stay));
        if wanted.is_none() || self.severity.is_some() {
            self.pending = None;
            return wanted;
        }
        let begun = self.pending.filter(|begun| *begun <= now).unwrap_or(now);
        let stands = now.duration_since(begun) >= reading.hold;
        self.pending = (!stands).then_some(begun);
        if stands {
            self.since = begun;
        }
        wanted.filter(|_| stands)
    }

    /// Takes a reading in, and says what is to be said now.
    fn follow(&mut self, reading: Reading, now: Timestamp) -> Option<Alert> {
        let before = self.severity;
        self.severity = self.next(&reading, now);
        self.seen = now;
        if self.severity > before && !self.untold {
            (self.untold, self.above) = (true, before);
        }
        if self.snooze.is_some_and(|snooze| snooze.is_over(now)) {
            // Whoever asked for an hour wants to hear of it after that, cool-down or not.
            (self.snooze, self.told, self.untold, self.above) = (None, None, true, None);
        }
        // What rose and fell again before it could be said is over.
        self.untold &= self.severity > self.above;
        let Some(severity) = self.severity else {
            // "Until it changes" ends here; an hour is an hour.
            self.snooze = self.snooze.filter(|snooze| snooze.until.is_some());
            if before.is_some() {
                self.since = now;
            }
            return None;
        };
        self.facts = reading.facts;
        if !self.untold || self.is_snoozed(severity) || !self.is_cool(severity, now) {
            return None;
        }
        self.untold = false;
        self.snooze = None;
        self.told = Some((now, severity));
        let (id, subject, facts) = (self.id(), self.subject.clone(), self.facts.clone());
        Some(Alert { id, subject, severity, since: self.since, facts })
    }
}

impl Ledger {
    /// What stands by the readings of `now`, most pressing first.
    pub fn standing(&self, now: Timestamp) -> impl Iterator<Item = (&Standing, Severity)> {
        let read = self.entries.iter().filter(|entry| entry.seen == now);
        let mut all: Vec<_> = read.filter_map(|entry| Some((entry, entry.severity?))).collect();
        all.sort_by_key(|(entry, severity)| (std::cmp::Reverse(*severity), entry.facts.matter()));
        all.into_iter()
    }

    /// What stands by the last reading of it, seen at the moment or not.
    pub fn all(&self) -> impl Iterator<Item = (&Standing, Severity)> {
        self.entries.iter().filter_map(|entry| Some((entry, entry.severity?)))
    }

    /// How pressing a matter is; none when it does not stand.
    #[must_use]
    pub fn severity(&self, matter: Matter, subject: &str) -> Option<Severity> {
        let is_it = |entry: &&Standing| entry.facts.matter() == matter && entry.subject == subject;
        self.entries.iter().find(is_it).and_then(|entry| entry.severity)
    }

    /// Whether another ledger remembers something else. What is merely read anew is not worth a write.
    #[must_use]
    pub fn remembers_as(&self, other: &Self) -> bool {
        let same = |one: &Standing, other: &Standing| {
            let memory = |it: &Standing| (it.severity, it.pending, it.told, it.untold, it.above, it.snooze);
            one.id() == other.id() && memory(one) == memory(other)
        };
        self.entries.len() == other.entries.len() && self.entries.iter().zip(&other.entries).all(|(a, b)| same(a, b))
    }

    /// A ledger that was put away: what stood then counts as seen, however long that is ago; but not as read now.
    pub fn resume(&mut self, now: Timestamp) {
        self.entries.truncate(MOST);
        let before = now.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(now);
        self.entries.iter_mut().for_each(|entry| entry.seen = before);
    }

    /// Takes a reading in, and says what is to be said of it.
    pub(super) fn take(&mut self, reading: Reading, now: Timestamp) -> Option<Alert> {
        let matter = reading.facts.matter();
        let is_it = |entry: &&mut Standing| entry.facts.matter() == matter && entry.subject == reading.subject;
        if let Some(entry) = self.entries.iter_mut().find(is_it) {
            return entry.follow(reading, now);
        }
        // What is well needs no entry.
        reading.enter?;
        if self.entries.len() >= MOST {
            return None;
        }
        let mut entry = Standing {
            subject: reading.subject.clone(),
            severity: None,
            since: now,
            pending: None,
            seen: now,
            told: None,
            untold: false,
            above: None,
            snooze: None,
            facts: reading.facts.clone(),
        };
        let alert = entry.follow(reading, now);
        self.entries.push(entry);
        alert
    }

    /// Says nothing of a standing alert for a while. What was said before but is over cannot be snoozed.
    ///
    /// `zone` is where the clock on the wall is, since *today* ends there.
    pub fn snooze(&mut self, id: &str, snooze: Snooze, now: Timestamp, zone: &TimeZone) {
        let until = match snooze {
            Snooze::Hour => now.saturating_add(SignedDuration::from_hours(1)).ok(),
            Snooze::Today => Some(midnight(now, zone)),
            Snooze::UntilChange => None,
        };
        let named = self.entries.iter_mut().filter(|entry| entry.id() == id);
        for entry in named {
            if let Some(at) = entry.severity {
                entry.snooze = Some(Snoozed { from: now, until, at });
                entry.untold = false;
            }
        }
    }

    /// Drops what has been over, or out of sight, for long.
    pub(super) fn forget_old(&mut self, now: Timestamp) {
        let fresh = |at: Timestamp| now.duration_since(at).abs() < MEMORY;
        self.entries.retain(|entry| {
            let matters = entry.severity.is_some() || entry.pending.is_some() || entry.snooze.is_some();
            fresh(entry.seen) && (matters || entry.told.is_some_and(|(at, _)| fresh(at)))
        });
    }
}

/// The end of the day; where there is none, a day from now.
fn midnight(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let tomorrow = now.to_zoned_datetime(zone.clone()).tomorrow().and_then(|day| day.start_of_day());
    let later = || now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(now);
    tomorrow.map_or_else(|_| later(), |day| day.timestamp())
}

/// Names a matter of a subject.
fn id(matter: Matter, subject: &str) -> String {
    let hash = blake3::hash(subject.as_bytes()).to_hex();
    format!("{}-{}", matter.name(), hash.chars().take(16).collect::<String>())
}
