//! New versions of Plimsoll: when the feed is asked, what is remembered of its answers, and what may be done next.
//!
//! Not here: any connection, the check of a signature, what is kept where (`store`), and the sentences (`panel::updates`).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How this copy of Plimsoll gets new versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Channel {
    /// Not by itself: it was built without an updater, or without a feed to read.
    #[default]
    None,
    /// Not from where it runs, which the system takes away again.
    Misplaced,
    /// Homebrew has put it there and keeps it up to date.
    Homebrew,
    /// It reads the feed of its releases.
    Feed,
}

/// Unasked, the feed is read at most once in this time, whether it answered or not: nobody waits for a version, and a
/// server that is down is not asked again and again.
pub const EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Longest version that is taken seriously; the parts are numbers.
const LONGEST: usize = 32;

/// Name under which the book is kept in the store.
pub const KEPT: &str = "updates";

/// Why there is no answer or no new version; the text completes "failed to …".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Trouble {
    /// Nothing answered.
    #[error("reach the update feed: {0}")]
    Unreachable(String),
    /// What answered is no feed.
    #[error("read the update feed: {0}")]
    Unreadable(String),
    /// The archive is not what was signed, or was signed by somebody else or as another version.
    #[error("trust the update: {0}")]
    Untrusted(String),
    /// The feed names another version than the one that was agreed to, or none.
    #[error("find that version in the update feed")]
    Changed(Option<String>),
    /// A reclaim is going on.
    #[error("install while a reclaim is going on")]
    Busy,
    /// The new version could not be put in place; the old one is where it was.
    #[error("put the update in place: {0}")]
    NotPlaced(String),
    /// The new version could not be put in place, nor the old one back.
    #[error("put the update in place: {0}")]
    Displaced(String),
}

/// What somebody who sees the panel may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case", tag = "name")]
pub enum Wish {
    /// Ask the feed now, once.
    Ask,
    /// Fetch this version and put it in place.
    Install {
        /// The version as it was shown.
        version: String,
    },
    /// Say no more of the version that was found.
    Later,
}

/// What goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing.
    #[default]
    Rest,
    /// The feed is asked.
    Asking,
    /// This version is fetched.
    Fetching(String),
    /// This version is in place and runs from the next start on.
    Placed(String),
}

/// What is kept between two starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Book {
    /// When the feed was last asked.
    asked: Option<Timestamp>,
    /// When it last answered.
    answered: Option<Timestamp>,
    /// The newer version that it named.
    found: Option<String>,
    /// The version that nobody wants to hear of again.
    declined: Option<String>,
}

/// What is known about new versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updates {
    channel: Channel,
    own: String,
    book: Book,
    stage: Stage,
    trouble: Option<Trouble>,
}

impl Updates {
    /// Goes on with what was kept, if that can be read. `own` is the version that runs.
    #[must_use]
    pub fn open(channel: Channel, own: &str, kept: Option<&str>) -> Self {
        let mut book: Book = kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        // After an update the version that was found is the one that runs.
        book.found = book.found.filter(|found| is_newer(found, own));
        Self { channel, own: own.to_owned(), book, stage: Stage::Rest, trouble: None }
    }

    /// What is to be kept.
    #[must_use]
    pub fn to_keep(&self) -> String {
        serde_json::to_string(&self.book).unwrap_or_default()
    }

    /// How new versions come.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// The version that runs.
    #[must_use]
    pub fn own(&self) -> &str {
        &self.own
    }

    /// What goes on.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// What went wrong last.
    #[must_use]
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// When the feed last answered.
    #[must_use]
    pub fn answered(&self) -> Option<Timestamp> {
        self.book.answered
    }

    /// The newer version that there is.
    #[must_use]
    pub fn found(&self) -> Option<&str> {
        self.book.found.as_deref()
    }

    /// Whether the version that was found may be mentioned unasked.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.book.found.is_some() && self.book.found != self.book.declined
    }

    fn may_ask(&self) -> bool {
        self.channel == Channel::Feed && self.stage == Stage::Rest
    }

    /// Whether the feed is to be asked without a click. `on` is the user's setting; without it the answer is no.
    #[must_use]
    pub fn is_due(&self, on: bool, now: Timestamp) -> bool {
        // A clock that was set back must not stop this for as long as it was ahead.
        let week = |asked: Timestamp| now.duration_since(asked).abs() >= EVERY;
        on && self.may_ask() && self.book.asked.is_none_or(week)
    }

    /// The feed is asked now, if it may be.
    #[must_use]
    pub fn ask(&mut self, now: Timestamp) -> bool {
        let may = self.may_ask();
        if may {
            (self.stage, self.trouble, self.book.asked) = (Stage::Asking, None, Some(now));
        }
        may
    }

    /// The feed has answered: the version it names, none when that is not newer than ours, or why there is no answer.
    pub fn heard(&mut self, now: Timestamp, answer: Result<Option<String>, Trouble>) {
        if self.stage == Stage::Asking {
            self.stage = Stage::Rest;
        }
        match answer {
            Ok(version) => {
                self.trouble = None;
                self.book.answered = Some(now);
                self.book.found = version.filter(|version| is_newer(version, &self.own));
            }
            Err(trouble) => self.trouble = Some(trouble),
        }
    }

    /// Nobody wants to hear of the version that was found.
    pub fn decline(&mut self) {
        (self.book.declined, self.trouble) = (self.book.found.clone(), None);
    }

    /// This version is fetched now, if it is the one that was found.
    #[must_use]
    pub fn fetch(&mut self, version: &str) -> bool {
        let may = self.may_ask() && self.found() == Some(version);
        if may {
            (self.stage, self.trouble) = (Stage::Fetching(version.to_owned()), None);
        }
        may
    }

    /// How fetching and putting in place went.
    pub fn placed(&mut self, now: Timestamp, outcome: Result<(), Trouble>) {
        let Stage::Fetching(version) = std::mem::take(&mut self.stage) else { return };
        match outcome {
            Ok(()) => (self.stage, self.book.found) = (Stage::Placed(version), None),
            // Newer by now: it is offered, and not installed on a word that was given for another.
            Err(Trouble::Changed(other)) => self.heard(now, Ok(other)),
            Err(trouble) => self.trouble = Some(trouble),
        }
    }
}

/// Whether `one` is a version, and newer than `other`. Ours are numbers and dots only; anything else is no version.
#[must_use]
pub fn is_newer(one: &str, other: &str) -> bool {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        let mut numbers = text.split('.').map(str::parse).collect::<Result<Vec<u64>, _>>().ok()?;
        // 1.0 is as new as 1.0.0.
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        (text.len() <= LONGEST).then_some(numbers)
    };
    matches!((numbers(one), numbers(other)), (Some(one), Some(other)) if one > other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn updates() -> Updates {
        Updates::open(Channel::Feed, "0.1.0", None)
    }

    #[test]
    fn nothing_is_due_before_the_user_has_said_so_and_then_once_a_week() {
        let now = at("2026-11-28T12:00:00Z");
        let mut updates = updates();
        assert!(!updates.is_due(false, now));
        assert!(updates.is_due(true, now));
        for channel in [Channel::None, Channel::Homebrew, Channel::Misplaced] {
            let mut other = Updates::open(channel, "0.1.0", None);
            assert!(!other.is_due(true, now) && !other.ask(now), "{channel:?}");
        }
        assert!(updates.ask(now));
        assert!(!updates.ask(now) && !updates.is_due(true, now + EVERY), "it is being asked already");
        // No answer is an answer as far as the next question is concerned, and so is a start of the program.
        updates.heard(now, Err(Trouble::Unreachable("down".to_owned())));
        let week = SignedDuration::from_secs(EVERY.as_secs() - 1);
        for mut kept in [updates.clone(), Updates::open(Channel::Feed, "0.1.0", Some(&updates.to_keep()))] {
            assert!(!kept.is_due(true, now + week) && kept.is_due(true, now + EVERY));
            // Set back by a minute, or by years.
            assert!(!kept.is_due(true, now - SignedDuration::from_mins(1)));
            assert!(kept.is_due(true, now - SignedDuration::from_hours(30 * 24)));
            assert!(kept.ask(now), "a click may ask at any time");
        }
    }

    #[test]
    fn only_a_newer_version_is_found_and_only_the_one_that_was_shown_is_fetched() {
        let now = at("2026-11-28T12:00:00Z");
        let mut updates = updates();
        for (named, found) in [
            (Some("0.1.0"), None),
            (Some("0.0.9"), None),
            (Some("0.2.0-rc.1"), None),
            (None, None),
            (Some("0.10.0"), Some("0.10.0")),
        ] {
            assert!(updates.ask(now));
            updates.heard(now, Ok(named.map(str::to_owned)));
            assert_eq!((updates.found(), updates.is_wanted()), (found, found.is_some()), "{named:?}");
        }
        assert!(!updates.fetch("0.9.0") && updates.fetch("0.10.0") && !updates.fetch("0.10.0"));
        updates.placed(now, Err(Trouble::Untrusted("signed by somebody".to_owned())));
        assert!(updates.trouble().is_some() && updates.found() == Some("0.10.0"));
        assert!(updates.fetch("0.10.0") && updates.trouble().is_none());
        updates.placed(now, Err(Trouble::Changed(Some("0.11.0".to_owned()))));
        assert_eq!((updates.found(), updates.stage()), (Some("0.11.0"), &Stage::Rest), "offered, not installed");
        assert!(updates.fetch("0.11.0"));
        updates.placed(now, Ok(()));
        assert_eq!(updates.stage(), &Stage::Placed("0.11.0".to_owned()));
        assert!(!updates.ask(now) && !updates.is_due(true, now + EVERY), "the next start decides anew");
    }

    #[test]
    fn what_was_found_or_declined_outlives_a_start_and_an_update_ends_it() {
        let now = at("2026-11-28T12:00:00Z");
        let mut updates = updates();
        assert!(updates.ask(now));
        updates.heard(now, Ok(Some("0.2.0".to_owned())));
        let again = |updates: &Updates, own| Updates::open(Channel::Feed, own, Some(&updates.to_keep()));
        assert!(again(&updates, "0.1.0").is_wanted());
        updates.decline();
        assert!(!again(&updates, "0.1.0").is_wanted() && again(&updates, "0.1.0").found().is_some());
        assert_eq!(again(&updates, "0.2.0").found(), None);
        // The next one is mentioned.
        assert!(updates.ask(now));
        updates.heard(now, Ok(Some("0.3.0".to_owned())));
        assert!(updates.is_wanted());
        assert_eq!(Updates::open(Channel::Feed, "0.1.0", Some("{")), super::tests::updates(), "unreadable is nothing");
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (one, other) in [("0.1.1", "0.1.0"), ("0.10", "0.9.9"), ("1", "0.99.99"), ("1.0.0.1", "1.0")] {
            assert!(is_newer(one, other) && !is_newer(other, one), "{one} and {other}");
        }
        for (one, other) in [("1.0", "1.0.0"), ("", "0.1"), ("2..0", "1"), ("-2", "1"), ("9".repeat(33).as_str(), "1")]
        {
            assert!(!is_newer(one, other), "{one} and {other}");
        }
    }
}
