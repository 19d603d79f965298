//! The icon in the menu bar: a template image, the panel on a left click, the menu on a right click.
//!
//! Not here: what is shown.
#![expect(unsafe_code, reason = "the status item's name has no safe wrapper here")]

use objc2::msg_send;
use objc2_foundation::NSString;
use plimsoll_core::panel::menu::{Item, Line, is_alike};
use plimsoll_core::panel::tray::TrayView;
use tauri::image::Image;
use tauri::menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Rect, Wry};

use super::{Act, Anchor, act};
use crate::icon::{Ink, cut, draw};

/// The icon in the menu bar.
pub(super) struct Icon {
    icon: TrayIcon,
    /// What is in its menu, from the top.
    entries: Vec<Entry>,
}

enum Entry {
    Plain(MenuItem<Wry>),
    Switch(CheckMenuItem<Wry>),
}

impl Icon {
    pub(super) fn new(app: &AppHandle, view: &TrayView) -> tauri::Result<Self> {
        let builder = TrayIconBuilder::with_id("plimsoll").icon_as_template(true).show_menu_on_left_click(false);
        let (menu, entries) = menu(app, view)?;
        let builder = builder.menu(&menu).tooltip(&view.tooltip).title(&view.title);
        let builder = match picture(view) {
            Some(picture) => builder.icon(picture),
            None => builder,
        };
        let icon = builder
            .on_menu_event(|app, event| {
                let chosen = Item::ALL.into_iter().find(|item| event.id() == name(*item).as_str());
                if let Some(item) = chosen {
                    act(app, Act::Choose(item));
                }
            })
            .on_tray_icon_event(|tray, event| {
                if let TrayIconEvent::Click { button, button_state: MouseButtonState::Up, rect, .. } = event
                    && button == MouseButton::Left
                {
                    act(tray.app_handle(), Act::Toggle(Some(anchor(rect))));
                }
            })
            .build(app)?;
        // Without a name of its own the system keeps its place under one that all such apps share.
        icon.with_inner_tray_icon(|icon| {
            if let Some(item) = icon.ns_status_item() {
                // SAFETY: on the main thread, as this closure is; NSStatusItem copies the name (NSStatusItem.h).
                let () = unsafe { msg_send![&*item, setAutosaveName: &*NSString::from_str("plimsoll")] };
            }
        })?;
        Ok(Self { icon, entries })
    }

    pub(super) fn anchor(&self) -> Option<Anchor> {
        self.icon.rect().ok().flatten().map(anchor)
    }

    pub(super) fn change(&mut self, app: &AppHandle, now: &TrayView, next: &TrayView) {
        let mut change = || -> tauri::Result<()> {
            if now.icon != next.icon {
                self.icon.set_icon_with_as_template(picture(next), true)?;
            }
            if now.title != next.title {
                self.icon.set_title(Some(&next.title))?;
            }
            if now.tooltip != next.tooltip {
                self.icon.set_tooltip(Some(&next.tooltip))?;
            }
            // Another menu would close the one that is open.
            if !is_alike(&now.menu, &next.menu) {
                let (menu, entries) = menu(app, next)?;
                self.icon.set_menu(Some(menu))?;
                self.entries = entries;
            } else if now.menu != next.menu {
                for (entry, line) in self.entries.iter().zip(next.menu.iter().flatten()) {
                    entry.say(line)?;
                }
            }
            Ok(())
        };
        if let Err(error) = change() {
            log::warn!("failed to change the icon: {error}");
        }
    }
}

fn anchor(rect: Rect) -> Anchor {
    // Physical already; the scale is only asked for logical ones.
    Anchor { at: rect.position.to_physical(1.0), size: rect.size.to_physical(1.0) }
}

fn name(item: Item) -> String {
    format!("{item:?}")
}

/// At two pixels to the point, which the menu bar scales down where the screen is not dense.
fn picture(view: &TrayView) -> Option<Image<'static>> {
    let picture = cut(&draw(&view.icon, 2, Ink::Black)?, 2);
    Some(Image::new_owned(picture.rgba, picture.width, picture.height))
}

fn menu(app: &AppHandle, view: &TrayView) -> tauri::Result<(Menu<Wry>, Vec<Entry>)> {
    let (menu, mut entries) = (Menu::new(app)?, Vec::new());
    for (index, group) in view.menu.iter().enumerate() {
        if index > 0 {
            menu.append(&PredefinedMenuItem::separator(app)?)?;
        }
        for line in group {
            let entry = Entry::new(app, line)?;
            menu.append(entry.item())?;
            entries.push(entry);
        }
    }
    Ok((menu, entries))
}

impl Entry {
    fn new(app: &AppHandle, line: &Line) -> tauri::Result<Self> {
        let (id, shortcut) = (name(line.item), None::<&str>);
        Ok(match line.checked {
            Some(checked) => {
                Self::Switch(CheckMenuItem::with_id(app, id, &line.label, line.enabled, checked, shortcut)?)
            }
            None => Self::Plain(MenuItem::with_id(app, id, &line.label, line.enabled, shortcut)?),
        })
    }

    fn item(&self) -> &dyn IsMenuItem<Wry> {
        match self {
            Self::Plain(item) => item,
            Self::Switch(item) => item,
        }
    }

    fn say(&self, line: &Line) -> tauri::Result<()> {
        match self {
            Self::Plain(item) => item.set_text(&line.label).and_then(|()| item.set_enabled(line.enabled)),
            Self::Switch(item) => {
                item.set_text(&line.label)?;
                item.set_enabled(line.enabled)?;
                item.set_checked(line.checked.unwrap_or_default())
            }
        }
    }
}
