//! A small volume of its own on a loop device, for what depends on the file system. Not here: any test.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::small::start;

/// A mounted volume, until it is dropped.
pub struct Volume {
    folder: TempDir,
}

fn sh(script: &str, folder: &Path) -> bool {
    let mut command = Command::new("timeout");
    command.args(["120", "bash", "-euc", script]).current_dir(folder);
    command.env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin");
    start(&mut command).wait().is_ok_and(|status| status.success())
}

impl Volume {
    /// With clones: XFS, whose smallest volume is 300 MB; it is a sparse file.
    #[must_use]
    pub fn with_clones() -> Option<Self> {
        Self::mounted("truncate -s 320M volume && mkfs.xfs -q -m reflink=1 volume")
    }

    /// Without: ext4.
    #[must_use]
    pub fn without_clones() -> Option<Self> {
        Self::mounted("truncate -s 160M volume && mke2fs -q -t ext4 -b 4096 -m 0 volume")
    }

    /// An ext4 of that size as `mke2fs` and `mount` make it by default, in a sparse file in `folder`.
    #[must_use]
    pub fn plain(size: &str, folder: &Path) -> Option<Self> {
        Self::mounted_in(&format!("truncate -s {size} volume && mke2fs -q -t ext4 volume"), folder)
    }

    fn mounted(make: &str) -> Option<Self> {
        Self::mounted_in(make, &std::env::temp_dir())
    }

    fn mounted_in(make: &str, folder: &Path) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: mounting a small volume takes root");
            return None;
        }
        let folder = tempfile::tempdir_in(folder).ok()?;
        if !sh(&format!("{make} && mkdir on && mount -o loop volume on"), folder.path()) {
            println!("skipped: the volume could not be made and mounted ({make})");
            return None;
        }
        Some(Self { folder })
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("on")
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        if !sh("umount on || (sleep 1 && umount on) || umount -l on", self.folder.path()) {
            eprintln!("{} is still mounted", self.folder.path().display());
        }
    }
}
