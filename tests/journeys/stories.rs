//! What people do: look, plan, give back, change their mind.

use std::fs;
use std::os::unix::fs::MetadataExt;

use plimsoll_core::adapters::UnixDisk;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::ports::Disk;

use crate::scene::{MARKER, SESSION, SOURCE, SYSTEM, Scene, allocated, without};

#[test]
fn status_shows_blocks_on_disk_and_lengths_as_stat_does() {
    let scene = Scene::new();
    let status = scene.json(&["status"]).with_code(0);
    let images = status["bundles"][0]["images"].as_array().expect("images");
    assert_eq!(images.len(), scene.look().len(), "every file is there");
    let (mut lengths, mut blocks) = (0, 0);
    for image in images {
        let path = scene.path(image["name"].as_str().expect("a name"));
        let length = fs::metadata(&path).expect("stat").len();
        assert_eq!(image["logical_bytes"], length, "{}", path.display());
        assert_eq!(image["allocated_bytes"], allocated(&path), "{}", path.display());
        lengths += length;
        blocks += allocated(&path);
    }
    assert_eq!(status["bundles"][0]["logical_bytes"], lengths);
    assert_eq!(status["bundles"][0]["allocated_bytes"], blocks);

    let text = scene.run(&["status"]);
    for name in [SYSTEM, SESSION] {
        let length = fs::metadata(scene.path(name)).expect("stat").len();
        let sizes = format!("{:>10} {:>10}", Bytes(allocated(&scene.path(name))), Bytes(length));
        let line = text.printed.lines().find(|line| line.contains(name)).expect("the image has a line");
        assert!(line.contains(&sizes), "{sizes}\n{}", text.text);
    }
    assert!(text.printed.contains(&format!("{}", Bytes(blocks))), "{}", text.text);
}

#[test]
fn a_rebuild_gives_back_what_its_plan_said_and_leaves_a_receipt() {
    let scene = Scene::new();
    let before = scene.look();
    let taken = allocated(&scene.path(SYSTEM)) + allocated(&scene.path(MARKER));
    let plan = scene.json(&["plan", "rebuild"]).with_code(0);
    assert_eq!(plan["expected_bytes"], taken);
    assert_eq!(plan["later"]["written_bytes"], fs::metadata(scene.path(SYSTEM)).expect("stat").len());
    assert_eq!(scene.look(), before, "a plan changes nothing");

    let fingerprint = plan["fingerprint"].as_str().expect("a fingerprint");
    let report = scene.json(&["reclaim", "rebuild", "--yes", "--fingerprint", fingerprint]).with_code(0);
    assert_eq!((report["outcome"].as_str(), &report["freed_bytes"]), (Some("done"), &taken.into()));
    assert_eq!(scene.look(), without(&before, &[SYSTEM, MARKER]));

    let receipts = scene.json(&["receipts"]).with_code(0);
    let receipt = &receipts["receipts"][0];
    assert_eq!(receipt["id"], report["receipt"]);
    assert_eq!((receipt["level"].as_str(), &receipt["freed_bytes"]), (Some("rebuild"), &taken.into()));
    assert!(scene.run(&["receipts"]).printed.contains(&format!("{} came back", Bytes(taken))));

    let again = scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
    assert_eq!(again["outcome"], "nothing_to_do");
    assert_eq!(scene.json(&["receipts"]).with_code(0)["receipts"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_undone_reset_brings_the_session_disk_back_byte_for_byte() {
    let scene = Scene::new();
    let (before, facts) = (scene.small.contents(), fs::metadata(scene.path(SESSION)).expect("stat"));
    let report = scene.json(&["reclaim", "reset", "--yes"]).with_code(0);
    assert!(!scene.path(SESSION).exists() && !scene.path(SYSTEM).exists(), "a reset takes both disks");
    let listed = scene.json(&["undo", "--list"]).with_code(0);
    assert_eq!(listed["copies"][0]["id"], report["set_aside"]);
    assert_eq!(listed["copies"][0]["copied"]["blake3"], before[SESSION]);

    scene.json(&["undo", "--yes"]).with_code(0);
    assert_eq!(scene.small.contents()[SESSION], before[SESSION]);
    let back = fs::metadata(scene.path(SESSION)).expect("stat");
    assert_eq!((back.len(), back.mode()), (facts.len(), facts.mode()));
    assert_eq!(back.modified().expect("a time"), facts.modified().expect("a time"));
    assert!(
        !cfg!(target_os = "linux") || allocated(&scene.path(SESSION)) < back.len() / 2,
        "its holes are holes again"
    );
    assert_eq!(scene.json(&["undo", "--list"]).with_code(0)["copies"], listed["copies"], "the copy is kept");
}

#[test]
fn an_undo_sets_the_newer_session_disk_aside_and_can_be_undone_itself() {
    let scene = Scene::new();
    let old = scene.small.contents()[SESSION].clone();
    scene.json(&["reclaim", "reset", "--yes"]).with_code(0);
    let mut newer = vec![9; 1 << 16];
    newer[1024 + 0x38..1024 + 0x3A].copy_from_slice(&[0x53, 0xEF]);
    scene.write(SESSION, &newer);
    let new = scene.small.contents()[SESSION].clone();

    for expected in [&old, &new, &old] {
        let report = scene.json(&["undo", "--yes"]).with_code(0);
        assert_eq!(report["outcome"], "done");
        assert_eq!(&scene.small.contents()[SESSION], expected);
    }
}

#[test]
fn a_copy_that_was_given_up_is_gone_and_an_undo_has_nothing_to_do() {
    let scene = Scene::new();
    let report = scene.json(&["reclaim", "reset", "--yes"]).with_code(0);
    let id = report["set_aside"].as_str().expect("a copy");
    assert_eq!(scene.run(&["undo", id, "--forget"]).code, 2, "nobody was asked");
    assert!(scene.run(&["undo", "--list"]).printed.starts_with(id), "and it is still there");

    let lock = UnixDisk.claim(&scene.small.state.join("lock")).expect("claim").expect("nobody has it");
    scene.json(&["undo", id, "--forget", "--yes"]).with_code(3);
    assert!(scene.run(&["undo", "--list"]).printed.starts_with(id), "somebody is at work");
    drop(lock);
    scene.json(&["undo", id, "--forget", "--yes"]).with_code(0);
    assert_eq!(scene.json(&["undo", "--list"]).with_code(0)["copies"], serde_json::json!([]));
    let before = scene.look();
    assert_eq!(scene.json(&["undo", "--yes"]).with_code(0)["outcome"], "nothing_to_do");
    let named = scene.json(&["undo", id, "--yes"]).with_code(2);
    assert!(named["error"]["sentence"].as_str().is_some_and(|said| said.contains(id)), "{named:#}");
    assert_eq!(scene.look(), before);
}

#[test]
fn a_damaged_copy_is_not_brought_back_and_not_lost() {
    let scene = Scene::new();
    let report = scene.json(&["reclaim", "reset", "--yes"]).with_code(0);
    let id = report["set_aside"].as_str().expect("a copy");
    let copy = scene.small.state.join("set-aside").join(id).join("sessiondata.img.zst");
    let mut bytes = fs::read(&copy).expect("read the copy");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    fs::write(&copy, bytes).expect("damage the copy");
    let before = scene.look();
    let report = scene.json(&["undo", "--yes"]).with_code(4);
    assert_eq!(report["outcome"], "failed");
    let said = report["failure"]["sentence"].as_str().expect("a sentence");
    assert!(said.contains(copy.to_str().expect("plain")) && said.contains("Nothing is lost"), "{said}");
    assert_eq!(scene.look(), before, "nothing half-made is left in the bundle");
    assert_eq!(scene.json(&["undo", "--list"]).with_code(0)["copies"][0]["id"], id);
}

#[test]
fn what_is_recommended_is_never_a_reset() {
    let scene = Scene::new();
    // More than any disk has: nothing calms the gauge, so that the best there is would be a reset.
    fs::write(scene.small.state.join("settings.toml"), "reserve = \"15 TB\"\n").expect("write");
    assert_eq!(scene.json(&["plan"]).with_code(0)["level"], "rebuild");
    let session = scene.small.contents()[SESSION].clone();
    scene.remove(SOURCE);
    assert_ne!(scene.json(&["plan", "recommended"]).with_code(0)["level"], "reset", "where a rebuild is refused");
    scene.json(&["reclaim", "--yes"]).with_code(3);
    scene.remove(SYSTEM);
    scene.remove(MARKER);
    assert_ne!(scene.json(&["plan"]).with_code(0)["level"], "reset", "where only a reset would give anything");
    assert_eq!(scene.json(&["reclaim", "--yes"]).with_code(0)["outcome"], "nothing_to_do");
    assert_eq!(scene.small.contents()[SESSION], session);
}

#[test]
fn doctor_finds_nothing_wrong_where_nothing_is() {
    let scene = Scene::new();
    let before = scene.look();
    let checks = scene.json(&["doctor"]).with_code(0);
    let checks = checks["checks"].as_array().expect("checks");
    assert!(checks.iter().all(|check| check["health"] != "bad"), "{checks:#?}");
    for name in ["bundles", "open files", "locks", "state folder", "journal"] {
        assert!(checks.iter().any(|check| check["name"] == name), "{name} was looked at");
    }
    assert_eq!(scene.look(), before);
}
