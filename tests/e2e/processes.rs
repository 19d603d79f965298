//! Processes of one desktop, told by their environment; and one that holds an image.
//!
//! Not here: the guest's QEMU.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::desk::spawn;

/// Id and name of every process whose home this is.
pub(crate) fn of_home(home: &Path) -> Vec<(i32, String)> {
    let mark = [b"HOME=", home.as_os_str().as_bytes()].concat();
    let entries = fs::read_dir("/proc").expect("list processes").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(|pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let ours = environment.split(|byte| *byte == 0).any(|word| word == mark);
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        ours.then(|| (pid, name.trim().to_owned()))
    })
    .collect()
}

/// One that has ended already has got what it needed.
pub(crate) fn signal(pid: i32, signal: Signal) {
    let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, signal));
}

/// Another process with an image open for writing, as a VM has.
pub(crate) struct Holder(Child);

impl Holder {
    pub(crate) fn of(image: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holder"));
        command.arg("write").arg(image).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = spawn(&mut command);
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it speaks");
        assert_eq!(line.trim(), "held");
        Self(child)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
