//! Opening at login on macOS: the system's own list of login items (`SMAppService.mainApp`).
//!
//! Not here: any choice. The list names the app, where a launch agent would name who signed it.

use smappservice_rs::{AppService, ServiceStatus, ServiceType};
use tauri::{AppHandle, Builder, Wry};

use super::LoginState;

fn service() -> AppService {
    AppService::new(ServiceType::MainApp)
}

pub(crate) fn with_plugin(builder: Builder<Wry>) -> Builder<Wry> {
    builder
}

pub(crate) fn state(_app: &AppHandle) -> LoginState {
    match service().status() {
        ServiceStatus::Enabled => LoginState::On,
        ServiceStatus::RequiresApproval => LoginState::Waits,
        ServiceStatus::NotRegistered | ServiceStatus::NotFound => LoginState::Off,
    }
}

pub(crate) fn add(_app: &AppHandle) -> Result<(), String> {
    service().register().map_err(|error| error.to_string())
}

pub(crate) fn remove(_app: &AppHandle) -> Result<(), String> {
    service().unregister().map_err(|error| error.to_string())
}

pub(crate) fn open_settings() {
    AppService::open_system_settings_login_items();
}
