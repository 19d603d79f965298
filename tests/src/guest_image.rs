//! Small disks as a guest leaves them: a real ext4 with files, and what was deleted still in its free blocks.
//!
//! Made and read by e2fsprogs, which know nothing of Plimsoll. Not here: large images and booted guests.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::small::alone;

/// How a disk is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// One partition from the first MiB on, as the system disk has it.
    Gpt,
    /// One file system fills it, as on the session disk.
    Bare,
}

impl Table {
    /// Where the file system begins.
    #[must_use]
    pub const fn start(self) -> u64 {
        match self {
            Self::Gpt => 1 << 20,
            Self::Bare => 0,
        }
    }
}

/// Length of a disk.
pub const LENGTH: u64 = 12 << 20;
/// Blocks of 4 KiB of its file system; with a partition table a MiB stays free at the end, for the second table.
const BLOCKS: [(Table, &str); 2] = [(Table::Gpt, "2560"), (Table::Bare, "3072")];

/// Runs a tool; none when it is not there, else whether all went well and what it printed.
fn tool(name: &str, arguments: &[&str], folder: &Path) -> Option<(bool, String)> {
    let mut command = Command::new("timeout");
    command.args(["60", name]).args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/bin");
    let output = command.output().ok()?;
    // timeout(1): 127 when there is no such program.
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code() != Some(127)).then_some((output.status.success(), text))
}

/// Writes a disk to `path`: 32 files, of which every third is deleted again, and no hole anywhere. `false` where the tools
/// for it are missing.
///
/// # Panics
/// When the tools are there and fail.
#[must_use]
pub fn make(path: &Path, table: Table) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let within = folder.path();
    fs::create_dir(within.join("files")).expect("make");
    let noise = |seed: u32, length: u32| -> Vec<u8> {
        (0..length).map(|i| i.wrapping_add(seed << 16).wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect()
    };
    for i in 0..32 {
        fs::write(within.join(format!("files/f{i}")), noise(i, 5000 + i * 5000)).expect("write");
    }
    let image = within.join("image");
    // Every block is stored, and none of the free ones is zero.
    fs::write(&image, noise(99, u32::try_from(LENGTH).expect("small"))).expect("write");
    let run = |name: &str, arguments: &[&str]| {
        let ran = tool(name, arguments, within)?;
        assert!(ran.0, "{name}: {}", ran.1);
        Some(())
    };
    let blocks = BLOCKS.iter().find(|(known, _)| *known == table).map_or("", |(_, blocks)| blocks);
    let features = format!("nodiscard,lazy_itable_init=0,offset={}", table.start());
    let removed: Vec<String> = (0..32).step_by(3).map(|i| format!("rm f{i}\n")).collect();
    fs::write(within.join("removed"), removed.concat()).expect("write");
    let made = || {
        if table == Table::Gpt {
            run("sgdisk", &["-o", "-n", "1:2048:22527", "-t", "1:8300", "image"])?;
        }
        let options = ["-q", "-F", "-t", "ext4", "-b", "4096", "-J", "size=4", "-E", &features, "-d", "files"];
        run("mke2fs", &[&options[..], &["image", blocks]].concat())?;
        run("debugfs", &["-w", "-f", "removed", &format!("image?offset={}", table.start())])
    };
    if made().is_none() {
        println!("skipped: a disk is made by mke2fs, debugfs and sgdisk");
        return false;
    }
    let content = fs::read(&image).expect("read");
    let _alone = alone();
    let file = File::create(path).expect("make the disk");
    file.write_all_at(&content, 0).expect("write the disk");
    file.sync_all().expect("flush the disk");
    true
}

/// Marks the file system as one that was never unmounted; whether there is a tool for that.
#[must_use]
pub fn leave_mounted(path: &Path, table: Table) -> bool {
    let _alone = alone();
    let image = format!("{}?offset={}", path.display(), table.start());
    tool("debugfs", &["-w", "-R", "feature needs_recovery", &image], Path::new("/")).is_some_and(|(done, _)| done)
}

/// What e2fsck finds wrong, if anything.
///
/// # Panics
/// Where there is no e2fsck.
#[must_use]
pub fn faults(path: &Path, table: Table) -> Option<String> {
    let _alone = alone();
    let image = format!("{}?offset={}", path.display(), table.start());
    let (sound, text) = tool("e2fsck", &["-fn", &image], Path::new("/")).expect("e2fsck");
    (!sound).then_some(text)
}

/// The files on a disk and their hashes.
///
/// # Panics
/// Where there is no debugfs.
#[must_use]
pub fn files(path: &Path, table: Table) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    {
        let _alone = alone();
        let image = format!("{}?offset={}", path.display(), table.start());
        let dump = format!("rdump / {}", folder.path().display());
        tool("debugfs", &["-R", &dump, &image], Path::new("/")).expect("debugfs");
    }
    let entries = fs::read_dir(folder.path()).expect("list").map(|entry| entry.expect("entry"));
    entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let hash = blake3::hash(&fs::read(entry.path()).expect("read")).to_hex().to_string();
            (entry.file_name().to_string_lossy().into_owned(), hash)
        })
        .collect()
}
