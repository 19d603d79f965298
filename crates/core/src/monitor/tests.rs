//! When the monitor writes to disk.

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
