//! `plimsoll`: the core in a terminal. Reads the command line, asks the core, prints, and turns outcomes into exit codes.
//!
//! Not here: any rule. Exit codes: 0 done or nothing to do, 1 anything else, 2 usage, 3 refused by a guard, 4 failed and
//! nothing lost.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod args;
mod commands;
mod print;
mod progress;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use plimsoll_core::adapters::{
    AppLogs, ProcessTable, SessionFolders, SystemClock, ThisMachine, UnixDisk, state_folder,
};
use plimsoll_core::monitor::{Monitor, Teller};
use plimsoll_core::ports::{Asker, Clock};
use plimsoll_core::reclaim::Yard;
use plimsoll_core::store::Store;

use args::{Cli, Command, ImageArgs, ImageCommand};
use print::{Failure, Printer};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(code) => code,
        Err(failure) => {
            Printer::new(cli.global.json).failure(&failure);
            failure.exit_code()
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    match &cli.command {
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "plimsoll", &mut text);
            return print_raw(&text);
        }
        Command::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text).map_err(Failure::output)?;
            return print_raw(&text);
        }
        _ => {}
    }
    let state = match &cli.global.state_dir {
        Some(dir) => std::path::absolute(dir).map_err(Failure::output)?,
        None => state_folder().ok_or_else(Failure::no_home)?,
    };
    let progress = progress::Bar::new(cli.global.json);
    if matches!(cli.command, Command::Reclaim(_) | Command::Undo(_) | Command::Image(_) | Command::Watch(_)) {
        progress.listen();
    }
    let (disk, processes, clock) = (UnixDisk, ProcessTable, SystemClock);
    let asker = Asker { disk: &disk, processes: &processes };
    let yard = Yard { asker, clock: &clock, progress: &progress, state: &state };
    let printer = Printer::new(cli.global.json);
    // Without its folder nothing is remembered and nothing reclaimed, but everything can still be shown.
    let folder = plimsoll_core::ports::Disk::make_private_folder(&disk, &state);
    let settings = commands::read_settings(yard, &printer);
    let opened = Store::open(&state, clock.now());
    if let Some(path) = &opened.set_aside {
        printer
            .note(&format!("The history could not be read; it is kept as {} and a new one is begun.", path.display()));
    }
    if let Some(reason) = &opened.memory_only {
        printer.note(&format!("History is not kept this time: failed to {reason}."));
    } else if let Err(error) = folder {
        printer.note(&format!("Nothing can be kept: failed to {error}."));
    }
    let roots = commands::roots(cli, &disk, &settings);
    let mut monitor = Monitor::new(yard, roots, settings, opened.store).on(&ThisMachine);
    monitor = monitor.beside(&SessionFolders).hearing(&AppLogs);
    let teller = if matches!(cli.command, Command::Watch(_)) { Teller::Watch } else { Teller::Nobody };
    monitor.tell(teller, jiff::tz::TimeZone::system());
    match &cli.command {
        Command::Doctor | Command::Image(ImageArgs { what: ImageCommand::Inspect { .. } }) => {}
        // What there is can be shown though an unfinished reclaim, or whether there is one, is beyond reach.
        Command::Status | Command::History(_) | Command::Receipts | Command::Watch(_) => {
            commands::recover(&mut monitor, &printer).unwrap_or_else(|failure| printer.warn(&failure));
        }
        _ => commands::recover(&mut monitor, &printer)?,
    }
    commands::dispatch(cli, &mut monitor, yard, &printer)
}

fn print_raw(text: &[u8]) -> Result<ExitCode, Failure> {
    std::io::stdout().write_all(text).map_err(Failure::output)?;
    Ok(ExitCode::SUCCESS)
}
