//! The parsers of hostile bytes, for the fuzz targets in `fuzz/` and for nobody else.
//!
//! Not here: the targets. Each function panics if what is promised of a parser does not hold.

use crate::ext4::Ext4;
use crate::source::{Source, Window};
use crate::{journal, table};

/// Reads a partition table and looks at what it divides.
///
/// # Panics
///
/// If partitions that are not left alone overlap, or end after the image.
pub fn table(image: &[u8]) {
    let _ = table::not_raw(&image);
    let Ok(table) = table::read(&image) else { return };
    let mut taken = table.own.clone();
    for slot in &table.slots {
        let window = Window::new(&image, slot.start, slot.length);
        let _ = table::identify(&window);
        if table.note.is_none() {
            let range = slot.start..slot.start + slot.length;
            assert!(range.end <= image.len() as u64 && !taken.overlaps(range.clone()), "{table:?}");
            taken.insert(range);
        }
    }
}

/// Opens a file system, proves what is free in it, and goes over that.
///
/// # Panics
///
/// If a free run lies outside the file system, in its metadata, or before the one before it.
pub fn ext4(image: &[u8]) {
    let Ok(volume) = Ext4::open(&image) else { return };
    if volume.check_groups().is_err() || volume.walk_inodes(&mut |_| false).is_err() {
        return;
    }
    let mut end = 0;
    for group in 0..volume.groups() {
        let mut sink = |run: std::ops::Range<u64>| {
            assert!(run.start >= end && !run.is_empty() && run.end <= volume.total_bytes(), "{run:?} after {end}");
            assert!(!volume.is_metadata(run.clone()), "{run:?} holds metadata");
            end = run.end;
        };
        volume.free_in(group, &mut sink).expect("read a moment ago");
    }
}

/// Reads a log with blocks of 1 KiB.
///
/// # Panics
///
/// If a copy is meant for a place outside the file system, or lies outside the log.
pub fn journal(log: &[u8]) {
    struct Bytes<'a>(&'a [u8]);
    impl journal::Log for Bytes<'_> {
        fn block_size(&self) -> usize {
            1024
        }
        fn blocks(&self) -> u64 {
            self.0.len() as u64 / 1024
        }
        fn read(&self, block: u64, buffer: &mut [u8]) -> std::io::Result<()> {
            self.0.read_at(block.saturating_mul(1024), buffer)
        }
    }
    const BLOCKS: u64 = 1 << 16;
    for fast_commit in [false, true] {
        let expected = journal::Expected { fs_blocks: BLOCKS, fast_commit, needs_recovery: true };
        let Ok(found) = journal::read(&Bytes(log), &expected) else { continue };
        let copies = found.committed.iter().map(|(block, copy)| (*block, copy));
        for (block, copy) in copies.chain(found.uncommitted.iter().map(|(block, copy)| (*block, copy))) {
            assert!(block < BLOCKS && copy.log_block < log.len() as u64 / 1024, "{block} from {copy:?}");
        }
    }
}
