//! Reclaims through the panel: the sheet, what is freed, and the way back.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::json;

use crate::desk::{Desk, PATIENCE};
use crate::driver::{CANCEL, CONFIRM, Panel, RECLAIM};

#[test]
fn a_rebuild_shows_every_step_first_and_then_what_it_freed() {
    let (desk, small) = Desk::short_of_space();
    let before = small.contents();
    let taken: u64 = ["rootfs.img", ".rootfs.img.origin"]
        .iter()
        .map(|name| fs::metadata(small.bundle.join(name)).expect("it is there").blocks() * 512)
        .sum();
    let panel = Panel::open(&desk);
    let status = desk.plimsoll(&["status"]);
    let number = status["headline"].as_str().and_then(|line| line.split(" · ").next()).expect("a number");
    assert_eq!(panel.text_of("h1"), number);
    for text in ["System disk", "Session disk", "Base image", "VM stopped"] {
        panel.says(text);
    }
    panel.picture("panel-stand");
    desk.picture("screen-stand");

    panel.becomes_enabled(RECLAIM, PATIENCE);
    panel.click(RECLAIM);
    panel.says("Rebuild the system disk?");
    for text in ["What happens", "rootfs.img", ".rootfs.img.origin", "remove", "Comes back now", "What is lost"] {
        panel.says(text);
    }
    assert_eq!(panel.script("return document.querySelectorAll('ol.card > li').length"), 2, "two steps");
    panel.picture("panel-sheet");
    panel.click(CANCEL);
    panel.says("VM stopped");
    assert_eq!(small.contents(), before, "nothing happened");

    panel.becomes_enabled(RECLAIM, PATIENCE);
    panel.click(RECLAIM);
    panel.becomes_enabled(CONFIRM, PATIENCE);
    panel.click(CONFIRM);
    panel.says("came back");
    panel.says("Free on the disk");
    panel.picture("panel-done");
    desk.picture("screen-done");
    let expected = before.into_iter().filter(|(name, _)| name != "rootfs.img" && name != ".rootfs.img.origin");
    assert_eq!(small.contents(), expected.collect(), "the system disk and its mark are gone, all else is as it was");
    let receipt = &desk.plimsoll(&["receipts"])["receipts"][0];
    assert_eq!(receipt["freed_bytes"], taken, "measured, not guessed");
    panel.says("Given back");
}

#[test]
fn a_reset_keeps_the_session_disk_and_the_panel_brings_it_back_byte_for_byte() {
    let (desk, small) = Desk::short_of_space();
    let before = small.contents();
    let session = small.bundle.join("sessiondata.img");
    let panel = Panel::open(&desk);
    panel.becomes_enabled(RECLAIM, PATIENCE);
    panel.click_text("Other ways");
    panel.click_text("Reset, and keep a copy");
    panel.says("Reset the VM, and keep a copy?");
    panel.says("compress to a copy, then remove");
    panel.becomes_enabled(CONFIRM, PATIENCE);
    panel.click(CONFIRM);
    panel.says("The session disk is kept as a copy");
    assert!(!session.exists() && !small.bundle.join("rootfs.img").exists(), "a reset takes both disks");
    panel.says("Kept session disks");
    panel.picture("panel-reset");

    panel.click_text("Bring back");
    panel.says("The session disk is back");
    let after = small.contents();
    assert_eq!(after["sessiondata.img"], before["sessiondata.img"], "byte for byte");
    let expected = before.into_iter().filter(|(name, _)| name != "rootfs.img" && name != ".rootfs.img.origin");
    assert_eq!(after, expected.collect());
    panel.says("Kept session disks");
}

#[test]
fn a_plan_that_nobody_was_shown_is_not_carried_out() {
    let (desk, small) = Desk::with_bundle();
    let before = small.contents();
    let panel = Panel::open(&desk);
    let view = panel.invoke("opened", &json!({}));
    let bundle = &view["view"]["bundles"][0]["id"];
    panel.invoke("reclaim", &json!({ "bundle": bundle, "level": "reset", "fingerprint": "0".repeat(64) }));
    panel.says("Not done");
    panel.says("The bundle has changed since the plan was shown. Nothing was touched.");
    panel.invoke("reclaim", &json!({ "bundle": "/etc", "level": "rebuild", "fingerprint": "" }));
    panel.says("This bundle is not there any more. Nothing was touched.");
    assert_eq!(small.contents(), before);
}
