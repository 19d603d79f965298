//! Compacting, cut off at every instant, on a volume with clones and on one without.
//!
//! With clones the disk is afterwards exactly the old one or the new one. In place every block of it is; and in both cases
//! its file system is sound, its files are the same, and a VM that was started meanwhile has the disk that is in place.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use plimsoll_core::adapters::{SystemClock, UnixDisk};
use plimsoll_core::ports::{Clock, Disk, Footing, Quiet, Reach, Trimmed};
use plimsoll_core::reclaim::Level;
use plimsoll_core::reclaim::report::Receipt;
use plimsoll_core::store::Store;
use plimsoll_tests::faulty::VM_WAS_HERE;
use plimsoll_tests::guest_image::{self, Table};
use plimsoll_tests::small::{FORKING, Small};
use plimsoll_tests::volume::Volume;

use super::{faulty, renumber, text};

const IMAGE: &str = "rootfs.img";

/// A disk before and after it was compacted without any fault.
struct Disks {
    old: Vec<u8>,
    new: Vec<u8>,
}

impl Disks {
    fn make(folder: &Path) -> Option<Self> {
        let path = folder.join("model");
        if !guest_image::make(&path, Table::Gpt) {
            return None;
        }
        let (old, files) = (fs::read(&path).expect("read"), guest_image::files(&path, Table::Gpt));
        assert!(files.len() > 10, "{files:?}");
        let before = fs::metadata(&path).expect("stat").blocks();
        let trimmed = {
            let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
            UnixDisk.trim(&path, Reach::Free, Footing::Ours, &Quiet)
        };
        assert!(matches!(trimmed, Ok(Trimmed::Whole)), "{trimmed:?}");
        assert!(fs::metadata(&path).expect("stat").blocks() < before / 4 * 3, "a third of it was free");
        assert_eq!(guest_image::faults(&path, Table::Gpt), None);
        assert_eq!(guest_image::files(&path, Table::Gpt), files);
        let new = fs::read(&path).expect("read");
        fs::remove_file(path).expect("remove");
        Some(Self { old, new })
    }

    /// A bundle with the old disk, last written to an hour ago.
    fn bundle(&self, folder: &Path) -> (Small, SystemTime) {
        let small = Small::make(folder);
        let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
        let path = small.bundle.join(IMAGE);
        fs::write(&path, &self.old).expect("write");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("chmod");
        let (file, time) = (File::open(&path).expect("open"), SystemTime::now() - Duration::from_hours(1));
        file.set_modified(time).expect("date");
        file.sync_all().expect("flush");
        (small, time)
    }
}

/// How a disk came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Old,
    Between,
    New,
}

/// What stands in the bundle, and whether a VM has written to it.
fn state(small: &Small, disks: &Disks, told: &str) -> (State, bool) {
    let path = small.bundle.join(IMAGE);
    let mut now = {
        let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
        fs::read(&path).expect("the disk is there")
    };
    let written = now.starts_with(VM_WAS_HERE);
    if written {
        now[..VM_WAS_HERE.len()].copy_from_slice(&disks.old[..VM_WAS_HERE.len()]);
    }
    assert_eq!(now.len(), disks.old.len(), "{told}");
    let blocks = now.chunks(4096).zip(disks.old.chunks(4096).zip(disks.new.chunks(4096)));
    let third = blocks.enumerate().find(|(_, (now, (old, new)))| now != old && now != new);
    assert!(third.is_none(), "block {:?} is neither: {told}", third.map(|(number, _)| number));
    let state = match (now == disks.old, now == disks.new) {
        (true, _) => State::Old,
        (_, true) => State::New,
        _ => State::Between,
    };
    (state, written)
}

fn names(small: &Small) -> Vec<String> {
    let names = fs::read_dir(&small.bundle).expect("list");
    let mut names: Vec<String> =
        names.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn receipts(small: &Small) -> Vec<Receipt> {
    let store = Store::open(&small.state, SystemClock.now()).store;
    let receipts = store.receipts().expect("receipts");
    receipts.iter().map(|text| serde_json::from_str(text).expect("a receipt")).collect()
}

/// Runs it with the fault at every instant until that does not come any more.
fn at_every_instant(volume: &Volume, disks: &Disks, clones: bool, fault: &str) {
    let mut seen = Vec::new();
    for at in 0.. {
        let folder = tempfile::tempdir_in(volume.path()).expect("a folder");
        let (small, time) = disks.bundle(folder.path());
        let before = names(&small);
        let first = faulty(&small, "compact", fault, at);
        // Every other time the system starts anew in between.
        if fault == "kill" && at % 2 == 1 {
            renumber(&small);
        }
        let second = faulty(&small, "recover", "none", 0);
        let told = format!("{fault} at {at}: {}{}", text(&first), text(&second));
        let (now, written) = state(&small, disks, &told);
        assert!(now != State::Between || !clones, "{told}");
        assert_eq!(names(&small), before, "{told}");
        assert!(!small.state.join("journal.json").exists(), "the journal is settled: {told}");
        let struck = !text(&first).contains("struck=false");
        assert_eq!(written, fault == "busy-vm" && struck, "the VM's disk is the one in place: {told}");
        let path = small.bundle.join(IMAGE);
        if !clones && at % 4 == 0 {
            assert_eq!(guest_image::faults(&path, Table::Gpt), None, "{told}");
        }
        // Killed between the first hole and its end, a disk in place has the time of its last hole.
        if !written && (clones || fault != "kill") {
            assert_eq!(fs::metadata(&path).and_then(|facts| facts.modified()).expect("stat"), time, "{told}");
        }
        let receipts = receipts(&small);
        assert_eq!(receipts.len(), usize::from(now != State::Old), "{told}");
        for receipt in &receipts {
            assert_eq!(receipt.level, Some(Level::Compact), "{told}");
            assert!(receipt.freed_bytes.0 > 0 || now == State::Old, "{receipt:?} {told}");
        }
        seen.push(now);
        if !struck {
            assert_eq!(now, State::New, "without its fault the run succeeds: {told}");
            assert!(text(&first).contains("outcome=Done"), "{told}");
            break;
        }
        assert!(at < 300, "the fault never stops coming");
    }
    let count = |state| seen.iter().filter(|&&seen| seen == state).count();
    println!(
        "{fault}, clones {clones}: {} instants, {} old, {} between, {} new",
        seen.len(),
        count(State::Old),
        count(State::Between),
        count(State::New)
    );
    assert!(seen.len() > 3, "the fault came at {} instants only", seen.len());
}

fn on(volume: Option<Volume>, clones: bool, faults: &[&str]) {
    let Some(volume) = volume else { return };
    let Some(disks) = Disks::make(&volume.path()) else { return };
    for fault in faults {
        at_every_instant(&volume, &disks, clones, fault);
    }
}

#[test]
fn killed_at_any_instant_a_compaction_by_clone_is_done_or_undone() {
    on(Volume::with_clones(), true, &["kill"]);
}

#[test]
fn killed_at_any_instant_a_compaction_in_place_leaves_a_whole_disk() {
    on(Volume::without_clones(), false, &["kill"]);
}

#[test]
fn a_full_disk_a_failing_call_or_a_wish_to_stop_loses_nothing_of_a_compaction() {
    on(Volume::with_clones(), true, &["full", "fail", "cancel"]);
    on(Volume::without_clones(), false, &["full", "fail", "cancel"]);
}

#[test]
fn a_vm_started_at_any_instant_of_a_compaction_keeps_its_disk() {
    on(Volume::with_clones(), true, &["vm", "busy-vm"]);
    on(Volume::without_clones(), false, &["vm", "busy-vm"]);
}

/// What befalls the recovery, and at which of its instants. A full disk stays full.
const SECONDS: [(&str, usize); 8] =
    [("kill", 0), ("kill", 1), ("kill", 2), ("kill", 3), ("kill", 5), ("fail", 0), ("fail", 2), ("full", 0)];

#[test]
fn the_recovery_of_a_compaction_may_be_cut_off_at_any_instant() {
    let Some(volume) = Volume::with_clones() else { return };
    let Some(disks) = Disks::make(&volume.path()) else { return };
    let mut states = Vec::new();
    for first in (0..).step_by(3) {
        let mut last = String::new();
        for (fault, second) in SECONDS {
            let folder = tempfile::tempdir_in(volume.path()).expect("a folder");
            let (small, _) = disks.bundle(folder.path());
            let before = names(&small);
            last = text(&faulty(&small, "compact", "kill", first));
            let second = text(&faulty(&small, "recover", fault, second));
            let third = text(&faulty(&small, "recover", "none", 0));
            let told = format!("{first}, {fault}: {last}{second}{third}");
            let (now, _) = state(&small, &disks, &told);
            assert_ne!(now, State::Between, "{told}");
            assert_eq!(names(&small), before, "{told}");
            assert!(!small.state.join("journal.json").exists(), "{told}");
            states.push(now);
        }
        if last.contains("struck=false") {
            break;
        }
    }
    assert!(states.contains(&State::Old) && states.contains(&State::New), "{states:?}");
}

/// Between the swap and the commit Plimsoll is killed, and only then is the VM started: what it writes must not be lost
/// when the next start of Plimsoll settles the matter.
#[test]
fn a_vm_that_was_used_before_recovery_keeps_what_it_wrote() {
    let Some(volume) = Volume::with_clones() else { return };
    let Some(disks) = Disks::make(&volume.path()) else { return };
    let mut swapped = 0;
    for at in 0.. {
        let folder = tempfile::tempdir_in(volume.path()).expect("a folder");
        let (small, _) = disks.bundle(folder.path());
        let before = names(&small);
        let path = small.bundle.join(IMAGE);
        let inode = fs::metadata(&path).expect("stat").ino();
        let first = text(&faulty(&small, "compact", "kill", at));
        if first.contains("struck=false") {
            break;
        }
        let other = fs::metadata(&path).expect("stat").ino() != inode;
        swapped += u32::from(other && names(&small) != before);
        {
            let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
            let file = File::options().write(true).open(&path).expect("open");
            file.write_all_at(VM_WAS_HERE, 0).expect("write");
        }
        let told = format!("{at}: {first}{}", text(&faulty(&small, "recover", "none", 0)));
        assert!(state(&small, &disks, &told).1, "{told}");
        assert_eq!(names(&small), before, "{told}");
    }
    assert!(swapped > 0, "it was never cut off between the swap and the end");
}

/// The same, started while the recovery is under way.
#[test]
fn a_vm_started_during_recovery_keeps_what_it_wrote() {
    let Some(volume) = Volume::with_clones() else { return };
    let Some(disks) = Disks::make(&volume.path()) else { return };
    let mut swapped = 0;
    for at in 0.. {
        let folder = tempfile::tempdir_in(volume.path()).expect("a folder");
        let (small, _) = disks.bundle(folder.path());
        let (before, path) = (names(&small), small.bundle.join(IMAGE));
        let inode = fs::metadata(&path).expect("stat").ino();
        let first = text(&faulty(&small, "compact", "kill", at));
        if first.contains("struck=false") {
            break;
        }
        if names(&small) == before || fs::metadata(&path).expect("stat").ino() == inode {
            continue;
        }
        swapped += 1;
        for instant in 0..4 {
            let folder = tempfile::tempdir_in(volume.path()).expect("a folder");
            let (small, _) = disks.bundle(folder.path());
            faulty(&small, "compact", "kill", at);
            let second = text(&faulty(&small, "recover", "busy-vm", instant));
            let told = format!("{at}, {instant}: {second}{}", text(&faulty(&small, "recover", "none", 0)));
            assert!(state(&small, &disks, &told).1, "{told}");
            assert_eq!(names(&small), before, "{told}");
        }
    }
    assert!(swapped > 0, "it was never cut off between the swap and the end");
}

/// Really full, to the last block, with the bundle and Plimsoll's own folder on it.
#[test]
fn on_a_disk_with_no_byte_free_compacting_gives_space_back() {
    for volume in [Volume::with_clones(), Volume::without_clones()] {
        let Some(volume) = volume else { return };
        let Some(disks) = Disks::make(&volume.path()) else { return };
        let folder = tempfile::tempdir_in(volume.path()).expect("a folder");
        let (small, _) = disks.bundle(folder.path());
        faulty(&small, "recover", "none", 0);
        super::real_full_disk::fill(&volume.path());
        let told = text(&faulty(&small, "compact", "none", 0));
        let free = rustix::fs::statvfs(volume.path()).expect("statvfs");
        assert!(told.contains("outcome=Done"), "{told}");
        assert_eq!(state(&small, &disks, &told).0, State::New, "{told}");
        assert!(free.f_bavail * free.f_frsize > 2 << 20, "{} blocks are free: {told}", free.f_bavail);
    }
}

/// In place there is nothing to go back to, and what a VM writes between the kill and the next start stays.
#[test]
fn a_disk_half_compacted_in_place_that_was_used_before_recovery_stays_as_it_is() {
    let Some(volume) = Volume::without_clones() else { return };
    let Some(disks) = Disks::make(&volume.path()) else { return };
    let mut between = 0;
    for at in 0.. {
        let folder = tempfile::tempdir_in(volume.path()).expect("a folder");
        let (small, _) = disks.bundle(folder.path());
        let path = small.bundle.join(IMAGE);
        let first = text(&faulty(&small, "compact", "kill", at));
        if first.contains("struck=false") {
            break;
        }
        let found = {
            let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
            let file = File::options().write(true).open(&path).expect("open");
            file.write_all_at(VM_WAS_HERE, 0).expect("write");
            fs::read(&path).expect("read")
        };
        let told = format!("{at}: {first}{}", text(&faulty(&small, "recover", "none", 0)));
        let (state, written) = state(&small, &disks, &told);
        assert!(written, "{told}");
        let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(fs::read(&path).expect("read") == found, "recovery has changed it: {told}");
        between += u32::from(state == State::Between);
    }
    assert!(between > 0, "it was never cut off between two holes");
}

/// Verifying is what stands between a wrong hole and the swap: were anything in use another after the holes, the clone
/// goes, and the disk is the old one.
#[test]
fn a_clone_in_which_something_else_has_changed_takes_no_place() {
    let Some(volume) = Volume::with_clones() else { return };
    let Some(disks) = Disks::make(&volume.path()) else { return };
    let mut spoilt = 0;
    for at in 0.. {
        let folder = tempfile::tempdir_in(volume.path()).expect("a folder");
        let (small, _) = disks.bundle(folder.path());
        let before = names(&small);
        let told = text(&faulty(&small, "compact", "spoil", at));
        if told.contains("struck=false") {
            break;
        }
        if told.contains("spoilt Ok") {
            spoilt += 1;
            assert!(told.contains("outcome=Failed"), "{told}");
            assert_eq!(state(&small, &disks, &told).0, State::Old, "{told}");
        }
        assert_eq!(names(&small), before, "{told}");
        assert!(!small.state.join("journal.json").exists(), "{told}");
    }
    assert!(spoilt > 1, "it was spoilt {spoilt} times");
}
