//! What the disk is asked, and answers, about free blocks of a guest inside an image.
//!
//! Not here: how free blocks are found (the crate `holes`) and when holes are made (`reclaim::compact`).

use holes::{FileSystem, Layout};
use thiserror::Error;

use super::DiskError;
use crate::bytes::Bytes;

/// What an image could give back, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrimPlan {
    /// Its partitions and file systems.
    pub layout: Layout,
    /// Bytes that are stored and that the guest does not use.
    pub punchable: Bytes,
}

impl TrimPlan {
    /// Why nothing can come back, where that is not because nothing is free.
    #[must_use]
    pub fn left_alone(&self) -> Option<String> {
        if self.punchable > Bytes::ZERO {
            return None;
        }
        let linux = |kind| matches!(kind, FileSystem::Ext2 | FileSystem::Ext3 | FileSystem::Ext4);
        let mut found = self.layout.partitions.iter().filter(|partition| linux(partition.file_system)).peekable();
        if found.peek().is_none() {
            // What stands there instead, if that is known.
            let other = self.layout.partitions.iter().find_map(|partition| partition.skipped.as_ref());
            return Some(other.map_or_else(|| holes::Reason::UnknownFileSystem.to_string(), ToString::to_string));
        }
        found.find_map(|partition| partition.skipped.as_ref()).map(ToString::to_string)
    }
}

/// What becomes holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What the guest does not use.
    Free,
    /// That, and runs of zeros wherever they are, which read the same as holes.
    FreeAndZeros,
}

/// Who else may have the image while holes are made in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// It is a clone of ours that nobody else knows.
    Ours,
    /// It is the image itself, under the kernel's write lease: nobody else has it open, whoever wants it waits until the
    /// lease is given up, and that is at once.
    Lease,
}

/// How far the making of holes came. Whatever it says, only free blocks have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trimmed {
    /// To its end, and everything in use was found to be the same.
    Whole,
    /// Somebody wants to open the image.
    Wanted,
    /// The user stopped it.
    Cancelled,
}

/// No holes were made, or not all of them. Nothing in use has changed, except after [`TrimError::NotSame`].
#[derive(Debug, Error)]
pub enum TrimError {
    /// A call failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It is not an image whose free blocks can be known.
    #[error("{0}")]
    NotTrimmable(String),
    /// Somebody has it open.
    #[error("it is in use")]
    InUse,
    /// The user stopped the search; nothing has changed.
    #[error("it was stopped")]
    Stopped,
    /// No write lease, or no holes, can be had here.
    #[error("{0}")]
    NotHere(String),
    /// It is not any more what the plan was made from.
    #[error("it changed meanwhile")]
    Changed,
    /// What is in use reads differently afterwards, which must never be.
    #[error("bytes in use are not what they were before the holes were made")]
    NotSame,
}

/// Whether a clone was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloneAnswer {
    /// It stands under its name: content, times, mode, owner, extended attributes, access lists and flags are the same.
    Made,
    /// Nothing was made, for this file system, platform or room does not allow it, and why.
    NotHere(String),
}
