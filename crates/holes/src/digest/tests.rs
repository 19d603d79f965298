//! Digests of real files, before and after real holes.

use std::slice::from_ref;

use proptest::prelude::*;

use super::*;
use crate::ranges::Ranges;

const BLOCK: u64 = 4096;

fn of(file: &File, holes: &[Range<u64>]) -> [u8; 32] {
    let length = file.metadata().unwrap().len();
    let mut give = |sink: &mut Sink<'_>| holes.iter().cloned().try_for_each(sink);
    digest(file, length, &mut give, &mut |_, _| false).unwrap()
}

/// What the digest is by its definition, one window after the other.
fn by_definition(bytes: &[u8], holes: &[Range<u64>]) -> [u8; 32] {
    let mut bytes = bytes.to_vec();
    for hole in holes {
        bytes[hole.start as usize..hole.end as usize].fill(0);
    }
    let mut digest = [0; 32];
    for (number, window) in (0u64..).zip(bytes.chunks(WINDOW as usize)) {
        if window.iter().any(|byte| *byte != 0) {
            let counted = [window, &(number * WINDOW).to_le_bytes()].concat();
            combine(&mut digest, blake3::hash(&counted).as_bytes());
        }
    }
    digest
}

/// Blocks of data, zeros or nothing.
fn file(kinds: &[u8], tail: u64) -> (File, Vec<u8>) {
    let mut bytes = Vec::new();
    let file = tempfile::tempfile().unwrap();
    for (at, kind) in (0u64..).zip(kinds) {
        let block = vec![if *kind < 2 { at as u8 | 1 } else { 0 }; BLOCK as usize];
        if *kind < 3 {
            file.write_all_at(&block, at * BLOCK).unwrap();
        }
        bytes.extend(block);
    }
    bytes.truncate(bytes.len() - tail as usize);
    file.set_len(bytes.len() as u64).unwrap();
    (file, bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn holes_change_nothing_and_a_byte_changes_it(
        kinds in proptest::collection::vec(0..5u8, 1..150),
        long_hole in 0..150usize,
        tail in 0..BLOCK,
        holes in proptest::collection::vec((0..150u64, 1..40u64), 0..5),
        flipped: proptest::sample::Index,
    ) {
        let mut kinds = kinds;
        kinds.iter_mut().skip(long_hole).take(60).for_each(|kind| *kind = 4);
        let (file, mut bytes) = file(&kinds, tail);
        let length = bytes.len() as u64;
        let holes: Ranges = holes.into_iter().map(|(at, n)| at * BLOCK..(at + n) * BLOCK).collect();
        let holes: Vec<_> = holes.iter().map(|hole| hole.start.min(length)..hole.end.min(length)).collect();
        let before = of(&file, &holes);
        prop_assert_eq!(before, by_definition(&bytes, &holes));

        for hole in holes.iter().filter(|hole| !hole.is_empty()) {
            host::punch(&file, hole.start, hole.end - hole.start).unwrap();
        }
        prop_assert_eq!(of(&file, &holes), before);
        prop_assert_eq!(of(&file, &[]), before);

        let at = flipped.index(bytes.len());
        if !holes.iter().any(|hole| hole.contains(&(at as u64))) {
            bytes[at] ^= 4;
            file.write_all_at(&bytes[at..=at], at as u64).unwrap();
            prop_assert_ne!(of(&file, &holes), before);
        }
    }
}

#[test]
fn ranges_need_not_be_aligned_nor_merged() {
    let (file, bytes) = file(&[0; 40], 5);
    let holes = [0..1, 1..3, 100..100, 70_000..70_001, 70_001..131_072, 131_072..150_000, 163_000..163_835];
    assert_eq!(of(&file, &holes), by_definition(&bytes, &holes));
    assert_eq!(of(&file, from_ref(&(0..163_835))), [0; 32]);
    let mut give = |sink: &mut Sink<'_>| sink(163_000..u64::MAX);
    assert_eq!(digest(&file, 163_835, &mut give, &mut |_, _| false).unwrap(), by_definition(&bytes, &holes[6..]));
}

#[test]
fn windows_that_change_places_change_the_digest() {
    let (file, _) = file(&[0; 32], 0);
    let before = of(&file, &[]);
    let mut halves = vec![0; 2 * WINDOW as usize];
    file.read_exact_at(&mut halves, 0).unwrap();
    halves.rotate_left(WINDOW as usize);
    file.write_all_at(&halves, 0).unwrap();
    assert_ne!(of(&file, &[]), before);
}

#[test]
fn it_ends_when_told_to_stop_or_when_anything_fails() {
    let (file, bytes) = file(&[0; 4096], 0);
    let length = bytes.len() as u64;
    let mut told = Vec::new();
    let mut stop = |done, total| {
        told.push((done, total));
        told.len() == 3
    };
    assert!(matches!(digest(&file, length, &mut |_| Ok(()), &mut stop), Err(Error::Stopped)));
    assert_eq!(told, [1, 2, 3].map(|n| (n * BATCH as u64 * WINDOW, length)));

    let failed = digest(&file, length, &mut |_| Err(Error::NotAFile), &mut |_, _| false);
    assert!(matches!(failed, Err(Error::NotAFile)));

    for other in [length - 1, length + 1, 2 * length] {
        let changed = digest(&file, other, &mut |_| Ok(()), &mut |_, _| false);
        assert!(matches!(changed, Err(Error::Changed)), "{changed:?}");
    }
    let folder = File::open("/").unwrap();
    assert!(digest(&folder, 1 << 20, &mut |_| Ok(()), &mut |_, _| false).is_err());
}
