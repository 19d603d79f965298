//! The store on real files.

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("in range")
}

fn sample(second: i64) -> Sample {
    Sample {
        at: at(second),
        allocated: Bytes(11_000_000_000 + second.unsigned_abs()),
        system: Bytes(9_000_000_000),
        session: Bytes(1_000_000_000),
        system_inode: 12_345_678,
        source_modified: 1_780_000_000,
        free: Bytes(40_000_000_000),
        total: Bytes(460_000_000_000),
        vm: Liveness::Running,
    }
}

fn keep_all(samples: &[Sample]) -> Vec<Sample> {
    samples.to_vec()
}

#[test]
fn samples_and_receipts_come_back_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path(), at(0)).store;
    store.record("/b", sample(1));
    store.record("/b", sample(2));
    store.record("/c", sample(3));
    store.flush(at(10), keep_all).expect("flush");
    store.add_receipt("r1", at(5), "{\"n\":1}").expect("receipt");
    store.add_receipt("r2", at(6), "{\"n\":2}").expect("receipt");
    store.add_receipt("r1", at(7), "{\"n\":3}").expect("receipt");
    drop(store);
    let store = Store::open(folder.path(), at(20)).store;
    assert_eq!(store.samples("/b", at(0)).expect("read"), [sample(1), sample(2)]);
    assert_eq!(store.samples("/b", at(2)).expect("read"), [sample(2)]);
    assert_eq!(store.receipts().expect("read"), ["{\"n\":2}", "{\"n\":1}"]);
}

#[test]
fn nothing_is_written_before_it_is_due() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path(), at(0)).store;
    let file = folder.path().join("history.sqlite");
    let before = std::fs::metadata(&file).expect("made").modified().expect("time");
    store.record("/b", sample(1));
    assert!(!store.flush_due(at(14 * 60)));
    assert!(store.flush_due(at(15 * 60)));
    assert!(store.flush_due(at(-1)), "a clock that went backwards");
    assert_eq!(store.samples("/b", at(0)).expect("read"), [sample(1)], "memory counts");
    assert_eq!(std::fs::metadata(&file).expect("still there").modified().expect("time"), before);
}

#[test]
fn a_damaged_history_is_set_aside_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("history.sqlite");
    std::fs::write(&file, vec![0x42; 8192]).expect("write");
    let opened = Store::open(folder.path(), at(0));
    let kept = opened.set_aside.expect("set aside");
    assert_eq!(std::fs::read(kept).expect("kept"), vec![0x42; 8192]);
    assert!(opened.memory_only.is_none());
}

#[test]
fn a_newer_history_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("history.sqlite");
    Connection::open(&file)
        .expect("open")
        .execute_batch("PRAGMA user_version = 99; CREATE TABLE x (y);")
        .expect("write");
    let before = std::fs::read(&file).expect("read");
    let opened = Store::open(folder.path(), at(0));
    assert!(opened.memory_only.expect("memory only").contains("newer"));
    assert_eq!(std::fs::read(&file).expect("read"), before);
}

#[test]
fn where_nothing_can_be_written_the_newest_samples_stay_in_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("history.sqlite")).expect("in the way");
    let Opened { mut store, memory_only, .. } = Store::open(folder.path(), at(0));
    assert!(memory_only.is_some());
    for second in 0..2_000 {
        store.record("/b", sample(second));
    }
    assert!(store.flush(at(3_000), keep_all).is_err());
    let samples = store.samples("/b", at(0)).expect("memory");
    assert_eq!(samples.len(), BATCH);
    assert_eq!(samples.last(), Some(&sample(1_999)));
}

#[test]
fn a_reader_reads_while_another_process_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut writer = Store::open(folder.path(), at(0)).store;
    writer.record("/b", sample(1));
    writer.flush(at(1), keep_all).expect("flush");
    let connection = writer.connection().expect("on disk");
    connection.execute_batch("BEGIN IMMEDIATE; DELETE FROM samples;").expect("a transaction under way");
    let reader = Store::open(folder.path(), at(2));
    assert!(reader.memory_only.is_none());
    assert_eq!(reader.store.samples("/b", at(0)).expect("read"), [sample(1)]);
    connection.execute_batch("ROLLBACK").expect("roll back");
}

#[test]
fn a_year_takes_less_than_a_megabyte() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path(), at(0)).store;
    let minute = |n: i64| sample(n * 60);
    let year: Vec<Sample> =
        (0..365 * 96).map(|quarter| minute(quarter * 15)).chain((0..1440).map(|m| minute(365 * 1440 + m))).collect();
    let now = year.last().expect("samples").at;
    for sample in crate::history::thin(&year, now) {
        store.batch.entry("/a/bundle".to_owned()).or_default().push(sample);
    }
    store.flush(now, keep_all).expect("flush");
    let size = std::fs::metadata(folder.path().join("history.sqlite")).expect("made").len();
    println!("a year of history takes {size} bytes");
    assert!(size <= 1_000_000, "{size}");
}
