//! New versions, as far as the worker has a part: it keeps what is known, sends for what is to be asked, and puts a new
//! version in place while no reclaim can run.
//!
//! Not here: when that is (`plimsoll_core::updates`), and every connection (`crate::updates`).

use plimsoll_core::panel::updates::{UpdateView, update_view};
use plimsoll_core::updates::{KEPT, Trouble, Wish};

use super::{Next, Worker};
use crate::updates::{Errand, Package, Step};

impl Worker<'_> {
    pub(super) fn update(&mut self, step: Step) -> Next {
        let now = self.yard.clock.now();
        match step {
            Step::Wish(Wish::Ask) => {
                if self.updates.ask(now) {
                    self.board.send(Errand::Ask);
                }
            }
            Step::Wish(Wish::Install { version }) => {
                if self.updates.fetch(&version) {
                    self.board.send(Errand::Fetch(version));
                }
            }
            Step::Wish(Wish::Later) => self.updates.decline(),
            Step::Heard(answer) => {
                self.updates.heard(now, answer);
                log::info!("newer than {}: {}", self.updates.own(), self.updates.found().unwrap_or("nothing"));
            }
            Step::Fetched(package) => {
                let outcome = package.and_then(|package| self.place(package));
                log::info!(
                    "new version: {}",
                    outcome.as_ref().map_or_else(ToString::to_string, |()| "in place".into())
                );
                self.updates.placed(now, outcome);
            }
        }
        if let Err(error) = self.keep_updates() {
            log::warn!("what is known of new versions is not kept: failed to {error}");
        }
        let update = self.update_view();
        self.board.change(|shown| shown.view.update = update);
        Next::AsPlanned
    }

    /// Asks the feed when the user wants that and a week has passed.
    pub(super) fn ask_when_due(&mut self) {
        let now = self.yard.clock.now();
        if !self.updates.is_due(self.monitor.settings().check_for_updates, now) {
            return;
        }
        let before = self.updates.clone();
        if !self.updates.ask(now) {
            return;
        }
        // Kept before it is asked: what cannot be kept would be asked again at every start.
        match self.keep_updates() {
            Ok(()) => self.board.send(Errand::Ask),
            Err(error) => {
                log::warn!("no new version is asked for, since that cannot be kept: failed to {error}");
                self.updates = before;
            }
        }
    }

    fn keep_updates(&mut self) -> Result<(), plimsoll_core::store::StoreError> {
        self.monitor.keep_text(KEPT, &self.updates.to_keep())
    }

    /// Under the lock of a reclaim, so that neither ours nor the command line's runs meanwhile.
    fn place(&self, package: Package) -> Result<(), Trouble> {
        let lock = self.outside.disk.claim(&self.yard.lock_path());
        match lock.map_err(|error| Trouble::NotPlaced(format!("failed to {error}")))? {
            Some(_held) => package(),
            None => Err(Trouble::Busy),
        }
    }

    pub(super) fn update_view(&self) -> UpdateView {
        update_view(&self.updates, self.yard.clock.now(), &jiff::tz::TimeZone::system(), self.words())
    }
}
