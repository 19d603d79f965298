//! What the worker works with: the ports, and where things are.
//!
//! Not here: which ones (`lib.rs` names them).

use std::path::PathBuf;

use plimsoll_core::ports::logs::Logs;
use plimsoll_core::ports::machine::Machine;
use plimsoll_core::ports::sessions::Sessions;
use plimsoll_core::ports::{Clock, Disk, Processes};
use plimsoll_core::updates::Channel;
use plimsoll_core::words::Language;

/// The ports and places that the worker works with.
#[derive(Clone)]
pub(crate) struct Outside {
    pub(crate) disk: &'static (dyn Disk + Sync),
    pub(crate) processes: &'static (dyn Processes + Sync),
    pub(crate) clock: &'static (dyn Clock + Sync),
    pub(crate) machine: &'static (dyn Machine + Sync),
    pub(crate) sessions: &'static (dyn Sessions + Sync),
    pub(crate) logs: &'static (dyn Logs + Sync),
    /// Folders to look in, when they were named; else the usual ones.
    pub(crate) roots: Option<Vec<PathBuf>>,
    /// Where the usual ones are.
    pub(crate) applications: Vec<PathBuf>,
    /// Plimsoll's own folder.
    pub(crate) state: PathBuf,
    /// The system's language.
    pub(crate) language: Language,
    /// How new versions come.
    pub(crate) channel: Channel,
}
