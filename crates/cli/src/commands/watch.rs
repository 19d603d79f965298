//! `watch`: samples until stopped, and does what is armed or switched on.

use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use plimsoll_core::measure::Depth;
use plimsoll_core::monitor::Monitor;
use plimsoll_core::notice::{self, visible};
use plimsoll_core::reclaim::Yard;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{read_settings, recover, roots};
use crate::args::{Cli, WatchArgs};
use crate::print::{Failure, Printer, moment};

pub(crate) fn watch(
    cli: &Cli,
    args: &WatchArgs,
    monitor: &mut Monitor<'_>,
    yard: Yard<'_>,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let (wake, stopped) = channel();
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(Failure::output)?;
    // The thread sleeps in the kernel until a signal comes; the process wakes for samples only.
    std::thread::spawn(move || signals.forever().next().map(|_| wake.send(())));
    let mut shown = String::new();
    let mut taken = 0;
    loop {
        if taken > 0 {
            // What was chosen since, in the app or in the file, holds for what is done by itself from now on.
            let settings = read_settings(yard, printer);
            monitor.look_in(roots(cli, yard.asker.disk, &settings));
            monitor.adopt(settings);
            monitor.travel(jiff::tz::TimeZone::system());
            recover(monitor, printer).unwrap_or_else(|failure| printer.warn(&failure));
        }
        let (snapshot, cadence, prospects) = monitor.survey(Depth::Glance);
        taken += 1;
        for alert in monitor.fresh_alerts().iter().filter(|_| !printer.is_json()) {
            let said =
                format!("{}  {}: {}. {}", moment(snapshot.at), alert.severity.name(), alert.title, alert.sentence);
            printer.lines(&visible(&said))?;
        }
        if printer.is_json() {
            printer.json_line(&snapshot)?;
        } else if snapshot.headline != shown {
            printer.lines(&format!("{}  {}", moment(snapshot.at), snapshot.headline))?;
            shown = snapshot.headline;
        }
        // On standard error: with JSON each line of the output is a sample.
        monitor.unattended(&prospects).iter().for_each(|deed| printer.note(&notice::deed(deed)));
        let delay = args.every.map_or(cadence.delay, |seconds| Duration::from_secs(seconds.max(1)));
        let enough = args.samples.is_some_and(|wanted| taken >= wanted);
        if enough || !matches!(stopped.recv_timeout(delay), Err(RecvTimeoutError::Timeout)) {
            break;
        }
    }
    if let Err(error) = monitor.flush() {
        printer.note(&format!("The last samples are not kept: failed to {error}."));
    }
    Ok(ExitCode::SUCCESS)
}
