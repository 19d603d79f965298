//! Opening at login on Linux: a file in the desktop's autostart folder.
//!
//! Not here: any choice.

use tauri::{AppHandle, Builder, Wry};
use tauri_plugin_autostart::ManagerExt as _;

use super::LoginState;

pub(crate) fn with_plugin(builder: Builder<Wry>) -> Builder<Wry> {
    builder.plugin(tauri_plugin_autostart::Builder::new().build())
}

pub(crate) fn state(app: &AppHandle) -> LoginState {
    if app.autolaunch().is_enabled().unwrap_or_default() { LoginState::On } else { LoginState::Off }
}

pub(crate) fn add(app: &AppHandle) -> Result<(), String> {
    app.autolaunch().enable().map_err(|error| error.to_string())
}

pub(crate) fn remove(app: &AppHandle) -> Result<(), String> {
    app.autolaunch().disable().map_err(|error| error.to_string())
}

/// Nobody has to approve it here.
pub(crate) fn open_settings() {}
