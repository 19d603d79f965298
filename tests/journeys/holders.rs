//! Whoever has a file of the bundle open, however, is found before anything is touched, and named where that is possible.

#[cfg(target_os = "linux")]
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;

use crate::scene::{Holder, SESSION, SYSTEM, Scene, is_root, skip};

const KINDS: [&str; 5] = ["read", "write", "flock", "flock-shared", "posix"];

fn assert_names(said: &str, holder: &Holder, image: &str) {
    let named = format!("holder (pid {}) holds {image}", holder.pid());
    assert!(said.contains(&named), "{named} is not in: {said}");
}

#[test]
fn a_held_image_is_refused_and_its_holder_named() {
    let scene = Scene::new();
    for kind in KINDS {
        for image in [SYSTEM, SESSION] {
            let holder = Holder::holding(kind, &scene.path(image));
            for level in ["rebuild", "reset"] {
                assert_names(&scene.refused(level, "vm_running"), &holder, image);
            }
            let status = scene.json(&["status"]).with_code(0);
            let vm = &status["bundles"][0]["vm"];
            assert_eq!((&vm["state"], &vm["holders"][0]["pid"]), (&"running".into(), &holder.pid().into()), "{vm:#}");
        }
    }
    assert_eq!(scene.json(&["status"]).with_code(0)["bundles"][0]["vm"]["state"], "stopped", "all of them have ended");
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
}

#[test]
fn a_held_image_is_refused_though_the_plan_was_agreed_to_before() {
    let scene = Scene::new();
    let plan = scene.json(&["plan", "rebuild"]).with_code(0);
    let fingerprint = plan["fingerprint"].as_str().expect("a fingerprint");
    let holder = Holder::holding("read", &scene.path(SYSTEM));
    let said = scene.refuses(&["reclaim", "rebuild", "--yes", "--fingerprint", fingerprint], "vm_running");
    assert_names(&said, &holder, SYSTEM);
}

#[test]
fn a_held_session_disk_keeps_an_undo_from_replacing_it() {
    let scene = Scene::new();
    let session = scene.alter(|bundle| fs::read(bundle.join(SESSION))).expect("read");
    scene.json(&["reclaim", "reset", "--yes"]).with_code(0);
    scene.write(SESSION, &session);
    let holder = Holder::holding("write", &scene.path(SESSION));
    assert_names(&scene.refuses(&["undo", "--yes"], "vm_running"), &holder, SESSION);
}

#[test]
fn a_file_of_the_vm_that_is_no_disk_tells_of_it_too() {
    let scene = Scene::new();
    let holder = Holder::holding("read", &scene.path("efivars.fd"));
    assert_names(&scene.refused("rebuild", "vm_running"), &holder, "efivars.fd");
}

#[test]
fn an_image_with_a_second_name_is_refused() {
    let scene = Scene::new();
    let other = scene.folder().join("elsewhere.img");
    for (image, level) in [(SYSTEM, "rebuild"), (SESSION, "reset")] {
        fs::hard_link(scene.path(image), &other).expect("link");
        let said = scene.refused(level, "hard_linked");
        assert!(said.contains(image) && said.contains("2 names"), "{said}");
        fs::remove_file(&other).expect("remove");
    }
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
}

#[test]
fn a_link_in_an_images_place_is_not_followed() {
    let scene = Scene::new();
    let elsewhere = scene.folder().join("elsewhere.img");
    for (image, level) in [(SYSTEM, "rebuild"), (SESSION, "reset")] {
        fs::rename(scene.path(image), &elsewhere).expect("move");
        symlink(&elsewhere, scene.path(image)).expect("link");
        let content = fs::read(&elsewhere).expect("read");
        assert!(scene.refused(level, "not_a_file").contains(image));
        assert_eq!(fs::read(&elsewhere).expect("it is still there"), content);
        // Now it points at nothing.
        let back = scene.folder().join("kept.img");
        fs::rename(&elsewhere, &back).expect("move");
        assert!(scene.refused(level, "not_a_file").contains(image));
        scene.remove(image);
        fs::rename(&back, scene.path(image)).expect("move back");
    }
    scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0);
}

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

#[cfg(target_os = "linux")]
#[test]
fn a_holder_outside_the_process_namespace_is_refused_by_the_kernels_word() {
    let scene = Scene::new();
    let apart = ["--pid", "--fork", "--mount-proc", "--"].map(OsStr::new);
    if crate::scene::tool("unshare", &[&apart[..], &[OsStr::new("true")]].concat()).is_none() {
        skip("no process namespace to be had, which takes root");
        return;
    }
    let _holder = Holder::holding("read", &scene.path(SYSTEM));
    let before = scene.look();
    let inside = scene.command(&["reclaim", "rebuild", "--yes"]);
    let mut command = std::process::Command::new("unshare");
    command.args(apart).arg(inside.get_program()).args(inside.get_args());
    let ended = crate::scene::end(&mut command);
    assert_eq!(ended.code, 3, "{}", ended.text);
    assert!(ended.printed.contains("a process or mount that cannot be seen holds rootfs.img"), "{}", ended.text);
    assert_eq!(scene.look(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn a_loop_device_over_an_image_is_refused_and_named() {
    let scene = Scene::new();
    let path = scene.path(SYSTEM);
    let make = [OsStr::new("--find"), OsStr::new("--show"), path.as_os_str()];
    let Some(device) = crate::scene::tool("losetup", &make) else {
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

#[cfg(target_os = "linux")]
struct Detach(String);

#[cfg(target_os = "linux")]
impl Drop for Detach {
    fn drop(&mut self) {
        crate::scene::tool("losetup", &[OsStr::new("--detach"), OsStr::new(&self.0)]);
    }
}
