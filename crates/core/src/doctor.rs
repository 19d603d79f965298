//! What can and cannot be seen here, and how to mend it.
//!
//! Not here: mending anything.

use serde::Serialize;

use crate::measure::{Depth, Measured};
use crate::monitor::Monitor;
use crate::reclaim::{Yard, journal};
use crate::vm::{Finding, Source};

/// How a check turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Good,
    /// Works, with less certainty or comfort.
    Limited,
    /// Something will not work.
    Bad,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it turned out.
    pub health: Health,
    /// In words.
    pub sentence: String,
    /// How to mend it; empty when there is nothing to mend.
    pub hint: String,
}

fn check(name: &'static str, health: Health, sentence: impl Into<String>, hint: &str) -> Check {
    Check { name, health, sentence: sentence.into(), hint: hint.to_owned() }
}

/// Looks at everything a reclaim depends on.
#[must_use]
pub fn examine(monitor: &Monitor<'_>, yard: Yard<'_>) -> Vec<Check> {
    let measured = monitor.measure(Depth::Thorough);
    let mut checks = vec![bundles(&measured)];
    checks.extend(measured.gaps.iter().map(|gap| {
        let hint = if gap.denied {
            "Grant access: on macOS in System Settings, Privacy & Security, Full Disk Access; on Linux check the folder's owner and mode."
        } else {
            "Look at the path; what can be read still counts."
        };
        check("gap", Health::Bad, format!("{}: {}", gap.path.display(), gap.reason), hint)
    }));
    for bundle in &measured.bundles {
        checks.extend(bundle.vm.evidence.iter().map(|evidence| {
            let (name, hint) = match evidence.source {
                Source::OpenFiles => {
                    ("open files", "Other evidence decides; as root every process could be looked into.")
                }
                Source::WriteLease => ("write lease", "Leases need a local file system and the owner of the images."),
                Source::Locks => ("locks", "Locks need to open the images: check owner and mode."),
                Source::KnownProcesses => ("process names", ""),
            };
            let health = if evidence.finding == Finding::CannotTell { Health::Limited } else { Health::Good };
            check(name, health, evidence.detail.clone(), if health == Health::Good { "" } else { hint })
        }));
    }
    checks.push(state_folder(yard));
    checks.push(unfinished(yard));
    checks.push(snapshots(cfg!(target_os = "macos")));
    checks
}

fn bundles(measured: &Measured) -> Check {
    match measured.bundles.len() {
        0 => check(
            "bundles",
            Health::Limited,
            "no Claude VM was found",
            "Start Claude's VM once, or name the user-data folder with --root.",
        ),
        n => {
            let paths: Vec<String> = measured.bundles.iter().map(|b| b.bundle.path.display().to_string()).collect();
            check("bundles", Health::Good, format!("{n} found: {}", paths.join(", ")), "")
        }
    }
}

fn state_folder(yard: Yard<'_>) -> Check {
    let disk = yard.asker.disk;
    let probe = yard.state.join("doctor");
    let tried = disk.make_private_folder(yard.state).and_then(|()| disk.replace(&probe, b"ok"));
    match tried.and_then(|()| disk.remove(&probe)) {
        Ok(()) => check("state folder", Health::Good, format!("{} can be written", yard.state.display()), ""),
        Err(error) => check(
            "state folder",
            Health::Bad,
            format!("failed to {error}; nothing can be reclaimed without a journal"),
            "Make room, or choose another folder with --state-dir.",
        ),
    }
}

fn unfinished(yard: Yard<'_>) -> Check {
    match journal::load(yard) {
        Ok(None) => check("journal", Health::Good, "no reclaim is unfinished", ""),
        Ok(Some(_)) => check(
            "journal",
            Health::Limited,
            "a reclaim is under way or was cut off",
            "If no other Plimsoll runs, any command but this one finishes or undoes it.",
        ),
        Err(error) => check(
            "journal",
            Health::Bad,
            format!("failed to {error}"),
            "Files named .plimsoll-… in the bundle are set aside; rename them back by hand, then move the journal away.",
        ),
    }
}

fn snapshots(apple: bool) -> Check {
    if apple {
        let hint = "List them with `tmutil listlocalsnapshots /`; they go by themselves within about a day.";
        check("snapshots", Health::Limited, "local snapshots may hold freed blocks for a while", hint)
    } else {
        check(
            "snapshots",
            Health::Good,
            "not looked for here; where the file system keeps some, they may hold freed blocks",
            "",
        )
    }
}
