//! Images that lie: small valid ones with some bytes of their metadata changed. Planning and punching never panic, and
//! nothing that the true file system has in use is ever punched, whatever the image says.
//!
//! No mount and no root. Images are kept small, so that there are many.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use holes::{Options, Unwatched};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::image::{PIECE, Place, Scratch, must, number, text};
use crate::{nightly, tell};

/// What stands in every free block: not what a hole reads as.
const JUNK: u8 = 0xA5;
/// What all files consist of, so that their bytes are told from metadata.
const CONTENT: u8 = 0x77;
/// Images tried per base; four hundred take a second.
const CASES: u32 = 400;

/// Bases: options of `mke2fs`, KiB, and whether a log is left to be replayed. Without checksums, lies go further.
const BASES: [(&str, u64, bool); 5] = [
    ("-t ext2 -b 1024", 768, false),
    ("-t ext4 -b 1024 -O ^metadata_csum,^uninit_bg,^64bit,^resize_inode -J size=1", 3072, true),
    ("-t ext4 -b 1024 -g 512 -O ^metadata_csum,^uninit_bg,^has_journal,meta_bg,^resize_inode", 2048, false),
    ("-t ext4 -b 4096 -O ^has_journal,bigalloc,^metadata_csum -C 16384", 4096, false),
    ("-t ext4 -b 1024 -J size=1", 3072, true),
];

#[test]
fn whatever_an_image_says_nothing_in_use_is_punched() {
    if let Err(why) = must("mke2fs", &["-V"]) {
        tell(&format!("compact: SKIPPED images that lie: {why}"));
        return;
    }
    for (number, (options, kib, log)) in BASES.into_iter().enumerate() {
        let scratch = Scratch::new();
        let base = Base::make(&scratch, number, options, kib, log);
        let told = base.try_many(if nightly() { 100 * CASES } else { CASES });
        tell(&format!("compact: {options}: {told}"));
    }
}

/// A valid image of which everything is known.
struct Base {
    bytes: Vec<u8>,
    /// Pieces of the host's block size in which something is in use.
    in_use: BTreeSet<u64>,
    /// Bytes that mean something to a file system or a table.
    meaningful: Vec<usize>,
    work: PathBuf,
}

impl Base {
    fn make(scratch: &Scratch, number: usize, options: &str, kib: u64, log: bool) -> Self {
        Self::try_make(scratch, number, options, kib, log).unwrap_or_else(|error| panic!("{options}: {error}"))
    }

    fn try_make(scratch: &Scratch, number: usize, options: &str, kib: u64, log: bool) -> Result<Self, String> {
        let image = scratch.path("base");
        let seed = scratch.path("seed");
        plant(&seed).map_err(|error| error.to_string())?;
        // Every second base has a partition table before it.
        let start: u64 = if number % 2 == 1 { 1 << 20 } else { 0 };
        let tail = if start > 0 { 1 << 20 } else { 0 };
        let place = Place { start, length: kib << 10 };
        File::create(&image).and_then(|file| file.set_len(start + place.length + tail)).map_err(|e| e.to_string())?;
        if start > 0 {
            must("sgdisk", &["-n", &format!("1:2048:+{kib}K"), text(&image)])?;
        }
        let mut arguments: Vec<&str> = options.split_whitespace().collect();
        let (offset, size) = (format!("nodiscard,offset={start}"), format!("{kib}k"));
        arguments.extend(["-q", "-d", text(&seed), "-E", &offset, text(&image), &size]);
        must("mke2fs", &arguments)?;
        if log {
            // A transaction that gives a block in use its own content once more, and is never replayed.
            let script = scratch.path("script");
            let first = must("debugfs", &["-R", "blocks /big", &place.of(&image)])?;
            let block = first.split_whitespace().next().ok_or("the file has no block")?;
            must("debugfs", &["-R", &format!("dump /big {}", text(&scratch.path("content"))), &place.of(&image)])?;
            let commands = format!("jo\njw -b {block} {}\njc\n", text(&scratch.path("content")));
            fs::write(&script, commands).map_err(|error| error.to_string())?;
            must("debugfs", &["-w", "-f", text(&script), &place.of(&image)])?;
        }
        let free = free_blocks(&image, place)?;
        let mut bytes = fs::read(&image).map_err(|error| error.to_string())?;
        let meaningful = meaningful(&bytes);
        let mut in_use: BTreeSet<u64> = (0..(bytes.len() / PIECE) as u64).collect();
        for range in free {
            let (from, to) = (range.start.next_multiple_of(PIECE as u64), range.end / PIECE as u64 * PIECE as u64);
            in_use.retain(|piece| !(from..to).contains(&(piece * PIECE as u64)));
            bytes[usize::try_from(range.start).expect("small")..usize::try_from(range.end).expect("small")].fill(JUNK);
        }
        Ok(Self { bytes, in_use, meaningful, work: scratch.path("work") })
    }

    /// Tries as many images as asked, the same ones every time, and says how many were accepted.
    fn try_many(&self, cases: u32) -> String {
        let honest = self.attempt(&[]);
        assert!(honest > 0, "the base itself is not trimmed");
        let change = (any::<Index>(), prop_oneof![Just(0u8), Just(1), Just(0xFF), any::<u8>()]);
        let changes = proptest::collection::vec(change, 1..6);
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let accepted = std::cell::Cell::new(0);
        let outcome = runner.run(&changes, |changes| {
            let lies: Vec<(usize, u8)> = changes.iter().map(|(at, to)| (*at.get(&self.meaningful), *to)).collect();
            accepted.set(accepted.get() + u32::from(self.attempt(&lies) > 0));
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
        format!("{honest} bytes; of {cases} with lies {} were trimmed", accepted.get())
    }

    /// Plans and punches the image with these lies in it, and says how many bytes came back.
    fn attempt(&self, lies: &[(usize, u8)]) -> u64 {
        let mut bytes = self.bytes.clone();
        for (at, to) in lies {
            bytes[*at] = *to;
        }
        let _ = fs::remove_file(&self.work);
        fs::write(&self.work, &bytes).expect("the image can be written");
        let file = OpenOptions::new().read(true).write(true).open(&self.work).expect("it can be opened");
        let _ = holes::inspect(&file);
        let Ok(plan) = holes::plan(&file, &Options::default(), &mut Unwatched) else { return 0 };
        let freed = holes::punch(&file, &plan, &mut Unwatched).map_or(0, |done| done.freed_bytes);
        for hole in holes_of(&file, bytes.len() as u64) {
            let pieces = hole.start / PIECE as u64..hole.end.div_ceil(PIECE as u64);
            let lost = self.in_use.range(pieces).next();
            assert!(lost.is_none(), "{lies:?} has a hole at {hole:?}, where something is in use");
        }
        freed
    }
}

/// Bytes, in lines of 16, that are neither empty, nor padding of bitmaps, nor a file's content.
fn meaningful(bytes: &[u8]) -> Vec<usize> {
    let dull = |line: &[u8]| [0, 0xFF, CONTENT].iter().any(|dull| line.iter().all(|byte| byte == dull));
    let lines = bytes.chunks(16).enumerate().filter(|(_, line)| !dull(line));
    lines.flat_map(|(at, line)| at * 16..at * 16 + line.len()).collect()
}

/// Files of all shapes, though of little variety.
fn plant(seed: &Path) -> std::io::Result<()> {
    fs::create_dir_all(seed.join("folder/deeper"))?;
    fs::write(seed.join("big"), vec![CONTENT; 90_000])?;
    // A gap is a hole of the file, so that its blocks are mapped one by one.
    let gaps = File::create(seed.join("gaps"))?;
    for at in (0..40).step_by(2) {
        gaps.write_all_at(&[CONTENT; 4096], at * 4096)?;
    }
    for number in 0..20 {
        fs::write(seed.join(format!("folder/{number}")), vec![CONTENT; number * 300])?;
    }
    std::os::unix::fs::symlink("a".repeat(100), seed.join("link"))
}

/// What dumpe2fs calls free, in bytes of the image.
fn free_blocks(image: &Path, place: Place) -> Result<Vec<Range<u64>>, String> {
    let told = must("dumpe2fs", &[&place.of(image)])?;
    let size = number(&told, "Block size");
    // Of the last cluster of a run only the first block is named.
    let cluster = number(&told, "Cluster size").max(size);
    let lists = told.lines().filter_map(|line| line.trim().strip_prefix("Free blocks: "));
    let mut free: Vec<Range<u64>> = Vec::new();
    for run in lists.flat_map(|list| list.split(", ")).filter(|run| !run.is_empty()) {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        // The superblock's count of free blocks has the same words before it.
        if let (Ok(first), Ok(last)) = (first.parse::<u64>(), last.parse::<u64>()) {
            let run = place.start + first * size..(place.start + last * size + cluster).min(place.start + place.length);
            match free.last_mut() {
                // Of two groups.
                Some(before) if before.end == run.start => before.end = run.end,
                _ => free.push(run),
            }
        }
    }
    Ok(free)
}

/// The holes of a file.
fn holes_of(file: &File, length: u64) -> Vec<Range<u64>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Ok(start) = rustix::fs::seek(file, rustix::fs::SeekFrom::Hole(at)) {
        if start >= length {
            break;
        }
        at = rustix::fs::seek(file, rustix::fs::SeekFrom::Data(start)).unwrap_or(length);
        found.push(start..at);
    }
    found
}
