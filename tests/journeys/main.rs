//! The real command line on small real bundles: whole stories, holders, bad input.
//!
//! What a test needs and the machine does not give (root, loop devices, a tool) is said on standard error, past the
//! harness, as `SKIPPED`. Not here: real guests (`guest`), instants at which a run is cut off (`faults`), the wording and
//! the shape of what is printed (`wire`).

mod aftermath;
mod compact;
mod history;
mod holders;
mod images;
mod leftovers;
mod places;
mod plain_user;
mod raw;
mod scene;
mod sessions;
mod source;
mod stories;
mod terminal;
#[cfg(target_os = "linux")]
mod unseen;
