//! The port `Processes`: who has a file open, and the kernel's word on leases and locks.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use plimsoll_core::adapters::{ProcessTable, UnixDisk};
use plimsoll_core::ports::{Disk, KernelWord, OpenFiles, Processes, Scan, Watched};

use crate::{Other, Place};

const TABLE: ProcessTable = ProcessTable;

fn watched(path: &Path) -> Watched {
    Watched { path: path.to_path_buf(), identity: UnixDisk.facts(path).expect("facts").identity }
}

fn look(watched: &[Watched], scan: Scan) -> OpenFiles {
    let found = TABLE.open_files(watched, scan);
    assert_eq!(found.failed, None);
    found
}

fn holders(found: &OpenFiles) -> Vec<(Option<u32>, &str, &Path)> {
    found.holders.iter().map(|holder| (holder.pid, holder.name.as_str(), holder.file.as_path())).collect()
}

#[test]
fn an_open_file_is_found_for_as_long_as_it_is_open() {
    let place = Place::new();
    let (held, other) = (place.file("held", b"x"), place.file("other", b"x"));
    let both = [watched(&other), watched(&held)];
    for scan in [Scan::Full, Scan::Open, Scan::First] {
        assert_eq!(holders(&look(&both, scan)), []);
        for how in ["read", "write"] {
            let process = Other::holding(how, &[&held]);
            let found = look(&both, scan);
            assert_eq!(holders(&found), [(Some(process.pid()), "holder", held.as_path())], "{how}");
            let listed = found.processes.iter().find(|listed| listed.pid == process.pid()).expect("it is listed");
            assert_eq!((listed.name.as_str(), listed.owner), ("holder", TABLE.user()));
        }
        assert_eq!(holders(&look(&both, scan)), [], "it has ended");
    }
}

#[test]
fn each_of_several_files_is_found() {
    let place = Place::new();
    let (one, two) = (place.file("one", b"x"), place.file("two", b"x"));
    let process = Other::holding("read", &[&one, &two, &one]);
    let found = look(&[watched(&one), watched(&two)], Scan::Full);
    let mut files: Vec<_> = holders(&found);
    files.sort();
    let pid = Some(process.pid());
    assert_eq!(files, [(pid, "holder", one.as_path()), (pid, "holder", two.as_path())]);
}

#[test]
fn a_file_is_found_whatever_its_name_is_now() {
    let place = Place::new();
    let (path, aside, second) = (place.file("image", b"x"), place.path("aside"), place.path("second"));
    let process = Other::holding("write", &[&path]);
    fs::rename(&path, &aside).expect("rename");
    assert_eq!(holders(&look(&[watched(&aside)], Scan::Full)), [(Some(process.pid()), "holder", aside.as_path())]);
    fs::hard_link(&aside, &second).expect("link");
    assert_eq!(holders(&look(&[watched(&second)], Scan::Full)), [(Some(process.pid()), "holder", second.as_path())]);
    let gone = watched(&aside);
    fs::remove_file(&aside).expect("remove");
    fs::remove_file(&second).expect("remove");
    assert_eq!(holders(&look(&[gone], Scan::Full)), [(Some(process.pid()), "holder", aside.as_path())]);
}

/// A running program is mapped, and no descriptor of its process is it.
#[test]
fn a_file_is_found_that_is_mapped_and_not_open() {
    let place = Place::new();
    let (path, aside, open) = (place.path("image"), place.path("aside"), place.file("open", b"x"));
    fs::copy(env!("CARGO_BIN_EXE_holder"), &path).expect("copy");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("chmod");
    let before = watched(&path);
    assert_eq!(holders(&look(std::slice::from_ref(&before), Scan::Full)), []);
    let (process, _) = Other::run(&path, "read", &[&open]);
    let pid = Some(process.pid());
    let found = look(std::slice::from_ref(&before), Scan::Full);
    assert_eq!(holders(&found), [(pid, "image", path.as_path())]);
    assert_eq!(holders(&look(std::slice::from_ref(&before), Scan::Open)), [], "it is not open");
    // One that is open as well is found once.
    let both = look(&[before.clone(), watched(&open)], Scan::Full);
    assert_eq!(holders(&both), [(pid, "image", open.as_path()), (pid, "image", path.as_path())]);
    // Where there are leases, the kernel counts it too.
    assert!(matches!(TABLE.lease(&path), None | Some(KernelWord::Held(None) | KernelWord::CannotTell(_))));
    let files = |watched| look(&[watched], Scan::Full).holders.into_iter().map(|holder| (holder.pid, holder.file));
    fs::rename(&path, &aside).expect("rename");
    assert!(files(watched(&aside)).eq([(pid, aside.clone())]));
    fs::remove_file(&aside).expect("remove");
    assert!(files(before.clone()).eq([(pid, path.clone())]));
    drop(process);
    assert_eq!(holders(&look(&[before], Scan::Full)), [], "it has ended");
}

#[test]
fn a_holder_is_told_with_who_is_behind_it_where_the_system_says_so() {
    let place = Place::new();
    let path = place.file("image", b"x");
    let process = Other::holding("read", &[&path]);
    let found = look(&[watched(&path)], Scan::Full);
    let behind = found.behind.get(&process.pid());
    // On macOS it may be the terminal, or the test itself, in which case nothing is said.
    assert!(behind.is_none_or(|behind| behind.pid != process.pid() && !behind.name.is_empty()), "{behind:?}");
    if cfg!(target_os = "linux") {
        assert_eq!(behind.map(|behind| behind.pid), Some(std::process::id()));
    }
}

#[test]
fn what_this_process_has_open_is_nobody_elses() {
    let place = Place::new();
    let path = place.file("image", b"x");
    let _open = fs::File::open(&path).expect("open");
    assert_eq!(holders(&look(&[watched(&path)], Scan::Full)), []);
}

#[test]
fn behind_thousands_of_descriptors_a_file_is_found_or_said_to_be_not_looked_for() {
    let place = Place::new();
    let path = place.file("image", b"x");
    let process = Other::holding("write-last", &[&path]);
    let whole = look(&[watched(&path)], Scan::Full);
    assert_eq!(holders(&whole), [(Some(process.pid()), "holder", path.as_path())]);
    assert!(whole.partial.is_empty(), "all of them were looked at");
    let first = look(&[watched(&path)], Scan::First);
    let partial = first.partial.iter().any(|listed| listed.pid == process.pid());
    assert!(partial != holders(&first).contains(&(Some(process.pid()), "holder", path.as_path())), "{first:?}");
}

#[test]
fn a_lock_is_seen_whichever_kind_it_is() {
    let place = Place::new();
    let path = place.file("image", b"x");
    assert_eq!(TABLE.lock(&path), KernelWord::Free);
    for kind in ["flock", "flock-shared", "posix"] {
        let process = Other::holding(kind, &[&path]);
        match TABLE.lock(&path) {
            // Only record locks say whose they are.
            KernelWord::Held(pid) => assert!(pid.is_none_or(|pid| pid == process.pid()), "{kind}: {pid:?}"),
            word => panic!("{kind}: {word:?}"),
        }
        drop(process);
        assert_eq!(TABLE.lock(&path), KernelWord::Free, "{kind}: its holder has died");
    }
    // Open and not locked is no lock.
    let _open = Other::holding("write", &[&path]);
    assert_eq!(TABLE.lock(&path), KernelWord::Free);
}

#[test]
fn asking_leaves_no_lock_and_no_lease_behind() {
    let place = Place::new();
    let path = place.file("image", b"x");
    TABLE.lock(&path);
    TABLE.lease(&path);
    assert!(Other::start("flock", &[&path]).1);
    assert!(Other::start("posix", &[&path]).1);
}

#[test]
fn a_lease_is_granted_only_while_nobody_has_the_file() {
    let place = Place::new();
    let path = place.file("image", b"x");
    let word = TABLE.lease(&path);
    assert_eq!(word.is_some(), cfg!(target_os = "linux"), "only Linux has leases");
    let Some(word) = word else { return };
    if let KernelWord::CannotTell(why) = word {
        println!("skipped: {why}");
        return;
    }
    assert_eq!(word, KernelWord::Free);
    for how in ["read", "write"] {
        let process = Other::holding(how, &[&path]);
        assert_eq!(TABLE.lease(&path), Some(KernelWord::Held(None)), "{how}");
        drop(process);
        assert_eq!(TABLE.lease(&path), Some(KernelWord::Free));
    }
}

#[test]
fn of_what_is_no_file_it_cannot_be_told() {
    let place = Place::new();
    let link = place.path("link");
    symlink(place.file("image", b"x"), &link).expect("link");
    for path in [&link, &place.path("missing"), place.folder.path()] {
        assert!(matches!(TABLE.lock(path), KernelWord::CannotTell(_)), "{}", path.display());
        assert!(matches!(TABLE.lease(path), None | Some(KernelWord::CannotTell(_))), "{}", path.display());
    }
}

/// Root may read everything, so that it asks as somebody else.
#[test]
fn without_permission_it_cannot_be_told() {
    let place = Place::new();
    let path = place.file("image", b"x");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("chmod");
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
    let program = place.path("holder");
    fs::copy(env!("CARGO_BIN_EXE_holder"), &program).expect("copy");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("chmod");
    let root = TABLE.user() == 0;
    let held = place.file("held", b"x");
    let process = Other::holding("write", &[&held]);
    let mut ask = Command::new(&program);
    ask.arg("ask").arg(&path);
    if root {
        // `nobody` on Debian; any user but root does.
        ask.uid(65_534).gid(65_534);
    }
    let answer = ask.output().expect("ask as another user");
    let told = String::from_utf8_lossy(&answer.stdout).into_owned();
    assert!(told.contains("lock CannotTell("), "{told}");
    assert!(told.contains("lease None") || told.contains("lease Some(CannotTell("), "{told}");
    assert!(told.contains("read Err(PermissionDenied)"), "{told}");
    if root {
        let unreadable = format!("unreadable {}\n", process.pid());
        assert!(told.contains(&unreadable), "a process of root's is not passed over: {told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_loop_device_is_a_holder_without_a_process() {
    let place = Place::new();
    let path = place.file("image", &vec![0; 1 << 20]);
    let made = Command::new("losetup").args(["--find", "--show"]).arg(&path).output();
    let Some(made) = made.ok().filter(|made| made.status.success()) else {
        println!("skipped: no loop device to be had, which takes root");
        return;
    };
    let device = String::from_utf8_lossy(&made.stdout).trim().to_owned();
    let found = look(&[watched(&path)], Scan::Full);
    assert!(Command::new("losetup").arg("--detach").arg(&device).status().expect("losetup").success());
    let name = format!("loop device {}", device.trim_start_matches("/dev/"));
    assert_eq!(holders(&found), [(None, name.as_str(), path.as_path())]);
}

#[test]
fn the_user_is_the_one_whose_files_are_made() {
    let place = Place::new();
    let path = place.file("mine", b"");
    assert_eq!(UnixDisk.facts(&path).expect("facts").owner, TABLE.user());
}
