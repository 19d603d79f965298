//! Without a whole source the system disk would not come back, so that it stays.

use std::fs;

use crate::scene::{SESSION, SOURCE, SYSTEM, Scene};

/// What is wrong with the source, as it is said after it was changed like that.
fn said(change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    let scene = Scene::new();
    let content = scene.alter(|bundle| fs::read(bundle.join(SOURCE))).expect("read");
    scene.write(SOURCE, &change(content));
    let session = scene.small.contents()[SESSION].clone();
    let said = scene.refused("rebuild", "source_broken");
    assert_eq!(scene.refused("reset", "source_broken"), said);
    assert_eq!(scene.small.contents()[SESSION], session);
    assert!(said.contains(SOURCE), "{said}");
    said
}

#[test]
fn a_missing_source_keeps_the_image() {
    let scene = Scene::new();
    scene.remove(SOURCE);
    assert!(scene.refused("rebuild", "source_missing").contains("rootfs.img.zst is not there"));
    assert!(scene.refused("reset", "source_missing").contains("rootfs.img.zst is not there"));
}

#[test]
fn an_empty_source_keeps_the_image() {
    assert!(said(|_| Vec::new()).contains("it is empty"));
}

#[test]
fn a_source_cut_anywhere_keeps_the_image() {
    for part in [1, 2, 3] {
        let said = said(|whole| whole[..whole.len() * part / 4].to_vec());
        assert!(said.contains("it is cut short"), "{said}");
    }
    let said = said(|whole| whole[..whole.len() - 1].to_vec());
    assert!(said.contains("it is cut short"), "{said}");
}

#[test]
fn a_source_of_something_else_keeps_the_image() {
    let said_of_text = said(|_| b"<html>503 Service Unavailable</html>".repeat(100));
    assert!(said_of_text.contains("at byte 0 there is no zstd frame"), "{said_of_text}");
    let said_of_zeros = said(|whole| vec![0; whole.len()]);
    assert!(said_of_zeros.contains("at byte 0 there is no zstd frame"), "{said_of_zeros}");
}

#[test]
fn a_source_with_something_after_it_keeps_the_image() {
    let said = said(|whole| [whole, b"junk that is not a frame".to_vec()].concat());
    assert!(said.contains("there is no zstd frame"), "{said}");
}

#[test]
fn a_source_that_is_a_folder_keeps_the_image() {
    let scene = Scene::new();
    scene.remove(SOURCE);
    fs::create_dir(scene.path(SOURCE)).expect("make");
    assert!(scene.refused("rebuild", "source_broken").contains(SOURCE));
}

#[test]
fn a_flipped_bit_inside_is_found_when_the_source_is_verified() {
    let scene = Scene::new();
    let mut content = scene.alter(|bundle| fs::read(bundle.join(SOURCE))).expect("read");
    // The checksum of the content, which the walk over the frames does not compute.
    *content.last_mut().expect("it is not empty") ^= 1;
    scene.write(SOURCE, &content);
    assert_eq!(scene.json(&["plan", "rebuild"]).with_code(0)["refusals"], serde_json::json!([]));
    let said = scene.refuses(&["reclaim", "rebuild", "--yes", "--verify-source"], "source_broken");
    assert!(said.contains(SOURCE), "{said}");
    assert!(scene.path(SYSTEM).exists());
}

#[test]
fn a_whole_source_passes_verification() {
    let scene = Scene::new();
    assert_eq!(scene.json(&["reclaim", "rebuild", "--yes", "--verify-source"]).with_code(0)["outcome"], "done");
}

#[test]
fn a_rebuild_that_would_not_fit_is_refused() {
    let scene = Scene::new();
    // One frame that says it holds 2^60 bytes, with one empty block that is the last (RFC 8878, 3.1.1).
    let frame = [&[0x28, 0xB5, 0x2F, 0xFD, 0xE0][..], &(1_u64 << 60).to_le_bytes(), &[1, 0, 0]].concat();
    scene.write(SOURCE, &frame);
    let said = scene.refused("rebuild", "no_room");
    assert!(said.contains("are needed on") && said.contains("would be free"), "{said}");
}
