//! Everything Plimsoll decides about the Claude desktop app's VM bundle: what it holds, how it grows, whether the VM is
//! alive, what can be given back, and how that is done without losing a byte that somebody wants.
//!
//! The rules are pure and read the world through [`ports`]; [`adapters`] are the only real calls. No Tauri, no terminal.
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod adapters;
pub mod alert;
pub mod attribution;
pub mod bundle;
pub mod bytes;
pub mod cadence;
pub mod doctor;
pub mod forecast;
pub mod gauge;
pub mod growth;
pub mod guest;
pub mod history;
pub mod image;
pub mod measure;
pub mod monitor;
pub mod notice;
pub mod panel;
pub mod policy;
pub mod ports;
pub mod reclaim;
pub mod sample;
pub mod settings;
pub mod snapshot;
pub mod store;
pub mod updates;
pub mod vm;
pub mod wake;
pub mod wire;
pub mod words;
