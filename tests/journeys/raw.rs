//! Any raw image of any VM, made by the real tools: what is said of it, what comes back, and when nothing is touched.
//!
//! Not here: the level compact (`stories`), and every kind of image there is (the tests of the crate `holes`).

use std::fs;
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use plimsoll_tests::cli::Ended;
use plimsoll_tests::small::{FORKING, start};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::scene::{Holder, NOBODY, SESSION, SYSTEM, Scene, allocated, end, is_root, skip, tool};

const MIB: u64 = 1 << 20;

/// Files are open here only while no other test starts a child, which would have them open too until its `exec`.
fn alone<T>(work: impl FnOnce() -> T) -> T {
    let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

/// A file system in a file that is stored as a whole, the blocks that are free in it too.
struct Raw {
    path: PathBuf,
    /// Where the file system begins.
    offset: u64,
}

impl Raw {
    /// Fills a file system on its own, or the first partition of a GPT, with files and leaves holes between them.
    fn make(path: &Path, partitioned: bool) -> Option<Self> {
        let length = 64 * MIB;
        let noise: Vec<u8> = (0..1u32 << 20).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0] | 1).collect();
        alone(|| {
            let file = fs::File::create(path).expect("make the image");
            for place in 0..length / MIB {
                file.write_all_at(&noise, place * MIB).expect("fill the image");
            }
        });
        let offset = if partitioned { MIB } else { 0 };
        if partitioned {
            let arguments = ["--clear", "--new=1:2048:129023", "--typecode=1:8300"].map(AsRef::as_ref);
            tool("sgdisk", &[&arguments[..], &[path.as_os_str()]].concat())?;
        }
        let content = path.with_extension("content");
        fs::create_dir(&content).expect("make a folder");
        for name in ["one", "two", "three"] {
            fs::write(content.join(name), &noise).expect("write");
        }
        let (options, blocks) = (format!("nodiscard,offset={offset}"), ((length - 2 * offset) / 4096).to_string());
        let arguments = ["-q", "-t", "ext4", "-b", "4096", "-E", &options, "-d"].map(AsRef::as_ref);
        let rest = [content.as_os_str(), path.as_os_str(), blocks.as_ref()];
        tool("mke2fs", &[&arguments[..], &rest[..]].concat())?;
        fs::remove_dir_all(&content).expect("remove");
        Some(Self { path: path.to_owned(), offset })
    }

    /// What `dumpe2fs` says: bytes of a block, of the whole, and free.
    fn superblock(&self) -> (u64, u64, u64) {
        // It reads a file system at an offset only in newer versions, so it gets a copy of the partition.
        let copy = self.path.with_extension("part");
        let content = alone(|| fs::read(&self.path)).expect("read");
        fs::write(&copy, &content[usize::try_from(self.offset).expect("small")..]).expect("write");
        let said = tool("dumpe2fs", &["-h".as_ref(), copy.as_os_str()]).expect("dumpe2fs");
        let checked = tool("e2fsck", &["-fn".as_ref(), copy.as_os_str()]);
        assert!(checked.is_some(), "e2fsck finds something");
        fs::remove_file(&copy).expect("remove");
        let number = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
            line.trim().parse::<u64>().expect("a number")
        };
        let block = number("Block size:");
        (block, number("Block count:") * block, number("Free blocks:") * block)
    }
}

fn ext4(answer: &Value) -> &Value {
    let partitions = answer["partitions"].as_array().expect("partitions");
    partitions.iter().find(|partition| partition["fs"] == "ext4").unwrap_or_else(|| panic!("{answer:#}"))
}

fn word(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}

#[test]
fn what_an_image_holds_is_what_e2fsprogs_say() {
    let scene = Scene::new();
    for partitioned in [true, false] {
        let path = scene.folder().join(format!("{partitioned}.img"));
        let Some(raw) = Raw::make(&path, partitioned) else {
            skip("there is no sgdisk or mke2fs");
            return;
        };
        let (block, total, free) = raw.superblock();
        let said = scene.json(&["image", "inspect", word(&path)]).with_code(0);
        assert_eq!(said["table"], if partitioned { "gpt" } else { "none" });
        assert_eq!((&said["length_bytes"], &said["allocated_bytes"]), (&(64 * MIB).into(), &allocated(&path).into()));
        let partition = ext4(&said);
        let numbers = ["block_size", "total_bytes", "free_bytes"].map(|name| partition[name].as_u64());
        assert_eq!(numbers, [Some(block), Some(total), Some(free)], "{said:#}");
        assert_eq!((&partition["index"], &partition["skipped_reason"]), (&u64::from(partitioned).into(), &Value::Null));
        let text = scene.run(&["image", "inspect", word(&path)]);
        assert!(text.code == 0 && text.printed.contains("ext4"), "{}", text.text);
    }
}

#[test]
fn what_the_guest_does_not_use_comes_back_and_the_rest_stays() {
    let scene = Scene::new();
    let path = scene.folder().join("disk.img");
    let Some(raw) = Raw::make(&path, true) else {
        skip("there is no sgdisk or mke2fs");
        return;
    };
    let (before, modified) = (allocated(&path), fs::metadata(&path).and_then(|facts| facts.modified()).expect("stat"));
    let (_, _, free) = raw.superblock();
    let tried = scene.json(&["image", "trim", word(&path), "--dry-run"]).with_code(0);
    let punchable = tried["punchable_bytes"].as_u64().expect("bytes");
    assert!(punchable <= free && punchable >= free - free / 50, "{punchable} of {free}");
    let kept = [&tried["freed_bytes"], &tried["allocated_before_bytes"], &tried["allocated_after_bytes"]];
    assert_eq!(kept, [&Value::from(0), &before.into(), &before.into()]);
    assert_eq!(allocated(&path), before);
    // Nobody is there to ask, and text says what would come back.
    let unasked = scene.run(&["image", "trim", word(&path)]);
    assert!(unasked.code == 2 && unasked.printed.contains(" can come back"), "{}", unasked.text);
    assert_eq!(allocated(&path), before);
    let done = scene.json(&["image", "trim", word(&path), "--yes"]).with_code(0);
    let fields: Vec<&String> = done.as_object().expect("an object").keys().collect();
    let known = ["allocated_after_bytes", "allocated_before_bytes", "freed_bytes", "partitions", "punchable_bytes"];
    assert_eq!(fields, [&known[..], &["schema"]].concat());
    let partition: Vec<&String> = ext4(&done).as_object().expect("an object").keys().collect();
    let known = ["block_size", "free_bytes", "fs", "index", "skipped_reason", "total_bytes", "type"];
    assert_eq!(partition, known);
    let after = allocated(&path);
    assert_eq!((&done["freed_bytes"], &done["allocated_after_bytes"]), (&(before - after).into(), &after.into()));
    assert!(before - after >= punchable - 4096, "{before} {after} {punchable}");
    let (_, _, same) = raw.superblock();
    assert_eq!(same, free);
    assert_eq!(fs::metadata(&path).and_then(|facts| facts.modified()).expect("stat"), modified);
    let again = scene.json(&["image", "trim", word(&path), "--yes"]).with_code(0);
    assert_eq!((&again["punchable_bytes"], &again["freed_bytes"]), (&0.into(), &0.into()));
}

/// A suspended VM has its file system mounted, and knows more of it than its disk does.
#[test]
fn what_was_never_unmounted_is_trimmed_only_if_its_vm_is_said_not_to_be_suspended() {
    let scene = Scene::new();
    let path = scene.folder().join("disk.img");
    if Raw::make(&path, false).is_none() {
        skip("there is no sgdisk or mke2fs");
        return;
    }
    let mark = ["-w", "-R", "feature needs_recovery"].map(AsRef::as_ref);
    tool("debugfs", &[&mark[..], &[path.as_os_str()]].concat()).expect("debugfs");
    let before = allocated(&path);
    let said = refused(&scene, &path, "not_trimmable");
    assert!(said.contains("--not-suspended"), "{said}");
    let done = scene.json(&["image", "trim", word(&path), "--yes", "--not-suspended"]).with_code(0);
    assert_eq!(done["freed_bytes"], before - allocated(&path), "{done:#}");
    assert!(allocated(&path) < before);
}

/// Whenever it comes, the image is sound, and what is in use is the same.
#[test]
fn ctrl_c_leaves_a_whole_image() {
    let scene = Scene::new();
    let (model, path) = (scene.folder().join("model.img"), scene.folder().join("disk.img"));
    let Some(raw) = Raw::make(&model, true) else {
        skip("there is no sgdisk or mke2fs");
        return;
    };
    let (_, _, free) = raw.superblock();
    let raw = Raw { path: path.clone(), offset: raw.offset };
    let mut whole = Duration::ZERO;
    for round in 0..13 {
        alone(|| fs::copy(&model, &path).and_then(|_| fs::File::open(&path)?.sync_all())).expect("copy");
        let full = allocated(&path);
        let started = Instant::now();
        let child = scene.command(&["image", "trim", word(&path), "--yes", "--zero-runs", "--json"]);
        let child = start({ child }.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        // The first one is let alone, and says how long it takes; the others are cut off along that time.
        if round > 0 {
            std::thread::sleep((whole * (round - 1) / 12).saturating_sub(started.elapsed()));
            let signal = if round % 2 == 0 { Signal::INT } else { Signal::TERM };
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
            kill_process(pid, signal).expect("it has not been waited for");
        }
        let ended = Ended::from(child.wait_with_output().expect("it ends"));
        let freed = full - allocated(&path);
        println!("round {round}: exit {}, {freed} bytes freed", ended.code);
        match ended.code {
            0 if round == 0 => whole = started.elapsed(),
            0 => {}
            // Before anything that could stop is under way the signal ends it.
            -1 => assert_eq!(freed, 0, "{}", ended.text),
            3 => assert!(freed == 0 && ended.printed.contains("cancelled"), "{}", ended.text),
            4 => {
                let said: Value = serde_json::from_str(&ended.printed).expect("JSON");
                assert_eq!(said["freed_bytes"], freed, "{}", ended.text);
                assert!(freed > 0 && ended.complained.contains("Stopped as you asked"), "{}", ended.text);
            }
            _ => panic!("{}", ended.text),
        }
        // The kernel's own tools find nothing wrong, and as much free as before.
        assert_eq!(raw.superblock().2, free);
    }
}

#[test]
fn runs_of_zeros_come_back_only_when_asked_for() {
    let scene = Scene::new();
    let path = scene.folder().join("zeros.img");
    // No file system at all: all of it may be in use.
    let content = [vec![7; 1 << 20], vec![0; 4 << 20], vec![7; 1 << 20]].concat();
    alone(|| fs::write(&path, &content)).expect("write");
    let plain = scene.json(&["image", "trim", word(&path), "--yes"]).with_code(0);
    assert_eq!((&plain["punchable_bytes"], &plain["freed_bytes"]), (&0.into(), &0.into()));
    assert!(plain["partitions"][0]["skipped_reason"].is_string(), "{plain:#}");
    let zeros = scene.json(&["image", "trim", word(&path), "--zero-runs", "--yes"]).with_code(0);
    assert_eq!(zeros["freed_bytes"], 4 << 20, "{zeros:#}");
    assert_eq!(alone(|| fs::read(&path)).expect("read"), content);
}

/// That a trim is refused for this reason, dry or not, and changes nothing. Gives the sentence.
fn refused(scene: &Scene, path: &Path, code: &str) -> String {
    let look = || alone(|| (allocated(path), blake3::hash(&fs::read(path).unwrap_or_default())));
    // A folder has no content, and reading a device may never end.
    let before = path.is_file().then(look);
    for extra in [&["--yes"][..], &["--dry-run"], &["--yes", "--zero-runs"]] {
        let answer = scene.json(&[&["image", "trim", word(path)], extra].concat()).with_code(3);
        assert_eq!(answer["error"]["code"], code, "{answer:#}");
    }
    let text = scene.run(&["image", "trim", word(path), "--yes"]);
    assert_eq!(text.code, 3, "{}", text.text);
    assert_eq!(before, path.is_file().then(look), "nothing was touched");
    text.complained
}

#[test]
fn an_image_that_somebody_has_open_is_refused_and_the_holder_named() {
    let scene = Scene::new();
    let path = scene.folder().join("disk.img");
    if Raw::make(&path, false).is_none() {
        skip("there is no mke2fs");
        return;
    }
    for kind in ["read", "write", "flock", "posix"] {
        let holder = Holder::holding(kind, &path);
        let said = refused(&scene, &path, "vm_running");
        assert!(said.contains(&format!("holder (pid {}) holds disk.img", holder.pid())), "{said}");
        assert!(said.contains("Stop the VM or the program") && !said.contains("Claude"), "{said}");
        scene.json(&["image", "inspect", word(&path)]).with_code(0);
    }
    // Of a bundle, too: the same file by another road.
    let holder = Holder::holding("read", &scene.path(SYSTEM));
    refused(&scene, &scene.path(SYSTEM), "vm_running");
    drop(holder);
    let claim = Holder::holding("claim", scene.folder());
    assert_eq!(scene.json(&["image", "trim", word(&path), "--yes"]).with_code(3)["error"]["code"], "busy");
    drop(claim);
    scene.json(&["image", "trim", word(&path), "--yes"]).with_code(0);
}

#[test]
fn what_is_no_plain_file_of_ones_own_is_refused() {
    let scene = Scene::new();
    let (path, link) = (scene.folder().join("disk.img"), scene.folder().join("link.img"));
    alone(|| fs::write(&path, vec![7; 1 << 20])).expect("write");
    symlink(&path, &link).expect("link");
    assert!(refused(&scene, &link, "not_a_file").contains("Name the image itself"));
    refused(&scene, scene.folder(), "not_a_file");
    refused(&scene, Path::new("/dev/null"), "not_a_file");
    assert_eq!(scene.json(&["image", "inspect", word(&link)]).with_code(3)["error"]["code"], "not_a_file");
    let other = scene.folder().join("other.img");
    fs::hard_link(&path, &other).expect("link");
    assert!(refused(&scene, &path, "hard_linked").contains("2 names"));
    fs::remove_file(&other).expect("remove");
    let missing = scene.json(&["image", "trim", word(&other), "--yes"]).with_code(2);
    assert_eq!(missing["error"]["code"], "usage");
    assert_eq!(scene.json(&["image", "inspect", word(&other)]).with_code(2)["error"]["code"], "usage");
    if is_root() {
        std::os::unix::fs::chown(&path, Some(NOBODY), None).expect("chown");
        refused(&scene, &path, "foreign_owner");
    } else {
        skip("it takes root to give a file away");
    }
}

#[test]
fn a_container_of_another_format_is_refused_and_left_alone() {
    let scene = Scene::new();
    let containers: [(&str, &[u8]); 2] = [("qcow2", b"QFI\xfb\0\0\0\x03"), ("asif", b"shdw\0\0\0\x01")];
    for (name, magic) in containers {
        let path = scene.folder().join(name);
        alone(|| fs::write(&path, [magic, &vec![0; 1 << 20]].concat())).expect("write");
        let said = refused(&scene, &path, "not_trimmable");
        assert!(said.contains("not a raw disk image"), "{said}");
        let looked = scene.json(&["image", "inspect", word(&path)]).with_code(3);
        assert_eq!(looked["error"]["code"], "not_trimmable");
    }
    let path = scene.folder().join("empty.img");
    fs::write(&path, b"").expect("write");
    let empty = end(&mut scene.command(&["image", "trim", word(&path), "--yes"]));
    assert!([0, 3].contains(&empty.code), "{}", empty.text);
}

/// The guest's numbers in `status`, against those of e2fsprogs; and that no glance opens an image for them.
#[test]
fn status_says_what_the_guest_has_free() {
    let scene = Scene::new();
    scene.remove(SYSTEM);
    scene.remove(SESSION);
    let (system, session) = (Raw::make(&scene.path(SYSTEM), true), Raw::make(&scene.path(SESSION), false));
    let (Some(system), Some(session)) = (system, session) else {
        skip("there is no sgdisk or mke2fs");
        return;
    };
    let made = [system, session].map(|raw| (raw.path.clone(), raw.superblock()));
    let guest = |arguments: &[&str], name: &str| {
        let said = scene.run(&[arguments, &["--json"]].concat());
        let parsed = serde_json::from_str::<Value>(&said.printed);
        let snapshot = parsed.unwrap_or_else(|error| panic!("{error}: {}", said.text));
        let images = snapshot["bundles"][0]["images"].as_array().expect("images").clone();
        images.into_iter().find(|image| image["name"] == name).expect("the image")["guest"].clone()
    };
    for (path, (_, total, free)) in &made {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        assert_eq!(guest(&["watch", "--samples", "1"], name), Value::Null, "watching opens nothing");
        let said = guest(&["status"], name);
        assert_eq!(
            (&said["total_bytes"], &said["free_bytes"]),
            (&(*total).into(), &(*free).into()),
            "{name}: {said:#}"
        );
        assert_eq!(said["forecast"]["reason"], "growth_unknown");
    }
    let text = scene.run(&["status"]).printed;
    assert!(text.contains("  guest     rootfs.img: ") && text.contains(" free, no forecast yet"), "{text}");
    assert!(!text.contains("as of"), "{text}");
    // History remembers it.
    let samples = scene.json(&["history"]).with_code(0)["samples"].clone();
    let newest = samples.as_array().and_then(|samples| samples.last()).expect("a sample");
    assert_eq!(newest["guest_free"]["session"], made[1].1.2, "{newest:#}");
    // While somebody has it open it may know better.
    let _holder = Holder::holding("read", &scene.path(SYSTEM));
    let text = scene.run(&["status"]).printed;
    assert!(text.contains("  guest     rootfs.img: ") && text.contains(" (as of 2"), "{text}");
}
