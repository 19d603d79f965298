//! The `SQLite` file: its tables, and the statements that read and write them.
//!
//! A rollback journal, not a write-ahead log: reading must work on a volume with no byte free, where a log's shared
//! memory cannot be made, and from a read-only folder. Readers go on while a transaction is being filled and wait only
//! for the milliseconds of its commit. Not here: what is written when (`store`), and what is done about a damaged file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OpenFlags, Row, Transaction, TransactionBehavior, params};

use super::batch::{Batch, PendingReceipt};
use super::{StoreError, files};
use crate::bytes::Bytes;
use crate::sample::{GuestFree, Sample};
use crate::vm::Liveness;

/// Format of the file, in `PRAGMA user_version`; raised when its tables change; an older Plimsoll
/// leaves a newer file alone.
pub(super) const VERSION: i64 = 2;

/// Thinning reads all samples; once a day is enough to keep a year's file small.
const THIN_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Another process holds the lock for milliseconds, a disk just woken for a second or two; whoever holds it longer hangs.
const PATIENCE: Duration = Duration::from_secs(3);

/// Bundle paths have a table of their own, so that a sample takes about 55 bytes and not 140, its key included.
/// Unsigned numbers are kept as the signed ones of the same bits: inode numbers may use all 64.
const TABLES: &str = "
    CREATE TABLE bundles (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE samples (
        bundle INTEGER NOT NULL, at INTEGER NOT NULL, allocated INTEGER NOT NULL, system INTEGER NOT NULL,
        session INTEGER NOT NULL, system_inode INTEGER NOT NULL, source_modified INTEGER NOT NULL,
        free INTEGER NOT NULL, total INTEGER NOT NULL, vm INTEGER NOT NULL,
        system_guest_free INTEGER, session_guest_free INTEGER,
        PRIMARY KEY (bundle, at)) STRICT, WITHOUT ROWID;
    CREATE TABLE receipts (id TEXT PRIMARY KEY, at INTEGER NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE upkeep (id INTEGER PRIMARY KEY CHECK (id = 1), thinned INTEGER NOT NULL) STRICT;";

/// What format 1 lacks. The columns come last, as they do in [`TABLES`].
const FROM_1: &str = "
    ALTER TABLE samples ADD COLUMN system_guest_free INTEGER;
    ALTER TABLE samples ADD COLUMN session_guest_free INTEGER;";

/// Came later than the other tables, and an older Plimsoll does without it: no reason for another version of the file.
const KEPT: &str = "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID";

const INSERT: &str = "INSERT OR REPLACE INTO samples (bundle, at, allocated, system, session, system_inode, \
    source_modified, free, total, vm, system_guest_free, session_guest_free) \
    VALUES ((SELECT id FROM bundles WHERE path = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

const SELECT: &str = "SELECT at, allocated, system, session, system_inode, source_modified, free, total, vm, \
    system_guest_free, session_guest_free FROM samples \
    WHERE bundle = (SELECT id FROM bundles WHERE path = ?1) AND at >= ?2 ORDER BY at";

/// The same from a file of format 1.
const SELECT_1: &str = "SELECT at, allocated, system, session, system_inode, source_modified, free, total, vm, \
    NULL, NULL FROM samples \
    WHERE bundle = (SELECT id FROM bundles WHERE path = ?1) AND at >= ?2 ORDER BY at";

/// An open history file of a known format.
#[derive(Debug)]
pub(super) struct Database {
    path: PathBuf,
    connection: Connection,
}

impl Database {
    /// Opens the file, or begins one where there is none; a file that is there is checked as a whole and not written.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let path = files::settle(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let failed = |source| StoreError::of_database("open", &path, source);
        files::begin_private(&path);
        let mut connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        let found = version(&connection).map_err(failed)?;
        if found > VERSION {
            return Err(StoreError::Newer { path, found, known: VERSION });
        }
        // Truncating spares making and removing a file at every commit, and needs no leave to do so in the folder.
        connection.pragma_update(None, "journal_mode", "TRUNCATE").map_err(failed)?;
        // Without it macOS lets the drive keep in its memory what it was told to write (fcntl(2), F_FULLFSYNC); the file
        // is written a few times an hour. Elsewhere it changes nothing.
        connection.pragma_update(None, "fullfsync", true).map_err(failed)?;
        if found == 0 {
            begin(&mut connection).map_err(failed)?;
        }
        if let Some(reason) = fault(&connection).map_err(failed)? {
            return Err(StoreError::Damaged { path, reason });
        }
        Ok(Self { path, connection })
    }

    /// Why this file can be read but not written, as far as that is known without writing.
    pub(super) fn obstacle(&self) -> Option<StoreError> {
        let read_only = self.connection.is_readonly("main").unwrap_or(false);
        let refusal =
            || rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY), None);
        let file = read_only.then(|| self.failed("write", refusal()));
        file.or_else(|| files::journal_obstacle(&self.path))
    }

    /// Adds the batch in one transaction.
    pub(super) fn write(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.transact(|transaction| insert(transaction, batch))
    }

    /// Adds the batch in one transaction, and thins every bundle in it when that was last done a day ago.
    pub(super) fn write_and_thin(
        &mut self,
        batch: &Batch,
        now: Timestamp,
        thin: impl Fn(&[Sample]) -> Vec<Sample>,
    ) -> Result<(), StoreError> {
        self.transact(|transaction| {
            insert(transaction, batch)?;
            if thinning_due(transaction, now)? {
                thin_all(transaction, thin)?;
                let mark = "INSERT OR REPLACE INTO upkeep (id, thinned) VALUES (1, ?1)";
                transaction.execute(mark, [now.as_millisecond()])?;
            }
            Ok(())
        })
    }

    /// Samples of a bundle not older than `since`, in order of time.
    pub(super) fn samples(&self, bundle: &str, since: Timestamp) -> Result<Vec<Sample>, StoreError> {
        select(&self.connection, bundle, since).map_err(|source| self.failed("read", source))
    }

    /// Bundles that have samples.
    pub(super) fn bundles(&self) -> Result<Vec<String>, StoreError> {
        bundles(&self.connection).map_err(|source| self.failed("read", source))
    }

    /// All receipts, in no order.
    pub(super) fn receipts(&self) -> Result<Vec<PendingReceipt>, StoreError> {
        let select = || -> rusqlite::Result<Vec<PendingReceipt>> {
            let mut statement = self.connection.prepare_cached("SELECT id, at, json FROM receipts")?;
            let receipt = |row: &Row<'_>| Ok(PendingReceipt { id: row.get(0)?, at: row.get(1)?, json: row.get(2)? });
            statement.query_map([], receipt)?.collect()
        };
        select().map_err(|source| self.failed("read", source))
    }

    /// The text kept under a name.
    pub(super) fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        let select = || -> rusqlite::Result<Option<String>> {
            let there = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'kept'";
            if self.connection.query_row(there, [], |row| row.get::<_, i64>(0))? == 0 {
                return Ok(None);
            }
            let mut statement = self.connection.prepare_cached("SELECT text FROM kept WHERE name = ?1")?;
            statement.query_map([name], |row| row.get(0))?.next().transpose()
        };
        select().map_err(|source| self.failed("read", source))
    }

    /// Takes the write lock at once, since a lock asked for half-way is refused without waiting. Dropping the
    /// transaction after an error rolls it back.
    fn transact(&mut self, fill: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let written = transaction.and_then(|transaction| {
            advance(&transaction)?;
            fill(&transaction)?;
            transaction.commit()
        });
        written.map_err(|source| self.failed("write", source))
    }

    fn failed(&self, operation: &'static str, source: rusqlite::Error) -> StoreError {
        StoreError::of_database(operation, &self.path, source)
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Makes the tables unless another process did so meanwhile. Tables of no version are somebody else's: see [`fault`].
fn begin(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()
}

/// Brings an older file to [`VERSION`], with the first thing that is written to it and not before: a file on a full or
/// read-only disk is read as it is.
fn advance(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    if version(transaction)? == 1 {
        transaction.execute_batch(FROM_1)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(())
}

/// How samples are read from a file of that format.
const fn selection(version: i64) -> &'static str {
    if version == 1 { SELECT_1 } else { SELECT }
}

/// What is wrong with the file as a whole, if anything. Reads all of it, which for a year is about 0.3 MB.
fn fault(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let version = version(connection)?;
    if !(1..=VERSION).contains(&version) {
        return Ok(Some("its tables are not a history's".to_owned()));
    }
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Ok(Some(check));
    }
    let (receipts, upkeep) = ("SELECT id, at, json FROM receipts", "SELECT id, thinned FROM upkeep");
    // What is written to an older file is tried once it has been brought forward.
    let insert = (version == VERSION).then_some(INSERT);
    let statements = [selection(version), receipts, upkeep];
    let misfit = statements.into_iter().chain(insert).find_map(|statement| connection.prepare(statement).err());
    misfit.map_or(Ok(None), |error| match (&error, error.sqlite_error_code()) {
        // SQLite's word for a missing table or column, with the place in the statement or without.
        (rusqlite::Error::SqlInputError { .. }, _) | (_, Some(rusqlite::ErrorCode::Unknown)) => {
            Ok(Some(error.to_string()))
        }
        _ => Err(error),
    })
}

fn insert(transaction: &Transaction<'_>, batch: &Batch) -> rusqlite::Result<()> {
    for bundle in batch.bundles() {
        // Looked for first: a conflict that is ignored uses up no number, but it is a write all the same.
        let name = "INSERT INTO bundles (path) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM bundles WHERE path = ?1)";
        transaction.prepare_cached(name)?.execute([bundle])?;
    }
    let mut statement = transaction.prepare_cached(INSERT)?;
    for (bundle, sample) in batch.all() {
        statement.execute(params![
            bundle,
            sample.at.as_millisecond(),
            sample.allocated.0.cast_signed(),
            sample.system.0.cast_signed(),
            sample.session.0.cast_signed(),
            sample.system_inode.cast_signed(),
            sample.source_modified,
            sample.free.0.cast_signed(),
            sample.total.0.cast_signed(),
            liveness_code(sample.vm),
            sample.guest_free.system.map(|bytes| bytes.0.cast_signed()),
            sample.guest_free.session.map(|bytes| bytes.0.cast_signed()),
        ])?;
    }
    for receipt in batch.receipts() {
        let keep = "INSERT OR IGNORE INTO receipts (id, at, json) VALUES (?1, ?2, ?3)";
        transaction.prepare_cached(keep)?.execute(params![receipt.id, receipt.at, receipt.json])?;
    }
    let mut kept = batch.all_kept().peekable();
    if kept.peek().is_some() {
        transaction.execute_batch(KEPT)?;
        let mut statement = transaction.prepare_cached("INSERT OR REPLACE INTO kept (name, text) VALUES (?1, ?2)")?;
        for (name, text) in kept {
            statement.execute(params![name, text])?;
        }
    }
    Ok(())
}

fn thinning_due(connection: &Connection, now: Timestamp) -> rusqlite::Result<bool> {
    let last: Option<i64> = connection.query_row("SELECT max(thinned) FROM upkeep", [], |row| row.get(0))?;
    let passed = last.map(|last| now.as_millisecond().saturating_sub(last).saturating_abs());
    Ok(passed.is_none_or(|passed| i128::from(passed) >= THIN_EVERY.as_millis()))
}

/// Removes what `thin` leaves out, row by row: most rows stay, and their pages are not written.
fn thin_all(transaction: &Transaction<'_>, thin: impl Fn(&[Sample]) -> Vec<Sample>) -> rusqlite::Result<()> {
    let remove = "DELETE FROM samples WHERE bundle = (SELECT id FROM bundles WHERE path = ?1) AND at = ?2";
    let mut statement = transaction.prepare_cached(remove)?;
    for bundle in bundles(transaction)? {
        let samples = select(transaction, &bundle, Timestamp::MIN)?;
        let kept: BTreeSet<Timestamp> = thin(&samples).iter().map(|sample| sample.at).collect();
        for sample in samples.iter().filter(|sample| !kept.contains(&sample.at)) {
            statement.execute(params![bundle, sample.at.as_millisecond()])?;
        }
    }
    Ok(())
}

fn bundles(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT path FROM bundles ORDER BY path")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn select(connection: &Connection, bundle: &str, since: Timestamp) -> rusqlite::Result<Vec<Sample>> {
    // Another process may have brought the file forward since.
    let mut statement = connection.prepare_cached(selection(version(connection)?))?;
    statement.query_map(params![bundle, since.as_millisecond()], sample)?.collect()
}

/// One row of [`SELECT`].
fn sample(row: &Row<'_>) -> rusqlite::Result<Sample> {
    let unsigned = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let known = |column| row.get::<_, Option<i64>>(column).map(|bytes| bytes.map(|it| Bytes(it.cast_unsigned())));
    let at = Timestamp::from_millisecond(row.get(0)?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Integer, Box::new(error)))?;
    Ok(Sample {
        at,
        allocated: Bytes(unsigned(1)?),
        system: Bytes(unsigned(2)?),
        session: Bytes(unsigned(3)?),
        system_inode: unsigned(4)?,
        source_modified: row.get(5)?,
        free: Bytes(unsigned(6)?),
        total: Bytes(unsigned(7)?),
        vm: liveness(row.get(8)?),
        guest_free: GuestFree { system: known(9)?, session: known(10)? },
    })
}

fn liveness_code(vm: Liveness) -> i64 {
    match vm {
        Liveness::Stopped => 0,
        Liveness::Running => 1,
        Liveness::Unknown => 2,
    }
}

/// Inverse of [`liveness_code`]; a code that is not known says nothing.
fn liveness(code: i64) -> Liveness {
    match code {
        0 => Liveness::Stopped,
        1 => Liveness::Running,
        _ => Liveness::Unknown,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests;
