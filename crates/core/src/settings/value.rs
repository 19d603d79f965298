//! Values of the settings file: sizes, times, choices; each taken, or refused with its key and line.
//!
//! Not here: which keys there are, and what they do (`settings`).

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::Value;

use super::{LARGEST, SettingsError};
use crate::bytes::Bytes;
use crate::policy::Hours;

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

pub(super) fn one_of<T: Copy>(
    key: &'static str,
    line: usize,
    value: &Value,
    all: &[(T, &str)],
) -> Result<T, SettingsError> {
    let found = value.as_str().and_then(|text| all.iter().find(|(_, name)| *name == text));
    found.map(|(choice, _)| *choice).ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|(_, name)| format!("\"{name}\"")).collect();
        SettingsError::NotOneOf { key, line, choices: names.join(", ") }
    })
}

pub(super) fn words(key: &'static str, line: usize, value: &Value) -> Result<String, SettingsError> {
    value.as_str().map(str::to_owned).ok_or(SettingsError::NotText { key, line })
}

pub(super) fn paths(key: &'static str, line: usize, value: &Value) -> Result<Vec<PathBuf>, SettingsError> {
    let wrong = || SettingsError::NotPaths { key, line };
    let list = value.as_array().ok_or_else(wrong)?;
    list.iter()
        .map(|path| path.as_str().map(PathBuf::from).filter(|path| path.is_absolute()).ok_or_else(wrong))
        .collect()
}

pub(super) fn size(key: &'static str, line: usize, value: &Value, least: Bytes) -> Result<Bytes, SettingsError> {
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

/// A whole number of seconds within `range`.
pub(super) fn seconds(
    key: &'static str,
    line: usize,
    value: &Value,
    range: RangeInclusive<Duration>,
) -> Result<Duration, SettingsError> {
    let Value::Integer(seconds) = value else { return Err(SettingsError::NotSeconds { key, line }) };
    let time = u64::try_from(*seconds).ok().map(Duration::from_secs);
    time.filter(|time| range.contains(time)).ok_or_else(|| {
        let (least, most) = (range.start().as_secs().to_string(), range.end().as_secs().to_string());
        SettingsError::OutOfRange { key, line, least, most }
    })
}

/// A whole number within `range`.
pub(super) fn number(
    key: &'static str,
    line: usize,
    value: &Value,
    range: RangeInclusive<u8>,
) -> Result<u8, SettingsError> {
    let number = value.as_integer().ok_or(SettingsError::NotANumber { key, line })?;
    u8::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let (least, most) = (range.start().to_string(), range.end().to_string());
        SettingsError::OutOfRange { key, line, least, most }
    })
}

/// Yes or no.
pub(super) fn truth(key: &'static str, line: usize, value: &Value) -> Result<bool, SettingsError> {
    value.as_bool().ok_or(SettingsError::NotTruth { key, line })
}

/// `22:00-07:00`: a part of the day, which may go over midnight.
pub(super) fn hours(key: &'static str, line: usize, value: &Value) -> Result<Hours, SettingsError> {
    value.as_str().and_then(Hours::parse).ok_or(SettingsError::NotHours { key, line })
}
