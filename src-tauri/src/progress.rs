//! How far a reclaim has come, on the board; and the wish to stop it.
//!
//! Not here: when stopping is safe.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use plimsoll_core::bytes::Bytes;
use plimsoll_core::panel::Activity;
use plimsoll_core::ports::Progress;

use crate::board::Board;
use crate::desk::{Stops, Wishes};

/// No eye sees more changes of a bar, and each is drawn by another process.
const MOST_OFTEN: Duration = Duration::from_millis(100);

/// Puts progress on the board.
pub(crate) struct Told {
    board: Arc<Board>,
    wishes: Arc<Wishes>,
    /// How many wishes to stop there were when what is going on was asked for.
    asked: AtomicU64,
    last: Mutex<Option<Instant>>,
}

impl Told {
    pub(crate) fn new(board: Arc<Board>, wishes: Arc<Wishes>) -> Self {
        Self { board, wishes, asked: AtomicU64::new(0), last: Mutex::new(None) }
    }

    /// Something that was asked for begins, unless somebody has wished to stop since.
    pub(crate) fn begin(&self, sentence: String, asked: Stops) -> bool {
        self.asked.store(asked, Ordering::SeqCst);
        if !self.cancelled() {
            self.put(Some(Activity { sentence, share: None, stoppable: true }));
        }
        !self.cancelled()
    }

    /// Only a wish from now on stops what is done next.
    pub(crate) fn ready(&self) {
        self.asked.store(self.wishes.stops.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// A request that takes something back was handled.
    pub(crate) fn heeded(&self) {
        self.wishes.withdrawals.fetch_sub(1, Ordering::SeqCst);
    }

    fn put(&self, activity: Option<Activity>) {
        self.board.change(|shown| shown.view.activity = activity);
    }
}

impl Progress for Told {
    fn advanced(&self, what: &str, done: Bytes, total: Bytes) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < MOST_OFTEN) {
            return;
        }
        *last = Some(Instant::now());
        self.put(Some(Activity::of(what, done, total, self.cancelled(), self.board.words())));
    }

    fn cancelled(&self) -> bool {
        self.wishes.stops.load(Ordering::SeqCst) != self.asked.load(Ordering::SeqCst)
    }

    fn ends(&self) -> bool {
        self.wishes.ends.load(Ordering::SeqCst)
    }

    fn withdrawn(&self) -> bool {
        self.wishes.withdrawals.load(Ordering::SeqCst) > 0
    }
}
