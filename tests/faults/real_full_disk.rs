//! A volume that is really full, or not there: a small ext4 on a loop device.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use plimsoll_tests::cli;
use plimsoll_tests::small::{Small, start};

fn sh(script: &str, folder: &Path) -> bool {
    start(Command::new("bash").args(["-euc", script]).current_dir(folder)).wait().is_ok_and(|status| status.success())
}

/// A small volume, mounted at `on`; without blocks reserved for root: full is full.
fn mount_new(folder: &Path) {
    let made = "truncate -s 24M volume && mke2fs -q -t ext4 -m 0 volume && mkdir on && mount -o loop volume on";
    assert!(sh(made, folder), "the volume could not be mounted");
}

/// Takes every last block.
pub(super) fn fill(folder: &Path) {
    let mut file = fs::File::create(folder.join("filler")).expect("make the filler");
    for size in [1 << 16, 4096, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
    let _ = file.sync_all();
}

#[test]
fn on_a_disk_with_no_byte_free_a_rebuild_still_gives_space_back() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: mounting a small volume takes root");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    mount_new(folder.path());
    let on = folder.path().join("on");
    let told = {
        let small = Small::make(&on);
        // A first start on a disk with room lays the ballast.
        let first = super::faulty(&small, "recover", "none", 0);
        let ballast = small.state.join("ballast");
        let laid = ballast.exists();
        // The guest grows its disk, and the volume fills.
        fs::write(small.bundle.join("rootfs.img"), vec![3; 4 << 20]).expect("grow");
        fill(&on);
        let free = rustix::fs::statvfs(&on).expect("statvfs").f_bavail;
        let before = small.contents();
        let second = super::faulty(&small, "rebuild", "none", 0);
        let now = small.contents();
        (laid, free, before, now, format!("{}{}", super::text(&first), super::text(&second)))
    };
    assert!(sh("umount on", folder.path()), "the volume could not be unmounted");
    let (laid, free, before, now, told) = told;
    assert!(laid, "no ballast: {told}");
    assert_eq!(free, 0, "the disk is full");
    assert!(told.contains("outcome=Done"), "{told}");
    assert_eq!(now, super::without(&before, &super::REBUILD), "{told}");
}

#[test]
fn on_a_disk_without_room_for_it_an_undo_is_refused_before_anything_is_written() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: mounting a small volume takes root");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let made = "truncate -s 32M volume && mke2fs -q -t ext4 -m 0 volume && mkdir on && mount -o loop volume on";
    assert!(sh(made, folder.path()), "the volume could not be mounted");
    let on = folder.path().join("on");
    let told = {
        let small = Small::make(&on);
        // Eight MiB that compress to next to nothing.
        let mut session = vec![1; 8 << 20];
        session[1024 + 0x38..1024 + 0x3A].copy_from_slice(&[0x53, 0xEF]);
        fs::write(small.bundle.join("sessiondata.img"), session).expect("grow");
        let reset = super::text(&super::faulty(&small, "reset", "none", 0));
        fill(&on);
        // Four MiB are free then: enough for the copy's own bytes, not for the image.
        fs::OpenOptions::new()
            .write(true)
            .open(on.join("filler"))
            .and_then(|filler| filler.set_len(filler.metadata()?.len() - (4 << 20)))
            .expect("make some room");
        let before = small.contents();
        let refused = super::text(&super::faulty(&small, "undo", "none", 0));
        let unchanged = before == small.contents();
        fs::remove_file(on.join("filler")).expect("make room");
        let done = super::text(&super::faulty(&small, "undo", "none", 0));
        (reset, refused, unchanged, done)
    };
    assert!(sh("umount on", folder.path()), "the volume could not be unmounted");
    let (reset, refused, unchanged, done) = told;
    assert!(reset.contains("outcome=Done"), "{reset}");
    assert!(refused.contains("outcome=Refused [NoRoom {"), "{refused}");
    assert!(unchanged, "{refused}");
    assert!(done.contains("outcome=Done"), "{done}");
}

#[test]
fn a_run_on_a_disk_that_is_not_there_waits_for_it() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: mounting a small volume takes root");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    mount_new(folder.path());
    let small = Small::make(&folder.path().join("on"));
    // Plimsoll's own files are elsewhere.
    let state = folder.path().join("state");
    let small = Small { state: state.clone(), ..small };
    let before = small.contents();
    super::faulty(&small, "rebuild", "kill", 12);
    let left = small.contents();
    assert!(sh("umount on", folder.path()), "the volume could not be unmounted");
    let away = cli::plimsoll(&small.root, &state, &["reclaim", "rebuild", "--yes"]).output().expect("run");
    assert!(sh("mount -o loop volume on", folder.path()), "the volume could not be mounted again");
    let (mounted, journal) = (small.contents(), state.join("journal.json").exists());
    super::faulty(&small, "recover", "none", 0);
    let now = small.contents();
    assert!(sh("umount on", folder.path()), "the volume could not be unmounted");
    assert_ne!(left, before, "something is aside");
    let said = String::from_utf8_lossy(&away.stderr);
    assert!(away.status.code() == Some(4) && said.contains("its disk is not there"), "{said}");
    assert!(mounted == left && journal, "nothing is forgotten");
    assert_eq!(now, before);
    assert!(!state.join("journal.json").exists());
}
