//! Words of every language Plimsoll speaks, from `locales/*.ftl` (Project Fluent), and numbers, days and times in it.
//!
//! Not here: which sentence is said when (`notice`, `panel`).

use std::fmt::Display;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::bytes::Bytes;

/// A language with a complete file of words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English, and what is said where nothing else is chosen.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All languages, by their own names.
    pub const ALL: [(Self, &'static str, &'static str); 2] =
        [(Self::English, "en", "English"), (Self::German, "de", "Deutsch")];

    /// The language of a tag such as `de`, `de_AT.UTF-8` or `en-GB`.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_', '.', '@']).next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.iter().find(|(_, known, _)| *known == primary).map(|(language, ..)| *language)
    }

    /// Its tag, as in BCP 47.
    #[must_use]
    pub fn tag(self) -> &'static str {
        Self::ALL.iter().find(|(language, ..)| *language == self).map_or("en", |(_, tag, _)| *tag)
    }

    const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../locales/en.ftl"),
            Self::German => include_str!("../locales/de.ftl"),
        }
    }
}

/// The words of one language.
pub struct Words {
    bundle: FluentBundle<FluentResource>,
    /// Which one.
    pub language: Language,
}

/// Something to put into a sentence.
pub type Fill<'a> = (&'a str, &'a dyn Display);

impl Words {
    /// The words of a language; read once.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        static ENGLISH: OnceLock<Words> = OnceLock::new();
        static GERMAN: OnceLock<Words> = OnceLock::new();
        let cell = match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        };
        cell.get_or_init(|| Self::read(language))
    }

    fn read(language: Language) -> Self {
        // A message that does not parse is left out and shows as its name; a test holds all of them complete.
        let resource = FluentResource::try_new(language.source().to_owned()).unwrap_or_else(|(resource, _)| resource);
        let tags = language.tag().parse().into_iter().collect();
        let mut bundle = FluentBundle::new_concurrent(tags);
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self { bundle, language }
    }

    /// A text without blanks to fill.
    #[must_use]
    pub fn text(&self, id: &str) -> String {
        self.say(id, &[])
    }

    /// A sentence. A whole number chooses the plural.
    #[must_use]
    pub fn say(&self, id: &str, fills: &[Fill<'_>]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in fills {
            let value = value.to_string();
            // A name such as 007 is no number.
            let number = value.parse::<u32>().ok().filter(|number| value.len() < 10 && number.to_string() == value);
            args.set((*name).to_owned(), number.map_or_else(|| FluentValue::from(value), FluentValue::from));
        }
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }

    /// A size, with the language's decimal mark.
    #[must_use]
    pub fn size(&self, bytes: Bytes) -> String {
        let size = bytes.to_string();
        match self.language {
            Language::English => size,
            Language::German => size.replace('.', ","),
        }
    }

    /// A number as typed in the language, in the way of files and programs.
    #[must_use]
    pub fn plain_number(&self, text: &str) -> String {
        match self.language {
            Language::English => text.to_owned(),
            Language::German => text.replace(',', "."),
        }
    }

    /// A day and time of day: `today, 14:02`, `Tue 3 Nov, 14:02`.
    #[must_use]
    pub fn when(&self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let (at, now) = (at.to_zoned_datetime(zone.clone()), now.to_zoned_datetime(zone.clone()));
        let time = at.strftime("%H:%M");
        if at.date() == now.date() {
            return self.say("when-today", &[("time", &time)]);
        }
        let day = self.date(&at);
        if at.year() == now.year() {
            self.say("when-day", &[("day", &day), ("time", &time)])
        } else {
            self.say("when-year", &[("day", &day), ("year", &at.year())])
        }
    }

    /// A time of day on the same day, else with its day: `14:02`, `3 Nov, 14:02`.
    #[must_use]
    pub fn moment(&self, at: Timestamp, beside: Timestamp, zone: &TimeZone) -> String {
        let local = |time: Timestamp| time.to_zoned_datetime(zone.clone());
        if local(at).date() == local(beside).date() {
            local(at).strftime("%H:%M").to_string()
        } else {
            self.when(at, beside, zone)
        }
    }

    /// A day and month: `3 Nov`.
    #[must_use]
    pub fn date(&self, at: &jiff::ZonedDateTime) -> String {
        self.say("when-date", &[("day", &at.day()), ("month", &self.month(at))])
    }

    /// A month, short.
    #[must_use]
    pub fn month(&self, at: &jiff::ZonedDateTime) -> String {
        self.text(&format!("month-{}", at.month()))
    }

    /// A day of the week, short.
    #[must_use]
    pub fn weekday(&self, at: &jiff::ZonedDateTime) -> String {
        self.text(&format!("weekday-{}", at.weekday().to_monday_one_offset()))
    }
}

/// The name of every message in a language's file.
pub fn ids(language: Language) -> impl Iterator<Item = &'static str> {
    language.source().lines().filter_map(|line| {
        let (id, _) = line.split_once(" =")?;
        id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)).then_some(id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_message_and_each_can_be_said() {
        let english: Vec<&str> = ids(Language::English).collect();
        for (language, tag, _) in Language::ALL {
            assert_eq!(ids(language).collect::<Vec<_>>(), english, "{tag}: the same messages in the same order");
            let (_, errors) = match FluentResource::try_new(language.source().to_owned()) {
                Ok(resource) => (resource, Vec::new()),
                Err((resource, errors)) => (resource, errors),
            };
            assert!(errors.is_empty(), "{tag}: {errors:?}");
            for id in &english {
                assert!(Words::of(language).bundle.has_message(id), "{tag}: {id}");
            }
        }
    }

    /// What is filled in must be the same in every language, or a fact would be lost in translation.
    #[test]
    fn every_language_fills_the_same_blanks() {
        let blanks = |language: Language| -> Vec<(String, Vec<String>)> {
            let mut found: Vec<(String, Vec<String>)> = Vec::new();
            for line in language.source().lines() {
                if let Some((id, _)) = line.split_once(" =").filter(|(id, _)| !id.starts_with([' ', '#'])) {
                    found.push((id.to_owned(), Vec::new()));
                }
                let names = line.split('$').skip(1);
                let names = names.map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>());
                if let Some((_, blanks)) = found.last_mut() {
                    blanks.extend(names);
                    blanks.sort();
                    blanks.dedup();
                }
            }
            found
        };
        assert_eq!(blanks(Language::German), blanks(Language::English));
    }

    #[test]
    fn numbers_days_and_plurals_follow_the_language() {
        let (english, german) = (Words::of(Language::English), Words::of(Language::German));
        assert_eq!(english.size(Bytes(9_800_000_000)), "9.8 GB");
        assert_eq!(german.size(Bytes(9_800_000_000)), "9,8 GB");
        assert_eq!(english.say("span-days", &[("days", &1)]), "about 1 day");
        assert_eq!(english.say("span-days", &[("days", &3)]), "about 3 days");
        assert_eq!(english.say("about-version", &[("version", &"01234567")]), "Version 01234567");
        let at: Timestamp = "2026-11-03T14:02:00Z".parse().expect("a time");
        let later: Timestamp = "2026-11-24T10:00:00Z".parse().expect("a time");
        assert_eq!(english.when(at, later, &TimeZone::UTC), "3 Nov, 14:02");
        assert_eq!(german.when(at, later, &TimeZone::UTC), "3. Nov., 14:02");
        assert_eq!(english.when(at, at, &TimeZone::UTC), "today, 14:02");
        assert_eq!(Language::of_tag("de_AT.UTF-8"), Some(Language::German));
        assert_eq!(Language::of_tag("fr-FR"), None);
    }
}
