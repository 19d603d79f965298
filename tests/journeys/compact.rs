//! What the guest has freed comes back, and nothing else changes.

use std::fs;

use plimsoll_tests::guest_image::{self, Table};

use crate::scene::{Holder, SESSION, SYSTEM, Scene, allocated};

/// A bundle whose system disk is a real one; none where the tools to make one are missing.
fn scene() -> Option<Scene> {
    let scene = Scene::new();
    guest_image::make(&scene.path(SYSTEM), Table::Gpt).then_some(scene)
}

#[test]
fn a_compacted_disk_has_the_same_files_and_gives_back_what_was_said() {
    let Some(scene) = scene() else { return };
    let path = scene.path(SYSTEM);
    let (files, before) = (guest_image::files(&path, Table::Gpt), allocated(&path));
    let facts = fs::metadata(&path).expect("stat");
    let plan = scene.json(&["plan"]).with_code(0);
    assert_eq!(plan["level"], "compact", "it is recommended: {plan:#}");
    let expected = plan["expected_bytes"].as_u64().expect("bytes");
    assert_eq!(plan["later"]["written_bytes"], 0);
    assert_eq!(allocated(&path), before, "a plan changes nothing");

    let report = scene.json(&["reclaim", "--yes"]).with_code(0);
    let freed = report["freed_bytes"].as_u64().expect("bytes");
    assert_eq!((report["outcome"].as_str(), report["steps"][0]["action"].as_str()), (Some("done"), Some("compact")));
    assert_eq!(freed, before - allocated(&path), "as stat says");
    assert!(freed > 3 << 20 && freed.abs_diff(expected) <= 64 << 10, "{freed} for {expected}");
    assert_eq!(guest_image::faults(&path, Table::Gpt), None);
    assert_eq!(guest_image::files(&path, Table::Gpt), files);
    let now = fs::metadata(&path).expect("stat");
    assert_eq!((now.len(), now.permissions()), (facts.len(), facts.permissions()));
    assert_eq!(now.modified().expect("a time"), facts.modified().expect("a time"));

    assert_eq!(scene.json(&["receipts"]).with_code(0)["receipts"][0]["level"], "compact");
    let again = scene.json(&["reclaim", "compact", "--yes"]).with_code(0);
    assert_eq!(again["outcome"], "nothing_to_do");
}

#[test]
fn a_session_disk_is_compacted_only_when_it_is_named() {
    let Some(scene) = scene() else { return };
    let path = scene.path(SESSION);
    assert!(guest_image::make(&path, Table::Bare));
    let (files, before) = (guest_image::files(&path, Table::Bare), scene.small.contents()[SESSION].clone());
    scene.json(&["reclaim", "compact", "--yes"]).with_code(0);
    assert_eq!(scene.small.contents()[SESSION], before);
    assert_eq!(scene.json(&["plan"]).with_code(0)["expected_bytes"], 0, "nor is it ever recommended");

    let held = allocated(&path);
    let named = ["reclaim", "compact", "--image", SESSION, "--yes"];
    let report = scene.json(&named).with_code(0);
    assert_eq!(report["steps"].as_array().map(Vec::len), Some(1));
    assert!(report["freed_bytes"].as_u64() == Some(held - allocated(&path)) && allocated(&path) < held / 4 * 3);
    assert_eq!(guest_image::faults(&path, Table::Bare), None);
    assert_eq!(guest_image::files(&path, Table::Bare), files);
    let misused = scene.json(&["reclaim", "rebuild", "--image", SESSION, "--yes"]).with_code(2);
    assert_eq!(misused["error"]["code"], "usage");
}

#[test]
fn a_disk_in_use_or_under_an_overlay_is_not_compacted() {
    let Some(scene) = scene() else { return };
    let holder = Holder::holding("write", &scene.path(SYSTEM));
    assert!(scene.refused("compact", "vm_running").contains(&holder.pid().to_string()));
    drop(holder);
    scene.write("rootfs.qcow2", b"QFI\xfb");
    assert!(scene.refused("compact", "layered").contains("rootfs.qcow2"));
}

/// A suspended VM has no disk open, and knows more of it than the disk does.
#[test]
fn a_disk_that_a_suspended_vm_may_go_on_with_is_not_compacted() {
    let Some(scene) = scene() else { return };
    let memory = || fs::File::create(scene.path("machine.vmstate")).expect("make");
    let unmounted = scene.json(&["plan", "compact"]).with_code(0)["expected_bytes"].clone();
    assert_ne!(unmounted, 0);
    memory().set_len(4 << 30).expect("stretch");
    assert_eq!(scene.json(&["plan", "compact"]).with_code(0)["expected_bytes"], unmounted, "its guest was shut down");
    assert!(guest_image::leave_mounted(&scene.path(SYSTEM), Table::Gpt));
    assert!(scene.refused("compact", "not_trimmable").contains("machine.vmstate"));
    // Nor does any small file stand in the way of a guest that was killed.
    memory().set_len(1 << 20).expect("shorten");
    scene.json(&["reclaim", "compact", "--yes"]).with_code(0);
}

#[test]
fn what_is_no_disk_of_a_guest_is_not_compacted() {
    let scene = Scene::new();
    assert!(scene.refused("compact", "not_trimmable").contains("cannot be compacted"));
    scene.write(SYSTEM, &[b"QFI\xfb\0\0\0\x03".to_vec(), vec![0; 1 << 16]].concat());
    assert!(scene.refused("compact", "not_trimmable").contains("qcow2"));
    scene.write(SESSION, &[b"shdw".to_vec(), vec![7; 1 << 16]].concat());
    let named = ["reclaim", "compact", "--image", SESSION, "--yes"];
    assert!(scene.refuses(&named, "not_trimmable").contains("sessiondata.img"));
}
