//! What stands and what waits, as rows of the panel and as notifications.
//!
//! Not here: when an alert stands (`alert`), and whether a notification is sent (`alert::delivery`).

use std::time::Duration;

use serde::Serialize;
use ts_rs::TS;

use super::form::OptionText;
use super::is_lossless;
use super::view::PanelInput;
use crate::alert::{Facts, Severity, Snooze};
use crate::bytes::Bytes;
use crate::monitor::{Deed, Prospect};
use crate::notice::alerts::{Said, Voice, alert, volume_name};
use crate::notice::attribution::burst;
use crate::policy::{Act, Loss, Reason};
use crate::reclaim::Level;
use crate::reclaim::plan::Plan;
use crate::reclaim::refusal::Refusal;
use crate::reclaim::report::Why;
use crate::snapshot::AlertView;
use crate::words::Words;

/// An alert that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct AlertRow {
    /// Names it.
    pub id: String,
    /// For its colour and urgency.
    pub severity: Severity,
    /// In a few words.
    pub title: String,
    /// What is so.
    pub sentence: String,
    /// What to do; empty when there is nothing.
    pub hint: String,
    /// That it is silenced, and until when; empty when it is not.
    pub quiet: String,
    /// The session disk that can be brought back because of it.
    pub undo: Option<String>,
}

/// A reclaim that can wait for the VM to stop, or does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ArmView {
    /// On its button.
    pub title: String,
    /// Beside it.
    pub note: String,
    /// The level.
    pub level: Level,
    /// It is armed: the button takes it back.
    pub armed: bool,
    /// Its plan must be seen first, and is armed from there.
    pub sheet: bool,
    /// What is agreed to by arming it here; empty where its plan must be seen.
    pub agreement: String,
}

/// A notification, finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Names it: another of the same name takes its place.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// What to know and to do.
    pub body: String,
    /// Buttons: a key and what is on them.
    pub buttons: Vec<(String, String)>,
    /// What a click on it does, for systems that say so.
    pub open: String,
    /// It stays until it is seen to.
    pub urgent: bool,
}

/// The key of the button that opens the plan.
pub const RECLAIM: &str = "reclaim";

/// The key of the button that silences.
pub const SNOOZE: &str = "snooze";

fn say(view: &AlertView, voice: Voice<'_>) -> Said {
    let name = volume_name(&view.name, voice.words);
    let said = alert(&view.facts, view.severity, view.since, &name, voice);
    burst(said, &view.facts, &name, view.attribution.as_ref(), voice)
}

/// What stands, as rows.
pub(super) fn rows(input: &PanelInput<'_>) -> Vec<AlertRow> {
    let row = |view: &AlertView| {
        let said = say(view, Voice { now: input.now, zone: input.zone, words: input.words });
        let quiet = match view.snoozed_until {
            Some(until) => {
                input.words.say("alert-snoozed", &[("when", &input.words.when(until, input.now, input.zone))])
            }
            None if view.snoozed => input.words.text("alert-snoozed-change"),
            None => String::new(),
        };
        let (title, sentence, hint) = (said.title, said.sentence, said.hint);
        let undo = match &view.facts {
            Facts::CannotRebuild { broken, .. } => broken.copy.clone(),
            _ => None,
        };
        AlertRow { id: view.id.clone(), severity: view.severity, title, sentence, hint, quiet, undo }
    };
    input.alerts.iter().map(row).collect()
}

/// For how long an alert can be silenced.
pub(super) fn snoozes(words: &Words) -> Vec<OptionText> {
    let option = |(_, name): &(Snooze, &str)| OptionText {
        value: (*name).to_owned(),
        label: words.text(match *name {
            "hour" => "snooze-hour",
            "today" => "snooze-today",
            _ => "snooze-until-change",
        }),
    };
    Snooze::ALL.iter().map(option).collect()
}

/// An alert as a notification.
#[must_use]
pub fn message(view: &AlertView, voice: Voice<'_>) -> Message {
    let said = say(view, voice);
    let words = voice.words;
    let about_space = matches!(view.facts, Facts::LowDisk { .. } | Facts::Filling { .. });
    let mut buttons = Vec::new();
    if about_space {
        buttons.push((RECLAIM.to_owned(), words.text("notify-reclaim")));
    }
    buttons.push((SNOOZE.to_owned(), words.text("notify-snooze")));
    Message {
        id: view.id.clone(),
        title: said.title,
        body: [said.sentence, said.hint].iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" "),
        buttons,
        open: words.text("menu-open"),
        urgent: view.severity == Severity::Critical,
    }
}

/// What can be armed, or is. Only what waits for the VM can: everything else must be mended first.
pub(super) fn arm(input: &PanelInput<'_>, prospect: &Prospect, plan: &Plan) -> Option<ArmView> {
    let words = input.words;
    let key = prospect.measured.key();
    if let Some(armed) = input.armed.iter().find(|armed| armed.bundle == key) {
        let level = Level::ALL.into_iter().find(|level| level.name() == armed.level)?;
        let idle = Duration::from_secs(armed.idle_seconds);
        let (title, note) = (words.text("arm-disarm"), words.say("arm-waits", &[("time", &lasting(idle, words))]));
        return Some(ArmView { title, note, level, armed: true, sheet: false, agreement: String::new() });
    }
    let sheet = !is_lossless(plan.level);
    can_wait(plan).then(|| ArmView {
        title: words.text(if sheet { "arm-arm-more" } else { "arm-arm" }),
        note: words.say("arm-note", &[("time", &lasting(input.settings.arm_idle, words))]),
        level: plan.level,
        armed: false,
        sheet,
        agreement: if sheet { String::new() } else { Loss::of(plan).agreement() },
    })
}

/// Whether nothing but the VM is in a plan's way.
pub(super) fn can_wait(plan: &Plan) -> bool {
    let waits = !plan.refusals.is_empty() && plan.refusals.iter().all(Refusal::waits_for_vm);
    waits && plan.expected > Bytes::ZERO
}

/// `2 minutes`; what is no whole minute in seconds.
pub(super) fn lasting(time: Duration, words: &Words) -> String {
    let seconds = time.as_secs();
    if seconds.is_multiple_of(60) && seconds > 0 {
        words.say("lasting-minutes", &[("count", &(seconds / 60))])
    } else {
        words.say("lasting-seconds", &[("count", &seconds)])
    }
}

/// What was done by itself, or is asked, as a notification.
#[must_use]
pub fn deed(deed: &Deed, words: &Words) -> Message {
    let level = |level: Level| words.text(&format!("level-{}", level.name()));
    let (title, body) = match deed.act {
        Act::Reclaim(_, why) => {
            let done = deed.report.as_ref().map(|report| super::view::outcome(report, words));
            let why = words.text(match why {
                Why::Asked | Why::Armed => "done-itself-armed",
                Why::OverLimit => "done-itself-limit",
                Why::BelowReserve => "done-itself-reserve",
            });
            let (title, lines) = done.map_or_else(Default::default, |done| (done.title, done.lines));
            (title, [vec![why], lines].concat().join(" "))
        }
        Act::Ask(asked, _) => {
            (words.text("done-itself-ask"), words.say("done-itself-ask-text", &[("level", &level(asked))]))
        }
        Act::Disarm(reason) | Act::Nothing(reason) | Act::Wait(reason) => {
            let why = match reason {
                Reason::MoreLoss => "done-itself-more",
                Reason::Expired => "done-itself-old",
                Reason::Stopped => "done-itself-stopped",
                _ => "done-itself-nothing",
            };
            (words.text("done-itself-disarmed"), words.text(why))
        }
    };
    let asks = matches!(deed.act, Act::Ask(..));
    let buttons = if asks { vec![(RECLAIM.to_owned(), words.text("notify-reclaim"))] } else { Vec::new() };
    Message { id: "deed".to_owned(), title, body, buttons, open: words.text("menu-open"), urgent: false }
}
