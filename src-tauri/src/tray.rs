//! The tray: shows the board's facts as icon, text and menu, and turns clicks into requests.
//!
//! The platform's file draws and listens; what is shown comes from the core. Not here: any fact.

#[cfg(target_os = "linux")]
#[path = "tray/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "tray/macos.rs"]
mod platform;

use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_core::panel::Place;
use plimsoll_core::panel::menu::Item;
use plimsoll_core::panel::tray::{TrayView, tray};
use plimsoll_core::words::Words;
use tauri::{AppHandle, Manager, PhysicalPosition, PhysicalSize};

use crate::app::App;
use crate::board::Shown;
use crate::desk::Request;
use crate::panel;

/// Where the icon is on the screen, when the platform says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Anchor {
    pub(crate) at: PhysicalPosition<f64>,
    pub(crate) size: PhysicalSize<f64>,
}

/// What the user did with the icon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    /// Clicked it.
    Toggle(Option<Anchor>),
    /// Is about to read the menu.
    MenuOpens,
    /// Chose a line.
    Choose(Item),
}

/// The icon, once there is one, and what it shows.
#[derive(Default)]
pub(crate) struct Tray {
    icon: Mutex<Option<(platform::Icon, TrayView)>>,
}

impl Tray {
    /// Shows the facts; draws only what would look different. On the main thread.
    pub(crate) fn show(&self, app: &AppHandle, shown: &Arc<Shown>) {
        let next = tray(&shown.view, &shown.settings, cfg!(target_os = "macos"), Words::of(shown.language));
        let mut icon = self.icon.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((icon, now)) = icon.as_mut() {
            if *now != next {
                icon.change(app, now, &next);
                *now = next;
            }
            return;
        }
        match platform::Icon::new(app, &next) {
            Ok(new) => *icon = Some((new, next)),
            // Without a tray the panel still opens by starting the app again; the next change tries once more.
            Err(error) => log::warn!("failed to show the icon: {error}"),
        }
    }
}

/// Does what the user asked for; from any thread.
pub(crate) fn act(app: &AppHandle, act: Act) {
    let state = app.state::<App>();
    match act {
        Act::Toggle(anchor) => panel::toggle(app, anchor),
        Act::MenuOpens => state.desk.ask(Request::LookClosely),
        Act::Choose(item) => choose(app, &state, item),
    }
}

fn choose(app: &AppHandle, state: &App, item: Item) {
    match item {
        Item::Headline | Item::State | Item::Reason => {}
        Item::Reclaim => {
            let shown = state.board.shown();
            let Some(bundle) = shown.view.bundles.first().filter(|bundle| bundle.reclaim.enabled) else { return };
            let (id, reclaim) = (bundle.id.clone(), &bundle.reclaim);
            if reclaim.sheet {
                panel::open(app, Place::Sheet { bundle: id, level: reclaim.level }, None);
            } else {
                state.desk.ask(Request::Reclaim(id, reclaim.level, reclaim.fingerprint.clone()));
            }
        }
        Item::Open => panel::open(app, Place::Stand, None),
        Item::ShowBundle => {
            let shown = state.board.shown();
            if let Some(bundle) = shown.view.bundles.first() {
                // Without a panel there is nowhere to say it; the log has it.
                let _ = crate::desktop::show_bundle(app, &bundle.id);
            }
        }
        Item::Pause => state.desk.ask(Request::Pause),
        Item::Settings => panel::open(app, Place::Settings, None),
        Item::About => panel::open(app, Place::About, None),
        Item::Quit => crate::app::quit(app),
    }
}
