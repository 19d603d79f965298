//! What the port `Disk` does for whoever wants an image while holes are made in it: a lease, which only Linux has.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use plimsoll_core::adapters::UnixDisk;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::ports::{Disk, Footing, Progress, Quiet, Reach, TrimError, Trimmed};
use plimsoll_tests::guest_image::{self, Table};

use crate::{Other, Place};

#[test]
fn nothing_is_punched_under_one_who_has_the_disk_open() {
    let place = Place::new();
    let path = place.path("image");
    if !guest_image::make(&path, Table::Bare) {
        return;
    }
    let before = (fs::read(&path).expect("read"), UnixDisk.facts(&path).expect("facts"));
    for how in ["read", "write"] {
        let other = Other::holding(how, &[&path]);
        let answer = UnixDisk.trim(&path, Reach::Free, Footing::Lease, &Quiet);
        assert!(matches!(answer, Err(TrimError::InUse)), "{how}: {answer:?}");
        drop(other);
    }
    assert!((fs::read(&path).expect("read"), UnixDisk.facts(&path).expect("facts")) == before);
}

/// Starts a process that opens the disk when a part of the work is first heard of, and waits until it sleeps in that.
struct Opener<'a> {
    path: &'a Path,
    at: &'a str,
    child: RefCell<Option<(Child, Instant)>>,
}

impl Progress for Opener<'_> {
    fn advanced(&self, what: &str, _done: Bytes, _total: Bytes) {
        if what != self.at || self.child.borrow().is_some() {
            return;
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_holder"));
        let child = command.arg("write").arg(self.path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let child = child.expect("start another process");
        // The state after the name in parentheses (proc_pid_stat(5)). All else it does before is short.
        let stat = format!("/proc/{}/stat", child.id());
        let sleeps = || fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") S "));
        let (began, mut slept) = (Instant::now(), 0);
        while slept < 10 && began.elapsed() < Duration::from_secs(20) {
            slept = if sleeps() { slept + 1 } else { 0 };
            std::thread::sleep(Duration::from_millis(1));
        }
        self.child.replace(Some((child, Instant::now())));
    }
    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn one_who_wants_the_disk_has_it_at_once_and_whole() {
    let place = Place::new();
    let path = place.path("image");
    if !guest_image::make(&path, Table::Gpt) {
        return;
    }
    let (content, files) = (fs::read(&path).expect("read"), guest_image::files(&path, Table::Gpt));
    for at in ["reading", "noting", "punching", "comparing"] {
        fs::write(&path, &content).expect("write");
        File::open(&path).and_then(|file| file.sync_all()).expect("flush");
        let before = UnixDisk.facts(&path).expect("facts");
        let opener = Opener { path: &path, at, child: RefCell::new(None) };
        let answer = UnixDisk.trim(&path, Reach::Free, Footing::Lease, &opener);
        let (mut child, waited) = opener.child.take().expect("the part came");
        println!("{at}: given up after {:?}", waited.elapsed());
        assert!(matches!(answer, Ok(Trimmed::Wanted)), "{at}: {answer:?}");
        let (tell, told) = channel();
        let out = child.stdout.take().expect("its output");
        let reader = std::thread::spawn(move || {
            let mut word = String::new();
            let _ = BufReader::new(out).read_line(&mut word);
            let _ = tell.send(word);
        });
        let word = told.recv_timeout(Duration::from_secs(20));
        let _ = child.kill();
        let _ = child.wait();
        let _ = reader.join();
        assert_eq!(word.as_deref().map(str::trim), Ok("held"), "{at}: it got the disk");
        assert!(UnixDisk.facts(&path).expect("facts").same_content(&before), "{at}: times stay");
        assert_eq!(guest_image::faults(&path, Table::Gpt), None, "{at}");
        assert_eq!(guest_image::files(&path, Table::Gpt), files, "{at}");
    }
}
