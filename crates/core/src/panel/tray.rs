//! The tray: icon, text beside it, tooltip and menu.
//!
//! Not here: drawing, and the widgets.

use super::PanelView;
use super::icon::IconLook;
use super::menu::{self, Line};
use crate::settings::{IconStyle, Settings, TitleText};
use crate::words::Words;

/// Everything the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrayView {
    /// The picture.
    pub icon: IconLook,
    /// Beside the icon; empty for nothing.
    pub title: String,
    /// Shown when the pointer rests on the icon.
    pub tooltip: String,
    /// The icon asks to be looked at.
    pub attention: bool,
    /// Lines in groups.
    pub menu: Vec<Vec<Line>>,
}

/// The tray of a panel. `mac` chooses the platform's words.
#[must_use]
pub fn tray(view: &PanelView, settings: &Settings, mac: bool, words: &Words) -> TrayView {
    let bundle = view.bundles.first();
    let title = bundle.map_or_else(String::new, |bundle| match settings.title {
        TitleText::None => String::new(),
        TitleText::Allocated => bundle.number.clone(),
        TitleText::Free => bundle.free.clone(),
    });
    // Where nothing beside the icon blinks, a mark in front of the text has to do.
    let title = if view.unsaid && mac { format!("! {title}").trim_end().to_owned() } else { title };
    TrayView {
        attention: view.unsaid,
        icon: IconLook::of(bundle, view.activity.is_some(), settings.icon == IconStyle::Wide),
        title,
        tooltip: menu::headline(view, words),
        menu: menu::menu(view, mac, words),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::panel::Mark;
    use crate::panel::view::{PanelInput, view};
    use crate::words::Language;

    #[test]
    fn without_a_bundle_the_icon_is_unknown_and_the_tooltip_says_so() {
        let (settings, words) = (Settings::default(), Words::of(Language::English));
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().expect("a time");
        let zone = TimeZone::UTC;
        let input = PanelInput {
            prospects: &[],
            gaps: &[],
            receipts: &[],
            copies: &[],
            alerts: &[],
            armed: &[],
            settings: &settings,
            now,
            zone: &zone,
            words,
        };
        let tray = tray(&view(&input), &Settings { title: TitleText::Free, ..settings.clone() }, false, words);
        assert_eq!(
            (tray.icon.mark, tray.title.as_str(), tray.tooltip.as_str()),
            (Mark::Unknown, "", "No Claude VM here")
        );
    }
}
