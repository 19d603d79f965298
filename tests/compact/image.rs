//! Raw images made, mounted and asked about by the system's own tools, each of them bounded.
//!
//! Not here: which images there are (`kinds`), and what is proven about them.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use plimsoll_tests::bounded;
use plimsoll_tests::cli::Ended;
use tempfile::TempDir;

use crate::nightly;

/// For one call of a tool. On an idle machine the slowest takes some seconds, and with a large image a minute.
const LIMIT: Duration = Duration::from_mins(2);
const NIGHTLY_LIMIT: Duration = Duration::from_mins(15);
/// What images in memory may take at once: two tests side by side, each with the largest image four times.
const ROOM: u64 = 4 << 30;
/// Length of the random bytes that fill files. A multiple of every block size.
const JUNK: usize = 16 << 20;

/// A folder for images, gone at the end; left alone when a command is stuck in something that is mounted there.
pub(crate) struct Scratch(Option<TempDir>);

impl Scratch {
    /// In memory where there is enough of it, since what is flushed there costs nothing.
    pub(crate) fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let room = rustix::fs::statvfs(memory).map_or(0, |volume| volume.f_bavail * volume.f_frsize);
        if room >= ROOM { Self::on(memory) } else { Self::on(&std::env::temp_dir()) }
    }

    pub(crate) fn on(folder: &Path) -> Self {
        Self(Some(TempDir::with_prefix_in("plimsoll-compact-", folder).expect("a folder for images")))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.as_ref().expect("there until it is dropped").path().join(name)
    }

    /// Random bytes for the files of every image in this folder.
    pub(crate) fn junk(&self) -> PathBuf {
        let path = self.path("junk");
        if !path.exists() {
            let mut bytes = vec![0; JUNK];
            let random = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
            random.and_then(|()| fs::write(&path, bytes)).expect("random bytes");
        }
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if bounded::stuck() {
            std::mem::forget(self.0.take());
        }
    }
}

/// A file system in an image: where it begins, and how long it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) start: u64,
    pub(crate) length: u64,
}

impl Place {
    /// As the tools of e2fsprogs take it.
    pub(crate) fn of(self, image: &Path) -> String {
        let image = image.display();
        if self.start == 0 { image.to_string() } else { format!("{image}?offset={}", self.start) }
    }
}

/// Runs a tool, which may fail.
pub(crate) fn tool(program: &str, arguments: &[&str]) -> Result<Ended, String> {
    let mut command = Command::new(program);
    // The disk tools of Debian are not on the search path of everybody.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    command.env("PATH", path).env("LC_ALL", "C").args(arguments);
    bounded::attempt(&mut command, if nightly() { NIGHTLY_LIMIT } else { LIMIT })
}

/// Runs a tool, which must not fail.
pub(crate) fn must(program: &str, arguments: &[&str]) -> Result<String, String> {
    let ended = tool(program, arguments)?;
    if ended.code == 0 { Ok(ended.printed) } else { Err(format!("{program} {arguments:?}: {}", ended.text)) }
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("scratch folders have plain names")
}

/// A mounted file system of an image.
pub(crate) struct Mounted(Option<PathBuf>);

impl Mounted {
    pub(crate) fn new(image: &Path, place: Place, options: &str) -> Result<Self, String> {
        let at = image.with_extension("mounted");
        fs::create_dir_all(&at).map_err(|error| error.to_string())?;
        // Without `noinit_itable` the kernel zeroes inode tables while we look, and a loop device does that by holes.
        let more = format!("loop,offset={},sizelimit={},noinit_itable,{options}", place.start, place.length);
        must("mount", &["-t", "ext4", "-o", &more, text(image), text(&at)])?;
        Ok(Self(Some(at)))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.as_deref().expect("mounted until it is left")
    }

    pub(crate) fn leave(mut self) -> Result<(), String> {
        let at = self.0.take().expect("mounted until it is left");
        must("umount", &[text(&at)]).map(drop).inspect_err(|_| self.0 = Some(at))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(at) = self.0.take() {
            // When a test has failed; what cannot be unmounted now goes when the last who is in it has gone.
            let _ = tool("umount", &["--lazy", text(&at)]);
        }
    }
}

/// Everything a folder holds: kinds, modes, lengths, links, attributes, and SHA-256 of every content.
pub(crate) fn listing(folder: &Path) -> Result<String, String> {
    let script = r"cd -- $1
        find . -printf '%y %m %n %U %G %p -> %l\n' | sort
        find . -type f -printf '%s %p\n' | sort
        find . -type f -print0 | sort -z | xargs -0 -r sha256sum
        find . -print0 | sort -z | xargs -0 -r getfattr --no-dereference --dump --match=- --encoding=hex";
    must("bash", &["-euo", "pipefail", "-c", script, "list", text(folder)])
}

/// What is in a file system, through the kernel, without replaying anything.
pub(crate) fn mounted_listing(image: &Path, place: Place) -> Result<String, String> {
    let mounted = Mounted::new(image, place, "ro,noload")?;
    let listed = listing(mounted.path())?;
    mounted.leave()?;
    Ok(listed)
}

/// The same through debugfs, for file systems that this kernel cannot or must not mount.
pub(crate) fn dumped_listing(image: &Path, place: Place) -> Result<String, String> {
    let folder = image.with_extension("dumped");
    fs::create_dir(&folder).map_err(|error| error.to_string())?;
    let ended = tool("debugfs", &["-R", &format!("rdump / {}", text(&folder)), &place.of(image)])?;
    let complaints = ended.complained.lines().skip(1).collect::<Vec<_>>();
    if ended.code != 0 || !complaints.is_empty() {
        return Err(format!("debugfs: {}", ended.text));
    }
    let listed = listing(&folder)?;
    fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(listed)
}

/// The superblock in words.
pub(crate) fn header(image: &Path, place: Place) -> Result<String, String> {
    must("dumpe2fs", &["-h", &place.of(image)])
}

/// A number in the superblock's words.
pub(crate) fn number(header: &str, name: &str) -> u64 {
    let line = header.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.trim_start_matches(':').trim().parse().ok()).unwrap_or(0)
}

/// Fails unless e2fsck finds nothing at all.
pub(crate) fn clean(image: &Path, place: Place) -> Result<(), String> {
    must("e2fsck", &["-fn", &place.of(image)]).map(drop)
}

/// Copies an image so that every byte of it is stored, whatever it says.
pub(crate) fn stored_copy(image: &Path, name: &str) -> Result<PathBuf, String> {
    let copy = image.with_extension(name);
    must("cp", &["--sparse=never", "--reflink=never", text(image), text(&copy)])?;
    Ok(copy)
}

/// Bytes the file takes.
pub(crate) fn stored(image: &Path) -> Result<u64, String> {
    fs::metadata(image).map(|facts| facts.blocks() * 512).map_err(|error| error.to_string())
}

/// Where two files of one length differ, in pieces of `PIECE` bytes: the offset of each, and whether the second is all
/// zeros there.
pub(crate) fn differences(one: &Path, other: &Path) -> Result<Vec<(u64, bool)>, String> {
    let [one, other] = [one, other].map(File::open);
    compare(&one.map_err(|e| e.to_string())?, &other.map_err(|e| e.to_string())?).map_err(|error| error.to_string())
}

/// The smallest thing that can become a hole here.
pub(crate) const PIECE: usize = 4096;

fn compare(one: &File, other: &File) -> std::io::Result<Vec<(u64, bool)>> {
    let length = one.metadata()?.len();
    if length != other.metadata()?.len() {
        return Err(std::io::Error::other("the lengths differ"));
    }
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut found = Vec::new();
    let mut offset = 0;
    while offset < length {
        let now = usize::try_from(length - offset).unwrap_or(usize::MAX).min(left.len());
        one.read_exact_at(&mut left[..now], offset)?;
        other.read_exact_at(&mut right[..now], offset)?;
        if left[..now] != right[..now] {
            let pieces = left[..now].chunks(PIECE).zip(right[..now].chunks(PIECE)).zip((offset..).step_by(PIECE));
            let differing = pieces.filter(|((left, right), _)| left != right);
            found.extend(differing.map(|((_, right), at)| (at, right.iter().all(|byte| *byte == 0))));
        }
        offset += now as u64;
    }
    Ok(found)
}
