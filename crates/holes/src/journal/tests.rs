//! Logs built by hand and by e2fsprogs, whole and damaged.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;
use crate::checksum::{crc32_be, crc32c};

mod built;
mod e2fsprogs;

use built::{Built, FAST_COMMIT, FORMATS, PLAIN, V3, entry};

const EXPECTED: Expected = Expected { fs_blocks: 1 << 20, fast_commit: false, needs_recovery: true };

fn replay(built: &Built) -> Result<Replay, String> {
    read(built, &EXPECTED).map_err(|reason| reason.to_string())
}

fn copies(replay: &Replay) -> Vec<(u64, u64)> {
    replay.committed.iter().map(|(block, copy)| (*block, copy.log_block)).collect()
}

#[track_caller]
fn refused(built: &Built, because: &str) {
    let answer = replay(built);
    assert!(answer.as_ref().is_err_and(|reason| reason.contains(because)), "{because}: {answer:?}");
}

/// Of each block the last copy, and none that is revoked in its transaction or later; in every format.
#[test]
fn committed_copies_are_found_in_every_format() {
    for format in FORMATS {
        let mut built = Built::new(format);
        built.transaction(&[10, 11, 12], &[]);
        built.transaction(&[11, 13], &[10, 13, 999]);
        built.transaction(&[10, 14], &[]);
        built.escape(14);
        let replay = replay(&built).unwrap();
        assert_eq!(replay.transactions, 3);
        // Superblock 0; 1 d, 2 3 4, 5 c; 6 r, 7 d, 8 9, 10 c; 11 d, 12 13, 14 c.
        assert_eq!(copies(&replay), [(10, 12), (11, 8), (12, 4), (14, 13)], "{format:?}");
        assert_eq!(replay.uncommitted, []);
        let mut block = built.blocks[13].clone();
        restored(&replay.committed[&14], &mut block);
        assert_eq!(block[..4], MAGIC.to_be_bytes());
        let mut block = built.blocks[12].clone();
        restored(&replay.committed[&10], &mut block);
        assert_eq!(block, built.blocks[12]);
    }
}

/// Block numbers above 2^32 are those only of 64-bit logs.
#[test]
fn wide_block_numbers() {
    let mut built = Built::new(V3);
    built.transaction(&[(1 << 33) + 5], &[]);
    let expected = Expected { fs_blocks: 1 << 34, ..EXPECTED };
    assert!(read(&built, &expected).unwrap().committed.contains_key(&((1 << 33) + 5)));
    refused(&built, "outside the file system");
}

/// The log goes on at its first block, and the numbers of transactions at 0.
#[test]
fn ring_and_numbers_wrap_around() {
    for format in FORMATS {
        let mut built = Built::new(format);
        built.begin(built.last() - 4, u32::MAX - 1);
        built.transaction(&[20, 21], &[]);
        built.transaction(&[21, 22], &[20]);
        built.transaction(&[20], &[21]);
        let answer = replay(&built).unwrap();
        assert_eq!(answer.transactions, 3);
        assert_eq!(answer.committed.keys().copied().collect::<Vec<_>>(), [20, 22], "{format:?}");
        // An older number may be the larger one.
        built.control(built.at, 1, u32::MAX - 9);
        assert_eq!(replay(&built), Ok(answer));
    }
}

/// A transaction without its commit block replaces nothing, nor does what it revokes go; its copies are told.
#[test]
fn an_interrupted_transaction_is_told_apart() {
    for format in FORMATS {
        let mut built = Built::new(format);
        built.transaction(&[10], &[]);
        built.transaction(&[11, 12], &[10]);
        let end = built.at;
        built.blocks[end as usize - 1].fill(0);
        let answer = replay(&built).unwrap();
        assert_eq!((copies(&answer), answer.transactions), (vec![(10, 2)], 1), "{format:?}");
        let uncommitted: Vec<_> = answer.uncommitted.iter().map(|(block, copy)| (*block, copy.log_block)).collect();
        assert_eq!(uncommitted, [(11, 6), (12, 7)]);
        // What an older round of the ring left there is no commit block either; a newer one tells of a lost block.
        built.control(end - 1, 2, 5);
        assert_eq!(replay(&built).unwrap(), answer);
        built.control(end - 1, 1, built.sequence + 3);
        refused(&built, "a part of its log is missing");
    }
}

/// Every checksum of the formats that have one in every block.
#[test]
fn damage_is_refused() {
    for format in FORMATS.into_iter().filter(|format| format.sums_every_block()) {
        let mut whole = Built::new(format);
        whole.transaction(&[10, 11], &[]);
        whole.transaction(&[12], &[11]);
        let damaged = |block: usize, byte: usize| {
            let mut built = whole.clone();
            built.blocks[block][byte] ^= 1;
            built
        };
        // 1 d, 2 3, 4 c; 5 r, 6 d, 7, 8 c.
        refused(&damaged(0, 0x60), "its superblock fails its checksum");
        refused(&damaged(1, 700), "a transaction in its log fails its checksum");
        refused(&damaged(2, 700), "a block in its log fails its checksum");
        refused(&damaged(4, 30), "a commit in its log fails its checksum");
        refused(&damaged(5, 700), "a transaction in its log fails its checksum");
        refused(&damaged(8, 700), "only partly written");
        // Nobody reads a revoked copy.
        assert_eq!(replay(&damaged(3, 700)), replay(&whole));
        // A descriptor of a transaction that was never committed may be anything.
        let mut torn = damaged(6, 700);
        torn.blocks[8].fill(0);
        assert_eq!(replay(&torn).unwrap().transactions, 1);
        // One that is older than what precedes it is a remainder.
        let mut stale = damaged(6, 700);
        stale.commit_at(8, whole.sequence - 1, whole.time - 1);
        refused(&stale, "a transaction in its log fails its checksum");
        stale.commit_at(8, whole.sequence - 1, whole.time - 2);
        let answer = replay(&stale).unwrap();
        assert_eq!((answer.transactions, answer.uncommitted.len()), (1, 1));
        stale.blocks[6][700] ^= 1;
        stale.blocks[8][30] ^= 1;
        assert_eq!(replay(&stale).unwrap().transactions, 1);
    }
}

/// A commit block that may be written first can be wrong by an interruption, unless something follows it.
#[test]
fn an_early_commit_block_may_be_wrong() {
    for format in FORMATS.into_iter().filter(|format| format.has_sums()) {
        let mut built = Built::new(format.with(4));
        built.transaction(&[10], &[]);
        built.transaction(&[11], &[]);
        built.blocks[6][30] ^= 1;
        built.blocks[6][16] ^= 1;
        let answer = replay(&built).unwrap();
        assert_eq!((answer.transactions, answer.uncommitted.len()), (1, 1));
        built.transaction(&[12], &[]);
        refused(&built, "a part of its log is missing");
    }
}

/// The oldest checksum covers the copies too, and may be left out.
#[test]
fn the_checksum_of_a_whole_transaction() {
    let format = FORMATS.into_iter().find(|format| format.compat == 1).unwrap();
    let mut built = Built::new(format);
    built.transaction(&[10, 11], &[]);
    built.blocks[3][700] ^= 1;
    refused(&built, "a commit in its log fails its checksum");
    built.blocks[4][12..20].fill(0);
    assert_eq!(replay(&built).unwrap().transactions, 1);
}

/// What no kernel writes is refused if it is committed, and of no matter if it is not.
#[test]
fn what_no_kernel_writes_is_refused() {
    let cases: [(usize, usize, u8, &str); 5] = [
        (1, 12 + 7, 4, "flags"),
        (1, 12, 0xff, "outside the file system"),
        (5, 15, 15, "contradicts itself"),
        (5, 15, 19, "contradicts itself"),
        (5, 14, 0xff, "contradicts itself"),
    ];
    for (block, byte, value, because) in cases {
        let mut built = Built::new(PLAIN);
        built.transaction(&[10, 11], &[]);
        built.transaction(&[12], &[11]);
        built.blocks[block][byte] = value;
        refused(&built, because);
    }
    let mut built = Built::new(PLAIN);
    built.transaction(&[10], &[]);
    built.control(built.at, 9, built.sequence);
    refused(&built, "unknown sort");
    // A list without an end takes a copy for each tag there is room for.
    let mut built = Built::new(PLAIN);
    built.control(1, 1, built.sequence);
    built.blocks[1][12..].chunks_exact_mut(8).for_each(|tag| tag.copy_from_slice(&[0, 0, 0, 9, 0, 0, 0, 2]));
    built.commit_at(1 + 1 + (1024 - 12) / 8, built.sequence, 9);
    refused(&built, "has no end");
    built.blocks[1 + 1 + (1024 - 12) / 8].fill(0);
    assert_eq!(replay(&built).unwrap().uncommitted.len(), (1024 - 12) / 8);
}

/// Each rule about the superblock.
#[test]
fn superblocks_that_are_refused() {
    let cases: [(usize, u32, &str); 16] = [
        (0x00, 0, "no superblock"),
        (0x04, 2, "no superblock"),
        (0x0c, 4096, "contradicts the file system"),
        (0x10, 4000, "contradicts the file system"),
        (0x10, 1 << 21, "longer than"),
        (0x14, 0, "contradicts itself"),
        (0x14, 2000, "contradicts itself"),
        (0x1c, 2000, "contradicts itself"),
        (0x20, u32::MAX, "noted an error"),
        (0x24, 2, "features"),
        (0x28, 0x40, "features"),
        (0x28, 0x18, "two sorts"),
        (0x28, 0x10, "no known sort"),
        (0x2c, 1, "features"),
        (0x40, 2, "several file systems"),
        (0x54, 1, ""),
    ];
    for (at, value, because) in cases {
        let mut built = Built::new(PLAIN);
        built.transaction(&[10], &[]);
        built.blocks[0][at..at + 4].copy_from_slice(&value.to_be_bytes());
        if because.is_empty() {
            assert_eq!(replay(&built).unwrap().transactions, 1);
        } else {
            refused(&built, because);
        }
    }
}

/// Clean is empty, whatever is in the log; a live log must be one that the file system knows of.
#[test]
fn clean_and_unexpected_logs() {
    let mut built = Built::new(V3);
    built.transaction(&[10], &[]);
    let unexpected = read(&built, &Expected { needs_recovery: false, ..EXPECTED });
    assert!(unexpected.unwrap_err().to_string().contains("needs no recovery"));
    built.begin(0, 1);
    for needs_recovery in [false, true] {
        assert_eq!(read(&built, &Expected { needs_recovery, ..EXPECTED }), Ok(Replay::default()));
    }
    // A read that fails is no answer.
    built.begin(1, 1);
    built.missing = 1;
    assert!(matches!(read(&built, &EXPECTED), Err(Reason::Unreadable(_))));
}

/// Fast commits for the next transaction are refused, older ones are of no matter, and the log ends before them.
#[test]
fn fast_commits_are_refused() {
    let mut built = Built::new(FAST_COMMIT);
    built.begin(built.last() - 3, 50);
    built.transaction(&[10, 11], &[]);
    built.transaction(&[12], &[]);
    let area = built.last() as usize + 1;
    assert_eq!(replay(&built).unwrap().transactions, 2);
    for (sequence, waits) in [(49, false), (51, false), (52, true), (53, true)] {
        built.blocks[area][..12].copy_from_slice(&entry(sequence, 0));
        if waits {
            refused(&built, "fast commits that wait");
        } else {
            assert_eq!(replay(&built).unwrap().transactions, 2);
        }
    }
    built.blocks[area][..12].copy_from_slice(&entry(51, 1));
    refused(&built, "fast commits are not understood");
    // They must leave enough for the log.
    built.blocks[0][0x54..0x58].copy_from_slice(&97u32.to_be_bytes());
    built.seal_superblock();
    refused(&built, "contradicts itself");
    // Those of a journal that does not say so, in a file system that does.
    let mut built = Built::new(PLAIN);
    built.transaction(&[10], &[]);
    let area = built.last() as usize - 256 + 1;
    built.blocks[area][..12].copy_from_slice(&entry(built.sequence, 0));
    assert_eq!(replay(&built).unwrap().transactions, 1);
    assert!(read(&built, &Expected { fast_commit: true, ..EXPECTED }).is_err());
    // Behind a log that is not live, if the file system is not clean.
    let sequence = built.sequence;
    built.begin(0, sequence);
    assert!(read(&built, &Expected { fast_commit: true, ..EXPECTED }).is_err());
    assert!(read(&built, &Expected { fast_commit: true, needs_recovery: false, ..EXPECTED }).is_ok());
}

/// Counts what is read.
struct Counted<'a>(&'a Built, Cell<usize>);

impl Log for Counted<'_> {
    fn block_size(&self) -> usize {
        self.0.block_size()
    }

    fn blocks(&self) -> u64 {
        self.0.blocks()
    }

    fn read(&self, block: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.1.set(self.1.get() + 1);
        self.0.read(block, buffer)
    }
}

/// Whatever the bytes are: an answer, few reads, and no copy outside the log or the file system.
fn holds(built: &Built) {
    let counted = Counted(built, Cell::new(0));
    let answer = read(&counted, &EXPECTED);
    assert!(counted.1.get() <= 3 * built.blocks.len() + 3);
    let Ok(replay) = answer else { return };
    let copies = replay.committed.iter().chain(replay.uncommitted.iter().map(|(block, copy)| (block, copy)));
    for (block, copy) in copies {
        assert!(*block < EXPECTED.fs_blocks && 0 < copy.log_block && copy.log_block < built.blocks());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_break_it(
        format in 0..FORMATS.len(),
        transactions in prop::collection::vec((prop::collection::vec(0u64..30, 1..50), prop::collection::vec(0u64..30, 0..9)), 0..7),
        start in 1u32..400,
        flips in prop::collection::vec((0usize..60, 0usize..64, any::<u8>()), 0..6),
        reseal in any::<bool>(),
    ) {
        let mut built = Built::new(FORMATS[format]);
        built.begin(start.min(built.last() - 1), 7);
        for (copies, revokes) in &transactions {
            built.transaction(copies, revokes);
        }
        let whole = read(&built, &EXPECTED).unwrap();
        prop_assert_eq!(whole.transactions, transactions.len() as u64);
        let ring = built.last();
        for (block, byte, value) in flips {
            // The superblock, or one of those in use.
            let at = if block == 0 { 0 } else { (start as usize + block - 2) % (ring as usize - 1) + 1 };
            built.blocks[at][byte] = value;
        }
        if reseal {
            built.seal_superblock();
        }
        holds(&built);
    }

    #[test]
    fn no_noise_breaks_it(noise in prop::collection::vec(any::<u8>(), 1024..8192), magic in any::<bool>()) {
        let mut built = Built::new(PLAIN);
        built.transaction(&[1], &[]);
        built.blocks.truncate(1);
        for block in noise.chunks_exact(1024) {
            built.blocks.push(block.to_vec());
        }
        let length = u32::try_from(built.blocks.len()).unwrap();
        built.blocks[0][0x10..0x14].copy_from_slice(&length.to_be_bytes());
        if magic {
            for block in 1..length {
                built.control(block, 1 + u32::from(noise[block as usize]) % 5, 7);
            }
        }
        holds(&built);
    }
}
