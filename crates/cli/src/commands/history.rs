//! `history` and `receipts`.

use std::process::ExitCode;

use jiff::{Span, Timestamp, tz::TimeZone};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::history::steps;
use plimsoll_core::monitor::Monitor;
use plimsoll_core::notice;
use plimsoll_core::reclaim::Yard;
use plimsoll_core::sample::Sample;
use plimsoll_core::words::{Language, Words};
use serde_json::json;

use super::choose;
use crate::args::{Global, HistoryArgs};
use crate::print::{Failure, Printer, Tone, moment};

pub(crate) fn history(
    global: &Global,
    args: &HistoryArgs,
    monitor: &Monitor<'_>,
    yard: Yard<'_>,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let since = parse_since(&args.since, yard.clock.now())?;
    let Some(bundle) = choose(global, monitor)? else {
        printer.note("No Claude VM was found here.");
        return Ok(ExitCode::SUCCESS);
    };
    let failed = |error| Failure::new(1, "history", format!("Failed to {error}."), "Run `plimsoll doctor`.");
    let samples = monitor.store().samples(&bundle.key(), since).map_err(failed)?;
    let steps: Vec<_> = steps(&samples)
        .into_iter()
        .filter_map(|(index, step)| Some(json!({ "at": samples.get(index)?.at, "step": step })))
        .collect();
    if printer.is_json() {
        let (path, since) = (bundle.key(), since.to_string());
        printer.json(&json!({ "schema": 1, "bundle": path, "since": since, "samples": samples, "steps": steps }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        printer.lines("No history yet: `plimsoll watch` keeps one.")?;
        return Ok(ExitCode::SUCCESS);
    };
    printer.lines(&printer.tone(Tone::Strong, &sparkline(&samples)))?;
    let (low, high) = range(&samples);
    let noun = if samples.len() == 1 { "sample" } else { "samples" };
    printer.lines(&format!("{} to {}, {} {noun}", moment(first.at), moment(last.at), samples.len()))?;
    printer.lines(&format!("on disk: {low} to {high}, now {}; free: {}", last.allocated, last.free))?;
    for step in &steps {
        printer.lines(&format!("{}  {}", text(&step["at"]), text(&step["step"])))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn parse_since(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let zoned = now.to_zoned_datetime(TimeZone::system());
    let span = text.parse::<Span>().ok().and_then(|span| zoned.checked_sub(span.abs()).ok());
    let date = || text.parse::<jiff::civil::Date>().ok()?.to_zoned_datetime(TimeZone::system()).ok();
    span.or_else(date).map(|zoned| zoned.timestamp()).or_else(|| text.parse().ok()).ok_or_else(|| {
        Failure::usage(
            format!("`{text}` is neither a span nor a time."),
            "Write a span such as 7d or 24h, or 2026-11-01.",
        )
    })
}

fn range(samples: &[Sample]) -> (Bytes, Bytes) {
    let sizes = || samples.iter().map(|sample| sample.allocated);
    (sizes().min().unwrap_or_default(), sizes().max().unwrap_or_default())
}

/// Columns of the sparkline; a terminal of 80 shows it with room to spare.
const COLUMNS: i64 = 60;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One bar a column of equal time, the last size known in it, from the smallest to the largest seen.
fn sparkline(samples: &[Sample]) -> String {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return String::new() };
    let (low, high) = range(samples);
    let span = (last.at.as_millisecond() - first.at.as_millisecond()).max(1);
    let mut next = samples.iter().peekable();
    let mut size = first.allocated;
    (0..COLUMNS)
        .map(|column| {
            let end = first.at.as_millisecond() + span * (column + 1) / COLUMNS;
            while let Some(sample) = next.next_if(|sample| sample.at.as_millisecond() <= end) {
                size = sample.allocated;
            }
            let height = size.less(low).0.saturating_mul(7).checked_div(high.less(low).0).unwrap_or(0);
            usize::try_from(height).ok().and_then(|height| BARS.get(height)).copied().unwrap_or('█')
        })
        .collect()
}

pub(crate) fn receipts(monitor: &Monitor<'_>, printer: &Printer) -> Result<ExitCode, Failure> {
    let mut receipts = monitor.receipts();
    monitor.fill_starts(&mut receipts);
    if printer.is_json() {
        printer.json(&json!({ "schema": 1, "receipts": receipts }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if receipts.is_empty() {
        printer.lines("Nothing was given back so far.")?;
    }
    let words = Words::of(Language::English);
    for receipt in &receipts {
        // An undo takes space: what counts of it is not the bytes of the disk that it set aside.
        let what = receipt.level.map_or_else(
            || "undo       the session disk came back".to_owned(),
            |level| format!("{:<9} {:>10} came back", level.name(), receipt.freed_bytes),
        );
        let tail = if receipt.recovered { " (finished after being cut off)" } else { "" };
        printer.lines(&format!("{}  {what}{tail}", moment(receipt.at)))?;
        if let Some(start) = &receipt.start {
            printer.lines(&format!("  next start: {}", notice::start(start)))?;
        }
        let sequel = receipt.sequel.iter().flat_map(|sequel| notice::sequel::parts(sequel, words));
        sequel.into_iter().try_for_each(|part| printer.lines(&format!("  {part}")))?;
    }
    Ok(ExitCode::SUCCESS)
}
