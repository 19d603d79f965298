//! Every destructive path, cut off at every instant: killed, disk full, a call failing, a VM started.
//!
//! Whatever happens, after the next start the bundle is as it was or as the level leaves it, and nothing is in a third
//! place. The number of instants is found by running until the fault's instant does not come any more.

mod compact;
mod real_full_disk;

use std::collections::BTreeMap;
use std::os::unix::fs::{FileExt, MetadataExt as _};
use std::process::{Command, Output};

use plimsoll_core::adapters::{SystemClock, UnixDisk};
use plimsoll_core::ports::{Clock, Disk};
use plimsoll_core::reclaim::plan::Action;
use plimsoll_core::reclaim::report::Receipt;
use plimsoll_core::store::Store;
use plimsoll_tests::faulty::VM_WAS_HERE;
use plimsoll_tests::small::{Small, start};

type Contents = BTreeMap<String, String>;

fn faulty(small: &Small, what: &str, fault: &str, at: usize) -> Output {
    start(Command::new(env!("CARGO_BIN_EXE_faulty")).args([small.root.as_os_str(), small.state.as_os_str()]).args([
        what,
        fault,
        &at.to_string(),
    ]))
    .wait_with_output()
    .expect("run the harness")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the bundle holds after a level: the same files but those it takes.
fn without(before: &Contents, names: &[&str]) -> Contents {
    before.iter().filter(|(name, _)| !names.contains(&name.as_str())).map(|(n, h)| (n.clone(), h.clone())).collect()
}

const REBUILD: [&str; 2] = ["rootfs.img", ".rootfs.img.origin"];
const RESET: [&str; 3] = ["rootfs.img", ".rootfs.img.origin", "sessiondata.img"];
const LEFTOVERS: [&str; 1] = ["rootfs.img.zst.partial"];

/// Prepares a bundle for a level, runs it with the fault at every instant, and checks what is left each time.
fn at_every_instant(what: &str, fault: &str, taken: &[&str]) {
    let mut at = 0;
    let mut outcomes = BTreeMap::<&str, usize>::new();
    loop {
        let folder = tempfile::tempdir().expect("a folder");
        let small = Small::make(folder.path());
        prepare(&small, what);
        let before = small.contents();
        let new = after(&before, what, taken);
        let first = faulty(&small, what, if fault == "restart" { "kill" } else { fault }, at);
        if fault == "restart" {
            renumber(&small);
        }
        let second = faulty(&small, "recover", "none", 0);
        let now = small.contents();
        let told = format!("{what}, {fault} at {at}: {}{}", text(&first), text(&second));
        assert!(now == before || now == new, "a third state: {:?}\n{told}", now.keys().collect::<Vec<_>>());
        if now != before && what == "reset" {
            assert_copy_is_whole(&small, &before["sessiondata.img"], &told);
        }
        if text(&first).contains("outcome=Done") {
            assert_eq!(now, new, "{told}");
        }
        assert!(!small.state.join("journal.json").exists(), "the journal is settled: {told}");
        if now != before && what == "undo" {
            assert_receipt_tells_of_the_restore(&small, &told);
        }
        *outcomes.entry(if now == before { "old" } else { "new" }).or_default() += 1;
        if text(&first).contains("struck=false") {
            assert_eq!(now, new, "without its fault the run succeeds: {told}");
            break;
        }
        at += 1;
        assert!(at < 500, "the fault never stops coming");
    }
    println!("{what}, {fault}: {at} instants, {outcomes:?}");
    assert!(at > 3, "the fault came at {at} instants only");
}

/// The system starts anew and gives the bundle's device another number; its files have the same inodes.
fn renumber(small: &Small) {
    let path = small.state.join("journal.json");
    let Ok(text) = std::fs::read_to_string(&path) else { return };
    let device = std::fs::metadata(&small.bundle).expect("look").dev();
    let was = text.matches(&format!("\"device\": {device}")).count();
    assert!(was > 0, "{text}");
    let text = text.replace(&format!("\"device\": {device}"), &format!("\"device\": {}", device + 1));
    std::fs::write(path, text).expect("write");
}

fn prepare(small: &Small, what: &str) {
    match what {
        "leftovers" => {
            let path = small.bundle.join(LEFTOVERS[0]);
            let file = std::fs::File::create(path).expect("make");
            file.set_len(1 << 16).expect("stretch");
            let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(72);
            file.set_modified(long_ago).expect("date");
        }
        "undo" => {
            let output = faulty(small, "reset", "none", 0);
            assert!(text(&output).contains("outcome=Done"), "{}", text(&output));
            let session = small.bundle.join("sessiondata.img");
            let mut newer = vec![9; 1 << 16];
            newer[1024 + 0x38..1024 + 0x3A].copy_from_slice(&[0x53, 0xEF]);
            std::fs::write(session, newer).expect("a newer session image");
        }
        _ => {}
    }
}

fn after(before: &Contents, what: &str, taken: &[&str]) -> Contents {
    if what == "undo" {
        let folder = tempfile::tempdir().expect("a folder");
        let mut now = before.clone();
        now.insert("sessiondata.img".to_owned(), Small::make(folder.path()).contents()["sessiondata.img"].clone());
        now
    } else {
        without(before, taken)
    }
}

fn assert_copy_is_whole(small: &Small, hash: &str, told: &str) {
    let folders: Vec<_> = std::fs::read_dir(small.state.join("set-aside")).expect("set aside").flatten().collect();
    assert_eq!(folders.len(), 1, "{told}");
    let copy = std::fs::File::open(folders[0].path().join("sessiondata.img.zst")).expect("the copy");
    let content = zstd::decode_all(copy).expect("the copy is whole");
    assert_eq!(blake3::hash(&content).to_hex().as_str(), hash, "{told}");
}

/// Whoever finished it, the run itself or the next start.
fn assert_receipt_tells_of_the_restore(small: &Small, told: &str) {
    let store = Store::open(&small.state, SystemClock.now()).store;
    let receipts = store.receipts().expect("receipts");
    let receipts: Vec<Receipt> = receipts.iter().map(|text| serde_json::from_str(text).expect("a receipt")).collect();
    let undo = receipts.iter().find(|receipt| receipt.level.is_none()).expect("the undo has a receipt");
    let steps: Vec<_> = undo.steps.iter().map(|step| (step.action, step.path.clone())).collect();
    let path = small.bundle.join("sessiondata.img");
    assert_eq!(steps.first(), Some(&(Action::Restore, path)), "{steps:?}\n{told}");
    assert_eq!(steps.iter().filter(|(action, _)| *action == Action::Restore).count(), 1, "{steps:?}\n{told}");
}

#[test]
fn after_a_new_start_of_the_system_a_run_is_settled_as_well() {
    at_every_instant("rebuild", "restart", &REBUILD);
    at_every_instant("reset", "restart", &RESET);
    at_every_instant("undo", "restart", &[]);
}

#[test]
fn killed_at_any_instant_a_rebuild_is_done_or_undone() {
    at_every_instant("rebuild", "kill", &REBUILD);
}

#[test]
fn killed_at_any_instant_a_reset_is_done_or_undone() {
    at_every_instant("reset", "kill", &RESET);
}

#[test]
fn killed_at_any_instant_leftovers_are_gone_or_there() {
    at_every_instant("leftovers", "kill", &LEFTOVERS);
}

#[test]
fn killed_at_any_instant_an_undo_is_done_or_undone() {
    at_every_instant("undo", "kill", &[]);
}

#[test]
fn a_disk_full_from_any_instant_loses_nothing() {
    for (what, taken) in [("rebuild", &REBUILD[..]), ("reset", &RESET), ("leftovers", &LEFTOVERS), ("undo", &[])] {
        at_every_instant(what, "full", taken);
    }
}

#[test]
fn a_call_failing_at_any_instant_loses_nothing() {
    for (what, taken) in [("rebuild", &REBUILD[..]), ("reset", &RESET), ("leftovers", &LEFTOVERS), ("undo", &[])] {
        at_every_instant(what, "fail", taken);
    }
}

#[test]
fn a_vm_started_at_any_instant_keeps_its_images() {
    at_every_instant("rebuild", "vm", &REBUILD);
    at_every_instant("reset", "vm", &RESET);
    at_every_instant("undo", "vm", &[]);
}

/// An image that a VM has written to is never given up for one that it has not.
#[test]
fn what_a_vm_writes_during_an_undo_or_after_a_kill_stays() {
    for fault in ["busy-vm", "kill"] {
        let mut gone = 0;
        for at in 0.. {
            let folder = tempfile::tempdir().expect("a folder");
            let small = Small::make(folder.path());
            prepare(&small, "undo");
            let first = faulty(&small, "undo", fault, at);
            let session = small.bundle.join("sessiondata.img");
            if fault == "kill" {
                // Between the two renames there is none, and the app would make one.
                let image = std::fs::File::options().write(true).create(true).truncate(false).open(&session);
                image.and_then(|image| image.write_all_at(VM_WAS_HERE, 0)).expect("the VM writes");
            }
            let second = faulty(&small, "recover", "none", 0);
            let told = format!("{fault} at {at}: {}{}", text(&first), text(&second));
            assert!(!small.state.join("journal.json").exists(), "the journal is settled: {told}");
            if text(&first).contains("struck=false") {
                break;
            }
            let kept = std::fs::read(&session).expect("the image is there").starts_with(VM_WAS_HERE);
            assert!(kept || fault != "kill", "{told}");
            gone += usize::from(!kept);
            assert!(at < 500, "the fault never stops coming");
        }
        // The VM that starts between the two renames finds no session image to write to.
        assert!(gone <= 2, "{fault}: at {gone} instants what the VM wrote has gone");
    }
}

/// A session image that has gone from its place aside, by whoever tidied up there, has its only copy in ours.
#[test]
fn a_copy_outlives_its_original() {
    let mut outlived = 0;
    for at in 0.. {
        let folder = tempfile::tempdir().expect("a folder");
        let small = Small::make(folder.path());
        let before = small.contents();
        let first = faulty(&small, "reset", "kill", at);
        let aside = std::fs::read_dir(&small.bundle).expect("list").flatten().map(|entry| entry.path());
        let aside = aside.filter(|path| path.to_string_lossy().contains("/.plimsoll-"));
        let sessions: Vec<_> = aside.filter(|path| path.to_string_lossy().ends_with("-sessiondata.img")).collect();
        for path in &sessions {
            std::fs::remove_file(path).expect("tidy up");
        }
        let second = faulty(&small, "recover", "none", 0);
        let told = format!("at {at}: {}{}", text(&first), text(&second));
        if !sessions.is_empty() {
            assert_copy_is_whole(&small, &before["sessiondata.img"], &told);
            outlived += 1;
        }
        if text(&first).contains("struck=false") {
            break;
        }
        assert!(at < 500, "the fault never stops coming");
    }
    assert!(outlived > 2, "it was aside at {outlived} instants");
}

/// An image that the app began to make after the kill gets no marker from before, which would call it whole.
#[test]
fn no_marker_comes_back_beside_another_image() {
    let mut aside = 0;
    for at in 0.. {
        let folder = tempfile::tempdir().expect("a folder");
        let small = Small::make(folder.path());
        let (image, marker) = (small.bundle.join("rootfs.img"), small.bundle.join(".rootfs.img.origin"));
        let first = faulty(&small, "rebuild", "kill", at);
        let new = !image.exists() && !marker.exists();
        if new {
            std::fs::write(&image, "half of an image").expect("the app begins");
        }
        let second = faulty(&small, "recover", "none", 0);
        if text(&first).contains("struck=false") {
            break;
        }
        if new {
            assert!(!marker.exists(), "at {at}: {}{}", text(&first), text(&second));
            assert_eq!(std::fs::read(&image).expect("read"), b"half of an image");
            aside += 1;
        }
        assert!(at < 500, "the fault never stops coming");
    }
    assert!(aside > 1, "both were aside at {aside} instants");
}

/// Two Plimsolls with folders of their own have the bundle's claim in common, and recovery keeps it too.
#[test]
fn recovery_waits_until_nobody_else_is_at_work_on_the_bundle() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = Small::make(folder.path());
    let before = small.contents();
    faulty(&small, "rebuild", "kill", 12);
    let left = small.contents();
    assert_ne!(left, before, "something is aside");
    let claim = UnixDisk.claim(&small.bundle).expect("claim").expect("nobody has it");
    faulty(&small, "recover", "none", 0);
    assert_eq!(small.contents(), left);
    assert!(small.state.join("journal.json").exists());
    drop(claim);
    faulty(&small, "recover", "none", 0);
    assert_eq!(small.contents(), before);
}

#[test]
fn recovery_itself_may_be_killed_at_any_instant() {
    // First cut: somewhere in the middle, with files aside. Second cut: at every instant of the recovery.
    for first in [8, 12, 16] {
        for second in 0..12 {
            let folder = tempfile::tempdir().expect("a folder");
            let small = Small::make(folder.path());
            let before = small.contents();
            faulty(&small, "rebuild", "kill", first);
            faulty(&small, "recover", "kill", second);
            let last = faulty(&small, "recover", "none", 0);
            let now = small.contents();
            let new = without(&before, &REBUILD);
            assert!(now == before || now == new, "{first}, {second}: {:?} {}", now.keys(), text(&last));
        }
    }
}

#[test]
fn of_two_reclaims_at_once_one_does_it_and_the_other_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = Small::make(folder.path());
    let before = small.contents();
    let run = || {
        start(
            Command::new(env!("CARGO_BIN_EXE_faulty"))
                .args([small.root.as_os_str(), small.state.as_os_str()])
                .args(["reset", "none", "0"]),
        )
    };
    let runs: Vec<_> = (0..4).map(|_| run()).collect();
    let told: Vec<String> = runs.into_iter().map(|run| text(&run.wait_with_output().expect("wait"))).collect();
    assert_eq!(told.iter().filter(|told| told.contains("outcome=Done")).count(), 1, "{told:?}");
    assert!(told.iter().all(|told| !told.contains("outcome=Failed")), "{told:?}");
    assert_eq!(small.contents(), without(&before, &RESET));
}
