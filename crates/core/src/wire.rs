//! Plans, reports, receipts and images as scripts see them.
//!
//! Not here: the snapshot (`snapshot`) and any wording (`notice`).

use std::path::PathBuf;

use holes::{FileSystem, Partition, TableKind};
use serde::Serialize;

use crate::bytes::Bytes;
use crate::image::{Freed, ImagePlan, Inspected};
use crate::notice::{self, Notice};
use crate::reclaim::plan::{Action, Later, Plan};
use crate::reclaim::report::{Outcome, Receipt, Report, StepDone};
use crate::snapshot::SCHEMA;

/// One step of a plan.
#[derive(Clone, Debug, Serialize)]
pub struct StepView {
    /// What would be done.
    pub action: Action,
    /// To which file.
    pub path: PathBuf,
    /// Bytes expected back.
    pub expected_bytes: Bytes,
}

/// A plan.
#[derive(Clone, Debug, Serialize)]
pub struct PlanView {
    /// Version of the JSON.
    pub schema: u32,
    /// The level's name.
    pub level: &'static str,
    /// The bundle.
    pub bundle: PathBuf,
    /// What to agree to.
    pub fingerprint: String,
    /// In order.
    pub steps: Vec<StepView>,
    /// Sum over the steps.
    pub expected_bytes: Bytes,
    /// What it costs afterwards.
    pub later: Later,
    /// What the user gives up or will notice, in a sentence.
    pub consequence: &'static str,
    /// Why it cannot be done now.
    pub refusals: Vec<Notice>,
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        let step = |step: &crate::reclaim::plan::Step| StepView {
            action: step.target.action(),
            path: step.target.path().to_path_buf(),
            expected_bytes: step.expected,
        };
        Self {
            schema: SCHEMA,
            level: plan.level.name(),
            bundle: plan.bundle.clone(),
            fingerprint: plan.fingerprint.clone(),
            steps: plan.steps.iter().map(step).collect(),
            expected_bytes: plan.expected,
            later: plan.later,
            consequence: notice::consequence(plan.level),
            refusals: plan.refusals.iter().map(Notice::from).collect(),
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, Serialize)]
pub struct ReportView {
    /// Version of the JSON.
    pub schema: u32,
    /// In one word.
    pub outcome: Outcome,
    /// What was done.
    pub steps: Vec<StepDone>,
    /// Sum over the steps, measured.
    pub freed_bytes: Bytes,
    /// Free bytes of the volume before, none when nothing was done.
    pub volume_free_before_bytes: Option<Bytes>,
    /// Free bytes of the volume after, none when nothing was done.
    pub volume_free_after_bytes: Option<Bytes>,
    /// Why not.
    pub refusals: Vec<Notice>,
    /// What went wrong.
    pub failure: Option<Notice>,
    /// Name of the receipt.
    pub receipt: Option<String>,
    /// Name of the set-aside copy, for `undo`.
    pub set_aside: Option<String>,
    /// Anything left in an unusual place.
    pub notes: Vec<String>,
    /// Less is free than was given back.
    #[serde(skip)]
    pub is_held_back: bool,
}

impl From<&Report> for ReportView {
    fn from(report: &Report) -> Self {
        let receipt = report.receipt.as_ref();
        Self {
            schema: SCHEMA,
            outcome: report.outcome,
            steps: receipt.map_or_else(Vec::new, |receipt| receipt.steps.clone()),
            freed_bytes: receipt.map_or(Bytes::ZERO, |receipt| receipt.freed_bytes),
            volume_free_before_bytes: receipt.map(|receipt| receipt.volume_free_before_bytes),
            volume_free_after_bytes: receipt.map(|receipt| receipt.volume_free_after_bytes),
            refusals: report.refusals.iter().map(Notice::from).collect(),
            failure: report.failure.as_deref().map(notice::failure),
            receipt: receipt.map(|receipt| receipt.id.clone()),
            set_aside: receipt.and_then(|receipt| receipt.set_aside.clone()),
            notes: report.notes.clone(),
            is_held_back: receipt.is_some_and(Receipt::is_held_back),
        }
    }
}

/// One partition of an image, or the file system that fills it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionView {
    /// Its number in the table, from 1; 0 without a table.
    pub index: u32,
    /// What the table says it is for.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its file system, `unknown` when that is not known.
    pub fs: &'static str,
    /// Bytes of a block.
    pub block_size: Option<u64>,
    /// Bytes of the file system.
    pub total_bytes: Option<Bytes>,
    /// Bytes free in it.
    pub free_bytes: Option<Bytes>,
    /// Why its free blocks are left alone.
    pub skipped_reason: Option<String>,
}

impl From<&Partition> for PartitionView {
    fn from(partition: &Partition) -> Self {
        Self {
            index: partition.index,
            kind: partition.kind.clone(),
            fs: match partition.file_system {
                FileSystem::Ext2 => "ext2",
                FileSystem::Ext3 => "ext3",
                FileSystem::Ext4 => "ext4",
                FileSystem::Fat => "fat",
                FileSystem::Other(name) => name,
                FileSystem::Unknown => "unknown",
            },
            block_size: partition.block_size,
            total_bytes: partition.total_bytes.map(Bytes),
            free_bytes: partition.free_bytes.map(Bytes),
            skipped_reason: partition.skipped.as_ref().map(ToString::to_string),
        }
    }
}

/// What is in an image.
#[derive(Clone, Debug, Serialize)]
pub struct InspectView {
    /// Version of the JSON.
    pub schema: u32,
    /// How it is divided: `gpt`, `mbr` or `none`.
    pub table: &'static str,
    /// In the table's order.
    pub partitions: Vec<PartitionView>,
    /// Length of the file.
    pub length_bytes: Bytes,
    /// Blocks it holds.
    pub allocated_bytes: Bytes,
}

impl From<&Inspected> for InspectView {
    fn from(inspected: &Inspected) -> Self {
        Self {
            schema: SCHEMA,
            table: match inspected.layout.table {
                TableKind::Gpt => "gpt",
                TableKind::Mbr => "mbr",
                TableKind::None => "none",
            },
            partitions: inspected.layout.partitions.iter().map(PartitionView::from).collect(),
            length_bytes: Bytes(inspected.layout.length),
            allocated_bytes: inspected.allocated,
        }
    }
}

/// What a trim gives back, or gave.
#[derive(Clone, Debug, Serialize)]
pub struct TrimView {
    /// Version of the JSON.
    pub schema: u32,
    /// In the table's order.
    pub partitions: Vec<PartitionView>,
    /// Bytes that were stored and could become holes.
    pub punchable_bytes: Bytes,
    /// Bytes that came back, measured.
    pub freed_bytes: Bytes,
    /// Blocks the file held before.
    pub allocated_before_bytes: Bytes,
    /// Blocks it holds now.
    pub allocated_after_bytes: Bytes,
}

impl TrimView {
    /// What was planned, and what came of it.
    #[must_use]
    pub fn of(plan: &ImagePlan, freed: &Freed) -> Self {
        Self {
            schema: SCHEMA,
            partitions: plan.found.layout.partitions.iter().map(PartitionView::from).collect(),
            punchable_bytes: plan.found.punchable,
            freed_bytes: freed.freed(),
            allocated_before_bytes: freed.before,
            allocated_after_bytes: freed.after,
        }
    }
}
