//! The store on real files: what is kept, merged, thinned, shared between processes.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::bytes::Bytes;
use crate::sample::GuestFree;
use crate::vm::Liveness;

pub(super) const BUNDLE: &str = "/Users/somebody/Library/Application Support/Claude/vm_bundles/claudevm.bundle";

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("in range")
}

pub(super) fn sample(second: i64) -> Sample {
    Sample {
        at: at(second),
        allocated: Bytes(11_000_000_000 + second.unsigned_abs()),
        system: Bytes(9_000_000_000),
        session: Bytes(1_000_000_000),
        system_inode: u64::MAX - 7,
        source_modified: 1_780_000_000,
        free: Bytes(40_123_456_789),
        total: Bytes(994_662_584_320),
        vm: Liveness::Running,
        guest_free: GuestFree::default(),
    }
}

pub(super) fn keep_all(samples: &[Sample]) -> Vec<Sample> {
    samples.to_vec()
}

pub(super) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(super) fn open(dir: &Path) -> Store {
    let opened = Store::open(dir, at(0));
    assert!(opened.memory_only.is_none() && opened.set_aside.is_none(), "{opened:?}");
    opened.store
}

/// A folder whose history holds one flushed sample.
pub(super) fn begun() -> (TempDir, PathBuf) {
    let dir = folder();
    let mut store = open(dir.path());
    store.record(BUNDLE, sample(1));
    store.flush(at(2), keep_all).expect("flush");
    let file = dir.path().join(FILE);
    (dir, file)
}

pub(super) fn seconds(store: &Store) -> Vec<i64> {
    let samples = store.samples(BUNDLE, at(-1)).expect("read");
    samples.iter().map(|sample| sample.at.as_second() - at(0).as_second()).collect()
}

#[test]
fn samples_and_receipts_come_back_after_a_restart() {
    let dir = folder();
    let mut store = open(&dir.path().join("made/on/demand"));
    store.record(BUNDLE, sample(2));
    store.record(BUNDLE, sample(1));
    store.record("/other", sample(3));
    store.flush(at(10), keep_all).expect("flush");
    store.add_receipt("r1", at(5), "{\"n\":1}").expect("receipt");
    store.add_receipt("r2", at(6), "{\"n\":2}").expect("receipt");
    store.add_receipt("r1", at(7), "{\"n\":3}").expect("receipt");
    drop(store);
    let store = open(&dir.path().join("made/on/demand"));
    assert_eq!(store.samples(BUNDLE, at(0)).expect("read"), [sample(1), sample(2)]);
    assert_eq!(store.samples(BUNDLE, at(2)).expect("read"), [sample(2)]);
    assert_eq!(store.samples("/absent", at(0)).expect("read"), []);
    assert_eq!(store.bundles().expect("read"), [BUNDLE, "/other"]);
    assert_eq!(store.receipts().expect("read"), ["{\"n\":2}", "{\"n\":1}"]);
    let mode = dir.path().join("made").metadata().expect("made").mode();
    assert_eq!(mode & 0o077, 0, "only its owner may look into the folder");
}

#[test]
fn history_and_its_journal_are_their_owners_alone() {
    let (dir, _) = begun();
    let mode = |name: &str| dir.path().join(name).metadata().expect("it is there").mode() & 0o777;
    assert_eq!(mode("history.sqlite"), 0o600);
    assert_eq!(mode("history.sqlite-journal"), 0o600);
}

#[test]
fn memory_and_disk_are_one_history() {
    let dir = folder();
    let mut store = open(dir.path());
    store.record(BUNDLE, sample(1));
    store.record(BUNDLE, sample(3));
    store.flush(at(4), keep_all).expect("flush");
    let later = Sample { vm: Liveness::Stopped, ..sample(3) };
    store.record(BUNDLE, later.clone());
    store.record(BUNDLE, sample(2));
    store.record("/new", sample(9));
    let merged = [sample(1), sample(2), later];
    assert_eq!(store.samples(BUNDLE, at(0)).expect("read"), merged);
    assert_eq!(store.bundles().expect("read"), [BUNDLE, "/new"]);
    store.flush(at(5), keep_all).expect("flush");
    assert_eq!(store.samples(BUNDLE, at(0)).expect("read"), merged);
}

#[test]
fn a_sample_reads_the_same_from_memory_and_from_disk() {
    let dir = folder();
    let mut store = open(dir.path());
    let nanosecond = Timestamp::new(1_790_000_001, 123_456_789).expect("in range");
    for (bundle, vm) in [("/a", Liveness::Stopped), ("/b", Liveness::Running), ("/c", Liveness::Unknown)] {
        let guest_free = GuestFree { system: Some(Bytes(u64::MAX)), session: Some(Bytes::ZERO) };
        let extreme = Sample { allocated: Bytes(u64::MAX), source_modified: i64::MIN, vm, guest_free, ..sample(0) };
        let extreme = Sample { at: nanosecond, ..extreme };
        store.record(bundle, extreme);
        let in_memory = store.samples(bundle, nanosecond).expect("read");
        store.flush(at(1), keep_all).expect("flush");
        assert_eq!(in_memory.len(), 1);
        assert_eq!(store.samples(bundle, nanosecond).expect("read"), in_memory);
    }
}

#[test]
fn nothing_is_written_while_nothing_is_due() {
    let (dir, file) = begun();
    let facts = || {
        let facts = file.metadata().expect("there");
        (facts.ino(), facts.len(), facts.modified().expect("time"), facts.ctime_nsec())
    };
    let names = || fs::read_dir(dir.path()).expect("list").count();
    let before = (facts(), names());
    let mut store = open(dir.path());
    assert!(!store.flush_due(at(86_400)), "nothing waits");
    store.flush(at(86_400), keep_all).expect("nothing to do");
    store.record(BUNDLE, sample(86_401));
    assert!(!store.flush_due(at(86_400 + 899)));
    assert!(store.flush_due(at(86_400 + 900)));
    assert!(store.flush_due(at(86_400 - 900)), "a clock that was set back");
    assert_eq!(seconds(&store), [1, 86_401]);
    drop(store);
    assert_eq!((facts(), names()), before);
}

#[test]
fn thinning_is_done_once_a_day_for_every_bundle_even_across_restarts() {
    let (dir, _) = begun();
    let newest = |samples: &[Sample]| samples.iter().max_by_key(|sample| sample.at).cloned().into_iter().collect();
    let write = |second: i64| {
        let mut store = open(dir.path());
        store.record("/other", sample(second));
        store.flush(at(second), newest).expect("flush");
        (seconds(&store).len(), store.samples("/other", at(-1)).expect("read").len())
    };
    assert_eq!(write(10), (1, 1));
    assert_eq!(write(20), (1, 2), "thinned at second 2 already");
    assert_eq!(write(2 + 86_400), (1, 1));
    assert_eq!(write(3 + 86_400), (1, 2));
    assert_eq!(write(1), (1, 1), "a clock that was a day ahead");
}

#[test]
fn a_reader_reads_while_another_process_writes() {
    let (dir, file) = begun();
    let mut reader = open(dir.path());
    let writer = Connection::open(&file).expect("open");
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM samples;").expect("a transaction under way");
    assert_eq!(seconds(&reader), [1]);
    assert_eq!(seconds(&open(dir.path())), [1], "opening does not wait either");
    reader.record(BUNDLE, sample(2));
    let refused = reader.flush(at(3), keep_all).expect_err("one writer at a time");
    assert!(matches!(refused, StoreError::Database { cause: Cause::Busy, .. }), "{refused}");
    assert_eq!(seconds(&reader), [1, 2], "the batch still waits");
    writer.execute_batch("COMMIT").expect("no reader is in the way");
    reader.flush(at(4), keep_all).expect("its turn");
    assert_eq!(seconds(&reader), [2]);
}

#[test]
fn two_stores_may_begin_and_write_one_history() {
    let dir = folder();
    let threads: Vec<_> = (0..4)
        .map(|writer| {
            let path = dir.path().to_path_buf();
            std::thread::spawn(move || {
                let mut store = open(&path);
                for round in 0..5 {
                    store.record(BUNDLE, sample(round * 4 + writer));
                    store.flush(at(100), keep_all).expect("flush");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert_eq!(seconds(&open(dir.path())), (0..20).collect::<Vec<_>>());
}

#[test]
fn memory_is_bounded_and_keeps_the_newest() {
    let dir = folder();
    fs::create_dir(dir.path().join(FILE)).expect("in the way");
    let mut store = Store::open(dir.path(), at(0)).store;
    let many = i64::try_from(batch::MOST_SAMPLES).expect("small");
    for second in 0..many + 10 {
        store.record(BUNDLE, sample(second));
    }
    store.flush(at(many), keep_all).expect_err("nowhere to write");
    assert_eq!(seconds(&store), (10..many + 10).collect::<Vec<_>>());
}

#[test]
fn a_year_takes_less_than_a_megabyte() {
    let dir = folder();
    let mut store = open(dir.path());
    let mut now = at(0);
    let quarters = (0..364 * 96).map(|quarter| quarter * 15 * 60);
    let minutes = (0..24 * 60).map(|minute| (364 * 24 * 60 + minute) * 60);
    for (index, second) in quarters.chain(minutes).enumerate() {
        now = at(second);
        let size = Bytes(9_000_000_000 + 4_096 * (second.unsigned_abs() % 100_000));
        store.record(BUNDLE, Sample { allocated: size, system: size, session: size, free: size, ..sample(second) });
        if index % 96 == 0 {
            store.flush(now, |samples| crate::history::thin(samples, now)).expect("flush");
        }
    }
    store.flush(now, keep_all).expect("flush");
    let size = dir.path().join(FILE).metadata().expect("there").len();
    let rows = seconds(&store).len();
    println!("a year is {rows} samples in {size} bytes");
    assert!(rows > 4_000 && size <= 1_000_000, "{rows} samples in {size} bytes");
}
