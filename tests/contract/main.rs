//! What every adapter of a port must satisfy, on real files and with real other processes; the same on every platform.
//!
//! Not here: what the rules make of the answers (beside them), and adapters that fail on purpose (`faults`).

mod compact;
mod disk;
#[cfg(target_os = "linux")]
mod lease;
mod machine;
mod processes;
mod sessions;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

static ONE: Mutex<()> = Mutex::new(());

/// A folder for one test, and no other test meanwhile: until its `exec` a child has all that its parent had open, and
/// would be found to hold another test's files.
struct Place {
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Place {
    fn new() -> Self {
        let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { folder: tempfile::tempdir().expect("a folder"), _alone: alone }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("write");
        path
    }
}

/// Another process with something of ours, until it is dropped.
struct Other(Child);

impl Other {
    /// Starts one and gives its answer: whether it got what it was to hold.
    fn start(what: &str, paths: &[&Path]) -> (Self, bool) {
        Self::run(Path::new(env!("CARGO_BIN_EXE_holder")), what, paths)
    }

    /// The same, from a copy of its program.
    fn run(program: &Path, what: &str, paths: &[&Path]) -> (Self, bool) {
        let mut command = Command::new(program);
        let child = command.arg(what).args(paths).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut other = Self(child.expect("start another process"));
        let mut word = String::new();
        BufReader::new(other.0.stdout.as_mut().expect("its output")).read_line(&mut word).expect("its word");
        assert!(["held", "refused"].contains(&word.trim()), "{what}: {word}");
        (other, word.trim() == "held")
    }

    fn holding(what: &str, paths: &[&Path]) -> Self {
        let (other, held) = Self::start(what, paths);
        assert!(held, "{what} was refused");
        other
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
