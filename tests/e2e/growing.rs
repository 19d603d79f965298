//! A day in a minute: a real guest grows its bundle on a small volume until every warning has come, is shut down, and
//! what was armed meanwhile gives the space back while nobody looks.
//!
//! Not here: what the warnings say in every case (`replay` tells those stories), and their buttons (`alerts`).

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll_tests::cli;
use serde_json::json;

use crate::bus::{Watcher, line};
use crate::centre::Centre;
use crate::desk::{Desk, PATIENCE, run, until, wait};
use crate::guest::{Guest, LIMIT, can_have_one, script, tell};

/// What the guest writes in each step. Of a loss of less than 1 GB no cause is named.
const STEP: u64 = 360_000_000;
const STEP_MB: &str = "360";
/// For what an emulated guest does on a loaded machine.
const LONG: Duration = Duration::from_mins(2);

/// Bytes that anybody may still write there.
fn free(place: &Path) -> u64 {
    let volume = rustix::fs::statvfs(place).expect("statvfs");
    volume.f_bavail * volume.f_frsize
}

/// An ext4 of its own, which has no clones, so that holes are made in place.
struct Volume(PathBuf);

impl Volume {
    fn mount(folder: &Path) -> Self {
        let script = "truncate -s 2G volume && mke2fs -q -t ext4 -m 0 volume && mkdir on && mount -o loop volume on";
        let made = run(std::process::Command::new("bash").args(["-euc", script]).current_dir(folder));
        assert_eq!(made.code, 0, "the volume could not be mounted: {}", made.text);
        Self(folder.join("on"))
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Lazily, since whoever held something there may take a moment to end.
        run(std::process::Command::new("umount").arg("--lazy").arg(&self.0));
    }
}

/// The guest of a bundle, and what it has done so far.
struct Steps {
    pidfile: PathBuf,
    done: usize,
    _guest: Guest,
}

impl Steps {
    fn boot(desk: &Desk) -> Self {
        let pidfile = desk.folder.path().join("guest.pid");
        let guest = Guest(pidfile.clone());
        let mut boot = script("boot");
        boot.arg(&desk.root).args(["steps", "--limit", "400", "--background"]).arg(&pidfile).args(["--", STEP_MB]);
        let booted = run(&mut boot);
        assert_eq!(booted.code, 0, "{}", booted.text);
        Self { pidfile, done: 0, _guest: guest }
    }

    /// Has it do something, and waits until that is done and on its disk.
    fn does(&mut self, word: &str) {
        let input = fs::OpenOptions::new().write(true).open(self.pidfile.with_extension("pid.input"));
        input.and_then(|mut pipe| writeln!(pipe, "{word}")).expect("the guest listens");
        self.done += 1;
        let console = self.pidfile.with_extension("pid.console");
        let said = || fs::read_to_string(&console).unwrap_or_default();
        until("the guest has done it", LONG, || said().contains(&format!("STEP {}", self.done)));
    }
}

#[test]
fn a_guest_that_grows_is_warned_of_in_time_and_gives_back_what_it_can_once_it_is_off() {
    if !can_have_one("a guest that grows") {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        tell("e2e: SKIPPED a guest that grows: mounting a small volume takes root");
        return;
    }
    let mut desk = Desk::set_up();
    let volume = Volume::mount(desk.folder.path());
    desk.root = volume.0.join("Claude");
    let made = run(script("make-bundle").arg(&desk.root).args(["--size", "1536M"]));
    assert_eq!(made.code, 0, "{}", made.text);
    let image = desk.root.join("vm_bundles/claudevm.bundle/rootfs.img");
    let begin = free(&volume.0);
    let [notice, warning, critical] = [5, 15, 29].map(|tenths| begin - tenths * STEP / 10);
    desk.settings(&format!(
        "alert_notice = {notice}\nalert_notice_percent = 0\nalert_warning = {warning}\nalert_critical = {critical}\n\
         reserve = 0\ninterval_seconds = 5\n"
    ));
    let (centre, watcher) = (Centre::start(&desk), Watcher::start(&desk));
    let mut guest = Steps::boot(&desk);
    let app = desk.start(&[]);
    let icon = watcher.icon(&desk);
    until("the VM is seen", PATIENCE, || line(&icon.menu(), "VM running").is_some());
    assert!(centre.shown().is_empty(), "nothing is short yet: {:?}", centre.shown());

    let titles = ["Disk space is getting short", "Disk space is short", "The disk is almost full"];
    for (number, title) in titles.iter().enumerate() {
        guest.does("more");
        let told = wait(&format!("{title:?} is told"), LONG, || centre.shown().get(number).cloned());
        assert_eq!(told.title, *title, "in order");
        tell(&format!("e2e: {} bytes free, told: {} {}", free(&volume.0), told.title, told.body));
        assert!(told.body.contains("free on"), "{told:?}");
    }
    let critical = &centre.shown()[2];
    assert!(critical.urgency == 2 && critical.body.contains("nearly all of it to Claude’s VM"), "{critical:?}");
    // The rest of what is told is checked below: nothing is told twice.
    let arm = ["arm", "compact", "--idle", "10", "--yes"];
    let armed = run(&mut cli::plimsoll(&desk.root, &desk.state, &arm));
    assert_eq!(armed.code, 0, "{}", armed.text);
    guest.does("less");
    let (full, length) = (free(&volume.0), fs::metadata(&image).expect("stat").len());
    let now = desk.plimsoll(&["reclaim", "compact", "--yes"]);
    assert_eq!(now["refusals"][0]["code"], "vm_running", "{now:#}");
    let off = run(script("poweroff").arg(&guest.pidfile));
    assert_eq!(off.code, 0, "{}", off.text);

    // Nobody asks for anything: the app looks by its cadence, sees that the VM has gone, and waits for quiet.
    let receipts = || desk.plimsoll(&["receipts"])["receipts"].as_array().cloned().unwrap_or_default();
    let receipt = wait("what was armed is done", LONG, || receipts().pop());
    assert_eq!((&receipt["level"], &receipt["reason"]), (&json!("compact"), &json!("armed")), "{receipt:#}");
    let back = free(&volume.0) - full;
    tell(&format!("e2e: {back} bytes came back, the receipt says {}", receipt["freed_bytes"]));
    assert!(back > 2 * STEP, "three steps were written, and most of that was deleted: {back}");
    assert_eq!(fs::metadata(&image).expect("stat").len(), length);
    until("somebody is told", PATIENCE, || centre.shown().iter().any(|it| it.body.contains("what was armed")));
    let told: Vec<String> = centre.shown().into_iter().map(|it| it.title).collect();
    for title in titles {
        assert_eq!(told.iter().filter(|it| *it == title).count(), 1, "{told:?}");
    }
    assert_eq!(desk.plimsoll(&["status"])["armed"], json!([]));
    drop(app);
    // And the disk is whole: it boots, and has every file that it kept.
    let verified = run(script("boot").arg(&desk.root).args(["verify-root", "--limit", LIMIT]));
    assert_eq!(verified.code, 0, "{}", verified.text);
}
