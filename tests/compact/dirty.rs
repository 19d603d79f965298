//! Dirty images: guests killed under write load. After compacting, the kernel's replay and e2fsck make of the image
//! exactly what they make of one that was left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::corpus::{only_holes, same_files, trim};
use crate::guest::{Guest, any};
use crate::image::{Mounted, Place, Scratch, header, listing, mounted_listing, must, number, text, tool};
use crate::{can_mount, nightly, tell};

/// The guest has written up to so many rounds: a few commits of the log, a flush in every third round.
const ROUNDS: u64 = 8;
/// Milliseconds of another round, at most.
const LATER: u64 = 700;

#[test]
fn a_guest_that_was_killed_finds_the_same_files_after_compacting() {
    const WHAT: &str = "killed guests";
    if !can_mount(WHAT) {
        return;
    }
    let scratch = Scratch::new();
    let Some(guest) = Guest::make(&scratch.path(""), WHAT) else { return };
    let (mut logs, mut freed) = (0, 0);
    for kill in 0..if nightly() { 50 } else { 5 } {
        let started = Instant::now();
        let (round, after) = (2 + any(ROUNDS), any(LATER));
        guest.kill_in_the_middle(usize::try_from(round).expect("small"), Duration::from_millis(after));
        let found: Vec<Found> = guest.disks().iter().map(|(disk, place)| prove(disk, *place, &scratch)).collect();
        logs += found.iter().filter(|found| found.dirty).count();
        freed += found.iter().map(|found| found.freed).sum::<u64>();
        let seconds = started.elapsed().as_secs_f64();
        tell(&format!("compact: kill {kill}, {after} ms after round {round}: {found:?} ({seconds:.1} s)"));
    }
    assert!(logs > 0, "no guest left anything in its log, so nothing was proven");
    assert!(freed > 0, "nothing was ever freed, so nothing was proven");
    // The last disks, compacted and never repaired, boot, replay their logs themselves, and have all they were made with.
    for (disk, _) in guest.disks() {
        let (_, done) = trim(&disk).expect("a guest's disk can be compacted");
        tell(&format!("compact: {} bytes freed before the guest boots again", done.freed_bytes));
    }
    let ended = guest.boot("verify-root", &[]);
    assert_eq!(ended.code, 0, "{}", ended.text);
}

/// What was in one killed guest's disk.
#[derive(Debug)]
#[expect(dead_code, reason = "told, not read")]
struct Found {
    dirty: bool,
    holes: u64,
    freed: u64,
    files: usize,
}

fn prove(disk: &Path, place: Place, scratch: &Scratch) -> Found {
    attempt(disk, place, scratch).unwrap_or_else(|error| panic!("{}: {error}", disk.display()))
}

fn attempt(disk: &Path, place: Place, scratch: &Scratch) -> Result<Found, String> {
    let told = header(disk, place)?;
    let dirty = told.contains("needs_recovery") && number(&told, "Journal start") > 0;
    let alone = copy(disk, scratch, "alone")?;
    let ours = copy(disk, scratch, "compacted")?;
    let (plan, done) = trim(&ours).map_err(|error| error.to_string())?;
    let skipped = plan.layout.partitions.iter().find(|one| one.start == place.start).map(|one| &one.skipped);
    if skipped != Some(&None) {
        // Kept for whoever has to find out why.
        let kept = std::env::temp_dir().join("plimsoll-refused.img");
        let kept = fs::copy(disk, &kept).map(|_| kept);
        return Err(format!("left alone, kept as {kept:?}: {:?}", plan.layout));
    }
    only_holes(&alone, &ours, place)?;
    let [alone_checked, ours_checked] =
        [copy(&alone, scratch, "alone-checked")?, copy(&ours, scratch, "ours-checked")?];

    let before = replayed(&alone, place)?;
    same_files(&before, &replayed(&ours, place)?)?;
    let verdicts = [checked(&alone_checked, place)?, checked(&ours_checked, place)?];
    if verdicts[0] != verdicts[1] {
        return Err(format!("e2fsck judges differently: {verdicts:#?}"));
    }
    same_files(&mounted_listing(&alone_checked, place)?, &mounted_listing(&ours_checked, place)?)?;
    for image in [alone, ours, alone_checked, ours_checked] {
        fs::remove_file(image).map_err(|error| error.to_string())?;
    }
    Ok(Found { dirty, holes: done.holes, freed: done.freed_bytes, files: before.lines().count() })
}

fn copy(disk: &Path, scratch: &Scratch, name: &str) -> Result<PathBuf, String> {
    let copy = scratch.path(name).with_extension("img");
    must("cp", &["--sparse=always", text(disk), text(&copy)])?;
    Ok(copy)
}

/// What the kernel finds once it has replayed the log.
fn replayed(image: &Path, place: Place) -> Result<String, String> {
    let mounted = Mounted::new(image, place, "nodiscard")?;
    let listed = listing(mounted.path())?;
    mounted.leave()?;
    Ok(listed)
}

/// e2fsck's exit code and words, without the image's name.
fn checked(image: &Path, place: Place) -> Result<(i32, String), String> {
    let place = place.of(image);
    let ended = tool("e2fsck", &["-fy", &place])?;
    Ok((ended.code, ended.printed.replace(&place, "IMAGE")))
}
