//! Compacting raw images against ground truth: what the kernel's `fstrim` and `e2fsck` give back and find, on images
//! made by the real `mke2fs` and put to real use, on disks of guests that were killed, and on images that lie.
//!
//! Needs root and Linux, for loop mounts. `PLIMSOLL_NIGHTLY=1` adds larger images and many more of what is drawn by
//! lot. No tool is run without a time-out: see [`plimsoll_tests::bounded`].

mod bundle;
mod corpus;
mod dirty;
mod guest;
mod hostile;
mod image;
mod killed;
mod kinds;
mod refused;
mod start;

use std::io::Write;
use std::path::Path;

/// Whether the long run was asked for.
pub(crate) fn nightly() -> bool {
    std::env::var_os("PLIMSOLL_NIGHTLY").is_some_and(|set| set == "1")
}

/// Whether images can be mounted here; says why not.
pub(crate) fn can_mount(what: &str) -> bool {
    let why = if !cfg!(target_os = "linux") {
        "only Linux mounts ext4"
    } else if !rustix::process::geteuid().is_root() {
        "loop mounts take root"
    } else if !Path::new("/dev/loop-control").exists() {
        "there are no loop devices"
    } else {
        return true;
    };
    tell(&format!("compact: SKIPPED {what}: {why}"));
    false
}

/// Past the test harness, which would keep it back.
pub(crate) fn tell(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error takes a line");
}
