//! The port `Disk`: the real adapter, and the one of the fault tests while it has no fault.

use std::cell::Cell;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use plimsoll_core::adapters::UnixDisk;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::ports::{Disk, DiskError, FileKind, Progress, Quiet};
use plimsoll_tests::faulty::{Fault, FaultyDisk};

use crate::{Other, Place};

fn every(check: impl Fn(&dyn Disk, &Place)) {
    check(&UnixDisk, &Place::new());
    check(&FaultyDisk::new(Path::new("/"), Fault::None, 0), &Place::new());
}

const MIB: usize = 1 << 20;

/// 64 MiB with one MiB of data in the middle.
fn sparse(place: &Place, name: &str) -> (std::path::PathBuf, Vec<u8>) {
    let path = place.path(name);
    let file = File::create(&path).expect("make");
    let data: Vec<u8> = (0..1_u32 << 20).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    file.write_all_at(&data, 32 * MIB as u64).expect("write");
    file.set_len(64 * MIB as u64).expect("stretch");
    // Blocks are given to some file systems' files only when they are flushed.
    file.sync_all().expect("flush");
    let mut content = vec![0; 64 * MIB];
    content[32 * MIB..33 * MIB].copy_from_slice(&data);
    (path, content)
}

fn names(place: &Place) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(place.folder.path())
        .expect("list")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn kind<T>(answer: Result<T, DiskError>) -> Option<io::ErrorKind> {
    answer.err().map(|error| error.source.kind())
}

#[test]
fn facts_are_those_of_stat_and_holes_are_not_allocated() {
    every(|disk, place| {
        let (path, _) = sparse(place, "image");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("chmod");
        let (facts, stat) = (disk.facts(&path).expect("facts"), fs::metadata(&path).expect("stat"));
        assert_eq!(facts.kind, FileKind::File);
        assert_eq!((facts.identity.device, facts.identity.inode), (stat.dev(), stat.ino()));
        assert_eq!(facts.logical, Bytes(64 * MIB as u64));
        assert_eq!(facts.allocated, Bytes(stat.blocks() * 512));
        assert!(facts.allocated >= Bytes(MIB as u64), "the data is allocated: {}", facts.allocated);
        assert!(facts.allocated < Bytes(16 * MIB as u64), "the holes are not: {}", facts.allocated);
        assert_eq!((facts.links, facts.mode, facts.owner), (1, 0o640, stat.uid()));
        assert_eq!(facts.modified, (stat.mtime(), u32::try_from(stat.mtime_nsec()).expect("nanoseconds")));
        assert!(!facts.immutable);
    });
}

#[test]
fn links_are_seen_as_links() {
    every(|disk, place| {
        let file = place.file("file", b"content");
        let (link, nowhere) = (place.path("link"), place.path("nowhere"));
        symlink(&file, &link).expect("link");
        symlink(place.path("missing"), &nowhere).expect("link");
        for path in [&link, &nowhere] {
            assert_eq!(disk.facts(path).expect("facts").kind, FileKind::Symlink);
        }
        assert_eq!(disk.resolve(&link).expect("resolve"), file.canonicalize().expect("resolve"));
        assert!(disk.resolve(&nowhere).expect_err("leads nowhere").is_missing());
        assert!(disk.read_at(&link, 0, 1).is_err(), "a link is not read through");
        assert!(disk.claim(&link).is_err(), "nor claimed through");
        let second = place.path("second");
        fs::hard_link(&file, &second).expect("hard link");
        let (one, other) = (disk.facts(&file).expect("facts"), disk.facts(&second).expect("facts"));
        assert_eq!((one.links, one.identity), (2, other.identity));
    });
}

#[test]
fn folders_pipes_and_sockets_are_not_files() {
    every(|disk, place| {
        assert_eq!(disk.facts(place.folder.path()).expect("facts").kind, FileKind::Directory);
        let (socket, pipe) = (place.path("socket"), place.path("pipe"));
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
        for path in [&socket, &pipe] {
            assert_eq!(disk.facts(path).expect("facts").kind, FileKind::Other);
            // Opening a pipe without a writer would wait for ever.
            assert!(disk.read_at(path, 0, 1).is_err());
        }
        assert!(disk.read_at(place.folder.path(), 0, 1).is_err());
    });
}

#[test]
fn what_is_missing_is_said_to_be_missing() {
    every(|disk, place| {
        let path = place.path("missing");
        let missing = |answer: Result<(), DiskError>| assert!(answer.expect_err("missing").is_missing());
        missing(disk.facts(&path).map(drop));
        missing(disk.list(&path).map(drop));
        missing(disk.resolve(&path).map(drop));
        missing(disk.volume(&path).map(drop));
        missing(disk.read_at(&path, 0, 1).map(drop));
        missing(disk.decode(&path, &Quiet).map(drop));
        missing(disk.remove(&path));
        missing(disk.rename(place.folder.path(), "missing", "other"));
        missing(disk.compress(&path, &place.path("copy"), &Quiet).map(drop));
    });
}

#[test]
fn a_listing_is_sorted_and_whole() {
    every(|disk, place| {
        for name in ["b", ".a", "C", "10"] {
            place.file(name, b"");
        }
        assert_eq!(disk.list(place.folder.path()).expect("list"), [".a", "10", "C", "b"]);
        assert!(disk.list(&place.path("b")).is_err(), "a file has no listing");
    });
}

#[test]
fn reading_gives_what_is_there_and_no_more() {
    every(|disk, place| {
        let file = place.file("file", b"0123456789");
        for (offset, length, read) in [(0, 4, "0123"), (4, 100, "456789"), (10, 5, ""), (99, 5, ""), (3, 0, "")] {
            assert_eq!(disk.read_at(&file, offset, length).expect("read"), read.as_bytes(), "{offset} {length}");
        }
    });
}

#[test]
fn a_rename_keeps_the_file_and_never_replaces_another() {
    every(|disk, place| {
        let folder = place.folder.path();
        place.file("from", b"one");
        place.file("taken", b"two");
        let before = disk.facts(&place.path("from")).expect("facts").identity;
        assert_eq!(kind(disk.rename(folder, "from", "taken")), Some(io::ErrorKind::AlreadyExists));
        symlink("nowhere", place.path("link")).expect("link");
        assert_eq!(kind(disk.rename(folder, "from", "link")), Some(io::ErrorKind::AlreadyExists));
        assert_eq!(fs::read(place.path("from")).expect("read"), b"one");
        assert_eq!(fs::read(place.path("taken")).expect("read"), b"two");
        disk.rename(folder, "from", "to").expect("rename");
        assert_eq!(disk.facts(&place.path("to")).expect("facts").identity, before);
        disk.rename(folder, "link", "renamed").expect("a link itself is renamed");
        assert_eq!(names(place), ["renamed", "taken", "to"]);
    });
}

#[test]
fn removing_takes_an_entry_and_not_what_it_points_to() {
    every(|disk, place| {
        let file = place.file("file", b"content");
        fs::create_dir_all(place.path("folder/below")).expect("make");
        fs::write(place.path("folder/below/deep"), b"x").expect("write");
        let (link, into) = (place.path("link"), place.path("folder/below/out"));
        symlink(&file, &link).expect("link");
        symlink(&file, into).expect("link");
        disk.remove(&link).expect("remove a link");
        disk.remove(&place.path("folder")).expect("remove a folder");
        assert_eq!(names(place), ["file"]);
        assert_eq!(fs::read(&file).expect("read"), b"content");
        disk.remove(&file).expect("remove a file");
        assert!(names(place).is_empty());
    });
}

#[test]
fn replacing_is_of_the_whole_file_and_private() {
    every(|disk, place| {
        let path = place.path("small");
        for content in ["first", "second, longer", "3"] {
            disk.replace(&path, content.as_bytes()).expect("replace");
            assert_eq!(fs::read(&path).expect("read"), content.as_bytes());
        }
        assert_eq!(disk.facts(&path).expect("facts").mode, 0o600);
        assert_eq!(names(place), ["small"], "nothing is left beside it");
        let precious = place.file("precious", b"precious");
        let link = place.path("link");
        symlink(&precious, &link).expect("link");
        disk.replace(&link, b"new").expect("replace");
        assert_eq!(disk.facts(&link).expect("facts").kind, FileKind::File, "the link itself was replaced");
        symlink(&precious, place.path("small.new")).expect("link");
        assert!(disk.replace(&path, b"4").is_err(), "nothing is written through a link");
        assert_eq!(fs::read(&precious).expect("read"), b"precious");
    });
}

#[test]
fn a_copy_comes_back_byte_for_byte_and_sparse() {
    every(|disk, place| {
        let (image, content) = sparse(place, "image");
        let (copy, back) = (place.path("copy.zst"), place.path("back"));
        let copied = disk.compress(&image, &copy, &Quiet).expect("compress");
        assert_eq!(copied.blake3, blake3::hash(&content).to_hex().as_str());
        assert_eq!(copied.logical, Bytes(content.len() as u64));
        let facts = disk.facts(&copy).expect("facts");
        assert_eq!((copied.stored, facts.mode), (facts.logical, 0o600));
        assert_eq!(disk.check_copy(&copy, &Quiet).expect("check"), copied);
        assert_eq!(disk.decode(&copy, &Quiet).expect("decode"), copied.logical);
        // Anybody can read it.
        assert!(zstd::decode_all(File::open(&copy).expect("open")).expect("decode") == content);
        let modified = (1_790_000_000, 123_456_789);
        assert_eq!(disk.expand(&copy, &back, 0o640, modified, &Quiet).expect("expand"), copied);
        assert!(fs::read(&back).expect("read") == content);
        let facts = disk.facts(&back).expect("facts");
        assert_eq!((facts.mode, facts.modified), (0o640, modified));
        assert!(facts.allocated < Bytes(16 * MIB as u64), "holes are holes again: {}", facts.allocated);
    });
}

#[test]
fn a_copy_never_replaces_a_file() {
    every(|disk, place| {
        let image = place.file("image", b"content");
        let (copy, taken) = (place.path("copy"), place.file("taken", b"precious"));
        disk.compress(&image, &copy, &Quiet).expect("compress");
        assert_eq!(kind(disk.compress(&image, &taken, &Quiet)), Some(io::ErrorKind::AlreadyExists));
        assert_eq!(kind(disk.expand(&copy, &taken, 0o600, (0, 0), &Quiet)), Some(io::ErrorKind::AlreadyExists));
        assert_eq!(fs::read(&taken).expect("read"), b"precious");
    });
}

#[test]
fn a_damaged_copy_is_found_out() {
    every(|disk, place| {
        let (image, _) = sparse(place, "image");
        let copy = place.path("copy");
        disk.compress(&image, &copy, &Quiet).expect("compress");
        let whole = fs::read(&copy).expect("read");
        let mut scribbled = whole.clone();
        scribbled[whole.len() / 2] ^= 0x40;
        for (what, broken) in [("cut", &whole[..whole.len() - 100]), ("scribbled", &scribbled), ("empty", &[])] {
            let path = place.file(what, broken);
            let read = disk.check_copy(&path, &Quiet);
            // Nothing at all decodes to nothing, which is another length and hash than the original's.
            assert!(read.map_or(true, |copied| copied.logical == Bytes::ZERO), "{what}");
            let length = disk.decode(&path, &Quiet);
            assert!(length.map_or(true, |length| length == Bytes::ZERO), "{what}");
        }
    });
}

/// Wants to stop at the first report, or never, and remembers what it was told.
struct Watch {
    stop: bool,
    told: Cell<(u64, u64)>,
}

impl Progress for Watch {
    fn advanced(&self, _what: &str, done: Bytes, total: Bytes) {
        assert!(done <= total, "{done} of {total}");
        self.told.set((done.0, total.0));
    }
    fn cancelled(&self) -> bool {
        self.stop
    }
}

#[test]
fn long_steps_say_how_far_they_are_and_stop_when_asked() {
    every(|disk, place| {
        let (image, content) = sparse(place, "image");
        let watch = |stop| Watch { stop, told: Cell::new((0, 0)) };
        let patient = watch(false);
        let copy = place.path("copy");
        disk.compress(&image, &copy, &patient).expect("compress");
        assert_eq!(patient.told.get(), (content.len() as u64, content.len() as u64));
        assert!(disk.compress(&image, &place.path("another"), &watch(true)).is_err());
        assert!(disk.check_copy(&copy, &watch(true)).is_err());
        assert!(disk.decode(&copy, &watch(true)).is_err());
        assert!(disk.expand(&copy, &place.path("back"), 0o600, (0, 0), &watch(true)).is_err());
        assert_eq!(fs::read(&image).expect("read").len(), content.len(), "the image is as it was");
    });
}

#[test]
fn a_private_folder_is_made_with_its_parents() {
    every(|disk, place| {
        let path = place.path("one/two/three");
        disk.make_private_folder(&path).expect("make");
        disk.make_private_folder(&path).expect("one that is there is fine");
        for folder in ["one", "one/two", "one/two/three"] {
            assert_eq!(disk.facts(&place.path(folder)).expect("facts").mode, 0o700, "{folder}");
        }
        place.file("file", b"");
        assert!(disk.make_private_folder(&place.path("file")).is_err());
    });
}

#[test]
fn a_claim_excludes_everybody_until_it_is_dropped() {
    every(|disk, place| {
        let (file, folder) = (place.path("lock"), place.path("bundle"));
        fs::create_dir(&folder).expect("make");
        for path in [&file, &folder] {
            let claim = disk.claim(path).expect("claim").expect("it is free");
            assert!(!Other::start("claim", &[path]).1, "another process had it too");
            assert!(disk.claim(path).expect("claim").is_none(), "claimed twice");
            drop(claim);
            let other = Other::holding("claim", &[path]);
            assert!(disk.claim(path).expect("claim").is_none(), "another process has it");
            drop(other);
            assert!(disk.claim(path).expect("claim").is_some(), "its holder has died");
        }
        assert_eq!(disk.facts(&file).expect("facts").mode, 0o600);
    });
}

#[test]
fn a_volume_is_as_large_as_df_says() {
    every(|disk, place| {
        let path = place.folder.path().canonicalize().expect("resolve");
        let volume = disk.volume(&path).expect("volume");
        let df = Command::new("df").args(["-k", "-P"]).arg(&path).output().expect("df");
        let text = String::from_utf8_lossy(&df.stdout).into_owned();
        let numbers: Vec<u64> = text
            .lines()
            .nth(1)
            .expect("a line")
            .split_whitespace()
            .filter_map(|word| Some(word.parse::<u64>().ok()? * 1024))
            .collect();
        let [total, _, free] = numbers[..] else { panic!("{text}") };
        assert_eq!(volume.total.0 / 1024, total / 1024, "{text}");
        // Others write meanwhile; a wrong unit is off by more than this.
        assert!(volume.free.0.abs_diff(free) < total / 20, "{} and {free}", volume.free);
        assert!(volume.free <= volume.total && !volume.read_only);
        assert!(path.starts_with(&volume.mount_point), "{}", volume.mount_point.display());
        let device = |path: &Path| disk.facts(path).expect("facts").identity.device;
        assert_eq!(device(&volume.mount_point), device(&path));
        let above = volume.mount_point.parent();
        assert!(above.is_none_or(|above| device(above) != device(&path)), "a mount point is the highest of its volume");
    });
}

#[test]
fn nothing_is_shared_by_a_file_without_clones() {
    every(|disk, place| {
        let (image, _) = sparse(place, "image");
        let shared = disk.shared(&image).expect("ask");
        assert!(shared.is_none_or(|shared| shared == Bytes::ZERO), "{shared:?}");
    });
}

#[test]
fn what_a_clone_holds_too_is_shared() {
    every(|disk, place| {
        let (image, content) = sparse(place, "image");
        let clone = place.path("clone");
        // Neither copies where the file system cannot clone.
        let how = if cfg!(target_os = "macos") { ["cp", "-c"] } else { ["cp", "--reflink=always"] };
        let cloned = Command::new(how[0]).arg(how[1]).arg(&image).arg(&clone).output().expect("cp");
        if !cloned.status.success() {
            println!("skipped: this file system has no clones");
            return;
        }
        File::open(&clone).expect("open").sync_all().expect("flush");
        assert!(fs::read(&clone).expect("read") == content);
        let shared = disk.shared(&image).expect("ask");
        assert!(shared.is_some_and(|shared| shared >= Bytes(MIB as u64)), "{shared:?}");
    });
}
