//! Whole stories of a real guest under a real QEMU, told by the real `plimsoll`: it refuses while the guest runs, gives
//! back what the guest left behind, and brings a session disk back byte for byte.
//!
//! `tests/guest` makes the bundles and boots them. It emulates the processor unless `PLIMSOLL_GUEST_ACCEL=kvm` is set,
//! so the time-outs here are those of an emulated guest on a loaded machine. Not here: guests that only look alive
//! (`journeys`), and machines that are not a Debian on amd64, where every story says so and is skipped.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_tests::cli::{self, Ended, run};
use serde_json::Value;
use tempfile::TempDir;

/// Seconds after which a guest is stopped from outside. Emulated, one boots and checks its files in 5 seconds when it
/// has a core for itself.
const LIMIT: &str = "120";
/// Both images; large enough for the partitions of the real layout.
const SIZE: &str = "1G";
/// What the guest writes before it deletes nine tenths of it.
const WRITTEN_MB: u64 = 150;
/// From and up to how many milliseconds after the guest a reclaim begins; below zero, before it. On two idle cores one
/// that begins 35 ms after `boot` wins as often as it loses, and later ones lose.
const RACES: [(i64, i64); 5] = [(-300, -60), (-60, 0), (0, 40), (40, 100), (100, 300)];

#[test]
fn while_a_guest_runs_every_reclaim_is_refused_and_names_it() {
    let Some(story) = Story::begin("refused while the guest runs") else { return };
    refuses_while_running(&story.data, &[], "held");
}

#[test]
fn while_a_guest_without_image_locks_runs_every_reclaim_is_refused_and_names_it() {
    let Some(story) = Story::begin("refused while the guest runs without locks") else { return };
    refuses_while_running(&story.data, &["--no-lock"], "clear");
}

#[test]
fn what_a_guest_wrote_and_deleted_comes_back_by_a_rebuild_and_the_guest_boots_again() {
    let Some(story) = Story::begin("grown, then rebuilt") else { return };
    let data = &story.data;
    let fresh = data.allocated("rootfs.img");
    data.run_guest("grow", &[&WRITTEN_MB.to_string()]);
    let grown = data.allocated("rootfs.img");
    assert!(grown - fresh > WRITTEN_MB * 1_000_000 * 9 / 10, "it grew from {fresh} to {grown} and kept it");

    let mut expected = data.facts();
    let rebuildable = data.allocated("rootfs.img") + data.allocated(".rootfs.img.origin");
    let report = data.plimsoll(&["reclaim", "rebuild", "--yes"]).with_code(0);
    assert_eq!(report["outcome"], "done");
    assert_eq!(report["freed_bytes"], rebuildable);
    expected.retain(|name, _| name != "rootfs.img" && name != ".rootfs.img.origin");
    assert_eq!(data.facts(), expected, "the system disk and its mark are gone, all else is untouched");

    data.rebuild_as_the_app_does();
    data.run_guest("verify-root", &[]);
    data.run_guest("verify-sessions", &[]);
}

#[test]
fn after_reset_and_undo_the_guest_finds_its_session_data_byte_for_byte() {
    let Some(story) = Story::begin("reset, then undone") else { return };
    let data = &story.data;
    data.run_guest("write-sessions", &[]);
    let sessions = data.path("sessiondata.img");
    let before = sha256(&sessions);

    let report = data.plimsoll(&["reclaim", "reset", "--yes"]).with_code(0);
    assert_eq!(report["outcome"], "done");
    assert!(!sessions.exists() && !data.path("rootfs.img").exists(), "a reset takes both disks");

    let report = data.plimsoll(&["undo", "--yes"]).with_code(0);
    assert_eq!(report["outcome"], "done");
    assert_eq!(sha256(&sessions), before);
    data.rebuild_as_the_app_does();
    data.run_guest("verify-sessions", &[]);
}

#[test]
fn a_guest_started_in_the_middle_of_a_reclaim_meets_the_old_state_or_the_new_one() {
    let Some(story) = Story::begin("started in the middle") else { return };
    for (earliest, latest) in RACES {
        let any = (RandomState::new().build_hasher().finish() >> 1).cast_signed();
        let delay = earliest + any % (latest - earliest);
        let data = story.data.copy_to(&story.dir.path().join(format!("race{delay}")));
        let outcome = race_a_guest(&data, delay);
        tell(&format!("guest: reclaim {delay} ms after the guest: {outcome}"));
        fs::remove_dir_all(&data.root).expect("the copy can be removed");
    }
}

/// A booted guest, with or without QEMU's locks on the images, against every level that takes a disk.
fn refuses_while_running(data: &UserData, boot_options: &[&str], locks: &str) {
    let files = data.files();
    let guest = Guest::start(data, boot_options);
    let status = data.plimsoll(&["status"]).with_code(0);
    let vm = &status["bundles"][0]["vm"];
    assert_eq!(vm["state"], "running", "{vm:#}");
    assert_eq!(vm["orphan"], true, "the VM runs, and Claude does not: {vm:#}");
    assert_eq!(finding(vm, "locks"), locks, "{vm:#}");
    for image in ["rootfs.img", "sessiondata.img"] {
        assert_eq!(holder_of(vm, &data.path(image)), Some(guest.pid), "{vm:#}");
    }
    for level in ["rebuild", "reset"] {
        let report = data.plimsoll(&["reclaim", level, "--yes"]).with_code(3);
        assert_eq!(report["outcome"], "refused");
        assert_eq!(codes(&report), ["vm_running"]);
        let sentence = report["refusals"][0]["sentence"].as_str().unwrap_or_default();
        assert!(sentence.contains(&guest.pid.to_string()), "it names the process: {sentence}");
        assert_eq!(data.files(), files, "nothing was touched by {level}");
    }
    guest.power_off();
    assert_eq!(data.plimsoll(&["status"]).with_code(0)["bundles"][0]["vm"]["state"], "stopped");
    assert_eq!(data.files(), files);
}

/// Starts a guest and, `delay` milliseconds after it, a reclaim, and says which of the two permitted ends it came to.
fn race_a_guest(data: &UserData, delay: i64) -> String {
    let before = data.files();
    let wait = |milliseconds: i64| thread::sleep(Duration::from_millis(milliseconds.try_into().unwrap_or(0)));
    let (guest, answer) = thread::scope(|scope| {
        let guest = scope.spawn(|| {
            wait(-delay);
            data.spawn_guest("verify-root")
        });
        wait(delay);
        let answer = data.plimsoll(&["reclaim", "rebuild", "--yes"]);
        (guest.join().expect("the guest was started"), answer)
    });
    let after = data.files();
    let ended = Ended::from(guest.wait_with_output().expect("the guest's script can be waited for"));
    assert!(!after.keys().any(|name| name.starts_with(".plimsoll-")), "nothing is left aside: {after:?}");
    if after.contains_key("rootfs.img") {
        assert_eq!(after, before, "the old state, wholly");
        let report = answer.with_code(3);
        // It may have looked for its disk in the instant when that was aside; then it must find it now.
        if ended.code != 0 {
            assert_eq!(ended.code, 125, "{}", ended.text);
            data.run_guest("verify-root", &[]);
        }
        format!("refused ({}), guest exit {}", codes(&report).join(", "), ended.code)
    } else {
        let kept = before.into_iter().filter(|(name, _)| name != "rootfs.img" && name != ".rootfs.img.origin");
        assert_eq!(after, kept.collect(), "the new state, wholly");
        assert_eq!(answer.with_code(0)["outcome"], "done");
        assert_eq!(ended.code, 125, "no guest runs on a disk that is gone: {}", ended.text);
        "done, guest without a disk".to_owned()
    }
}

/// One test's folder; tells how long the story took when it ends.
struct Story {
    name: &'static str,
    started: Instant,
    data: UserData,
    dir: TempDir,
}

impl Story {
    /// A fresh bundle, or `None` where there can be no guest.
    fn begin(name: &'static str) -> Option<Self> {
        let setup = run(&mut script("setup"));
        if setup.code == 3 && !on_debian_amd64() {
            tell(&format!("guest: SKIPPED \"{name}\": {}", setup.text.trim()));
            return None;
        }
        assert_eq!(setup.code, 0, "tests/guest/setup: {}", setup.text);
        // Built before the clock starts, and before any guest waits for it.
        cli::binary();
        let started = Instant::now();
        let dir = TempDir::with_prefix("plimsoll-guest-").expect("a temporary folder");
        let data = UserData { root: dir.path().join("Claude"), state: dir.path().join("state") };
        let made = run(script("make-bundle").arg(&data.root).args(["--size", SIZE]));
        assert_eq!(made.code, 0, "tests/guest/make-bundle: {}", made.text);
        Some(Self { name, started, data, dir })
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        tell(&format!("guest: {}: {:.1} s", self.name, self.started.elapsed().as_secs_f64()));
    }
}

/// A user-data folder with a bundle, and the state folder of the Plimsoll that looks after it.
struct UserData {
    root: PathBuf,
    state: PathBuf,
}

impl UserData {
    fn path(&self, file: &str) -> PathBuf {
        self.root.join("vm_bundles/claudevm.bundle").join(file)
    }

    fn copy_to(&self, dir: &Path) -> Self {
        let copied = run(Command::new("cp").args(["-a", "--sparse=always"]).arg(&self.root).arg(dir));
        assert_eq!(copied.code, 0, "{}", copied.text);
        Self { root: dir.to_owned(), state: dir.with_extension("state") }
    }

    fn plimsoll(&self, arguments: &[&str]) -> Answer {
        let ended = run(cli::plimsoll(&self.root, &self.state, arguments).arg("--json"));
        let json = serde_json::from_str(&ended.printed).unwrap_or_else(|error| panic!("{error}: {}", ended.text));
        Answer { code: ended.code, json }
    }

    /// Bytes that the status says a file has taken.
    fn allocated(&self, file: &str) -> u64 {
        let status = self.plimsoll(&["status"]).with_code(0);
        let images = status["bundles"][0]["images"].as_array().expect("a bundle with images");
        let image = images.iter().find(|image| image["name"] == file).expect("the image is listed");
        image["allocated_bytes"].as_u64().expect("a number of bytes")
    }

    /// Every file of the bundle with what makes it the same file: inode and length. A running guest writes the rest.
    fn files(&self) -> BTreeMap<String, [u64; 2]> {
        self.look(|file| [file.ino(), file.len()])
    }

    /// Every file with all that a change of its content would change. No guest may run.
    fn facts(&self) -> BTreeMap<String, [i64; 5]> {
        let signed = |number: u64| i64::try_from(number).expect("inodes and sizes have 63 bits");
        self.look(|file| {
            [signed(file.ino()), signed(file.len()), signed(file.blocks()), file.ctime(), file.ctime_nsec()]
        })
    }

    fn look<T>(&self, of: impl Fn(&fs::Metadata) -> T) -> BTreeMap<String, T> {
        let entries =
            fs::read_dir(self.path("")).expect("the bundle can be listed").map(|entry| entry.expect("an entry"));
        let named = entries.map(|entry| (entry.file_name().into_string().expect("a plain name"), entry));
        named.map(|(name, entry)| (name, of(&entry.metadata().expect("it is still there")))).collect()
    }

    /// Claude decompresses the system disk anew, and marks it as whole when it is.
    fn rebuild_as_the_app_does(&self) {
        let mut zstd = Command::new("zstd");
        zstd.args(["-q", "-d", "--sparse"]).arg(self.path("rootfs.img.zst")).arg("-o").arg(self.path("rootfs.img"));
        let unpacked = run(&mut zstd);
        assert_eq!(unpacked.code, 0, "{}", unpacked.text);
        let marked = fs::copy(self.path(".rootfs.img.zst.origin"), self.path(".rootfs.img.origin"));
        marked.expect("the new disk can be marked");
    }

    /// Boots a guest for one task, which must succeed.
    fn run_guest(&self, task: &str, arguments: &[&str]) {
        let ended = run(self.boot(task).arg("--").args(arguments));
        assert_eq!(ended.code, 0, "{task}: {}", ended.text);
    }

    fn spawn_guest(&self, task: &str) -> Child {
        let mut boot = self.boot(task);
        boot.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        boot.spawn().expect("the guest's script can be started")
    }

    fn boot(&self, task: &str) -> Command {
        let mut boot = script("boot");
        boot.arg(&self.root).arg(task).args(["--limit", LIMIT]);
        boot
    }
}

/// A guest that stays until it is powered off, at the latest when the test fails.
struct Guest {
    pid: u64,
    pidfile: PathBuf,
}

impl Guest {
    fn start(data: &UserData, options: &[&str]) -> Self {
        let pidfile = data.root.with_extension("pid");
        let started = run(data.boot("stay").arg("--background").arg(&pidfile).args(options));
        assert_eq!(started.code, 0, "{}", started.text);
        let pid = fs::read_to_string(&pidfile).expect("QEMU's process id").trim().parse().expect("a number");
        Self { pid, pidfile }
    }

    fn power_off(self) {
        let ended = run(script("poweroff").arg(&self.pidfile));
        assert_eq!(ended.code, 0, "{}", ended.text);
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if self.pidfile.exists() {
            run(script("poweroff").arg(&self.pidfile));
        }
    }
}

/// What `plimsoll` answered.
struct Answer {
    code: i32,
    json: Value,
}

impl Answer {
    fn with_code(self, code: i32) -> Value {
        assert_eq!(self.code, code, "exit code; it said {:#}", self.json);
        self.json
    }
}

fn finding<'a>(vm: &'a Value, source: &str) -> &'a Value {
    let evidence = vm["evidence"].as_array().expect("evidence");
    &evidence.iter().find(|piece| piece["source"] == source).expect("this evidence was looked for")["finding"]
}

fn holder_of(vm: &Value, image: &Path) -> Option<u64> {
    let path = image.to_str().expect("a plain path");
    let holders = vm["holders"].as_array().expect("holders");
    holders.iter().find(|holder| holder["file"] == path).and_then(|holder| holder["pid"].as_u64())
}

fn codes(report: &Value) -> Vec<&str> {
    let refusals = report["refusals"].as_array().expect("refusals");
    refusals.iter().map(|refusal| refusal["code"].as_str().expect("a code")).collect()
}

fn script(name: &str) -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("guest").join(name))
}

fn on_debian_amd64() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    cfg!(target_arch = "x86_64") && release.lines().any(|line| line == "ID=debian")
}

fn sha256(path: &Path) -> String {
    let summed = run(Command::new("sha256sum").arg(path));
    assert_eq!(summed.code, 0, "{}", summed.text);
    summed.printed.split(' ').next().expect("a checksum").to_owned()
}

/// Past the test harness, which would keep it back.
fn tell(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error takes a line");
}
