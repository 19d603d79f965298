//! The worker on a real small bundle: what it puts on the board, and that a panic ends nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use plimsoll_core::adapters::{ProcessTable, SystemClock, UnixDisk};
use plimsoll_core::panel::Tone;
use plimsoll_core::ports::Disk as _;
use plimsoll_core::ports::logs::Unread;
use plimsoll_core::ports::machine::AnyMachine;
use plimsoll_core::ports::sessions::Unasked;
use plimsoll_core::ports::{Clock, Progress as _};
use plimsoll_core::updates::{Channel, Trouble, Wish};
use plimsoll_core::words::{Language, Words};
use plimsoll_tests::small::Small;

use super::*;
use crate::board::{Screen, Shown};
use crate::updates::{Errand, Package, Step};

/// Longer than any look on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends on what is shown, and what is to be asked outside.
struct Wall(std::sync::Mutex<Sender<Arc<Shown>>>, std::sync::Mutex<Sender<Errand>>);

impl Screen for Wall {
    fn show(&self, shown: &Arc<Shown>) {
        let _ = self.0.lock().expect("the wall").send(Arc::clone(shown));
    }

    fn notify(&self, _message: plimsoll_core::panel::alerts::Message) {}

    fn withdraw(&self) {}

    fn send(&self, errand: Errand) {
        let _ = self.1.lock().expect("the wall").send(errand);
    }
}

struct Stage {
    _folder: tempfile::TempDir,
    small: Small,
    desk: Desk,
    shown: Receiver<Arc<Shown>>,
    errands: Receiver<Errand>,
}

impl Stage {
    fn set(clock: &'static (dyn Clock + Sync)) -> Self {
        Self::set_with(clock, "")
    }

    /// With more settings.
    fn set_with(clock: &'static (dyn Clock + Sync), settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let small = Small::make(folder.path());
        // On a calm disk no rebuild is offered, and these images hold nothing that could be compacted.
        std::fs::create_dir_all(&small.state).expect("a folder");
        let settings = format!("reserve = \"15 TB\"\n{settings}");
        std::fs::write(small.state.join("settings.toml"), settings).expect("settings");
        let outside = Outside {
            disk: &UnixDisk,
            processes: &ProcessTable,
            clock,
            machine: &AnyMachine,
            sessions: &Unasked,
            logs: &Unread,
            roots: Some(vec![small.root.clone()]),
            applications: Vec::new(),
            state: small.state.clone(),
            language: Language::English,
            channel: Channel::Feed,
        };
        let ((wall, shown), (road, errands)) = (channel(), channel());
        let wall = Wall(std::sync::Mutex::new(wall), std::sync::Mutex::new(road));
        let board = Arc::new(Board::new(Language::English, Box::new(wall)));
        let desk = start(outside, board).expect("a worker");
        Self { _folder: folder, small, desk, shown, errands }
    }

    /// The first thing shown that is as wanted.
    fn until(&self, wanted: impl Fn(&Shown) -> bool) -> Arc<Shown> {
        let end = Instant::now() + PATIENCE;
        loop {
            let shown = self.shown.recv_timeout(end.saturating_duration_since(Instant::now())).expect("shown in time");
            if wanted(&shown) {
                return shown;
            }
        }
    }

    fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, Note> {
        let (reply, mut answer) = tauri::async_runtime::channel(1);
        self.desk.ask(request(reply));
        answer.blocking_recv().expect("an answer")
    }
}

#[test]
fn a_plan_that_was_shown_is_carried_out_and_one_of_other_facts_is_not() {
    let stage = Stage::set(&SystemClock);
    stage.desk.ask(Request::Attend(Attention::PanelOpen));
    let shown = stage.until(|shown| shown.view.bundles.first().is_some_and(|bundle| bundle.reclaim.enabled));
    let bundle = shown.view.bundles[0].clone();
    let before = stage.small.contents();
    stage.desk.reclaim(bundle.id.clone(), Level::Rebuild, "agreed to something else".to_owned());
    let outcome = stage.until(|shown| shown.view.outcome.is_some()).view.outcome.clone().expect("an outcome");
    assert_eq!((outcome.tone, stage.small.contents()), (Tone::Plain, before), "{outcome:?}");
    let sheet = stage.ask(|reply| Request::Sheet(bundle.id.clone(), Level::Rebuild, reply)).expect("a sheet");
    stage.desk.reclaim(bundle.id, Level::Rebuild, sheet.fingerprint);
    let good = |shown: &Shown| shown.view.outcome.as_ref().is_some_and(|outcome| outcome.tone == Tone::Good);
    let shown = stage.until(good);
    assert!(!stage.small.bundle.join("rootfs.img").exists());
    assert!(!shown.view.receipts.is_empty() && shown.view.activity.is_none(), "all of it at once");
    stage.desk.ask(Request::Dismiss);
    stage.until(|shown| shown.view.outcome.is_none());
}

#[test]
fn what_is_not_there_is_said_and_nothing_is_begun() {
    let stage = Stage::set(&SystemClock);
    let before = stage.small.contents();
    for request in [
        Request::Reclaim("no such bundle".to_owned(), Level::Reset, String::new(), 0),
        Request::Undo("../../etc".to_owned(), 0),
    ] {
        stage.desk.ask(request);
        let outcome = stage.until(|shown| shown.view.outcome.is_some()).view.outcome.clone().expect("an outcome");
        assert_eq!(outcome.tone, Tone::Plain, "{outcome:?}");
        stage.desk.ask(Request::Dismiss);
        stage.until(|shown| shown.view.outcome.is_none());
    }
    assert!(stage.ask(|reply| Request::Chart("no such bundle".to_owned(), Range::Day, reply)).is_err());
    assert_eq!(stage.small.contents(), before);
}

#[test]
fn what_was_refused_may_be_tried_again_with_the_same_plan() {
    let stage = Stage::set(&SystemClock);
    stage.desk.ask(Request::Attend(Attention::PanelOpen));
    let shown = stage.until(|shown| shown.view.bundles.first().is_some_and(|bundle| bundle.reclaim.enabled));
    let id = shown.view.bundles[0].id.clone();
    let sheet = stage.ask(|reply| Request::Sheet(id.clone(), Level::Rebuild, reply)).expect("a sheet");
    // Its source is away for a while.
    let source = stage.small.bundle.join("rootfs.img.zst");
    let away = stage.small.state.join("away");
    std::fs::rename(&source, &away).expect("take it away");
    stage.desk.reclaim(id.clone(), Level::Rebuild, sheet.fingerprint.clone());
    stage.until(|shown| shown.view.outcome.as_ref().is_some_and(|outcome| outcome.tone == Tone::Plain));
    std::fs::rename(&away, &source).expect("bring it back");
    stage.desk.reclaim(id, Level::Rebuild, sheet.fingerprint);
    stage.until(|shown| shown.view.outcome.as_ref().is_some_and(|outcome| outcome.tone == Tone::Good));
}

#[test]
fn a_wish_to_stop_holds_for_what_was_asked_before_it_and_for_nothing_after() {
    let stage = Stage::set(&SystemClock);
    stage.desk.ask(Request::Attend(Attention::PanelOpen));
    let shown = stage.until(|shown| shown.view.bundles.first().is_some_and(|bundle| bundle.reclaim.enabled));
    let id = shown.view.bundles[0].id.clone();
    let sheet = stage.ask(|reply| Request::Sheet(id.clone(), Level::Rebuild, reply)).expect("a sheet");
    let before = stage.small.contents();
    // Asked for, and then stopped or quit while it still waited.
    stage.desk.stop();
    stage.desk.ask(Request::Reclaim(id.clone(), Level::Rebuild, sheet.fingerprint.clone(), 0));
    let outcome = stage.until(|shown| shown.view.outcome.is_some()).view.outcome.clone().expect("an outcome");
    assert_eq!((outcome.tone, stage.small.contents()), (Tone::Plain, before), "{outcome:?}");
    // Asked for twice by a double click: the second neither runs nor hides how the first went.
    stage.desk.reclaim(id.clone(), Level::Rebuild, sheet.fingerprint.clone());
    stage.desk.reclaim(id, Level::Rebuild, sheet.fingerprint);
    stage.until(|shown| shown.view.outcome.as_ref().is_some_and(|outcome| outcome.tone == Tone::Good));
    let (done, ended) = channel();
    stage.desk.ask(Request::End(done));
    ended.recv_timeout(PATIENCE).expect("it ends");
    let last = stage.shown.try_iter().last();
    assert!(last.is_none_or(|shown| shown.view.outcome.as_ref().is_some_and(|outcome| outcome.tone == Tone::Good)));
}

/// Somebody with a file open, until it is dropped.
struct Held(std::process::Child);

impl Held {
    fn by_somebody(image: &std::path::Path) -> Self {
        let mut tail = std::process::Command::new("tail");
        tail.args(["-c", "0", "-f"]).arg(image);
        Self(tail.stdout(std::process::Stdio::null()).spawn().expect("somebody"))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_loss_is_armed_as_it_stood_on_its_sheet_and_no_other() {
    let stage = Stage::set(&SystemClock);
    let image = stage.small.bundle.join("rootfs.img");
    let _held = Held::by_somebody(&image);
    stage.desk.ask(Request::Attend(Attention::PanelOpen));
    let shown = stage.until(|shown| shown.view.bundles.first().is_some_and(|bundle| bundle.arm.is_some()));
    let bundle = shown.view.bundles[0].clone();
    let arm = bundle.arm.expect("it can wait");
    assert!(arm.sheet && !arm.armed && arm.agreement.is_empty(), "{arm:?}");
    // What was never read, and what was read of another level.
    let sheet = |level| stage.ask(|reply| Request::Sheet(bundle.id.clone(), level, reply)).expect("a sheet").arm;
    let reset = sheet(Level::Reset).expect("it can wait").agreement;
    for agreement in [arm.agreement, reset] {
        stage.desk.ask(Request::Arm(bundle.id.clone(), Level::Rebuild, agreement));
        let shown = stage.until(|shown| shown.view.outcome.is_some());
        assert_eq!(shown.view.outcome.as_ref().map(|outcome| outcome.tone), Some(Tone::Plain));
        assert!(shown.view.bundles[0].arm.as_ref().is_some_and(|arm| !arm.armed), "nothing is armed");
        stage.desk.ask(Request::Dismiss);
        stage.until(|shown| shown.view.outcome.is_none());
    }
    let read = sheet(Level::Rebuild).expect("it can wait");
    stage.desk.ask(Request::Arm(bundle.id.clone(), Level::Rebuild, read.agreement));
    let armed = |shown: &Shown| shown.view.bundles[0].arm.as_ref().is_some_and(|arm| arm.armed);
    let shown = stage.until(armed);
    assert!(shown.view.outcome.is_none(), "{:?}", shown.view.outcome);
    stage.desk.ask(Request::Disarm(bundle.id));
    stage.until(|shown| !armed(shown));
}

/// The clock on the wall, and minutes that a test adds.
struct Later(std::sync::atomic::AtomicI64);

impl Clock for Later {
    fn now(&self) -> Timestamp {
        SystemClock.now() + jiff::SignedDuration::from_mins(self.0.load(Ordering::Relaxed))
    }
    fn pause(&self, _time: Duration) {}
}

#[test]
fn while_paused_nothing_is_done_by_itself_though_somebody_looks() {
    static LATER: Later = Later(std::sync::atomic::AtomicI64::new(0));
    let stage = Stage::set(&LATER);
    let image = stage.small.bundle.join("rootfs.img");
    let held = Held::by_somebody(&image);
    stage.desk.ask(Request::Attend(Attention::PanelOpen));
    let shown = stage.until(|shown| shown.view.bundles.first().is_some_and(|bundle| bundle.arm.is_some()));
    let id = shown.view.bundles[0].id.clone();
    let sheet = stage.ask(|reply| Request::Sheet(id.clone(), Level::Rebuild, reply)).expect("a sheet");
    stage.desk.ask(Request::Arm(id, Level::Rebuild, sheet.arm.expect("it can wait").agreement));
    stage.until(|shown| shown.view.bundles[0].arm.as_ref().is_some_and(|arm| arm.armed));
    stage.desk.ask(Request::Pause);
    drop(held);
    for _ in 0..4 {
        LATER.0.fetch_add(5, Ordering::Relaxed);
        stage.desk.ask(Request::Look);
        // In turn: the look is over when this is answered.
        stage.ask(|reply| Request::Form(false, reply)).expect("a form");
    }
    assert!(image.exists(), "it was done by itself while paused");
    stage.desk.ask(Request::Pause);
    stage.until(|shown| shown.view.outcome.as_ref().is_some_and(|outcome| outcome.tone == Tone::Good));
    assert!(!image.exists());
}

#[test]
fn paused_is_shown_until_it_is_resumed() {
    let stage = Stage::set(&SystemClock);
    stage.desk.ask(Request::Pause);
    stage.until(|shown| shown.view.paused.is_some());
    stage.desk.ask(Request::Pause);
    stage.until(|shown| shown.view.paused.is_none());
}

#[test]
fn a_click_that_takes_something_back_is_known_before_its_turn() {
    let ((wall, _shown), (road, _errands), (requests, inbox)) = (channel(), channel(), channel());
    let wall = Wall(std::sync::Mutex::new(wall), std::sync::Mutex::new(road));
    let (board, wishes) = (Arc::new(Board::new(Language::English, Box::new(wall))), Arc::<Wishes>::default());
    let (desk, told) = (Desk::new(requests, Arc::clone(&wishes)), Told::new(board, wishes));
    desk.ask(Request::Look);
    assert!(!told.withdrawn() && !told.ends());
    desk.ask(Request::Disarm("a bundle".to_owned()));
    desk.ask(Request::Pause);
    assert!(told.withdrawn());
    for request in inbox.try_iter().filter(Request::withdraws) {
        assert!(told.withdrawn(), "{}", matches!(request, Request::Pause));
        told.heeded();
    }
    assert!(!told.withdrawn());
    desk.end();
    assert!(told.cancelled() && told.ends());
}

/// Panics at its first few questions for the time.
struct Broken(AtomicUsize);

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        assert!(left.is_err(), "the clock is broken");
        SystemClock.now()
    }
    fn pause(&self, _time: Duration) {}
}

#[test]
fn a_panic_is_shown_and_the_worker_goes_on() {
    static BROKEN: Broken = Broken(AtomicUsize::new(2));
    let stage = Stage::set(&BROKEN);
    let said = Words::of(Language::English).text("app-worker-failed");
    let shown = stage.until(|shown| !shown.view.bundles.is_empty());
    assert!(shown.view.notices.iter().any(|note| note.sentence == said), "{:?}", shown.view.notices);
    let id = shown.view.bundles[0].id.clone();
    assert!(stage.ask(|reply| Request::Chart(id, Range::Day, reply)).is_ok(), "it still answers");
    let (done, ended) = channel();
    stage.desk.ask(Request::End(done));
    ended.recv_timeout(PATIENCE).expect("it ends when it is told to");
}

#[test]
fn settings_are_taken_whole_or_not_at_all_and_the_panel_follows() {
    let stage = Stage::set(&SystemClock);
    let form = stage.ask(|reply| Request::Form(false, reply)).expect("a form").form;
    let file = stage.small.state.join("settings.toml");
    let before = std::fs::read_to_string(&file).expect("read");
    let wrong = Form { limit: "much".to_owned(), language: "de".to_owned(), ..form.clone() };
    let view = stage.ask(|reply| Request::Save(Box::new(wrong), Vec::new(), reply)).expect("a form");
    assert!(view.errors.len() == 1 && view.saved.is_none(), "{:?}", view.errors);
    assert_eq!(std::fs::read_to_string(&file).expect("read"), before);
    let right = Form { limit: "2 GB".to_owned(), language: "de".to_owned(), ..form };
    let view = stage.ask(|reply| Request::Save(Box::new(right), Vec::new(), reply)).expect("a form");
    assert_eq!(view.saved.as_deref(), Some("Gesichert"));
    let shown = stage.until(|shown| shown.view.language == "de");
    assert_eq!(shown.view.labels.growth, "Wachstum");
    assert!(std::fs::read_to_string(file).expect("read").contains("limit = \"2 GB\""));
}

/// A newer version is found, and somebody wants it.
fn wanted(stage: &Stage) {
    stage.desk.ask(Request::Update(Step::Heard(Ok(Some("99.0.0".to_owned())))));
    stage.until(|shown| shown.view.update.offer.is_some());
    stage.desk.ask(Request::Update(Step::Wish(Wish::Install { version: "99.0.0".to_owned() })));
    let errand = stage.errands.recv_timeout(PATIENCE).expect("an errand");
    assert!(matches!(errand, Errand::Fetch(version) if version == "99.0.0"));
}

#[test]
fn the_feed_is_asked_at_a_click_or_once_a_week_when_that_was_switched_on_and_never_else() {
    let stage = Stage::set(&SystemClock);
    stage.desk.ask(Request::Attend(Attention::PanelOpen));
    stage.until(|shown| !shown.view.bundles.is_empty());
    // In turn, so that what is asked last is answered last.
    stage.ask(|reply| Request::Form(false, reply)).expect("a form");
    assert!(stage.errands.try_recv().is_err(), "nobody has agreed to anything");
    stage.desk.ask(Request::Update(Step::Wish(Wish::Ask)));
    assert!(matches!(stage.errands.recv_timeout(PATIENCE), Ok(Errand::Ask)));

    let stage = Stage::set_with(&SystemClock, "check_for_updates = true\n");
    assert!(matches!(stage.errands.recv_timeout(PATIENCE), Ok(Errand::Ask)));
    stage.desk.ask(Request::Update(Step::Heard(Err(Trouble::Unreachable("down".to_owned())))));
    stage.until(|shown| shown.view.update.ready && shown.view.update.sentence.contains("down"));
    for _ in 0..3 {
        stage.desk.ask(Request::Look);
    }
    stage.ask(|reply| Request::Form(false, reply)).expect("a form");
    assert!(stage.errands.try_recv().is_err(), "a feed that is down is not asked again");
}

#[test]
fn a_new_version_is_put_in_place_when_no_reclaim_can_run() {
    let stage = Stage::set(&SystemClock);
    let placed = Arc::new(AtomicUsize::new(0));
    let package = || -> Package {
        let placed = Arc::clone(&placed);
        Box::new(move || {
            placed.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    };
    wanted(&stage);
    let lock = stage.small.state.join("lock");
    let held = UnixDisk.claim(&lock).expect("a lock").expect("free");
    stage.desk.ask(Request::Update(Step::Fetched(Ok(package()))));
    stage.until(|shown| shown.view.update.sentence.contains("reclaim"));
    assert_eq!(placed.load(Ordering::Relaxed), 0);
    drop(held);
    wanted(&stage);
    stage.desk.ask(Request::Update(Step::Fetched(Ok(package()))));
    stage.until(|shown| shown.view.update.sentence == "Version 99.0.0 is in place.");
    assert_eq!(placed.load(Ordering::Relaxed), 1);
}
