//! The real `plimsoll`, built from what is in the tree now.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The binary of this build. Cargo is asked to bring it up to date first: an old one would prove nothing.
///
/// # Panics
/// When it cannot be built.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().expect("the test knows its own path");
        let profile = test.ancestors().nth(2).expect("…/target/debug/deps/journeys");
        let target = profile.parent().expect("…/target/debug");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet", "-p", "plimsoll", "--target-dir"]);
        let built = cargo.arg(target).output().expect("cargo can be started");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        profile.join("plimsoll")
    })
}

/// `plimsoll` on these folders and with nothing from this environment that would change what it does or prints.
#[must_use]
pub fn plimsoll(root: &Path, state: &Path, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(binary());
    for name in ["PLIMSOLL_ROOT", "PLIMSOLL_STATE_DIR", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.arg("--root").arg(root).arg("--state-dir").arg(state).args(arguments).stdin(Stdio::null());
    command
}

/// How a program ended, what it printed, and that with its complaints, for failed assertions.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; below zero when a signal ended it.
    pub code: i32,
    /// Its standard output.
    pub printed: String,
    /// Its standard error.
    pub complained: String,
    /// All of that.
    pub text: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let complained = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = format!("{}\n{printed}{complained}", output.status);
        Self { code: output.status.code().unwrap_or(-1), printed, complained, text }
    }
}

/// Runs a command to its end, with nothing to read.
///
/// # Panics
/// When it cannot be started.
pub fn run(command: &mut Command) -> Ended {
    command.stdin(Stdio::null()).output().expect("the program can be started and waited for").into()
}
