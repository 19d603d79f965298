//! What the desktop does for the app: file manager, folder chooser, login, shortcut.
//!
//! Not here: when it is asked.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::mpsc::channel;

use plimsoll_core::panel::Note;
use plimsoll_core::panel::form::FieldError;
use plimsoll_core::words::Words;
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_global_shortcut::{GlobalShortcut, GlobalShortcutExt as _, Shortcut, ShortcutState};
use tauri_plugin_opener::OpenerExt as _;

use crate::app::App;
use crate::login::{self, LoginState};
use crate::panel;

fn failed(words: &Words, id: &str, why: &dyn std::fmt::Display) -> Note {
    log::warn!("{id}: {why}");
    Note { sentence: words.say(id, &[("why", &why)]), hint: String::new() }
}

/// Whether the app runs from where macOS puts one that was downloaded and not moved since: a copy that it takes away again.
pub(crate) fn is_misplaced() -> bool {
    std::env::current_exe().is_ok_and(|program| is_translocated(&program))
}

fn is_translocated(program: &Path) -> bool {
    program.components().any(|part| part.as_os_str() == "AppTranslocation")
}

/// Shows a bundle, named by its id, in Finder or the file manager.
pub(crate) fn show_bundle(app: &AppHandle, id: &str) -> Result<(), Note> {
    let state = app.state::<App>();
    let shown = state.board.shown();
    let words = state.board.words();
    let Some((path, _)) = shown.known.get(id) else {
        return Err(Note { sentence: words.text("app-no-bundle"), hint: words.text("app-no-bundle-hint") });
    };
    let shown = app.opener().reveal_item_in_dir(path);
    shown.map_err(|error| failed(words, "app-show-failed", &error))
}

/// Shows the folder of Plimsoll's own files.
pub(crate) fn show_data(app: &AppHandle) -> Result<(), Note> {
    let state = app.state::<App>();
    let shown = app.opener().reveal_item_in_dir(&state.data);
    shown.map_err(|error| failed(state.board.words(), "app-show-failed", &error))
}

/// Whether the app opens at login; not knowing counts as no.
pub(crate) fn opens_at_login(app: &AppHandle) -> bool {
    login::state(app) == LoginState::On
}

/// Opens the app at login from now on, or no longer.
pub(crate) fn open_at_login(app: &AppHandle, wanted: bool, words: &Words) -> Result<(), Note> {
    let now = login::state(app);
    // One that waits for approval is on the list as well, and may have to come off it.
    if (now == LoginState::On) == wanted && now != LoginState::Waits {
        return Ok(());
    }
    if wanted && is_misplaced() {
        return Err(Note { sentence: words.text("app-misplaced"), hint: words.text("app-misplaced-hint") });
    }
    let done = if wanted { login::add(app) } else { login::remove(app) };
    match login::state(app) {
        // What was asked for is on the system's list; only the user can switch it on there.
        LoginState::Waits if wanted => {
            login::open_settings();
            Err(Note { sentence: words.text("app-login-approval"), hint: String::new() })
        }
        _ => done.map_err(|error| failed(words, "app-login-failed", &error)),
    }
}

/// The folder that somebody chooses, if any. On macOS choosing is what lets the app in: no other consent is asked for.
pub(crate) async fn choose_folder(app: &AppHandle, words: &Words) -> Option<PathBuf> {
    let mut dialog = rfd::AsyncFileDialog::new().set_title(words.text("closed-choose-title"));
    if let Some(home) = std::env::home_dir() {
        dialog = dialog.set_directory(home);
    }
    // Else macOS hangs it onto whichever window comes first.
    #[cfg(target_os = "macos")]
    if let Some(window) = app.get_webview_window(panel::LABEL) {
        dialog = dialog.set_parent(&window);
    }
    // The panel closes when it loses the focus, and must not close under the dialog it has opened.
    let app = app.clone();
    panel::hold(&app, true);
    let chosen = dialog.pick_folder().await;
    panel::hold(&app, false);
    chosen.map(|folder| folder.path().to_path_buf())
}

/// Where Full Disk Access is given (support.apple.com, "Apple URL schemes for settings"); nothing else has such a page.
const PRIVACY: &str = "x-apple.systempreferences:com.apple.preference.security?Privacy_AllFiles";

/// Opens the system's settings where privacy protection is lifted.
pub(crate) fn privacy_settings(app: &AppHandle) -> Result<(), Note> {
    let opened = app.opener().open_url(PRIVACY, None::<&str>);
    opened.map_err(|error| failed(app.state::<App>().board.words(), "app-show-failed", &error))
}

/// Binds the shortcut instead of the one before, and says what is wrong with it if that cannot be done.
pub(crate) fn try_shortcut(app: &AppHandle, before: Option<&str>, wanted: &str, words: &Words) -> Vec<FieldError> {
    let wanted = wanted.trim();
    if before.unwrap_or_default() == wanted {
        return Vec::new();
    }
    let wrong = |id: &str| vec![FieldError { field: "shortcut".to_owned(), sentence: words.text(id) }];
    if !wanted.is_empty() && Shortcut::from_str(wanted).is_err() {
        return wrong("set-shortcut-bad");
    }
    if rebind_shortcut(app, Some(wanted)) { Vec::new() } else { wrong("set-shortcut-taken") }
}

/// As [`bind_shortcut`], from any thread but the main one.
pub(crate) fn rebind_shortcut(app: &AppHandle, shortcut: Option<&str>) -> bool {
    let (handle, shortcut) = (app.clone(), shortcut.map(str::to_owned));
    let (done, bound) = channel();
    let asked = app.run_on_main_thread(move || {
        // Whoever asked waits for it, unless the app is ending.
        let _ = done.send(bind_shortcut(&handle, shortcut.as_deref()));
    });
    asked.is_ok() && bound.recv().unwrap_or_default()
}

/// Binds the shortcut and no other; whether that was possible. None and an empty one bind nothing. On the main thread,
/// where macOS wants it.
///
/// The plugin comes with the first shortcut, since on Linux it asks the X server twenty times a second for keys.
pub(crate) fn bind_shortcut(app: &AppHandle, shortcut: Option<&str>) -> bool {
    let wanted = shortcut.map(str::trim).filter(|shortcut| !shortcut.is_empty());
    if app.try_state::<GlobalShortcut<Wry>>().is_none() {
        if wanted.is_none() {
            return true;
        }
        if let Err(error) = app.plugin(tauri_plugin_global_shortcut::Builder::new().build()) {
            log::warn!("shortcuts cannot be had: {error}");
            return false;
        }
    }
    let keys = app.global_shortcut();
    if let Err(error) = keys.unregister_all() {
        log::warn!("failed to give up the shortcut: {error}");
    }
    let Some(wanted) = wanted else { return true };
    let bound = keys.on_shortcut(wanted, |app, _, event| {
        if event.state == ShortcutState::Pressed {
            panel::toggle(app, None);
        }
    });
    bound.inspect_err(|error| log::warn!("failed to bind {wanted}: {error}")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_the_system_has_made_is_told_from_one_that_somebody_has_put_there() {
        let at = |folder: &str| is_translocated(&Path::new(folder).join("Plimsoll.app/Contents/MacOS/plimsoll-app"));
        assert!(at("/private/var/folders/x/T/AppTranslocation/2D1F/d"));
        assert!(!at("/Applications") && !at("/Users/a/AppTranslocation notes"));
    }
}
