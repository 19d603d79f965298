//! While somebody holds an image, nothing can be reclaimed, whatever was on the screen before.

use serde_json::json;

use crate::desk::{Desk, ONE_CADENCE, PATIENCE};
use crate::driver::{CANCEL, CONFIRM, Panel, RECLAIM};
use crate::processes::Holder;

#[test]
fn the_button_follows_who_holds_an_image_within_one_look() {
    let (desk, small) = Desk::short_of_space();
    let before = small.contents();
    let panel = Panel::open(&desk);
    panel.becomes_enabled(RECLAIM, PATIENCE);
    let view = panel.invoke("opened", &json!({}));
    let bundle = &view["view"]["bundles"][0];
    assert_eq!(bundle["reclaim"]["level"], "rebuild");

    let holder = Holder::of(&small.bundle.join("rootfs.img"));
    panel.becomes_disabled(RECLAIM, ONE_CADENCE);
    let reason = panel.text_of("#reason");
    assert!(reason.contains(&format!("pid {}", holder.pid())), "{reason}");
    assert!(panel.text().contains("VM running"));
    panel.picture("panel-held");
    panel.click(RECLAIM);
    assert!(panel.text().contains("VM running"), "the click led nowhere");

    // As if the page had been slower, or was not ours.
    let words = json!({
        "bundle": bundle["id"], "level": "rebuild", "fingerprint": bundle["reclaim"]["fingerprint"],
    });
    panel.invoke("reclaim", &words);
    panel.says("Not done");
    panel.says(&format!("pid {}", holder.pid()));
    drop(holder);
    panel.becomes_enabled(RECLAIM, ONE_CADENCE);
    assert_eq!(small.contents(), before, "nothing was touched");
}

#[test]
fn a_sheet_that_is_open_cannot_be_confirmed_once_somebody_holds_an_image() {
    let (desk, small) = Desk::short_of_space();
    let before = small.contents();
    let panel = Panel::open(&desk);
    panel.becomes_enabled(RECLAIM, PATIENCE);
    panel.click(RECLAIM);
    panel.becomes_enabled(CONFIRM, PATIENCE);

    let holder = Holder::of(&small.bundle.join("rootfs.img"));
    panel.becomes_disabled(CONFIRM, ONE_CADENCE);
    panel.says(&format!("pid {}", holder.pid()));
    panel.picture("panel-sheet-held");
    panel.click(CONFIRM);
    assert!(panel.text().contains("Rebuild the system disk?"), "the click led nowhere");
    drop(holder);
    panel.becomes_enabled(CONFIRM, ONE_CADENCE);
    panel.click(CANCEL);
    panel.says("VM stopped");
    assert_eq!(small.contents(), before, "nothing was touched");
}
