//! When the monitor writes to disk, what it sees of others, and what stands half-way. Not here: what it does by itself.

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::adapters::{ProcessTable, UnixDisk};
use crate::ports::sessions::Session;
use crate::ports::{Asker, Clock, Quiet};

pub(super) struct Hands(pub(super) Cell<i64>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.get()).expect("in range")
    }
    fn pause(&self, _time: Duration) {}
}

/// A bundle without a VM, under a clock that only the test moves.
fn still(test: impl FnOnce(Yard<'_>, &std::path::Path, &Hands)) {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("Claude/vm_bundles/claudevm.bundle");
    std::fs::create_dir_all(&bundle).expect("make the bundle");
    let clock = Hands(Cell::new(1_790_000_000));
    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
    test(Yard { asker, clock: &clock, progress: &Quiet, state: folder.path() }, &bundle, &clock);
}

pub(super) fn monitor(yard: Yard<'_>) -> Monitor<'_> {
    let store = Store::open(yard.state, yard.clock.now()).store;
    Monitor::new(yard, vec![yard.state.join("Claude")], Settings::default(), store)
}

#[test]
fn what_another_process_arms_is_seen_without_a_look_and_told_once() {
    still(|yard, bundle, _| {
        std::fs::write(bundle.join("rootfs.vhdx"), [7; 10_000]).expect("write");
        let (mut app, mut other) = (monitor(yard), monitor(yard));
        let (_, _, prospects) = other.survey(Depth::Glance);
        let (measured, plan) = (&prospects[0].measured, &prospects[0].plans[0]);
        app.sample(Depth::Glance);
        assert!(!app.armed_elsewhere() && !app.armed_elsewhere(), "nothing is armed");
        other.arm(measured, plan, Duration::from_mins(2)).expect("arm");
        assert!(app.armed_elsewhere());
        let (snapshot, _) = app.sample(Depth::Glance);
        assert_eq!((snapshot.armed.len(), app.armed_elsewhere()), (1, false));
        other.disarm(&measured.key()).expect("disarm");
        assert!(app.armed_elsewhere());
        app.sample(Depth::Glance);
        // Written to, though not about that.
        other.flush().and_then(|()| other.store.keep("else", "text")).expect("write");
        assert!(!app.armed_elsewhere());
    });
}

#[test]
fn a_folder_of_downloads_is_as_old_as_the_youngest_file_in_it() {
    still(|yard, bundle, clock| {
        let folder = bundle.join(".wvm-tmp-a1");
        std::fs::create_dir_all(folder.join("deeper")).expect("make");
        let file = folder.join("deeper/rootfs.img.zst");
        let at = |seconds: i64| {
            let now = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(clock.0.get().unsigned_abs());
            now - Duration::from_secs(seconds.unsigned_abs())
        };
        let date = |path: &std::path::Path, seconds| {
            std::fs::File::open(path).and_then(|file| file.set_modified(at(seconds))).expect("date");
        };
        std::fs::write(&file, [7; 10_000]).expect("write");
        for (file_age, folder_age, stuck) in [(60, 7_200, false), (7_200, 7_200, true)] {
            date(&file, file_age);
            date(&folder.join("deeper"), folder_age);
            date(&folder, folder_age);
            let alerts = monitor(yard).sample(Depth::Glance).0.alerts;
            let found = alerts.iter().find_map(|alert| match &alert.facts {
                crate::alert::Facts::PartialStuck { name, allocated, .. } => {
                    Some((name.as_str(), allocated.0 >= 10_000))
                }
                _ => None,
            });
            assert_eq!(found, stuck.then_some((".wvm-tmp-a1", true)), "{file_age} s");
        }
    });
}

#[test]
fn the_first_sample_is_kept_at_once_and_the_next_ones_a_quarter_of_an_hour_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("Claude/vm_bundles/claudevm.bundle");
    std::fs::create_dir_all(&bundle).expect("make the bundle");
    let image = bundle.join("rootfs.img");
    let clock = Hands(Cell::new(1_790_000_000));
    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &clock, progress: &Quiet, state: folder.path() };
    let store = Store::open(folder.path(), clock.now()).store;
    let mut monitor = Monitor::new(yard, vec![folder.path().join("Claude")], Settings::default(), store);
    let mut grown = Vec::new();
    for _ in 0..4 {
        // News each time.
        grown.extend([7; 10_000]);
        std::fs::write(&image, &grown).expect("grow the image");
        monitor.sample(Depth::Glance);
        let other = Store::open(folder.path(), clock.now()).store;
        let key = std::fs::canonicalize(&bundle).expect("resolve").to_string_lossy().into_owned();
        let kept = other.samples(&key, Timestamp::UNIX_EPOCH).expect("read").len();
        let expected = if clock.0.get() < 1_790_000_000 + 900 { 1 } else { 4 };
        assert_eq!(kept, expected, "after {} s", clock.0.get() - 1_790_000_000);
        clock.0.set(clock.0.get() + 300);
    }
}

/// One session with a sign at a time, and how often it was looked for.
struct One(Timestamp, Cell<u32>);

impl Sessions for One {
    fn list(&self, _root: &Path) -> Listing {
        self.1.set(self.1.get() + 1);
        let session = Session { folder: "local_3f2a9c1e-88b1".to_owned(), signs: vec![self.0] };
        Listing { sessions: vec![session], gaps: Vec::new() }
    }
}

#[test]
fn sessions_are_looked_for_when_a_burst_is_told_or_somebody_looks_and_never_by_watching_alone() {
    const BEGIN: i64 = 1_790_000_000;
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("Claude/vm_bundles/claudevm.bundle");
    std::fs::create_dir_all(&bundle).expect("make the bundle");
    let clock = Hands(Cell::new(BEGIN));
    let sessions = One(Timestamp::from_second(BEGIN + 3_800).expect("in range"), Cell::new(0));
    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &clock, progress: &Quiet, state: folder.path() };
    let store = Store::open(folder.path(), clock.now()).store;
    let limits = crate::alert::Limits { burst: crate::bytes::Bytes::mega(1), ..crate::alert::Limits::default() };
    let settings = Settings { alerts: limits, ..Settings::default() };
    let mut monitor = Monitor::new(yard, vec![folder.path().join("Claude")], settings, store).beside(&sessions);
    monitor.tell(Teller::App, jiff::tz::TimeZone::UTC);
    // What is made of it: how often sessions were looked for, and what is said of the burst.
    let mut look = |second: i64, megabytes: usize, depth| {
        let image = bundle.join("rootfs.img");
        if std::fs::metadata(&image).map_or(0, |facts| facts.len()) != (megabytes << 20) as u64 {
            std::fs::write(image, vec![7; megabytes << 20]).expect("grow the image");
        }
        clock.0.set(BEGIN + second);
        let (snapshot, _) = monitor.sample(depth);
        let is_burst = |alert: &&crate::snapshot::AlertView| alert.matter == crate::alert::Matter::Burst;
        let said = |alerts: &[crate::snapshot::AlertView]| alerts.iter().find(is_burst).map(|it| it.sentence.clone());
        let looked = snapshot.bundles[0].attribution.is_some();
        (sessions.1.get(), said(&snapshot.alerts), said(&monitor.fresh_alerts()), looked)
    };
    assert_eq!(look(0, 1, Depth::Glance), (0, None, None, false));
    assert_eq!(look(3_700, 1, Depth::Thorough), (0, None, None, true), "nothing grew");
    let (calls, stands, told, looked) = look(3_900, 130, Depth::Glance);
    assert_eq!((calls, &stands, looked), (1, &told, false));
    let told = told.expect("a burst");
    assert!(told.contains("while session 3f2a9c1e was active"), "{told}");
    // It stands as it was told, without another look.
    assert_eq!(look(4_000, 130, Depth::Glance), (1, Some(told), None, false));
    let (calls, stands, _, looked) = look(4_100, 130, Depth::Thorough);
    assert!(calls == 2 && looked && stands.is_some_and(|said| said.contains("3f2a9c1e")));
    assert_eq!(look(4_110, 130, Depth::Thorough).0, 2, "an open panel looks every few seconds, and lists every minute");
}

#[test]
fn what_was_never_said_is_said_by_the_next_one() {
    still(|yard, bundle, clock| {
        let folder = bundle.join(".wvm-tmp-a1");
        std::fs::create_dir_all(&folder).expect("make");
        let file = std::fs::File::create(folder.join("rootfs.img.zst")).expect("make");
        file.set_modified(std::time::UNIX_EPOCH).expect("date");
        for path in [&folder, &bundle.to_path_buf()] {
            std::fs::File::open(path).and_then(|file| file.set_modified(std::time::UNIX_EPOCH)).expect("date");
        }
        let begin = || {
            let mut monitor = monitor(yard);
            monitor.tell(Teller::App, jiff::tz::TimeZone::UTC);
            clock.0.set(clock.0.get() + 60);
            monitor.sample(Depth::Glance);
            monitor
        };
        // It ends before it has said anything.
        drop(begin());
        assert_eq!(begin().fresh_alerts().len(), 1);
        assert!(begin().fresh_alerts().is_empty(), "said once");
    });
}

#[test]
fn what_is_not_there_any_more_does_not_stand_at_the_first_look_of_the_next_one() {
    still(|yard, bundle, clock| {
        let folder = bundle.join(".wvm-tmp-a1");
        std::fs::create_dir_all(&folder).expect("make");
        std::fs::File::open(&folder).and_then(|file| file.set_modified(std::time::UNIX_EPOCH)).expect("date");
        let look = || {
            let mut monitor = monitor(yard);
            monitor.tell(Teller::App, jiff::tz::TimeZone::UTC);
            clock.0.set(clock.0.get() + 60);
            let standing = monitor.sample(Depth::Glance).0.alerts.len();
            monitor.fresh_alerts();
            standing
        };
        assert_eq!(look(), 1);
        // The whole root is on a disk that is gone.
        std::fs::rename(yard.state.join("Claude"), yard.state.join("away")).expect("unplug");
        assert_eq!(look(), 0);
    });
}
