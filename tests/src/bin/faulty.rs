//! Runs one reclaim, undo or recovery with one fault: `faulty ROOT STATE WHAT FAULT AT`.
//!
//! With `hold IMAGE…` or `use IMAGE…` it is the VM that is started then. Prints `done`, `refused …` or `failed …`, and whether the fault's instant came.

use std::path::PathBuf;

use plimsoll_core::adapters::{ProcessTable, SystemClock};
use plimsoll_core::bundle;
use plimsoll_core::measure::Depth;
use plimsoll_core::monitor::Monitor;
use plimsoll_core::ports::Asker;
use plimsoll_core::reclaim::plan::SourceCheck;
use plimsoll_core::reclaim::report::Report;
use plimsoll_core::reclaim::{Level, Yard, set_aside};
use plimsoll_core::settings::Settings;
use plimsoll_core::store::Store;
use plimsoll_tests::faulty::{Fault, FaultyDisk, hold};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [first, images @ ..] = words.as_slice()
        && ["hold", "use"].contains(&first.as_str())
    {
        return hold(&images.iter().map(PathBuf::from).collect::<Vec<_>>(), first);
    }
    let [root, state, what, fault, at] = words.as_slice() else {
        eprintln!("faulty ROOT STATE WHAT FAULT AT");
        std::process::exit(2);
    };
    let (root, state) = (PathBuf::from(root), PathBuf::from(state));
    let found = bundle::find(&plimsoll_core::adapters::UnixDisk, std::slice::from_ref(&root)).bundles.pop();
    let Some(bundle) = found else { std::process::exit(2) };
    let disk = FaultyDisk::new(&bundle.path, Fault::named(fault), at.parse().unwrap_or(usize::MAX));
    let asker = Asker { disk: &disk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &SystemClock, progress: &disk, state: &state };
    let now = plimsoll_core::ports::Clock::now(&SystemClock);
    let mut monitor = Monitor::new(yard, vec![root], Settings::default(), Store::open(&state, now).store);
    match monitor.recover() {
        Ok(Some(recovered)) => println!("recovered undone={} {:?}", recovered.undone, recovered.notes),
        Ok(None) => {}
        Err(error) => println!("recovery failed: {error}"),
    }
    let report = match what.as_str() {
        "recover" => Report::nothing(),
        "undo" => match set_aside::list(yard).pop() {
            Some(copy) => monitor.undo(&bundle, &copy),
            None => Report::nothing(),
        },
        level => {
            let level = Level::ALL.into_iter().find(|known| known.name() == level).unwrap_or(Level::Leftovers);
            let measured = monitor.measure(Depth::Thorough).bundles.pop();
            measured.map_or_else(Report::nothing, |measured| {
                let plan = monitor.plan(&measured, level, SourceCheck::Frames);
                monitor.reclaim(&measured.bundle, level, &plan.fingerprint, SourceCheck::Frames)
            })
        }
    };
    disk.settle();
    println!("struck={} outcome={:?} {:?} {:?}", disk.struck(), report.outcome, report.refusals, report.failure);
    for note in report.notes {
        println!("note: {note}");
    }
}
