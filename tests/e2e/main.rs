//! The real app on a desktop without a screen: its icon over D-Bus and in a real tray, its panel over `WebDriver` and
//! real keys, real files and a real guest underneath.
//!
//! Every test has a desktop of its own: X server, session bus, window manager and folders. A program that is missing
//! fails it; `make setup-test` installs them. Pictures go to `target/e2e`. Not here: what the page looks like in every
//! state (`ui/tests`), and other systems than Linux.
#![cfg(target_os = "linux")]

mod alerts;
mod bus;
mod centre;
mod closed;
mod desk;
mod driver;
mod ends;
mod growing;
mod guest;
mod held;
mod host;
mod keys;
mod menu;
mod notify;
mod poor;
mod processes;
mod reclaim;
mod settings;
mod tray;
mod window;

/// What the app is built with here: nothing beside what everybody gets.
const FEATURES: &str = "";
