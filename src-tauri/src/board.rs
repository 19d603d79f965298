//! What is shown at the moment, and who is told when that changes.
//!
//! Reads never wait for the worker: they take what is on the board. Not here: how it is found out, and how it is drawn.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plimsoll_core::panel::PanelView;
use plimsoll_core::panel::alerts::Message;
use plimsoll_core::settings::Settings;
use plimsoll_core::words::{Language, Words};

use crate::updates::Errand;

/// What is shown.
#[derive(Clone, PartialEq)]
pub(crate) struct Shown {
    /// The panel; its revision rises with every change.
    pub(crate) view: PanelView,
    /// The settings it was made with.
    pub(crate) settings: Settings,
    /// Every bundle by the id that the page knows: its path and its name.
    pub(crate) known: BTreeMap<String, (PathBuf, String)>,
    /// The language in force.
    pub(crate) language: Language,
}

/// Told of every change, from whatever thread made it.
pub(crate) trait Screen: Send + Sync {
    fn show(&self, shown: &Arc<Shown>);
    /// Sends a notification; how that went is told to the worker.
    fn notify(&self, message: Message);
    /// Takes notifications back: somebody is looking.
    fn withdraw(&self);
    /// Runs an errand to the update feed; its outcome is told to the worker.
    fn send(&self, errand: Errand);
}

/// Holds what is shown.
pub(crate) struct Board {
    shown: Mutex<Arc<Shown>>,
    screen: Box<dyn Screen>,
}

impl Board {
    pub(crate) fn new(language: Language, screen: Box<dyn Screen>) -> Self {
        let view = PanelView::starting(Words::of(language));
        let shown = Shown { view, settings: Settings::default(), known: BTreeMap::new(), language };
        Self { shown: Mutex::new(Arc::new(shown)), screen }
    }

    pub(crate) fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.lock())
    }

    /// The words in force.
    pub(crate) fn words(&self) -> &'static Words {
        Words::of(self.lock().language)
    }

    /// Changes what is shown; nobody is told of a change that changes nothing.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Shown)) {
        let mut current = self.lock();
        let mut next = Shown::clone(&current);
        change(&mut next);
        next.view.revision = current.view.revision;
        if next == **current {
            return;
        }
        next.view.revision = next.view.revision.wrapping_add(1);
        *current = Arc::new(next);
        // Told under the lock, so that changes arrive in the order in which they were made.
        self.screen.show(&current);
    }

    /// Sends a notification.
    pub(crate) fn notify(&self, message: Message) {
        self.screen.notify(message);
    }

    /// Runs an errand to the update feed.
    pub(crate) fn send(&self, errand: Errand) {
        self.screen.send(errand);
    }

    /// Takes notifications back.
    pub(crate) fn withdraw(&self) {
        self.screen.withdraw();
    }

    /// A panic elsewhere leaves the last whole value behind, since values are replaced and never changed in place.
    fn lock(&self) -> MutexGuard<'_, Arc<Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
