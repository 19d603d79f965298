//! A real disk that fails, is killed, or has a VM started on it, at the call it is told to.
//!
//! Calls that change anything are counted, before and after each, and every progress report of the long ones: so every
//! instant at which a run can be cut off in a way that shows on disk is a number.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use plimsoll_core::adapters::UnixDisk;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::ports::{
    Claim, CloneAnswer, Copied, Disk, DiskError, FileFacts, Footing, Operation, Progress, Reach, TrimError, TrimPlan,
    Trimmed, Volume,
};

/// What happens at the chosen instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The process is killed.
    Kill,
    /// The disk is full from then on.
    Full,
    /// This one call fails.
    Fail,
    /// Another process opens the images that are in place.
    Vm,
    /// The same, and it writes to them.
    BusyVm,
    /// The user wants it to stop, from then on.
    Cancel,
    /// It is halted, as Ctrl-Z does, until it is told to go on.
    Halt,
    /// Should a hole be made then: something that is in use changes in the clone.
    Spoil,
}

impl Fault {
    /// The fault of this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "kill" => Self::Kill,
            "full" => Self::Full,
            "fail" => Self::Fail,
            "vm" => Self::Vm,
            "busy-vm" => Self::BusyVm,
            "cancel" => Self::Cancel,
            "halt" => Self::Halt,
            "spoil" => Self::Spoil,
            _ => Self::None,
        }
    }
}

/// A process with the images open, or waiting for them.
struct Vm {
    child: Child,
    told: Receiver<String>,
    held: bool,
}

/// For what must come.
const LONG: Duration = Duration::from_secs(20);
/// For what may not come before we go on.
const SHORT: Duration = Duration::from_millis(50);

/// The part of a VM: opens images for writing and keeps them until its input ends. One that uses them writes to their
/// beginning, where no file system and no partition table has anything.
pub fn hold(images: &[PathBuf], part: &str) {
    println!("opening");
    let open = |image: &PathBuf| std::fs::OpenOptions::new().read(true).write(true).open(image);
    let held: Vec<File> = images.iter().filter_map(|image| open(image).ok()).collect();
    for image in held.iter().filter(|_| part == "use") {
        let _ = image.write_all_at(VM_WAS_HERE, 0);
    }
    println!("held");
    let _ = io::stdin().read(&mut [0]);
    drop(held);
}

/// The name in the superblock of a small disk with a partition table.
const SPOILT: u64 = (1 << 20) + 1024 + 120;

/// What a VM writes.
pub const VM_WAS_HERE: &[u8] = b"a VM was here";

/// The disk.
pub struct FaultyDisk {
    /// The bundle on which a VM is started.
    pub bundle: PathBuf,
    /// What happens.
    pub fault: Fault,
    /// At which instant.
    pub at: usize,
    /// Instants passed.
    pub passed: Cell<usize>,
    /// Times a file's content was read.
    pub read: Cell<usize>,
    /// The last part of a long step that was counted.
    part: RefCell<(String, u64)>,
    vm: RefCell<Vec<Vm>>,
}

impl FaultyDisk {
    /// A disk with one fault.
    #[must_use]
    pub fn new(bundle: &Path, fault: Fault, at: usize) -> Self {
        Self {
            bundle: bundle.to_path_buf(),
            fault,
            at,
            passed: Cell::new(0),
            read: Cell::new(0),
            part: RefCell::new((String::new(), 0)),
            vm: RefCell::new(Vec::new()),
        }
    }

    /// Whether the instant came.
    #[must_use]
    pub fn struck(&self) -> bool {
        self.passed.get() > self.at
    }

    /// `path` is that of the call, or the name of a long one's part.
    fn instant(&self, path: &Path) -> Result<(), DiskError> {
        let n = self.passed.get();
        self.passed.set(n + 1);
        let error = |kind: io::ErrorKind| Err(DiskError::new(Operation::Write, path, kind.into()));
        match self.fault {
            Fault::Kill if n == self.at => {
                let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
                Ok(())
            }
            Fault::Halt => {
                let name = path.file_name().unwrap_or_default().display();
                if n == self.at {
                    println!("halted at {name}");
                    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
                } else {
                    println!("passed {name}");
                }
                Ok(())
            }
            Fault::Spoil if n == self.at && path == Path::new("punching") => {
                self.spoil();
                Ok(())
            }
            Fault::Full if n >= self.at => error(io::ErrorKind::StorageFull),
            Fault::Fail if n == self.at => error(io::ErrorKind::Other),
            Fault::Vm | Fault::BusyVm if n == self.at => {
                self.start_vm();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn spoil(&self) {
        let entries = std::fs::read_dir(&self.bundle).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_aside = |path: &PathBuf| path.file_name().is_some_and(|name| name.as_bytes().starts_with(b".plimsoll-"));
        for clone in entries.filter(is_aside) {
            let spoilt = File::options().write(true).open(&clone).and_then(|file| file.write_all_at(b"spoilt", SPOILT));
            println!("spoilt {spoilt:?}");
        }
    }

    fn start_vm(&self) {
        let images = ["rootfs.img", "sessiondata.img"].map(|name| self.bundle.join(name));
        let there = images.iter().filter(|image| image.exists());
        // Another process opens them, for one that had a lease itself would wait for itself. All but this program's name is
        // as of any VM.
        let Ok(program) = std::env::current_exe() else { return };
        let mut command = Command::new(program);
        let part = if self.fault == Fault::BusyVm { "use" } else { "hold" };
        let command = command.arg(part).args(there).stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut child) = command.spawn() else { return };
        let (tell, told) = channel();
        if let Some(out) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    let _ = tell.send(line);
                }
            });
        }
        // Where it has to wait for a lease, it waits for us, and so it is not waited for.
        let _ = told.recv_timeout(LONG);
        let held = told.recv_timeout(SHORT).is_ok();
        self.vm.borrow_mut().push(Vm { child, told, held });
    }

    /// Lets every VM that was started have its disks, as it must now that nothing is done with them any more.
    ///
    /// # Panics
    /// When one of them does not get them.
    pub fn settle(&self) {
        for vm in self.vm.borrow_mut().iter_mut().filter(|vm| !vm.held) {
            assert!(vm.told.recv_timeout(LONG).is_ok(), "a VM still waits for its disks");
            vm.held = true;
        }
    }

    fn around<T>(&self, path: &Path, call: impl FnOnce() -> Result<T, DiskError>) -> Result<T, DiskError> {
        self.instant(path)?;
        let done = call()?;
        // A call that is done does not fail for want of room any more.
        if self.fault != Fault::Full {
            self.instant(path)?;
        }
        Ok(done)
    }
}

impl Drop for FaultyDisk {
    fn drop(&mut self) {
        for vm in self.vm.get_mut() {
            let _ = vm.child.kill();
            let _ = vm.child.wait();
        }
    }
}

impl Progress for FaultyDisk {
    fn advanced(&self, what: &str, done: Bytes, total: Bytes) {
        // Of reading, a few instants of each part: its reports are many, and one is like the next.
        if ["reading", "noting", "comparing"].contains(&what) {
            let part = (what.to_owned(), done.0.saturating_mul(3) / total.0.max(1));
            if self.part.replace(part.clone()) == part {
                return;
            }
        }
        if matches!(self.fault, Fault::Kill | Fault::Vm | Fault::BusyVm | Fault::Cancel | Fault::Halt | Fault::Spoil) {
            let _ = self.instant(Path::new(what));
        }
    }
    fn cancelled(&self) -> bool {
        self.fault == Fault::Cancel && self.struck()
    }
}

impl Disk for FaultyDisk {
    fn facts(&self, path: &Path) -> Result<FileFacts, DiskError> {
        UnixDisk.facts(path)
    }
    fn list(&self, directory: &Path) -> Result<Vec<OsString>, DiskError> {
        UnixDisk.list(directory)
    }
    fn resolve(&self, path: &Path) -> Result<PathBuf, DiskError> {
        UnixDisk.resolve(path)
    }
    fn volume(&self, path: &Path) -> Result<Volume, DiskError> {
        UnixDisk.volume(path)
    }
    fn read_at(&self, path: &Path, offset: u64, length: usize) -> Result<Vec<u8>, DiskError> {
        self.read.set(self.read.get() + 1);
        UnixDisk.read_at(path, offset, length)
    }
    fn shared(&self, path: &Path) -> Result<Option<Bytes>, DiskError> {
        UnixDisk.shared(path)
    }
    fn layout(&self, path: &Path) -> Result<holes::Layout, TrimError> {
        self.read.set(self.read.get() + 1);
        UnixDisk.layout(path)
    }
    fn decode(&self, path: &Path, progress: &dyn Progress) -> Result<Bytes, DiskError> {
        self.read.set(self.read.get() + 1);
        UnixDisk.decode(path, progress)
    }
    fn make_private_folder(&self, path: &Path) -> Result<(), DiskError> {
        self.around(path, || UnixDisk.make_private_folder(path))
    }
    fn rename(&self, directory: &Path, from: &str, to: &str) -> Result<(), DiskError> {
        // A full disk still renames within a directory, as ext4, XFS and APFS do.
        if self.fault == Fault::Full {
            return UnixDisk.rename(directory, from, to);
        }
        self.around(directory, || UnixDisk.rename(directory, from, to))
    }
    fn remove(&self, path: &Path) -> Result<(), DiskError> {
        if self.fault == Fault::Full {
            return UnixDisk.remove(path);
        }
        self.around(path, || UnixDisk.remove(path))
    }
    fn replace(&self, path: &Path, content: &[u8]) -> Result<(), DiskError> {
        self.around(path, || UnixDisk.replace(path, content))
    }
    fn compress(&self, image: &Path, copy: &Path, progress: &dyn Progress) -> Result<Copied, DiskError> {
        self.around(copy, || UnixDisk.compress(image, copy, progress))
    }
    fn check_copy(&self, copy: &Path, progress: &dyn Progress) -> Result<Copied, DiskError> {
        self.around(copy, || UnixDisk.check_copy(copy, progress))
    }
    fn expand(
        &self,
        copy: &Path,
        image: &Path,
        mode: u32,
        modified: (i64, u32),
        progress: &dyn Progress,
    ) -> Result<Copied, DiskError> {
        self.around(image, || UnixDisk.expand(copy, image, mode, modified, progress))
    }
    fn trim_plan(&self, image: &Path, reach: Reach, progress: &dyn Progress) -> Result<TrimPlan, TrimError> {
        self.read.set(self.read.get() + 1);
        UnixDisk.trim_plan(image, reach, progress)
    }
    fn trim(
        &self,
        image: &Path,
        reach: Reach,
        footing: Footing,
        progress: &dyn Progress,
    ) -> Result<Trimmed, TrimError> {
        // The way there is counted by its progress reports; a full disk is met at the first of them.
        self.instant(image)?;
        let done = UnixDisk.trim(image, reach, footing, progress)?;
        if self.fault != Fault::Full {
            self.instant(image)?;
        }
        Ok(done)
    }
    fn clone_file(&self, directory: &Path, from: &str, to: &str) -> Result<CloneAnswer, DiskError> {
        self.around(&directory.join(to), || UnixDisk.clone_file(directory, from, to))
    }
    fn exchange(&self, directory: &Path, one: &str, other: &str) -> Result<(), DiskError> {
        // As a rename does.
        if self.fault == Fault::Full {
            return UnixDisk.exchange(directory, one, other);
        }
        self.around(directory, || UnixDisk.exchange(directory, one, other))
    }
    fn claim(&self, path: &Path) -> Result<Option<Box<dyn Claim>>, DiskError> {
        UnixDisk.claim(path)
    }
}
