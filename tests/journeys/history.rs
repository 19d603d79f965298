//! What is remembered: samples of `watch` and `status`, and a history that is odd or broken.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use jiff::{SignedDuration, Timestamp};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::sample::{GuestFree, Sample};
use plimsoll_core::store::Store;
use plimsoll_core::vm::Liveness;
use plimsoll_tests::cli;
use serde_json::Value;

use crate::scene::Scene;

/// Samples that lie so many hours back, or ahead below zero, and hold so many gigabytes.
fn remember(scene: &Scene, samples: impl Iterator<Item = (i64, u64)>) {
    let now = Timestamp::now();
    let mut store = Store::open(&scene.small.state, now).store;
    for (hours, size) in samples {
        let at = now - SignedDuration::from_hours(hours);
        let (allocated, session) = (Bytes::giga(size), Bytes::ZERO);
        let (free, total) = (Bytes::giga(500), Bytes::giga(1_000));
        let (system, system_inode, source_modified, vm) = (allocated, 7, 7, Liveness::Running);
        let guest_free = GuestFree::default();
        let sample =
            Sample { at, allocated, system, session, system_inode, source_modified, free, total, vm, guest_free };
        store.record(&scene.small.bundle.to_string_lossy(), sample);
    }
    store.flush(now, <[Sample]>::to_vec).expect("keep the history");
}

fn samples(scene: &Scene, since: &str) -> Vec<Value> {
    let history = scene.json(&["history", "--since", since]).with_code(0);
    history["samples"].as_array().expect("samples").clone()
}

#[test]
fn watch_takes_as_many_samples_as_it_is_asked_for_and_keeps_them() {
    let scene = Scene::new();
    let before = scene.look();
    let ended = scene.run(&["watch", "--samples", "2", "--every", "1", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.text);
    let lines: Vec<Value> = ended.printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let revisions: Vec<_> = lines.iter().map(|line| (line["schema"].as_u64(), line["revision"].as_u64())).collect();
    assert_eq!(revisions, [(Some(1), Some(1)), (Some(1), Some(2))]);
    let kept = samples(&scene, "1h");
    assert_eq!(kept[0]["allocated"], lines[0]["bundles"][0]["allocated_bytes"]);
    assert_eq!(scene.look(), before);
}

#[test]
fn watch_heeds_what_is_chosen_after_its_start() {
    let scene = Scene::new();
    let mut watch = cli::plimsoll(&scene.small.root, &scene.small.state, &["watch", "--every", "1", "--json"]);
    let mut watch = Running(watch.stdout(Stdio::piped()).spawn().expect("watch"));
    let mut lines = BufReader::new(watch.0.stdout.take().expect("a pipe")).lines();
    let mut bundles = || {
        let sample: Value = serde_json::from_str(&lines.next().expect("a line").expect("text")).expect("JSON");
        sample["bundles"].as_array().expect("bundles").len()
    };
    assert_eq!(bundles(), 1);
    let ignored = Value::from(scene.small.bundle.to_string_lossy());
    fs::write(scene.small.state.join("settings.toml"), format!("ignored = [{ignored}]\n")).expect("choose");
    let looks: Vec<usize> = std::iter::repeat_with(bundles).take(4).collect();
    // The first of them may have been under way.
    assert!(looks.ends_with(&[0; 2]), "{looks:?}");
}

/// Ended when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_sparkline_goes_as_sizes_went() {
    let scene = Scene::new();
    remember(&scene, (0..48).map(|hours| (hours, 50 - u64::try_from(hours).expect("small"))));
    let text = scene.run(&["history"]);
    assert_eq!(text.code, 0, "{}", text.text);
    let bars: Vec<char> = text.printed.lines().next().expect("a sparkline").chars().collect();
    assert_eq!((bars.first(), bars.last()), (Some(&'▁'), Some(&'█')), "{}", text.text);
    assert!(bars.is_sorted(), "it only grew: {}", text.text);
    assert!(text.printed.contains("on disk: 3 GB to 50 GB, now 50 GB"), "{}", text.text);
}

#[test]
fn history_goes_as_far_back_as_asked() {
    let scene = Scene::new();
    remember(&scene, (0..240).map(|hours| (hours, 5)));
    assert_eq!(samples(&scene, "30m").len(), 1);
    assert_eq!(samples(&scene, "150m").len(), 3);
    assert_eq!(samples(&scene, "2d").len(), 48);
    let morning = Timestamp::now() - SignedDuration::from_hours(90);
    let all = samples(&scene, &morning.to_string());
    assert!(all.len() == 90 || all.len() == 91, "{} since {morning}", all.len());
    assert_eq!(samples(&scene, "2020-01-01").len(), 240);
    assert_eq!(samples(&scene, "7d").len(), 168, "which is the default");
    let nonsense = scene.json(&["history", "--since", "soon"]).with_code(2);
    assert!(nonsense["error"]["sentence"].as_str().is_some_and(|said| said.contains("`soon`")), "{nonsense:#}");
}

#[test]
fn where_the_clock_was_set_back_samples_of_the_future_count_for_nothing_and_today_is_kept() {
    let scene = Scene::new();
    // A hundred gigabytes an hour, all of it tomorrow.
    remember(&scene, (0..24).map(|hours| (-24 - hours, 100 * u64::try_from(hours).expect("small"))));
    let status = scene.json(&["status"]).with_code(0);
    assert_eq!(status["growth"]["state"], "unknown", "{status:#}");
    assert_eq!(status["forecast"]["reason"], "growth_unknown", "{status:#}");
    let today = &status["bundles"][0]["allocated_bytes"];
    let kept = samples(&scene, "1h");
    assert_eq!(kept.iter().filter(|sample| &sample["allocated"] == today).count(), 1, "{kept:#?}");
    assert_eq!(scene.run(&["history"]).code, 0);
}

#[test]
fn a_history_that_is_no_database_is_kept_and_a_new_one_begun() {
    let scene = Scene::new();
    let garbage = b"no database at all, and rather longer than a header of sixteen bytes".repeat(100);
    let file = scene.small.state.join("history.sqlite");
    fs::write(&file, &garbage).expect("write");
    let status = scene.run(&["status"]);
    assert_eq!(status.code, 0, "{}", status.text);
    assert!(status.complained.contains("The history could not be read; it is kept as "), "{}", status.text);
    let kept = status.complained.split("kept as ").nth(1).and_then(|rest| rest.split(" and ").next());
    assert_eq!(fs::read(kept.expect("where it is kept")).expect("read"), garbage);
    assert_eq!(samples(&scene, "1h").len(), 1, "the new one has today's sample");
    assert_eq!(scene.run(&["status"]).complained, "", "and nothing is wrong any more");
}

#[test]
fn a_history_cut_in_the_middle_is_kept_and_everything_still_works() {
    let scene = Scene::new();
    remember(&scene, (0..100).map(|hours| (hours, 5)));
    let file = scene.small.state.join("history.sqlite");
    let cut = fs::metadata(&file).expect("stat").len() / 2;
    fs::OpenOptions::new().write(true).open(&file).and_then(|file| file.set_len(cut)).expect("cut");
    assert_eq!(scene.run(&["status"]).code, 0);
    assert_eq!(scene.json(&["reclaim", "rebuild", "--yes"]).with_code(0)["outcome"], "done");
    let kept = fs::read_dir(&scene.small.state).expect("list").flatten().filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with("history.sqlite.corrupt-") && !name.ends_with("-journal")
    });
    let kept: Vec<u64> = kept.map(|entry| entry.metadata().expect("stat").len()).collect();
    assert_eq!(kept, [cut]);
    assert_eq!(scene.json(&["receipts"]).with_code(0)["receipts"].as_array().map(Vec::len), Some(1));
}
