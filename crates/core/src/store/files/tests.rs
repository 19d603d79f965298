//! Places where no file can be made, and volumes that are really full.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::store::tests::{BUNDLE, at, begun, folder, keep_all, open, sample, seconds};
use crate::store::{Cause, FILE, Opened, Store, StoreError, files};

fn root_only(what: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        println!("skipped: {what} needs root");
    }
    root
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

#[test]
fn what_lies_beside_a_database_moves_with_it() {
    let dir = folder();
    let file = dir.path().join(FILE);
    for suffix in ["", "-journal", "-wal"] {
        fs::write(dir.path().join(format!("{FILE}{suffix}")), suffix).expect("write");
    }
    let kept = files::move_aside(&file, "corrupt", at(0)).expect("moved");
    for suffix in ["", "-journal", "-wal"] {
        let moved = format!("{}{suffix}", kept.display());
        assert_eq!(fs::read_to_string(moved).expect("kept"), suffix);
    }
    assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 3);
}

#[test]
fn what_is_no_regular_file_is_left_alone() {
    let dir = folder();
    let (file, target) = (dir.path().join(FILE), dir.path().join("target"));
    let in_memory = |wanted: &str| {
        let Opened { mut store, set_aside, memory_only } = Store::open(dir.path(), at(0));
        let sentence = memory_only.expect("memory only").to_string();
        assert!(sentence.contains(wanted) && set_aside.is_none(), "{sentence}");
        store.record(BUNDLE, sample(1));
        store.flush(at(2), keep_all).expect_err("nowhere to write");
        assert_eq!(seconds(&store), [1]);
    };
    fs::create_dir(&file).expect("in the way");
    in_memory("not a regular file");
    fs::remove_dir(&file).expect("remove");
    fs::write(&target, b"somebody's").expect("write");
    for aim in [&target, &dir.path().join("absent")] {
        symlink(aim, &file).expect("link");
        in_memory("not a regular file");
        fs::remove_file(&file).expect("remove");
    }
    assert_eq!(fs::read(&target).expect("read"), b"somebody's");
    assert!(run("mkfifo", &[file.to_str().expect("text")]));
    in_memory("not a regular file");
}

#[test]
fn a_folder_behind_a_link_is_fine_and_a_file_in_its_place_is_not() {
    let dir = folder();
    let (real, link) = (dir.path().join("real"), dir.path().join("link"));
    fs::create_dir(&real).expect("make");
    symlink(&real, &link).expect("link");
    drop(open(&link));
    assert!(real.join(FILE).is_file());
    let opened = Store::open(&real.join(FILE), at(0));
    assert!(matches!(opened.memory_only, Some(StoreError::Io { operation: "make the folder", .. })));
}

/// Makes a folder that nobody can write to, root included; tells whether that worked.
fn seal(dir: &Path) -> bool {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o500)).expect("chmod");
    let sealed = !rustix::process::geteuid().is_root() || run("chattr", &["+i", dir.to_str().expect("text")]);
    if !sealed {
        println!("skipped: chattr +i does not work here");
    }
    sealed
}

fn unseal(dir: &Path) {
    run("chattr", &["-i", dir.to_str().expect("text")]);
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).expect("chmod");
}

#[test]
fn a_read_only_folder_is_read_and_written_once_it_can_be() {
    let (dir, file) = begun();
    let journal = file.with_file_name("history.sqlite-journal");
    fs::remove_file(&journal).expect("left by the last commit");
    if seal(dir.path()) {
        let Opened { mut store, set_aside, memory_only } = Store::open(dir.path(), at(0));
        let before = seconds(&store);
        store.record(BUNDLE, sample(5));
        let flushed = store.flush(at(6), keep_all);
        let after = seconds(&store);
        unseal(dir.path());
        let sentence = memory_only.expect("reported").to_string();
        assert!(sentence.starts_with("write to /") && set_aside.is_none(), "{sentence}");
        assert_eq!(before, [1], "it can be read all the same");
        flushed.expect_err("nothing can be made in the folder");
        assert_eq!(after, [1, 5]);
        store.flush(at(1_000), keep_all).expect("writable again");
        assert_eq!(seconds(&open(dir.path())), [1, 5]);
    }
    unseal(dir.path());
}

#[test]
fn a_folder_closed_after_the_first_flush_is_no_obstacle() {
    let (dir, _) = begun();
    if seal(dir.path()) {
        let Opened { mut store, memory_only, .. } = Store::open(dir.path(), at(0));
        store.record(BUNDLE, sample(5));
        let flushed = store.flush(at(6), keep_all);
        unseal(dir.path());
        assert!(memory_only.is_none(), "{memory_only:?}");
        flushed.expect("the file and its journal are there");
    }
    unseal(dir.path());
}

#[test]
fn a_read_only_folder_without_a_history_is_tried_again() {
    let dir = folder();
    if seal(dir.path()) {
        let Opened { mut store, memory_only, .. } = Store::open(dir.path(), at(0));
        store.record(BUNDLE, sample(5));
        let kept = store.add_receipt("r", at(6), "{}");
        unseal(dir.path());
        assert!(memory_only.is_some());
        kept.expect_err("not kept yet");
        assert_eq!(store.receipts().expect("memory"), ["{}"]);
        store.flush(at(1_000), keep_all).expect("writable again");
        let store = open(dir.path());
        assert_eq!((seconds(&store), store.receipts().expect("read")), (vec![5], vec!["{}".to_owned()]));
    }
    unseal(dir.path());
}

/// A volume of its own, unmounted when dropped.
struct SmallVolume(TempDir);

impl SmallVolume {
    /// `None`, with the reason printed, where none can be mounted.
    fn mount(kind: &str) -> Option<Self> {
        if !root_only("a small volume") {
            return None;
        }
        let volume = Self(folder());
        let (image, point) = (volume.0.path().join("image"), volume.point());
        fs::create_dir(&point).expect("make");
        let (image, point) = (image.to_str().expect("text"), point.to_str().expect("text"));
        let mounted = if kind == "tmpfs" {
            run("mount", &["-t", "tmpfs", "-o", "size=256k", "none", point])
        } else {
            fs::File::create(image).and_then(|file| file.set_len(1 << 20)).expect("an image");
            run("mkfs.ext4", &["-q", "-m", "0", "-O", "^has_journal", image])
                && run("mount", &["-o", "loop", image, point])
        };
        if !mounted {
            println!("skipped: no small {kind} volume can be mounted here");
        }
        mounted.then_some(volume)
    }

    fn point(&self) -> PathBuf {
        self.0.path().join("point")
    }

    /// Leaves no byte free.
    fn fill(&self) -> PathBuf {
        let filler = self.point().join("filler");
        let mut file = fs::File::create(&filler).expect("make");
        let zeros = [0; 512];
        while std::io::Write::write_all(&mut file, &zeros).is_ok() {}
        filler
    }
}

impl Drop for SmallVolume {
    fn drop(&mut self) {
        run("umount", &[self.point().to_str().expect("text")]);
    }
}

fn survives_a_full_disk(volume: &SmallVolume) {
    let dir = volume.point().join("state");
    let mut store = open(&dir);
    store.record(BUNDLE, sample(1));
    store.flush(at(2), keep_all).expect("flush");
    let filler = volume.fill();
    (10..1_010).for_each(|second| store.record(BUNDLE, sample(second)));
    let refused = store.flush(at(1_010), keep_all).expect_err("full");
    assert!(matches!(refused, StoreError::Database { cause: Cause::Full, .. }), "{refused:?}");
    store.add_receipt("r", at(1_011), "{}").expect_err("full");
    assert_eq!(seconds(&store).len(), 1_001);
    let second = open(&dir);
    assert_eq!(seconds(&second), [1], "what was written can be read with no byte free");
    fs::remove_file(filler).expect("make room");
    store.flush(at(2_000), keep_all).expect("room again");
    drop(store);
    let store = open(&dir);
    assert_eq!((seconds(&store).len(), store.receipts().expect("read").len()), (1_001, 1));
}

fn begins_once_a_full_disk_has_room(volume: &SmallVolume) {
    let dir = volume.point().join("state");
    let filler = volume.fill();
    let Opened { mut store, set_aside, memory_only } = Store::open(&dir, at(0));
    assert!(memory_only.is_some() && set_aside.is_none());
    store.record(BUNDLE, sample(1));
    store.flush(at(2), keep_all).expect_err("full");
    fs::remove_file(filler).expect("make room");
    store.add_receipt("r", at(3), "{}").expect("the reclaim that made room has its receipt");
    drop(store);
    let store = open(&dir);
    assert_eq!((seconds(&store), store.receipts().expect("read").len()), (vec![1], 1));
}

#[test]
fn a_full_disk_loses_nothing() {
    for kind in ["tmpfs", "ext4"] {
        let Some(volume) = SmallVolume::mount(kind) else { continue };
        survives_a_full_disk(&volume);
        fs::remove_dir_all(volume.point().join("state")).expect("remove");
        begins_once_a_full_disk_has_room(&volume);
    }
}
