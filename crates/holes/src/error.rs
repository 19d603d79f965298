//! What can go wrong, and why a part of an image is left alone.

use std::io;

use thiserror::Error;

/// The whole image cannot be worked on. Nothing that is in use has changed.
#[derive(Debug, Error)]
pub enum Error {
    /// The system refused a call.
    #[error("failed to {doing}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// It is not a raw disk image but a container of this format.
    #[error("this is not a raw disk image but {0}")]
    NotRaw(&'static str),
    /// It is not a regular file.
    #[error("this is not a regular file")]
    NotAFile,
    /// The file is not what the plan was made from.
    #[error("the image has changed since it was looked at")]
    Changed,
    /// The watcher said stop. Holes made until then stay; they are of free blocks only.
    #[error("stopped")]
    Stopped,
    /// The file system below the image cannot make holes.
    #[error("the volume cannot make holes in files")]
    NoHoles,
    /// What could be read a moment ago cannot be read again.
    #[error("the image could not be read again: {0}")]
    Again(Reason),
    /// Bytes outside the holes are not where they were, or read differently. This must never happen.
    #[error("bytes in use are not what they were before the holes were made")]
    NotSame,
}

/// A hole that could not be made.
pub(crate) fn punching(source: io::Error) -> Error {
    if source.kind() == io::ErrorKind::Unsupported {
        Error::NoHoles
    } else {
        Error::Io { doing: "make a hole in the image", source }
    }
}

impl Error {
    /// For a file that could not be opened.
    #[must_use]
    pub fn opening(source: io::Error) -> Self {
        Self::Io { doing: "open the image", source }
    }
}

/// Why a partition is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Reason {
    /// No file system that this crate trims.
    #[error("no ext2, ext3 or ext4 file system")]
    UnknownFileSystem,
    /// Another file system, which keeps its own account of free space.
    #[error("{0} is left alone")]
    OtherFileSystem(&'static str),
    /// A feature that changes the meaning of what is read.
    #[error("the file system uses {0}, which is not understood")]
    Feature(String),
    /// The kernel found errors in it, or it was never unmounted and has no journal.
    #[error("{0}; let e2fsck repair it first")]
    Unclean(&'static str),
    /// Its parts contradict each other.
    #[error("the file system is damaged: {0}")]
    Damaged(String),
    /// The partition table contradicts itself, so that no partition is believed.
    #[error("the partition table is damaged: {0}")]
    Table(String),
    /// Its log cannot be replayed by what is in the image.
    #[error("the journal cannot be used: {0}")]
    Journal(String),
    /// A read failed.
    #[error("it could not be read: {0}")]
    Unreadable(String),
}
