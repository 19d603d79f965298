//! Alerts over simulated days: what is said when, as a timeline that one can read.
//!
//! `world` simulates the machine and Plimsoll's looks at it; `space`, `guest`, `sessions`, `rebuild` and `rules` are the stories. Nothing here
//! waits: the clock is the story's. `cargo test -p plimsoll-tests --test replay alerts -- --nocapture` prints all of them.

mod guest;
mod rebuild;
mod rules;
mod sessions;
mod space;
mod world;
