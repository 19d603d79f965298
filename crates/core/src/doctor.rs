//! What can and cannot be seen here, and how to mend it.
//!
//! Not here: mending anything.

use std::path::Path;

use serde::Serialize;

use crate::measure::{Depth, Measured};
use crate::monitor::Monitor;
use crate::ports::machine::LocalSnapshots;
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
            "It is blocked, not missing. Grant access: on macOS in System Settings, Privacy & Security, Full Disk Access, or choose the folder in the app; on Linux check the folder's owner and mode."
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
    checks.extend(snapshots(monitor, &measured, yard));
    checks.extend(purgeable(monitor, &measured));
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

/// Only volumes under a bundle are asked for; without any, the one under the home folder.
fn snapshots(monitor: &Monitor<'_>, measured: &Measured, yard: Yard<'_>) -> Vec<Check> {
    let mut volumes: Vec<&Path> =
        measured.bundles.iter().filter_map(|bundle| Some(bundle.volume.as_ref()?.mount_point.as_path())).collect();
    volumes.dedup();
    let volumes = if volumes.is_empty() { vec![yard.state] } else { volumes };
    volumes.iter().map(|volume| local_snapshots(&monitor.machine().local_snapshots(volume))).collect()
}

fn local_snapshots(snapshots: &LocalSnapshots) -> Check {
    let name = "snapshots";
    match snapshots {
        LocalSnapshots::Named(names) if names.is_empty() => {
            check(name, Health::Good, "no local snapshot holds freed blocks", "")
        }
        LocalSnapshots::Named(names) => check(
            name,
            Health::Limited,
            format!("{} may hold freed blocks for a while: {}", count(names.len()), names.join(", ")),
            "They go by themselves within about a day; `tmutil deletelocalsnapshots /` removes them at once.",
        ),
        LocalSnapshots::Unknown(why) => check(
            name,
            Health::Limited,
            format!("local snapshots may hold freed blocks for a while; {why}"),
            "List them with `tmutil listlocalsnapshots /`; they go by themselves within about a day.",
        ),
        LocalSnapshots::NotAsked => check(
            name,
            Health::Good,
            "not looked for here; where the file system keeps some, they may hold freed blocks",
            "",
        ),
    }
}

fn count(snapshots: usize) -> String {
    if snapshots == 1 { "1 local snapshot".to_owned() } else { format!("{snapshots} local snapshots") }
}

/// What the system would make free when asked to, where it keeps such space: Finder counts it as free.
fn purgeable(monitor: &Monitor<'_>, measured: &Measured) -> Vec<Check> {
    let volumes = measured.bundles.iter().filter_map(|bundle| bundle.volume.as_ref());
    let more = |volume: &crate::ports::Volume| {
        let purged = monitor.machine().free_when_purged(&volume.mount_point)?;
        let (free, more) = (volume.free, purged.less(volume.free));
        let sentence =
            format!("{free} free; the system would make {more} more by purging, which Finder counts as free");
        Some(check("free space", Health::Good, sentence, ""))
    };
    volumes.filter_map(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_snapshots_are_named_and_counted() {
        let named = |names: &[&str]| LocalSnapshots::Named(names.iter().map(|&name| name.to_owned()).collect());
        let said = |snapshots| {
            let check = local_snapshots(&snapshots);
            (check.health, check.sentence)
        };
        assert_eq!(said(named(&[])).0, Health::Good);
        let (health, sentence) = said(named(&["com.apple.a.local"]));
        assert_eq!(health, Health::Limited);
        assert_eq!(sentence, "1 local snapshot may hold freed blocks for a while: com.apple.a.local");
        assert!(said(named(&["a", "b"])).1.starts_with("2 local snapshots may"));
        assert_eq!(said(LocalSnapshots::Unknown("tmutil does not say: timed out".to_owned())).0, Health::Limited);
        assert_eq!(said(LocalSnapshots::NotAsked).0, Health::Good);
    }
}
