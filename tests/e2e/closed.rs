//! A folder that may not be looked into: the page says so, and somebody may choose another.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use plimsoll_tests::small::Small;

use crate::desk::{self, Desk, PATIENCE, run, until, wait};
use crate::driver::Panel;

/// The app without the right to look into everything, which root has and nobody else.
fn as_anybody(desk: &Desk) -> PathBuf {
    let path = desk.folder.path().join("as-anybody");
    let app = desk::app().display();
    let without = "setpriv --bounding-set=-dac_override,-dac_read_search --";
    let run = if rustix::process::geteuid().is_root() { without } else { "" };
    fs::write(&path, format!("#!/bin/sh\nexec {run} {app} \"$@\"\n")).expect("write");
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("chmod");
    path
}

#[test]
fn a_closed_folder_is_explained_and_a_chosen_one_is_looked_in() {
    let (desk, small) = Desk::with_bundle();
    let other = Small::make(&desk.folder.path().join("elsewhere"));
    let before = (small.contents(), other.contents());
    fs::set_permissions(&small.root, Permissions::from_mode(0o000)).expect("close");
    let panel = Panel::open_as(&desk, &as_anybody(&desk), "A folder is closed to Plimsoll");
    panel.says("is blocked");
    panel.says("Nothing in it was touched");
    panel.picture("panel-closed");

    // What holds no VM is not taken.
    panel.click(".closed .buttons button:last-child");
    choose(&desk, &desk.home());
    panel.says("Claude keeps no VM in");
    // Somebody points at the folder of bundles, which is as good.
    panel.click(".closed .buttons button:last-child");
    choose(&desk, &other.root.join("vm_bundles"));
    panel.says("System disk");
    panel.says("A folder is closed to Plimsoll");
    let settings = fs::read_to_string(desk.state.join("settings.toml")).expect("settings");
    assert!(settings.contains(&format!("roots = [\"{}\"]", other.root.display())), "{settings}");

    fs::set_permissions(&small.root, Permissions::from_mode(0o700)).expect("open");
    until("it is looked into again", PATIENCE, || !panel.text().contains("A folder is closed"));
    assert_eq!((small.contents(), other.contents()), before);
}

/// Types a folder into the desktop's chooser.
fn choose(desk: &Desk, folder: &std::path::Path) {
    let search = ["search", "--onlyvisible", "--name", "^Where Claude keeps its data$"];
    let dialog = || desk.xdotool(&search).lines().next().map(str::to_owned);
    let window = wait("a chooser opens", PATIENCE, dialog);
    until("it has the keyboard", PATIENCE, || {
        desk.xdotool(&["windowactivate", &window]);
        desk.xdotool(&["getactivewindow"]).trim() == window
    });
    assert!(desk.panel().is_some(), "the panel stays under it");
    run(desk.command("xdotool").args(["type", "--delay", "20"]).arg(folder));
    until("the folder is chosen", PATIENCE, || {
        desk.xdotool(&["key", "Return"]);
        std::thread::sleep(std::time::Duration::from_millis(300));
        dialog().is_none()
    });
}
