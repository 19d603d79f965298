//! Every command on a small real bundle: JSON, text for people, exit code.
//!
//! The reserve is set to nothing, so that a full disk under the tests changes no sentence. Not here: leftovers while
//! Claude runs on the machine of the tests, since its plan is then another.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use plimsoll_tests::cli::{self, Ended};
use plimsoll_tests::small::{FORKING, Small, start};
use tempfile::TempDir;

use crate::{pin, redact};

/// A small bundle and the command on it.
pub(crate) struct Scene {
    pub(crate) small: Small,
    _folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let small = Small::make(folder.path());
        fs::write(
            small.state.join("settings.toml"),
            "reserve = 0\nalert_notice = 0\nalert_notice_percent = 0\nalert_warning = 0\nalert_critical = 0\n",
        )
        .expect("write");
        Self { small, _folder: folder }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = cli::plimsoll(&self.small.root, &self.small.state, arguments);
        start(&mut command).wait_with_output().expect("wait").into()
    }

    /// Both forms of one answer, in two snapshots.
    fn pin(&self, name: &str, arguments: &[&str]) {
        self.pin_text(name, arguments);
        self.pin_json(name, arguments);
    }

    fn pin_text(&self, name: &str, arguments: &[&str]) {
        let ended = self.run(arguments);
        let [printed, complained] = [&ended.printed, &ended.complained].map(|text| redact::text(text, &self.small));
        pin(name, &shown(arguments, ended.code, &printed, &complained));
    }

    fn pin_json(&self, name: &str, arguments: &[&str]) {
        let arguments = [arguments, &["--json"]].concat();
        let ended = self.run(&arguments);
        let printed = redact::json(&ended.printed, &self.small);
        let complained = redact::text(&ended.complained, &self.small);
        pin(&format!("{name}-json"), &shown(&arguments, ended.code, &printed, &complained));
    }

    /// A process that holds the system image, as a VM does.
    fn hold(&self) -> Held {
        let child = {
            let _alone = FORKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let image = OpenOptions::new().read(true).write(true).open(self.small.bundle.join("rootfs.img"));
            Command::new("sleep").arg("600").stdin(Stdio::from(image.expect("open"))).spawn().expect("start")
        };
        Held(child)
    }

    fn leave_a_partial(&self) {
        let mut file = File::create(self.small.bundle.join("rootfs.img.zst.partial")).expect("make");
        file.write_all(&vec![7; 1 << 16]).expect("write");
        file.set_modified(SystemTime::now() - Duration::from_hours(72)).expect("date");
    }

    fn claude_runs(&self) -> bool {
        self.run(&["status", "--json"]).printed.contains("\"app_running\": true")
    }
}

struct Held(std::process::Child);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn shown(arguments: &[&str], code: i32, printed: &str, complained: &str) -> String {
    let complained = if complained.is_empty() { String::new() } else { format!("--- standard error\n{complained}") };
    format!("$ plimsoll {}\n--- exit code {code}\n{}\n{complained}", arguments.join(" "), printed.trim_end())
}

#[test]
fn status() {
    let scene = Scene::new();
    scene.pin("status", &["status"]);
    let _vm = scene.hold();
    scene.pin_json("status-running", &["status"]);
    assert!(scene.run(&["status"]).printed.contains(": sleep (pid "), "the holder is named");
}

#[test]
fn without_a_bundle() {
    let scene = Scene::new();
    fs::remove_dir_all(&scene.small.bundle).expect("remove");
    for command in ["status", "plan", "reclaim", "undo", "history"] {
        scene.pin_text(&format!("none-{command}"), &[command]);
    }
    scene.pin_json("none-status", &["status"]);
    scene.pin_json("none-reclaim", &["reclaim"]);
    fs::remove_dir_all(&scene.small.root).expect("remove");
    scene.pin_text("none-root", &["status"]);
    scene.pin("none-root-plan", &["plan"]);
}

#[test]
fn plan() {
    let scene = Scene::new();
    for level in ["recommended", "compact", "rebuild", "reset"] {
        scene.pin(&format!("plan-{level}"), &["plan", level]);
    }
    scene.leave_a_partial();
    if scene.claude_runs() {
        println!("skipped: Claude runs here, and leftovers may be its own");
    } else {
        scene.pin("plan-leftovers", &["plan", "leftovers"]);
    }
}

#[test]
fn plan_that_is_refused() {
    let scene = Scene::new();
    fs::remove_file(scene.small.bundle.join("rootfs.img.zst")).expect("remove");
    scene.pin("plan-refused", &["plan", "rebuild"]);
}

#[test]
fn reclaim() {
    let scene = Scene::new();
    scene.pin("reclaim-unasked", &["reclaim", "rebuild"]);
    scene.pin("reclaim-another-plan", &["reclaim", "rebuild", "--yes", "--fingerprint", "0"]);
    scene.pin_text("reclaim-done", &["reclaim", "rebuild", "--yes"]);
    scene.pin("reclaim-nothing", &["reclaim", "rebuild", "--yes"]);
    let scene = Scene::new();
    scene.pin_json("reclaim-done", &["reclaim", "rebuild", "--yes"]);
}

#[test]
fn reclaim_while_the_vm_runs() {
    let scene = Scene::new();
    let _vm = scene.hold();
    scene.pin("reclaim-refused", &["reclaim", "rebuild", "--yes"]);
}

#[test]
fn reset_and_undo() {
    let scene = Scene::new();
    scene.pin("undo-nothing", &["undo"]);
    scene.pin("undo-list-empty", &["undo", "--list"]);
    scene.pin("undo-unknown", &["undo", "nobody"]);
    scene.pin_json("reset", &["reclaim", "reset", "--yes"]);
    scene.pin("undo-list", &["undo", "--list"]);
    scene.pin_text("undo", &["undo", "--yes"]);
    scene.pin_text("reset", &["reclaim", "reset", "--yes"]);
    scene.pin_json("undo", &["undo", "--yes"]);
    scene.pin("receipts", &["receipts"]);
    let copies = fs::read_dir(scene.small.state.join("set-aside")).expect("list");
    let copies: Vec<String> =
        copies.map(|copy| copy.expect("copy").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(copies.len(), 2, "what was brought back is kept until it is given up");
    let removed = scene.run(&["undo", &copies[0], "--forget", "--yes"]);
    assert_eq!((removed.code, removed.printed.as_str()), (0, "The copy is removed.\n"));
    assert!(!scene.small.state.join("set-aside").join(&copies[0]).exists());
    let removed = scene.run(&["undo", &copies[1], "--forget", "--yes", "--json"]);
    assert!(removed.printed.contains("\"outcome\": \"done\""), "{}", removed.text);
    assert!(!scene.small.state.join("set-aside").join(&copies[1]).exists());
}

#[test]
fn history_and_watch() {
    let scene = Scene::new();
    scene.pin("receipts-none", &["receipts"]);
    scene.pin_text("history-none", &["history"]);
    scene.pin("watch", &["watch", "--samples", "1"]);
    scene.run(&["reclaim", "rebuild", "--yes"]);
    scene.run(&["status"]);
    scene.pin("history", &["history"]);
    scene.pin("history-since-nonsense", &["history", "--since", "nonsense"]);
}

#[test]
fn image() {
    let scene = Scene::new();
    let file = |name: &str| scene.small.bundle.join(name).to_string_lossy().into_owned();
    let (image, missing) = (file("rootfs.img"), file("other.img"));
    let pinned = |name: &str, arguments: &[&str], path: &str| {
        for (name, json) in [(name.to_owned(), None), (format!("{name}-json"), Some("--json"))] {
            let ended = scene.run(&[arguments, &[path], json.as_slice()].concat());
            let printed = match json {
                Some(_) => redact::json(&ended.printed, &scene.small),
                None => redact::text(&ended.printed, &scene.small),
            };
            let complained = redact::text(&ended.complained, &scene.small);
            pin(&name, &shown(&[arguments, json.as_slice()].concat(), ended.code, &printed, &complained));
        }
    };
    pinned("image-inspect", &["image", "inspect"], &image);
    pinned("image-trim-dry", &["image", "trim", "--dry-run"], &image);
    pinned("image-trim-missing", &["image", "trim", "--yes"], &missing);
    let _vm = scene.hold();
    pinned("image-trim-refused", &["image", "trim", "--yes"], &image);
}

#[test]
fn doctor() {
    Scene::new().pin("doctor", &["doctor"]);
}

#[test]
fn which_bundle() {
    let scene = Scene::new();
    let second = scene.small.bundle.with_file_name("second.bundle");
    fs::create_dir(&second).expect("make");
    scene.pin("bundle-unnamed", &["plan"]);
    scene.pin_text("bundle-unknown", &["plan", "--bundle", "/nowhere"]);
    let named = scene.run(&["plan", "rebuild", "--bundle", &scene.small.bundle.to_string_lossy()]);
    assert_eq!(named.code, 0, "{}", named.text);
}

#[test]
fn words_that_make_no_sense_are_a_usage_error() {
    let scene = Scene::new();
    for arguments in [["plan", "everything"].as_slice(), &["status", "--colour"], &["undo", "--forget"], &[]] {
        assert_eq!(scene.run(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_shown_and_spoils_nothing() {
    use std::os::unix::ffi::OsStrExt;
    let scene = Scene::new();
    if File::create(scene.small.bundle.join(std::ffi::OsStr::from_bytes(b"odd\xff"))).is_err() {
        println!("skipped: this file system takes UTF-8 names only");
        return;
    }
    let ended = scene.run(&["status", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.text);
    assert!(ended.printed.contains("claudevm.bundle/odd\u{fffd}\""), "{}", ended.text);
}

#[test]
fn a_bad_settings_file_is_said_and_kept() {
    let scene = Scene::new();
    fs::write(scene.small.state.join("settings.toml"), "reserve = \"much\"\n").expect("write");
    let ended = scene.run(&["receipts"]);
    assert_eq!(ended.code, 0, "{}", ended.text);
    assert!(ended.complained.contains("`reserve` must be a size"), "{}", ended.text);
    assert!(!scene.small.state.join("settings.toml").exists());
}
