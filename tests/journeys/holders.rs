//! Whoever has a file of the bundle open, however, is found before anything is touched, and named where that is possible.

use std::fs;
use std::os::unix::fs::symlink;

use crate::scene::{Holder, SESSION, SYSTEM, Scene};

const KINDS: [&str; 5] = ["read", "write", "flock", "flock-shared", "posix"];

pub(crate) fn assert_names(said: &str, holder: &Holder, image: &str) {
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
