//! Asks another program, for an instant and a little text: one that hangs or talks without end must not hold us up.
//!
//! Not here: which program, and what its answer means.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Answers come in a fraction of a second; a volume under heavy load gets some more.
const PATIENCE: Duration = Duration::from_secs(5);
/// Text read at most.
const MOST: u64 = 64 * 1024;

/// What the program prints, if it ends well and in time.
#[cfg_attr(target_os = "linux", expect(dead_code, reason = "nothing to ask here; tested here all the same"))]
pub(super) fn brief(command: &mut Command) -> io::Result<String> {
    within(command, PATIENCE)
}

fn within(command: &mut Command, patience: Duration) -> io::Result<String> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let (done, answer) = channel();
    if let Some(output) = child.stdout.take() {
        // Ends with the program's output at the latest, which closes when the program is killed.
        std::thread::Builder::new().name("brief".to_owned()).spawn(move || {
            let mut text = Vec::new();
            let read = output.take(MOST).read_to_end(&mut text);
            let _ = done.send(read.map(|_| text));
        })?;
    }
    let text = answer.recv_timeout(patience);
    let ended = end(&mut child, text.is_ok())?;
    let text = text.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    if ended { Ok(String::from_utf8_lossy(&text).into_owned()) } else { Err(io::Error::other("it failed")) }
}

/// Whether it ended well by itself. One that has said all it had to say is given an instant to end.
fn end(child: &mut Child, said: bool) -> io::Result<bool> {
    for _ in 0..if said { 50 } else { 0 } {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn shell(script: &str, patience: Duration) -> io::Result<String> {
        within(Command::new("/bin/sh").args(["-c", script]), patience)
    }

    #[test]
    fn only_a_program_that_ends_well_has_said_anything() {
        let long = Duration::from_mins(1);
        assert_eq!(shell("echo one; echo two", long).expect("an answer"), "one\ntwo\n");
        assert!(shell("echo one; exit 3", long).is_err());
        assert!(within(&mut Command::new("/nowhere/at/all"), long).is_err());
    }

    #[test]
    fn one_that_hangs_or_never_ends_talking_is_ended() {
        let start = Instant::now();
        let error = shell("exec sleep 600", Duration::from_millis(50)).expect_err("too late");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(shell("exec yes", Duration::from_mins(1)).is_err());
        assert!(start.elapsed() < Duration::from_secs(50), "it was not waited for");
    }
}
