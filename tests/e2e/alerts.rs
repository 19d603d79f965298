//! Alerts on a real session bus: said once, silenced, taken back; and an armed reclaim that nobody attends.

use std::time::Duration;

use plimsoll_tests::cli;
use plimsoll_tests::small::Small;
use rustix::process::{Pid, Signal};
use serde_json::Value;

use crate::bus::{Watcher, line};
use crate::centre::Centre;
use crate::desk::{App, Desk, PATIENCE, run, until};
use crate::driver::Panel;
use crate::poor::Volume;
use crate::processes::Holder;

/// Every disk is smaller, so that it is nearly full.
const SHORT: &str = "alert_critical = \"16 TB\"\n";
const ROOMY: &str = "alert_notice = 0\nalert_notice_percent = 0\nalert_warning = 0\nalert_critical = 0\nreserve = 0\n";
const FULL: &str = "The disk is almost full";

fn quit(mut app: App) {
    rustix::process::kill_process(Pid::from_raw(app.pid()).expect("a process"), Signal::TERM).expect("it runs");
    assert_eq!(app.ends(), 0);
}

fn alert(desk: &Desk) -> Value {
    desk.plimsoll(&["status"])["alerts"][0].clone()
}

#[test]
fn a_short_disk_is_told_once_silenced_by_a_button_and_not_told_by_the_next_start() {
    let (desk, _small) = Desk::with_bundle();
    desk.settings(SHORT);
    let centre = Centre::start(&desk);
    let app = desk.start(&[]);
    let told = centre.notified(FULL);
    assert_eq!(told.urgency, 2, "critical says it is critical");
    assert!(told.body.contains("free on"), "{told:?}");
    assert!(told.actions.iter().any(|key| key == "reclaim"), "{told:?}");
    centre.press(told.number, "snooze");
    until("the alert is silenced", PATIENCE, || alert(&desk)["snoozed"] == true);
    assert!(alert(&desk)["snoozed_until"].is_string());
    quit(app);

    let watcher = Watcher::start(&desk);
    let again = desk.start(&[]);
    // The line in the menu comes with the first look, in which it would have been told.
    watcher.icon(&desk).menu_when("the alert stands in the menu", |menu| line(menu, FULL).is_some());
    assert_eq!(centre.shown().len(), 1, "{:?}", centre.shown());
    assert_eq!(alert(&desk)["snoozed"], true, "an hour is an hour, whoever starts anew");
    quit(again);
}

/// The whole of it on a volume of 24 MB, Plimsoll's own folder too: nothing can be written any more at the second start.
#[test]
fn a_disk_that_fills_to_the_last_block_is_told_once_through_a_restart() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: mounting a small volume takes root");
        return;
    }
    let mut desk = Desk::set_up();
    let volume = Volume::mount(desk.folder.path());
    let small = Small::make(&volume.0);
    (desk.root, desk.state) = (small.root.clone(), small.state.clone());
    desk.settings("reserve = 0\n");
    let centre = Centre::start(&desk);
    let app = desk.start(&[]);
    centre.notified(FULL);
    quit(app);
    volume.fill();
    let watcher = Watcher::start(&desk);
    let app = desk.start(&[]);
    watcher.icon(&desk).menu_when("the alert stands in the menu", |menu| line(menu, FULL).is_some());
    assert_eq!(centre.shown().len(), 1, "{:?}", centre.shown());
    quit(app);
}

#[test]
fn a_button_leads_to_the_plan_and_whoever_looks_needs_no_notification() {
    let (desk, small) = Desk::with_bundle();
    desk.settings(SHORT);
    let centre = Centre::start(&desk);
    let before = small.contents();
    let app = desk.start(&[]);
    let told = centre.notified(FULL);
    centre.press(told.number, "reclaim");
    desk.panel_opens();
    until("the notification is taken back", PATIENCE, || centre.was_closed(told.number));
    assert_eq!(small.contents(), before, "a button agrees to nothing");
    quit(app);
}

#[test]
fn where_notifications_fail_the_icon_asks_for_attention_and_the_panel_says_why() {
    let (desk, _small) = Desk::with_bundle();
    desk.settings(SHORT);
    let (watcher, _deaf) = (Watcher::start(&desk), Centre::deaf(&desk));
    let app = desk.start(&[]);
    let icon = watcher.icon(&desk);
    until("the icon asks for attention", PATIENCE, || icon.text("Status") == "NeedsAttention");
    // Whoever looks has seen it.
    icon.activate(10, 10);
    until("the icon is calm again", PATIENCE, || icon.text("Status") == "Active");
    quit(app);
    let panel = Panel::open(&desk);
    panel.says(FULL);
    panel.picture("panel-alert");
}

#[test]
fn what_is_armed_is_done_once_the_vm_lets_go() {
    let (desk, small) = Desk::with_bundle();
    desk.settings(ROOMY);
    let (centre, watcher) = (Centre::start(&desk), Watcher::start(&desk));
    let holder = Holder::of(&small.bundle.join("rootfs.img"));
    let armed = run(&mut cli::plimsoll(&desk.root, &desk.state, &["arm", "rebuild", "--idle", "10", "--yes"]));
    assert_eq!(armed.code, 0, "{}", armed.text);
    let app = desk.start(&[]);
    let icon = watcher.icon(&desk);
    icon.menu_when("the VM is seen", |menu| line(menu, "VM running").is_some());
    assert!(small.bundle.join("rootfs.img").exists());
    drop(holder);
    // The app looks whenever its menu is about to be read; without that it looks by its cadence.
    until("it is done", Duration::from_mins(1), || {
        icon.about_to_show();
        !small.bundle.join("rootfs.img").exists()
    });
    assert!(small.bundle.join("sessiondata.img").exists());
    until("somebody is told", PATIENCE, || centre.shown().iter().any(|it| it.body.contains("what was armed")));
    let receipts = desk.plimsoll(&["receipts"]);
    assert_eq!(receipts["receipts"][0]["reason"], "armed");
    assert_eq!(desk.plimsoll(&["status"])["armed"], serde_json::json!([]));
    quit(app);
}

#[test]
fn what_is_armed_is_done_by_watch_and_what_is_disarmed_is_not() {
    let (desk, small) = Desk::with_bundle();
    desk.settings(ROOMY);
    let plimsoll = |arguments: &[&str]| run(&mut cli::plimsoll(&desk.root, &desk.state, arguments));
    let watch = ["watch", "--every", "4", "--samples", "4"];
    assert_eq!(plimsoll(&["arm", "rebuild", "--idle", "10", "--yes"]).code, 0);
    assert!(plimsoll(&["disarm"]).printed.contains("Taken back: rebuild"));
    assert_eq!(plimsoll(&watch).code, 0);
    assert!(small.bundle.join("rootfs.img").exists());
    assert_eq!(plimsoll(&["arm", "rebuild", "--idle", "10", "--yes"]).code, 0);
    let watched = plimsoll(&watch);
    assert!(watched.complained.contains("came back (rebuild), as armed"), "{}", watched.text);
    assert!(!small.bundle.join("rootfs.img").exists());
}
