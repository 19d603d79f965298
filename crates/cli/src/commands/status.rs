//! `status`: sizes, the VM, growth and forecast.

use std::process::ExitCode;

use jiff::tz::TimeZone;
use plimsoll_core::alert::Severity;
use plimsoll_core::bundle::Role;
use plimsoll_core::gauge::Level;
use plimsoll_core::measure::Depth;
use plimsoll_core::monitor::Monitor;
use plimsoll_core::notice::alerts::Voice;
use plimsoll_core::notice::{self, visible};
use plimsoll_core::ports::FileKind;
use plimsoll_core::snapshot::{BundleView, ImageView, Snapshot};
use plimsoll_core::vm::Liveness;
use plimsoll_core::words::{Language, Words};

use crate::args::Global;
use crate::print::{Failure, Printer, Tone};

pub(crate) fn status(global: &Global, monitor: &mut Monitor<'_>, printer: &Printer) -> Result<ExitCode, Failure> {
    let (snapshot, _) = monitor.sample(Depth::Thorough);
    if printer.is_json() {
        printer.json(&snapshot)?;
    } else {
        print(&snapshot, printer)?;
    }
    // A glance at one status is worth keeping; that it cannot be is no failure of the status.
    if let Err(error) = monitor.flush() {
        printer.note(&format!("This sample is not kept: failed to {error}."));
    }
    let blind = snapshot.bundles.is_empty() && !snapshot.gaps.is_empty() && !global.roots.is_empty();
    Ok(ExitCode::from(u8::from(blind)))
}

fn print(snapshot: &Snapshot, printer: &Printer) -> Result<(), Failure> {
    let tone = match snapshot.gauge.level {
        Level::Calm => Tone::Strong,
        Level::Watch => Tone::Warn,
        Level::Act => Tone::Bad,
    };
    printer.lines(&printer.tone(tone, &snapshot.headline))?;
    for alert in &snapshot.alerts {
        let tone = if alert.severity == Severity::Notice { Tone::Warn } else { Tone::Bad };
        printer.lines(&printer.tone(tone, &visible(&format!("{}. {}", alert.title, alert.sentence))))?;
        if !alert.hint.is_empty() {
            printer.lines(&visible(&alert.hint))?;
        }
    }
    for bundle in &snapshot.bundles {
        bundle_lines(bundle, snapshot, printer)?;
    }
    for gap in &snapshot.gaps {
        let line = format!("not read: {}: {}", gap.path.display(), gap.reason);
        printer.lines(&printer.tone(Tone::Warn, &visible(&line)))?;
    }
    Ok(())
}

/// Stretches of growth that are told; JSON has more.
const STRETCHES: usize = 3;

fn bundle_lines(bundle: &BundleView, snapshot: &Snapshot, printer: &Printer) -> Result<(), Failure> {
    printer.lines("")?;
    printer.lines(&printer.tone(Tone::Faint, &visible(&bundle.path.display().to_string())))?;
    let header = format!("  {:<28} {:>10} {:>10}  {}", "", "on disk", "length", "role");
    printer.lines(&printer.tone(Tone::Faint, &header))?;
    // Markers of a few bytes say nothing about space; JSON has them all.
    let shown = |image: &&ImageView| image.allocated_bytes.0 >= 100_000 || image.role == Role::Unknown;
    for image in bundle.images.iter().filter(|image| image.kind == FileKind::File).filter(shown) {
        let name = visible(&image.name);
        let (allocated, logical) = (image.allocated_bytes, image.logical_bytes);
        printer.lines(&format!("  {name:<28} {allocated:>10} {logical:>10}  {}", role(image.role)))?;
    }
    let line = format!("  {:<28} {:>10} {:>10}", "all files", bundle.allocated_bytes, bundle.logical_bytes);
    printer.lines(&printer.tone(Tone::Strong, &line))?;
    printer.lines("")?;
    printer.lines(&format!("  VM        {}", vm(bundle)))?;
    printer.lines(&format!("  growth    {}", notice::growth(&bundle.growth)))?;
    let voice = Voice { now: snapshot.at, zone: &TimeZone::system(), words: Words::of(Language::English) };
    bundle
        .attribution
        .iter()
        .flatten()
        .take(STRETCHES)
        .try_for_each(|grown| printer.lines(&format!("  grew      {}", notice::attribution::grew(grown, voice))))?;
    printer.lines(&format!("  forecast  {}", notice::forecast(&bundle.forecast, snapshot.at)))?;
    let guests = bundle.images.iter().filter_map(|image| Some((&image.name, image.guest.as_ref()?)));
    guests.into_iter().try_for_each(|(name, guest)| {
        printer.lines(&format!("  guest     {name}: {}", notice::guest(guest, snapshot.at)))
    })?;
    let key = bundle.path.to_string_lossy();
    for armed in snapshot.armed.iter().filter(|armed| armed.bundle == key) {
        let (level, idle) = (armed.level, armed.idle_seconds);
        printer.lines(&format!("  armed     {level}, once nobody has held the images for {idle} seconds"))?;
    }
    Ok(())
}

fn vm(bundle: &BundleView) -> String {
    let holders: Vec<String> = bundle
        .vm
        .holders
        .iter()
        .map(|holder| holder.pid.map_or(holder.name.clone(), |pid| format!("{} (pid {pid})", holder.name)))
        .collect();
    let mut names = holders;
    names.dedup();
    let names = visible(&names.join(", "));
    match bundle.vm.state {
        Liveness::Running if bundle.vm.orphan => format!("running without Claude: {names}"),
        Liveness::Running => format!("running: {names}"),
        Liveness::Stopped if bundle.vm.app_running => "stopped; Claude runs and may start it".to_owned(),
        Liveness::Stopped => "stopped".to_owned(),
        Liveness::Unknown => "cannot tell, see `plimsoll doctor`".to_owned(),
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Rebuildable => "rebuildable",
        Role::UserData => "yours: never touched unless you ask",
        Role::Identity => "identity of the VM",
        Role::Source => "what the system disk is rebuilt from",
        Role::Prefetch => "next release, fetched early",
        Role::Leftover => "leftover",
        Role::Aside => "set aside by an unfinished reclaim",
        Role::Unknown => "not known, never touched",
    }
}
