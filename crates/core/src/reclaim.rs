//! Giving space back: plan → guard → run → report, with a journal before each step.
//!
//! `plan` says what would be done and why not; `guard` asks the VM evidence and the facts again; `run` carries a plan
//! out as one transaction; `recovery` finishes or undoes what a killed run left; `restore` brings a set-aside image back; `start` and `sequel` tell what came of it.
//! Not here: any system call (the ports make them) and any wording (`notice`).

pub mod compact;
pub mod gain;
pub mod guard;
pub mod journal;
pub mod plan;
pub mod recovery;
pub mod refusal;
pub mod report;
pub mod restore;
pub mod run;
pub mod sequel;
pub mod set_aside;
pub mod source;
pub mod start;
pub mod swap;
pub mod trouble;

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ports::{Asker, Clock, Progress};

/// How much is given back, least destructive first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// What is provably dead.
    Leftovers,
    /// The guest's free blocks become holes.
    Compact,
    /// The system image goes and is rebuilt from its source.
    Rebuild,
    /// As rebuild, and the session image is set aside, restorable.
    Reset,
}

impl Level {
    /// All levels, least destructive first.
    pub const ALL: [Self; 4] = [Self::Leftovers, Self::Compact, Self::Rebuild, Self::Reset];

    /// The level's name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Leftovers => "leftovers",
            Self::Compact => "compact",
            Self::Rebuild => "rebuild",
            Self::Reset => "reset",
        }
    }
}

/// Which image is compacted. The session image is somebody's work, and is only ever touched when asked for by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The system image.
    #[default]
    System,
    /// The session image, and nothing else.
    Session,
}

/// A level, and at *compact* of which image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The level.
    pub level: Level,
    /// Which image, where the level is *compact*.
    pub scope: Scope,
}

impl From<Level> for Wish {
    /// As every level is meant when no image is named.
    fn from(level: Level) -> Self {
        Self { level, scope: Scope::System }
    }
}

/// What a reclaim works with: the ports, and where its own files are.
#[derive(Clone, Copy)]
pub struct Yard<'a> {
    /// Disk and processes.
    pub asker: Asker<'a>,
    /// The time of day.
    pub clock: &'a dyn Clock,
    /// Told how far a step is, asked whether to stop.
    pub progress: &'a dyn Progress,
    /// Plimsoll's own folder: journal, set-aside copies.
    pub state: &'a std::path::Path,
}

impl Yard<'_> {
    /// The journal of the run under way.
    #[must_use]
    pub fn journal_path(&self) -> PathBuf {
        self.state.join("journal.json")
    }

    /// The file whose lock is the right to reclaim.
    #[must_use]
    pub fn lock_path(&self) -> PathBuf {
        self.state.join("lock")
    }

    /// The folder of one set-aside copy.
    #[must_use]
    pub fn set_aside_folder(&self, id: &str) -> PathBuf {
        self.state.join("set-aside").join(id)
    }

    /// A name for one run: sortable by time, different for each process and instant.
    #[must_use]
    pub fn new_id(&self) -> String {
        let now: Timestamp = self.clock.now();
        format!("{:x}-{:x}", now.as_millisecond(), std::process::id())
    }
}
