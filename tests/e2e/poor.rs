//! Where the app cannot keep anything, and where the disk is full, which is the very case it exists for.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_tests::small::Small;

use crate::desk::{Desk, PATIENCE, run, until};
use crate::driver::{CONFIRM, Panel, RECLAIM};

#[test]
fn without_a_folder_of_its_own_it_starts_and_says_so() {
    let (mut desk, small) = Desk::with_bundle();
    let file = desk.folder.path().join("no-folder");
    fs::write(&file, "a file").expect("write");
    desk.state = file.join("state");
    let before = small.contents();
    let panel = Panel::open(&desk);
    panel.says("Nothing can be kept");
    panel.says("System disk");
    // Without a journal nothing is begun.
    panel.click_text("Other ways");
    panel.click_text("Rebuild the system disk");
    panel.becomes_enabled(CONFIRM, PATIENCE);
    panel.click(CONFIRM);
    panel.says("Nothing is lost");
    panel.picture("panel-nothing-kept");
    assert_eq!(small.contents(), before);
}

/// A small volume of its own.
pub(crate) struct Volume(pub(crate) PathBuf);

impl Volume {
    pub(crate) fn mount(folder: &Path) -> Self {
        let script = "truncate -s 24M volume && mke2fs -q -t ext4 -m 0 volume && mkdir on && mount -o loop volume on";
        let made = run(Command::new("bash").args(["-euc", script]).current_dir(folder));
        assert_eq!(made.code, 0, "the volume could not be mounted: {}", made.printed);
        Self(folder.join("on"))
    }

    /// Takes every last block.
    pub(crate) fn fill(&self) {
        let mut file = fs::File::create(self.0.join("filler")).expect("make the filler");
        for size in [1 << 16, 4096, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
        let _ = file.sync_all();
        assert_eq!(rustix::fs::statvfs(&self.0).expect("statvfs").f_bavail, 0, "the disk is full");
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Lazily, since the app may take a moment to let go of its log.
        run(Command::new("umount").arg("--lazy").arg(&self.0));
    }
}

#[test]
fn on_a_full_disk_it_starts_and_gives_space_back() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: mounting a small volume takes root");
        return;
    }
    let mut desk = Desk::set_up();
    let volume = Volume::mount(desk.folder.path());
    let small = Small::make(&volume.0);
    (desk.root, desk.state) = (small.root.clone(), small.state.clone());
    // A first start, on a disk with room, lays the ballast.
    let mut app = desk.start(&[]);
    until("the ballast is laid", PATIENCE, || small.state.join("ballast").exists());
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(app.pid()).expect("a process"),
        rustix::process::Signal::TERM,
    )
    .expect("it runs");
    assert_eq!(app.ends(), 0);
    // The guest grows its disk, and the volume fills.
    fs::write(small.bundle.join("rootfs.img"), vec![3; 4 << 20]).expect("grow");
    volume.fill();
    let panel = Panel::open(&desk);
    panel.says("0 B free");
    panel.click(RECLAIM);
    panel.click(CONFIRM);
    panel.says("came back");
    panel.picture("panel-full-disk");
    assert!(!small.bundle.join("rootfs.img").exists() && small.bundle.join("sessiondata.img").exists());
}
