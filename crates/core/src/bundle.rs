//! Bundles: where they are looked for, what is in them, and what each file is for.
//!
//! Not here: sizes of a whole bundle (`measure`), and whether anything may be removed (`reclaim`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use crate::ports::{Disk, DiskError, FileFacts, FileKind, Identity};

/// What a file in a bundle is for. Only three of them can ever be reclaimed, and each only at its own level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Made again from the source when missing: the system image and its `.origin`, and the boot files.
    Rebuildable,
    /// Somebody's work: session images of any format.
    UserData,
    /// Who the VM is: EFI variables, machine identifier, addresses, markers.
    Identity,
    /// What the system image is made from.
    Source,
    /// The next release, fetched early.
    Prefetch,
    /// Dead: in-flight files nobody finished, and disks of a format this platform does not use.
    Leftover,
    /// Set aside by an unfinished reclaim; recovery deals with it.
    Aside,
    /// Not known; shown and never touched.
    Unknown,
}

/// The system image.
pub const SYSTEM_IMAGE: &str = "rootfs.img";
/// Says which release the system image is; a mismatch makes the app rebuild it.
pub const SYSTEM_MARKER: &str = ".rootfs.img.origin";
/// The session image.
pub const SESSION_IMAGE: &str = "sessiondata.img";
/// What the system image is rebuilt from.
pub const REBUILD_SOURCE: &str = "rootfs.img.zst";
/// Which release the rebuild source is.
pub const SOURCE_MARKER: &str = ".rootfs.img.zst.origin";
/// How folders are named in which a download or decompression is under way, or was.
pub const TEMPORARY_PREFIX: &str = ".wvm-tmp-";
/// How files of an unfinished reclaim are named, so that they tell what they are even without a journal.
pub const ASIDE_PREFIX: &str = ".plimsoll-";

/// The role of an entry by its name alone. A `Leftover` is only a candidate: age and company are for `reclaim::plan`.
#[must_use]
pub fn role_of(name: &str) -> Role {
    match name {
        SYSTEM_IMAGE | SYSTEM_MARKER | "vmlinuz" | "initrd" | "initrd-micro" => Role::Rebuildable,
        REBUILD_SOURCE | SOURCE_MARKER | "vmlinuz.zst" | "initrd.zst" | "initrd-micro.zst" => Role::Source,
        "efivars.fd"
        | "machineIdentifier"
        | "macAddress"
        | "gvisorMacAddress"
        | "vmIP"
        | ".cowork-adopted"
        | ".auto_reinstall_attempted" => Role::Identity,
        "rootfs.vhdx" | "rootfs.vhdx.zst" | ".rootfs.vhdx.origin" | ".rootfs.vhdx.zst.origin" => Role::Leftover,
        _ if name.starts_with(ASIDE_PREFIX) => Role::Aside,
        _ if name.starts_with("sessiondata") || name.starts_with(".sessiondata") => Role::UserData,
        _ if boot_marker(name) => Role::Rebuildable,
        _ if name.starts_with(TEMPORARY_PREFIX) || has_ending(name, "partial") => Role::Leftover,
        _ => Role::Unknown,
    }
}

fn boot_marker(name: &str) -> bool {
    ["vmlinuz", "initrd", "initrd-micro"]
        .iter()
        .any(|file| name == format!(".{file}.origin") || name == format!(".{file}.zst.origin"))
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == ending)
}

/// One entry of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the folder. Names that are not UTF-8 are shown with replacement characters and are unknown.
    pub name: String,
    /// Its whole path.
    pub path: PathBuf,
    /// What it is for.
    pub role: Role,
    /// What `stat` says.
    pub facts: FileFacts,
}

/// Something that could not be read, and why; the rest still counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Where.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Why, in words.
    pub reason: String,
    /// The system refused: on macOS that is privacy protection, not absence.
    pub denied: bool,
}

/// One file with a name that is not UTF-8 must not take the whole snapshot with it.
pub(crate) fn lossy<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&path.to_string_lossy())
}

impl From<DiskError> for Gap {
    fn from(error: DiskError) -> Self {
        Self { path: error.path.clone(), reason: error.reason(), denied: error.is_denied() }
    }
}

/// A folder in which the app keeps its VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The folder, symbolic links resolved.
    pub path: PathBuf,
    /// The user-data folder it was found through.
    pub root: PathBuf,
    /// Device and inode of the folder.
    pub identity: Identity,
    /// What is in it, by name.
    pub entries: Vec<Entry>,
    /// Prefetched files under `warm/` beside the bundle.
    pub warm: Vec<Entry>,
}

impl Bundle {
    /// Tells it from others, to people: the folder it was found through.
    #[must_use]
    pub fn name(&self) -> String {
        self.root
            .file_name()
            .map_or_else(|| self.path.to_string_lossy().into_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// The entry of this name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

/// What was found and what could not be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Bundles, each once, in the order of the roots.
    pub bundles: Vec<Bundle>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// More entries than any bundle has had; a folder with more is not walked further, and said so.
const ENTRY_LIMIT: usize = 10_000;

/// User-data folders of the app and its profiles in the folder where the platform keeps them (`Claude`, `Claude-3p`, …).
pub fn default_roots(disk: &dyn Disk, application_folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    for folder in application_folders {
        match disk.list(folder) {
            Ok(names) => {
                let profiles = names.into_iter().filter(|name| name.to_string_lossy().starts_with("Claude"));
                roots.extend(profiles.map(|name| folder.join(name)));
            }
            // It may be there all the same: looking into it says whether it is, or that this is closed as well.
            Err(error) if error.is_denied() => {
                let usual = folder.join("Claude");
                let missing = disk.facts(&usual).is_err_and(|error| error.is_missing());
                roots.extend((!missing).then_some(usual));
            }
            // A missing folder only means that nothing of the kind is installed.
            Err(_) => {}
        }
    }
    roots
}

/// The user-data folder that somebody means who points at a folder: itself, the bundle or the folder of bundles in it,
/// or the one above it. `None` when no bundle can be there.
pub fn root_meant(disk: &dyn Disk, chosen: &Path) -> Option<PathBuf> {
    let has_bundles =
        |path: &&Path| disk.facts(&path.join("vm_bundles")).is_ok_and(|facts| facts.kind != FileKind::File);
    // The folder, `vm_bundles` in it, a bundle in that.
    let around = chosen.ancestors().take(3).find(has_bundles).map(Path::to_path_buf);
    around.or_else(|| Some(chosen.join("Claude")).filter(|below| has_bundles(&below.as_path())))
}

/// Finds every bundle under the roots; one reached twice counts once, by device and inode.
pub fn find(disk: &dyn Disk, roots: &[PathBuf]) -> Found {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    for root in roots {
        if let Err(error) = find_in(disk, root, &mut seen, &mut found) {
            found.gaps.push(error.into());
        }
    }
    found
}

fn find_in(disk: &dyn Disk, root: &Path, seen: &mut BTreeSet<Identity>, found: &mut Found) -> Result<(), DiskError> {
    let root = disk.resolve(root)?;
    let parent = match disk.resolve(&root.join("vm_bundles")) {
        Err(error) if error.is_missing() => return Ok(()),
        other => other?,
    };
    for name in disk.list(&parent)? {
        if !has_ending(&name.to_string_lossy(), "bundle") {
            continue;
        }
        match read_bundle(disk, &root, &parent, &parent.join(&name), seen, &mut found.gaps) {
            Ok(Some(bundle)) => found.bundles.push(bundle),
            Ok(None) => {}
            Err(error) => found.gaps.push(error.into()),
        }
    }
    Ok(())
}

/// Reads a bundle once more; `None` when another folder, or none, stands there now.
pub fn reread(disk: &dyn Disk, bundle: &Bundle, gaps: &mut Vec<Gap>) -> Result<Option<Bundle>, DiskError> {
    let facts = disk.facts(&bundle.path)?;
    if facts.kind != FileKind::Directory || facts.identity != bundle.identity {
        return Ok(None);
    }
    let entries = read_entries(disk, &bundle.path, role_of, gaps)?;
    Ok(Some(Bundle { entries, ..bundle.clone() }))
}

fn read_bundle(
    disk: &dyn Disk,
    root: &Path,
    parent: &Path,
    path: &Path,
    seen: &mut BTreeSet<Identity>,
    gaps: &mut Vec<Gap>,
) -> Result<Option<Bundle>, DiskError> {
    let path = disk.resolve(path)?;
    let facts = disk.facts(&path)?;
    if facts.kind != FileKind::Directory {
        gaps.push(Gap { path, reason: "a bundle is a folder, and this is not one".to_owned(), denied: false });
        return Ok(None);
    }
    if !seen.insert(facts.identity) {
        return Ok(None);
    }
    let entries = read_entries(disk, &path, role_of, gaps)?;
    let warm_folder = parent.join("warm");
    let mut warm = Vec::new();
    if let Ok(facts) = disk.facts(&warm_folder)
        && facts.kind == FileKind::Directory
        && seen.insert(facts.identity)
    {
        walk(disk, &warm_folder, &mut warm, gaps, 3);
    }
    Ok(Some(Bundle { path, root: root.to_path_buf(), identity: facts.identity, entries, warm }))
}

fn read_entries(
    disk: &dyn Disk,
    folder: &Path,
    role: impl Fn(&str) -> Role,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Entry>, DiskError> {
    let mut entries = Vec::new();
    for raw in disk.list(folder)? {
        if entries.len() == ENTRY_LIMIT {
            let reason = format!("more than {ENTRY_LIMIT} entries; the rest is not counted");
            gaps.push(Gap { path: folder.to_path_buf(), reason, denied: false });
            break;
        }
        let path = folder.join(&raw);
        match disk.facts(&path) {
            Ok(facts) => {
                let role = raw.to_str().map_or(Role::Unknown, &role);
                entries.push(Entry { name: raw.to_string_lossy().into_owned(), path, role, facts });
            }
            // It vanished between the listing and the look: the app is at work, and the next sample will tell.
            Err(error) if error.is_missing() => {}
            Err(error) => gaps.push(error.into()),
        }
    }
    Ok(entries)
}

/// Every file below a folder, to a depth, links not followed.
pub(crate) fn walk(disk: &dyn Disk, folder: &Path, files: &mut Vec<Entry>, gaps: &mut Vec<Gap>, depth: usize) {
    match read_entries(disk, folder, |_| Role::Prefetch, gaps) {
        Ok(entries) => {
            for entry in entries {
                if files.len() >= ENTRY_LIMIT {
                    let reason = format!("more than {ENTRY_LIMIT} files; the rest is not counted");
                    gaps.push(Gap { path: folder.to_path_buf(), reason, denied: false });
                    return;
                }
                if entry.facts.kind == FileKind::Directory {
                    if depth == 0 {
                        let reason = "folders nest too deep; the rest is not counted".to_owned();
                        gaps.push(Gap { path: entry.path.clone(), reason, denied: false });
                    } else {
                        walk(disk, &entry.path, files, gaps, depth - 1);
                    }
                }
                files.push(entry);
            }
        }
        Err(error) => gaps.push(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::UnixDisk;

    #[test]
    fn whoever_points_near_a_bundle_means_its_root() {
        use std::fs::create_dir_all;
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("Claude");
        let bundle = root.join("vm_bundles/claudevm.bundle");
        create_dir_all(&bundle).expect("make");
        create_dir_all(folder.path().join("else/vm")).expect("make");
        for chosen in [root.as_path(), &root.join("vm_bundles"), &bundle, folder.path()] {
            assert_eq!(root_meant(&UnixDisk, chosen).as_ref(), Some(&root), "{}", chosen.display());
        }
        for chosen in ["else", "else/vm", "missing"] {
            assert_eq!(root_meant(&UnixDisk, &folder.path().join(chosen)), None, "{chosen}");
        }
    }

    #[test]
    fn every_known_name_has_its_role() {
        let cases = [
            ("rootfs.img", Role::Rebuildable),
            (".rootfs.img.origin", Role::Rebuildable),
            ("vmlinuz", Role::Rebuildable),
            (".initrd.zst.origin", Role::Rebuildable),
            ("rootfs.img.zst", Role::Source),
            (".rootfs.img.zst.origin", Role::Source),
            ("sessiondata.img", Role::UserData),
            ("sessiondata.qcow2", Role::UserData),
            (".sessiondata.img.origin", Role::UserData),
            ("sessiondata.img.partial", Role::UserData),
            ("efivars.fd", Role::Identity),
            (".cowork-adopted", Role::Identity),
            ("rootfs.img.zst.partial", Role::Leftover),
            (".wvm-tmp-a1", Role::Leftover),
            ("rootfs.vhdx", Role::Leftover),
            (".plimsoll-1-rootfs.img", Role::Aside),
            ("rootfs.qcow2", Role::Unknown),
            ("rootfs.img.bak", Role::Unknown),
            ("ROOTFS.IMG", Role::Unknown),
            ("", Role::Unknown),
        ];
        for (name, role) in cases {
            assert_eq!(role_of(name), role, "{name}");
        }
    }
}
