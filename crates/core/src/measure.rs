//! Bundles and volumes to sizes: logical and allocated bytes, with what could not be read.
//!
//! Not here: opening any file. Everything comes from `stat`, so that watching stays cheap and silent.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::bundle::{self, Bundle, Entry, Found, Gap, REBUILD_SOURCE, Role, SESSION_IMAGE, SYSTEM_IMAGE};
use crate::bytes::Bytes;
use crate::ports::{Asker, FileKind, KernelWord, Processes, Scan, Volume, Watched};
use crate::sample::{GuestFree, Sample};
use crate::vm::{self, Asked, Liveness, Vm};

/// Everything seen at one instant.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Bundles with their VM and volume.
    pub bundles: Vec<MeasuredBundle>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// One bundle with its VM and volume.
#[derive(Clone, Debug)]
pub struct MeasuredBundle {
    /// What is in it.
    pub bundle: Bundle,
    /// Whether its VM runs.
    pub vm: Vm,
    /// The volume under it, when it could be asked.
    pub volume: Option<Volume>,
    /// Lengths of all files.
    pub logical: Bytes,
    /// Blocks held by all files, each inode once.
    pub allocated: Bytes,
}

/// How much may be asked about a running VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Open files of every process only: no file of the bundle is opened.
    Glance,
    /// Leases and locks as well, which open the images for an instant.
    Thorough,
}

/// Measures every bundle under the roots.
#[must_use]
pub fn measure(asker: Asker<'_>, roots: &[PathBuf], depth: Depth) -> Measured {
    let Found { bundles, mut gaps } = bundle::find(asker.disk, roots);
    let bundles = bundles.into_iter().map(|bundle| measure_bundle(asker, bundle, depth, &mut gaps)).collect();
    Measured { bundles, gaps }
}

/// Measures one bundle.
pub fn measure_bundle(asker: Asker<'_>, bundle: Bundle, depth: Depth, gaps: &mut Vec<Gap>) -> MeasuredBundle {
    let disks = bundle.entries.iter().filter(|entry| is_vm_disk(entry));
    let vm = look_at_vm(asker.processes, disks, depth);
    let volume = match asker.disk.volume(&bundle.path) {
        Ok(volume) => Some(volume),
        Err(error) => {
            gaps.push(error.into());
            None
        }
    };
    let mut below = Vec::new();
    for folder in bundle.entries.iter().filter(|entry| entry.facts.kind == FileKind::Directory) {
        bundle::walk(asker.disk, &folder.path, &mut below, gaps, 4);
    }
    let mut seen = std::collections::BTreeSet::new();
    let (mut logical, mut allocated) = (Bytes::ZERO, Bytes::ZERO);
    for file in bundle.entries.iter().chain(&below) {
        if file.facts.kind == FileKind::File && seen.insert(file.facts.identity) {
            logical = logical.plus(file.facts.logical);
            allocated = allocated.plus(file.facts.allocated);
        }
    }
    MeasuredBundle { bundle, vm, volume, logical, allocated }
}

/// Files that the VM has open while it runs. Others of the bundle are read by the app, by indexers and backups too.
fn is_vm_disk(entry: &Entry) -> bool {
    !matches!(entry.role, Role::Source | Role::Leftover | Role::Prefetch)
}

/// Weighs the evidence about the regular files among `entries`.
pub fn look_at_vm<'a>(processes: &dyn Processes, entries: impl Iterator<Item = &'a Entry>, depth: Depth) -> Vm {
    let files: Vec<&Entry> = entries.filter(|entry| entry.facts.kind == FileKind::File).collect();
    let watched: Vec<Watched> =
        files.iter().map(|file| Watched { path: file.path.clone(), identity: file.facts.identity }).collect();
    let asked: Vec<Asked> = files
        .iter()
        .map(|file| Asked {
            path: file.path.clone(),
            facts: file.facts.clone(),
            lease: if depth == Depth::Thorough { processes.lease(&file.path) } else { None },
            lock: (depth == Depth::Thorough).then(|| processes.lock(&file.path)),
        })
        .collect();
    let leased = !asked.is_empty() && asked.iter().all(|file| file.lease == Some(KernelWord::Free));
    let scan = match depth {
        Depth::Thorough if leased => Scan::First,
        Depth::Thorough => Scan::Full,
        Depth::Glance => Scan::Open,
    };
    let open = processes.open_files(&watched, scan);
    vm::judge(&asked, &open, processes.user())
}

impl MeasuredBundle {
    /// The key under which this bundle's history is kept: its resolved path.
    #[must_use]
    pub fn key(&self) -> String {
        self.bundle.path.to_string_lossy().into_owned()
    }

    /// What history keeps of it, but for what only an opened image tells.
    #[must_use]
    pub fn sample(&self, at: Timestamp) -> Sample {
        let facts = |name| self.bundle.entry(name).map(|entry| &entry.facts);
        let allocated = |name| facts(name).map_or(Bytes::ZERO, |facts| facts.allocated);
        Sample {
            at,
            allocated: self.allocated,
            system: allocated(SYSTEM_IMAGE),
            session: allocated(SESSION_IMAGE),
            system_inode: facts(SYSTEM_IMAGE).map_or(0, |facts| facts.identity.inode),
            source_modified: facts(REBUILD_SOURCE).map_or(0, |facts| facts.modified.0),
            free: self.volume.as_ref().map_or(Bytes::ZERO, |volume| volume.free),
            total: self.volume.as_ref().map_or(Bytes::ZERO, |volume| volume.total),
            vm: self.vm.state,
            guest_free: GuestFree::default(),
        }
    }

    /// Bytes the images can still take before they are as large as they can be. Other files, sparse or not, do not grow.
    #[must_use]
    pub fn headroom(&self) -> Bytes {
        [SYSTEM_IMAGE, SESSION_IMAGE]
            .iter()
            .filter_map(|name| self.bundle.entry(name))
            .filter(|entry| entry.facts.kind == FileKind::File)
            .map(|entry| entry.facts.logical.less(entry.facts.allocated))
            .sum()
    }

    /// The VM's state in one word.
    #[must_use]
    pub fn liveness(&self) -> Liveness {
        self.vm.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{FileFacts, Identity};

    fn entry(name: &str, kind: FileKind, logical: u64, allocated: u64) -> Entry {
        let facts = FileFacts {
            kind,
            identity: Identity { device: 1, inode: 2 },
            logical: Bytes::giga(logical),
            allocated: Bytes::giga(allocated),
            links: 1,
            owner: 501,
            mode: 0o600,
            modified: (0, 0),
            immutable: false,
        };
        Entry { name: name.to_owned(), path: name.into(), role: bundle::role_of(name), facts }
    }

    #[test]
    fn only_images_have_headroom() {
        use FileKind::{Directory, File, Symlink};
        let files = [("rootfs.img.zst", File, 9, 2), ("notes", File, 9, 0), (".wvm-tmp-1", File, 9, 1)];
        let images = [("rootfs.img", File, 10, 4), ("sessiondata.img", File, 10, 1)];
        let cases = [
            (&images[..], 15),
            (&images[..1], 6),
            (&[], 0),
            (&[("rootfs.img", Symlink, 10, 0), ("sessiondata.img", Directory, 10, 0)], 0),
            (&[("rootfs.img", File, 10, 11)], 0),
        ];
        for (images, headroom) in cases {
            let entries = images.iter().chain(&files).map(|&(name, kind, l, a)| entry(name, kind, l, a)).collect();
            let (path, root, identity) = ("/b".into(), "/".into(), Identity { device: 1, inode: 1 });
            let bundle = Bundle { path, root, identity, entries, warm: Vec::new() };
            let vm = vm::judge(&[], &crate::ports::OpenFiles::default(), 501);
            let measured = MeasuredBundle { bundle, vm, volume: None, logical: Bytes::ZERO, allocated: Bytes::ZERO };
            assert_eq!(measured.headroom(), Bytes::giga(headroom), "{images:?}");
        }
    }
}
