//! A VM started at any moment while Plimsoll compacts: it always has a whole disk, and nothing is punched under it.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::bundle::{Bundle, Volume};
use crate::corpus::{ensure, make, same_files};
use crate::guest::{Guest, any};
use crate::image::{Place, Scratch, clean, mounted_listing, must, text};
use crate::killed::DISK;
use crate::{can_mount, nightly, tell};

/// Milliseconds from the guest's start to that of compacting, at least and at most: QEMU opens its disk some 300 after its
/// start, and compacting takes as long.
const RACE: (i64, i64) = (-400, 400);

#[test]
fn who_opens_the_disk_at_any_moment_has_a_whole_one_that_stays() {
    if !can_mount("a reader while compacting") {
        return;
    }
    let scratch = Scratch::new();
    let (disk, place) = make(&DISK, &scratch).expect("a disk");
    let files = mounted_listing(&disk, place).expect("its files");
    for volume in Volume::each() {
        let bundle = Bundle::with(&volume.path(), &disk).expect("a bundle");
        let whole = bundle.time();
        for _ in 0..if nightly() { 100 } else { 6 } {
            let after = Duration::from_micros(any(u64::try_from(whole.as_micros()).expect("short")));
            let told = read_meanwhile(&volume.path(), &disk, place, &files, after, &scratch)
                .unwrap_or_else(|error| panic!("{}, opened after {after:.1?}: {error}", volume.name));
            tell(&format!("compact: {}, opened after {after:.1?}: {told}", volume.name));
        }
    }
}

/// Opens the disk so long after compacting has begun, as a VM does, and keeps it until that has ended.
fn read_meanwhile(
    folder: &Path,
    disk: &Path,
    place: Place,
    files: &str,
    after: Duration,
    scratch: &Scratch,
) -> Result<String, String> {
    let bundle = Bundle::with(folder, disk)?;
    let (outcome, opened) = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            thread::sleep(after);
            let mut file = File::options().read(true).write(true).open(bundle.disk())?;
            let first = content(&mut file)?;
            std::io::Result::Ok((file, first))
        });
        (bundle.compact(), reader.join().expect("the reader does not panic"))
    });
    let outcome = outcome?;
    let (mut file, first) = opened.map_err(|error| format!("opening: {error}"))?;
    let second = content(&mut file).map_err(|error| error.to_string())?;
    ensure(first == second, || "what was read has changed under the reader".to_owned())?;
    let same = |one: &fs::Metadata, other: &fs::Metadata| (one.dev(), one.ino()) == (other.dev(), other.ino());
    let (held, named) = (file.metadata(), fs::metadata(bundle.disk()));
    ensure(held.is_ok_and(|held| named.is_ok_and(|named| same(&held, &named))), || {
        format!("{outcome}: the reader has another file than the one in place")
    })?;
    drop(file);
    let seen = scratch.path("seen");
    fs::write(&seen, first).map_err(|error| error.to_string())?;
    clean(&seen, place)?;
    same_files(files, &mounted_listing(&seen, place)?)?;
    sound(&bundle, place, files)?;
    Ok(outcome)
}

fn content(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn sound(bundle: &Bundle, place: Place, files: &str) -> Result<(), String> {
    let left = bundle.left_aside()?;
    ensure(left.is_empty(), || format!("left behind: {left:?}"))?;
    clean(&bundle.disk(), place)?;
    same_files(files, &mounted_listing(&bundle.disk(), place)?)
}

#[test]
fn a_guest_started_at_any_moment_boots_and_has_all_its_files() {
    const WHAT: &str = "a guest started while compacting";
    if !can_mount(WHAT) {
        return;
    }
    let scratch = Scratch::new();
    let Some(guest) = Guest::make(&scratch.path(""), WHAT) else { return };
    let grown = guest.boot("grow", &["80", "4"]);
    assert_eq!(grown.code, 0, "{}", grown.text);
    let [(disk, place), (session, _)] = guest.disks();
    let files = mounted_listing(&disk, place).expect("its files");
    for volume in Volume::each() {
        for _ in 0..if nightly() { 20 } else { 2 } {
            let bundle = Bundle::with(&volume.path(), &disk).expect("a bundle");
            let theirs = Guest::of(&bundle.root, &volume.path());
            must("cp", &["--sparse=always", text(&session), text(&bundle.path("sessiondata.img"))])
                .expect("a session disk");
            let after = RACE.0 + any(RACE.0.abs_diff(RACE.1)).cast_signed();
            let wait = |milliseconds: i64| thread::sleep(Duration::from_millis(milliseconds.try_into().unwrap_or(0)));
            let (ended, outcome) = thread::scope(|scope| {
                let booted = scope.spawn(|| {
                    wait(-after);
                    theirs.boot("verify-root", &[])
                });
                wait(after);
                let outcome = bundle.compact();
                (booted.join().expect("the guest's script ends"), outcome)
            });
            let outcome = outcome.unwrap_or_else(|error| panic!("{}, {after} ms: {error}", volume.name));
            assert_eq!(ended.code, 0, "{}, {after} ms, {outcome}: {}", volume.name, ended.text);
            sound(&bundle, place, &files).unwrap_or_else(|error| panic!("{}, {after} ms: {error}", volume.name));
            tell(&format!("compact: {}, {after} ms after the guest: {outcome}, and it booted", volume.name));
        }
    }
}
