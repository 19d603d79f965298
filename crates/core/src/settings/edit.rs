//! Changing the settings file: the keys that changed, and nothing else of what a person wrote in it.
//!
//! Not here: what is valid (`settings`), and reading the file.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use toml_edit::{Array, DocumentMut, Item, value};

use super::file::{self, FILE};
use super::{
    ALERT_BURST, ALERT_CRITICAL, ALERT_NOTICE, ALERT_PERCENT, ALERT_WARNING, ARM_IDLE, AUTO_BATTERY, AUTO_BUDGET,
    AUTO_IDLE, AUTO_LEVEL, AUTO_QUIET, ICON, IGNORED, INTERVAL, IconStyle, LANGUAGE, LIMIT, NOTIFICATIONS, RESERVE,
    ROOTS, SHORTCUT, Settings, TITLE, TitleText, UPDATES,
};
use crate::bytes::Bytes;
use crate::policy::Automatic;
use crate::ports::Disk;
use crate::store::files;

/// Writes what differs from the file in the state folder `dir`, keeping its comments and order; a choice that is the
/// default is left out. The file is replaced as a whole, so that a full disk leaves the old one. A text that is not
/// valid is moved aside first, as when it is read.
pub fn save(disk: &dyn Disk, dir: &Path, settings: &Settings, now: Timestamp) -> io::Result<()> {
    let path = dir.join(FILE);
    let text = match file::read(&path) {
        Ok(text) => String::from_utf8(text).ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(String::new()),
        Err(error) => return Err(error),
    };
    let valid = text.filter(|text| Settings::parse(text).is_ok()).and_then(|text| text.parse().ok());
    let mut document: DocumentMut = if let Some(document) = valid {
        document
    } else {
        files::move_aside(&path, "bad", now)?;
        DocumentMut::new()
    };
    let old = Settings::parse(&document.to_string()).unwrap_or_default();
    for (key, new, before) in
        entries(settings).into_iter().zip(entries(&old)).map(|((key, new), (_, old))| (key, new, old))
    {
        match new {
            _ if new.as_ref().map(ToString::to_string) == before.as_ref().map(ToString::to_string) => {}
            Some(item) => put(&mut document, key, item),
            None => drop(document.remove(key)),
        }
    }
    // A link is followed, since people keep such files elsewhere.
    let target = disk.resolve(&path).unwrap_or(path);
    disk.replace(&target, document.to_string().as_bytes()).map_err(|error| error.source)
}

/// Sets a key; what a person wrote around its old value stays.
fn put(document: &mut DocumentMut, key: &str, mut item: Item) {
    let Some(old) = document.get_mut(key) else { return drop(document.insert(key, item)) };
    if let (Some(before), Some(now)) = (old.as_value(), item.as_value_mut()) {
        *now.decor_mut() = before.decor().clone();
    }
    *old = item;
}

/// Every key with its value, none where it is the default.
fn entries(settings: &Settings) -> [(&'static str, Option<Item>); 22] {
    let default = Settings::default();
    let size = |bytes: Bytes| value(readable(bytes));
    let seconds = |time: std::time::Duration| value(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
    let name = |names: &[(bool, &'static str)]| names.iter().find(|(chosen, _)| *chosen).map(|(_, name)| value(*name));
    let icon = IconStyle::ALL.map(|(style, name)| (style == settings.icon, name));
    let title = TitleText::ALL.map(|(text, name)| (text == settings.title, name));
    let paths = |paths: &[PathBuf]| {
        let list: Array = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        (!paths.is_empty()).then(|| value(list))
    };
    let level = Automatic::LEVELS.map(|(level, name)| (level == settings.automatic.most, name));
    let (alerts, auto) = (&settings.alerts, &settings.automatic);
    let changed = |new: Bytes, old: Bytes| (new != old).then(|| size(new));
    [
        (LIMIT, settings.limit.map(size)),
        (RESERVE, (settings.reserve != default.reserve).then(|| size(settings.reserve))),
        (INTERVAL, settings.interval.map(seconds)),
        (ICON, name(&icon).filter(|_| settings.icon != default.icon)),
        (TITLE, name(&title).filter(|_| settings.title != default.title)),
        (LANGUAGE, settings.language.map(|language| value(language.tag()))),
        (SHORTCUT, settings.shortcut.clone().map(value)),
        (IGNORED, paths(&settings.ignored)),
        (ROOTS, paths(&settings.roots)),
        (UPDATES, settings.check_for_updates.then(|| value(true))),
        (NOTIFICATIONS, (!settings.notifications).then(|| value(false))),
        (ALERT_NOTICE, changed(alerts.notice, default.alerts.notice)),
        (
            ALERT_PERCENT,
            (alerts.notice_percent != default.alerts.notice_percent).then(|| value(i64::from(alerts.notice_percent))),
        ),
        (ALERT_WARNING, changed(alerts.warning, default.alerts.warning)),
        (ALERT_CRITICAL, changed(alerts.critical, default.alerts.critical)),
        (ALERT_BURST, changed(alerts.burst, default.alerts.burst)),
        (ARM_IDLE, (settings.arm_idle != default.arm_idle).then(|| seconds(settings.arm_idle))),
        (AUTO_LEVEL, name(&level).filter(|_| auto.most != default.automatic.most)),
        (AUTO_IDLE, (auto.idle != default.automatic.idle).then(|| seconds(auto.idle))),
        (AUTO_BUDGET, changed(auto.week_budget, default.automatic.week_budget)),
        (AUTO_QUIET, auto.quiet.map(|hours| value(hours.to_string()))),
        (AUTO_BATTERY, auto.on_battery.then(|| value(true))),
    ]
}

/// As a person would write it, when that says the same; else in bytes.
fn readable(bytes: Bytes) -> toml_edit::Value {
    let words = bytes.to_string();
    if super::words_to_bytes(&words) == Some(bytes) {
        words.into()
    } else {
        i64::try_from(bytes.0).unwrap_or(i64::MAX).into()
    }
}
