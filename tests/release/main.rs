//! What a release is made with, as far as it runs anywhere: the bundle's layout, the files beside a release, the start of a
//! packaged app, its signing as far as that is ours, and the workflows.
//!
//! Not here: programs for macOS, which `package` reads back, and what only a Mac can do.

mod bundle;
mod files;
mod launch;
mod scripts;
mod seal;
mod workflows;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

fn script(name: &str) -> Command {
    Command::new(top().join("packaging").join(name))
}

/// What a script said, if it went well.
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What a script complained of; it must not have gone well.
fn complained(output: &Output) -> String {
    assert!(!output.status.success(), "it went well");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every script of the folders that make packages.
fn scripts() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["packaging", "tools/macos"] {
        for entry in std::fs::read_dir(top().join(folder)).expect("list").flatten() {
            let path = entry.path();
            if path.is_file() && std::fs::read(&path).expect("read").starts_with(b"#!/bin/bash\n") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
