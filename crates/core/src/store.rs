//! History, receipts and what stands: gathered in memory, written to `SQLite` in batches, readable while another process
//! writes.
//!
//! Not here: which samples are worth keeping (`history::thin`), what a receipt says (`reclaim::report`), what time it
//! is. Nothing is ever deleted but samples that thinning leaves out: a damaged file is moved aside, and while nothing
//! can be written the newest samples and receipts wait in memory.

mod batch;
mod database;
mod error;
pub(crate) mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::sample::Sample;
use batch::{Batch, PendingReceipt};
use database::Database;
pub use error::{Cause, StoreError};

/// Samples are written at most this often. One flush is a few pages and three `fsync`s: four in an hour let a disk
/// sleep, and a crash costs at most a quarter of an hour of samples, as many as an idle machine takes in that time: one.
pub const FLUSH_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// Name of the file in the state folder.
const FILE: &str = "history.sqlite";

/// History and receipts, on disk where that can be, in memory until then.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    /// None while the file cannot be used; every write tries to open it again.
    database: Option<Database>,
    batch: Batch,
    /// Last flush, whether or not it worked.
    tried: Timestamp,
}

/// A store, and what its user should be told about it.
#[derive(Debug)]
pub struct Opened {
    /// The store; it works in any case.
    pub store: Store,
    /// Where a damaged history was moved to; a new one was begun.
    pub set_aside: Option<PathBuf>,
    /// Why nothing can be written for now. Completes "failed to …".
    pub memory_only: Option<StoreError>,
}

impl Store {
    /// Opens or begins the history in the state folder `dir`. Never fails.
    ///
    /// A damaged file is renamed to `history.sqlite.corrupt-<unix time>` and a new one begun. Where that is not
    /// possible, or the file is of a newer version, is not a regular file, or cannot be written, it is left as it is
    /// and the store keeps what it can in memory. A full volume is no reason against a file that is there already.
    #[must_use]
    pub fn open(dir: &Path, now: Timestamp) -> Opened {
        let path = dir.join(FILE);
        let (mut database, mut set_aside) = (Database::open(&path), None);
        if matches!(database, Err(StoreError::Damaged { .. })) {
            database = files::move_aside(&path, "corrupt", now)
                .map_err(|source| StoreError::Io { operation: "set aside the damaged", path: path.clone(), source })
                .and_then(|kept| {
                    set_aside = Some(kept);
                    Database::open(&path)
                });
        }
        let (database, memory_only) = match database {
            Ok(database) => {
                let obstacle = database.obstacle();
                (Some(database), obstacle)
            }
            Err(error) => (None, Some(error)),
        };
        Opened { store: Self { path, database, batch: Batch::default(), tried: now }, set_aside, memory_only }
    }

    /// Remembers a sample until the next flush; when too many wait, the oldest goes. Time is kept in milliseconds, and
    /// of two samples of a bundle at one instant the later one counts.
    pub fn record(&mut self, bundle: &str, sample: Sample) {
        self.batch.record(bundle, sample);
    }

    /// Whether something waits and [`FLUSH_EVERY`] has passed since the last try, in either direction: a clock that
    /// was set back must not stop history for as long as it was ahead.
    #[must_use]
    pub fn flush_due(&self, now: Timestamp) -> bool {
        !self.batch.is_empty() && now.duration_since(self.tried).abs() >= FLUSH_EVERY
    }

    /// Writes what waits, in one transaction that also thins every bundle's samples when that was not done for a day.
    /// Does nothing when nothing waits. After an error all of it still waits, and a later call tries again.
    pub fn flush(&mut self, now: Timestamp, thin: impl Fn(&[Sample]) -> Vec<Sample>) -> Result<(), StoreError> {
        self.tried = now;
        self.write(|database, batch| database.write_and_thin(batch, now, thin))
    }

    /// Samples of a bundle not older than `since`, on disk and in memory, in order of time.
    pub fn samples(&self, bundle: &str, since: Timestamp) -> Result<Vec<Sample>, StoreError> {
        let kept = self.database.as_ref().map_or(Ok(Vec::new()), |database| database.samples(bundle, since))?;
        let waiting = self.batch.samples(bundle, since);
        let merged: BTreeMap<Timestamp, Sample> =
            kept.into_iter().chain(waiting.cloned()).map(|sample| (sample.at, sample)).collect();
        Ok(merged.into_values().collect())
    }

    /// Bundles that have samples, sorted.
    pub fn bundles(&self) -> Result<Vec<String>, StoreError> {
        let kept = self.database.as_ref().map_or(Ok(Vec::new()), Database::bundles)?;
        let waiting = self.batch.bundles().map(str::to_owned);
        let merged: BTreeSet<String> = kept.into_iter().chain(waiting).collect();
        Ok(merged.into_iter().collect())
    }

    /// Keeps a receipt at once, with all that waits; one already kept under that name stays as it is. After an error it
    /// waits in memory and is written by a later flush, which is no promise: the process may end before.
    pub fn add_receipt(&mut self, id: &str, at: Timestamp, json: &str) -> Result<(), StoreError> {
        self.batch.add_receipt(PendingReceipt { id: id.to_owned(), at: at.as_millisecond(), json: json.to_owned() });
        self.write(Database::write)
    }

    /// All receipts as they were given, on disk and in memory, newest first.
    pub fn receipts(&self) -> Result<Vec<String>, StoreError> {
        let mut receipts = self.database.as_ref().map_or(Ok(Vec::new()), Database::receipts)?;
        for waiting in self.batch.receipts() {
            if !receipts.iter().any(|kept| kept.id == waiting.id) {
                receipts.push(waiting.clone());
            }
        }
        receipts.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
        Ok(receipts.into_iter().map(|receipt| receipt.json).collect())
    }

    /// Whether what was written before is at hand: a file that is there and cannot be used holds what nobody knows.
    #[must_use]
    pub fn knows_the_past(&self) -> bool {
        self.database.is_some() || matches!(self.path.try_exists(), Ok(false))
    }

    /// Keeps a small text under a name at once, in place of the one before; what stands between two starts of the
    /// program. After an error it waits in memory like a receipt.
    pub fn keep(&mut self, name: &str, text: &str) -> Result<(), StoreError> {
        self.batch.keep(name, text);
        self.write(Database::write)
    }

    /// The text kept under a name, on disk or in memory.
    pub fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        match (self.batch.kept(name), &self.database) {
            (Some(text), _) => Ok(Some(text.to_owned())),
            (None, Some(database)) => database.kept(name),
            (None, None) => Ok(None),
        }
    }

    /// The file that is written to, as it is on the disk: what another process has kept shows there.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write(&mut self, write: impl FnOnce(&mut Database, &Batch) -> Result<(), StoreError>) -> Result<(), StoreError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        // A store that began on a full disk gets its file here, once a reclaim has made room.
        let database = match self.database.take() {
            Some(database) => database,
            None => Database::open(&self.path)?,
        };
        let written = write(self.database.insert(database), &self.batch);
        match &written {
            Ok(()) => self.batch = Batch::default(),
            // The file behind the connection is no longer the one at the path: the next try opens that one.
            Err(StoreError::Database { cause: Cause::Moved, .. }) => self.database = None,
            Err(_) => {}
        }
        written
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests;
