//! The main stories once more, as a user who is not root and may not look into everybody's processes.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::scene::{Holder, MARKER, NOBODY, SESSION, SYSTEM, Scene, allocated, end, is_root, skip, without};

#[test]
fn a_plain_user_sees_gives_back_and_brings_back_his_own_bundle() {
    let Some(scene) = Scene::of_a_plain_user() else { return };
    let (before, session) = (scene.look(), scene.small.contents()[SESSION].clone());
    let status = scene.json(&["status"]).with_code(0);
    assert_eq!(status["bundles"][0]["vm"]["state"], "stopped", "{status:#}");
    let taken = allocated(&scene.path(SYSTEM)) + allocated(&scene.path(MARKER));
    assert_eq!(scene.json(&["plan", "rebuild"]).with_code(0)["expected_bytes"], taken);
    assert_eq!(scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0)["freed_bytes"], taken);
    assert_eq!(scene.look(), without(&before, &[SYSTEM, MARKER]));
    scene.json(&["reclaim", "reset", "--yes"]).with_code(0);
    assert!(!scene.path(SESSION).exists());
    scene.json(&["undo", "--yes"]).with_code(0);
    assert_eq!(scene.small.contents()[SESSION], session);
    assert_eq!(scene.json(&["receipts"]).with_code(0)["receipts"].as_array().map(Vec::len), Some(3));
    assert_eq!(scene.json(&["doctor"]).with_code(0)["schema"], 1);
}

#[test]
fn what_plimsoll_keeps_is_for_its_user_alone() {
    let Some(scene) = Scene::of_a_plain_user() else { return };
    let state = scene.small.state.join("made/by/plimsoll");
    let run = |arguments: &[&str]| {
        let ended = end(&mut scene.command_on(&scene.small.root, &state, arguments));
        assert_eq!(ended.code, 0, "{}", ended.text);
    };
    run(&["reclaim", "reset", "--yes"]);
    run(&["status"]);
    let mut folders = vec![state];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(fs::metadata(&folder).expect("stat").mode() & 0o077, 0, "{}", folder.display());
        for entry in fs::read_dir(&folder).expect("list") {
            let path = entry.expect("an entry").path();
            let facts = fs::metadata(&path).expect("stat");
            assert_eq!(facts.mode() & 0o077, 0, "{}", path.display());
            seen += 1;
            if facts.is_dir() {
                folders.push(path);
            }
        }
    }
    assert!(seen >= 5, "history, lock, copy, its folder and its manifest: {seen}");
}

#[test]
fn a_plain_user_is_told_which_of_his_own_processes_holds_an_image() {
    let Some(scene) = Scene::of_a_plain_user() else { return };
    let holder = scene.alter(|bundle| {
        let mut sleep = Command::new("sleep");
        sleep.arg("600").stdin(fs::File::open(bundle.join(SYSTEM)).expect("open")).stdout(Stdio::null());
        if is_root() {
            sleep.uid(NOBODY).gid(NOBODY);
        }
        Holder(sleep.spawn().expect("start"))
    });
    let said = scene.refused("rebuild", "vm_running");
    assert!(said.contains(&format!("(pid {}) holds {SYSTEM}", holder.pid())), "{said}");
}

#[test]
fn a_plain_user_cannot_give_back_a_bundle_of_somebody_else() {
    let Some(scene) = Scene::of_a_plain_user() else { return };
    if !is_root() {
        skip("it takes root to have a bundle of somebody else");
        return;
    }
    chown(scene.path(SYSTEM), Some(0), Some(0)).expect("chown");
    let before = scene.look();
    let report = scene.json(&["reclaim", "rebuild", "--yes"]).with_code(3);
    let codes: Vec<_> = report["refusals"].as_array().expect("refusals").iter().map(|r| r["code"].clone()).collect();
    assert!(codes.contains(&"foreign_owner".into()), "{report:#}");
    assert_eq!(scene.look(), before);
}
