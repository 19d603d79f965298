//! What is dead and what only looks it.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use crate::scene::{Holder, SYSTEM, Scene, skip, without};

const LONG_AGO: Duration = Duration::from_hours(72);
const PARTIAL: &str = "rootfs.img.zst.partial";

/// None while Claude itself runs on the machine of the tests: leftovers are its own then.
fn scene() -> Option<Scene> {
    let scene = Scene::new();
    if scene.json(&["status"]).with_code(0)["bundles"][0]["vm"]["app_running"] == true {
        skip("Claude runs here, and leftovers may be its own");
        return None;
    }
    Some(scene)
}

/// That exactly these names go.
fn takes(scene: &Scene, names: &[&str]) {
    let before = scene.look();
    let expected = if names.is_empty() { "nothing_to_do" } else { "done" };
    assert_eq!(scene.json(&["reclaim", "leftovers", "--yes"]).with_code(0)["outcome"], expected);
    assert_eq!(scene.look(), without(&before, names));
}

#[test]
fn what_nobody_has_written_to_for_a_day_goes() {
    let Some(scene) = scene() else { return };
    let dead = [PARTIAL, "vmlinuz.partial", "rootfs.vhdx", "rootfs.vhdx.zst", ".rootfs.vhdx.origin", ".wvm-tmp-a1"];
    for name in dead {
        scene.write_old(name, &[1; 5000], LONG_AGO);
    }
    takes(&scene, &dead);
    takes(&scene, &[]);
}

#[test]
fn what_is_young_or_dated_ahead_stays() {
    let Some(scene) = scene() else { return };
    scene.write("vmlinuz.partial", b"downloading");
    scene.write_old(PARTIAL, b"paused", Duration::from_hours(23));
    scene.write("initrd.partial", b"the clock was wrong");
    scene.date("initrd.partial", SystemTime::now() + LONG_AGO);
    takes(&scene, &[]);
}

#[test]
fn what_is_somebodys_or_not_known_stays_however_old() {
    let Some(scene) = scene() else { return };
    let kept =
        ["sessiondata.img.partial", "sessiondata.qcow2", "rootfs.img.bak", "notes.txt", "partial", "rootfs.vhdx.old"];
    for name in kept {
        scene.write_old(name, b"mine", LONG_AGO);
    }
    takes(&scene, &[]);
}

#[test]
fn disks_of_the_other_format_stay_where_they_are_the_only_ones() {
    let Some(scene) = scene() else { return };
    scene.write_old("rootfs.vhdx", b"a disk", LONG_AGO);
    scene.remove(SYSTEM);
    takes(&scene, &[]);
}

#[test]
fn an_abandoned_folder_goes_with_its_links_and_not_with_what_they_point_at() {
    let Some(scene) = scene() else { return };
    let outside = scene.folder().join("outside");
    fs::create_dir(&outside).expect("make");
    fs::write(outside.join("work"), "mine").expect("write");
    fs::create_dir(scene.path(".wvm-tmp-1")).expect("make");
    scene.write_old(".wvm-tmp-1/part", b"x", LONG_AGO);
    scene.date(".wvm-tmp-1", SystemTime::now() - LONG_AGO);
    fs::create_dir_all(scene.path(".wvm-tmp-2/deep")).expect("make");
    scene.write(".wvm-tmp-2/deep/part", b"written just now");
    for folder in [".wvm-tmp-2/deep", ".wvm-tmp-2"] {
        scene.date(folder, SystemTime::now() - LONG_AGO);
    }
    takes(&scene, &[".wvm-tmp-1", ".wvm-tmp-1/part"]);

    fs::create_dir(scene.path(".wvm-tmp-3")).expect("make");
    symlink(&outside, scene.path(".wvm-tmp-3/link")).expect("link");
    // A link is as old as its making, and there is no portable way to date it: the folder is young and stays.
    takes(&scene, &[]);
    assert_eq!(fs::read_to_string(outside.join("work")).expect("it is still there"), "mine");
}

#[test]
fn a_leftover_that_is_a_link_is_not_followed() {
    let Some(scene) = scene() else { return };
    let outside = scene.folder().join("outside");
    fs::write(&outside, "mine").expect("write");
    symlink(&outside, scene.path(PARTIAL)).expect("link");
    takes(&scene, &[]);
    assert_eq!(fs::read_to_string(&outside).expect("it is still there"), "mine");
}

#[test]
fn a_leftover_that_somebody_still_has_open_is_refused() {
    let Some(scene) = scene() else { return };
    scene.write_old(PARTIAL, b"a slow download", LONG_AGO);
    let holder = Holder::holding("write", &scene.path(PARTIAL));
    let said = scene.refused("leftovers", "vm_running");
    assert!(said.contains(&format!("holder (pid {}) holds {PARTIAL}", holder.pid())), "{said}");
    drop(holder);
    takes(&scene, &[PARTIAL]);
}

#[test]
fn a_leftover_with_a_second_name_is_refused() {
    let Some(scene) = scene() else { return };
    scene.write_old(PARTIAL, b"x", LONG_AGO);
    fs::hard_link(scene.path(PARTIAL), scene.folder().join("other")).expect("link");
    assert!(scene.refused("leftovers", "hard_linked").contains(PARTIAL));
}
