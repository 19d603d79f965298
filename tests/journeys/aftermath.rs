//! After a reclaim: what the next start is seen to bring, what is kept of it, and what is offered when it fails.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;
use plimsoll_core::adapters::{ProcessTable, UnixDisk};
use plimsoll_core::alert::Facts;
use plimsoll_core::measure::Depth;
use plimsoll_core::monitor::Monitor;
use plimsoll_core::panel::alerts::AlertRow;
use plimsoll_core::panel::view::{PanelInput, view};
use plimsoll_core::ports::logs::{Logs, Marks};
use plimsoll_core::ports::{Asker, Clock, Quiet};
use plimsoll_core::reclaim::plan::SourceCheck;
use plimsoll_core::reclaim::report::Outcome;
use plimsoll_core::reclaim::{Level, Yard, set_aside};
use plimsoll_core::settings::Settings;
use plimsoll_core::snapshot::AlertView;
use plimsoll_core::store::Store;
use plimsoll_core::words::{Language, Words};
use plimsoll_tests::small::{FORKING, Small};

use crate::scene::{Holder, SESSION};
#[cfg(target_os = "linux")]
use crate::scene::{SYSTEM, Scene};

/// The logs are in the user-data folder on Linux alone; elsewhere they would be somebody's own.
#[cfg(target_os = "linux")]
#[test]
fn a_receipt_tells_what_the_next_start_brought_and_keeps_no_line_of_a_log() {
    use std::io::Write;

    use serde_json::json;

    const SESSIONS: &str = "local-agent-mode-sessions/account/organisation";
    let scene = Scene::new();
    let root = &scene.small.root;
    for session in ["local_one", "local_two", "local_secret-three"] {
        fs::create_dir_all(root.join(SESSIONS).join(session)).expect("make");
    }
    fs::create_dir_all(root.join("logs")).expect("make");
    let log = root.join("logs/cowork_vm_node.log");
    let bad = "[VM:start] Startup failed: Error: Checksum mismatch for rootfs.img.zst: expected secret-hash\n";
    fs::write(&log, bad.repeat(5)).expect("write");
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
    scene.json(&["status"]).with_code(0);
    assert_eq!(scene.json(&["receipts"]).with_code(0)["receipts"][0]["sequel"]["troubles"], json!({}));

    let mut file = fs::OpenOptions::new().append(true).open(&log).expect("open");
    let begins = "2099-01-01 08:00:00 [info] [VM:start] Beginning startup, bundlePath=/secret-path\n";
    let missing = "2099-01-01 08:00:00 [info] [Bundle:status] rootfs.img missing\n";
    let old = "2001-01-01 08:00:00 [info] [VM:start] Skipping auto-reinstall (already attempted once)\n";
    file.write_all([begins, missing, old, bad, bad].concat().as_bytes()).expect("append");
    scene.json(&["status"]).with_code(0);
    scene.write(SYSTEM, &[1; 5000]);
    fs::remove_dir(root.join(SESSIONS).join("local_two")).expect("remove");
    fs::create_dir(root.join(SESSIONS).join("local_four")).expect("make");
    let held = Holder::holding("read", &scene.path(SYSTEM));
    assert_eq!(scene.json(&["status"]).with_code(0)["bundles"][0]["vm"]["state"], "running");
    drop(held);

    let receipt = scene.json(&["receipts"]).with_code(0)["receipts"][0].clone();
    let troubles = json!({ "image_missing": 1, "checksum_mismatch": 2 });
    let sessions = json!({ "before": 3, "kept": 2, "after": 3 });
    let sequel = json!({ "troubles": troubles, "sessions": sessions, "failure": null });
    assert_eq!(receipt["sequel"], sequel, "{receipt:#}");
    assert_eq!((&receipt["start"]["rebuilt"], &receipt["start"]["session_kept"]), (&json!(true), &json!(true)));
    let text = scene.run(&["receipts"]).printed;
    for said in ["next start: rebuilt in", "2 of 3 sessions are still there", "wrong checksum (2 times)"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert!(!text.contains("an image is missing"), "once is usual: {text}");
    let kept = fs::read(scene.small.state.join("history.sqlite")).expect("read");
    assert!(!String::from_utf8_lossy(&kept).contains("secret"), "something of a log or a session was kept");
}

/// Gives what it was told to give, once.
struct Said(RefCell<Vec<&'static str>>);

impl Logs for Said {
    fn ends(&self, _root: &Path) -> Marks {
        Marks::default()
    }

    fn since(&self, _root: &Path, _marks: &Marks) -> (Vec<String>, Marks) {
        (self.0.take().into_iter().map(str::to_owned).collect(), Marks::default())
    }
}

struct Hands(Cell<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.0.get()
    }

    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// A child that another test starts has open what this process has, until its `exec`.
fn alone<T>(run: impl FnOnce() -> T) -> T {
    let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
    run()
}

fn rows(alerts: &[AlertView], now: Timestamp) -> Vec<AlertRow> {
    let input = PanelInput {
        prospects: &[],
        gaps: &[],
        receipts: &[],
        copies: &[],
        alerts,
        armed: &[],
        settings: &Settings::default(),
        now,
        zone: &jiff::tz::TimeZone::UTC,
        words: Words::of(Language::English),
    };
    view(&input).alerts
}

#[test]
fn when_the_vm_does_not_come_back_its_session_disk_is_offered_and_comes_back_through_the_guard() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = Small::make(folder.path());
    let (logs, clock) = (Said(RefCell::default()), Hands(Cell::new(Timestamp::now())));
    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &clock, progress: &Quiet, state: &small.state };
    let store = Store::open(&small.state, clock.now()).store;
    let mut monitor = Monitor::new(yard, vec![small.root.clone()], Settings::default(), store).hearing(&logs);
    let session = small.contents()[SESSION].clone();
    let (_, _, prospects) = monitor.survey(Depth::Thorough);
    let (bundle, plan) = (&prospects[0].measured.bundle, &prospects[0].plans[3]);
    assert_eq!(plan.level, Level::Reset);
    let report = alone(|| monitor.reclaim(bundle, Level::Reset, &plan.fingerprint, SourceCheck::Frames));
    assert_eq!(report.outcome, Outcome::Done, "{report:?}");
    let broken = |monitor: &mut Monitor<'_>| {
        let alerts = monitor.sample(Depth::Glance).0.alerts;
        alerts.into_iter().filter(|alert| matches!(alert.facts, Facts::CannotRebuild { .. })).collect::<Vec<_>>()
    };
    let pass = |minutes| clock.0.set(clock.0.get() + Duration::from_mins(minutes));

    pass(5);
    logs.0
        .replace(vec!["[VM:start] Startup failed: Error: failed to set session disk path: session disk not found: x"]);
    assert_eq!(broken(&mut monitor).len(), 0, "it tries again by itself");
    pass(10);
    let alerts = broken(&mut monitor);
    let row = rows(&alerts, clock.now()).pop().expect("a row");
    let copies = set_aside::list(yard);
    assert_eq!((row.title.as_str(), row.undo.as_ref()), ("Claude’s VM does not start", Some(&copies[0].id)));
    let mut receipts = monitor.receipts();
    monitor.fill_starts(&mut receipts);
    let sequel = receipts[0].sequel.clone().expect("it was watched");
    assert!(sequel.failure.is_some() && sequel.troubles.len() == 1, "{sequel:?}");

    // Meanwhile the app has made one of its own, which is set aside in its turn and not written over.
    let mut own = vec![7; 1 << 16];
    own[1024 + 0x38..1024 + 0x3A].copy_from_slice(&[0x53, 0xEF]);
    fs::write(small.bundle.join(SESSION), own).expect("write");
    let held = Holder::holding("read", &small.bundle.join(SESSION));
    let before = small.contents();
    assert_eq!(alone(|| monitor.undo(bundle, &copies[0])).outcome, Outcome::Refused, "somebody has it open");
    assert_eq!(small.contents(), before);
    drop(held);
    let report = alone(|| monitor.undo(bundle, &copies[0]));
    assert_eq!(report.outcome, Outcome::Done, "{report:?}");
    assert_eq!(small.contents()[SESSION], session);
    assert_eq!(set_aside::list(yard).len(), 2, "both are kept");
}
