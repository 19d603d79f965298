//! Alerts in words: a title, what is so and where space went, what to do.
//!
//! Not here: when any of it is said (`alert`).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::visible;
use crate::alert::{Broken, Cause, Facts, Guest, Severity, Suspect};
use crate::bytes::Bytes;
use crate::reclaim::sequel::How;
use crate::words::Words;

/// An alert in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// In a few words.
    pub title: String,
    /// What is so.
    pub sentence: String,
    /// What to do; empty when there is nothing.
    pub hint: String,
}

/// A volume by the name of its mount point. The main disk of a Mac is two volumes, and files lie on the second.
#[must_use]
pub fn volume_name(mount_point: &str, words: &Words) -> String {
    if ["/", "/System/Volumes/Data"].contains(&mount_point) {
        words.text("volume-main")
    } else {
        mount_point.to_owned()
    }
}

/// How times and sizes are to be said.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// The present.
    pub now: Timestamp,
    /// Where the clock on the wall is.
    pub zone: &'a TimeZone,
    /// In which language.
    pub words: &'a Words,
}

impl Voice<'_> {
    fn when(&self, at: Timestamp) -> String {
        self.words.when(at, self.now, self.zone)
    }
}

/// A bundle or other side of the loss this small, in tenths, is nearly none.
const NEARLY: u64 = 10;

/// What an alert says. `subject` is the volume or bundle by the name that people know.
#[must_use]
pub fn alert(facts: &Facts, severity: Severity, since: Timestamp, subject: &str, voice: Voice<'_>) -> Said {
    let words = voice.words;
    let subject = &visible(subject);
    let (title, sentence, hint) = match facts {
        Facts::LowDisk { free, cause } => {
            let title = words.text(match severity {
                Severity::Notice => "alert-low-notice",
                Severity::Warning => "alert-low-warning",
                Severity::Critical => "alert-low-critical",
            });
            let text = words.say("alert-low", &[("free", &words.size(*free)), ("volume", subject)]);
            let elsewhere = cause.as_ref().is_some_and(|cause| cause.bundles.0 < cause.lost.0 / NEARLY);
            let hint = match severity {
                _ if elsewhere => "alert-low-other-hint",
                Severity::Critical => "alert-low-critical-hint",
                Severity::Notice | Severity::Warning => "alert-low-hint",
            };
            (title, with_cause(text, cause.as_ref(), voice), words.text(hint))
        }
        Facts::Filling { earliest, cause } => {
            let title = if severity == Severity::Notice { "alert-filling-notice" } else { "alert-filling-warning" };
            let text = words.say("alert-filling", &[("volume", subject), ("when", &voice.when(*earliest))]);
            (words.text(title), with_cause(text, cause.as_ref(), voice), words.text("alert-low-hint"))
        }
        Facts::GuestFull { guest } => {
            let title = if severity == Severity::Notice { "alert-guest-notice" } else { "alert-guest-warning" };
            (words.text(title), guest_full(*guest, words), words.text("alert-guest-hint"))
        }
        Facts::RebuildLoop { times, written, since } => {
            let fills =
                [("times", times as _), ("when", &voice.when(*since) as _), ("size", &words.size(*written) as _)];
            (words.text("alert-rebuilds"), words.say("alert-rebuilds-text", &fills), words.text("alert-rebuilds-hint"))
        }
        Facts::NotBack { freed, gained, suspects } => {
            let sizes = [("freed", &words.size(*freed) as _), ("gained", &words.size(*gained) as _)];
            (words.text("alert-not-back"), words.say("alert-not-back-text", &sizes), why_not_back(suspects, words))
        }
        Facts::Burst { grew, since } => {
            let text = words.say("alert-burst-text", &[("name", subject), ("when", &voice.when(*since))]);
            (words.say("alert-burst", &[("size", &words.size(*grew))]), text, words.text("alert-burst-hint"))
        }
        Facts::Orphan => {
            let text = words.say("alert-orphan-text", &[("when", &voice.when(since))]);
            (words.text("alert-orphan"), text, words.text("alert-orphan-hint"))
        }
        Facts::CannotRebuild { broken, free } => cannot_rebuild(broken, *free, voice),
        Facts::PartialStuck { name, since, allocated } => {
            let size = words.size(*allocated);
            let fills = [("file", &visible(name) as _), ("when", &voice.when(*since) as _), ("size", &size as _)];
            let text = words.say("alert-stuck-text", &fills);
            (words.text("alert-stuck"), text, words.text("alert-stuck-hint"))
        }
    };
    Said { title, sentence, hint }
}

/// Says what is the bundles' and what is not.
fn with_cause(text: String, cause: Option<&Cause>, voice: Voice<'_>) -> String {
    let Some(cause) = cause else { return text };
    let words = voice.words;
    let nearly = cause.lost.0 / NEARLY;
    let (when, lost) = (voice.when(cause.since), words.size(cause.lost));
    let why = if cause.other().0 < nearly {
        words.say("cause-bundles", &[("when", &when), ("lost", &lost)])
    } else if cause.bundles.0 < nearly {
        words.say("cause-other", &[("when", &when), ("lost", &lost)])
    } else {
        let (bundles, other) = (words.size(cause.bundles), words.size(cause.other()));
        words.say("cause-both", &[("when", &when), ("lost", &lost), ("bundles", &bundles), ("other", &other)])
    };
    format!("{text} {why}")
}

fn guest_full(guest: Guest, words: &Words) -> String {
    match guest {
        Guest::Read { free, total } => {
            words.say("alert-guest-read", &[("free", &words.size(free)), ("total", &words.size(total))])
        }
        Guest::Touched { allocated, logical } => {
            let sizes = [("allocated", &words.size(allocated) as _), ("logical", &words.size(logical) as _)];
            words.say("alert-guest-touched", &sizes)
        }
    }
}

/// What a rebuild takes at most, with the download before it; less than 10 GB was seen not to suffice.
const REBUILD_ROOM: Bytes = Bytes::giga(12);

fn cannot_rebuild(broken: &Broken, free: Bytes, voice: Voice<'_>) -> (String, String, String) {
    let words = voice.words;
    let title = words.text(match broken.failure.how {
        How::Logged => "alert-broken-start",
        How::Repeated | How::Unfinished | How::Stalled => "alert-broken-rebuild",
    });
    let text = match broken.failure.how {
        How::Repeated => "alert-broken-repeated",
        How::Unfinished => "alert-broken-unfinished",
        How::Logged => "alert-broken-logged",
        How::Stalled => "alert-broken-stalled",
    };
    let mut sentence = words.say(text, &[("when", &voice.when(broken.failure.since))]);
    if free < REBUILD_ROOM {
        sentence = format!("{sentence} {}", words.say("alert-broken-room", &[("free", &words.size(free))]));
    }
    let mut hint = words.text("alert-broken-hint");
    let more = [(broken.given_up, "alert-broken-given-up"), (broken.copy.is_some(), "alert-broken-copy")];
    for (_, id) in more.into_iter().filter(|(is_so, _)| *is_so) {
        hint = format!("{hint} {}", words.text(id));
    }
    (title, sentence, hint)
}

fn why_not_back(suspects: &[Suspect], words: &Words) -> String {
    match suspects.first() {
        Some(Suspect::Holder { name, pid: Some(pid) }) => {
            // As text: a pid is no number with thousands.
            let fills = [("name", &visible(name) as _), ("pid", &pid.to_string() as _)];
            words.say("alert-not-back-holder", &fills)
        }
        Some(Suspect::Holder { name, pid: None }) => {
            words.say("alert-not-back-holder-nameless", &[("name", &visible(name))])
        }
        Some(Suspect::Snapshots) => words.text("alert-not-back-snapshots"),
        None => words.text("alert-not-back-unknown"),
    }
}
