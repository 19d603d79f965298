//! Every sentence shown to a user: what happened, whether data is safe, what to do.
//!
//! Not here: when anything is said.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;
use crate::forecast::{Forecast, ForecastNone};
use crate::gauge::{Gauge, GaugeReason};
use crate::growth::{Growth, GrowthUnknown};
use crate::measure::MeasuredBundle;
use crate::ports::Holder;
use crate::reclaim::Level;
use crate::reclaim::refusal::Refusal;

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

/// A text with control characters escaped: names in a bundle are chosen by others.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() {
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn held(holders: &[Holder]) -> String {
    let mut seen: Vec<String> = Vec::new();
    for holder in holders {
        let who = match holder.pid {
            Some(pid) => format!("{} (pid {pid}) holds {}", holder.name, name_of(&holder.file)),
            None => format!("{} holds {}", holder.name, name_of(&holder.file)),
        };
        if !seen.contains(&who) {
            seen.push(who);
        }
    }
    // Three say enough; a VM holds each of its disks.
    let more = seen.len().saturating_sub(3);
    seen.truncate(3);
    let tail = if more == 0 { String::new() } else { format!(", and {more} more") };
    format!("{}{tail}", seen.join(", "))
}

impl From<&Refusal> for Notice {
    fn from(refusal: &Refusal) -> Self {
        vm_notice(refusal).or_else(|| source_notice(refusal)).unwrap_or_else(|| file_notice(refusal))
    }
}

fn vm_notice(refusal: &Refusal) -> Option<Notice> {
    Some(match refusal {
        Refusal::VmRunning { holders } => notice(
            "vm_running",
            format!("The VM is running: {}. Nothing was touched.", held(holders)),
            "Quit Claude, wait until its VM has stopped, and try again.",
        ),
        Refusal::VmUnknown { missing } => notice(
            "vm_unknown",
            format!("It cannot be told whether the VM is running ({}). Nothing was touched.", missing.join("; ")),
            "Run `plimsoll doctor` to see what is missing.",
        ),
        Refusal::AppRunning => notice(
            "app_running",
            "Claude is running and may still be writing these files. Nothing was touched.",
            "Quit Claude and try again.",
        ),
        Refusal::Busy => notice(
            "busy",
            "Another Plimsoll is at work on this bundle. Nothing was touched by this one.",
            "Wait until it is done, then try again.",
        ),
        Refusal::PlanChanged => notice(
            "plan_changed",
            "The bundle has changed since the plan was shown. Nothing was touched.",
            "Look at the new plan and confirm again.",
        ),
        Refusal::NotAvailable => notice(
            "not_available",
            "This version cannot compact yet. Nothing was touched.",
            "Choose another level: leftovers, rebuild or reset.",
        ),
        Refusal::Cancelled => {
            notice("cancelled", "Stopped as you asked. Everything is as it was.", "Start again when you like.")
        }
        _ => return None,
    })
}

fn source_notice(refusal: &Refusal) -> Option<Notice> {
    Some(match refusal {
        Refusal::SourceMissing { path } => notice(
            "source_missing",
            format!(
                "{} is not there, so the system disk could not be rebuilt from it. Nothing was touched.",
                path.display()
            ),
            "Start Claude's VM once, so that it fetches the file, then quit Claude and try again.",
        ),
        Refusal::SourceBroken { path, why } => notice(
            "source_broken",
            format!("The system disk could not be rebuilt from {}: {why}. Nothing was touched.", path.display()),
            "Keep the system disk, or let Claude fetch the file anew: Help, Troubleshooting.",
        ),
        Refusal::NoRoom { needed, available, volume } => notice(
            "no_room",
            format!("{needed} are needed on {} and {available} would be free. Nothing was touched.", volume.display()),
            "Make room first. A rebuild needs less room than a reset, and makes some for an undo.",
        ),
        Refusal::Layered { path } => notice(
            "layered",
            format!(
                "{} is layered over the system disk and would break without it. Nothing was touched.",
                path.display()
            ),
            "Leave the bundle to the program that made the overlay.",
        ),
        Refusal::UnknownFormat { path } => notice(
            "unknown_format",
            format!("{} is neither an ext4 disk nor an Apple sparse image. Nothing was touched.", path.display()),
            "Choose the level rebuild, which leaves it alone.",
        ),
        _ => return None,
    })
}

fn file_notice(refusal: &Refusal) -> Notice {
    match refusal {
        Refusal::NotAFile { path } => notice(
            "not_a_file",
            format!(
                "{} is not a plain file on this volume (a link, folder or mount). It was not touched.",
                path.display()
            ),
            "Find out who put it there; Plimsoll follows no links inside a bundle.",
        ),
        Refusal::HardLinked { path, links } => notice(
            "hard_linked",
            format!("{} has {links} names, and another may be in use. It was not touched.", path.display()),
            "Remove the other names first, if they are not needed.",
        ),
        Refusal::ForeignOwner { path, owner } => notice(
            "foreign_owner",
            format!("{} belongs to another user (uid {owner}). It was not touched.", path.display()),
            "Run Plimsoll as the user who runs Claude.",
        ),
        Refusal::ReadOnlyVolume { volume } => notice(
            "read_only_volume",
            format!("The volume {} is mounted read-only. Nothing was touched.", volume.display()),
            "Mount it writable and try again.",
        ),
        Refusal::Immutable { path } => notice(
            "immutable",
            format!("{} is flagged against change. It was not touched.", path.display()),
            "Somebody locked it on purpose. To unlock: `chflags nouchg` on macOS, `chattr -i -a` on Linux.",
        ),
        Refusal::Changed { path } => notice(
            "changed",
            format!("{} changed while Plimsoll was looking. Everything is as it was.", path.display()),
            "Claude is at work there. Quit it and try again.",
        ),
        Refusal::Vanished { path } => notice(
            "vanished",
            format!("{} is not there any more. Nothing was removed by Plimsoll.", path.display()),
            "Run `plimsoll status` to see what there is now.",
        ),
        Refusal::CannotTell { path, why } => notice(
            "cannot_tell",
            format!("{} cannot be checked ({why}). Nothing was touched.", path.display()),
            "Run `plimsoll doctor`; not knowing is no reason to delete.",
        ),
        _ => notice("refused", "Plimsoll will not do this now. Nothing was touched.", "Run `plimsoll doctor`."),
    }
}

/// A failure with nothing lost.
#[must_use]
pub fn failure(why: &str) -> Notice {
    notice(
        "failed",
        format!("Failed to {why}. Nothing is lost: everything is as it was, or is finished at the next start."),
        "Run `plimsoll doctor`.",
    )
}

/// What a level costs the user beside bytes.
#[must_use]
pub const fn consequence(level: Level) -> &'static str {
    match level {
        Level::Leftovers => "Nobody uses these files any more.",
        Level::Compact => "No file is removed and nothing is lost.",
        Level::Rebuild => {
            "Claude makes the system disk anew at the next start; what was installed in it by hand is gone."
        }
        Level::Reset => {
            "As rebuild; and open sessions lose their home in the guest until `plimsoll undo` brings the session disk back."
        }
    }
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

/// Whole days that will have passed.
fn full_in(earliest: i64, latest: Option<i64>) -> String {
    let count = |days| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    match (earliest, latest) {
        (0, Some(0)) => "disk full within a day".to_owned(),
        (0, Some(latest)) => format!("disk full within {}", count(latest + 1)),
        (0, None) => "disk full within a day at the highest rate".to_owned(),
        (earliest, Some(latest)) if earliest == latest => format!("disk full in about {}", count(earliest)),
        (earliest, Some(latest)) => format!("disk full in {earliest} to {}", count(latest)),
        (earliest, None) => format!("disk full in {} at the earliest", count(earliest)),
    }
}

/// A forecast in words, as seen from `now`.
#[must_use]
pub fn forecast(forecast: &Forecast, now: Timestamp) -> String {
    let days = |at: &Timestamp| at.duration_since(now).as_hours().max(0) / 24;
    match forecast {
        Forecast::Full { earliest, latest } => full_in(days(earliest), latest.as_ref().map(days)),
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
