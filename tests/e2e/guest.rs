//! A real guest under a real QEMU, seen and given back through the panel.
//!
//! `tests/guest` makes the bundle and boots it. Not here: machines that cannot have a guest, where this says so and is
//! skipped, as the stories of `guest_journeys` are.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bus::Watcher;
use crate::desk::{Desk, ONE_CADENCE, PATIENCE, SHORT_OF_SPACE, run};
use crate::driver::{CONFIRM, Panel, RECLAIM};

/// What the guest writes before it deletes nine tenths of it.
const WRITTEN_MB: &str = "150";
/// Seconds after which a guest is stopped from outside.
pub(crate) const LIMIT: &str = "120";

pub(crate) fn script(name: &str) -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("guest").join(name))
}

/// Past the test harness, which would keep it back.
pub(crate) fn tell(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error takes a line");
}

/// Bytes on disk of everything in a folder.
fn taken(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("list").flatten();
    entries.map(|entry| entry.metadata().expect("facts").blocks() * 512).sum()
}

/// Ends in good order, at the latest with the test.
pub(crate) struct Guest(pub(crate) PathBuf);

impl Drop for Guest {
    fn drop(&mut self) {
        if self.0.exists() {
            run(script("poweroff").arg(&self.0));
        }
    }
}

/// Whether this machine can have a guest; says why not. Debian can.
pub(crate) fn can_have_one(what: &str) -> bool {
    let setup = run(&mut script("setup"));
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let debian = cfg!(target_arch = "x86_64") && release.lines().any(|line| line == "ID=debian");
    if setup.code == 3 && !debian {
        tell(&format!("e2e: SKIPPED {what}: {}", setup.text.trim()));
        return false;
    }
    assert_eq!(setup.code, 0, "tests/guest/setup: {}", setup.text);
    true
}

#[test]
fn what_a_real_guest_left_behind_comes_back_through_the_panel_once_it_is_off() {
    if !can_have_one("a real guest") {
        return;
    }
    let desk = Desk::set_up();
    desk.settings(SHORT_OF_SPACE);
    let succeed = |command: &mut Command| {
        let ended = run(command);
        assert_eq!(ended.code, 0, "{command:?}: {}", ended.text);
    };
    succeed(script("make-bundle").arg(&desk.root).args(["--size", "1G"]));
    succeed(script("boot").arg(&desk.root).args(["grow", "--limit", LIMIT, "--", WRITTEN_MB]));
    let bundle = desk.root.join("vm_bundles/claudevm.bundle");
    let pidfile = desk.folder.path().join("guest.pid");
    let booted = ["stay", "--limit", LIMIT, "--background"];
    let guest = Guest(pidfile.clone());
    succeed(script("boot").arg(&desk.root).args(booted).arg(&pidfile));
    let pid = fs::read_to_string(&pidfile).expect("QEMU's process id").trim().to_owned();

    let watcher = Watcher::start(&desk);
    let panel = Panel::open(&desk);
    let icon = watcher.icon(&desk);
    panel.says("VM running");
    assert!(!panel.enabled(RECLAIM));
    let reason = panel.text_of("#reason");
    assert!(reason.contains(&format!("(pid {pid})")), "{reason}");
    panel.picture("guest-running");

    succeed(script("poweroff").arg(&pidfile));
    panel.becomes_enabled(RECLAIM, ONE_CADENCE);
    drop(guest);
    let (before, headline) = (taken(&bundle), icon.menu()[0].label.clone());
    panel.click(RECLAIM);
    panel.becomes_enabled(CONFIRM, PATIENCE);
    panel.picture("guest-sheet");
    panel.click(CONFIRM);
    panel.says("came back");
    panel.picture("guest-done");
    let after = taken(&bundle);
    tell(&format!("e2e: a real guest's bundle took {before} bytes before the reclaim and {after} after it"));
    assert!(before > after + 140_000_000, "{before} before, {after} after");
    let freed = &desk.plimsoll(&["receipts"])["receipts"][0]["freed_bytes"];
    assert_eq!(*freed, before - after, "what it says is what it did");
    let now = icon.menu_when("the menu tells of it", |menu| menu[0].label != headline)[0].label.clone();
    tell(&format!("e2e: the menu said {headline:?} before and {now:?} after"));
}
