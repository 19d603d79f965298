//! Saying what is to be said, and doing what is to be done, by itself.
//!
//! Not here: when that is (`plimsoll_core::alert` and `policy`), the words, and how notifications are sent.

use plimsoll_core::alert::Snooze;
use plimsoll_core::alert::delivery::{Permission, Way, way};
use plimsoll_core::monitor::{MonitorError, Prospect};
use plimsoll_core::notice;
use plimsoll_core::notice::alerts::Voice;
use plimsoll_core::panel::alerts::{self, Message};
use plimsoll_core::panel::{Note, Outcome, view};
use plimsoll_core::policy::Loss;
use plimsoll_core::reclaim::Level;
use plimsoll_core::reclaim::journal::JournalError;
use plimsoll_core::reclaim::plan::SourceCheck;
use plimsoll_core::reclaim::refusal::Refusal;

use super::{Next, Worker};
use crate::awake::Awake;

impl Worker<'_> {
    /// Says what the last look found to be said.
    pub(super) fn say(&mut self) {
        let fresh = self.monitor.fresh_alerts();
        let zone = jiff::tz::TimeZone::system();
        for alert in &fresh {
            log::info!("{}: {}. {}", alert.severity.name(), alert.title, alert.sentence);
            let voice = Voice { now: self.yard.clock.now(), zone: &zone, words: self.words() };
            self.send(alerts::message(alert, voice));
        }
    }

    /// Says how it went to somebody who has asked for it from the menu and sees no panel.
    pub(super) fn say_outcome(&mut self, outcome: &Outcome) {
        let wanted = self.monitor.settings().notifications;
        if way(self.standing.attention, wanted, &Permission::Granted) != Way::Notification {
            return;
        }
        self.board.notify(Message {
            id: "outcome".to_owned(),
            title: outcome.title.clone(),
            body: outcome.lines.join(" "),
            buttons: Vec::new(),
            open: self.words().text("app-notify-open"),
            urgent: false,
        });
    }

    fn send(&mut self, message: Message) {
        let wanted = self.monitor.settings().notifications;
        // A service that failed may be there by now: only sending tells.
        let way = way(self.standing.attention, wanted, &Permission::Granted);
        self.standing.unsaid |= way.needs_icon();
        if way == Way::Notification {
            self.board.notify(message);
        }
    }

    /// How a notification went.
    pub(super) fn sent(&mut self, permission: Permission) {
        self.standing.unsaid |= permission != Permission::Granted;
        self.standing.permission = permission;
        let (unsaid, note) = (self.standing.unsaid, self.silence());
        self.board.change(|shown| {
            shown.view.unsaid = unsaid;
            if let Some(note) = note.filter(|note| !shown.view.notices.contains(note)) {
                shown.view.notices.push(note);
            }
        });
    }

    /// Why alerts stand only on the panel, while some do.
    pub(super) fn silence(&self) -> Option<Note> {
        let words = self.words();
        let wanted = self.monitor.settings().notifications;
        let plain = |sentence: String| Note { sentence, hint: String::new() };
        if self.alerts.is_empty() && !self.standing.unsaid {
            return None;
        }
        match &self.standing.permission {
            _ if !wanted => Some(plain(words.text("notify-off"))),
            Permission::Granted => None,
            Permission::Refused => {
                Some(Note { sentence: words.text("notify-refused"), hint: words.text("notify-refused-hint") })
            }
            Permission::Failed(why) => Some(plain(words.say("notify-failed", &[("why", why)]))),
        }
    }

    /// Somebody looks: what was sent is not needed any more.
    pub(super) fn seen(&mut self) {
        self.standing.unsaid = false;
        self.board.withdraw();
    }

    /// Finishes or undoes what was cut off, and says so.
    pub(super) fn recover(&mut self) {
        match self.monitor.recover() {
            Ok(None) => {}
            Ok(Some(recovered)) => {
                let id = if recovered.undone { "app-recovered-undone" } else { "app-recovered-finished" };
                let sentence = self.words().text(id);
                log::info!("{sentence}");
                self.said.push(Note { sentence, hint: recovered.notes.join(" ") });
            }
            Err(error) => {
                log::error!("an unfinished reclaim could not be settled: failed to {error}");
                let note = match error {
                    MonitorError::Journal(JournalError::Away { .. }) => {
                        self.note("app-recovery-away", "app-recovery-away-hint")
                    }
                    MonitorError::Journal(_) => self.note("app-recovery-failed", "app-recovery-failed-hint"),
                };
                if !self.said.contains(&note) {
                    self.said.push(note);
                }
            }
        }
    }

    /// Does what is armed or switched on; whether anything was done.
    pub(super) fn act(&mut self, prospects: &[Prospect]) -> bool {
        let _awake = Awake::begin();
        let deeds = self.monitor.unattended(prospects);
        for deed in &deeds {
            log::info!("by itself: {:?}", deed.act);
            let words = self.words();
            if let Some(report) = &deed.report {
                let outcome = view::outcome(report, words);
                self.board.change(|shown| (shown.view.activity, shown.view.outcome) = (None, Some(outcome)));
            }
            self.send(alerts::deed(deed, words));
        }
        deeds.iter().any(|deed| deed.report.is_some())
    }

    /// Arms a plan, if no other loss goes with it than was agreed to.
    pub(super) fn arm(&mut self, id: &str, level: Level, agreement: &str) -> Next {
        let measured = match self.bundle(id) {
            Ok(prospect) => prospect.measured.clone(),
            Err(note) => return self.refuse(&note),
        };
        let plan = self.monitor.plan(&measured, level, SourceCheck::Frames);
        let against = plan.refusals.iter().find(|refusal| !refusal.waits_for_vm());
        let changed = (Loss::of(&plan).agreement() != agreement).then_some(&Refusal::PlanChanged);
        if let Some(refusal) = against.or(changed) {
            return self.refuse(&notice::refusal(refusal, self.words()).into());
        }
        if let Err(error) = self.monitor.arm(&measured, &plan, self.monitor.settings().arm_idle) {
            log::warn!("nothing is armed for good: failed to {error}");
        }
        log::info!("armed: {}", level.name());
        self.look()
    }

    /// Takes back what was armed.
    pub(super) fn disarm(&mut self, id: &str) -> Next {
        let key = match self.bundle(id) {
            Ok(prospect) => prospect.measured.key(),
            Err(note) => return self.refuse(&note),
        };
        match self.monitor.disarm(&key) {
            Ok(_) => log::info!("disarmed"),
            Err(error) => log::warn!("not disarmed for good: failed to {error}"),
        }
        self.look()
    }

    /// Silences an alert.
    pub(super) fn snooze(&mut self, id: &str, snooze: Snooze) -> Next {
        if let Err(error) = self.monitor.snooze(id, snooze) {
            log::warn!("the time of quiet is not kept: failed to {error}");
        }
        self.look()
    }
}
