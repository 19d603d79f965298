//! Plimsoll in the menu bar: an icon, a menu and a panel over `plimsoll_core`.
//!
//! `worker` owns the core's monitor, is asked at the `desk` and puts what it finds on the `board`; `tray` and `panel` show the board; `commands`
//! are what the panel's page may ask. Not here: any rule about sizes, times or safety, and any words.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod app;
mod awake;
mod board;
mod commands;
mod desk;
mod desktop;
mod icon;
#[cfg(target_os = "linux")]
mod linux;
mod login;
mod notify;
mod outside;
mod panel;
mod pictures;
mod progress;
mod tray;
mod updates;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use plimsoll_core::adapters::{
    AppLogs, ProcessTable, SessionFolders, SystemClock, ThisMachine, UnixDisk, application_folders, state_folder,
};

use outside::Outside;

/// Runs the app with the words of its command line.
///
/// `--open` opens the panel at once. `--draw-icons DIR` writes every form of the icon there and ends.
#[must_use]
pub fn run(words: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let words: Vec<std::ffi::OsString> = words.collect();
    let opens = match words.as_slice() {
        [] => false,
        [word] if word == "--open" => true,
        [word, folder] if word == "--draw-icons" => return pictures::write(folder.as_ref()),
        _ => {
            eprintln!("usage: plimsoll-app [--open | --draw-icons DIR]");
            return ExitCode::from(2);
        }
    };
    #[cfg(target_os = "linux")]
    linux::prepare();
    let Some(state) = named("PLIMSOLL_STATE_DIR").map(PathBuf::from).or_else(state_folder) else {
        eprintln!("plimsoll-app: there is no home folder, so nothing can be kept. Set HOME or PLIMSOLL_STATE_DIR.");
        return ExitCode::FAILURE;
    };
    let listed = named("PLIMSOLL_ROOT");
    let outside = Outside {
        disk: &UnixDisk,
        processes: &ProcessTable,
        clock: &SystemClock,
        machine: &ThisMachine,
        sessions: &SessionFolders,
        logs: &AppLogs,
        roots: listed.map(|list| std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect()),
        applications: application_folders(),
        state: std::path::absolute(&state).unwrap_or(state),
        language: app::system_language(),
        channel: updates::channel(),
    };
    match app::run(outside, opens) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plimsoll-app: the window system did not start: {error}. Nothing was touched.");
            ExitCode::FAILURE
        }
    }
}

fn named(variable: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(variable).filter(|value| !value.is_empty())
}
