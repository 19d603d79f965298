//! The icon, as any tray host sees it.

use crate::bus::{Watcher, line, sizes};
use crate::desk::{Desk, PATIENCE, until};

/// The app looks every 5 seconds, and always keeps more free than this disk has.
const SHORT: &str = "interval_seconds = 5\nreserve = \"15 TB\"\n";

#[test]
fn the_icon_says_what_it_is_and_has_pictures_for_ordinary_and_dense_screens() {
    let (desk, small) = Desk::with_bundle();
    let before = small.contents();
    let watcher = Watcher::start(&desk);
    let _app = desk.start(&[]);
    let icon = watcher.icon(&desk);
    assert_eq!(icon.text("Id"), "plimsoll");
    assert_eq!(icon.text("Title"), "Plimsoll");
    assert_eq!(icon.text("Status"), "Active");
    assert_eq!(sizes(&icon.pixmaps()), [(22, 22), (44, 44)]);
    let menu = icon.menu_when("the first look is shown", |menu| line(menu, "VM stopped").is_some());
    assert_eq!(icon.tooltip(), ("Plimsoll".to_owned(), menu[0].label.clone()), "it says what the menu says first");
    let taken = desk.plimsoll(&["status"])["headline"].as_str().expect("a headline").to_owned();
    let number = taken.split(" · ").next().expect("a number");
    assert!(menu[0].label.starts_with(number), "{} and {taken}", menu[0].label);

    desk.settings("title = \"allocated\"\nicon = \"wide\"\n");
    icon.menu_when("the title is shown", |_| icon.text("Title") == format!("Plimsoll · {number}"));
    let wide = sizes(&icon.pixmaps());
    assert!(wide.iter().all(|(width, height)| width > height), "{wide:?}");
    assert_eq!(small.contents(), before, "watching changes nothing");
}

#[test]
fn the_ink_is_the_themes_so_that_it_is_seen_on_its_bars() {
    for (theme, dark_ink) in [("Adwaita", true), ("Adwaita:dark", false)] {
        let (desk, _small) = Desk::with_bundle();
        let watcher = Watcher::start(&desk);
        let _app = desk.start_in(&[("GTK_THEME", theme)], &[]);
        let (_, _, pixels) = watcher.icon(&desk).pixmaps().pop().expect("a picture");
        let opaque = pixels.chunks_exact(4).filter(|pixel| pixel[0] == 255);
        let bright: Vec<bool> = opaque.map(|pixel| pixel[1..].iter().all(|part| *part > 127)).collect();
        assert!(bright.len() > 100 && bright.iter().all(|bright| *bright != dark_ink), "in {theme}");
    }
}

#[test]
fn the_picture_changes_with_the_state_and_is_not_sent_again_while_nothing_changes() {
    let (desk, _small) = Desk::with_bundle();
    let watcher = Watcher::start(&desk);
    let _app = desk.start(&[]);
    let icon = watcher.icon(&desk);
    icon.menu_when("the first look is shown", |menu| line(menu, "VM stopped").is_some());
    let calm = icon.pixmaps();
    let sent = icon.count("NewIcon");

    for _ in 0..5 {
        icon.about_to_show();
    }
    // Requests are answered in order: what this one changes is shown after all looks before it.
    desk.settings("language = \"de\"\n");
    icon.menu_when("the menu is German", |menu| line(menu, "VM aus").is_some());
    assert_eq!(icon.count("NewIcon"), sent, "nothing had changed");
    assert_eq!(icon.pixmaps(), calm);

    desk.settings(SHORT);
    until("the picture changes within the interval", PATIENCE, || {
        icon.about_to_show();
        icon.pixmaps() != calm
    });
    until("hosts are told", PATIENCE, || icon.count("NewIcon") > sent);
    assert!(icon.tooltip().1.contains("The disk is nearly full"), "{:?}", icon.tooltip());
    let act = icon.pixmaps();

    // Closed and unasked, it looks by itself.
    desk.settings("interval_seconds = 5\n");
    until("the picture changes back by itself", PATIENCE, || icon.pixmaps() != act);
    assert_eq!(icon.pixmaps(), calm);
}

#[test]
fn the_icon_registers_with_a_host_that_starts_later_and_with_one_that_starts_anew() {
    let (desk, _small) = Desk::with_bundle();
    let _app = desk.start(&[]);
    desk.logged("started, version");
    for _ in 0..3 {
        let watcher = Watcher::start(&desk);
        let icon = watcher.icon(&desk);
        icon.menu_when("the menu is shown", |menu| line(menu, "VM stopped").is_some());
        watcher.stop();
    }
}
