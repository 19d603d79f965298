//! A bundle on a volume of its own, and the real command line that compacts the system disk in it.
//!
//! Not here: what is proven with them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use plimsoll_tests::cli::Ended;
use plimsoll_tests::{bounded, cli};
use serde_json::Value;

use crate::corpus::{ensure, make, same_files};
use crate::guest::any;
use crate::image::{Place, Scratch, clean, mounted_listing, must, text, tool};
use crate::kinds::{Fill, Kind, Table};
use crate::{can_mount, nightly, tell};

/// For one call of the command line.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);

/// Volumes by the way that compacting takes on them: type, and how one is made.
const VOLUMES: [(&str, &str, &[&str]); 3] = [
    ("in place", "ext4", &["-q", "-t", "ext4", "-b", "4096", "-m", "0"]),
    ("in a clone", "xfs", &["-q", "-m", "reflink=1"]),
    ("in a clone", "btrfs", &["-q"]),
];

/// A mounted volume; the files it is made of are in memory where there is room.
pub(crate) struct Volume {
    scratch: Scratch,
    pub(crate) name: String,
}

impl Volume {
    /// One for each way there is on this machine; says which there is not.
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        let wanted = VOLUMES.iter().filter(|(_, kind, _)| nightly() || *kind != "btrfs");
        wanted.filter_map(|(way, kind, options)| match Self::mount(way, kind, options) {
            Ok(volume) => Some(volume),
            Err(why) => {
                tell(&format!("compact: SKIPPED {way} on {kind}: {why}"));
                None
            }
        })
    }

    fn mount(way: &str, kind: &str, options: &[&str]) -> Result<Self, String> {
        let volume = Self { scratch: Scratch::new(), name: format!("{way} on {kind}") };
        let image = volume.scratch.path("volume");
        fs::create_dir(volume.path()).map_err(|error| error.to_string())?;
        must("truncate", &["-s", "1200M", text(&image)])?;
        let program = if kind == "ext4" { "mke2fs".to_owned() } else { format!("mkfs.{kind}") };
        must(&program, &[options, &[text(&image)]].concat())?;
        must("mount", &["-t", kind, "-o", "loop", text(&image), text(&volume.path())])?;
        Ok(volume)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.scratch.path("on")
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let at = self.path();
        for arguments in [vec![text(&at)], vec!["--lazy", text(&at)]] {
            if tool("mountpoint", &["-q", text(&at)]).is_ok_and(|ended| ended.code != 0) {
                return;
            }
            let _ = tool("umount", &arguments);
        }
    }
}

/// One small enough to be compacted many times.
const SMALL: Kind =
    Kind { name: "a disk", megabytes: 96, table: Table::Gpt, options: "-b 4096", fill: Fill::Mounted("use") };

/// A system disk as it was before, and all that is in it.
pub(crate) struct Disk {
    pub(crate) path: PathBuf,
    pub(crate) place: Place,
    files: String,
}

impl Disk {
    pub(crate) fn of(path: PathBuf, place: Place) -> Self {
        let files = mounted_listing(&path, place).expect("its files");
        Self { path, place, files }
    }

    /// Fails unless this image is whole and has the same files.
    pub(crate) fn same(&self, image: &Path) -> Result<(), String> {
        clean(image, self.place)?;
        same_files(&self.files, &mounted_listing(image, self.place)?)
    }
}

/// Compacts a small disk on every volume, and lets something happen so many times, each at a moment drawn by lot.
pub(crate) fn at_any_moment(
    what: &str,
    times: usize,
    meanwhile: impl Fn(&Bundle, &Disk, Duration) -> Result<String, String>,
) {
    if !can_mount(what) {
        return;
    }
    let scratch = Scratch::new();
    let (path, place) = make(&SMALL, &scratch).expect("a disk");
    let disk = Disk::of(path, place);
    for volume in Volume::each() {
        let whole = Bundle::with(&volume.path(), &disk.path).expect("a bundle").time();
        tell(&format!("compact: {} takes {whole:.1?}", volume.name));
        for _ in 0..if nightly() { 100 } else { times } {
            let after = Duration::from_micros(any(u64::try_from(whole.as_micros()).expect("short")));
            let told = Bundle::with(&volume.path(), &disk.path)
                .and_then(|bundle| meanwhile(&bundle, &disk, after))
                .unwrap_or_else(|error| panic!("{}, {what} after {after:.1?}: {error}", volume.name));
            tell(&format!("compact: {}, {what} after {after:.1?}: {told}", volume.name));
        }
    }
}

/// A user-data folder with one bundle, and the state folder of the Plimsoll that looks after it.
pub(crate) struct Bundle {
    pub(crate) root: PathBuf,
    pub(crate) state: PathBuf,
}

impl Bundle {
    /// A fresh one below `folder`, whose system disk is a fully stored copy of `disk`.
    pub(crate) fn with(folder: &Path, disk: &Path) -> Result<Self, String> {
        let bundle = Self { root: folder.join("Claude"), state: folder.join("state") };
        for old in [&bundle.root, &bundle.state] {
            match fs::remove_dir_all(old) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.to_string()),
                _ => {}
            }
        }
        let made = fs::create_dir_all(bundle.path("")).and_then(|()| {
            fs::write(bundle.path(".rootfs.img.origin"), "0123456789012345678901234567890123456789")?;
            fs::create_dir(&bundle.state)
        });
        made.map_err(|error| error.to_string())?;
        must("cp", &["--sparse=never", "--reflink=never", text(disk), text(&bundle.disk())])?;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(bundle.disk(), private).map_err(|error| error.to_string())?;
        Ok(bundle)
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.join("vm_bundles/claudevm.bundle").join(file)
    }

    pub(crate) fn disk(&self) -> PathBuf {
        self.path("rootfs.img")
    }

    /// Runs the command line, for at most so long, and says how it ended if it did.
    pub(crate) fn plimsoll(&self, arguments: &[&str], limit: Duration) -> Result<Ended, String> {
        bounded::attempt(cli::plimsoll(&self.root, &self.state, arguments).arg("--json"), limit)
    }

    /// How long compacting takes here, now.
    pub(crate) fn time(&self) -> Duration {
        // The first call of all may have to build it.
        cli::binary();
        let started = Instant::now();
        let outcome = self.compact().expect("it can be compacted");
        assert_eq!(outcome, "done");
        started.elapsed()
    }

    /// Compacts to the end, and says the outcome; that it is refused is an end, too.
    pub(crate) fn compact(&self) -> Result<String, String> {
        let ended = self.plimsoll(&["reclaim", "compact", "--yes"], LIMIT)?;
        let json: Value = serde_json::from_str(&ended.printed).map_err(|error| format!("{error}: {}", ended.text))?;
        let codes = json["refusals"].as_array().into_iter().flatten();
        let codes: Vec<&str> = codes.filter_map(|refusal| refusal["code"].as_str()).collect();
        match (ended.code, json["outcome"].as_str()) {
            (0 | 3, Some(outcome)) => Ok(format!("{outcome} {}", codes.join(" ")).trim().to_owned()),
            _ => Err(ended.text),
        }
    }

    /// Fails unless its disk is whole, has the same files, and nothing was put aside and forgotten.
    pub(crate) fn sound(&self, disk: &Disk) -> Result<(), String> {
        let entries = fs::read_dir(self.path("")).map_err(|error| error.to_string())?;
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let left: Vec<String> = names.filter(|name| name.starts_with(".plimsoll-")).collect();
        ensure(left.is_empty(), || format!("left behind: {left:?}"))?;
        disk.same(&self.disk())
    }
}
