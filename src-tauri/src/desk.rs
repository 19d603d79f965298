//! Where the worker is asked.
//!
//! Not here: any answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use plimsoll_core::cadence::Attention;
use plimsoll_core::panel::Note;
use plimsoll_core::panel::chart::{ChartView, Range};
use plimsoll_core::panel::form::{FieldError, Form, FormView};
use plimsoll_core::panel::sheet::SheetView;
use plimsoll_core::reclaim::Level;

/// Answers of the worker; whoever asked may be gone by then.
pub(crate) type Reply<T> = tauri::async_runtime::Sender<Result<T, Note>>;

/// What the worker can be asked for.
pub(crate) enum Request {
    /// Look now.
    Look,
    /// Look now, as for somebody who is about to act.
    LookClosely,
    /// Somebody looks at the panel, or no longer.
    Attend(Attention),
    /// Watch no longer, or again.
    Pause,
    /// A chart of a bundle.
    Chart(String, Range, Reply<ChartView>),
    /// A plan to confirm.
    Sheet(String, Level, Reply<SheetView>),
    /// Carry out the plan of this fingerprint.
    Reclaim(String, Level, String),
    /// Bring a session disk back.
    Undo(String),
    /// Put the last outcome away.
    Dismiss,
    /// The settings as a form; whether the app opens at login is known elsewhere.
    Form(bool, Reply<FormView>),
    /// Save the settings; fields that were found wrong already come with them.
    Save(Form, Vec<FieldError>, Reply<FormView>),
    /// Write what is only in memory and end.
    End(Sender<()>),
}

/// To ask the worker.
#[derive(Clone)]
pub(crate) struct Desk {
    requests: Sender<Request>,
    stop: Arc<AtomicBool>,
}

impl Desk {
    pub(crate) fn new(requests: Sender<Request>, stop: Arc<AtomicBool>) -> Self {
        Self { requests, stop }
    }

    /// A worker that has died for good has been logged; the page says that nobody answers.
    pub(crate) fn ask(&self, request: Request) {
        let _ = self.requests.send(request);
    }

    /// Stops what is going on at its next safe point. A request would wait behind the very thing it should stop.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
