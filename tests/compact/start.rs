//! A VM started at any moment while Plimsoll compacts: it always has a whole disk, and nothing is punched under it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_tests::bounded;
use rustix::process::{Pid, Signal, kill_process};

use crate::bundle::{Bundle, Disk, LIMIT, Volume, at_any_moment};
use crate::corpus::{ensure, trim};
use crate::guest::{Guest, any};
use crate::image::{Scratch, differences, must, stored, text};
use crate::{can_mount, nightly, tell};

/// What the instant before each hole is called.
const HOLES: &str = "punching";
/// What an instant is called that did not come: two copies of a disk may lie in another number of pieces.
const OVER: &str = "the end";

#[test]
fn who_opens_the_disk_at_any_moment_has_a_whole_one_that_stays() {
    at_any_moment("opened", 6, read_meanwhile);
}

/// Opens the disk so long after compacting has begun, as a VM does, and keeps it until that has ended.
fn read_meanwhile(bundle: &Bundle, disk: &Disk, after: Duration) -> Result<String, String> {
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
    let seen = disk.path.with_extension("seen");
    fs::write(&seen, first).map_err(|error| error.to_string())?;
    disk.same(&seen)?;
    bundle.sound(disk)?;
    Ok(outcome)
}

fn content(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
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
    let [(path, place), (session, _)] = guest.disks();
    let disk = Disk::of(path, place);
    let free = free(&disk, &scratch);
    for volume in Volume::each() {
        let all = Bundle::with(&volume.path(), &disk.path).and_then(|bundle| instants(&bundle)).expect("instants");
        tell(&format!("compact: {} passes {}", volume.name, all.join(", ")));
        // By turns between two holes, and later: when it is verified, swapped, dropped and written down.
        let first = all.iter().position(|name| name == HOLES).expect("holes are made") + 1;
        let after = all.iter().rposition(|name| name == HOLES).expect("holes are made") + 1;
        let mut came = BTreeMap::<_, u32>::new();
        for round in 0..if nightly() { 12 } else { 2 } {
            let bundle = Bundle::with(&volume.path(), &disk.path).expect("a bundle");
            let theirs = Guest::of(&bundle.root, &volume.path());
            must("cp", &["--sparse=always", text(&session), text(&bundle.path("sessiondata.img"))])
                .expect("a session disk");
            let moments = if round % 2 == 0 { first..after } else { after..all.len() };
            let at = moments.start + pick(moments.len());
            let (name, told) = meet(&bundle, &theirs, at)
                .and_then(|told| bundle.sound(&disk).map(|()| told))
                .and_then(|told| only_free(&disk, &bundle.disk(), &free).map(|()| told))
                .unwrap_or_else(|error| panic!("{}, instant {at}: {error}", volume.name));
            tell(&format!("compact: {}, a guest at {at}, {name}: {told}, and it booted", volume.name));
            *came.entry(name).or_default() += 1;
        }
        tell(&format!("compact: {}, guests came at {came:?}", volume.name));
        assert!(came.keys().any(|name| name != OVER), "{}: no guest came in the middle", volume.name);
    }
}

fn pick(end: usize) -> usize {
    usize::try_from(any(end.max(1) as u64)).expect("small")
}

/// Where the disk has something in free blocks: what becomes zero in a copy that is trimmed.
fn free(disk: &Disk, scratch: &Scratch) -> BTreeSet<u64> {
    let copy = scratch.path("trimmed");
    must("cp", &["--sparse=always", text(&disk.path), text(&copy)]).expect("a copy");
    trim(&copy).expect("it can be trimmed");
    disk.same(&copy).expect("it is whole");
    differences(&disk.path, &copy).expect("two disks").into_iter().map(|(at, _)| at).collect()
}

/// Nothing but free blocks has become zero: whatever else is different, the guest has written.
fn only_free(disk: &Disk, now: &Path, free: &BTreeSet<u64>) -> Result<(), String> {
    let lost = differences(&disk.path, now)?.into_iter().find(|(at, zero)| *zero && !free.contains(at));
    ensure(lost.is_none(), || format!("what was in use is zero now: {lost:?}"))
}

/// Compacts, and halts at an instant.
fn compacting(bundle: &Bundle, at: usize) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faulty"));
    command.args([&bundle.root, &bundle.state]).args(["compact", "halt", &at.to_string()]);
    command
}

/// What is done at each instant.
fn instants(bundle: &Bundle) -> Result<Vec<String>, String> {
    let ended = bounded::attempt(&mut compacting(bundle, usize::MAX), LIMIT)?;
    ensure(ended.printed.contains("outcome=Done"), || ended.text.clone())?;
    Ok(ended.printed.lines().filter_map(|line| line.strip_prefix("passed ")).map(plain).collect())
}

/// The name of an instant, without what is different in every run.
fn plain(name: &str) -> String {
    if name.starts_with(".plimsoll-") { "the clone".to_owned() } else { name.to_owned() }
}

/// Starts a guest while compacting is halted, and lets both go on once the guest has opened its disk or waits for it.
/// Gives what was halted, and how it went.
fn meet(bundle: &Bundle, guest: &Guest, at: usize) -> Result<(String, String), String> {
    let (printed, full) = (bundle.state.join("printed"), stored(&bundle.disk())?);
    let out = File::create(&printed).map_err(|error| error.to_string())?;
    let child = compacting(bundle, at).stdout(out).spawn().map_err(|error| error.to_string())?;
    let mut work = Halted(child);
    wait(|| work.is_halted_or_over())?;
    let freed = full - stored(&bundle.disk())?;
    let (came, booted) = thread::scope(|scope| {
        let booted = scope.spawn(|| guest.boot("verify-root", &[]));
        let came = wait(|| Ok(booted.is_finished() || has_come(&bundle.disk())?));
        let came = came.map(|()| waits(&bundle.disk()));
        work.go_on();
        (came, booted.join().expect("the guest's script ends"))
    });
    let how = if came?? { "it waited for the lease" } else { "it had the disk at once" };
    wait(|| work.0.try_wait().map(|ended| ended.is_some()).map_err(|error| error.to_string()))?;
    ensure(booted.code == 0, || booted.text.clone())?;
    let told = fs::read_to_string(printed).map_err(|error| error.to_string())?;
    let before: Vec<&str> = told.lines().take_while(|line| !line.starts_with("halted")).collect();
    ensure(before.iter().any(|line| line.ends_with(HOLES)), || format!("no hole had been made: {told}"))?;
    let halted = told.lines().find_map(|line| line.strip_prefix("halted at "));
    let halted = halted.map_or_else(|| OVER.to_owned(), plain);
    let ended: Vec<&str> = told.lines().filter(|line| line.contains("outcome=") || line.contains("note: ")).collect();
    Ok((halted, format!("{how}, {freed} bytes were freed; {}", ended.join("; "))))
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

/// Whether somebody waits for the lease on the disk to be given up (`/proc/locks`).
fn waits(disk: &Path) -> Result<bool, String> {
    let facts = fs::metadata(disk).map_err(|error| error.to_string())?;
    let locks = fs::read_to_string("/proc/locks").map_err(|error| error.to_string())?;
    let inode = format!(":{} ", facts.ino());
    Ok(locks.lines().any(|lock| lock.contains("BREAKING") && lock.contains(&inode)))
}

/// Whether a guest has the disk open, or waits for it.
fn has_come(disk: &Path) -> Result<bool, String> {
    if waits(disk)? {
        return Ok(true);
    }
    let facts = fs::metadata(disk).map_err(|error| error.to_string())?;
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
