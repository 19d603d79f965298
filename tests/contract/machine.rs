//! The port `Machine`: nothing is asserted of the machine but what must be so on every one.

use std::path::Path;
use std::time::{Duration, Instant};

use plimsoll_core::adapters::{ThisMachine, UnixDisk};
use plimsoll_core::ports::Disk;
use plimsoll_core::ports::machine::{LocalSnapshots, Machine};

use crate::Place;

#[test]
fn power_is_the_same_to_whoever_asks_twice() {
    // Somebody who pulls the plug in between fails this once.
    assert_eq!(ThisMachine.power(), ThisMachine.power());
}

#[test]
fn snapshots_are_answered_in_time_or_said_to_be_unknown() {
    let start = Instant::now();
    let snapshots = ThisMachine.local_snapshots(Path::new("/"));
    assert!(start.elapsed() < Duration::from_secs(30), "it is bounded");
    assert_eq!(snapshots == LocalSnapshots::NotAsked, cfg!(target_os = "linux"), "{snapshots:?}");
    if let LocalSnapshots::Named(names) = snapshots {
        assert!(names.iter().all(|name| !name.contains(char::is_whitespace)), "{names:?}");
    }
    let nowhere = ThisMachine.local_snapshots(Path::new("/nowhere/at/all"));
    assert!(!matches!(nowhere, LocalSnapshots::Named(ref names) if !names.is_empty()), "{nowhere:?}");
}

#[test]
fn what_is_free_when_purged_is_no_less_than_half_of_what_is_free_and_no_more_than_there_is() {
    let place = Place::new();
    let free = ThisMachine.free_when_purged(place.folder.path());
    assert_eq!(free.is_some(), cfg!(target_os = "macos"));
    if let Some(free) = free {
        let volume = UnixDisk.volume(place.folder.path()).expect("volume");
        // Not free to the byte: the system keeps some for itself.
        assert!(free.0 >= volume.free.0 / 2 && free <= volume.total, "{free} and {volume:?}");
    }
    assert_eq!(ThisMachine.free_when_purged(Path::new("/nowhere/at/all")), None);
}
