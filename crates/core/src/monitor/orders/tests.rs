//! What is done by itself, on a small bundle under a clock that only the test moves.

use std::cell::{Cell, RefCell};

use super::super::tests::{Hands, monitor};
use super::*;
use crate::adapters::{ProcessTable, UnixDisk};
use crate::measure::Depth;
use crate::ports::{Asker, Progress, Quiet};
use crate::reclaim::Yard;
use crate::reclaim::plan::{Action, Later};
use crate::reclaim::report::StepDone;

/// A leftover that is armed, under a clock that only the test moves, with whoever wishes to stop.
fn armed(progress: &dyn Progress, test: impl FnOnce(&mut Scene<'_>)) {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("Claude/vm_bundles/claudevm.bundle");
    std::fs::create_dir_all(&bundle).expect("make the bundle");
    let clock = Hands(Cell::new(1_790_000_000));
    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &clock, progress, state: folder.path() };
    let leftover = bundle.join("rootfs.img.zst.partial");
    test(&mut Scene { yard, clock: &clock, monitor: monitor(yard), leftover });
}

struct Scene<'a> {
    yard: Yard<'a>,
    clock: &'a Hands,
    monitor: Monitor<'a>,
    leftover: PathBuf,
}

impl Scene<'_> {
    fn begin(&self) {
        let file = std::fs::File::create(&self.leftover).expect("make");
        std::io::Write::write_all(&mut &file, &[7; 10_000]).expect("write");
        file.set_modified(std::time::UNIX_EPOCH).expect("date");
    }

    /// A minute later.
    fn look(&mut self) -> Vec<Prospect> {
        self.clock.0.set(self.clock.0.get() + 60);
        self.monitor.survey(Depth::Glance).2
    }

    /// Arms it, and gives what was armed.
    fn arm(&mut self) -> Armed {
        let measured = self.look().pop().expect("a bundle").measured;
        let plan = self.monitor.plan(&measured, Level::Leftovers, SourceCheck::Frames);
        self.monitor.arm(&measured, &plan, Duration::from_secs(30)).expect("arm");
        self.monitor.armed_for(&measured.key()).expect("armed")
    }

    fn unattended(&mut self) -> Vec<Deed> {
        let seen = self.look();
        self.monitor.unattended(&seen)
    }

    fn is_armed(&mut self) -> bool {
        !self.monitor.armed().is_empty()
    }
}

/// Two that carry out the same arming at once: one does it, the other is refused as busy and puts it back.
#[test]
fn an_arming_that_was_carried_out_and_put_back_is_not_carried_out_again() {
    armed(&Quiet, |scene| {
        scene.begin();
        let order = scene.arm();
        assert_eq!(scene.unattended().len(), 1, "it is carried out");
        assert!(!scene.leftover.exists());

        scene.begin();
        let text = serde_json::to_string(&order).expect("text");
        scene.monitor.store.keep(&format!("armed:{}", order.bundle), &text).expect("put back");
        assert!(scene.unattended().is_empty());
        assert!(scene.leftover.exists() && !scene.is_armed());

        scene.arm();
        assert_eq!(scene.unattended().len(), 1, "armed anew, it is carried out once more");
        assert!(!scene.leftover.exists());
    });
}

#[test]
fn what_somebody_has_done_by_hand_since_is_not_done_again_by_itself() {
    armed(&Quiet, |scene| {
        scene.begin();
        scene.arm();
        let measured = scene.look().pop().expect("a bundle").measured;
        let plan = scene.monitor.plan(&measured, Level::Leftovers, SourceCheck::Frames);
        let report = scene.monitor.reclaim(&measured.bundle, plan.level, &plan.fingerprint, SourceCheck::Frames);
        assert!(report.receipt.is_some() && !scene.leftover.exists(), "{report:?}");
        // The same file, with what somebody wants by now.
        scene.begin();
        assert!(scene.unattended().is_empty());
        assert!(scene.leftover.exists() && !scene.is_armed());
    });
}

#[test]
fn quiet_from_before_it_was_armed_does_not_count() {
    armed(&Quiet, |scene| {
        scene.begin();
        scene.look();
        scene.arm();
        // Looked at right away, though it has been quiet for two minutes.
        let seen = scene.monitor.survey(Depth::Glance).2;
        assert!(scene.monitor.unattended(&seen).is_empty() && scene.is_armed());
        assert_eq!(scene.unattended().len(), 1, "a minute later it is carried out");
    });
}

#[test]
fn nothing_is_done_by_itself_while_nobody_knows_what_was_done_before() {
    armed(&Quiet, |scene| {
        scene.begin();
        scene.arm();
        let seen = scene.look();
        let file = rusqlite::Connection::open(scene.monitor.store.path()).expect("open");
        file.execute_batch("ALTER TABLE receipts RENAME TO elsewhere").expect("hide the receipts");
        assert!(scene.monitor.unattended(&seen).is_empty());
        assert!(scene.leftover.exists() && scene.is_armed());
        file.execute_batch("ALTER TABLE elsewhere RENAME TO receipts").expect("bring them back");
        assert_eq!(scene.unattended().len(), 1);
    });
}

#[test]
fn nothing_is_done_by_itself_beside_a_history_of_a_newer_version() {
    armed(&Quiet, |scene| {
        scene.look();
        let file = rusqlite::Connection::open(scene.monitor.store.path()).expect("open");
        file.pragma_update(None, "user_version", 999).expect("make it newer");
        scene.monitor = monitor(scene.yard);
        scene.begin();
        let measured = scene.look().pop().expect("a bundle").measured;
        let plan = scene.monitor.plan(&measured, Level::Leftovers, SourceCheck::Frames);
        scene.monitor.arm(&measured, &plan, Duration::from_secs(30)).expect_err("it waits in memory");
        assert!(scene.unattended().is_empty());
        assert!(scene.leftover.exists() && scene.is_armed());
    });
}

/// What happens while a run asks whether it is to stop, at its first, second, … question; the answer is what that gives.
#[derive(Default)]
struct Meanwhile {
    asked: Cell<usize>,
    happens: RefCell<Vec<Box<dyn Fn() -> bool>>>,
    ends: Cell<bool>,
    withdrawn: Cell<bool>,
}

impl Progress for Meanwhile {
    fn advanced(&self, _what: &str, _done: Bytes, _total: Bytes) {}

    fn cancelled(&self) -> bool {
        self.asked.set(self.asked.get() + 1);
        self.happens.borrow().get(self.asked.get() - 1).is_some_and(|happens| happens())
    }

    fn ends(&self) -> bool {
        self.ends.get()
    }

    fn withdrawn(&self) -> bool {
        self.withdrawn.get()
    }
}

#[test]
fn a_wish_to_stop_before_the_run_keeps_the_arming_and_one_during_it_takes_it_back() {
    let stops = Meanwhile::default();
    // Before the first run; during the second.
    stops.happens.replace(vec![Box::new(|| true), Box::new(|| false), Box::new(|| true)]);
    armed(&stops, |scene| {
        scene.begin();
        scene.arm();
        assert!(scene.unattended().is_empty());
        assert!(scene.leftover.exists() && scene.is_armed(), "it had not begun");
        let deeds = scene.unattended();
        let act = deeds.first().map(|deed| deed.act);
        assert_eq!(act, Some(Act::Disarm(Reason::Stopped)), "it is said");
        assert!(scene.leftover.exists() && !scene.is_armed());
        assert!(scene.unattended().is_empty() && scene.leftover.exists(), "and not begun again");
    });
}

#[test]
fn who_quits_during_a_run_has_not_changed_their_mind() {
    let quits = Meanwhile::default();
    quits.happens.replace(vec![Box::new(|| false), Box::new(|| true)]);
    quits.ends.set(true);
    armed(&quits, |scene| {
        scene.begin();
        scene.arm();
        assert!(scene.unattended().is_empty());
        assert!(scene.leftover.exists() && scene.is_armed(), "it is for the next start");
        assert_eq!(scene.unattended().len(), 1);
    });
}

#[test]
fn nothing_is_begun_before_what_was_taken_back_is_heeded() {
    let click = Meanwhile::default();
    armed(&click, |scene| {
        scene.begin();
        scene.arm();
        click.withdrawn.set(true);
        assert!(scene.unattended().is_empty());
        assert!(scene.leftover.exists() && scene.is_armed());
        // It was about another bundle.
        click.withdrawn.set(false);
        assert_eq!(scene.unattended().len(), 1);
    });
}

#[test]
fn what_is_refused_is_put_back_unless_somebody_has_disarmed_it_meanwhile() {
    for disarmed in [false, true] {
        let meanwhile = Meanwhile::default();
        armed(&meanwhile, |scene| {
            scene.begin();
            let order = scene.arm();
            let (state, leftover) = (scene.yard.state.to_path_buf(), scene.leftover.clone());
            let at_work = move || {
                // Its facts change, so that the run is refused.
                let mut file = std::fs::File::options().append(true).open(&leftover).expect("open");
                std::io::Write::write_all(&mut file, &[8; 100]).expect("write");
                if disarmed {
                    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
                    let clock = Hands(Cell::new(1_790_000_000));
                    let yard = Yard { asker, clock: &clock, progress: &Quiet, state: &state };
                    let taken = monitor(yard).disarm(&order.bundle).expect("disarm");
                    assert_eq!(taken.as_ref(), Some(&order), "it is said to be armed");
                }
                false
            };
            meanwhile.happens.replace(vec![Box::new(|| false), Box::new(at_work)]);
            assert!(scene.unattended().is_empty());
            assert_eq!(meanwhile.asked.get(), 2);
            assert!(scene.leftover.exists());
            assert_eq!(scene.is_armed(), !disarmed);
        });
    }
}

#[test]
fn a_run_spends_what_it_has_done_and_nothing_else() {
    use Level::{Compact, Leftovers, Rebuild, Reset};
    let now = Timestamp::from_second(1_790_000_000).expect("a time");
    let hours = |hours| now + SignedDuration::from_hours(hours);
    let (system, session) = (SYSTEM_IMAGE, bundle::SESSION_IMAGE);
    for (what, done, name, at, armed, spent) in [
        ("the same", Some(Rebuild), system, 0, Rebuild, true),
        ("more", Some(Reset), session, 0, Rebuild, true),
        ("more than compacting", Some(Rebuild), system, 0, Compact, true),
        ("less", Some(Compact), system, 0, Rebuild, false),
        ("a rebuild leaves what is dead", Some(Rebuild), system, 0, Leftovers, false),
        ("what is dead", Some(Leftovers), "rootfs.vhdx", 0, Leftovers, true),
        ("the other disk", Some(Compact), session, 0, Compact, false),
        ("this disk", Some(Compact), system, 0, Compact, true),
        ("a copy came back", None, session, 0, Leftovers, false),
        ("before it was armed", Some(Rebuild), system, -2, Rebuild, false),
        ("by a clock that was ahead", Some(Rebuild), system, 2, Rebuild, false),
    ] {
        let path = PathBuf::from("/c/claudevm.bundle").join(name);
        let step = StepDone { action: Action::Remove, path, freed_bytes: Bytes::giga(1) };
        let receipt = Receipt {
            id: "1".to_owned(),
            at: hours(at),
            level: done,
            bundle: "/c/claudevm.bundle".into(),
            freed_bytes: Bytes::giga(1),
            steps: vec![step],
            volume_free_before_bytes: Bytes::ZERO,
            volume_free_after_bytes: Bytes::ZERO,
            later: Later::default(),
            set_aside: None,
            recovered: false,
            reason: Why::Asked,
            suspects: Vec::new(),
            start: None,
            sequel: None,
        };
        let idle = Duration::from_mins(2);
        let bundle = "/c/claudevm.bundle".to_owned();
        let armed = Armed { bundle, level: armed, said: Loss::default(), idle, at: hours(-1) };
        assert_eq!(is_spent(&armed, &[receipt], now), spent, "{what}");
    }
}
