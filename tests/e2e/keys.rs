//! The panel by keyboard alone, with keys as the X server sends them.

use crate::desk::{Desk, PATIENCE, until};
use crate::driver::{CONFIRM, Panel, RECLAIM};

/// More stops than the panel has.
const STOPS: usize = 30;

fn focused(panel: &Panel<'_>, css: &str) -> bool {
    panel.script(&format!("return document.activeElement?.matches('{css}') ?? false")) == true
}

#[test]
fn tab_reaches_reclaim_enter_opens_the_sheet_and_escape_leads_back_and_out() {
    let (desk, small) = Desk::short_of_space();
    let before = small.contents();
    let panel = Panel::open(&desk);
    panel.becomes_enabled(RECLAIM, PATIENCE);
    let reached = (0..STOPS).any(|_| {
        panel.script("window.before = document.activeElement");
        desk.xdotool(&["key", "Tab"]);
        until("Tab moves the focus", PATIENCE, || {
            panel.script("return document.activeElement !== window.before") == true
        });
        focused(&panel, RECLAIM)
    });
    assert!(reached, "Tab never came to the button");
    panel.picture("panel-keyboard");
    desk.xdotool(&["key", "Return"]);
    panel.says("Rebuild the system disk?");
    until("the harmless button has the focus", PATIENCE, || focused(&panel, "[data-first]"));
    assert!(!focused(&panel, CONFIRM));

    desk.xdotool(&["key", "Escape"]);
    panel.says("VM stopped");
    until("the focus is where it was", PATIENCE, || focused(&panel, RECLAIM));
    assert_eq!(small.contents(), before);
    desk.xdotool(&["key", "Escape"]);
    desk.panel_closes();
}
