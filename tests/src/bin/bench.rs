//! Measures what stands in docs/performance.md: Plimsoll beside what a user would use instead, in one run.
//!
//! Prints a Markdown table. Not a test: nothing here fails on a slow machine. `bench hold N` opens N descriptors and
//! waits, as the app's VM does; `bench watch MINUTES` tells what an idle watch costs; `bench images FOLDER` trims copies of
//! one image, each in another way.

#[path = "bench/images.rs"]
mod images;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plimsoll_core::adapters::{ProcessTable, SystemClock, UnixDisk};
use plimsoll_core::bundle;
use plimsoll_core::measure::{self, Depth};
use plimsoll_core::ports::{Asker, Disk, Quiet};
use plimsoll_core::reclaim::{Level, Yard, guard};
use plimsoll_tests::small::Small;

/// Runs of each; the median of times is told, the mean of processor time, whose ticks are coarse.
const RUNS: u32 = 25;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["hold", count] => hold(count.parse().unwrap_or(0)),
        ["watch", minutes] => watch(Duration::from_mins(minutes.parse().unwrap_or(15))),
        ["images", folder] => images::compare(&beside("plimsoll"), Path::new(folder)),
        _ => compare(),
    }
}

fn median(call: impl Fn()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| elapsed(&call)).collect();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn elapsed(call: impl Fn()) -> Duration {
    let start = Instant::now();
    call();
    start.elapsed()
}

fn run(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Processor time of ended children, in ticks of 10 ms: `cutime` and `cstime` of proc(5).
fn children() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Mean processor time of a whole command.
fn processor(program: &str, args: &[&str]) -> Duration {
    let before = children();
    let runs = RUNS * 8;
    for _ in 0..runs {
        run(program, args);
    }
    children().saturating_sub(before) / runs
}

fn row(what: &str, ours: Duration, other: &str, theirs: Duration) {
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64().max(1e-9);
    println!("| {what} | {:.2} ms | {other} {:.2} ms | {ratio:.0} × |", millis(ours), millis(theirs));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn compare() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = Small::make(folder.path());
    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &SystemClock, progress: &Quiet, state: &small.state };
    let roots = [small.root.clone()];
    let found = small.find();
    let folder = small.bundle.to_string_lossy().into_owned();
    println!("| what | Plimsoll, in process | instead, as a process | ratio |\n|---|---|---|---|");
    let sizes = median(|| {
        let found = bundle::find(&UnixDisk, &roots);
        assert!(found.bundles.iter().all(|bundle| UnixDisk.volume(&bundle.path).is_ok()));
    });
    row("sizes of one sample", sizes, "`du -sk` (processor time)", processor("du", &["-sk", &folder]));
    let sample = median(|| drop(measure::measure(asker, &roots, Depth::Glance)));
    println!("| whole sample, process table too | {:.2} ms | | |", millis(sample));
    guards(yard, &found, "", &small);
    for count in [100_000, 400_000] {
        let holders = start_holders(count);
        let where_ = format!(", {count} descriptors in {} processes", holders.len());
        guards(yard, &found, &where_, &small);
        for mut holder in holders {
            let _ = holder.kill();
            let _ = holder.wait();
        }
    }
}

fn guards(yard: Yard<'_>, found: &bundle::Bundle, where_: &str, small: &Small) {
    let files: Vec<String> = ["rootfs.img", "sessiondata.img", "efivars.fd"]
        .iter()
        .map(|name| small.bundle.join(name).to_string_lossy().into_owned())
        .collect();
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let guard = median(|| assert!(guard::ask(yard, found, Level::Rebuild).is_empty()));
    let lsof = median(|| {
        run("lsof", &[&["--"], names.as_slice()].concat());
    });
    row(&format!("full guard{where_}"), guard, "`lsof -- FILES`", lsof);
    let fuser = median(|| {
        run("fuser", &names);
    });
    row(&format!("full guard{where_}"), guard, "`fuser FILES`", fuser);
}

/// One process where the hard limit of descriptors allows it, else as many as it takes.
fn start_holders(count: usize) -> Vec<Child> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let most = limit.maximum.and_then(|most| usize::try_from(most).ok()).unwrap_or(count + 64).saturating_sub(64);
    let mut left = count;
    let mut holders = Vec::new();
    while left > 0 {
        let share = left.min(most);
        holders.push(start_holder(share));
        left -= share;
    }
    holders
}

fn start_holder(count: usize) -> Child {
    let program = std::env::current_exe().expect("this program");
    let mut holder = Command::new(program);
    holder.args(["hold", &count.to_string()]).stdout(Stdio::piped());
    let mut child = holder.spawn().expect("start a holder");
    let mut line = String::new();
    let out = child.stdout.as_mut().expect("its output");
    BufReader::new(out).read_line(&mut line).expect("its word");
    assert_eq!(line.trim(), "holding");
    child
}

fn hold(count: usize) {
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current = limit.maximum;
    rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).expect("raise the limit");
    let held: Vec<_> = (0..count).map_while(|_| std::fs::File::open("/dev/null").ok()).collect();
    assert_eq!(held.len(), count, "descriptors to be had");
    println!("holding");
    std::thread::sleep(Duration::from_mins(10));
}

fn field(pid: u32, file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|value| value.parse().ok()).unwrap_or(0)
}

/// A program built beside this one.
fn beside(name: &str) -> PathBuf {
    std::env::current_exe().ok().and_then(|path| Some(path.parent()?.join(name))).unwrap_or_default()
}

/// What an idle `plimsoll watch` takes: memory, processor time, bytes written (proc(5), `status`, `stat`, `io`).
fn watch(time: Duration) {
    let program = beside("plimsoll");
    // On a volume of its own: elsewhere other programs fill and free the disk, and that is no idle watch.
    let quiet = Path::new("/dev/shm");
    let folder = if quiet.is_dir() { tempfile::tempdir_in(quiet) } else { tempfile::tempdir() }.expect("a folder");
    let small = Small::make(folder.path());
    // Where writes count as such.
    let state = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(&program)
        .args([Path::new("--root"), &small.root, Path::new("--state-dir"), state.path(), Path::new("watch")])
        .stdout(Stdio::null())
        .spawn()
        .expect("plimsoll is built beside this program");
    std::thread::sleep(Duration::from_secs(10));
    let before = (field(child.id(), "io", "write_bytes:"), ticks(child.id()));
    std::thread::sleep(time);
    let after = (field(child.id(), "io", "write_bytes:"), ticks(child.id()));
    println!("| idle watch, {} min | |\n|---|---|", time.as_secs() / 60);
    println!("| resident memory | {:.1} MB |", field(child.id(), "status", "VmRSS:") as f64 * 1024.0 / 1e6);
    println!("| bytes written | {} |", after.0 - before.0);
    println!("| processor time | {} ms |", (after.1 - before.1) * 10);
    let _ = child.kill();
    let _ = child.wait();
}

fn ticks(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}
