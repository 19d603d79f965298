//! A real disk that fails, is killed, or has a VM started on it, at the call it is told to.
//!
//! Calls that change anything are counted, before and after each, and every progress report of the long ones: so every
//! instant at which a run can be cut off in a way that shows on disk is a number.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use plimsoll_core::adapters::UnixDisk;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::ports::{
    Claim, CloneAnswer, Copied, Disk, DiskError, FileFacts, Footing, Operation, Progress, TrimError, TrimPlan, Trimmed,
    Volume,
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
    /// The user wants it to stop, from then on.
    Cancel,
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
            "cancel" => Self::Cancel,
            _ => Self::None,
        }
    }
}

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
    vm: RefCell<Vec<Child>>,
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
            vm: RefCell::new(Vec::new()),
        }
    }

    /// Whether the instant came.
    #[must_use]
    pub fn struck(&self) -> bool {
        self.passed.get() > self.at
    }

    fn instant(&self, path: &Path) -> Result<(), DiskError> {
        let n = self.passed.get();
        self.passed.set(n + 1);
        let error = |kind: io::ErrorKind| Err(DiskError::new(Operation::Write, path, kind.into()));
        match self.fault {
            Fault::Kill if n == self.at => {
                let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
                Ok(())
            }
            Fault::Full if n >= self.at => error(io::ErrorKind::StorageFull),
            Fault::Fail if n == self.at => error(io::ErrorKind::Other),
            Fault::Vm if n == self.at => {
                self.start_vm();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn start_vm(&self) {
        for name in ["rootfs.img", "sessiondata.img"] {
            if let Ok(image) = std::fs::OpenOptions::new().read(true).write(true).open(self.bundle.join(name)) {
                let child = Command::new("sleep").arg("60").stdin(Stdio::from(image)).stdout(Stdio::null()).spawn();
                self.vm.borrow_mut().extend(child);
            }
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
        for child in self.vm.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Progress for FaultyDisk {
    fn advanced(&self, _what: &str, _done: Bytes, _total: Bytes) {
        if matches!(self.fault, Fault::Kill | Fault::Vm | Fault::Cancel) {
            let _ = self.instant(Path::new(""));
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
    fn trim_plan(&self, image: &Path) -> Result<TrimPlan, TrimError> {
        self.read.set(self.read.get() + 1);
        UnixDisk.trim_plan(image)
    }
    fn trim(&self, image: &Path, footing: Footing, progress: &dyn Progress) -> Result<Trimmed, TrimError> {
        // The way there is counted by its progress reports; a full disk is met at the first of them.
        self.instant(image)?;
        let done = UnixDisk.trim(image, footing, progress)?;
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
