//! The script that starts a packaged app, on programs that start, do not, and fall over.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use crate::{complained, said, script};

/// What the app's log says when it has started, in the log's own form.
const STARTED: &str = "mkdir -p \"$PLIMSOLL_STATE_DIR/logs\"
echo '[2026-11-27][12:00:00][plimsoll_app::app][INFO] started, version 1.2.3' >\"$PLIMSOLL_STATE_DIR/logs/plimsoll.log\"
";

/// Starts it, with so many seconds for each thing that it has to do.
fn launch(program: &str, patience: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("program");
    fs::write(&path, format!("#!/bin/bash\n{program}")).expect("write");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("allow");
    script("launch")
        .arg(&path)
        .arg("1.2.3")
        .env("PLIMSOLL_PATIENCE", patience)
        .env("PLIMSOLL_LINGER", "0")
        .output()
        .expect("run")
}

/// Longer than any machine takes, and shorter than anybody waits.
const PATIENT: &str = "60";

/// Stands until it is told to end.
fn standing(end: &str) -> String {
    format!("trap '{end}' TERM\n{STARTED}for ((i = 0; i < 100; i++)); do sleep 0.1; done\nexit 9\n")
}

#[test]
fn an_app_that_starts_and_ends_is_fine() {
    assert!(said(&launch(&standing("exit 0"), PATIENT)).contains("version 1.2.3 started"));
}

#[test]
fn an_app_that_does_not_is_told_with_what_it_said() {
    let fell = complained(&launch("echo 'no such framework' >&2\nexit 6\n", PATIENT));
    assert!(fell.contains("ended by itself") && fell.contains("no such framework"), "{fell}");
    let silent = complained(&launch("for ((i = 0; i < 100; i++)); do sleep 0.1; done\n", "1"));
    assert!(silent.contains("did not say"), "{silent}");
    let wrong = complained(&launch(&standing("exit 0").replace("1.2.3", "1.2.30"), "1"));
    assert!(wrong.contains("did not say"), "{wrong}");
    let ended = complained(&launch(&standing("exit 3"), PATIENT));
    assert!(ended.contains("ended with 3"), "{ended}");
    let error = standing("exit 0").replace("[INFO]", "[ERROR] panic [INFO]");
    assert!(complained(&launch(&error, PATIENT)).contains("logged an error"));
}
