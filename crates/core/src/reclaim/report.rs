//! What was done, with measured bytes; kept as the receipt.
//!
//! Not here: how it is stored (`store`).

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Level;
use super::plan::{Action, Later};
use super::refusal::Refusal;
use super::sequel::Sequel;
use super::start::Start;
use crate::alert::Suspect;
use crate::bytes::Bytes;
use crate::notice;
use crate::ports::Disk;
use crate::ports::machine::{LocalSnapshots, Machine};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All steps done.
    Done,
    /// The level had no step.
    NothingToDo,
    /// A guard said no; all is as it was.
    Refused,
    /// Something went wrong; nothing is lost.
    Failed,
}

/// Why a run was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Somebody asked for it and was there.
    #[default]
    Asked,
    /// Somebody armed it, and the VM stopped.
    Armed,
    /// The bundle was over its limit, and the user has switched that on.
    OverLimit,
    /// Free space was below the reserve, and the user has switched that on.
    BelowReserve,
}

impl Why {
    /// Nobody was asked before it.
    #[must_use]
    pub const fn is_automatic(self) -> bool {
        matches!(self, Self::OverLimit | Self::BelowReserve)
    }
}

/// One step as it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDone {
    /// What was done.
    pub action: Action,
    /// To which file.
    pub path: PathBuf,
    /// Blocks it held when it was removed, less what a copy of it takes.
    pub freed_bytes: Bytes,
}

/// The record of a finished run, kept for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Names the run.
    pub id: String,
    /// When it ended.
    pub at: Timestamp,
    /// The level, or none for an undo.
    pub level: Option<Level>,
    /// The bundle.
    pub bundle: PathBuf,
    /// Every step.
    pub steps: Vec<StepDone>,
    /// Sum over the steps.
    pub freed_bytes: Bytes,
    /// Free bytes of the volume before the first step.
    pub volume_free_before_bytes: Bytes,
    /// Free bytes of the volume after the last.
    pub volume_free_after_bytes: Bytes,
    /// What was said about the cost.
    pub later: Later,
    /// Where the set-aside copy is, and by which name `undo` takes it.
    pub set_aside: Option<String>,
    /// Finished by recovery after the run was cut off.
    pub recovered: bool,
    /// Why it was made.
    #[serde(default)]
    pub reason: Why,
    /// Who may hold back what was given back, as far as that could be seen at its end.
    #[serde(default)]
    pub suspects: Vec<Suspect>,
    /// How the VM started after it; none while it has not, or was not seen to. Filled in when receipts are shown.
    #[serde(default)]
    pub start: Option<Start>,
    /// What came of it beside that; none when nobody watched. Filled in when receipts are shown.
    #[serde(default)]
    pub sequel: Option<Sequel>,
}

impl Receipt {
    /// Less is free than was given back: a snapshot or clone still holds it, or somebody else wrote.
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        let gained = self.volume_free_after_bytes.less(self.volume_free_before_bytes);
        // A tenth is more than other programs write in such a moment, and far less than a snapshot holds back.
        gained.0 < self.freed_bytes.0 / 10 * 9
    }
}

impl Receipt {
    /// What may hold back what was given back, in words; none when it came back or nothing is known. May take seconds.
    #[must_use]
    pub fn held_back_by(&self, disk: &dyn Disk, machine: &dyn Machine) -> Option<String> {
        if !self.is_held_back() {
            return None;
        }
        notice::local_snapshots(&self.local_snapshots(disk, machine))
    }

    /// The local snapshots of the volume that the bundle is on. May take seconds.
    #[must_use]
    pub fn local_snapshots(&self, disk: &dyn Disk, machine: &dyn Machine) -> LocalSnapshots {
        let volume = disk.volume(&self.bundle).map_or_else(|_| self.bundle.clone(), |volume| volume.mount_point);
        machine.local_snapshots(&volume)
    }
}

/// How a run ended, with its receipt when anything was done.
#[derive(Clone, Debug)]
pub struct Report {
    /// In one word.
    pub outcome: Outcome,
    /// What was done.
    pub receipt: Option<Receipt>,
    /// Why not.
    pub refusals: Vec<Refusal>,
    /// What went wrong, for `Failed`.
    pub failure: Option<String>,
    /// Anything left in an unusual place.
    pub notes: Vec<String>,
}

impl Report {
    /// A run that a guard stopped.
    #[must_use]
    pub fn refused(refusals: Vec<Refusal>) -> Self {
        Self { outcome: Outcome::Refused, receipt: None, refusals, failure: None, notes: Vec::new() }
    }

    /// A run with nothing to do.
    #[must_use]
    pub fn nothing() -> Self {
        Self { outcome: Outcome::NothingToDo, receipt: None, refusals: Vec::new(), failure: None, notes: Vec::new() }
    }

    /// A run that went wrong.
    #[must_use]
    pub fn failed(failure: String) -> Self {
        let failure = Some(failure);
        Self { outcome: Outcome::Failed, receipt: None, refusals: Vec::new(), failure, notes: Vec::new() }
    }
}
