//! Where the worker is asked.
//!
//! Not here: any answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use plimsoll_core::alert::Snooze;
use plimsoll_core::alert::delivery::Permission;
use plimsoll_core::cadence::Attention;
use plimsoll_core::panel::Note;
use plimsoll_core::panel::chart::{ChartView, Range};
use plimsoll_core::panel::form::{FieldError, Form, FormView};
use plimsoll_core::panel::sheet::SheetView;
use plimsoll_core::reclaim::Level;

use crate::updates::Step;

/// Answers of the worker; whoever asked may be gone by then.
pub(crate) type Reply<T> = tauri::async_runtime::Sender<Result<T, Note>>;

/// How often somebody has wished to stop. A number that rises, and no flag: a flag would have to be put down again, and
/// a wish could be lost with it.
pub(crate) type Stops = u64;

/// What the worker can be asked for.
pub(crate) enum Request {
    /// Look now.
    Look,
    /// Look now, as for somebody who is about to act.
    #[cfg(target_os = "linux")]
    LookClosely,
    /// Somebody looks at the panel, or no longer.
    Attend(Attention),
    /// Watch no longer, or again.
    Pause,
    /// A chart of a bundle.
    Chart(String, Range, Reply<ChartView>),
    /// A plan to confirm.
    Sheet(String, Level, Reply<SheetView>),
    /// Carry out the plan of this fingerprint, unless somebody has wished to stop since.
    Reclaim(String, Level, String, Stops),
    /// Carry it out once the VM has stopped, if what is lost is what was agreed to.
    Arm(String, Level, String),
    /// Do not, after all.
    Disarm(String),
    /// Silence an alert.
    Snooze(String, Snooze),
    /// How sending a notification went.
    Sent(Permission),
    /// Bring a session disk back, unless somebody has wished to stop since.
    Undo(String, Stops),
    /// Something about new versions.
    Update(Step),
    /// Put the last outcome away.
    Dismiss,
    /// The settings as a form; whether the app opens at login is known elsewhere.
    Form(bool, Reply<FormView>),
    /// Save the settings; fields that were found wrong already come with them.
    Save(Box<Form>, Vec<FieldError>, Reply<FormView>),
    /// Look in this folder as well, which somebody has chosen.
    AddRoot(PathBuf, Reply<()>),
    /// Write what is only in memory and end.
    End(Sender<()>),
}

/// To ask the worker.
#[derive(Clone)]
pub(crate) struct Desk {
    requests: Sender<Request>,
    wishes: Arc<Wishes>,
}

/// What must be known before its turn comes, since the worker may be about to begin something by itself.
#[derive(Default)]
pub(crate) struct Wishes {
    /// How often somebody has wished to stop.
    pub(crate) stops: AtomicU64,
    /// Requests under way that take something back or change what may be done.
    pub(crate) withdrawals: AtomicU64,
    /// The app ends.
    pub(crate) ends: AtomicBool,
}

impl Request {
    /// Whether nothing may be begun by itself before this was handled.
    pub(crate) const fn withdraws(&self) -> bool {
        matches!(self, Self::Disarm(_) | Self::Pause | Self::Save(..) | Self::End(_))
    }
}

impl Desk {
    pub(crate) fn new(requests: Sender<Request>, wishes: Arc<Wishes>) -> Self {
        Self { requests, wishes }
    }

    /// A worker that has died for good has been logged; the page says that nobody answers.
    pub(crate) fn ask(&self, request: Request) {
        if request.withdraws() {
            self.wishes.withdrawals.fetch_add(1, Ordering::SeqCst);
        }
        let _ = self.requests.send(request);
    }

    /// Asks for a plan to be carried out.
    pub(crate) fn reclaim(&self, bundle: String, level: Level, fingerprint: String) {
        self.ask(Request::Reclaim(bundle, level, fingerprint, self.stops()));
    }

    /// Asks for a session disk to be brought back.
    pub(crate) fn undo(&self, copy: String) {
        self.ask(Request::Undo(copy, self.stops()));
    }

    /// Stops what is going on at its next safe point, and whatever waits behind it. A request would wait there, too.
    pub(crate) fn stop(&self) {
        self.wishes.stops.fetch_add(1, Ordering::SeqCst);
    }

    /// Stops what is going on because the app ends.
    pub(crate) fn end(&self) {
        self.wishes.ends.store(true, Ordering::SeqCst);
        self.stop();
    }

    fn stops(&self) -> Stops {
        self.wishes.stops.load(Ordering::SeqCst)
    }
}
