//! Another process, for the contract of the ports: `holder WHAT PATH…`. Says `held` or `refused`, then waits for the end
//! of its input; `ask` says what this process is told about the file, and ends.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::PathBuf;

use plimsoll_core::adapters::{ProcessTable, UnixDisk};
use plimsoll_core::ports::{Disk, Processes, Scan};
use rustix::fs::FlockOperation;

fn main() {
    let mut words = std::env::args_os().skip(1);
    let what = words.next().unwrap_or_default();
    let paths: Vec<PathBuf> = words.map(PathBuf::from).collect();
    let Some(path) = paths.first() else { return usage() };
    let write = || OpenOptions::new().read(true).write(true).open(path).expect("open");
    let mut held: Vec<File> = Vec::new();
    let mut claim = None;
    let got = match what.to_string_lossy().as_ref() {
        "ask" => return ask(path),
        "read" => {
            held.extend(paths.iter().map(|path| File::open(path).expect("open")));
            true
        }
        "write" => {
            held.push(write());
            true
        }
        "write-last" => {
            // More than a scan of the first descriptors looks at.
            let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
            limit.current = Some(limit.maximum.map_or(10_000, |most| most.min(10_000)));
            rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).expect("raise the limit");
            held.extend((0..5_000).map(|_| File::open("/dev/null").expect("open")));
            held.push(write());
            true
        }
        "flock" | "flock-shared" => {
            let kind = if what == "flock" {
                FlockOperation::NonBlockingLockExclusive
            } else {
                FlockOperation::NonBlockingLockShared
            };
            held.push(write());
            rustix::fs::flock(&held[0], kind).is_ok()
        }
        "posix" => {
            held.push(write());
            rustix::fs::fcntl_lock(&held[0], FlockOperation::NonBlockingLockExclusive).is_ok()
        }
        "claim" => {
            claim = UnixDisk.claim(path).expect("ask for the claim");
            claim.is_some()
        }
        _ => return usage(),
    };
    println!("{}", if got { "held" } else { "refused" });
    let _ = std::io::stdin().read(&mut [0]);
    drop((held, claim));
}

fn usage() {
    eprintln!("holder ask|read|write|write-last|flock|flock-shared|posix|claim PATH…");
    std::process::exit(2);
}

fn ask(path: &std::path::Path) {
    println!("lock {:?}", ProcessTable.lock(path));
    println!("lease {:?}", ProcessTable.lease(path));
    println!("read {:?}", UnixDisk.read_at(path, 0, 1).map_err(|error| error.source.kind()));
    for process in ProcessTable.open_files(&[], Scan::Full).unreadable {
        println!("unreadable {}", process.pid);
    }
}
