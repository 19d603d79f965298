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
    plan.refusals.retain(|refusal| !Refusal::waits_for_vm(refusal));
    if !plan.refusals.is_empty() {
        return finish(&Report::refused(plan.refusals), printer);
    }
    if !printer.is_json() {
        print_plan(&PlanView::from(&plan), printer)?;
    }
    let idle = args.idle.map_or(monitor.settings().arm_idle, Duration::from_secs);
    let seconds = idle.as_secs();
    let question = format!("Do this once nobody has held the images for {seconds} seconds?");
    if !agree(args.yes, &question, printer)? {
        printer.lines("Nothing is armed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    keep(&bundle, &plan, idle, monitor)?;
    if printer.is_json() {
        let armed = json!({ "bundle": bundle.bundle.path, "level": plan.level.name(), "idle_seconds": seconds });
        printer.json(&json!({ "schema": 1, "armed": armed }))?;
    } else {
        let level = plan.level.name();
        printer.lines(&format!("Armed: {level}. The app does it while it runs, or `plimsoll watch`."))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn keep(bundle: &MeasuredBundle, plan: &Plan, idle: Duration, monitor: &mut Monitor<'_>) -> Result<(), Failure> {
    let armed = monitor.arm(bundle, plan, idle);
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
