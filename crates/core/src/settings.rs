//! The user's choices: read from TOML, validated as a whole.
//!
//! Not here: any effect of a choice. A file that is not valid is set aside by [`load_or_set_aside`], never overwritten.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;

use crate::bytes::Bytes;
use crate::cadence::{LONGEST, SHORTEST};
use crate::gauge::DEFAULT_RESERVE;

/// The user's choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the bundle may take before the gauge says so; none for no limit.
    pub limit: Option<Bytes>,
    /// Free bytes to keep.
    pub reserve: Bytes,
    /// A fixed interval between samples instead of the chosen cadence.
    pub interval: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limit: None, reserve: DEFAULT_RESERVE, interval: None }
    }
}

/// Why a settings file is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// Not TOML, or a key that is not known, or a value of the wrong kind.
    #[error("{0}")]
    Syntax(String),
    /// A size that is not one.
    #[error("`{key}` is not a size: write bytes, or for example \"12 GB\"")]
    NotASize {
        /// Which key.
        key: &'static str,
    },
    /// A value outside what makes sense.
    #[error("`{key}` must be from {least} to {most}")]
    OutOfRange {
        /// Which key.
        key: &'static str,
        /// Smallest value.
        least: String,
        /// Largest value.
        most: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    limit: Option<Size>,
    reserve: Option<Size>,
    interval_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Size {
    Bytes(u64),
    Words(String),
}

/// No volume this runs on is larger.
const LARGEST: Bytes = Bytes::giga(1_000_000);
/// A limit below one image's smallest use would always be exceeded.
const SMALLEST_LIMIT: Bytes = Bytes::giga(1);

impl Settings {
    /// Reads settings from TOML.
    ///
    /// # Errors
    /// The first thing that is not valid; nothing is half taken.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let written: Written =
            toml::from_str(text).map_err(|error| SettingsError::Syntax(error.to_string().trim_end().to_owned()))?;
        let limit = size("limit", written.limit, SMALLEST_LIMIT)?;
        let reserve = size("reserve", written.reserve, Bytes::ZERO)?.unwrap_or(DEFAULT_RESERVE);
        let interval = written.interval_seconds.map(Duration::from_secs);
        if interval.is_some_and(|interval| interval < SHORTEST || interval > LONGEST) {
            let (least, most) = (SHORTEST.as_secs().to_string(), LONGEST.as_secs().to_string());
            return Err(SettingsError::OutOfRange { key: "interval_seconds", least, most });
        }
        Ok(Self { limit, reserve, interval })
    }
}

fn size(key: &'static str, written: Option<Size>, least: Bytes) -> Result<Option<Bytes>, SettingsError> {
    let bytes = match written {
        None => return Ok(None),
        Some(Size::Bytes(bytes)) => Bytes(bytes),
        Some(Size::Words(words)) => words_to_bytes(&words).ok_or(SettingsError::NotASize { key })?,
    };
    if bytes < least || bytes > LARGEST {
        return Err(SettingsError::OutOfRange { key, least: least.to_string(), most: LARGEST.to_string() });
    }
    Ok(Some(bytes))
}

/// `12 GB`, `1.5TB`, `500 MB`: decimal units, as they are shown.
fn words_to_bytes(words: &str) -> Option<Bytes> {
    let words = words.trim();
    let split = words.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = words.split_at(split);
    let scale = match unit.to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        _ => return None,
    };
    let value = number.trim().parse::<f64>().ok()? * scale;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (value.is_finite() && (0.0..1e18).contains(&value)).then_some(Bytes(value as u64))
}

/// A settings file that was not valid and where it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSettings {
    /// Where it is kept, or where it still is when it could not be moved.
    pub kept: PathBuf,
    /// What happened, in words.
    pub sentence: String,
}

/// Reads `settings.toml` in the state folder; a bad file is renamed and the defaults are used.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place where settings are read and set aside")]
pub fn load_or_set_aside(folder: &Path, now: Timestamp) -> (Settings, Option<BadSettings>) {
    let path = folder.join("settings.toml");
    let why = match std::fs::read_to_string(&path) {
        Ok(text) => match Settings::parse(&text) {
            Ok(settings) => return (settings, None),
            Err(error) => error.to_string(),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => return (Settings::default(), None),
        Err(error) => {
            let sentence = format!("The settings in {} cannot be read ({error}); defaults are used.", path.display());
            return (Settings::default(), Some(BadSettings { kept: path, sentence }));
        }
    };
    let kept = folder.join(format!("settings.toml.bad-{}", now.as_second()));
    let bad = if std::fs::rename(&path, &kept).is_ok() {
        let sentence =
            format!("The settings were not valid ({why}); they are kept as {}, defaults are used.", kept.display());
        BadSettings { kept, sentence }
    } else {
        let sentence = format!("The settings in {} are not valid ({why}); defaults are used.", path.display());
        BadSettings { kept: path, sentence }
    };
    (Settings::default(), Some(bad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_settings_are_read() {
        let read = Settings::parse("limit = \"12 GB\"\nreserve = 8000000000\ninterval_seconds = 60\n");
        let wanted =
            Settings { limit: Some(Bytes::giga(12)), reserve: Bytes::giga(8), interval: Some(Duration::from_mins(1)) };
        assert_eq!(read, Ok(wanted));
        assert_eq!(Settings::parse(""), Ok(Settings::default()));
    }

    #[test]
    fn what_is_not_valid_is_named() {
        let cases = [
            ("limit = \"twelve\"", "`limit` is not a size"),
            ("limit = \"-1 GB\"", "`limit` is not a size"),
            ("limit = 12", "`limit` must be from 1 GB"),
            ("reserve = \"9999 TB\"", "`reserve` must be from 0 B"),
            ("interval_seconds = 1", "`interval_seconds` must be from 5 to 21600"),
            ("colour = 1", "colour"),
            ("limit = [", "line 1"),
        ];
        for (text, wanted) in cases {
            let error = Settings::parse(text).map_or_else(|error| error.to_string(), |_| String::new());
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
