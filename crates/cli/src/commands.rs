//! What each command asks of the core and shows. Not here: the asking on a terminal (`agree`), the words (`notice`).

mod agree;
mod arm;
mod history;
mod image;
mod reclaim;
mod status;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use plimsoll_core::adapters::application_folders;
use plimsoll_core::bundle;
use plimsoll_core::doctor::{self, Health};
use plimsoll_core::measure::{Depth, MeasuredBundle};
use plimsoll_core::monitor::{Monitor, MonitorError};
use plimsoll_core::notice::visible;
use plimsoll_core::ports::Disk;
use plimsoll_core::reclaim::Yard;
use plimsoll_core::reclaim::journal::JournalError;
use plimsoll_core::settings::{self, Settings};
use serde_json::json;

use crate::args::{Cli, Command};
use crate::print::{Failure, Printer, Tone};

/// Carries out the command.
pub(crate) fn dispatch(
    cli: &Cli,
    monitor: &mut Monitor<'_>,
    yard: Yard<'_>,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    match &cli.command {
        Command::Status => status::status(&cli.global, monitor, printer),
        Command::Plan(args) => reclaim::plan(&cli.global, args, monitor, printer),
        Command::Reclaim(args) => reclaim::reclaim(&cli.global, args, monitor, printer),
        Command::Arm(args) => arm::arm(&cli.global, args, monitor, printer),
        Command::Disarm => arm::disarm(&cli.global, monitor, printer),
        Command::Undo(args) => reclaim::undo(&cli.global, args, monitor, yard, printer),
        Command::History(args) => history::history(&cli.global, args, monitor, yard, printer),
        Command::Watch(args) => watch::watch(cli, args, monitor, yard, printer),
        Command::Receipts => history::receipts(monitor, printer),
        Command::Image(args) => image::image(args, yard, printer),
        Command::Doctor => examine(monitor, yard, printer),
        Command::Completions { .. } | Command::Man => Ok(ExitCode::SUCCESS),
    }
}

/// The settings in force; what is wrong with them is said, once, since a bad file is set aside.
pub(crate) fn read_settings(yard: Yard<'_>, printer: &Printer) -> Settings {
    let (settings, bad) = settings::load_or_set_aside(yard.state, yard.clock.now());
    if let Some(bad) = bad {
        printer.note(&bad.sentence);
    }
    settings
}

/// Where to look: what was named, or what there is, and what the settings add.
pub(crate) fn roots(cli: &Cli, disk: &dyn Disk, settings: &Settings) -> Vec<PathBuf> {
    let mut roots = named_roots(cli).unwrap_or_else(|| bundle::default_roots(disk, &application_folders()));
    roots.extend(settings.roots.iter().cloned());
    roots
}

/// The roots that were named: on the command line, or else in the environment as a list like `PATH`.
fn named_roots(cli: &Cli) -> Option<Vec<PathBuf>> {
    if !cli.global.roots.is_empty() {
        return Some(cli.global.roots.clone());
    }
    let listed = std::env::var_os("PLIMSOLL_ROOT").filter(|list| !list.is_empty())?;
    Some(std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty()).collect())
}

/// Finishes or undoes what an earlier run left, and says so.
pub(crate) fn recover(monitor: &mut Monitor<'_>, printer: &Printer) -> Result<(), Failure> {
    let recovered = monitor.recover().map_err(|error| {
        let hint = if matches!(error, MonitorError::Journal(JournalError::Away { .. })) {
            "Connect the disk and run this again; nothing is lost."
        } else {
            "Run `plimsoll doctor`; files named .plimsoll-… in the bundle are set aside, nothing is lost."
        };
        Failure::new(4, "recovery", format!("An unfinished reclaim could not be settled: failed to {error}."), hint)
    })?;
    if let Some(recovered) = recovered {
        if recovered.undone {
            printer.note("An earlier reclaim was cut off; it was undone and everything is as it was.");
        } else if recovered.receipt.is_some() {
            printer.note("An earlier reclaim was cut off; it was finished, see `plimsoll receipts`.");
        }
        for note in &recovered.notes {
            printer.note(note);
        }
    }
    Ok(())
}

/// The bundle a command works on: the one there is, or the one that was named. `None` when there is none at all.
fn choose(global: &crate::args::Global, monitor: &Monitor<'_>) -> Result<Option<MeasuredBundle>, Failure> {
    let measured = monitor.measure(Depth::Thorough);
    let mut bundles = measured.bundles;
    if let Some(named) = &global.bundle {
        let path = named.canonicalize().unwrap_or_else(|_| named.clone());
        bundles.retain(|bundle| bundle.bundle.path == path);
        if bundles.is_empty() {
            let sentence = format!("{} is not one of the bundles found.", named.display());
            return Err(Failure::usage(sentence, "`plimsoll status` lists them."));
        }
    }
    if bundles.len() > 1 {
        let paths: Vec<String> = bundles.iter().map(|b| b.bundle.path.display().to_string()).collect();
        let sentence = format!("There are {} bundles: {}.", paths.len(), paths.join(", "));
        return Err(Failure::usage(sentence, "Name one with --bundle."));
    }
    let found = bundles.pop();
    if found.is_none()
        && let Some(gap) = measured.gaps.first()
    {
        let sentence = format!("No bundle can be seen: {}: {}.", gap.path.display(), gap.reason);
        return Err(Failure::new(1, "unreadable", visible(&sentence), "Run `plimsoll doctor`."));
    }
    Ok(found)
}

fn examine(monitor: &Monitor<'_>, yard: Yard<'_>, printer: &Printer) -> Result<ExitCode, Failure> {
    let checks = doctor::examine(monitor, yard);
    if printer.is_json() {
        printer.json(&json!({ "schema": 1, "checks": checks }))?;
    } else {
        for check in &checks {
            let (mark, tone) = match check.health {
                Health::Good => ("good", Tone::Good),
                Health::Limited => ("limited", Tone::Warn),
                Health::Bad => ("bad", Tone::Bad),
            };
            let mark = printer.tone(tone, &format!("{mark:>7}"));
            printer.lines(&format!("{mark}  {:<14} {}", check.name, visible(&check.sentence)))?;
            if !check.hint.is_empty() {
                printer.lines(&printer.tone(Tone::Faint, &format!("{:25}{}", "", check.hint)))?;
            }
        }
    }
    let bad = checks.iter().any(|check| check.health == Health::Bad);
    Ok(ExitCode::from(u8::from(bad)))
}
