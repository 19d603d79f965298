//! `arm` and `disarm`. Not here: who carries out what is armed (`watch`, and the app).

use std::process::ExitCode;
use std::time::Duration;

use plimsoll_core::measure::MeasuredBundle;
use plimsoll_core::monitor::Monitor;
use plimsoll_core::reclaim::plan::{Plan, SourceCheck};
use plimsoll_core::reclaim::refusal::Refusal;
use plimsoll_core::reclaim::report::Report;
use plimsoll_core::wire::PlanView;
use serde_json::json;

use super::agree::agree;
use super::choose;
use super::reclaim::{finish, nothing, print_plan};
use crate::args::{ArmArgs, Global};
use crate::print::{Failure, Printer};

/// What goes away by itself when the VM has stopped, so that it is no reason against arming.
const fn passes(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::VmRunning { .. } | Refusal::VmUnknown { .. } | Refusal::AppRunning)
}

pub(crate) fn arm(
    global: &Global,
    args: &ArmArgs,
    monitor: &mut Monitor<'_>,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let Some(bundle) = choose(global, monitor)? else { return nothing(printer) };
    let mut plan = match args.level.level() {
        Some(level) => monitor.plan(&bundle, level, SourceCheck::Frames),
        None => monitor.recommended(&bundle, SourceCheck::Frames),
    };
    plan.refusals.retain(|refusal| !passes(refusal));
    if !plan.refusals.is_empty() {
        return finish(&Report::refused(plan.refusals), printer);
    }
    if !printer.is_json() {
        print_plan(&PlanView::from(&plan), printer)?;
    }
    let question = format!("Do this once nobody has held the images for {} seconds?", args.idle);
    if !agree(args.yes, &question, printer)? {
        printer.lines("Nothing is armed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    keep(&bundle, &plan, args.idle, monitor)?;
    if printer.is_json() {
        let armed = json!({ "bundle": bundle.bundle.path, "level": plan.level.name(), "idle_seconds": args.idle });
        printer.json(&json!({ "schema": 1, "armed": armed }))?;
    } else {
        let level = plan.level.name();
        printer.lines(&format!("Armed: {level}. The app does it while it runs, or `plimsoll watch`."))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn keep(bundle: &MeasuredBundle, plan: &Plan, idle: u64, monitor: &mut Monitor<'_>) -> Result<(), Failure> {
    let armed = monitor.arm(bundle, plan, Duration::from_secs(idle));
    armed.map_err(|error| Failure::new(4, "failed", format!("Nothing is armed: failed to {error}."), ""))
}

pub(crate) fn disarm(global: &Global, monitor: &mut Monitor<'_>, printer: &Printer) -> Result<ExitCode, Failure> {
    let Some(bundle) = choose(global, monitor)? else { return nothing(printer) };
    let failed = |error| {
        let hint = "It may still be carried out; end the app or `plimsoll watch` to be sure.";
        Failure::new(4, "failed", format!("It could not be taken back: failed to {error}."), hint)
    };
    let armed = monitor.disarm(&bundle.key()).map_err(failed)?;
    let level = armed.map(|armed| armed.level.name());
    if printer.is_json() {
        printer.json(&json!({ "schema": 1, "disarmed": level }))?;
    } else {
        let said = level.map_or("Nothing was armed.".to_owned(), |level| format!("Taken back: {level}."));
        printer.lines(&said)?;
    }
    Ok(ExitCode::SUCCESS)
}
