//! What the port `Disk` does for compacting: clones, swaps, and holes with and without a lease.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use plimsoll_core::adapters::UnixDisk;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::ports::{CloneAnswer, Disk, Footing, Progress, Quiet, Reach, TrimError, Trimmed};
use plimsoll_tests::guest_image::{self, Table};
use plimsoll_tests::volume::Volume;
use rustix::fs::XattrFlags;

use crate::Place;

/// A file with everything that can belong to one here.
fn dressed(path: &Path) -> io::Result<()> {
    fs::write(path, vec![7; 3 << 20])?;
    fs::set_permissions(path, Permissions::from_mode(0o640))?;
    let file = File::options().write(true).open(path)?;
    rustix::fs::fsetxattr(&file, "user.plimsoll", b"kept", XattrFlags::empty())?;
    #[cfg(target_os = "linux")]
    {
        // An access list of the kernel's form: version 2, then tag, permissions and id of each entry (linux/posix_acl_xattr.h).
        let entries: [(u16, u16, u32); 5] =
            [(1, 6, u32::MAX), (2, 4, 65_534), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)];
        let mut list = 2_u32.to_le_bytes().to_vec();
        for (tag, permissions, id) in entries {
            list.extend(tag.to_le_bytes());
            list.extend(permissions.to_le_bytes());
            list.extend(id.to_le_bytes());
        }
        rustix::fs::fsetxattr(&file, "system.posix_acl_access", &list, XattrFlags::empty())?;
        let flags = rustix::fs::ioctl_getflags(&file)? | rustix::fs::IFlags::NODUMP;
        rustix::fs::ioctl_setflags(&file, flags)?;
    }
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::new(1_790_000_000, 123_456_789))?;
    file.sync_all()
}

/// What belongs to a file beside its content.
fn dress(path: &Path) -> (u32, u32, i64, i64, Vec<u8>, Option<u32>) {
    let (facts, file) = (fs::metadata(path).expect("stat"), File::open(path).expect("open"));
    let mut value = vec![0; 256];
    let mut attributes = Vec::new();
    for name in ["user.plimsoll", "system.posix_acl_access"] {
        if let Ok(length) = rustix::fs::fgetxattr(&file, name, value.as_mut_slice()) {
            attributes.extend_from_slice(&value[..length]);
        }
    }
    #[cfg(target_os = "linux")]
    let flags = rustix::fs::ioctl_getflags(&file).ok().map(|flags| flags.bits());
    #[cfg(not(target_os = "linux"))]
    let flags = None;
    (facts.mode(), facts.uid(), facts.mtime(), facts.mtime_nsec(), attributes, flags)
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("list");
    let mut names: Vec<String> =
        names.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_clone_has_all_that_belongs_to_its_file_or_is_not_made() {
    let place = Place::new();
    let volume = Volume::with_clones();
    let folders = [Some(place.folder.path().to_path_buf()), volume.as_ref().map(Volume::path)];
    let mut made = 0;
    for folder in folders.into_iter().flatten() {
        let (image, clone) = (folder.join("image"), folder.join("clone"));
        if let Err(error) = dressed(&image) {
            println!("skipped: {} does not take all attributes: {error}", folder.display());
            continue;
        }
        let before = names(&folder);
        match UnixDisk.clone_file(&folder, "image", "clone").expect("ask") {
            CloneAnswer::Made => {
                made += 1;
                assert_eq!(dress(&clone), dress(&image));
                assert!(fs::read(&clone).expect("read") == fs::read(&image).expect("read"));
                assert!(UnixDisk.clone_file(&folder, "image", "clone").is_err(), "never over another file");
                symlink("nowhere", folder.join("link")).expect("link");
                assert!(UnixDisk.clone_file(&folder, "image", "link").is_err(), "nor through a link");
                assert!(UnixDisk.clone_file(&folder, "link", "another").is_err(), "nor of what a link points to");
                assert!(!folder.join("another").exists() && !folder.join("nowhere").exists());
            }
            CloneAnswer::NotHere(why) => {
                assert!(!why.is_empty());
                assert_eq!(names(&folder), before, "nothing is left");
            }
        }
        assert!(UnixDisk.clone_file(&folder, "missing", "other").expect_err("missing").is_missing());
    }
    assert_eq!(made > 0, volume.is_some() || cfg!(target_os = "macos"));
}

#[test]
fn two_names_are_swapped_or_stay() {
    let place = Place::new();
    let (one, other) = (place.file("one", b"1"), place.file("other", b"2"));
    UnixDisk.exchange(place.folder.path(), "one", "other").expect("exchange");
    assert_eq!((fs::read(&one).expect("read"), fs::read(&other).expect("read")), (b"2".to_vec(), b"1".to_vec()));
    for (a, b) in [("one", "missing"), ("missing", "one")] {
        assert!(UnixDisk.exchange(place.folder.path(), a, b).expect_err("missing").is_missing());
    }
    assert_eq!(names(place.folder.path()), ["one", "other"]);
}

#[test]
fn holes_are_as_many_as_were_said_and_nothing_in_use_changes() {
    let place = Place::new();
    for (table, footing) in [(Table::Gpt, Footing::Ours), (Table::Bare, Footing::Lease)] {
        let path = place.path("image");
        if !guest_image::make(&path, table) {
            return;
        }
        let (files, before) = (guest_image::files(&path, table), UnixDisk.facts(&path).expect("facts"));
        let plan = UnixDisk.trim_plan(&path, Reach::Free, &Quiet).expect("plan");
        assert_eq!(UnixDisk.facts(&path).expect("facts"), before, "a plan changes nothing");
        let linux = plan.layout.partitions.iter().find(|partition| partition.skipped.is_none()).expect("a file system");
        let (free, total) = (linux.free_bytes.expect("counted"), linux.total_bytes.expect("counted"));
        assert!(free > 0 && free < total && total <= before.logical.0);
        match UnixDisk.trim(&path, Reach::Free, footing, &Quiet) {
            Err(TrimError::NotHere(_)) if cfg!(target_os = "macos") && footing == Footing::Lease => continue,
            other => assert!(matches!(other, Ok(Trimmed::Whole)), "{other:?}"),
        }
        let after = UnixDisk.facts(&path).expect("facts");
        let freed = before.allocated.less(after.allocated);
        // The file system's own records of where the holes are.
        assert!(freed.0.abs_diff(plan.punchable.0) <= 64 << 10, "{freed} for {}", plan.punchable);
        assert!(freed > Bytes::mega(3), "{freed}");
        assert!(after.same_content(&before), "times stay");
        assert_eq!(guest_image::faults(&path, table), None);
        assert_eq!(guest_image::files(&path, table), files);
        assert_eq!(UnixDisk.trim_plan(&path, Reach::Free, &Quiet).expect("plan").punchable, Bytes::ZERO);
    }
}

#[test]
fn what_is_no_disk_of_a_guest_is_left_alone() {
    let place = Place::new();
    let foreign = [&b"QFI\xfb\0\0\0\x03"[..], b"shdw", b"", b"nothing that is known"];
    for content in foreign {
        let path = place.file("image", &[content.to_vec(), vec![0; 1 << 16]].concat());
        let before = fs::read(&path).expect("read");
        match UnixDisk.trim_plan(&path, Reach::Free, &Quiet) {
            Ok(plan) => assert!(plan.left_alone().is_some(), "{plan:?}"),
            Err(error) => assert!(matches!(error, TrimError::NotTrimmable(_)), "{error}"),
        }
        assert!(UnixDisk.trim(&path, Reach::Free, Footing::Ours, &Quiet).is_err());
        assert_eq!(fs::read(&path).expect("read"), before);
    }
    let link = place.path("link");
    symlink(place.path("image"), &link).expect("link");
    for path in [&link, &place.path("missing"), &place.folder.path().to_path_buf()] {
        assert!(
            UnixDisk.trim_plan(path, Reach::Free, &Quiet).is_err()
                && UnixDisk.trim(path, Reach::Free, Footing::Ours, &Quiet).is_err()
        );
    }
}

struct Enough;

impl Progress for Enough {
    fn advanced(&self, _what: &str, _done: Bytes, _total: Bytes) {}
    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn who_has_had_enough_is_obeyed() {
    let place = Place::new();
    let path = place.path("image");
    if !guest_image::make(&path, Table::Gpt) {
        return;
    }
    let before = fs::read(&path).expect("read");
    let answer = UnixDisk.trim(&path, Reach::Free, Footing::Ours, &Enough);
    assert!(matches!(answer, Ok(Trimmed::Cancelled)), "{answer:?}");
    assert!(fs::read(&path).expect("read") == before);
}
