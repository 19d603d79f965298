//! Commands that may never end: run with a time-out, killed with all their children, and given up when even that fails.
//!
//! Whoever mounts what a test has made, or repairs it, may be left waiting in the kernel for good. No signal ends such
//! a process, so waiting for it would hang the whole run. Not here: commands that only compute, which `cli::run` runs.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::cli::Ended;

/// What a command gets after it was killed. One that is not gone by then waits in the kernel.
const GRACE: Duration = Duration::from_secs(5);

static STUCK: AtomicBool = AtomicBool::new(false);

/// Whether a command could not even be killed. Then whatever it had mounted must not be walked into or cleaned up.
#[must_use]
pub fn stuck() -> bool {
    STUCK.load(Ordering::SeqCst)
}

/// Runs a command in a process group of its own to its end, with nothing to read.
///
/// # Panics
/// When it cannot be started, or has not ended within `limit`. It has been killed then; if it did not die of that, it
/// is left behind.
pub fn run(command: &mut Command, limit: Duration) -> Ended {
    attempt(command, limit).unwrap_or_else(|failure| panic!("{failure}"))
}

/// [`run`] for where a panic would be one too many.
pub fn attempt(command: &mut Command, limit: Duration) -> Result<Ended, String> {
    if stuck() {
        return Err(format!("not started, since a command before it is stuck in the kernel: {command:?}"));
    }
    // Files, for a pipe would stay open for as long as any child of the child's has it.
    let [mut printed, mut complained] = [scratch()?, scratch()?];
    let theirs = |file: &File| file.try_clone().map(Stdio::from).map_err(|error| error.to_string());
    command.stdin(Stdio::null()).stdout(theirs(&printed)?).stderr(theirs(&complained)?).process_group(0);
    let mut child = command.spawn().map_err(|error| format!("{command:?} cannot be started: {error}"))?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let mut ended = |limit: Duration| {
        let deadline = Instant::now() + limit;
        let mut pause = Duration::from_micros(500);
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < deadline => thread::sleep(pause),
                Ok(None) | Err(_) => return None,
            }
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    };
    if let Some(status) = ended(limit) {
        return Ok(Output { status, stdout: all(&mut printed)?, stderr: all(&mut complained)? }.into());
    }
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let gone = ended(GRACE).map(|status| status.signal());
    STUCK.fetch_or(gone.is_none(), Ordering::SeqCst);
    let end = if gone.is_some() { "was killed" } else { "cannot be killed and is left behind" };
    let said = [all(&mut printed)?, all(&mut complained)?].concat();
    Err(format!("{command:?} {end} after {limit:?}: {}", String::from_utf8_lossy(&said)))
}

fn scratch() -> Result<File, String> {
    tempfile::tempfile().map_err(|error| format!("no scratch file: {error}"))
}

fn all(file: &mut File) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_command_that_ends_says_how() {
        let ended = run(&mut shell("echo said; echo complained >&2; exit 3"), GRACE);
        assert_eq!((ended.code, ended.printed.as_str(), ended.complained.as_str()), (3, "said\n", "complained\n"));
    }

    #[test]
    fn a_command_that_does_not_end_is_killed_with_its_children() {
        let started = Instant::now();
        let failure = attempt(&mut shell("sleep 60 & sleep 60"), Duration::from_millis(100)).map(|ended| ended.code);
        assert!(failure.expect_err("it was killed").contains("was killed after"), "it says so");
        assert!(started.elapsed() < GRACE);
        assert!(!stuck());
    }
}
