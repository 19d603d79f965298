//! How the app ends, and what it finds when it starts again.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::bus::{Watcher, line};
use crate::desk::{Desk, PATIENCE, until};
use crate::driver::{Panel, RECLAIM};
use crate::processes;

fn samples(desk: &Desk) -> Vec<Value> {
    desk.plimsoll(&["history"])["samples"].as_array().expect("samples").clone()
}

#[test]
fn a_signal_ends_it_with_its_last_sample_kept() {
    let (desk, small) = Desk::with_bundle();
    let watcher = Watcher::start(&desk);
    let mut app = desk.start(&[]);
    let icon = watcher.icon(&desk);
    icon.menu_when("the first look is shown", |menu| line(menu, "VM stopped").is_some());
    let first = samples(&desk);
    assert_eq!(first.len(), 1, "{first:?}");
    let headline = icon.menu()[0].label.clone();
    let grown = small.bundle.join("sessiondata.img");
    // Opened for an instant only: for the app, whoever has it open is a VM.
    File::options()
        .write(true)
        .open(&grown)
        .and_then(|file| file.write_all_at(&vec![5; 700_000], 2 << 20))
        .expect("grow");
    icon.menu_when("the growth is shown", |menu| menu[0].label != headline && line(menu, "VM stopped").is_some());

    processes::signal(app.pid(), Signal::TERM);
    assert_eq!(app.ends(), 0);
    let kept = samples(&desk);
    let last = kept.last().expect("a sample");
    let bytes = |sample: &Value| sample["session"].as_u64().expect("bytes");
    assert!(bytes(last) >= bytes(&first[0]) + 600_000, "the growth is in the history: {kept:#?}");
    assert!(!desk.log().contains("the worker did not end in time"));
}

#[test]
fn killed_in_the_middle_of_a_reset_it_settles_that_at_the_next_start() {
    let (desk, small) = Desk::short_of_space();
    let session = small.bundle.join("sessiondata.img");
    // Long enough to be caught at: noise does not compress.
    let mut noise = vec![0; 150_000_000];
    let mut state = 88_172_645_463_325_252_u64;
    for chunk in noise.chunks_exact_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        chunk.copy_from_slice(&state.to_le_bytes());
    }
    File::options().write(true).open(&session).and_then(|file| file.write_all_at(&noise, 4 << 20)).expect("grow");
    drop(noise);
    let before = small.contents();

    let panel = Panel::open(&desk);
    let app = panel.app();
    let view = panel.invoke("opened", &json!({}));
    let bundle = &view["view"]["bundles"][0]["id"];
    let sheet = panel.invoke("sheet", &json!({ "bundle": bundle, "level": "reset" }));
    assert_eq!(sheet["refusals"], json!([]));
    panel.invoke("reclaim", &json!({ "bundle": bundle, "level": "reset", "fingerprint": sheet["fingerprint"] }));
    let journal = desk.state.join("journal.json");
    until("the journal is written", PATIENCE, || journal.exists());
    processes::signal(app, Signal::KILL);
    drop(panel);
    assert!(journal.exists(), "it was cut off in the middle");

    let panel = Panel::open(&desk);
    panel.says("An earlier reclaim was cut off");
    panel.picture("panel-recovered");
    desk.logged("An earlier reclaim was cut off");
    assert!(!journal.exists());
    let undone = desk.log().contains("it was undone");
    if undone {
        assert_eq!(small.contents(), before, "everything is as it was");
    } else {
        assert!(!session.exists() && desk.state.join("set-aside").exists(), "it was finished");
    }
    let left = fs::read_dir(&small.bundle).expect("list").flatten().map(|entry| entry.file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with(".plimsoll-")));
    until("it can be reclaimed again", PATIENCE, || panel.enabled(RECLAIM) || !undone);
}
