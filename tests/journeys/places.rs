//! Folders that are missing, doubled, closed or odd: roots, bundles, and Plimsoll's own.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use plimsoll_tests::small::Small;
use serde_json::Value;

use crate::scene::{Scene, answer, end};

fn count(value: &Value) -> usize {
    value.as_array().map_or(0, Vec::len)
}

#[test]
fn a_root_reached_twice_counts_once() {
    let scene = Scene::new();
    let root = &scene.small.root;
    let link = scene.folder().join("Claude-3p");
    symlink(root, &link).expect("link");
    // A second root whose folder of bundles is a link to the first one's, as when they were moved to another disk.
    let moved = scene.folder().join("Claude-moved");
    fs::create_dir(&moved).expect("make");
    symlink(root.join("vm_bundles"), moved.join("vm_bundles")).expect("link");
    let once = scene.json(&["status"]).with_code(0);
    let roots: Vec<&str> =
        [&link, &moved, root].iter().flat_map(|path| ["--root", path.to_str().expect("plain")]).collect();
    let all = scene.json(&[&["status"], &roots[..]].concat()).with_code(0);
    assert_eq!(count(&all["bundles"]), 1, "{all:#}");
    assert_eq!(all["bundles"][0]["allocated_bytes"], once["bundles"][0]["allocated_bytes"]);
    assert_eq!(all["bundles"][0]["path"], scene.small.bundle.to_str().expect("plain"), "links are resolved");
    let report = scene.json(&[&["reclaim", "rebuild", "--yes"], &roots[..]].concat()).with_code(0);
    assert_eq!(report["outcome"], "done");
}

#[test]
fn of_two_bundles_only_the_named_one_is_touched() {
    let scene = Scene::new();
    let second = Small::make(&scene.folder().join("other"));
    let [one, other] = [&scene.small, &second].map(|small| small.root.to_str().expect("plain"));
    let roots = ["--root", one, "--root", other];
    let status = scene.json(&[&["status"], &roots[..]].concat()).with_code(0);
    assert_eq!(count(&status["bundles"]), 2);
    let (before, others) = (scene.look(), second.contents());
    for command in ["plan", "reclaim", "undo", "history"] {
        let error = scene.json(&[&[command], &roots[..]].concat()).with_code(2);
        let said = error["error"]["sentence"].as_str().expect("a sentence");
        assert!(
            said.contains("There are 2 bundles") && said.contains(second.bundle.to_str().expect("plain")),
            "{said}"
        );
    }
    let named = ["--bundle", second.bundle.to_str().expect("plain")];
    scene.json(&[&["reclaim", "reset", "--yes"], &roots[..], &named].concat()).with_code(0);
    assert_eq!(scene.look(), before);
    assert!(!second.bundle.join("rootfs.img").exists());
    // The copy is of the second bundle: an undo in the first one has nothing to do.
    assert_eq!(scene.json(&["undo", "--yes"]).with_code(0)["outcome"], "nothing_to_do");
    assert_eq!(scene.look(), before);
    scene.json(&[&["undo", "--yes"], &roots[..], &named].concat()).with_code(0);
    assert_eq!(second.contents()["sessiondata.img"], others["sessiondata.img"]);
}

#[test]
fn a_root_that_is_not_there_is_said() {
    let scene = Scene::new();
    let nowhere = scene.folder().join("nowhere");
    for command in [&["status"][..], &["plan"], &["reclaim", "--yes"]] {
        let ended = end(&mut scene.command_on(&nowhere, &scene.small.state, command));
        assert_eq!(ended.code, 1, "{}", ended.text);
        assert!(ended.text.contains(nowhere.to_str().expect("plain")), "{}", ended.text);
        assert!(ended.text.contains("No such file or directory"), "{}", ended.text);
    }
}

#[test]
fn a_root_without_a_bundle_is_no_failure() {
    let scene = Scene::new();
    let empty = scene.folder().join("empty");
    fs::create_dir_all(empty.join("vm_bundles/not-one")).expect("make");
    let on = |arguments: &[&str]| scene.command_on(&empty, &scene.small.state, arguments);
    let status = end(&mut on(&["status"]));
    assert_eq!((status.code, status.printed.as_str()), (0, "No Claude VM was found here.\n"), "{}", status.text);
    for command in [&["plan", "--json"][..], &["reclaim", "--yes", "--json"], &["undo", "--yes", "--json"]] {
        assert_eq!(answer(&mut on(command)).with_code(0)["outcome"], "nothing_to_do");
    }
    assert_eq!(answer(&mut on(&["doctor", "--json"])).with_code(0)["checks"][0]["health"], "limited");
}

#[test]
fn what_is_no_folder_is_no_bundle() {
    let scene = Scene::new();
    fs::write(scene.small.root.join("vm_bundles/file.bundle"), "").expect("write");
    symlink("nowhere", scene.small.root.join("vm_bundles/link.bundle")).expect("link");
    let status = scene.json(&["status"]).with_code(0);
    assert_eq!((count(&status["bundles"]), count(&status["gaps"])), (1, 2), "{status:#}");
    let file = scene.folder().join("file");
    fs::write(&file, "").expect("write");
    let ended = end(&mut scene.command_on(&file, &scene.small.state, &["status"]));
    assert!(ended.code == 1 && ended.text.contains("Not a directory"), "{}", ended.text);
}

#[test]
fn a_closed_folder_is_said_and_hides_nothing_else() {
    let Some(scene) = Scene::of_a_plain_user() else { return };
    let before = scene.look();
    for closed in [&scene.small.root, &scene.small.root.join("vm_bundles"), &scene.small.bundle] {
        let close = |mode| fs::set_permissions(closed, fs::Permissions::from_mode(mode)).expect("chmod");
        close(0o000);
        let status = scene.json(&["status"]).with_code(1);
        let plan = scene.json(&["plan"]).with_code(1);
        let reclaim = scene.json(&["reclaim", "rebuild", "--yes"]).with_code(1);
        let doctor = scene.run(&["doctor"]);
        close(0o700);
        assert_eq!(status["gaps"][0]["denied"], true, "{status:#}");
        assert!(
            status["gaps"][0]["reason"].as_str().is_some_and(|why| why.contains("Permission denied")),
            "{status:#}"
        );
        assert_eq!(plan["error"]["code"], "unreadable");
        assert_eq!(reclaim["error"]["code"], "unreadable");
        assert!(doctor.code == 1 && doctor.printed.contains("check the folder's owner and mode"), "{}", doctor.text);
    }
    assert_eq!(scene.look(), before);
    // Beside a bundle that can be seen, a closed root is a gap.
    let other = scene.folder().join("Closed");
    fs::create_dir(&other).and_then(|()| fs::set_permissions(&other, fs::Permissions::from_mode(0o000))).expect("make");
    let [root, other] = [&scene.small.root, &other].map(|path| path.to_str().expect("plain"));
    let status = scene.json(&["status", "--root", other, "--root", root]).with_code(0);
    assert_eq!((count(&status["bundles"]), count(&status["gaps"])), (1, 1), "{status:#}");
    fs::set_permissions(other, fs::Permissions::from_mode(0o700)).expect("chmod");
}

/// That all is shown and nothing reclaimed where Plimsoll's own folder is of no use.
fn shows_and_reclaims_nothing(scene: &Scene, state: &Path) {
    let before = scene.look();
    let on = |arguments: &[&str]| end(&mut scene.command_on(&scene.small.root, state, arguments));
    let status = on(&["status"]);
    assert_eq!(status.code, 0, "{}", status.text);
    assert!(status.printed.contains("rootfs.img "), "{}", status.text);
    assert!(status.complained.contains("failed to"), "that nothing is kept is said: {}", status.text);
    for command in [&["history"][..], &["receipts"], &["watch", "--samples", "1"]] {
        assert_eq!(on(command).code, 0, "{command:?}: {}", on(command).text);
    }
    let doctor = on(&["doctor"]);
    assert!(
        doctor.code == 1 && doctor.printed.contains("nothing can be reclaimed without a journal"),
        "{}",
        doctor.text
    );
    let reclaim = on(&["reclaim", "rebuild", "--yes"]);
    assert_eq!(reclaim.code, 4, "{}", reclaim.text);
    assert!(reclaim.text.contains(state.to_str().expect("plain")), "{}", reclaim.text);
    assert_eq!(scene.look(), before);
}

#[test]
fn with_a_file_in_its_folders_place_all_is_shown_and_nothing_reclaimed() {
    let scene = Scene::new();
    let file = scene.folder().join("file");
    fs::write(&file, "mine").expect("write");
    shows_and_reclaims_nothing(&scene, &file);
    assert_eq!(fs::read_to_string(&file).expect("read"), "mine");
}

#[test]
fn with_a_folder_it_may_not_write_all_is_shown_and_nothing_reclaimed() {
    let Some(scene) = Scene::of_a_plain_user() else { return };
    let closed = scene.folder().join("closed");
    fs::create_dir(&closed).expect("make");
    for mode in [0o555, 0o000] {
        fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).expect("chmod");
        shows_and_reclaims_nothing(&scene, &closed);
        shows_and_reclaims_nothing(&scene, &closed.join("below"));
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("chmod");
}

#[test]
fn settings_that_are_not_valid_are_kept_and_the_defaults_used() {
    let scene = Scene::new();
    let file = scene.small.state.join("settings.toml");
    for (text, said) in [
        ("reserve = \"much\"\n", "`reserve` must be a size"),
        ("limit = 1\n", "`limit` must be from"),
        ("colour = 1\n", "there is no setting `colour`"),
        ("reserve = = 1\n", "line 1"),
        ("\u{feff}\u{0}", "read"),
    ] {
        fs::write(&file, text).expect("write");
        let ended = scene.run(&["status"]);
        assert_eq!(ended.code, 0, "{}", ended.text);
        assert!(ended.complained.contains(said), "{}", ended.text);
        let kept = ended.complained.split("kept as ").nth(1).and_then(|rest| rest.split(';').next());
        assert_eq!(fs::read_to_string(PathBuf::from(kept.expect("where"))).expect("read"), text);
        assert_eq!(scene.run(&["status"]).complained, "", "it is said once");
    }
}

#[test]
fn a_journal_that_makes_no_sense_stops_every_reclaim_and_is_kept() {
    let scene = Scene::new();
    let journal = scene.small.state.join("journal.json");
    let before = scene.look();
    for text in ["", "{}", "garbage", "\u{1b}[2J"] {
        fs::write(&journal, text).expect("write");
        for command in [&["reclaim", "rebuild", "--yes"][..], &["undo", "--yes"]] {
            let error = scene.json(command).with_code(4);
            assert_eq!(error["error"]["code"], "recovery");
        }
        let doctor = scene.run(&["doctor"]);
        assert!(doctor.code == 1 && doctor.printed.contains("journal"), "{}", doctor.text);
        let status = scene.run(&["status"]);
        assert!(status.code == 0 && status.complained.contains("could not be settled"), "{}", status.text);
        assert_eq!(fs::read_to_string(&journal).expect("read"), text);
    }
    assert_eq!(scene.look(), before);
}

#[test]
fn a_folder_from_the_settings_is_looked_in_too() {
    let scene = Scene::new();
    let second = Small::make(&scene.folder().join("other"));
    let settings = |text: String| fs::write(scene.small.state.join("settings.toml"), text).expect("write");
    settings(format!("roots = [\"{}\"]\n", second.root.display()));
    let status = scene.json(&["status"]).with_code(0);
    let paths: Vec<&str> =
        status["bundles"].as_array().expect("bundles").iter().filter_map(|b| b["path"].as_str()).collect();
    assert!(paths.contains(&second.bundle.to_str().expect("plain")) && paths.len() == 2, "{status:#}");
    settings("roots = [\"not/whole\"]\n".to_owned());
    let ended = scene.run(&["status"]);
    assert!(ended.text.contains("`roots` must be a list of whole paths"), "{}", ended.text);
}
