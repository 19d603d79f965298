//! The user's choices: read from TOML, taken as a whole or not at all.
//!
//! Not here: any effect of a choice, and the file itself (`settings::file`).

mod edit;
mod file;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml::{Spanned, Value};

use crate::bytes::Bytes;
use crate::cadence::{LONGEST, SHORTEST};
use crate::gauge::DEFAULT_RESERVE;
use crate::words::Language;
pub use edit::save;
pub use file::{BadSettings, load_or_set_aside};

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
const KEYS: [&str; 9] = [LIMIT, RESERVE, INTERVAL, ICON, TITLE, LANGUAGE, SHORTCUT, IGNORED, ROOTS];

/// The largest disk built into a Mac so far, 16 TB: a larger limit or reserve is a slip of the unit.
pub(crate) const LARGEST: Bytes = Bytes::giga(16_000);

/// A system image alone takes several times that, so a smaller limit would always be exceeded.
pub(crate) const SMALLEST_LIMIT: Bytes = Bytes::giga(1);

/// Units of a size, lower case, with their bytes. Decimal ones are what Finder and Plimsoll show.
const UNITS: [(&str, u64); 9] = [
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

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
                INTERVAL => settings.interval = Some(seconds(INTERVAL, line, value.get_ref())?),
                ICON => settings.icon = one_of(ICON, line, value.get_ref(), &IconStyle::ALL)?,
                TITLE => settings.title = one_of(TITLE, line, value.get_ref(), &TitleText::ALL)?,
                LANGUAGE => {
                    let tags = Language::ALL.map(|(language, tag, _)| (language, tag));
                    settings.language = Some(one_of(LANGUAGE, line, value.get_ref(), &tags)?);
                }
                SHORTCUT => settings.shortcut = Some(words(SHORTCUT, line, value.get_ref())?),
                IGNORED => settings.ignored = paths(IGNORED, line, value.get_ref())?,
                ROOTS => settings.roots = paths(ROOTS, line, value.get_ref())?,
                _ => return Err(SettingsError::UnknownKey { key: key.into_inner(), line }),
            }
        }
        Ok(settings)
    }
}

fn one_of<T: Copy>(key: &'static str, line: usize, value: &Value, all: &[(T, &str)]) -> Result<T, SettingsError> {
    let found = value.as_str().and_then(|text| all.iter().find(|(_, name)| *name == text));
    found.map(|(choice, _)| *choice).ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|(_, name)| format!("\"{name}\"")).collect();
        SettingsError::NotOneOf { key, line, choices: names.join(", ") }
    })
}

fn words(key: &'static str, line: usize, value: &Value) -> Result<String, SettingsError> {
    value.as_str().map(str::to_owned).ok_or(SettingsError::NotText { key, line })
}

fn paths(key: &'static str, line: usize, value: &Value) -> Result<Vec<PathBuf>, SettingsError> {
    let wrong = || SettingsError::NotPaths { key, line };
    let list = value.as_array().ok_or_else(wrong)?;
    list.iter()
        .map(|path| path.as_str().map(PathBuf::from).filter(|path| path.is_absolute()).ok_or_else(wrong))
        .collect()
}

/// Line of the byte at `start`, from 1.
fn line_of(text: &str, start: usize) -> usize {
    text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1
}

fn size(key: &'static str, line: usize, value: &Value, least: Bytes) -> Result<Bytes, SettingsError> {
    let out_of_range = || SettingsError::OutOfRange { key, line, least: least.to_string(), most: LARGEST.to_string() };
    let bytes = match value {
        Value::Integer(bytes) => Bytes(u64::try_from(*bytes).map_err(|_| out_of_range())?),
        Value::String(words) => words_to_bytes(words).ok_or(SettingsError::NotASize { key, line })?,
        _ => return Err(SettingsError::NotASize { key, line }),
    };
    if bytes < least || bytes > LARGEST { Err(out_of_range()) } else { Ok(bytes) }
}

/// `12 GB`, `1.5TB`, `10 GiB`: a decimal number and a unit.
pub(crate) fn words_to_bytes(words: &str) -> Option<Bytes> {
    let words = words.trim();
    let (number, unit) = words.split_at(words.find(|c: char| c.is_ascii_alphabetic())?);
    let unit = unit.to_ascii_lowercase();
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.trim().split_once('.').unwrap_or((number.trim(), "0"));
    let whole = digits(whole)?.checked_mul(u128::from(*scale))?;
    let tenfold = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = digits(fraction)?.checked_mul(u128::from(*scale))?.checked_div(tenfold)?;
    u64::try_from(whole.checked_add(part)?).ok().map(Bytes)
}

/// Unlike `parse`, takes no sign.
fn digits(text: &str) -> Option<u128> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn seconds(key: &'static str, line: usize, value: &Value) -> Result<Duration, SettingsError> {
    let Value::Integer(seconds) = value else { return Err(SettingsError::NotSeconds { key, line }) };
    let interval = u64::try_from(*seconds).ok().map(Duration::from_secs);
    interval.filter(|interval| (SHORTEST..=LONGEST).contains(interval)).ok_or_else(|| {
        let (least, most) = (SHORTEST.as_secs().to_string(), LONGEST.as_secs().to_string());
        SettingsError::OutOfRange { key, line, least, most }
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests;
