//! Real guests whose plug is pulled: made, booted and killed through the scripts in `tests/guest`.
//!
//! Not here: what is proven with them.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_tests::bounded;
use plimsoll_tests::cli::Ended;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::image::Place;
use crate::tell;

/// For one script. An emulated guest boots in three seconds on an idle machine.
const LIMIT: Duration = Duration::from_mins(5);
/// Without this, the device that QEMU 7.2 emulates hangs while a guest replays a long journal.
const KERNEL: &str = "nvme.io_queue_depth=2";
/// The least that the real layout's partitions need.
const SIZE: &str = "512M";

/// First byte of the system disk's file system, as `make-bundle` lays it out.
const ROOT_START: u64 = 227_328 * 512;
/// The last 33 sectors are GPT's, and the file system has whole KiB.
const ROOT_LENGTH: u64 = (512 << 20) - ROOT_START - 34 * 512;

/// A user-data folder with the bundle of a guest.
pub(crate) struct Guest {
    pub(crate) root: PathBuf,
    pidfile: PathBuf,
}

impl Guest {
    /// Makes a bundle, or says why there is none on this machine.
    pub(crate) fn make(folder: &Path, what: &str) -> Option<Self> {
        let setup = script("setup", &[]);
        if setup.code == 3 {
            tell(&format!("compact: SKIPPED {what}: {}", setup.text.trim()));
            return None;
        }
        assert_eq!(setup.code, 0, "{}", setup.text);
        let root = folder.join("Claude");
        let made = script("make-bundle", &[&root.display().to_string(), "--size", SIZE]);
        assert_eq!(made.code, 0, "{}", made.text);
        Some(Self { root, pidfile: folder.join("guest.pid") })
    }

    /// The guest of a bundle that was made by copying another's.
    pub(crate) fn of(root: &Path, folder: &Path) -> Self {
        fs::write(root.join(".plimsoll-guest"), "A copy of a test bundle; safe to delete.\n").expect("the mark");
        Self { root: root.to_owned(), pidfile: folder.join("guest.pid") }
    }

    /// Both disks with the file systems on them.
    pub(crate) fn disks(&self) -> [(PathBuf, Place); 2] {
        let bundle = self.root.join("vm_bundles/claudevm.bundle");
        [
            (bundle.join("rootfs.img"), Place { start: ROOT_START, length: ROOT_LENGTH }),
            (bundle.join("sessiondata.img"), Place { start: 0, length: 512 << 20 }),
        ]
    }

    /// Boots for one task and waits for its end.
    pub(crate) fn boot(&self, task: &str, arguments: &[&str]) -> Ended {
        let root = self.root.display().to_string();
        let call = [&root, task, "--limit", "90", "--kernel", KERNEL, "--"];
        let mut ended = script("boot", &[&call, arguments].concat());
        // Its disks are unmounted when it says so; on a loaded machine QEMU was seen to hang at the power-off after that.
        if ended.code == 124 && ended.text.contains("GUEST TASK EXIT 0") {
            tell("compact: a guest that had finished did not power off and was stopped");
            ended.code = 0;
        }
        ended
    }

    /// Boots into the load of `churn` and pulls the plug so long after it has come to this round.
    pub(crate) fn kill_in_the_middle(&self, round: usize, after: Duration) {
        let (root, pidfile) = (self.root.display().to_string(), self.pidfile.display().to_string());
        let call = [&root, "churn", "--background", &pidfile, "--limit", "240", "--kernel", KERNEL];
        let started = script("boot", &call);
        assert_eq!(started.code, 0, "{}", started.text);
        let pid = fs::read_to_string(&self.pidfile).expect("QEMU's process id").trim().parse().ok();
        let pid = pid.and_then(Pid::from_raw).expect("a process id");
        let console = || fs::read_to_string(self.pidfile.with_extension("pid.console")).unwrap_or_default();
        wait_until("the guest writes", || console().matches("ROUND").count() >= round);
        thread::sleep(after);
        kill_process(pid, Signal::KILL).expect("the guest was running");
        wait_until("QEMU dies", || test_kill_process(pid).is_err());
    }
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT / 2;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn script(name: &str, arguments: &[&str]) -> Ended {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("guest").join(name);
    bounded::run(Command::new(path).args(arguments), LIMIT)
}

/// Some number below `end`, another each time.
pub(crate) fn any(end: u64) -> u64 {
    RandomState::new().build_hasher().finish() % end
}
