//! A plan to confirm: exact steps, bytes back now, bytes written again, and what is lost.
//!
//! Not here: making plans.

use std::time::Duration;

use serde::Serialize;
use ts_rs::TS;

use super::Note;
use super::alerts::{can_wait, lasting};
use crate::bytes::Bytes;
use crate::notice::{self, Notice};
use crate::policy::Loss;
use crate::reclaim::Level;
use crate::reclaim::plan::{Action, Plan};
use crate::words::Words;

/// A plan to confirm.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SheetView {
    /// The level.
    pub level: Level,
    /// What is agreed to.
    pub fingerprint: String,
    /// A question.
    pub title: String,
    /// The bundle it is about.
    pub bundle: String,
    /// Every step: what, and to which file.
    pub steps: Vec<SheetStep>,
    /// Bytes that come back now.
    pub back_now: String,
    /// Bytes that will be written again.
    pub written_again: String,
    /// What is lost.
    pub lost: String,
    /// Why it cannot be done now; empty when it can.
    pub refusals: Vec<Note>,
    /// On the button.
    pub confirm: String,
    /// To do it once the VM has stopped; none when nothing is in the way, or more than the VM.
    pub arm: Option<SheetArm>,
}

/// A plan that can wait for the VM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct SheetArm {
    /// On the button.
    pub title: String,
    /// What follows.
    pub note: String,
    /// What is agreed to: the loss that stands on the sheet, and no more.
    pub agreement: String,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SheetStep {
    /// The file.
    pub name: String,
    /// What happens to it.
    pub action: String,
    /// Bytes expected back.
    pub size: String,
}

/// What the sheet shows of a plan for the bundle of this name, which when armed waits until `idle` has passed.
#[must_use]
pub fn sheet(plan: &Plan, bundle: &str, idle: Duration, words: &Words) -> SheetView {
    let level = plan.level.name();
    let step = |step: &crate::reclaim::plan::Step| SheetStep {
        name: step.target.name().to_owned(),
        action: words.text(match step.target.action() {
            Action::Remove => "sheet-remove",
            Action::SetAside => "sheet-set_aside",
            Action::Restore => "sheet-restore",
            Action::Compact => "sheet-compact",
        }),
        size: words.size(step.expected),
    };
    let (written, download) = (plan.later.written_bytes, plan.later.download_bytes);
    let written_again = match (written > Bytes::ZERO, download > Bytes::ZERO) {
        (false, _) => words.text("sheet-later-nothing"),
        (true, false) => words.say("sheet-later", &[("size", &words.size(written))]),
        (true, true) => {
            let download = words.size(download);
            words.say("sheet-later-download", &[("size", &words.size(written)), ("download", &download)])
        }
    };
    let back = words.size(plan.expected);
    SheetView {
        level: plan.level,
        fingerprint: plan.fingerprint.clone(),
        title: words.text(&format!("sheet-title-{level}")),
        bundle: bundle.to_owned(),
        steps: plan.steps.iter().map(step).collect(),
        confirm: words.say("sheet-confirm", &[("size", &back)]),
        back_now: back,
        written_again,
        lost: words.text(&format!("lost-{level}")),
        arm: can_wait(plan).then(|| SheetArm {
            title: words.text("arm-arm"),
            note: words.say("arm-note", &[("time", &lasting(idle, words))]),
            agreement: Loss::of(plan).agreement(),
        }),
        refusals: plan.refusals.iter().map(|refusal| Note::from(notice::refusal(refusal, words))).collect(),
    }
}

impl From<Notice> for Note {
    fn from(notice: Notice) -> Self {
        // Backticks mark commands in a terminal and are only noise on a page.
        let plain = |text: String| text.replace('`', "");
        Self { sentence: plain(notice.sentence), hint: plain(notice.hint) }
    }
}
