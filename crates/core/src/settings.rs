//! The user's choices: read from TOML, taken as a whole or not at all.
//!
//! Not here: any effect of a choice, and the file itself (`settings::file`).

mod edit;
mod file;
mod value;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml::{Spanned, Value};

use crate::alert::Limits;
use crate::bytes::Bytes;
use crate::cadence::{LONGEST, SHORTEST};
use crate::gauge::DEFAULT_RESERVE;
use crate::policy::{Automatic, DEFAULT_IDLE, IDLE_RANGE};
use crate::words::Language;
pub use edit::save;
pub use file::{BadSettings, load_or_set_aside};
pub(crate) use value::words_to_bytes;
use value::{hours, number, one_of, paths, seconds, size, truth, words};

/// The user's choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What a bundle may take before the gauge says so; none for no limit. Key `limit`.
    pub limit: Option<Bytes>,
    /// Free bytes to keep on the volume. Key `reserve`.
    pub reserve: Bytes,
    /// A fixed time between samples instead of the chosen cadence. Key `interval_seconds`.
    pub interval: Option<Duration>,
    /// What the icon shows. Key `icon`.
    pub icon: IconStyle,
    /// What stands beside the icon. Key `title`.
    pub title: TitleText,
    /// In which language the app speaks; none for the system's. Key `language`.
    pub language: Option<Language>,
    /// Opens the panel from anywhere. Key `shortcut`.
    pub shortcut: Option<String>,
    /// Bundles that are not watched, by their whole paths. Key `ignored`.
    pub ignored: Vec<PathBuf>,
    /// User-data folders to look in beside the usual ones, by their whole paths. Key `roots`.
    pub roots: Vec<PathBuf>,
    /// Whether the app asks for new versions by itself. Key `check_for_updates`.
    pub check_for_updates: bool,
    /// Whether alerts are sent as notifications; on the panel they stand in any case. Key `notifications`.
    pub notifications: bool,
    /// From where on an alert is due. Keys `alert_…`.
    pub alerts: Limits,
    /// For how long nobody must have held the images before what is armed is done. Key `arm_idle_seconds`.
    pub arm_idle: Duration,
    /// What Plimsoll may do by itself. Keys `automatic_…`.
    pub automatic: Automatic,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limit: None,
            reserve: DEFAULT_RESERVE,
            interval: None,
            icon: IconStyle::Gauge,
            title: TitleText::None,
            language: None,
            shortcut: None,
            ignored: Vec::new(),
            roots: Vec::new(),
            check_for_updates: false,
            notifications: true,
            alerts: Limits::default(),
            arm_idle: DEFAULT_IDLE,
            automatic: Automatic::default(),
        }
    }
}

/// What the icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IconStyle {
    /// The gauge.
    Gauge,
    /// The gauge, and the last day as a line beside it.
    Wide,
}

/// What stands beside the icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleText {
    /// Nothing.
    None,
    /// Allocated bytes of the bundle.
    Allocated,
    /// Free bytes of its volume.
    Free,
}

impl IconStyle {
    /// Every style with its name in the file.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Gauge, "gauge"), (Self::Wide, "wide")];
}

impl TitleText {
    /// Every text with its name in the file.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::None, "none"), (Self::Allocated, "allocated"), (Self::Free, "free")];
}

/// Why a settings text is not valid; completes "failed to …".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// Not TOML.
    #[error("read line {line}: {message}")]
    Syntax {
        /// Line of the text, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A key that means nothing here.
    #[error("read line {line}: there is no setting `{key}`; there are {}", KEYS.join(", "))]
    UnknownKey {
        /// The key.
        key: String,
        /// Line of the text, from 1.
        line: usize,
    },
    /// A value that is not a size.
    #[error("read line {line}: `{key}` must be a size, such as \"12 GB\", or a number of bytes")]
    NotASize {
        /// The key.
        key: &'static str,
        /// Line of the text, from 1.
        line: usize,
    },
    /// A value that is not a time.
    #[error("read line {line}: `{key}` must be a whole number of seconds")]
    NotSeconds {
        /// The key.
        key: &'static str,
        /// Line of the text, from 1.
        line: usize,
    },
    /// A value that is none of those there are.
    #[error("read line {line}: `{key}` must be one of {choices}")]
    NotOneOf {
        /// The key.
        key: &'static str,
        /// Line of the text, from 1.
        line: usize,
        /// Those there are.
        choices: String,
    },
    /// A value that is not a text.
    #[error("read line {line}: `{key}` must be a text, such as \"Ctrl+Alt+P\"")]
    NotText {
        /// The key.
        key: &'static str,
        /// Line of the text, from 1.
        line: usize,
    },
    /// A value that is not a list of whole paths.
    #[error("read line {line}: `{key}` must be a list of whole paths, such as [\"/folder/claudevm.bundle\"]")]
    NotPaths {
        /// The key.
        key: &'static str,
        /// Line of the text, from 1.
        line: usize,
    },
    /// A value that is neither of the two.
    #[error("read line {line}: `{key}` must be true or false")]
    NotTruth {
        /// The key.
        key: &'static str,
        /// Line of the text, from 1.
        line: usize,
    },
    /// A value that is not a whole number.
    #[error("read line {line}: `{key}` must be a whole number")]
    NotANumber {
        /// The key.
        key: &'static str,
        /// Line of the text, from 1.
        line: usize,
    },
    /// A value that is not a time of the day.
    #[error("read line {line}: `{key}` must be from one time of the day to another, such as \"22:00-07:00\"")]
    NotHours {
        /// The key.
        key: &'static str,
        /// Line of the text, from 1.
        line: usize,
    },
    /// A value that makes no sense.
    #[error("read line {line}: `{key}` must be from {least} to {most}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// Line of the text, from 1.
        line: usize,
        /// Smallest sensible value.
        least: String,
        /// Largest sensible value.
        most: String,
    },
}

const LIMIT: &str = "limit";
const RESERVE: &str = "reserve";
const INTERVAL: &str = "interval_seconds";
const ICON: &str = "icon";
const TITLE: &str = "title";
const LANGUAGE: &str = "language";
const SHORTCUT: &str = "shortcut";
const IGNORED: &str = "ignored";
const ROOTS: &str = "roots";
const UPDATES: &str = "check_for_updates";
const NOTIFICATIONS: &str = "notifications";
const ALERT_NOTICE: &str = "alert_notice";
const ALERT_PERCENT: &str = "alert_notice_percent";
const ALERT_WARNING: &str = "alert_warning";
const ALERT_CRITICAL: &str = "alert_critical";
const ALERT_BURST: &str = "alert_burst";
const ARM_IDLE: &str = "arm_idle_seconds";
const AUTO_LEVEL: &str = "automatic_level";
const AUTO_IDLE: &str = "automatic_idle_seconds";
const AUTO_BUDGET: &str = "automatic_week_budget";
const AUTO_QUIET: &str = "automatic_quiet_hours";
const AUTO_BATTERY: &str = "automatic_on_battery";
const KEYS: [&str; 22] = [
    LIMIT,
    RESERVE,
    INTERVAL,
    ICON,
    TITLE,
    LANGUAGE,
    SHORTCUT,
    IGNORED,
    ROOTS,
    UPDATES,
    NOTIFICATIONS,
    ALERT_NOTICE,
    ALERT_PERCENT,
    ALERT_WARNING,
    ALERT_CRITICAL,
    ALERT_BURST,
    ARM_IDLE,
    AUTO_LEVEL,
    AUTO_IDLE,
    AUTO_BUDGET,
    AUTO_QUIET,
    AUTO_BATTERY,
];

/// The largest disk built into a Mac so far, 16 TB: a larger limit or reserve is a slip of the unit.
pub(crate) const LARGEST: Bytes = Bytes::giga(16_000);

/// Half of a volume is no little.
pub(crate) const MOST_PERCENT: u8 = 50;

/// A system image alone takes several times that, so a smaller limit would always be exceeded.
pub(crate) const SMALLEST_LIMIT: Bytes = Bytes::giga(1);

impl Settings {
    /// Reads settings from TOML. What is not named keeps its default.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let written: BTreeMap<Spanned<String>, Spanned<Value>> = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            SettingsError::Syntax { line: line_of(text, start), message: error.message().to_owned() }
        })?;
        let mut settings = Self::default();
        for (key, value) in written {
            let line = line_of(text, key.span().start);
            match key.get_ref().as_str() {
                LIMIT => settings.limit = Some(size(LIMIT, line, value.get_ref(), SMALLEST_LIMIT)?),
                RESERVE => settings.reserve = size(RESERVE, line, value.get_ref(), Bytes::ZERO)?,
                INTERVAL => settings.interval = Some(seconds(INTERVAL, line, value.get_ref(), SHORTEST..=LONGEST)?),
                ICON => settings.icon = one_of(ICON, line, value.get_ref(), &IconStyle::ALL)?,
                TITLE => settings.title = one_of(TITLE, line, value.get_ref(), &TitleText::ALL)?,
                LANGUAGE => {
                    let tags = Language::ALL.map(|(language, tag, _)| (language, tag));
                    settings.language = Some(one_of(LANGUAGE, line, value.get_ref(), &tags)?);
                }
                SHORTCUT => settings.shortcut = Some(words(SHORTCUT, line, value.get_ref())?),
                IGNORED => settings.ignored = paths(IGNORED, line, value.get_ref())?,
                ROOTS => settings.roots = paths(ROOTS, line, value.get_ref())?,
                UPDATES => settings.check_for_updates = truth(UPDATES, line, value.get_ref())?,
                other if settings.take_alerts(other, line, value.get_ref())? => {}
                other if settings.take_automatic(other, line, value.get_ref())? => {}
                _ => return Err(SettingsError::UnknownKey { key: key.into_inner(), line }),
            }
        }
        Ok(settings)
    }

    /// Takes a key about alerts; false when it is none.
    fn take_alerts(&mut self, key: &str, line: usize, value: &Value) -> Result<bool, SettingsError> {
        let free = |key| size(key, line, value, Bytes::ZERO);
        match key {
            NOTIFICATIONS => self.notifications = truth(NOTIFICATIONS, line, value)?,
            ALERT_NOTICE => self.alerts.notice = free(ALERT_NOTICE)?,
            ALERT_PERCENT => self.alerts.notice_percent = number(ALERT_PERCENT, line, value, 0..=MOST_PERCENT)?,
            ALERT_WARNING => self.alerts.warning = free(ALERT_WARNING)?,
            ALERT_CRITICAL => self.alerts.critical = free(ALERT_CRITICAL)?,
            ALERT_BURST => self.alerts.burst = free(ALERT_BURST)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes a key about what is done without anybody there; false when it is none.
    fn take_automatic(&mut self, key: &str, line: usize, value: &Value) -> Result<bool, SettingsError> {
        let automatic = &mut self.automatic;
        match key {
            ARM_IDLE => self.arm_idle = seconds(ARM_IDLE, line, value, IDLE_RANGE)?,
            AUTO_LEVEL => automatic.most = one_of(AUTO_LEVEL, line, value, &Automatic::LEVELS)?,
            AUTO_IDLE => automatic.idle = seconds(AUTO_IDLE, line, value, IDLE_RANGE)?,
            AUTO_BUDGET => automatic.week_budget = size(AUTO_BUDGET, line, value, Bytes::ZERO)?,
            AUTO_QUIET => automatic.quiet = Some(hours(AUTO_QUIET, line, value)?),
            AUTO_BATTERY => automatic.on_battery = truth(AUTO_BATTERY, line, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Line of the byte at `start`, from 1.
fn line_of(text: &str, start: usize) -> usize {
    text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests;
