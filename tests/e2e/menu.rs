//! The menu, line by line.

use std::fs::{self, File};
use std::time::{Duration, Instant, SystemTime};

use plimsoll_tests::small::Small;

use crate::bus::{FileManager, Icon, Line, Watcher, line};
use crate::desk::{App, Desk, PATIENCE, until};
use crate::driver::Panel;
use crate::processes::Holder;

/// A download that was given up long ago.
const DEAD: &str = "rootfs.img.zst.partial";
/// Twice what the app takes for one click.
const ANOTHER_CLICK: Duration = Duration::from_millis(500);
const TWO_DAYS: Duration = Duration::from_hours(48);

struct Scene {
    desk: Desk,
    small: Small,
    icon: Icon,
    app: App,
    _watcher: Watcher,
}

fn scene(prepare: impl FnOnce(&Desk, &Small)) -> Scene {
    let (desk, small) = Desk::short_of_space();
    prepare(&desk, &small);
    let watcher = Watcher::start(&desk);
    let app = desk.start(&[]);
    let icon = watcher.icon(&desk);
    icon.menu_when("the first look is shown", |menu| line(menu, "Reclaim").is_some());
    Scene { desk, small, icon, app, _watcher: watcher }
}

fn labels(menu: &[Line]) -> Vec<&str> {
    menu.iter().map(|line| line.label.as_str()).collect()
}

/// A little longer than the app takes a changed menu for news.
const SETTLED: std::time::Duration = std::time::Duration::from_millis(2_500);

#[test]
fn the_menu_says_how_things_stand_and_every_command_is_there() {
    let Scene { icon, small, .. } = &scene(|_, _| ());
    let menu = icon.menu();
    let said = labels(&menu);
    assert!(said[0].contains(" · ") && said[0].contains(" free."), "the headline: {said:?}");
    assert_eq!(said[1], "VM stopped");
    assert!(said[2].starts_with("Reclaim ") && said[2].ends_with('…'), "it opens a sheet: {said:?}");
    let commands = ["Open Plimsoll", "Show in File Manager", "Pause Watching", "Settings…", "About Plimsoll"];
    assert_eq!(said[3..8], commands);
    assert_eq!(said[8..], ["Quit Plimsoll"]);
    assert!(!menu[0].enabled && !menu[1].enabled, "facts cannot be chosen");
    assert!(menu[2..].iter().all(|line| line.enabled), "{menu:#?}");

    let holder = Holder::of(&small.bundle.join("sessiondata.img"));
    let reason = format!("Claude’s VM is running: holder (pid {}) holds", holder.pid());
    let menu = icon.menu_when("the reason is said", |menu| line(menu, &reason).is_some());
    assert!(!line(&menu, "Reclaim").expect("the line stays").enabled);
    assert!(line(&menu, "VM running").is_some(), "{menu:#?}");
    drop(holder);
    icon.menu_when("it can be chosen again", |menu| line(menu, "Reclaim").is_some_and(|line| line.enabled));
}

#[test]
fn leftovers_are_reclaimed_from_the_menu_in_one_click() {
    let Scene { desk, small, icon, .. } = &scene(|desk, small| {
        desk.settings("reserve = 0\n");
        let path = small.bundle.join(DEAD);
        fs::write(&path, vec![9; 3_000_000]).expect("write the leftover");
        let file = File::open(&path).expect("open");
        file.set_modified(SystemTime::now() - TWO_DAYS).expect("date it back");
        // A lossless level is proposed as long as the big files cannot be had.
        fs::remove_file(small.bundle.join("rootfs.img.zst")).expect("take the source away");
    });
    let mut expected = small.contents();
    assert!(expected.remove(DEAD).is_some());
    let offered = icon.menu_when("it is offered", |menu| line(menu, "Reclaim 3").is_some_and(|line| line.enabled));
    let label = &line(&offered, "Reclaim").expect("seen").label;
    assert!(!label.ends_with('…'), "no sheet will open: {label}");
    // A line that has just changed may not be the one that was read: it would open the panel instead.
    std::thread::sleep(SETTLED);
    icon.click("Reclaim 3");
    until("the leftover is gone", PATIENCE, || !small.bundle.join(DEAD).exists());
    icon.menu_when("it is over", |menu| line(menu, "Reclaim 3").is_none() && line(menu, "VM stopped").is_some());
    assert_eq!(small.contents(), expected);
    assert!(desk.panel().is_none(), "no panel has opened");
    let receipts = desk.plimsoll(&["receipts"]);
    assert!(receipts["receipts"][0]["freed_bytes"].as_u64() >= Some(3_000_000), "{receipts:#}");
}

#[test]
fn pausing_stops_looks_and_says_so() {
    let Scene { icon, .. } = &scene(|_, _| ());
    assert_eq!(line(&icon.menu(), "Pause").and_then(|line| line.toggle), Some(0));
    icon.click("Pause");
    let paused = icon.menu_when("it is paused", |menu| line(menu, "Watching is paused").is_some());
    assert_eq!(line(&paused, "Pause").and_then(|line| line.toggle), Some(1));
    icon.click("Pause");
    let on = icon.menu_when("it watches again", |menu| line(menu, "VM stopped").is_some());
    assert_eq!(line(&on, "Pause").and_then(|line| line.toggle), Some(0));
}

#[test]
fn the_bundle_is_shown_in_the_file_manager() {
    let Scene { desk, small, icon, .. } = &scene(|_, _| ());
    let files = FileManager::start(desk);
    icon.click("Show in File Manager");
    assert_eq!(files.shown(), format!("file://{}", small.bundle.display()));
}

#[test]
fn open_shows_the_panel_and_quit_ends_the_app() {
    let Scene { desk, icon, app, .. } = &mut scene(|_, _| ());
    assert!(desk.panel().is_none());
    icon.click("Open Plimsoll");
    desk.panel_opens();
    // A left click on the icon closes it, and another one opens it; one at the same moment is the same click.
    icon.activate(0, 0);
    desk.panel_closes();
    let closed = Instant::now();
    until("the next click is another one", PATIENCE, || closed.elapsed() > ANOTHER_CLICK);
    icon.activate(1_200, 880);
    desk.panel_opens();
    icon.click("Quit Plimsoll");
    assert_eq!(app.ends(), 0);
    assert!(desk.log().contains("quitting"));
}

#[test]
fn reclaim_settings_and_about_lead_the_open_panel_there() {
    let (desk, small) = Desk::short_of_space();
    let before = small.contents();
    let watcher = Watcher::start(&desk);
    let panel = Panel::open(&desk);
    let icon = watcher.icon(&desk);
    icon.click("Reclaim");
    panel.says("Rebuild the system disk?");
    icon.click("Settings…");
    panel.says("Seconds between looks");
    icon.click("About Plimsoll");
    panel.says("No telemetry. No network, unless you ask");
    panel.picture("panel-about");
    icon.click("Open Plimsoll");
    panel.says("VM stopped");
    assert_eq!(small.contents(), before);
}
