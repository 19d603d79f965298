//! Images and volumes that are not as the app makes them: whatever is odd stays, and why is said.

use std::fs;
use std::path::{Path, PathBuf};

use crate::scene::{MARKER, NOBODY, SESSION, SYSTEM, Scene, end, is_root, skip, tool, without};

#[test]
fn a_folder_in_the_images_place_is_refused() {
    let scene = Scene::new();
    scene.remove(SYSTEM);
    fs::create_dir(scene.path(SYSTEM)).expect("make");
    fs::write(scene.path(SYSTEM).join("somebodys"), "work").expect("write");
    assert!(scene.refused("rebuild", "not_a_file").contains("rootfs.img is not a plain file"));
}

#[test]
fn a_pipe_in_the_images_place_is_refused_and_nobody_waits_for_it() {
    let scene = Scene::new();
    scene.remove(SYSTEM);
    let path = scene.path(SYSTEM);
    if tool("mkfifo", &[path.as_os_str()]).is_none() {
        skip("there is no mkfifo");
        return;
    }
    assert_eq!(scene.run(&["status"]).code, 0);
    let answer = scene.json(&["reclaim", "rebuild", "--yes"]).with_code(3);
    assert_eq!(answer["refusals"][0]["code"], "not_a_file");
}

#[test]
fn an_overlay_over_the_image_keeps_it() {
    let scene = Scene::new();
    scene.write("rootfs.qcow2", b"QFI\xfb");
    assert!(scene.refused("rebuild", "layered").contains("rootfs.qcow2 is layered over the system disk"));
}

#[test]
fn a_session_disk_of_an_unknown_format_is_no_obstacle_to_a_rebuild_and_one_to_a_reset() {
    let scene = Scene::new();
    scene.write(SESSION, &vec![0; 1 << 16]);
    assert!(scene.refused("reset", "unknown_format").contains("sessiondata.img is neither"));
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
    // Shorter than where the magic number would be.
    scene.write(SESSION, b"");
    assert!(scene.refused("reset", "unknown_format").contains("sessiondata.img is neither"));
}

#[test]
fn a_session_disk_in_apples_format_is_set_aside_and_comes_back() {
    let scene = Scene::new();
    scene.write(SESSION, &[b"shdw".to_vec(), vec![7; 1 << 16]].concat());
    let before = scene.small.contents();
    scene.json(&["reclaim", "reset", "--yes"]).with_code(0);
    assert!(!scene.path(SESSION).exists());
    scene.json(&["undo", "--yes"]).with_code(0);
    assert_eq!(scene.small.contents()[SESSION], before[SESSION]);
}

#[test]
fn an_agreement_to_an_older_plan_is_void() {
    let scene = Scene::new();
    let plan = scene.json(&["plan", "rebuild"]).with_code(0);
    let agreed = plan["fingerprint"].as_str().expect("a fingerprint");
    let image = scene.alter(|bundle| fs::read(bundle.join(SYSTEM))).expect("read");
    scene.write(SYSTEM, &[image, b"more".to_vec()].concat());
    scene.refuses(&["reclaim", "rebuild", "--yes", "--fingerprint", agreed], "plan_changed");
    scene.refuses(&["reclaim", "rebuild", "--yes", "--fingerprint", ""], "plan_changed");
    let plan = scene.json(&["plan", "reset"]).with_code(0);
    let other = plan["fingerprint"].as_str().expect("a fingerprint");
    scene.refuses(&["reclaim", "rebuild", "--yes", "--fingerprint", other], "plan_changed");
}

#[test]
fn another_reclaim_at_work_is_waited_for_by_the_user_and_not_disturbed() {
    let scene = Scene::new();
    // In this state folder, and with another one on the same bundle.
    for claimed in [scene.small.state.join("lock"), scene.small.bundle.clone()] {
        let holder = crate::scene::Holder::holding("claim", &claimed);
        assert!(scene.refused("rebuild", "busy").contains("Another Plimsoll is at work"));
        drop(holder);
    }
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
}

#[test]
fn an_image_of_another_user_is_refused() {
    if !is_root() {
        skip("it takes root to give a file away");
        return;
    }
    let scene = Scene::new();
    for (image, level) in [(SYSTEM, "rebuild"), (MARKER, "rebuild"), (SESSION, "reset")] {
        std::os::unix::fs::chown(scene.path(image), Some(NOBODY), None).expect("chown");
        let said = scene.refused(level, "foreign_owner");
        assert!(said.contains(&format!("{image} belongs to another user (uid {NOBODY})")), "{said}");
        std::os::unix::fs::chown(scene.path(image), Some(0), None).expect("chown");
    }
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
}

/// Flagged until it is dropped: nobody could remove the test's folder otherwise.
struct Flagged(PathBuf);

impl Flagged {
    fn new(path: &Path, flag: &str) -> Option<Self> {
        tool("chattr", &[flag.as_ref(), path.as_os_str()])?;
        Some(Self(path.to_owned()))
    }
}

impl Drop for Flagged {
    fn drop(&mut self) {
        tool("chattr", &["-i".as_ref(), "-a".as_ref(), self.0.as_os_str()]);
    }
}

#[test]
fn an_image_flagged_against_change_is_refused() {
    let scene = Scene::new();
    for (image, level, flag) in [(SYSTEM, "rebuild", "+i"), (SYSTEM, "rebuild", "+a"), (SESSION, "reset", "+i")] {
        let Some(flagged) = Flagged::new(&scene.path(image), flag) else {
            skip("chattr is not there, or takes root and a file system that has flags");
            return;
        };
        assert!(scene.refused(level, "immutable").contains(&format!("{image} is flagged against change")));
        drop(flagged);
    }
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
}

struct Mounted(PathBuf);

impl Mounted {
    /// A small ext4 of its own below a folder.
    fn below(folder: &Path) -> Option<Self> {
        let (volume, on) = (folder.join("volume"), folder.join("on"));
        let file = fs::File::create(&volume).and_then(|file| file.set_len(24 << 20));
        file.and_then(|()| fs::create_dir(&on)).expect("make a volume");
        tool("mke2fs", &["-q".as_ref(), "-t".as_ref(), "ext4".as_ref(), volume.as_os_str()])?;
        tool("mount", &["-o".as_ref(), "loop".as_ref(), volume.as_os_str(), on.as_os_str()])?;
        Some(Self(on))
    }

    fn remount(&self, how: &str) {
        let options = format!("remount,{how}");
        tool("mount", &["-o".as_ref(), options.as_ref(), self.0.as_os_str()]).expect("remount");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        tool("umount", &[self.0.as_os_str()]);
    }
}

#[test]
fn a_bundle_on_a_read_only_volume_is_shown_and_refused() {
    let scene = Scene::new();
    let Some(volume) = Mounted::below(scene.folder()) else {
        skip("a small volume cannot be mounted, which takes root and a loop device");
        return;
    };
    let there = plimsoll_tests::small::Small::make(&volume.0);
    let before = there.contents();
    let run = |arguments: &[&str]| end(&mut scene.command_on(&there.root, &scene.small.state, arguments));
    volume.remount("ro");
    assert_eq!(run(&["status"]).code, 0);
    for level in ["rebuild", "reset"] {
        let ended = run(&["reclaim", level, "--yes"]);
        let said = format!("The volume {} is mounted read-only.", volume.0.display());
        assert!(ended.code == 3 && ended.printed.contains(&said), "{}", ended.text);
    }
    assert_eq!(there.contents(), before);
    volume.remount("rw");
    let ended = run(&["reclaim", "rebuild", "--yes"]);
    assert_eq!(ended.code, 0, "{}", ended.text);
}

#[test]
fn a_volume_mounted_over_an_image_is_refused() {
    let scene = Scene::new();
    let Some(volume) = Mounted::below(scene.folder()) else {
        skip("a small volume cannot be mounted, which takes root and a loop device");
        return;
    };
    fs::write(volume.0.join("other.img"), vec![1; 1 << 16]).expect("write");
    let (other, image) = (volume.0.join("other.img"), scene.path(SYSTEM));
    tool("mount", &["--bind".as_ref(), other.as_os_str(), image.as_os_str()]).expect("mount");
    let over = Mounted(image);
    assert!(scene.refused("rebuild", "not_a_file").contains("rootfs.img is not a plain file on this volume"));
    drop(over);
    let before = scene.look();
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
    assert_eq!(scene.look(), without(&before, &[SYSTEM, MARKER]));
}
