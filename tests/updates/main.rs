//! The real app with its updater, against a real server over TLS and a feed that is really signed: what it asks, what it
//! says, and what it puts in place.
//!
//! On Linux the plugin replaces the program that runs, which stands in for the bundle that it replaces on a Mac. Not
//! here: when the feed is asked (`plimsoll_core::updates`), and how a release is signed (`release`).
#![cfg(target_os = "linux")]
#![expect(dead_code, reason = "the desktop is shared with the tests of the app, which use all of it")]

#[path = "../e2e/desk.rs"]
mod desk;
#[path = "../e2e/driver.rs"]
mod driver;
#[path = "../e2e/processes.rs"]
mod processes;
mod server;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_core::adapters::UnixDisk;
use plimsoll_core::ports::Disk as _;
use plimsoll_tests::small::Small;
use serde_json::{Value, json};

use desk::{Desk, PATIENCE};
use driver::{CONFIRM, Panel, RECLAIM};
use server::Server;

/// What the app is built with here.
const FEATURES: &str = "updater";

/// The version that the signed archive is for.
const NEWER: &str = "9.9.9";

fn signed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("updates/signed").join(name)
}

/// A feed with one of the signatures, as `release-files` writes it.
fn feed(server: &Server, version: &str, signature: &str) -> Value {
    use base64::Engine as _;
    let signature = base64::engine::general_purpose::STANDARD.encode(fs::read(signed(signature)).expect("a signature"));
    let platform = json!({ "url": server.address("archive"), "signature": signature });
    let name = format!("linux-{}", std::env::consts::ARCH);
    json!({ "version": version, "pub_date": "2026-11-27T12:00:00Z", "platforms": { name: platform } })
}

/// A desktop with a bundle, a server, and an app that is told of it: a copy, since it may be replaced.
struct Scene {
    desk: Desk,
    small: Small,
    server: Server,
    app: PathBuf,
    start: PathBuf,
    before: Vec<u8>,
}

impl Scene {
    fn set(settings: &str) -> Self {
        let (desk, small) = Desk::short_of_space();
        desk.settings(&format!("{}{settings}", desk::SHORT_OF_SPACE));
        let server = Server::start(desk.folder.path());
        server.serve("archive", &fs::read(signed("archive")).expect("the archive"));
        let app = desk.folder.path().join("Plimsoll/plimsoll-app");
        fs::create_dir(app.parent().expect("a folder")).expect("make the folder");
        fs::copy(desk::app(), &app).expect("copy the app");
        let before = fs::read(&app).expect("the app");
        let start = desk.folder.path().join("start");
        let key = fs::read_to_string(signed("key.pub")).expect("the key");
        let script = format!(
            "#!/bin/sh\nexport SSL_CERT_FILE='{}' PLIMSOLL_UPDATE_FEED='{}' PLIMSOLL_UPDATE_KEY='{}'\nexec '{}' \"$@\"\n",
            server.authority().display(),
            server.address("latest.json"),
            key.lines().nth(1).expect("a key"),
            app.display()
        );
        fs::write(&start, script).expect("write the start");
        fs::set_permissions(&start, fs::Permissions::from_mode(0o755)).expect("make it a program");
        Self { desk, small, server, app, start, before }
    }

    fn offers(&self, version: &str, signature: &str) {
        self.server.serve("latest.json", feed(&self.server, version, signature).to_string().as_bytes());
    }

    fn open(&self) -> Panel<'_> {
        Panel::open_as(&self.desk, &self.start, "VM ")
    }

    fn unchanged(&self) -> bool {
        fs::read(&self.app).is_ok_and(|now| now == self.before)
    }
}

/// Asks at a click, in the settings.
fn check(panel: &Panel<'_>) {
    panel.click_text("Check now");
}

#[test]
fn without_leave_no_connection_is_made_whatever_else_happens() {
    let scene = Scene::set("");
    scene.offers(NEWER, "good.minisig");
    let panel = scene.open();
    panel.becomes_enabled(RECLAIM, PATIENCE);
    panel.click(RECLAIM);
    panel.becomes_enabled(CONFIRM, PATIENCE);
    panel.click(CONFIRM);
    panel.says("came back");
    assert!(!scene.small.bundle.join("rootfs.img").exists());
    panel.click_text("Settings");
    panel.says("The list of releases was not read yet.");
    panel.fill("#interval", "5");
    panel.click("button[type=submit]");
    panel.says("Saved");
    // A look or two more.
    std::thread::sleep(std::time::Duration::from_secs(6));
    assert_eq!(scene.server.visitors(), 0);
    // That one would have been seen.
    check(&panel);
    panel.says("Version 9.9.9 is available.");
    assert_eq!(scene.server.visitors(), 1, "one question for one click");
}

#[test]
fn what_was_not_signed_as_it_is_offered_is_refused_and_what_was_is_put_in_place_when_nothing_goes_on() {
    let scene = Scene::set("");
    scene.offers(NEWER, "stranger.minisig");
    let panel = scene.open();
    panel.click_text("Settings");
    check(&panel);
    panel.says("Version 9.9.9 is available.");
    panel.picture("panel-update");
    let refused = "is not what Plimsoll’s makers have signed, and was refused";
    let install = |why: &str| {
        panel.click_text("Install");
        panel.says(why);
        panel.says("Nothing was replaced.");
        assert!(scene.unchanged());
        check(&panel);
        panel.says("Version 9.9.9 is available.");
    };
    install(refused);
    // An old archive with its own good signature, passed off as a new one.
    scene.offers(NEWER, "old.minisig");
    install("was signed for version 0.0.1");
    scene.offers(NEWER, "good.minisig");
    scene.server.serve("archive", b"\x7fELF of somebody else");
    install(refused);
    scene.server.serve("archive", &fs::read(signed("archive")).expect("the archive"));
    // The command line reclaims at the moment.
    let lock = UnixDisk.claim(&scene.desk.state.join("lock")).expect("a lock").expect("free");
    panel.click_text("Install");
    panel.says("A reclaim is going on, and nothing is installed meanwhile.");
    assert!(scene.unchanged());
    drop(lock);
    panel.click_text("Install");
    panel.says("Version 9.9.9 is in place.");
    assert_eq!(fs::read(&scene.app).expect("the new version"), fs::read(signed("archive")).expect("the archive"));
    panel.picture("panel-update-placed");
}

#[test]
fn with_leave_it_is_asked_once_and_what_it_said_is_remembered() {
    let scene = Scene::set("check_for_updates = true\ninterval_seconds = 5\n");
    scene.offers(NEWER, "good.minisig");
    let panel = scene.open();
    panel.says("Version 9.9.9 is available.");
    drop(panel);
    scene.offers("99.0.0", "good.minisig");
    let panel = scene.open();
    panel.says("Version 9.9.9 is available.");
    panel.click_text("Later");
    desk::until("the line is gone", PATIENCE, || !panel.text().contains("Version 9.9.9"));
    panel.click_text("Settings");
    panel.says("Version 9.9.9 is available.");
    assert_eq!(scene.server.visitors(), 1, "once a week");
    // What was agreed to was another version: that one is offered, and nothing is fetched.
    panel.click_text("Install");
    panel.says("Version 99.0.0 is available.");
    assert!(scene.unchanged());
    assert_eq!(scene.server.visitors(), 2);
}

#[test]
fn a_feed_that_is_old_broken_away_or_not_to_be_trusted_is_told_once_and_not_asked_again() {
    let scene = Scene::set("check_for_updates = true\ninterval_seconds = 5\n");
    scene.server.serve("latest.json", b"<html>404</html>");
    let panel = scene.open();
    panel.click_text("Settings");
    panel.says("The list of releases cannot be read:");
    // A look or two more.
    std::thread::sleep(std::time::Duration::from_secs(6));
    assert_eq!(scene.server.visitors(), 1, "no storm");
    for version in [env!("CARGO_PKG_VERSION"), "0.0.1"] {
        scene.offers(version, "good.minisig");
        check(&panel);
        panel.says("is the newest (asked today");
        scene.server.serve("latest.json", b"{}");
        check(&panel);
        panel.says("The list of releases cannot be read:");
    }
    // The same address, held by somebody whom nobody vouches for.
    scene.offers(NEWER, "good.minisig");
    scene.server.forget_authority();
    drop(panel);
    let panel = scene.open();
    panel.click_text("Settings");
    check(&panel);
    panel.says("The list of releases could not be had:");
    panel.says("certificate");
    scene.server.close();
    check(&panel);
    panel.says("Connection refused");
    assert!(scene.unchanged());
}
