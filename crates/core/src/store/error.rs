//! What can go wrong with the history, in fragments that complete "failed to …".
//!
//! Not here: what is done about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};
use thiserror::Error;

/// A call of the store that failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A call of the file system.
    #[error("{operation} {}: {source}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A folder, link, pipe or device is where the file should be.
    #[error("use {}: it is not a regular file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// A later Plimsoll wrote the file.
    #[error("use {}: a newer Plimsoll wrote it (format {found}, this one knows {known})", path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format known here.
        known: i64,
    },
    /// The file is not a database, or not one of ours, or contradicts itself.
    #[error("read {}: it is damaged ({reason})", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What `SQLite` found.
        reason: String,
    },
    /// `SQLite` said no.
    #[error("{operation} {}: {cause} ({source})", path.display())]
    Database {
        /// What was tried.
        operation: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why, as far as callers may care.
        cause: Cause,
        /// `SQLite`'s answer.
        source: rusqlite::Error,
    },
}

/// Why the database said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No space left on its volume.
    Full,
    /// Another process held it for longer than we wait.
    Busy,
    /// Its file, folder or volume is read-only to us.
    ReadOnly,
    /// The file was moved or removed while it was open.
    Moved,
    /// Anything else.
    Other,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "no space left",
            Self::Busy => "another process keeps it locked",
            Self::ReadOnly => "not allowed to write",
            Self::Moved => "it was moved or removed meanwhile",
            Self::Other => "the database refused",
        })
    }
}

impl StoreError {
    /// Ties `SQLite`'s answer to what was tried and where.
    pub(super) fn of_database(operation: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let cause = match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                return Self::Damaged { path, reason: source.to_string() };
            }
            Some(ErrorCode::DiskFull) => Cause::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Cause::Busy,
            Some(ErrorCode::ReadOnly) if moved(&source) => Cause::Moved,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Cause::ReadOnly,
            _ => Cause::Other,
        };
        Self::Database { operation, path, cause, source }
    }
}

fn moved(source: &rusqlite::Error) -> bool {
    source.sqlite_extended_error_code() == Some(ffi::SQLITE_READONLY_DBMOVED)
}
