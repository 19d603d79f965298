//! `image`: any raw image of any VM. Not here: what is in it and what may be done to it (`image` of the core).

use std::path::Path;
use std::process::ExitCode;

use plimsoll_core::bytes::Bytes;
use plimsoll_core::image::{self, Freed, ImagePlan, Stop};
use plimsoll_core::notice::{self, visible};
use plimsoll_core::ports::Reach;
use plimsoll_core::reclaim::Yard;
use plimsoll_core::wire::{InspectView, PartitionView, TrimView};

use super::agree::agree;
use crate::args::{ImageArgs, ImageCommand, TrimArgs};
use crate::print::{Failure, Printer, Tone};

pub(crate) fn image(args: &ImageArgs, yard: Yard<'_>, printer: &Printer) -> Result<ExitCode, Failure> {
    match &args.what {
        ImageCommand::Inspect { file } => inspect(file, yard, printer),
        ImageCommand::Trim(args) => trim(args, yard, printer),
    }
}

fn failure(stop: Stop, printer: &Printer) -> Failure {
    match stop {
        Stop::Missing(path) => {
            let sentence = visible(&format!("There is no file {}.", path.display()));
            Failure::usage(sentence, "Name a raw disk image.")
        }
        Stop::Unreadable(error) => {
            let sentence = visible(&format!("{} cannot be read: {}.", error.path.display(), error.reason()));
            Failure::new(1, "unreadable", sentence, "Look at its owner and mode.")
        }
        Stop::Failed(why) => {
            Failure::new(4, "failed", notice::failure(&why).sentence, "What had come back stays back.")
        }
        Stop::Refused(refusals) => {
            let mut notices = refusals.iter().map(notice::image_refusal);
            let first = notices.next();
            for notice in notices {
                printer.note(&notice.sentence);
            }
            first.map_or_else(|| Failure::new(1, "failed", "It was refused.", ""), Failure::refused)
        }
    }
}

fn inspect(file: &Path, yard: Yard<'_>, printer: &Printer) -> Result<ExitCode, Failure> {
    let inspected = image::inspect(yard.asker, file).map_err(|stop| failure(stop, printer))?;
    let view = InspectView::from(&inspected);
    if printer.is_json() {
        printer.json(&view)?;
        return Ok(ExitCode::SUCCESS);
    }
    partitions(&inspected.path, &view.partitions, printer)?;
    let table = if view.table == "none" { "no partition table" } else { view.table };
    let line = format!("  {table}, {} on disk of {}", view.allocated_bytes, view.length_bytes);
    printer.lines(&printer.tone(Tone::Strong, &line))?;
    Ok(ExitCode::SUCCESS)
}

fn partitions(path: &Path, partitions: &[PartitionView], printer: &Printer) -> Result<(), Failure> {
    printer.lines(&printer.tone(Tone::Faint, &visible(&path.display().to_string())))?;
    let header = format!("  {:>3}  {:<10} {:>6} {:>10} {:>10}  type", "", "", "block", "size", "free");
    printer.lines(&printer.tone(Tone::Faint, &header))?;
    for partition in partitions {
        let shown = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
        let size = |bytes: Option<Bytes>| shown(bytes.map(|bytes| bytes.to_string()));
        let (block, total) = (shown(partition.block_size.map(|size| size.to_string())), size(partition.total_bytes));
        let (free, kind) = (size(partition.free_bytes), visible(&partition.kind));
        printer.lines(&format!(
            "  {:>3}  {:<10} {block:>6} {total:>10} {free:>10}  {kind}",
            partition.index, partition.fs
        ))?;
        if let Some(reason) = &partition.skipped_reason {
            printer.lines(&printer.tone(Tone::Faint, &format!("       left alone: {}", visible(reason))))?;
        }
    }
    Ok(())
}

fn trim(args: &TrimArgs, yard: Yard<'_>, printer: &Printer) -> Result<ExitCode, Failure> {
    let reach = if args.zero_runs { Reach::FreeAndZeros } else { Reach::Free };
    let plan = image::plan(yard, &args.file, reach, args.not_suspended).map_err(|stop| failure(stop, printer))?;
    let planned = TrimView::of(&plan, &plan.untouched());
    if !printer.is_json() {
        partitions(plan.path(), &planned.partitions, printer)?;
        let line = format!("  {} can come back", planned.punchable_bytes);
        printer.lines(&printer.tone(Tone::Strong, &line))?;
    }
    let nothing = plan.found.punchable == Bytes::ZERO;
    if args.dry_run || nothing {
        return finish(&plan, &plan.untouched(), printer);
    }
    if !agree(args.yes, "Make these holes?", printer)? {
        printer.lines("Nothing was touched.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let freed = image::trim(yard, &plan).map_err(|stop| failure(stop, printer))?;
    if !printer.is_json() {
        printer.lines(&printer.tone(Tone::Good, &format!("{} came back.", freed.freed())))?;
    }
    finish(&plan, &freed, printer)
}

fn finish(plan: &ImagePlan, freed: &Freed, printer: &Printer) -> Result<ExitCode, Failure> {
    if printer.is_json() {
        printer.json(&TrimView::of(plan, freed))?;
    }
    let Some(stopped) = &freed.stopped else { return Ok(ExitCode::SUCCESS) };
    let notice = notice::image_refusal(stopped);
    printer.note(&notice.sentence);
    printer.note(&notice.hint);
    Ok(ExitCode::from(4))
}
