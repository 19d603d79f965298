//! When the monitor writes to disk, and what it does once.

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::adapters::{ProcessTable, UnixDisk};
use crate::ports::{Asker, Clock, Quiet};

struct Hands(Cell<i64>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.get()).expect("in range")
    }
    fn pause(&self, _time: Duration) {}
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

/// Two that carry out the same arming at once: one does it, the other is refused as busy and puts it back.
#[test]
fn an_arming_that_was_carried_out_and_put_back_is_not_carried_out_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("Claude/vm_bundles/claudevm.bundle");
    std::fs::create_dir_all(&bundle).expect("make the bundle");
    let leftover = bundle.join("rootfs.img.zst.partial");
    let begin = || {
        let file = std::fs::File::create(&leftover).expect("make");
        std::io::Write::write_all(&mut &file, &[7; 10_000]).expect("write");
        file.set_modified(std::time::UNIX_EPOCH).expect("date");
    };
    let clock = Hands(Cell::new(1_790_000_000));
    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &clock, progress: &Quiet, state: folder.path() };
    let store = Store::open(folder.path(), clock.now()).store;
    let mut monitor = Monitor::new(yard, vec![folder.path().join("Claude")], Settings::default(), store);
    let look = |monitor: &mut Monitor<'_>| {
        clock.0.set(clock.0.get() + 60);
        monitor.survey(Depth::Glance).2
    };
    let idle = Duration::from_secs(30);
    let arm = |monitor: &mut Monitor<'_>| {
        let measured = look(monitor).pop().expect("a bundle").measured;
        let plan = monitor.plan(&measured, Level::Leftovers, SourceCheck::Frames);
        monitor.arm(&measured, &plan, idle).expect("arm");
        let key = measured.key();
        (monitor.armed_for(&key).expect("armed"), key, look(monitor))
    };
    begin();
    let (armed, key, seen) = arm(&mut monitor);
    assert_eq!(monitor.unattended(&seen).len(), 1, "it is carried out");
    assert!(!leftover.exists());

    begin();
    let text = serde_json::to_string(&armed).expect("text");
    monitor.store.keep(&format!("armed:{key}"), &text).expect("put back");
    clock.0.set(clock.0.get() + 60);
    let seen = monitor.survey(Depth::Glance).2;
    assert!(monitor.unattended(&seen).is_empty());
    assert!(leftover.exists() && monitor.armed_for(&key).is_none());

    let (_, _, seen) = arm(&mut monitor);
    assert_eq!(monitor.unattended(&seen).len(), 1, "armed anew, it is carried out once more");
    assert!(!leftover.exists());
}
