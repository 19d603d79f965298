//! The settings as a form: text as typed, what can be chosen, and what is wrong with it.
//!
//! Not here: what the settings do, and where they are kept. The page names bundles by their ids.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::alerts::lasting;
use crate::alert::Limits;
use crate::bytes::Bytes;
use crate::cadence::{LONGEST, SHORTEST};
use crate::policy::{Automatic, Hours, IDLE_CHOICES, IDLE_RANGE};
use crate::settings::{self, IconStyle, Settings, TitleText};
use crate::words::{Language, Words};

/// The settings as a form: all as text, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a box to tick")]
pub struct Form {
    /// What the images may take, or empty.
    pub limit: String,
    /// What is to stay free.
    pub reserve: String,
    /// Seconds between looks, or empty.
    pub interval: String,
    /// Value of one of [`FormView::icons`].
    pub icon: String,
    /// Value of one of [`FormView::titles`].
    pub title: String,
    /// Value of one of [`FormView::languages`].
    pub language: String,
    /// A shortcut, or empty.
    pub shortcut: String,
    /// Opens at login.
    pub login: bool,
    /// Asks for new versions.
    pub check_for_updates: bool,
    /// Sends notifications.
    pub notifications: bool,
    /// Free space below which a notice is due.
    pub alert_notice: String,
    /// Or below this share of the volume, in hundredths.
    pub alert_notice_percent: String,
    /// Free space below which a warning is due.
    pub alert_warning: String,
    /// Free space below which it is critical.
    pub alert_critical: String,
    /// Growth within an hour, while nobody looks, from which a notice is due.
    pub alert_burst: String,
    /// Value of one of [`FormView::idles`].
    pub arm_idle: String,
    /// Value of one of [`FormView::automatics`].
    pub automatic: String,
    /// Seconds that nobody must have held the images.
    pub automatic_idle: String,
    /// What may have to be written again in a week because of it.
    pub automatic_week_budget: String,
    /// When nothing is done by itself, or empty.
    pub quiet_hours: String,
    /// Acts on battery as well.
    pub on_battery: bool,
    /// Ids of the bundles that are not watched.
    pub ignored: Vec<String>,
}

/// The settings, what can be chosen, and what is wrong with them.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct FormView {
    /// As they stand or were typed.
    pub form: Form,
    /// Wrong fields by name, with what to write instead.
    pub errors: Vec<FieldError>,
    /// Said after saving.
    pub saved: Option<String>,
    /// Styles of the icon.
    pub icons: Vec<OptionText>,
    /// Texts beside it.
    pub titles: Vec<OptionText>,
    /// Languages, by their own names.
    pub languages: Vec<OptionText>,
    /// What Plimsoll may do by itself.
    pub automatics: Vec<OptionText>,
    /// For how long nobody must have held the images before what is armed is done.
    pub idles: Vec<OptionText>,
    /// Bundles that can be watched.
    pub bundles: Vec<OptionText>,
    /// Where history, receipts and copies are kept, for people.
    pub data: String,
    /// The version, in words.
    pub version: String,
}

/// A wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct FieldError {
    /// Its name in [`Form`].
    pub field: String,
    /// What to write instead.
    pub sentence: String,
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct OptionText {
    /// For the form.
    pub value: String,
    /// For people.
    pub label: String,
}

/// Every bundle that there is, by the id that the page knows: its whole path and its name.
pub type Known = BTreeMap<String, (PathBuf, String)>;

impl Form {
    /// The settings as a person would type them.
    #[must_use]
    pub fn of(settings: &Settings, known: &Known, login: bool, words: &Words) -> Self {
        let ignored = known.iter().filter(|(_, (path, _))| settings.ignored.contains(path));
        Self {
            limit: settings.limit.map_or_else(String::new, |limit| words.size(limit)),
            reserve: words.size(settings.reserve),
            interval: settings.interval.map_or_else(String::new, |time| time.as_secs().to_string()),
            icon: name_in(&IconStyle::ALL, settings.icon),
            title: name_in(&TitleText::ALL, settings.title),
            language: settings.language.map_or_else(String::new, |language| language.tag().to_owned()),
            shortcut: settings.shortcut.clone().unwrap_or_default(),
            login,
            check_for_updates: settings.check_for_updates,
            notifications: settings.notifications,
            alert_notice: words.size(settings.alerts.notice),
            alert_notice_percent: settings.alerts.notice_percent.to_string(),
            alert_warning: words.size(settings.alerts.warning),
            alert_critical: words.size(settings.alerts.critical),
            alert_burst: words.size(settings.alerts.burst),
            arm_idle: settings.arm_idle.as_secs().to_string(),
            automatic: name_in(&Automatic::LEVELS, settings.automatic.most),
            automatic_idle: settings.automatic.idle.as_secs().to_string(),
            automatic_week_budget: words.size(settings.automatic.week_budget),
            quiet_hours: settings.automatic.quiet.map_or_else(String::new, |hours| hours.to_string()),
            on_battery: settings.automatic.on_battery,
            ignored: ignored.map(|(id, _)| id.clone()).collect(),
        }
    }

    /// The settings it stands for, or the fields that are wrong. `before` keeps what the form does not show: sizes that
    /// were rounded for it, and bundles that are not there at the moment.
    pub fn settings(&self, before: &Settings, known: &Known, words: &Words) -> Result<Settings, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, id: &str| {
            errors.push(FieldError { field: field.to_owned(), sentence: words.text(id) });
        };
        let limit = match self.limit.trim() {
            "" => None,
            text => typed_size(text, before.limit, words)
                .filter(|limit| (settings::SMALLEST_LIMIT..=settings::LARGEST).contains(limit))
                .or_else(|| {
                    wrong("limit", "set-limit-bad");
                    None
                }),
        };
        let reserve =
            typed_size(&self.reserve, Some(before.reserve), words).filter(|reserve| *reserve <= settings::LARGEST);
        let reserve = reserve.unwrap_or_else(|| {
            wrong("reserve", "set-reserve-bad");
            before.reserve
        });
        let interval = match self.interval.trim() {
            "" => None,
            text => {
                let time = text.parse().ok().map(Duration::from_secs);
                time.filter(|time| (SHORTEST..=LONGEST).contains(time)).or_else(|| {
                    wrong("interval", "set-interval-bad");
                    None
                })
            }
        };
        let alerts = self.alerts(before.alerts, words, &mut wrong);
        let automatic = self.automatic(before.automatic, words, &mut wrong);
        let away = before.ignored.iter().filter(|path| !known.values().any(|(known, _)| known == *path));
        let chosen = self.ignored.iter().filter_map(|id| known.get(id).map(|(path, _)| path));
        let settings = Settings {
            limit,
            reserve,
            interval,
            icon: value_in(&IconStyle::ALL, &self.icon).unwrap_or(before.icon),
            title: value_in(&TitleText::ALL, &self.title).unwrap_or(before.title),
            language: Language::ALL.iter().find(|(_, tag, _)| *tag == self.language).map(|(language, ..)| *language),
            shortcut: Some(self.shortcut.trim().to_owned()).filter(|shortcut| !shortcut.is_empty()),
            ignored: away.chain(chosen).cloned().collect(),
            roots: before.roots.clone(),
            check_for_updates: self.check_for_updates,
            notifications: self.notifications,
            alerts,
            // Only what is offered can be chosen, so that anything else is what stood there before.
            arm_idle: seconds(&self.arm_idle).unwrap_or(before.arm_idle),
            automatic,
        };
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }

    /// The levels of free space, and the growth that is told of.
    fn alerts(&self, before: Limits, words: &Words, wrong: &mut impl FnMut(&str, &str)) -> Limits {
        let mut level = |field: &str, text: &str, before: Bytes| {
            let size = typed_size(text, Some(before), words).filter(|size| *size <= settings::LARGEST);
            size.unwrap_or_else(|| {
                wrong(field, "set-alert-bad");
                before
            })
        };
        let percent =
            self.alert_notice_percent.trim().parse().ok().filter(|percent| *percent <= settings::MOST_PERCENT);
        let limits = Limits {
            notice: level("alert_notice", &self.alert_notice, before.notice),
            warning: level("alert_warning", &self.alert_warning, before.warning),
            critical: level("alert_critical", &self.alert_critical, before.critical),
            burst: level("alert_burst", &self.alert_burst, before.burst),
            notice_percent: percent.unwrap_or(before.notice_percent),
        };
        if percent.is_none() {
            wrong("alert_notice_percent", "set-alert-percent-bad");
        }
        limits
    }

    /// What may be done by itself.
    fn automatic(&self, before: Automatic, words: &Words, wrong: &mut impl FnMut(&str, &str)) -> Automatic {
        let idle = seconds(&self.automatic_idle).unwrap_or_else(|| {
            wrong("automatic_idle", "set-automatic-idle-bad");
            before.idle
        });
        let week_budget = typed_size(&self.automatic_week_budget, Some(before.week_budget), words)
            .filter(|size| *size <= settings::LARGEST)
            .unwrap_or_else(|| {
                wrong("automatic_week_budget", "set-budget-bad");
                before.week_budget
            });
        let quiet = match self.quiet_hours.trim() {
            "" => None,
            text => Hours::parse(text).or_else(|| {
                wrong("quiet_hours", "set-quiet-hours-bad");
                before.quiet
            }),
        };
        Automatic {
            most: value_in(&Automatic::LEVELS, &self.automatic).unwrap_or(before.most),
            idle,
            week_budget,
            quiet,
            on_battery: self.on_battery,
        }
    }
}

/// Seconds as typed, where somebody could have to wait that long.
fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs).filter(|idle| IDLE_RANGE.contains(idle))
}

/// The times to choose from, and the one that stands in the file beside them.
fn idles(form: &Form, words: &Words) -> Vec<OptionText> {
    let mut times: Vec<Duration> = IDLE_CHOICES.into_iter().chain(seconds(&form.arm_idle)).collect();
    times.sort_unstable();
    times.dedup();
    let option = |time: Duration| OptionText { value: time.as_secs().to_string(), label: lasting(time, words) };
    times.into_iter().map(option).collect()
}

/// A size as typed; one that was shown and not changed stays to the byte.
fn typed_size(text: &str, before: Option<Bytes>, words: &Words) -> Option<Bytes> {
    match before {
        Some(before) if words.size(before) == text.trim() => Some(before),
        _ => settings::words_to_bytes(&words.plain_number(text)),
    }
}

fn name_in<T: Copy + PartialEq>(all: &[(T, &str)], value: T) -> String {
    all.iter().find(|(known, _)| *known == value).map_or_else(String::new, |(_, name)| (*name).to_owned())
}

fn value_in<T: Copy>(all: &[(T, &str)], name: &str) -> Option<T> {
    all.iter().find(|(_, known)| *known == name).map(|(value, _)| *value)
}

/// The whole form with what can be chosen. `data` is the folder of Plimsoll's own files.
#[must_use]
pub fn form_view(form: Form, errors: Vec<FieldError>, known: &Known, data: String, words: &Words) -> FormView {
    let option = |value: &str, label: String| OptionText { value: value.to_owned(), label };
    let mut languages = vec![option("", words.text("set-language-system"))];
    languages.extend(Language::ALL.map(|(_, tag, name)| option(tag, name.to_owned())));
    FormView {
        idles: idles(&form, words),
        form,
        errors,
        saved: None,
        icons: IconStyle::ALL.iter().map(|(_, name)| option(name, words.text(&format!("set-icon-{name}")))).collect(),
        titles: TitleText::ALL.iter().map(|(_, name)| option(name, words.text(&format!("set-title-{name}")))).collect(),
        languages,
        automatics: Automatic::LEVELS
            .iter()
            .map(|(_, name)| option(name, words.text(&format!("set-automatic-{name}"))))
            .collect(),
        bundles: known.iter().map(|(id, (_, name))| option(id, name.clone())).collect(),
        data,
        version: words.say("about-version", &[("version", &env!("CARGO_PKG_VERSION"))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::bundle_id;
    use crate::policy::Most;

    fn known() -> Known {
        let bundle = |path: &str| (bundle_id(path), (PathBuf::from(path), "Claude".to_owned()));
        [bundle("/here"), bundle("/there")].into()
    }

    #[test]
    fn what_is_shown_and_not_changed_stays_to_the_byte() {
        let settings = Settings {
            limit: Some(Bytes(12_345_678_901)),
            reserve: Bytes(5_432_109_876),
            interval: Some(Duration::from_mins(5)),
            icon: IconStyle::Wide,
            title: TitleText::Free,
            language: Some(Language::German),
            shortcut: Some("Ctrl+Alt+P".to_owned()),
            ignored: vec!["/elsewhere".into(), "/there".into()],
            roots: vec!["/elsewhere/Claude".into()],
            check_for_updates: true,
            notifications: false,
            alerts: Limits { notice: Bytes(15_000_000_001), burst: Bytes(7), ..Limits::default() },
            arm_idle: Duration::from_secs(42),
            automatic: Automatic {
                most: Most::Rebuild,
                quiet: Hours::parse("22:00-07:00"),
                week_budget: Bytes(9),
                ..Automatic::default()
            },
        };
        for (language, ..) in Language::ALL {
            let words = Words::of(language);
            let form = Form::of(&settings, &known(), true, words);
            assert_eq!(form.settings(&settings, &known(), words), Ok(settings.clone()));
        }
        let empty = Form::of(&Settings::default(), &known(), false, Words::of(Language::English));
        assert_eq!(empty.settings(&settings, &Known::new(), Words::of(Language::English)).map(|s| s.limit), Ok(None));
    }

    #[test]
    fn sizes_are_typed_in_the_language_of_the_form() {
        let before = Settings::default();
        let typed = |limit: &str, language| {
            let words = Words::of(language);
            let form = Form { limit: limit.to_owned(), ..Form::of(&before, &known(), false, words) };
            form.settings(&before, &known(), words).map(|settings| settings.limit)
        };
        assert_eq!(typed("12.5 GB", Language::English), Ok(Some(Bytes(12_500_000_000))));
        assert_eq!(typed("12,5 GB", Language::German), Ok(Some(Bytes(12_500_000_000))));
        assert!(typed("12,5 GB", Language::English).is_err());
    }

    #[test]
    fn every_wrong_field_is_named_and_nothing_is_taken() {
        let (words, before) = (Words::of(Language::English), Settings::default());
        let form = Form {
            limit: "much".to_owned(),
            reserve: "-1 GB".to_owned(),
            interval: "1".to_owned(),
            alert_notice_percent: "51".to_owned(),
            alert_warning: "10".to_owned(),
            alert_burst: "fast".to_owned(),
            automatic_week_budget: "17 PB".to_owned(),
            automatic_idle: "1".to_owned(),
            quiet_hours: "night".to_owned(),
            ..Form::of(&before, &known(), false, words)
        };
        let errors = form.settings(&before, &known(), words).expect_err("wrong");
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        let wrong = ["limit", "reserve", "interval", "alert_warning", "alert_burst", "alert_notice_percent"];
        assert_eq!(fields, [&wrong[..], &["automatic_idle", "automatic_week_budget", "quiet_hours"]].concat());
        assert!(errors.iter().all(|error| error.sentence.starts_with("Write ")), "{errors:?}");
    }

    #[test]
    fn a_time_that_is_not_offered_can_be_kept_and_any_other_is_one_of_those_offered() {
        let words = Words::of(Language::English);
        let shown = |seconds: u64| {
            let before = Settings { arm_idle: Duration::from_secs(seconds), ..Settings::default() };
            let form = Form::of(&before, &known(), false, words);
            let labels = form_view(form.clone(), Vec::new(), &known(), String::new(), words).idles;
            let labels: Vec<String> = labels.into_iter().map(|option| option.label).collect();
            (form, before, labels.join(", "))
        };
        assert_eq!(shown(120).2, "1 minute, 2 minutes, 5 minutes, 15 minutes");
        let (form, before, labels) = shown(90);
        assert_eq!(labels, "1 minute, 90 seconds, 2 minutes, 5 minutes, 15 minutes");
        let chosen = |idle: &str| Form { arm_idle: idle.to_owned(), ..form.clone() }.settings(&before, &known(), words);
        assert_eq!(chosen("300").map(|settings| settings.arm_idle), Ok(Duration::from_mins(5)));
        assert_eq!(chosen("0").map(|settings| settings.arm_idle), Ok(Duration::from_secs(90)));
    }

    #[test]
    fn the_form_shows_no_path_but_where_data_is_kept() {
        let words = Words::of(Language::English);
        let form =
            Form::of(&Settings { ignored: vec!["/there".into()], ..Settings::default() }, &known(), false, words);
        let view = form_view(form, Vec::new(), &known(), "/data".to_owned(), words);
        let text = serde_json::to_string(&view).expect("JSON");
        assert!(!text.contains("/there") && !text.contains("/here") && text.contains("/data"), "{text}");
        assert_eq!(view.bundles.len(), 2);
    }
}
