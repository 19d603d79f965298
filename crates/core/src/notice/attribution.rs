//! Growth and who was there, in words: `4.1 GB since 14:05, while session 3f2a9c1e was active`.
//!
//! Not here: how that is found (`attribution`).

use super::alerts::{Said, Voice};
use super::visible;
use crate::alert::Facts;
use crate::attribution::{Activity, Attribution};
use crate::words::Words;

/// Names that are said; of more, that there are others.
const SAID: usize = 3;

/// A stretch of growth and who was there; no sentence of its own.
#[must_use]
pub fn grew(grown: &Attribution, voice: Voice<'_>) -> String {
    let Voice { now, zone, words } = voice;
    let size = words.size(grown.bytes);
    let from = words.moment(grown.since, now, zone);
    let grew = if grown.goes_on(now) {
        words.say("grew-since", &[("size", &size), ("from", &from)])
    } else {
        // The day is said once.
        let same_day = |beside| words.moment(grown.until, beside, zone);
        let day = |at: jiff::Timestamp| at.to_zoned_datetime(zone.clone()).date();
        let to = same_day(if day(grown.until) == day(grown.since) { grown.since } else { now });
        words.say("grew-between", &[("size", &size), ("from", &from), ("to", &to)])
    };
    let who = |id: &str, all: &[String]| {
        words.say(id, &[("grew", &grew), ("count", &all.len()), ("names", &names(all, words))])
    };
    match grown.state {
        Activity::Active if grown.perhaps.is_empty() => who("grew-active", &grown.sessions),
        Activity::Active => {
            let said = who("grew-active", &grown.sessions);
            words.say("grew-active-perhaps", &[("said", &said), ("names", &names(&grown.perhaps, words))])
        }
        Activity::Perhaps => who("grew-perhaps", &grown.perhaps),
        Activity::None => words.say("grew-none", &[("grew", &grew)]),
        Activity::CannotTell => words.say("grew-unknown", &[("grew", &grew)]),
        Activity::TooCoarse => words.say("grew-coarse", &[("grew", &grew)]),
    }
}

/// An alert about a burst, with who was there in place of the mere time. Other alerts stay as they are.
#[must_use]
pub fn burst(said: Said, facts: &Facts, subject: &str, grown: Option<&Attribution>, voice: Voice<'_>) -> Said {
    let (Some(grown), Facts::Burst { .. }) = (grown, facts) else { return said };
    let fills = [("name", &visible(subject) as _), ("grew", &grew(grown, voice) as _)];
    Said { sentence: voice.words.say("alert-burst-whose", &fills), ..said }
}

/// `a`, `a and b`, `a, b and c`, `a, b, c and others`.
fn names(all: &[String], words: &Words) -> String {
    let all: Vec<String> = all.iter().map(|name| visible(name)).collect();
    match all.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] if all.len() <= SAID => {
            words.say("grew-names", &[("names", &first.join(", ")), ("last", last)])
        }
        many => {
            let said: Vec<String> = many.iter().take(SAID).cloned().collect();
            words.say("grew-names-more", &[("names", &said.join(", "))])
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::bytes::Bytes;
    use crate::words::Language;

    #[test]
    fn who_was_there_is_said_by_name_and_never_how_much_each_took() {
        let now: Timestamp = "2026-11-24T15:20:00Z".parse().expect("a time");
        let said = |language, from: i64, to: i64, state, sessions: &[&str], perhaps: &[&str]| {
            let at = |minutes| now - SignedDuration::from_mins(minutes);
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let (sessions, perhaps) = (names(sessions), names(perhaps));
            let grown =
                Attribution { bytes: Bytes::mega(4_100), since: at(from), until: at(to), state, sessions, perhaps };
            grew(&grown, Voice { now, zone: &TimeZone::UTC, words: Words::of(language) })
        };
        let (english, german) = (Language::English, Language::German);
        let (active, perhaps) = (Activity::Active, Activity::Perhaps);
        let many = ["a", "b", "c", "d"];
        let cases = [
            (said(english, 75, 5, active, &["00123456"], &[]), "4.1 GB since 14:05, while session 00123456 was active"),
            (said(english, 75, 5, active, &["a", "b"], &[]), "4.1 GB since 14:05, while sessions a and b were active"),
            (
                said(english, 75, 40, active, &many[..3], &["x"]),
                "4.1 GB from 14:05 to 14:40, while sessions a, b and c were active, and perhaps x",
            ),
            (
                said(english, 75, 5, active, &many, &[]),
                "4.1 GB since 14:05, while sessions a, b, c and others were active",
            ),
            (
                said(english, 1_515, 1_480, perhaps, &[], &["a"]),
                "4.1 GB from 23 Nov, 14:05 to 14:40; session a may have been active",
            ),
            (
                said(english, 1_000, 400, Activity::TooCoarse, &[], &[]),
                "4.1 GB from 23 Nov, 22:40 to 08:40; too long between two looks to name a session",
            ),
            (said(english, 75, 5, Activity::None, &[], &[]), "4.1 GB since 14:05, while no session was active"),
            (
                said(english, 75, 5, Activity::CannotTell, &[], &[]),
                "4.1 GB since 14:05; whether a session was active cannot be told",
            ),
            (
                said(german, 75, 5, active, &["a\u{202e}"], &[]),
                "4,1 GB seit 14:05, während Sitzung a\\u{202e} aktiv war",
            ),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }
}
