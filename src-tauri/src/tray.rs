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
use std::time::{Duration, Instant};

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
    /// Is about to read the menu. Not on macOS, where a menu may close under the user's hand when it changes.
    #[cfg(target_os = "linux")]
    MenuOpens,
    /// Chose a line.
    Choose(Item),
}

/// The icon, once there is one, and what it shows.
#[derive(Default)]
pub(crate) struct Tray {
    icon: Mutex<Option<(platform::Icon, TrayView)>>,
    /// When a line of the menu last changed.
    changed: Mutex<Option<Instant>>,
}

/// A menu that is open may show what was so before; nobody reads a line and clicks on it any slower.
const SETTLED: Duration = Duration::from_secs(2);

impl Tray {
    /// Shows the facts; draws only what would look different. On the main thread.
    pub(crate) fn show(&self, app: &AppHandle, shown: &Arc<Shown>) {
        let next = tray(&shown.view, &shown.settings, cfg!(target_os = "macos"), Words::of(shown.language));
        let mut icon = self.icon.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((icon, now)) = icon.as_mut() {
            if *now != next {
                if now.menu != next.menu {
                    *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                }
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

impl Tray {
    /// Where the icon is.
    #[cfg(target_os = "macos")]
    pub(crate) fn anchor(&self) -> Option<Anchor> {
        self.icon.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|(icon, _)| icon.anchor())
    }

    /// Whether what the menu says has stood there long enough to be what somebody clicked on.
    fn is_settled(&self) -> bool {
        let changed = *self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.is_none_or(|changed| changed.elapsed() >= SETTLED)
    }
}

/// Does what the user asked for; from any thread.
pub(crate) fn act(app: &AppHandle, act: Act) {
    let state = app.state::<App>();
    match act {
        Act::Toggle(anchor) => panel::toggle(app, anchor),
        #[cfg(target_os = "linux")]
        Act::MenuOpens => state.desk.ask(Request::LookClosely),
        Act::Choose(item) => choose(app, &state, item),
    }
}

fn choose(app: &AppHandle, state: &App, item: Item) {
    match item {
        Item::Headline | Item::State | Item::Reason => {}
        Item::Reclaim => {
            let shown = state.board.shown();
            let free = shown.view.activity.is_none();
            let bundle = shown.view.bundles.first().filter(|bundle| free && bundle.reclaim.enabled);
            let Some(bundle) = bundle else { return };
            let (id, reclaim) = (bundle.id.clone(), &bundle.reclaim);
            if reclaim.sheet || !state.tray.is_settled() {
                panel::open(app, Place::Sheet { bundle: id, level: reclaim.level }, None);
            } else {
                state.desk.reclaim(id, reclaim.level, reclaim.fingerprint.clone());
            }
        }
        Item::Arm => arm(app, state),
        Item::Alert | Item::Open => panel::open(app, Place::Stand, None),
        Item::ShowBundle => {
            let (app, shown) = (app.clone(), state.board.shown());
            // A file manager may take its time to start.
            std::thread::spawn(move || {
                if let Some(bundle) = shown.view.bundles.first() {
                    // Without a panel there is nowhere to say it; the log has it.
                    let _ = crate::desktop::show_bundle(&app, &bundle.id);
                }
            });
        }
        Item::Pause => state.desk.ask(Request::Pause),
        Item::Settings => panel::open(app, Place::Settings, None),
        Item::About => panel::open(app, Place::About, None),
        Item::Quit => crate::app::quit(app),
    }
}

/// What loses nothing is armed at once; for anything else the plan is seen first, in the panel.
fn arm(app: &AppHandle, state: &App) {
    let shown = state.board.shown();
    let Some(bundle) = shown.view.bundles.first() else { return };
    match &bundle.arm {
        Some(arm) if arm.armed => state.desk.ask(Request::Disarm(bundle.id.clone())),
        Some(arm) if !arm.sheet && state.tray.is_settled() => {
            state.desk.ask(Request::Arm(bundle.id.clone(), arm.level, arm.agreement.clone()));
        }
        Some(arm) => panel::open(app, Place::Sheet { bundle: bundle.id.clone(), level: arm.level }, None),
        None => {}
    }
}
