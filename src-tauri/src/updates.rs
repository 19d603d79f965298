//! New versions: how this build gets them, and the errands to the feed, each on a thread of its own.
//!
//! Not here: when an errand is run and what follows from it (`plimsoll_core::updates`), and the one place that opens a
//! connection (`plugin`, only with the cargo feature `updater`).

#[cfg_attr(not(feature = "updater"), path = "updates/none.rs")]
mod plugin;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use plimsoll_core::updates::{Channel, Trouble, Wish};
use tauri::AppHandle;

use crate::desktop;

pub(crate) use plugin::with_plugin;

/// What is to be done outside. Only somebody's click or somebody's setting leads to one.
pub(crate) enum Errand {
    /// Ask the feed for its version.
    Ask,
    /// Fetch this version and check it.
    Fetch(String),
}

/// What the worker hears of new versions.
pub(crate) enum Step {
    /// Somebody wants something.
    Wish(Wish),
    /// The newer version that the feed names.
    Heard(Result<Option<String>, Trouble>),
    /// A version that was fetched and is what was signed.
    Fetched(Result<Package, Trouble>),
}

/// Puts what was fetched in place.
pub(crate) type Package = Box<dyn FnOnce() -> Result<(), Trouble> + Send>;

/// Where Homebrew notes that it has put Plimsoll into the applications folder, on Apple silicon and on Intel.
const HOMEBREW: [&str; 2] = ["/opt/homebrew/Caskroom/plimsoll", "/usr/local/Caskroom/plimsoll"];

/// How this copy gets new versions.
pub(crate) fn channel() -> Channel {
    if HOMEBREW.iter().any(|folder| Path::new(folder).is_dir()) {
        // It would put its own version over ours, or refuse to.
        Channel::Homebrew
    } else if desktop::is_misplaced() {
        Channel::Misplaced
    } else if plugin::has_feed() {
        Channel::Feed
    } else {
        Channel::None
    }
}

/// Runs an errand; its outcome is for the worker, even when something here panics.
pub(crate) fn run(app: &AppHandle, errand: Errand) -> Step {
    match errand {
        Errand::Ask => Step::Heard(unbroken(|| plugin::ask(app))),
        Errand::Fetch(version) => Step::Fetched(unbroken(|| plugin::fetch(app, &version))),
    }
}

fn unbroken<T>(errand: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    let broken = |_| Err(Trouble::Unreachable("the updater broke off; the log says why".to_owned()));
    catch_unwind(AssertUnwindSafe(errand)).unwrap_or_else(broken)
}
