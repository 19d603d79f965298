//! `plan`, `reclaim` and `undo`.

use std::process::ExitCode;

use plimsoll_core::bytes::Bytes;
use plimsoll_core::measure::MeasuredBundle;
use plimsoll_core::monitor::Monitor;
use plimsoll_core::notice::{Notice, visible};
use plimsoll_core::reclaim::plan::{Action, Plan, SourceCheck};
use plimsoll_core::reclaim::refusal::Refusal;
use plimsoll_core::reclaim::report::{Outcome, Report};
use plimsoll_core::reclaim::{Level, Wish, Yard, set_aside};
use plimsoll_core::wire::{PlanView, ReportView};
use serde_json::json;

use super::agree::agree;
use super::choose;
use crate::args::{Global, LevelArgs, ReclaimArgs, UndoArgs};
use crate::print::{Failure, Printer, Tone, moment};

fn make(args: &LevelArgs, monitor: &Monitor<'_>, bundle: &MeasuredBundle) -> Result<(Plan, SourceCheck), Failure> {
    let check = if args.verify_source { SourceCheck::FullDecode } else { SourceCheck::Frames };
    let plan = match (args.level.level(), args.image) {
        (Some(level @ Level::Compact), Some(image)) => {
            monitor.plan(bundle, Wish { level, scope: image.scope() }, check)
        }
        (_, Some(_)) => {
            let sentence = "An image can be named for the level compact only.";
            return Err(Failure::usage(sentence, "Say `compact`, or leave --image out."));
        }
        (Some(level), None) => monitor.plan(bundle, level, check),
        (None, None) => monitor.recommended(bundle, check),
    };
    Ok((plan, check))
}

pub(crate) fn plan(
    global: &Global,
    args: &LevelArgs,
    monitor: &Monitor<'_>,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let Some(bundle) = choose(global, monitor)? else { return nothing(printer) };
    let (plan, _) = make(args, monitor, &bundle)?;
    let view = PlanView::from(&plan);
    if printer.is_json() {
        printer.json(&view)?;
    } else {
        print_plan(&view, printer)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn nothing(printer: &Printer) -> Result<ExitCode, Failure> {
    let report = Report::nothing();
    if printer.is_json() {
        printer.json(&ReportView::from(&report))?;
    } else {
        printer.lines("No Claude VM was found here; there is nothing to give back.")?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn print_plan(plan: &PlanView, printer: &Printer) -> Result<(), Failure> {
    printer.lines(&printer.tone(Tone::Strong, &format!("{}: {} can come back", plan.level, plan.expected_bytes)))?;
    for step in &plan.steps {
        let path = visible(&step.path.display().to_string());
        printer.lines(&format!("  {:<10} {:>10}  {path}", action(step.action), step.expected_bytes))?;
    }
    if plan.later.written_bytes > Bytes::ZERO {
        printer.lines(&format!("  later: Claude writes {} at the next start of its VM", plan.later.written_bytes))?;
    }
    if plan.later.download_bytes > Bytes::ZERO {
        printer.lines(&format!("  later: and downloads up to {}", plan.later.download_bytes))?;
    }
    if !plan.steps.is_empty() {
        printer.lines(&format!("  {}", plan.consequence))?;
    }
    refusals(&plan.refusals, printer)
}

fn refusals(refusals: &[Notice], printer: &Printer) -> Result<(), Failure> {
    for refusal in refusals {
        printer.lines(&printer.tone(Tone::Warn, &visible(&refusal.sentence)))?;
        printer.lines(&visible(&refusal.hint))?;
    }
    Ok(())
}

const fn action(action: Action) -> &'static str {
    match action {
        Action::Remove => "remove",
        Action::SetAside => "set aside",
        Action::Restore => "restore",
        Action::Compact => "compact",
    }
}

pub(crate) fn reclaim(
    global: &Global,
    args: &ReclaimArgs,
    monitor: &mut Monitor<'_>,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let Some(bundle) = choose(global, monitor)? else { return nothing(printer) };
    let (plan, check) = make(&args.what, monitor, &bundle)?;
    if !plan.refusals.is_empty() {
        return finish(&Report::refused(plan.refusals), printer);
    }
    if plan.steps.is_empty() {
        return finish(&Report::nothing(), printer);
    }
    if !printer.is_json() {
        print_plan(&PlanView::from(&plan), printer)?;
    }
    if !agree(args.yes, "Do this?", printer)? {
        printer.lines("Nothing was touched.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let agreed = args.fingerprint.as_deref().unwrap_or(&plan.fingerprint);
    finish(&monitor.reclaim(&bundle.bundle, plan.wish(), agreed, check), printer)
}

pub(super) fn finish(report: &Report, printer: &Printer) -> Result<ExitCode, Failure> {
    let view = ReportView::from(report);
    if printer.is_json() {
        printer.json(&view)?;
    } else {
        print_report(&view, printer)?;
    }
    Ok(ExitCode::from(match report.outcome {
        Outcome::Done | Outcome::NothingToDo => 0,
        Outcome::Refused => 3,
        Outcome::Failed => 4,
    }))
}

fn print_report(report: &ReportView, printer: &Printer) -> Result<(), Failure> {
    match report.outcome {
        Outcome::Done => {
            let restored = report.steps.iter().any(|step| step.action == Action::Restore);
            let line = if restored {
                "The session disk is back.".to_owned()
            } else {
                format!("{} came back.", report.freed_bytes)
            };
            printer.lines(&printer.tone(Tone::Good, &line))?;
            if let (Some(before), Some(after)) = (report.volume_free_before_bytes, report.volume_free_after_bytes) {
                printer.lines(&format!("Free on the volume: {before} before, {after} after."))?;
                if report.is_held_back {
                    let why = "Less is free than was given back: snapshots or clones still hold it, or others wrote.";
                    printer.lines(&printer.tone(Tone::Warn, why))?;
                }
            }
            // What stopped it before its end.
            refusals(&report.refusals, printer)?;
            if let Some(copy) = &report.set_aside {
                printer.lines(&format!("The session disk is set aside; `plimsoll undo {copy}` brings it back."))?;
            }
        }
        Outcome::NothingToDo => printer.lines("There is nothing to give back at this level.")?,
        Outcome::Refused => refusals(&report.refusals, printer)?,
        Outcome::Failed => {
            if let Some(failure) = &report.failure {
                printer.lines(&printer.tone(Tone::Bad, &visible(&failure.sentence)))?;
            }
        }
    }
    report.notes.iter().try_for_each(|note| printer.lines(&visible(note)))
}

pub(crate) fn undo(
    global: &Global,
    args: &UndoArgs,
    monitor: &mut Monitor<'_>,
    yard: Yard<'_>,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let copies = set_aside::list(yard);
    if args.list {
        if printer.is_json() {
            printer.json(&json!({ "schema": 1, "copies": copies }))?;
        } else if copies.is_empty() {
            printer.lines("No session disk is set aside.")?;
        }
        for copy in copies.iter().filter(|_| !printer.is_json()) {
            let (stored, logical) = (copy.copied.stored, copy.copied.logical);
            printer.lines(&format!(
                "{}  {}  {stored} for {logical}  {}",
                copy.id,
                moment(copy.at),
                visible(&copy.bundle.display().to_string())
            ))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if args.forget {
        return forget(args, yard, printer);
    }
    let Some(bundle) = choose(global, monitor)? else { return nothing(printer) };
    let copy = match &args.copy {
        Some(id) => copies.iter().find(|copy| &copy.id == id),
        None => copies.iter().rev().find(|copy| copy.bundle == bundle.bundle.path),
    };
    let Some(copy) = copy else {
        return match &args.copy {
            Some(id) => {
                Err(Failure::usage(format!("No set-aside copy is called {id}."), "`plimsoll undo --list` shows them."))
            }
            None if printer.is_json() => finish(&Report::nothing(), printer),
            None => printer.lines("No session disk of this bundle is set aside.").map(|()| ExitCode::SUCCESS),
        };
    };
    let question = format!("Bring the session disk of {} back (the one there now is set aside)?", moment(copy.at));
    if !agree(args.yes, &question, printer)? {
        printer.lines("Nothing was touched.")?;
        return Ok(ExitCode::SUCCESS);
    }
    finish(&monitor.undo(&bundle.bundle, copy), printer)
}

fn forget(args: &UndoArgs, yard: Yard<'_>, printer: &Printer) -> Result<ExitCode, Failure> {
    let id = args.copy.as_deref().unwrap_or_default();
    if !set_aside::list(yard).iter().any(|copy| copy.id == id) {
        return Err(Failure::usage(format!("No set-aside copy is called {id}."), "`plimsoll undo --list` shows them."));
    }
    if !agree(args.yes, "Remove this copy of a session disk for good?", printer)? {
        printer.lines("Nothing was touched.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let failed = |error| Failure::new(4, "failed", format!("Failed to {error}. The copy may be kept."), "");
    // A reset under way elsewhere counts on its copy until the original has gone.
    let Some(_claim) = yard.asker.disk.claim(&yard.lock_path()).map_err(failed)? else {
        return finish(&Report::refused(vec![Refusal::Busy]), printer);
    };
    set_aside::remove(yard, id).map_err(failed)?;
    if printer.is_json() {
        return finish(&Report { outcome: Outcome::Done, ..Report::nothing() }, printer);
    }
    printer.lines("The copy is removed.").map(|()| ExitCode::SUCCESS)
}
