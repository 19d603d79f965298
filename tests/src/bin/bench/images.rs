//! What trimming an image costs, beside what a user would use instead, on copies of one image.
//!
//! The image is an ext4 of 10 GiB that was written to 7 GB and then had two of three files deleted, all still stored. It
//! lies on an ext4 of its own, since a volume that discards every freed block at once measures its device. Each copy is
//! on the medium and in memory before the clock starts.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_tests::volume::Volume;

const GIB: u64 = 1 << 30;
/// Files of 4 to 64 MiB, as many as fill 7.5 GiB; two of three go again.
const FILL: &str = r#"set -e
mke2fs -q -t ext4 "$1"
mkdir "$2"; mount -o loop "$1" "$2"
for i in $(seq 1 240); do head -c $((1 + (i * 7919) % 64))M /dev/urandom > "$2/f$i"; done
for i in $(seq 1 240); do [ $((i % 3)) = 0 ] || rm "$2/f$i"; done
umount "$2"; rmdir "$2""#;

/// One way to give the space back: its name and the shell's words for it, with the image as `$1`.
const WAYS: [(&str, &str); 6] = [
    ("`plimsoll image trim --dry-run`", r#""$0" image trim --dry-run --json "$1""#),
    ("`plimsoll image trim`", r#""$0" image trim --yes --json "$1""#),
    ("`plimsoll image trim --zero-runs`", r#""$0" image trim --yes --zero-runs --json "$1""#),
    (
        "loop mount and `fstrim`",
        r#"mkdir "$1.d"; mount -o loop "$1" "$1.d"; fstrim "$1.d"; umount "$1.d"; rmdir "$1.d""#,
    ),
    ("`e2fsck -E discard`", r#"e2fsck -fy -E discard "$1""#),
    ("`zerofree`, then `fallocate --dig-holes`", r#"zerofree "$1"; fallocate --dig-holes "$1""#),
];

/// Each way is tried this often; the middle time counts.
const ROUNDS: usize = 3;

/// Makes the image in `folder`, which needs 20 GB, and goes through all ways; needs root for the mounts.
pub(crate) fn compare(program: &Path, folder: &Path) {
    let volume = Volume::plain("20G", folder).expect("a volume");
    let folder = volume.path();
    let base = folder.join("base.img");
    File::create(&base).and_then(|file| file.set_len(10 * GIB)).expect("an image");
    shell(program, FILL, &[&base, &folder.join("mounted")]);
    let mut tries = vec![Vec::new(); WAYS.len()];
    // Round by round, so that what else the machine does falls on all ways.
    for _ in 0..ROUNDS {
        for ((_, words), tries) in WAYS.iter().zip(&mut tries) {
            let copy = folder.join("copy.img");
            shell(program, r#"cp --sparse=auto "$1" "$2""#, &[&base, &copy]);
            File::open(&copy).and_then(|file| file.sync_all()).expect("flushed");
            shell(program, r#"cat "$1" >/dev/null"#, &[&copy]);
            let before = stored(&copy);
            let (seconds, memory) = measured(program, words, &copy);
            tries.push((seconds, memory, before - stored(&copy)));
            std::fs::remove_file(&copy).expect("remove the copy");
        }
    }
    println!(
        "| on an image of 10 GiB, {} stored | time | fastest, slowest | peak memory | given back |",
        giga(stored(&base))
    );
    println!("|---|---|---|---|---|");
    for ((name, _), tries) in WAYS.iter().zip(&mut tries) {
        tries.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (seconds, _, freed) = tries[ROUNDS / 2];
        let memory = tries.iter().map(|(_, memory, _)| memory).max().expect("a try");
        let (fastest, slowest) = (tries[0].0, tries[ROUNDS - 1].0);
        println!("| {name} | {seconds:.2} s | {fastest:.2}, {slowest:.2} s | {memory} MB | {} |", giga(freed));
    }
    large(program, &folder);
}

/// The cost grows with block groups, so a large empty file system is the worst case for memory.
fn large(program: &Path, folder: &Path) {
    let image = folder.join("large.img");
    File::create(&image).and_then(|file| file.set_len(2048 * GIB)).expect("an image");
    shell(program, r#"mke2fs -q -t ext4 "$1""#, &[&image]);
    let (seconds, memory) = measured(program, WAYS[0].1, &image);
    println!("| dry run on 2 TiB, {} stored | {seconds:.2} s | | {memory} MB | |", giga(stored(&image)));
}

fn stored(image: &Path) -> u64 {
    std::fs::metadata(image).expect("an image").blocks() * 512
}

fn giga(bytes: u64) -> String {
    format!("{:.2} GB", bytes as f64 / 1e9)
}

fn shell(program: &Path, words: &str, args: &[&PathBuf]) {
    let done = Command::new("sh").arg("-c").arg(words).arg(program).args(args).output().expect("a shell");
    assert!(done.status.success(), "{words}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Seconds and megabytes that GNU time tells of the whole command.
fn measured(program: &Path, words: &str, image: &Path) -> (f64, u64) {
    let done = Command::new("/usr/bin/time")
        .args(["-q", "-f", "%e %M", "sh", "-c", words])
        .arg(program)
        .arg(image)
        .output()
        .expect("GNU time");
    let told = String::from_utf8_lossy(&done.stderr);
    let (seconds, kib) = told.lines().last().and_then(|line| line.split_once(' ')).expect("two numbers");
    let kib: u64 = kib.parse().expect("memory");
    (seconds.parse().expect("seconds"), kib * 1024 / 1_000_000)
}
