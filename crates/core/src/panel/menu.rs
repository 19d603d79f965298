//! The menu: the same facts as the panel, for those who never open it and for those who hear it.
//!
//! Not here: the menu's widgets.

use super::PanelView;
use crate::words::Words;

/// What a line of the menu does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// Says how things stand.
    Headline,
    /// Says whether the VM runs, or what is going on.
    State,
    /// Says the most pressing alert, and opens the panel.
    Alert,
    /// Arms the reclaim, or takes it back.
    Arm,
    /// Reclaims, or opens the sheet.
    Reclaim,
    /// Says why not.
    Reason,
    /// Opens the panel.
    Open,
    /// Shows the bundle in Finder or the file manager.
    ShowBundle,
    /// Stops and resumes watching.
    Pause,
    /// Opens the settings.
    Settings,
    /// Says what this is.
    About,
    /// Ends the app.
    Quit,
}

/// One line, or none for a separator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it does.
    pub item: Item,
    /// What it says.
    pub label: String,
    /// Whether it can be chosen.
    pub enabled: bool,
    /// For lines that can be switched.
    pub checked: Option<bool>,
}

/// Whether two menus have the same lines in the same places, so that one becomes the other by what its lines say.
#[must_use]
pub fn is_alike(one: &[Vec<Line>], other: &[Vec<Line>]) -> bool {
    let lines = |menu: &[Vec<Line>]| -> Vec<Vec<(Item, bool)>> {
        menu.iter().map(|group| group.iter().map(|line| (line.item, line.checked.is_some())).collect()).collect()
    };
    lines(one) == lines(other)
}

impl Item {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Headline,
        Self::State,
        Self::Alert,
        Self::Arm,
        Self::Reclaim,
        Self::Reason,
        Self::Open,
        Self::ShowBundle,
        Self::Pause,
        Self::Settings,
        Self::About,
        Self::Quit,
    ];
}

/// How things stand, in one line.
#[must_use]
pub fn headline(view: &PanelView, words: &Words) -> String {
    match (view.bundles.first(), &view.empty) {
        (Some(bundle), _) => format!("{} · {}", bundle.number, bundle.sentence),
        (None, Some(empty)) => empty.title.clone(),
        (None, None) => words.text("stand-starting"),
    }
}

/// The lines, in groups with a separator between them.
#[must_use]
pub fn menu(view: &PanelView, mac: bool, words: &Words) -> Vec<Vec<Line>> {
    let line = |item, label: String, enabled| Line { item, label, enabled, checked: None };
    let command = |item, id: &str| line(item, words.text(id), true);
    let bundle = view.bundles.first();
    let headline = headline(view, words);
    let state = view.activity.as_ref().map(|activity| activity.sentence.clone());
    let state = state.or_else(|| view.paused.clone()).or_else(|| bundle.map(|bundle| bundle.vm.sentence.clone()));
    let mut facts = vec![line(Item::Headline, headline, false)];
    facts.extend(state.map(|state| line(Item::State, state, false)));
    facts.extend(view.alerts.first().map(|alert| line(Item::Alert, alert.title.clone(), true)));
    let mut reclaim = Vec::new();
    if let Some(bundle) = bundle {
        let button = &bundle.reclaim;
        let free = view.activity.is_none();
        reclaim.push(line(Item::Reclaim, button.title.clone(), button.enabled && free));
        if !button.enabled && free {
            reclaim.push(line(Item::Reason, button.reason.clone(), false));
        }
        if let Some(arm) = &bundle.arm {
            reclaim.push(Line { checked: Some(arm.armed), ..line(Item::Arm, words.text("menu-arm"), free) });
        }
    }
    let mut open = vec![command(Item::Open, "menu-open")];
    if bundle.is_some() {
        open.push(command(Item::ShowBundle, if mac { "menu-show-bundle-mac" } else { "menu-show-bundle" }));
    }
    let pause = Line { checked: Some(view.paused.is_some()), ..command(Item::Pause, "menu-pause") };
    open.extend([pause, command(Item::Settings, "menu-settings")]);
    let end = vec![command(Item::About, "menu-about"), command(Item::Quit, "menu-quit")];
    [facts, reclaim, open, end].into_iter().filter(|group| !group.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_menu_is_alike_while_only_what_its_lines_say_differs() {
        let line =
            |item, label: &str, checked| Line { item, label: label.to_owned(), enabled: label.len() > 3, checked };
        let menu = |label, checked| vec![vec![line(Item::State, label, None)], vec![line(Item::Pause, label, checked)]];
        assert!(is_alike(&menu("calm", Some(true)), &menu("low", Some(false))));
        assert!(!is_alike(&menu("calm", Some(true)), &menu("calm", None)), "one of another kind");
        assert!(!is_alike(&menu("calm", None), &menu("calm", None)[..1]), "one more");
        assert!(!is_alike(&menu("calm", None), &[menu("calm", None).concat()]), "in other places");
    }
}
