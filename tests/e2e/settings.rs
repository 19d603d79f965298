//! The settings: in the panel, in their file, and when that is broken.

use std::fs;

use crate::desk::{Desk, ONE_CADENCE, PATIENCE, until};
use crate::driver::Panel;

const SAVE: &str = "button[type=submit]";

#[test]
fn a_wrong_value_is_explained_at_its_field_and_a_right_one_is_saved() {
    let (desk, _small) = Desk::with_bundle();
    let written = "# mine\nlimit = \"20 GB\" # for now\n";
    desk.settings(written);
    let file = desk.state.join("settings.toml");
    let login = desk.home().join(".config/autostart/Plimsoll.desktop");
    let panel = Panel::open(&desk);
    panel.click_text("Settings");
    panel.says("Seconds between looks");
    panel.fill("#interval", "3");
    panel.fill("#limit", "a lot");
    panel.click(SAVE);
    panel.says("Write whole seconds from 5 to 21600, or leave it empty.");
    panel.says("Write a size such as “12 GB”, at least 1 GB, or leave it empty.");
    assert_eq!(panel.script("return document.querySelectorAll('[aria-invalid=true]').length"), 2);
    panel.picture("panel-settings-wrong");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), written, "nothing was saved");

    panel.fill("#interval", "600");
    panel.fill("#limit", "12.5 GB");
    panel.click(".tick input");
    panel.click(SAVE);
    panel.says("Saved");
    panel.picture("panel-settings-saved");
    let saved = fs::read_to_string(&file).expect("it is there");
    let expected = "# mine\nlimit = \"12.5 GB\" # for now\ninterval_seconds = 600\n";
    assert_eq!(saved, expected, "a person's own words stay");
    until("it opens at login", PATIENCE, || login.exists());
    panel.click(".tick input");
    panel.click(SAVE);
    until("it no longer opens at login", PATIENCE, || !login.exists());
}

#[test]
fn a_broken_file_is_set_aside_and_the_panel_says_where() {
    let (desk, small) = Desk::with_bundle();
    let panel = Panel::open(&desk);
    let broken = "limit = = 12\n";
    desk.settings(broken);
    panel.says_within("The settings are not valid and kept as", ONE_CADENCE);
    panel.says("Change them here, and they are saved anew.");
    panel.picture("panel-settings-broken");
    assert!(!desk.state.join("settings.toml").exists());
    let names = fs::read_dir(&desk.state).expect("list").flatten().map(|entry| entry.path());
    let kept = names.filter(|path| path.to_string_lossy().contains("settings")).last().expect("a kept file");
    assert_eq!(fs::read_to_string(&kept).expect("read"), broken);
    assert!(panel.text().contains(&*kept.file_name().expect("a name").to_string_lossy()));
    assert!(small.bundle.join("rootfs.img").exists());
}

#[test]
fn the_panel_speaks_the_language_of_the_settings() {
    let (desk, _small) = Desk::with_bundle();
    desk.settings("language = \"de\"\n");
    let panel = Panel::open(&desk);
    panel.says("Systemplatte");
    assert_eq!(panel.script("return document.documentElement.lang"), "de");
    panel.picture("panel-german");
    desk.settings("language = \"en\"\n");
    panel.says_within("System disk", ONE_CADENCE);
}
