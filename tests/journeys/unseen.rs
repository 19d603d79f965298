//! Holders that no process shows to the one who asks; on Linux the kernel tells of them all the same.

use std::ffi::OsStr;
use std::process::Command;

use crate::holders::assert_names;
use crate::scene::{Holder, SYSTEM, Scene, end, is_root, skip, tool};

#[test]
fn a_plain_user_is_refused_when_a_process_that_he_may_not_look_into_has_the_image() {
    if !is_root() {
        skip("it takes root to have a process that the plain user may not look into");
        return;
    }
    let Some(scene) = Scene::of_a_plain_user() else { return };
    let said = |kind| {
        let holder = Holder::holding(kind, &scene.path(SYSTEM));
        (scene.refused("rebuild", "vm_running"), holder)
    };
    for kind in ["read", "flock"] {
        let (said, _holder) = said(kind);
        assert!(said.contains("a process or mount that cannot be seen holds rootfs.img"), "{kind}: {said}");
    }
    // Of a record lock the kernel says whose it is.
    let (said, holder) = said("posix");
    assert_names(&said, &holder, SYSTEM);
}

#[test]
fn a_holder_outside_the_process_namespace_is_refused_by_the_kernels_word() {
    let scene = Scene::new();
    let apart = ["--pid", "--fork", "--mount-proc", "--"].map(OsStr::new);
    if tool("unshare", &[&apart[..], &[OsStr::new("true")]].concat()).is_none() {
        skip("no process namespace to be had, which takes root");
        return;
    }
    let _holder = Holder::holding("read", &scene.path(SYSTEM));
    let before = scene.look();
    let inside = scene.command(&["reclaim", "rebuild", "--yes"]);
    let mut command = Command::new("unshare");
    command.args(apart).arg(inside.get_program()).args(inside.get_args());
    let ended = end(&mut command);
    assert_eq!(ended.code, 3, "{}", ended.text);
    assert!(ended.printed.contains("a process or mount that cannot be seen holds rootfs.img"), "{}", ended.text);
    assert_eq!(scene.look(), before);
}

#[test]
fn a_loop_device_over_an_image_is_refused_and_named() {
    let scene = Scene::new();
    let path = scene.path(SYSTEM);
    let make = [OsStr::new("--find"), OsStr::new("--show"), path.as_os_str()];
    let Some(device) = tool("losetup", &make) else {
        skip("no loop device to be had, which takes root");
        return;
    };
    let detached = Detach(device);
    let said = scene.refused("rebuild", "vm_running");
    let named = format!("loop device {} holds {SYSTEM}", detached.0.trim_start_matches("/dev/"));
    assert!(said.contains(&named), "{said}");
    drop(detached);
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
}

struct Detach(String);

impl Drop for Detach {
    fn drop(&mut self) {
        tool("losetup", &[OsStr::new("--detach"), OsStr::new(&self.0)]);
    }
}
