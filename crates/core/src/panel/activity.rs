//! What is going on while the panel waits: a long step, in words.
//!
//! Not here: the steps themselves, and how it went.

use serde::Serialize;
use ts_rs::TS;

use super::share;
use crate::bytes::Bytes;
use crate::words::Words;

/// What is going on.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct Activity {
    /// In words.
    pub sentence: String,
    /// From 0 to 1, none when that is not known.
    pub share: Option<f64>,
    /// It can be stopped at the next safe point.
    pub stoppable: bool,
}

impl Activity {
    /// `done` of `total` bytes of the long step `what`, as [`crate::ports::Progress`] names it.
    #[must_use]
    pub fn of(what: &str, done: Bytes, total: Bytes, stopping: bool, words: &Words) -> Self {
        let id = match what {
            _ if stopping => "busy-stopping",
            "checking" => "busy-check",
            "copying" => "busy-compress",
            "verifying" => "busy-verify",
            "restoring" => "busy-undo",
            "reading" => "busy-read",
            "noting" => "busy-hash",
            "punching" => "busy-punch",
            "comparing" => "busy-compare",
            _ => "busy-start",
        };
        Self { sentence: words.text(id), share: Some(share(done, total)), stoppable: !stopping }
    }
}
