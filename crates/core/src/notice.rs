//! Every sentence shown to a user: what happened, whether data is safe, what to do.
//!
//! Not here: when anything is said.

pub mod alerts;
pub mod attribution;
pub mod sequel;

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;
use crate::forecast::{Forecast, ForecastNone};
use crate::gauge::{Gauge, GaugeReason};
use crate::growth::{Growth, GrowthUnknown};
use crate::guest::Guest;
use crate::measure::MeasuredBundle;
use crate::monitor::Deed;
use crate::policy::{Act, Reason};
use crate::ports::Holder;
use crate::ports::machine::LocalSnapshots;
use crate::reclaim::Level;
use crate::reclaim::refusal::Refusal;
use crate::reclaim::report::Why;
use crate::reclaim::start::Start;
use crate::words::{Fill, Language, Words};

/// A typed message: a code to act on, a sentence to read, a hint what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Stable, for scripts and the page.
    pub code: String,
    /// What happened, and whether data is safe.
    pub sentence: String,
    /// What to do.
    pub hint: String,
}

fn notice(code: &str, sentence: impl Into<String>, hint: impl Into<String>) -> Notice {
    Notice { code: code.to_owned(), sentence: sentence.into(), hint: hint.into() }
}

/// A text with control characters escaped, and with what would turn the direction of the text after it: names in a
/// bundle are chosen by others.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() || turns_text(c) {
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    })
}

/// Characters that are not seen and by which one name can pass for another: those of Unicode's property
/// `Bidi_Control` (UAX #9, <https://www.unicode.org/reports/tr9/>), and those that separate lines and paragraphs.
const fn turns_text(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn held(holders: &[Holder], words: &Words) -> String {
    let mut seen: Vec<String> = Vec::new();
    for holder in holders {
        let who = holder_line(holder, words);
        if !seen.contains(&who) {
            seen.push(who);
        }
    }
    // Three say enough; a VM holds each of its disks.
    let more = seen.len().saturating_sub(3);
    seen.truncate(3);
    let tail = if more == 0 { String::new() } else { words.say("vm-holders-more", &[("count", &more)]) };
    format!("{}{tail}", seen.join(", "))
}

/// `qemu (pid 812) holds rootfs.img`.
#[must_use]
pub fn holder_line(holder: &Holder, words: &Words) -> String {
    let file = holder.file.file_name().map_or_else(String::new, |name| visible(&name.to_string_lossy()));
    let name = visible(&holder.name);
    match holder.pid {
        Some(pid) => {
            // As text: a pid is no number with thousands.
            let pid = pid.to_string();
            words.say("vm-holder", &[("name", &name), ("pid", &pid), ("file", &file)])
        }
        None => words.say("vm-holder-nameless", &[("name", &name), ("file", &file)]),
    }
}

/// A refusal in words: what is in the way, that nothing was touched, what to do.
#[must_use]
pub fn refusal(refusal: &Refusal, words: &Words) -> Notice {
    let code = code(refusal);
    let none = String::new();
    let shown = |path: &Path| visible(&path.display().to_string());
    let (path, why, number, size) = match refusal {
        Refusal::VmRunning { holders } => (none.clone(), held(holders, words), none.clone(), none),
        Refusal::VmUnknown { missing } => (none.clone(), missing.join("; "), none.clone(), none),
        Refusal::NoRoom { needed, available, volume } => {
            (shown(volume), none, words.size(*available), words.size(*needed))
        }
        Refusal::SourceBroken { path, why }
        | Refusal::NotTrimmable { path, why }
        | Refusal::NoWay { path, why }
        | Refusal::CannotTell { path, why } => (shown(path), visible(why), none.clone(), none),
        Refusal::HardLinked { path, links } => (shown(path), none.clone(), links.to_string(), none),
        Refusal::ForeignOwner { path, owner } => (shown(path), none.clone(), owner.to_string(), none),
        Refusal::SourceMissing { path }
        | Refusal::Layered { path }
        | Refusal::UnknownFormat { path }
        | Refusal::NotAFile { path }
        | Refusal::ReadOnlyVolume { volume: path }
        | Refusal::Immutable { path }
        | Refusal::Wanted { path }
        | Refusal::StoppedEarly { path }
        | Refusal::Changed { path }
        | Refusal::Vanished { path } => (shown(path), none.clone(), none.clone(), none),
        Refusal::AppRunning | Refusal::Busy | Refusal::PlanChanged | Refusal::Cancelled => {
            (none.clone(), none.clone(), none.clone(), none)
        }
    };
    let fills: [Fill<'_>; 4] = [("path", &path), ("why", &why), ("number", &number), ("size", &size)];
    let hint = words.text(&format!("refusal-{code}-hint"));
    notice(code, words.say(&format!("refusal-{code}"), &fills), hint)
}

/// A refusal about an image that is nobody's in particular, in English: what to do does not speak of Claude.
#[must_use]
pub fn image_refusal(refused: &Refusal) -> Notice {
    let words = Words::of(Language::English);
    let mut notice = refusal(refused, words);
    let hint = match refused {
        Refusal::VmRunning { holders } => {
            notice.sentence = words.say("image-held", &[("why", &held(holders, words))]);
            "image-hint-stop"
        }
        Refusal::Wanted { .. } | Refusal::Changed { .. } => "image-hint-stop",
        Refusal::VmUnknown { missing } => {
            notice.sentence = words.say("image-unsure", &[("why", &missing.join("; "))]);
            return notice;
        }
        Refusal::NotAFile { .. } => "image-hint-name",
        Refusal::NotTrimmable { .. } => "image-hint-raw",
        Refusal::NoWay { .. } => "image-hint-volume",
        Refusal::ForeignOwner { .. } => "image-hint-owner",
        Refusal::Busy => {
            notice.sentence = words.text("image-busy");
            return notice;
        }
        _ => return notice,
    };
    notice.hint = words.text(hint);
    notice
}

/// The refusal's stable name.
const fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::VmRunning { .. } => "vm_running",
        Refusal::VmUnknown { .. } => "vm_unknown",
        Refusal::AppRunning => "app_running",
        Refusal::Busy => "busy",
        Refusal::PlanChanged => "plan_changed",
        Refusal::NotTrimmable { .. } => "not_trimmable",
        Refusal::NoWay { .. } => "no_way",
        Refusal::Wanted { .. } => "wanted",
        Refusal::StoppedEarly { .. } => "stopped_early",
        Refusal::Cancelled => "cancelled",
        Refusal::SourceMissing { .. } => "source_missing",
        Refusal::SourceBroken { .. } => "source_broken",
        Refusal::NoRoom { .. } => "no_room",
        Refusal::Layered { .. } => "layered",
        Refusal::UnknownFormat { .. } => "unknown_format",
        Refusal::NotAFile { .. } => "not_a_file",
        Refusal::HardLinked { .. } => "hard_linked",
        Refusal::ForeignOwner { .. } => "foreign_owner",
        Refusal::ReadOnlyVolume { .. } => "read_only_volume",
        Refusal::Immutable { .. } => "immutable",
        Refusal::Changed { .. } => "changed",
        Refusal::Vanished { .. } => "vanished",
        Refusal::CannotTell { .. } => "cannot_tell",
    }
}

impl From<&Refusal> for Notice {
    /// In English, as the command line speaks.
    fn from(it: &Refusal) -> Self {
        refusal(it, Words::of(Language::English))
    }
}

/// A failure with nothing lost, in English.
#[must_use]
pub fn failure(why: &str) -> Notice {
    failure_in(why, Words::of(Language::English))
}

/// A failure with nothing lost.
#[must_use]
pub fn failure_in(why: &str, words: &Words) -> Notice {
    notice("failed", words.say("failed", &[("why", &why)]), words.text("failed-hint"))
}

/// Why space that was given back may not be free yet, as far as the system tells; for the outcome of a run.
#[must_use]
pub fn local_snapshots(snapshots: &LocalSnapshots) -> Option<String> {
    match snapshots {
        LocalSnapshots::NotAsked => None,
        LocalSnapshots::Unknown(why) => Some(format!("Whether local snapshots hold it is not known: {why}.")),
        LocalSnapshots::Named(names) => Some(match names.len() {
            0 => "There is no local snapshot that could hold it.".to_owned(),
            1 => "1 local snapshot holds what was there when it was made; it goes by itself within about a day."
                .to_owned(),
            n => format!(
                "{n} local snapshots hold what was there when they were made; they go by themselves within about a day."
            ),
        }),
    }
}

/// What a level costs the user beside bytes.
#[must_use]
pub const fn consequence(level: Level) -> &'static str {
    match level {
        Level::Leftovers => "Nobody uses these files any more.",
        Level::Compact => "No file is removed and nothing is lost; what the guest does not use becomes holes.",
        Level::Rebuild => {
            "Claude makes the system disk anew at the next start; what was installed in it by hand is gone."
        }
        Level::Reset => {
            "As rebuild; and open sessions lose their home in the guest until `plimsoll undo` brings the session disk back."
        }
    }
}

/// What was done by itself, in a sentence.
#[must_use]
pub fn deed(deed: &Deed) -> String {
    let freed = deed.report.as_ref().and_then(|report| report.receipt.as_ref()).map(|receipt| receipt.freed_bytes);
    match (deed.act, freed) {
        (Act::Reclaim(level, why), Some(freed)) => {
            let why = match why {
                Why::Asked => "as asked",
                Why::Armed => "as armed: the VM has stopped",
                Why::OverLimit => "since the bundle was over its limit",
                Why::BelowReserve => "since free space was below the reserve",
            };
            format!("{freed} came back ({}), {why}.", level.name())
        }
        (Act::Reclaim(level, _), None) => {
            let why = deed.report.as_ref().and_then(|report| report.failure.clone());
            let why = why.unwrap_or_else(|| "a check said no".to_owned());
            format!("{} was not done by itself: {why}. Nothing is lost.", level.name())
        }
        (Act::Ask(level, _), _) => {
            format!("What may be done by itself is not enough; `plimsoll reclaim {}` would be.", level.name())
        }
        (Act::Disarm(Reason::MoreLoss), _) => {
            "What was armed is taken back: more would be lost now than was said.".to_owned()
        }
        (Act::Disarm(Reason::Expired), _) => "What was armed is taken back: that was two weeks ago.".to_owned(),
        (Act::Disarm(Reason::Stopped), _) => "What was armed is taken back: it was stopped.".to_owned(),
        (Act::Disarm(_) | Act::Nothing(_) | Act::Wait(_), _) => {
            "What was armed is taken back: there is nothing to give back.".to_owned()
        }
    }
}

/// How the VM started after a reclaim: `rebuilt in 20 min, 10.7 GB written`.
#[must_use]
pub fn start(start: &Start) -> String {
    let minutes = start.seconds.div_ceil(60);
    let what = match (start.rebuilt, start.written_bytes) {
        (true, written) => format!("rebuilt in {minutes} min, {written} written"),
        (false, written) => format!("not rebuilt, {written} written"),
    };
    if start.session_kept { what } else { format!("{what}; the session disk was not there any more") }
}

/// How things stand: `13.3 GB · 38 GB free. Fine for now.`
#[must_use]
pub fn headline(bundle: Option<&MeasuredBundle>, gauge: &Gauge, allocated: Bytes) -> String {
    let Some(bundle) = bundle else {
        return "No Claude VM was found here.".to_owned();
    };
    let free = match &bundle.volume {
        Some(volume) => format!("{} free", volume.free),
        None => "free space unknown".to_owned(),
    };
    let verdict = match gauge.reason {
        GaugeReason::FreeBelowReserve => "The disk is nearly full",
        GaugeReason::FullWithinDay => "Full within a day at this rate",
        GaugeReason::OverLimit => "Over your limit",
        GaugeReason::FreeLow => "Space is getting short",
        GaugeReason::FullWithinDays => "Full within days at this rate",
        GaugeReason::NearLimit => "Close to your limit",
        GaugeReason::Roomy => "Fine for now",
    };
    format!("{allocated} · {free}. {verdict}.")
}

/// Growth in words: `+1.2 GB a day`, or why it is not known.
#[must_use]
pub fn growth(growth: &Growth) -> String {
    match growth {
        Growth::Known { bytes_per_day, .. } if bytes_per_day.abs() < 1e6 => "steady".to_owned(),
        Growth::Known { bytes_per_day, .. } => {
            let sign = if *bytes_per_day < 0.0 { '-' } else { '+' };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "finite and not negative")]
            let size = Bytes(bytes_per_day.abs() as u64);
            format!("{sign}{size} a day")
        }
        Growth::Unknown { reason } => match reason {
            GrowthUnknown::TooFewSamples | GrowthUnknown::TooShort => "not known yet: not watched for long enough",
            GrowthUnknown::OnlySteps => "not known: only rebuilds and reclaims so far",
        }
        .to_owned(),
    }
}

/// Whole days that will have passed, in which `what` is full.
fn full_in(what: &str, earliest: i64, latest: Option<i64>) -> String {
    let count = |days| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    match (earliest, latest) {
        (0, Some(0)) => format!("{what} within a day"),
        (0, Some(latest)) => format!("{what} within {}", count(latest + 1)),
        (0, None) => format!("{what} within a day at the highest rate"),
        (earliest, Some(latest)) if earliest == latest => format!("{what} in about {}", count(earliest)),
        (earliest, Some(latest)) => format!("{what} in {earliest} to {}", count(latest)),
        (earliest, None) => format!("{what} in {} at the earliest", count(earliest)),
    }
}

fn days(at: Timestamp, now: Timestamp) -> i64 {
    at.duration_since(now).as_hours().max(0) / 24
}

/// A forecast in words, as seen from `now`.
#[must_use]
pub fn forecast(forecast: &Forecast, now: Timestamp) -> String {
    match forecast {
        Forecast::Full { earliest, latest } => {
            full_in("disk full", days(*earliest, now), latest.map(|latest| days(latest, now)))
        }
        Forecast::None { reason } => match reason {
            ForecastNone::AlreadyFull => "the disk is at its reserve already",
            ForecastNone::GrowthUnknown => "no forecast yet",
            ForecastNone::NotGrowing => "the disk is not filling up",
            ForecastNone::ImageLimit => "the images reach their own limit before the disk is full",
            ForecastNone::BeyondYear => "not within a year",
        }
        .to_owned(),
    }
}

/// What the guest has free: `3.1 GB of 10.2 GB free, full in 5 to 9 days`.
#[must_use]
pub fn guest(guest: &Guest, now: Timestamp) -> String {
    let when = match &guest.forecast {
        Forecast::Full { earliest, latest } => {
            full_in("full", days(*earliest, now), latest.map(|latest| days(latest, now)))
        }
        Forecast::None { reason } => match reason {
            ForecastNone::AlreadyFull => "full",
            ForecastNone::GrowthUnknown => "no forecast yet",
            ForecastNone::NotGrowing | ForecastNone::ImageLimit => "not filling up",
            ForecastNone::BeyondYear => "not full within a year",
        }
        .to_owned(),
    };
    let of = if guest.is_old { format!(" (as of {:.0})", guest.as_of) } else { String::new() };
    format!("{} of {} free{of}, {when}", guest.free_bytes, guest.total_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What could make one name look like another; letters of any script stay as they are.
    #[test]
    fn what_is_not_seen_is_made_visible() {
        let unseen = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
        for c in unseen.chars().chain("\u{2028}\u{2029}\n\t\u{1b}\u{7f}\u{85}\0".chars()) {
            let shown = visible(&format!("a{c}b"));
            assert_eq!(shown, format!("a{}b", c.escape_default()));
            assert!(shown.is_ascii(), "{shown}");
        }
        assert_eq!(visible("Größe שלום مرحبا 大小 “”…\u{200d}"), "Größe שלום مرحبا 大小 “”…\u{200d}");
    }
}
