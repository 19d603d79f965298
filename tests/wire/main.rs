//! The contract of the command line: what every command prints, as JSON and for people, with its exit code, and every
//! sentence of the core.
//!
//! Snapshots are read before they are accepted: `INSTA_UPDATE=always cargo test -p plimsoll-tests --test wire`, then the
//! diff. Not here: whether what is printed is right on real images (`journeys`, `guest`).

mod alerts;
mod bindings;
mod commands;
mod documented;
mod fixtures;
mod help;
mod panel;
mod redact;
mod sentences;
mod standing;

/// Compares with the snapshot of that name, which is one file in `snapshots/`.
fn pin(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
