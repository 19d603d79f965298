//! The tray on Linux: a `StatusNotifierItem` with a menu over D-Bus.
//!
//! <https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/>. It waits for a panel host that starts later
//! or anew. The icon's ink follows the theme, since hosts do not colour pixmaps. Not here: what is shown.

use gtk::prelude::*;
use ksni::blocking::{Handle, TrayMethods};
use ksni::menu::{CheckmarkItem, StandardItem};
use ksni::{MenuItem, OfflineReason, ToolTip};
use plimsoll_core::panel::icon::IconLook;
use plimsoll_core::panel::menu::{Item, Line};
use plimsoll_core::panel::tray::TrayView;
use tauri::{AppHandle, PhysicalPosition, PhysicalSize};

use super::{Act, Anchor, act};
use crate::icon::{Ink, draw};

/// The icon in the panel.
pub(super) struct Icon {
    handle: Handle<Notifier>,
}

impl Icon {
    pub(super) fn new(app: &AppHandle, view: &TrayView) -> Result<Self, ksni::Error> {
        let ink = ink();
        let notifier = Notifier { app: app.clone(), pixmaps: pixmaps(&view.icon, ink), view: view.clone() };
        // A host may start after us, and again whenever it likes.
        let handle = notifier.assume_sni_available(true).spawn()?;
        follow_theme(handle.clone(), ink);
        Ok(Self { handle })
    }

    pub(super) fn change(&mut self, _app: &AppHandle, now: &TrayView, next: &TrayView) {
        let drawn = (now.icon != next.icon).then(|| pixmaps(&next.icon, ink()));
        let next = next.clone();
        self.handle.update(move |notifier| {
            notifier.view = next;
            if let Some(drawn) = drawn {
                notifier.pixmaps = drawn;
            }
        });
    }
}

struct Notifier {
    app: AppHandle,
    view: TrayView,
    pixmaps: Vec<ksni::Icon>,
}

impl ksni::Tray for Notifier {
    fn id(&self) -> String {
        "plimsoll".to_owned()
    }

    fn title(&self) -> String {
        if self.view.title.is_empty() { "Plimsoll".to_owned() } else { format!("Plimsoll · {}", self.view.title) }
    }

    fn category(&self) -> ksni::Category {
        ksni::Category::Hardware
    }

    fn status(&self) -> ksni::Status {
        if self.view.attention { ksni::Status::NeedsAttention } else { ksni::Status::Active }
    }

    /// Hosts that ask for another picture then get the same one: it is their frame or blinking that calls.
    fn attention_icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.pixmaps.clone()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.pixmaps.clone()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: self.title(), description: self.view.tooltip.clone(), ..ToolTip::default() }
    }

    fn activate(&mut self, x: i32, y: i32) {
        // Hosts give the pointer's place, or nothing.
        let at = PhysicalPosition::new(f64::from(x), f64::from(y));
        let anchor = (x > 0 || y > 0).then_some(Anchor { at, size: PhysicalSize::new(1.0, 1.0) });
        act(&self.app, Act::Toggle(anchor));
    }

    fn secondary_activate(&mut self, x: i32, y: i32) {
        self.activate(x, y);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let mut items = Vec::new();
        for group in &self.view.menu {
            if !items.is_empty() {
                items.push(MenuItem::Separator);
            }
            items.extend(group.iter().map(entry));
        }
        items
    }

    fn menu_about_to_show(&mut self) {
        act(&self.app, Act::MenuOpens);
    }

    fn watcher_online(&self) {
        log::info!("the panel host takes icons");
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        log::info!("no panel host takes icons at the moment: {reason:?}");
        true
    }
}

fn entry(line: &Line) -> MenuItem<Notifier> {
    let item: Item = line.item;
    // An underscore would mark a key.
    let label = line.label.replace('_', "__");
    let enabled = line.enabled;
    let activate = Box::new(move |notifier: &mut Notifier| act(&notifier.app, Act::Choose(item)));
    if let Some(checked) = line.checked {
        CheckmarkItem { label, enabled, checked, activate, ..CheckmarkItem::default() }.into()
    } else {
        StandardItem { label, enabled, activate, ..StandardItem::default() }.into()
    }
}

/// In the sizes of ordinary and dense screens; the host takes the one that fits. Network byte order, ARGB.
fn pixmaps(look: &IconLook, ink: Ink) -> Vec<ksni::Icon> {
    [1, 2]
        .into_iter()
        .filter_map(|scale| {
            let picture = draw(look, scale, ink)?;
            let mut data = picture.rgba;
            data.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
            Some(ksni::Icon { width: picture.width.cast_signed(), height: picture.height.cast_signed(), data })
        })
        .collect()
}

/// The ink of the theme's bars. On the main thread.
fn ink() -> Ink {
    // GNOME's bar is dark whatever the theme of windows is.
    let desktop = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
    if desktop.split(':').any(|name| ["GNOME", "ubuntu", "Unity"].contains(&name)) {
        return Ink::Light;
    }
    let text = gtk::MenuBar::new().style_context().lookup_color("theme_fg_color");
    // Relative luminance, ITU-R BT.709: light text means a dark bar.
    let light = |colour: gtk::gdk::RGBA| 0.2126 * colour.red() + 0.7152 * colour.green() + 0.0722 * colour.blue() > 0.5;
    if text.is_none_or(light) { Ink::Light } else { Ink::Dark }
}

fn follow_theme(handle: Handle<Notifier>, first: Ink) {
    let Some(settings) = gtk::Settings::default() else { return };
    let last = std::cell::Cell::new(first);
    let redraw = std::rc::Rc::new(move || {
        let ink = ink();
        if last.replace(ink) != ink {
            handle.update(|notifier| notifier.pixmaps = pixmaps(&notifier.view.icon, ink));
        }
    });
    let again = std::rc::Rc::clone(&redraw);
    settings.connect_gtk_theme_name_notify(move |_| again());
    settings.connect_gtk_application_prefer_dark_theme_notify(move |_| redraw());
}
