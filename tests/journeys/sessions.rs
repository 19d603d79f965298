//! Growth told with the sessions whose folders are there: names and times, from real folders.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::sample::{GuestFree, Sample};
use plimsoll_core::store::Store;
use plimsoll_core::vm::Liveness;
use serde_json::json;

use crate::scene::Scene;

/// A bundle that grew by 4.1 GB within the last twenty minutes, and two hours before by 600 MB.
fn grown() -> Scene {
    let scene = Scene::new();
    let now = Timestamp::now();
    let mut store = Store::open(&scene.small.state, now).store;
    for (minutes, megabytes) in [(300, 5_000), (150, 5_000), (140, 5_600), (30, 5_600), (20, 5_600), (10, 9_700)] {
        let allocated = Bytes::mega(megabytes);
        let at = now - SignedDuration::from_mins(minutes);
        let (session, free, total) = (Bytes::ZERO, Bytes::giga(500), Bytes::giga(1_000));
        let (system, system_inode, source_modified, vm) = (allocated, 7, 7, Liveness::Running);
        let guest_free = GuestFree::default();
        let sample =
            Sample { at, allocated, system, session, system_inode, source_modified, free, total, vm, guest_free };
        store.record(&scene.small.bundle.to_string_lossy(), sample);
    }
    store.flush(now, <[Sample]>::to_vec).expect("keep the history");
    scene
}

#[test]
fn status_says_when_it_grew_and_which_sessions_were_there() {
    let scene = grown();
    let grew = |scene: &Scene| {
        let status = scene.json(&["status"]).with_code(0);
        let told = status["bundles"][0]["attribution"].clone();
        // The real image is another one than the history's, so that the last change counts as made anew.
        let text = scene.run(&["status"]).printed;
        (told, text.lines().filter(|line| line.starts_with("  grew")).map(str::to_owned).collect::<Vec<_>>())
    };
    let (told, lines) = grew(&scene);
    assert_eq!(told[0]["state"], "none", "{told:#}");
    assert!(lines[0].contains("4.1 GB since") && lines[0].ends_with("while no session was active"), "{lines:?}");
    let sessions = scene.small.root.join("local-agent-mode-sessions");
    let own = sessions.join("account/organisation/local_3f2a9c1e-88b1-4d7c-9f00-000000000001");
    fs::create_dir_all(own.join("outputs")).expect("a session");
    let record = fs::File::create(own.with_extension("json")).expect("its record");
    record.set_modified(SystemTime::now() - Duration::from_mins(15)).expect("a time");
    let (told, lines) = grew(&scene);
    assert_eq!((&told[0]["bytes"], &told[0]["state"]), (&json!(4_100_000_000_u64), &json!("active")), "{told:#}");
    assert_eq!(told[0]["sessions"], json!(["3f2a9c1e"]));
    assert_eq!((told[1]["bytes"].as_u64(), &told[1]["state"]), (Some(600_000_000), &json!("none")), "{told:#}");
    assert!(lines[0].ends_with("while session 3f2a9c1e was active"), "{lines:?}");
    // Watching alone looks for none.
    let watched = scene.run(&["watch", "--samples", "1", "--every", "1", "--json"]).printed;
    let watched: serde_json::Value = serde_json::from_str(watched.lines().next().expect("a line")).expect("JSON");
    assert_eq!(watched["bundles"][0]["attribution"], json!(null));
    fs::set_permissions(&sessions, fs::Permissions::from_mode(0o000)).expect("close");
    if fs::read_dir(&sessions).is_err() {
        assert_eq!(grew(&scene).0[0]["state"], "cannot_tell");
    }
    fs::set_permissions(&sessions, fs::Permissions::from_mode(0o700)).expect("open");
}
