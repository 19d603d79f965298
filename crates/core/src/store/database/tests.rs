//! Files that are damaged, foreign, from the future, or gone.

use std::fs;

use rusqlite::Connection;

use crate::bytes::Bytes;
use crate::sample::{GuestFree, Sample};
use crate::store::tests::{BUNDLE, at, begun, folder, keep_all, open, sample, seconds};
use crate::store::{Cause, FILE, Opened, Store, StoreError};

#[test]
fn a_corrupt_database_is_set_aside_and_every_one_is_kept() {
    let dir = folder();
    let file = dir.path().join(FILE);
    for (round, name) in ["history.sqlite.corrupt-1790000000", "history.sqlite.corrupt-1790000000.2"].iter().enumerate()
    {
        let rubbish = vec![0x42 + u8::try_from(round).expect("small"); 8_192];
        fs::write(&file, &rubbish).expect("write");
        let Opened { mut store, set_aside, memory_only } = Store::open(dir.path(), at(0));
        assert!(memory_only.is_none(), "{memory_only:?}");
        let kept = set_aside.expect("set aside");
        assert_eq!(kept, dir.path().join(name));
        assert_eq!(fs::read(&kept).expect("kept"), rubbish);
        store.record(BUNDLE, sample(1));
        store.flush(at(2), keep_all).expect("a new history was begun");
    }
}

/// Damages a history of a few hundred samples and expects it to be set aside unchanged.
fn damaged(damage: impl Fn(&mut Vec<u8>)) {
    let dir = folder();
    let mut store = open(dir.path());
    (0..500).for_each(|second| store.record(BUNDLE, sample(second)));
    store.flush(at(501), keep_all).expect("flush");
    drop(store);
    let file = dir.path().join(FILE);
    let mut content = fs::read(&file).expect("read");
    damage(&mut content);
    fs::write(&file, &content).expect("write");
    let opened = Store::open(dir.path(), at(600));
    let kept = opened.set_aside.expect("set aside");
    assert_eq!(fs::read(kept).expect("kept"), content);
    assert!(opened.memory_only.is_none());
    assert_eq!(seconds(&opened.store), [0; 0]);
}

#[test]
fn a_truncated_or_scribbled_database_is_set_aside() {
    damaged(|content| content.truncate(content.len() - 4_096));
    damaged(|content| content.truncate(5_000));
    damaged(|content| content.truncate(50));
    damaged(|content| content[8_192 * 2..8_192 * 2 + 2_000].fill(0xA5));
}

#[test]
fn a_database_of_another_shape_is_set_aside() {
    let other = |sql: &str| {
        let (dir, file) = begun();
        Connection::open(&file).expect("open").execute_batch(sql).expect("write");
        let opened = Store::open(dir.path(), at(0));
        assert!(opened.set_aside.is_some(), "{sql}: {opened:?}");
    };
    other("PRAGMA user_version = 0");
    other("PRAGMA user_version = -1");
    other("DROP TABLE upkeep");
    other("ALTER TABLE samples DROP COLUMN free");
    other("ALTER TABLE samples DROP COLUMN session_guest_free");
    other("PRAGMA user_version = 1; DROP TABLE samples");
}

#[test]
fn an_empty_file_becomes_a_history() {
    let dir = folder();
    fs::write(dir.path().join(FILE), b"").expect("write");
    let mut store = open(dir.path());
    store.record(BUNDLE, sample(1));
    store.flush(at(2), keep_all).expect("flush");
}

#[test]
fn a_newer_history_is_left_alone() {
    let (dir, file) = begun();
    Connection::open(&file)
        .expect("open")
        .execute_batch("PRAGMA user_version = 99; DROP TABLE samples;")
        .expect("write");
    let before = (fs::read(&file).expect("read"), file.metadata().expect("there").modified().expect("time"));
    let Opened { mut store, set_aside, memory_only } = Store::open(dir.path(), at(0));
    assert!(set_aside.is_none());
    let sentence = memory_only.expect("memory only").to_string();
    assert!(
        sentence.ends_with("history.sqlite: a newer Plimsoll wrote it (format 99, this one knows 2)"),
        "{sentence}"
    );
    store.record(BUNDLE, sample(1));
    assert!(matches!(store.flush(at(2), keep_all), Err(StoreError::Newer { found: 99, known: 2, .. })));
    assert_eq!(seconds(&store), [1]);
    assert_eq!((fs::read(&file).expect("read"), file.metadata().expect("there").modified().expect("time")), before);
}

/// A history as the first format had it, with one sample and one receipt.
const FORMAT_1: &str = "
    CREATE TABLE bundles (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE samples (
        bundle INTEGER NOT NULL, at INTEGER NOT NULL, allocated INTEGER NOT NULL, system INTEGER NOT NULL,
        session INTEGER NOT NULL, system_inode INTEGER NOT NULL, source_modified INTEGER NOT NULL,
        free INTEGER NOT NULL, total INTEGER NOT NULL, vm INTEGER NOT NULL,
        PRIMARY KEY (bundle, at)) STRICT, WITHOUT ROWID;
    CREATE TABLE receipts (id TEXT PRIMARY KEY, at INTEGER NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE upkeep (id INTEGER PRIMARY KEY CHECK (id = 1), thinned INTEGER NOT NULL) STRICT;
    INSERT INTO bundles VALUES (1, '/a');
    INSERT INTO samples VALUES (1, 1790000001000, 5, 4, 1, 7, 6, 3, 9, 1);
    INSERT INTO receipts VALUES ('r', 1790000001000, '{}');
    PRAGMA user_version = 1;";

#[test]
fn an_older_history_is_read_as_it_is_and_brought_forward_with_the_first_write() {
    let dir = folder();
    let file = dir.path().join(FILE);
    Connection::open(&file).expect("open").execute_batch(FORMAT_1).expect("write");
    let before = fs::read(&file).expect("read");
    let mut store = open(dir.path());
    let old = store.samples("/a", at(0)).expect("read");
    assert_eq!((old.len(), old[0].allocated, old[0].guest_free), (1, Bytes(5), GuestFree::default()));
    assert_eq!(fs::read(&file).expect("read"), before, "reading changes nothing");
    // Another process has it open since before.
    let other = open(dir.path());
    let new = Sample { guest_free: GuestFree { system: Some(Bytes(u64::MAX)), session: None }, ..sample(2) };
    store.record("/a", new.clone());
    store.flush(at(3), keep_all).expect("flush");
    for store in [store, other, open(dir.path())] {
        assert_eq!(store.samples("/a", at(0)).expect("read"), [old[0].clone(), new.clone()]);
        assert_eq!(store.receipts().expect("read"), ["{}"]);
    }
}

#[test]
fn an_older_history_that_cannot_be_written_is_still_shown() {
    let dir = folder();
    let file = dir.path().join(FILE);
    let connection = Connection::open(&file).expect("open");
    connection.execute_batch(FORMAT_1).expect("write");
    // Somebody else writes for as long as this looks: nothing here may need to.
    connection.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
    let mut store = open(dir.path());
    assert_eq!(store.samples("/a", at(0)).expect("read").len(), 1);
    assert_eq!(store.receipts().expect("read"), ["{}"]);
    store.record("/a", sample(2));
    store.flush(at(3), keep_all).expect_err("one writer at a time");
    assert_eq!(store.samples("/a", at(0)).expect("read").len(), 2);
}

#[test]
fn a_file_moved_away_while_open_is_begun_anew() {
    let (dir, file) = begun();
    let mut store = open(dir.path());
    fs::rename(&file, dir.path().join("away")).expect("move");
    store.record(BUNDLE, sample(5));
    let refused = store.flush(at(6), keep_all).expect_err("not into a file that nobody will find");
    assert!(matches!(refused, StoreError::Database { cause: Cause::Moved, .. }), "{refused}");
    store.flush(at(7), keep_all).expect("a new one");
    assert_eq!(seconds(&open(dir.path())), [5]);
}
