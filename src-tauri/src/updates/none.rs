//! What stands in for the updater in a build without it: no feed, and nothing that could open a connection.
//!
//! Not here: the updater (`plugin.rs`).

use plimsoll_core::updates::Trouble;
use tauri::{AppHandle, Builder, Context, Wry};

use super::Package;

pub(crate) fn with_plugin(builder: Builder<Wry>, _context: &mut Context) -> Builder<Wry> {
    builder
}

pub(super) fn has_feed() -> bool {
    false
}

pub(super) fn ask(_app: &AppHandle) -> Result<Option<String>, Trouble> {
    Err(without())
}

pub(super) fn fetch(_app: &AppHandle, _version: &str) -> Result<Package, Trouble> {
    Err(without())
}

/// Nobody comes here: where there is no feed, the core sends nobody to it.
fn without() -> Trouble {
    Trouble::Unreachable("this build has no updater".to_owned())
}
