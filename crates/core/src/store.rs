//! History and receipts in `SQLite`: written in batches, readable while another process writes.
//!
//! A rollback journal rather than a write-ahead log: readers are kept out for milliseconds a quarter of an hour, and no
//! second and third file have to be made on a disk that is full. Not here: which samples are kept (`history::thin`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OpenFlags, params};
use thiserror::Error;

use crate::bytes::Bytes;
use crate::sample::Sample;
use crate::vm::Liveness;

/// A call of the database that failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database said no.
    #[error("{doing} {}: {source}", path.display())]
    Database {
        /// What was tried.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// The database's answer.
        source: rusqlite::Error,
    },
    /// There is no file to write to.
    #[error("keep history: {0}")]
    MemoryOnly(String),
}

/// A store, and what happened when it was opened.
pub struct Opened {
    /// The store; it works in any case.
    pub store: Store,
    /// Where a damaged history was moved to.
    pub set_aside: Option<PathBuf>,
    /// Why nothing is kept on disk.
    pub memory_only: Option<String>,
}

/// History and receipts.
pub struct Store {
    path: PathBuf,
    database: Result<Connection, String>,
    batch: BTreeMap<String, Vec<Sample>>,
    last_flush: Timestamp,
    last_thinning: Option<Timestamp>,
}

/// An idle watch writes at most this often: four times an hour a disk may wake.
pub const FLUSH_EVERY: SignedDuration = SignedDuration::from_mins(15);
/// Thinning reads everything; once a day keeps a year's file small.
const THIN_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Samples a bundle may have in memory: a day at the fastest usual cadence of a minute.
const BATCH: usize = 1_440;
/// Other processes hold the lock for milliseconds; longer means something is wrong with them.
const PATIENCE: Duration = Duration::from_secs(2);
/// Version of the tables, in `PRAGMA user_version`.
const VERSION: i64 = 1;
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS bundles (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
    CREATE TABLE IF NOT EXISTS samples (
        bundle INTEGER NOT NULL, at INTEGER NOT NULL, allocated INTEGER NOT NULL, system INTEGER NOT NULL,
        session INTEGER NOT NULL, system_inode INTEGER NOT NULL, source_modified INTEGER NOT NULL,
        free INTEGER NOT NULL, total INTEGER NOT NULL, vm INTEGER NOT NULL,
        PRIMARY KEY (bundle, at)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS receipts (id TEXT PRIMARY KEY, at INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = 1;";

enum Refused {
    Damaged,
    Other(String),
}

impl Store {
    /// Opens or makes the history in the state folder. Never fails: a damaged file is set aside, and where nothing can
    /// be written the newest samples stay in memory.
    #[must_use]
    pub fn open(folder: &Path, now: Timestamp) -> Opened {
        let path = folder.join("history.sqlite");
        let mut set_aside = None;
        let mut database = connect(&path);
        if matches!(database, Err(Refused::Damaged)) {
            let kept = folder.join(format!("history.sqlite.corrupt-{}", now.as_second()));
            database = match move_aside(&path, &kept) {
                Ok(()) => {
                    set_aside = Some(kept);
                    connect(&path)
                }
                Err(error) => {
                    Err(Refused::Other(format!("{} is damaged and cannot be moved: {error}", path.display())))
                }
            };
        }
        let database = database.map_err(|refused| match refused {
            Refused::Damaged => format!("{} is damaged", path.display()),
            Refused::Other(why) => why,
        });
        let memory_only = database.as_ref().err().cloned();
        let store = Self { path, database, batch: BTreeMap::new(), last_flush: now, last_thinning: None };
        Opened { store, set_aside, memory_only }
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        self.database.as_ref().map_err(|why| StoreError::MemoryOnly(why.clone()))
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
        let path = self.path.clone();
        move |source| StoreError::Database { doing, path, source }
    }

    /// Remembers a sample until the next flush; of too many the oldest goes.
    pub fn record(&mut self, bundle: &str, sample: Sample) {
        let batch = self.batch.entry(bundle.to_owned()).or_default();
        if batch.len() >= BATCH {
            batch.remove(0);
        }
        batch.push(sample);
    }

    /// Whether it is time to write. A clock that went backwards makes it due.
    #[must_use]
    pub fn flush_due(&self, now: Timestamp) -> bool {
        let since = now.duration_since(self.last_flush);
        since >= FLUSH_EVERY || since.is_negative()
    }

    /// Writes the batch in one transaction, thinning once a day. What cannot be written stays in memory, and the next
    /// try waits as long as after a success.
    pub fn flush(&mut self, now: Timestamp, thin: impl Fn(&[Sample]) -> Vec<Sample>) -> Result<(), StoreError> {
        self.last_flush = now;
        if self.batch.is_empty() {
            return Ok(());
        }
        let thins = self.last_thinning.is_none_or(|last| now.duration_since(last).abs() >= THIN_EVERY);
        let path = self.path.clone();
        let failed = |source| StoreError::Database { doing: "write the history", path, source };
        let database = self.database.as_mut().map_err(|why| StoreError::MemoryOnly(why.clone()))?;
        write(database, &self.batch, thins.then_some(&thin)).map_err(failed)?;
        self.batch.clear();
        if thins {
            self.last_thinning = Some(now);
        }
        Ok(())
    }

    /// Samples of a bundle from `since` on, those in memory among them, in order of time.
    pub fn samples(&self, bundle: &str, since: Timestamp) -> Result<Vec<Sample>, StoreError> {
        let mut samples = match self.connection() {
            Ok(database) => read(database, bundle, since).map_err(self.failed("read the history"))?,
            Err(_) => Vec::new(),
        };
        let fresh = self.batch.get(bundle).into_iter().flatten();
        samples.extend(fresh.filter(|sample| sample.at >= since).cloned());
        samples.sort_by_key(|sample| sample.at);
        Ok(samples)
    }

    /// Keeps a receipt; one that is kept already stays as it is.
    pub fn add_receipt(&mut self, id: &str, at: Timestamp, json: &str) -> Result<(), StoreError> {
        let insert = "INSERT OR IGNORE INTO receipts (id, at, json) VALUES (?1, ?2, ?3)";
        let failed = self.failed("keep the receipt");
        self.connection()?.execute(insert, params![id, at.as_millisecond(), json]).map(drop).map_err(failed)
    }

    /// All receipts as they were kept, the newest first.
    pub fn receipts(&self) -> Result<Vec<String>, StoreError> {
        let select = || -> rusqlite::Result<Vec<String>> {
            let Ok(database) = &self.database else { return Ok(Vec::new()) };
            let mut statement = database.prepare("SELECT json FROM receipts ORDER BY at DESC, id DESC")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        select().map_err(self.failed("read the receipts"))
    }
}

fn connect(path: &Path) -> Result<Connection, Refused> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let refused = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => Refused::Damaged,
        _ => Refused::Other(format!("{} cannot be opened: {error}", path.display())),
    };
    let database = Connection::open_with_flags(path, flags).map_err(refused)?;
    database.busy_timeout(PATIENCE).map_err(refused)?;
    let version: i64 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(refused)?;
    if version > VERSION {
        let why = format!("{} was written by a newer Plimsoll and is left as it is", path.display());
        return Err(Refused::Other(why));
    }
    let sound: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(refused)?;
    if sound != "ok" {
        return Err(Refused::Damaged);
    }
    if version < VERSION {
        database.execute_batch(TABLES).map_err(refused)?;
    }
    Ok(database)
}

#[expect(clippy::disallowed_methods, reason = "the store owns its file")]
fn move_aside(path: &Path, kept: &Path) -> std::io::Result<()> {
    std::fs::rename(path, kept)
}

fn write(
    database: &mut Connection,
    batch: &BTreeMap<String, Vec<Sample>>,
    thin: Option<&impl Fn(&[Sample]) -> Vec<Sample>>,
) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    for (bundle, samples) in batch {
        transaction.execute("INSERT OR IGNORE INTO bundles (path) VALUES (?1)", [bundle])?;
        insert(&transaction, bundle, samples)?;
        if let Some(thin) = thin {
            let all = read(&transaction, bundle, Timestamp::MIN)?;
            let kept = thin(&all);
            if kept.len() < all.len() {
                transaction
                    .execute("DELETE FROM samples WHERE bundle = (SELECT id FROM bundles WHERE path = ?1)", [bundle])?;
                insert(&transaction, bundle, &kept)?;
            }
        }
    }
    transaction.commit()
}

fn insert(database: &Connection, bundle: &str, samples: &[Sample]) -> rusqlite::Result<()> {
    let id: i64 = database.query_row("SELECT id FROM bundles WHERE path = ?1", [bundle], |row| row.get(0))?;
    let mut statement = database.prepare_cached(
        "INSERT OR REPLACE INTO samples (bundle, at, allocated, system, session, system_inode, source_modified, free, \
         total, vm) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for sample in samples {
        statement.execute(params![
            id,
            sample.at.as_millisecond(),
            sample.allocated.0.cast_signed(),
            sample.system.0.cast_signed(),
            sample.session.0.cast_signed(),
            sample.system_inode.cast_signed(),
            sample.source_modified,
            sample.free.0.cast_signed(),
            sample.total.0.cast_signed(),
            match sample.vm {
                Liveness::Stopped => 0,
                Liveness::Running => 1,
                Liveness::Unknown => 2,
            },
        ])?;
    }
    Ok(())
}

fn read(database: &Connection, bundle: &str, since: Timestamp) -> rusqlite::Result<Vec<Sample>> {
    let mut statement = database.prepare_cached(
        "SELECT at, allocated, system, session, system_inode, source_modified, free, total, vm FROM samples \
         WHERE bundle = (SELECT id FROM bundles WHERE path = ?1) AND at >= ?2 ORDER BY at",
    )?;
    let rows = statement.query_map(params![bundle, since.as_millisecond()], |row| {
        let bytes = |index| row.get::<_, i64>(index).map(|value| Bytes(value.cast_unsigned()));
        Ok(Sample {
            at: Timestamp::from_millisecond(row.get(0)?).unwrap_or(Timestamp::MIN),
            allocated: bytes(1)?,
            system: bytes(2)?,
            session: bytes(3)?,
            system_inode: row.get::<_, i64>(4)?.cast_unsigned(),
            source_modified: row.get(5)?,
            free: bytes(6)?,
            total: bytes(7)?,
            vm: match row.get::<_, i64>(8)? {
                0 => Liveness::Stopped,
                1 => Liveness::Running,
                _ => Liveness::Unknown,
            },
        })
    })?;
    rows.collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests;
