//! What the app shows, as finished text: the page, the menu and the icon draw it and decide nothing.
//!
//! `view` makes the whole panel from facts, `alerts` what stands and what waits, `chart` one time span, `closed` what to do about
//! a folder that may not be looked into, `sheet` one plan to confirm, `tray` with `menu` and
//! `icon` the tray, `form` the settings, `updates` what is said of new versions, `labels` the words that always stand there. Not here: how anything is found out, and where it is drawn. No path leaves this module
//! except inside a sentence: the page names bundles, copies and plans by their ids.

mod activity;
pub mod alerts;
pub mod chart;
pub mod closed;
pub mod form;
pub mod icon;
pub mod labels;
pub mod menu;
pub mod sheet;
pub mod spans;
pub mod tray;
pub mod updates;
pub mod view;

pub use activity::Activity;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::bytes::Bytes;
use crate::gauge;
use crate::reclaim::Level;
use crate::vm::Liveness;
pub use alerts::{AlertRow, ArmView};

/// Everything on the panel, at one revision.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PanelView {
    /// Rises with everything published.
    pub revision: u32,
    /// Tag of the language it is written in.
    pub language: String,
    /// Headings and buttons.
    pub labels: labels::Labels,
    /// Every bundle, the one that presses most first.
    pub bundles: Vec<BundlePanel>,
    /// What is shown in place of a bundle when there is none.
    pub empty: Option<Empty>,
    /// What is going on.
    pub activity: Option<Activity>,
    /// A folder that may not be looked into, and what to do.
    pub closed: Option<Closed>,
    /// How the last reclaim or undo went, until it is dismissed.
    pub outcome: Option<Outcome>,
    /// What stands, most pressing first.
    pub alerts: Vec<AlertRow>,
    /// For how long an alert can be silenced.
    pub snoozes: Vec<form::OptionText>,
    /// The icon asks for attention: something was to be said, and notifications are off or fail.
    pub unsaid: bool,
    /// All that was given back, the newest first.
    pub receipts: Vec<ReceiptRow>,
    /// What went wrong or could not be read, and how to mend it.
    pub notices: Vec<Note>,
    /// Watching is paused, in words.
    pub paused: Option<String>,
    /// How it stands with new versions.
    pub update: updates::UpdateView,
}

/// What of the panel is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "name")]
pub enum Place {
    /// How things stand.
    #[default]
    Stand,
    /// A plan to confirm.
    Sheet {
        /// Id of the bundle.
        bundle: String,
        /// The level.
        level: Level,
    },
    /// The settings.
    Settings,
    /// What this is.
    About,
}

/// What the page gets when it opens.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Opening {
    /// The panel as last published.
    pub view: PanelView,
    /// Where to begin.
    pub place: Place,
}

/// No bundle.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Empty {
    /// What is so.
    pub title: String,
    /// Why, and what will change it.
    pub text: String,
}

/// A folder is closed to Plimsoll: by privacy protection on macOS, by its mode elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Closed {
    /// What is so.
    pub title: String,
    /// That it is blocked and not missing, and that nothing was touched.
    pub text: String,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// On the button that chooses the folder.
    pub choose: String,
    /// On the button that opens the system's settings, where there are any for this.
    pub settings: Option<String>,
}

/// One bundle.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct BundlePanel {
    /// Names it in every request.
    pub id: String,
    /// Tells it from others, to people.
    pub name: String,
    /// Allocated bytes.
    pub number: String,
    /// How things stand.
    pub sentence: String,
    /// The picture of it.
    pub gauge: GaugeView,
    /// The last day, from 0 (lowest) to 1 (highest), equally far apart in time; empty without history.
    pub sparkline: Vec<f64>,
    /// Growth in words.
    pub growth: String,
    /// When it grew and which sessions were there, in words, the newest first.
    pub grew: Vec<String>,
    /// When the volume is full, in words.
    pub disk: String,
    /// When the images are as large as they can be, in words.
    pub guest: String,
    /// Free space of the volume.
    pub free: String,
    /// Every file worth a line.
    pub images: Vec<ImageRow>,
    /// Sums of both sizes.
    pub total: String,
    /// Whether the VM runs.
    pub vm: VmView,
    /// The button and what else could be done.
    pub reclaim: ReclaimView,
    /// To do it once the VM has stopped; none when nothing is in the way or nothing would come back.
    pub arm: Option<ArmView>,
    /// Session disks that can be brought back.
    pub copies: Vec<CopyRow>,
}

/// How urgent it is, as drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Water below the line.
    Calm,
    /// Water at the line.
    Watch,
    /// Water over the line.
    Act,
    /// A dashed hull.
    Unknown,
}

impl From<gauge::Level> for Mark {
    fn from(level: gauge::Level) -> Self {
        match level {
            gauge::Level::Calm => Self::Calm,
            gauge::Level::Watch => Self::Watch,
            gauge::Level::Act => Self::Act,
        }
    }
}

/// The gauge.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct GaugeView {
    /// Its form.
    pub mark: Mark,
    /// Height of the water, from 0 (keel) to 1 (deck); the line is at [`icon::LINE`].
    pub water: f64,
    /// For those who hear it.
    pub spoken: String,
}

/// One file, or the small ones together.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ImageRow {
    /// What it is.
    pub title: String,
    /// What it is called.
    pub name: String,
    /// Allocated bytes.
    pub size: String,
    /// Allocated of logical bytes, and what becomes of it.
    pub note: String,
    /// Allocated as a share of logical bytes, from 0 to 1; none where that says nothing.
    pub share: Option<f64>,
    /// What the guest has free in it and when it is full, in words; none where that is not known.
    pub guest: Option<String>,
    /// All of it in one sentence.
    pub spoken: String,
}

/// Whether the VM runs, and how that is known.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct VmView {
    /// The answer, for the colour of its dot.
    pub state: Liveness,
    /// In words.
    pub sentence: String,
    /// Who holds what, and what else matters.
    pub details: Vec<String>,
    /// Every source's word.
    pub evidence: Vec<EvidenceRow>,
}

/// One source of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct EvidenceRow {
    /// Who says it.
    pub source: String,
    /// What it says.
    pub finding: String,
    /// With what was missing, in the system's own words.
    pub detail: String,
}

/// The button.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ReclaimView {
    /// On the button.
    pub title: String,
    /// Whether it can be clicked.
    pub enabled: bool,
    /// Beside it: why not, or what it means.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
    /// The level it stands for.
    pub level: Level,
    /// Its plan must be seen and confirmed first.
    pub sheet: bool,
    /// Stands for the facts it was made from.
    pub fingerprint: String,
    /// The other levels.
    pub options: Vec<OptionRow>,
}

/// Removes nothing that anybody uses, so that one click is enough.
#[must_use]
pub const fn is_lossless(level: Level) -> bool {
    matches!(level, Level::Leftovers | Level::Compact)
}

/// Another level.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct OptionRow {
    /// Which one.
    pub level: Level,
    /// What it is called.
    pub title: String,
    /// Bytes expected back.
    pub size: String,
    /// What is lost, or why it cannot be done now.
    pub note: String,
    /// Whether it can be chosen.
    pub enabled: bool,
}

/// A set-aside session disk.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct CopyRow {
    /// Names it for undo.
    pub id: String,
    /// What it is.
    pub line: String,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Outcome {
    /// For its colour and urgency.
    pub tone: Tone,
    /// In a few words.
    pub title: String,
    /// Measured bytes, and what to know.
    pub lines: Vec<String>,
    /// The session disk that can be brought back.
    pub undo: Option<String>,
}

/// How something is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As wished.
    Good,
    /// Nothing happened.
    Plain,
    /// Not as wished.
    Bad,
}

/// Something given back, or brought back.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ReceiptRow {
    /// Names it.
    pub id: String,
    /// When it ended.
    pub when: String,
    /// The level.
    pub title: String,
    /// Measured bytes.
    pub result: String,
}

/// What went wrong, and how to mend it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Note {
    /// What is so.
    pub sentence: String,
    /// What to do.
    pub hint: String,
}

/// Names a bundle by its path, for requests and keys of the page: no path, and the same at every start.
#[must_use]
pub fn bundle_id(key: &str) -> String {
    blake3::hash(key.as_bytes()).to_hex().chars().take(16).collect()
}

impl PanelView {
    /// Before anything was looked at.
    #[must_use]
    pub fn starting(words: &crate::words::Words) -> Self {
        Self {
            revision: 0,
            language: words.language.tag().to_owned(),
            labels: labels::Labels::of(words),
            bundles: Vec::new(),
            empty: None,
            closed: None,
            activity: None,
            outcome: None,
            alerts: Vec::new(),
            snoozes: Vec::new(),
            unsaid: false,
            receipts: Vec::new(),
            notices: Vec::new(),
            paused: None,
            update: updates::UpdateView::default(),
        }
    }
}

fn percent(share: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
    let whole = (share.clamp(0.0, 1.0) * 100.0).round() as u8;
    whole
}

fn share(part: Bytes, whole: Bytes) -> f64 {
    if whole == Bytes::ZERO { 0.0 } else { (part.as_f64() / whole.as_f64()).clamp(0.0, 1.0) }
}
