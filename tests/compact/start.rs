//! A VM started at any moment while Plimsoll compacts: it always has a whole disk, and nothing is punched under it.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_tests::bounded;
use rustix::process::{Pid, Signal, kill_process};

use crate::bundle::{Bundle, LIMIT, Volume};
use crate::corpus::{ensure, make, same_files};
use crate::guest::{Guest, any};
use crate::image::{Place, Scratch, clean, mounted_listing, must, text};
use crate::killed::DISK;
use crate::{can_mount, nightly, tell};

/// The swap of names, the commit and the end are among the last of these.
const LAST: u64 = 10;

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
fn a_guest_that_starts_in_the_middle_of_the_work_boots_and_has_all_its_files() {
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
        let all = Bundle::with(&volume.path(), &disk).and_then(|bundle| instants(&bundle)).expect("instants");
        let mut met = 0;
        for round in 0..if nightly() { 20 } else { 2 } {
            let bundle = Bundle::with(&volume.path(), &disk).expect("a bundle");
            let theirs = Guest::of(&bundle.root, &volume.path());
            must("cp", &["--sparse=always", text(&session), text(&bundle.path("sessiondata.img"))])
                .expect("a session disk");
            let at = if round % 2 == 0 { any(all) } else { all.saturating_sub(1 + any(LAST.min(all))) };
            let told = meet(&bundle, &theirs, at)
                .and_then(|told| sound(&bundle, place, &files).map(|()| told))
                .unwrap_or_else(|error| panic!("{}, instant {at} of {all}: {error}", volume.name));
            met += usize::from(told.starts_with("halted"));
            tell(&format!("compact: {}, a guest at instant {at} of {all}: {told}, and it booted", volume.name));
        }
        assert!(met > 0, "{}: no guest came in the middle, so nothing was proven", volume.name);
    }
}

/// Compacts with a fault at an instant.
fn compacting(bundle: &Bundle, at: u64) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faulty"));
    command.args([&bundle.root, &bundle.state]).args(["compact", "halt", &at.to_string()]);
    command
}

/// How many instants there are.
fn instants(bundle: &Bundle) -> Result<u64, String> {
    let ended = bounded::attempt(&mut compacting(bundle, u64::MAX), LIMIT)?;
    let (_, rest) = ended.printed.split_once("passed=").ok_or(&ended.text)?;
    let all = rest.split(' ').next().and_then(|number| number.parse().ok());
    all.filter(|_| rest.contains("outcome=Done")).ok_or(ended.text)
}

/// Starts a guest while compacting is halted, and lets both go on once the guest has opened its disk or waits for it.
fn meet(bundle: &Bundle, guest: &Guest, at: u64) -> Result<String, String> {
    let printed = bundle.state.join("printed");
    let out = File::create(&printed).map_err(|error| error.to_string())?;
    let child = compacting(bundle, at).stdout(out).spawn().map_err(|error| error.to_string())?;
    let mut work = Halted(child);
    wait(|| work.is_halted_or_over())?;
    let booted = thread::scope(|scope| {
        let booted = scope.spawn(|| guest.boot("verify-root", &[]));
        let came = wait(|| Ok(booted.is_finished() || has_come(&bundle.disk())?));
        work.go_on();
        came.map(|()| booted.join().expect("the guest's script ends"))
    })?;
    wait(|| work.0.try_wait().map(|ended| ended.is_some()).map_err(|error| error.to_string()))?;
    ensure(booted.code == 0, || booted.text.clone())?;
    fs::read_to_string(printed).map(|told| told.trim().replace('\n', "; ")).map_err(|error| error.to_string())
}

/// A process that is not left halted.
struct Halted(Child);

impl Halted {
    fn is_halted_or_over(&mut self) -> Result<bool, String> {
        let over = self.0.try_wait().map_err(|error| error.to_string())?.is_some();
        // The state stands behind the name, which is in brackets (proc_pid_stat(5)).
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
        Ok(over || stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')))
    }

    fn go_on(&self) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::CONT);
        }
    }
}

impl Drop for Halted {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether a guest has the disk open, or waits for the lease on it to be given up (`/proc/locks`).
fn has_come(disk: &Path) -> Result<bool, String> {
    let facts = fs::metadata(disk).map_err(|error| error.to_string())?;
    let locks = fs::read_to_string("/proc/locks").map_err(|error| error.to_string())?;
    let inode = format!(":{} ", facts.ino());
    if locks.lines().any(|lock| lock.contains("BREAKING") && lock.contains(&inode)) {
        return Ok(true);
    }
    let processes = fs::read_dir("/proc").map_err(|error| error.to_string())?;
    let guests = processes
        .flatten()
        .map(|entry| entry.path())
        .filter(|process| fs::read_to_string(process.join("comm")).is_ok_and(|name| name.starts_with("qemu-system")));
    let open = guests.filter_map(|process| fs::read_dir(process.join("fd")).ok()).flatten().flatten();
    Ok(open
        .filter_map(|entry| fs::metadata(entry.path()).ok())
        .any(|it| (it.dev(), it.ino()) == (facts.dev(), facts.ino())))
}

/// Waits for what must come.
fn wait(mut come: impl FnMut() -> Result<bool, String>) -> Result<(), String> {
    let deadline = Instant::now() + LIMIT;
    while !come()? {
        ensure(Instant::now() < deadline, || "waited in vain".to_owned())?;
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
