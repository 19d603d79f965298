//! The panel's window: opened by a second start, closed by Escape and when something else gets the keyboard.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::desk::{Desk, PATIENCE, spawn, until, wait_for};
use crate::driver::{CANCEL, CONFIRM, Panel, RECLAIM};

/// A second start must not wait for anything but the first one's answer.
const QUICK: Duration = Duration::from_secs(5);
/// The web view's processes end after the window that they drew for.
const LET_GO: Duration = Duration::from_secs(15);
/// As the kernel cuts it.
const WEB_PROCESS: &str = "WebKitWebProces";

#[test]
fn a_second_start_opens_the_panel_of_the_first_and_closing_it_leaves_no_web_view() {
    let (desk, _small) = Desk::with_bundle();
    let mut app = desk.start(&[]);
    desk.logged("started, version");
    assert!(desk.panel().is_none(), "it starts without a panel");
    assert_eq!(desk.processes(WEB_PROCESS), [0; 0], "and without a web view");

    let begin = Instant::now();
    assert_eq!(desk.start(&[]).ends(), 0);
    assert!(begin.elapsed() < QUICK, "{:?}", begin.elapsed());
    desk.panel_opens();
    desk.logged("panel painted after");
    assert_eq!(desk.processes(WEB_PROCESS).len(), 1);
    assert_eq!(desk.processes("plimsoll-app"), [app.pid()], "one app");

    desk.xdotool(&["key", "Escape"]);
    desk.panel_closes();
    until("the web view's process is gone", LET_GO, || desk.processes(WEB_PROCESS).is_empty());
    assert!(app.0.try_wait().expect("ask").is_none(), "the app lives on");
}

#[test]
fn the_window_is_as_tall_as_its_page_wherever_that_leads() {
    let (desk, _small) = Desk::short_of_space();
    let panel = Panel::open(&desk);
    let fits = || {
        let geometry = desk.xdotool(&["getwindowgeometry", "--shell", &desk.panel().unwrap_or_default()]);
        let number = |name: &str| geometry.lines().find_map(|line| line.strip_prefix(name)?.parse::<i64>().ok());
        let page = panel.script(
            "return Math.ceil([...document.querySelectorAll('[data-part]')] \
             .reduce((sum, part) => sum + part.getBoundingClientRect().height, 0))",
        );
        let (page, width, height) = (page.as_i64(), number("WIDTH="), number("HEIGHT="));
        if width == Some(380) && height == page { Ok(()) } else { Err(format!("page {page:?}, {geometry}")) }
    };
    wait_for(PATIENCE, fits);
    panel.becomes_enabled(RECLAIM, PATIENCE);
    panel.click(RECLAIM);
    panel.becomes_enabled(CONFIRM, PATIENCE);
    wait_for(PATIENCE, fits);
    panel.click(CANCEL);
    panel.says("VM stopped");
    wait_for(PATIENCE, fits);
}

#[test]
fn the_panel_closes_when_another_window_gets_the_keyboard_and_opens_again() {
    let (desk, _small) = Desk::with_bundle();
    let _app = desk.start(&["--open"]);
    desk.panel_opens();
    let mut other = desk.command("xmessage");
    let mut other = spawn(other.arg("Another window").stdout(Stdio::null()).stderr(Stdio::null()));
    desk.panel_closes();
    until("the web view's process is gone", LET_GO, || desk.processes(WEB_PROCESS).is_empty());
    let _ = other.kill();
    let _ = other.wait();
    assert_eq!(desk.start(&[]).ends(), 0);
    desk.panel_opens();
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}
