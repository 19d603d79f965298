//! The script that signs the app and has Apple notarise it, with programs that stand in for Apple's.
//!
//! Not here: what Apple's programs make of it, which only a Mac can show.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::{complained, read, said, script};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// An app to sign, and the programs that would.
struct Scene(TempDir);

impl Scene {
    /// With what Apple answers, and how often the disk is busy when an image is to be made.
    fn new(answer: &str, busy: u32) -> Self {
        let scene = Self(tempfile::tempdir().expect("a folder"));
        let folder = scene.0.path();
        fs::create_dir_all(folder.join("bin")).expect("make");
        fs::create_dir_all(folder.join("out/Plimsoll.app/Contents/MacOS")).expect("make");
        fs::write(folder.join("out/Plimsoll.app/Contents/MacOS/plimsoll"), "a program").expect("write");
        fs::write(folder.join("out/Plimsoll.app/Contents/CodeResources"), "an old ticket").expect("write");
        scene.program("codesign", "");
        // Packs or copies.
        scene.program("ditto", "if [ \"$1\" = -c ]; then touch \"${@: -1}\"; else cp -R \"$1\" \"$2\"; fi");
        scene.program(
            "hdiutil",
            &format!(
                "echo >>\"$LOG.busy\"; [ $(wc -l <\"$LOG.busy\") -gt {busy} ] || {{ echo 'Resource busy' >&2; exit 1; }}
touch \"${{@: -1}}\""
            ),
        );
        // It succeeds whatever the answer is, as Apple's does.
        scene.program(
            "xcrun",
            &format!(
                "case \"$1 $2\" in
'notarytool submit') printf '  id: 12-34\\nCurrent status: In Progress...\\n  id: 12-34\\n  status: {answer}\\n' ;;
'notarytool log') echo 'The signature of the binary is invalid.' ;;
'stapler staple') [ ! -d \"$3\" ] || touch \"$3/Contents/CodeResources\" ;;
esac"
            ),
        );
        scene
    }

    fn program(&self, name: &str, does: &str) {
        let path = self.0.path().join("bin").join(name);
        // Which app and folder it is stands in every line, and is always the same.
        let note = "echo \"${0##*/} $*\" | sed \"s|$OUT/||g\" >>\"$LOG\"";
        fs::write(&path, format!("#!/bin/bash\n{note}\n{does}\n")).expect("write");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("allow");
    }

    fn seal(&self, settings: &[(&str, &str)]) -> Output {
        let path = format!("{}:{}", self.0.path().join("bin").display(), std::env::var("PATH").expect("a path"));
        script("seal")
            .arg(self.out())
            .env("PATH", path)
            .env("OUT", self.out())
            .env("LOG", self.0.path().join("log"))
            .env("PLIMSOLL_LINGER", "0")
            .env_remove("PLIMSOLL_IDENTITY")
            .env_remove("PLIMSOLL_NOTARY_PROFILE")
            .env_remove("PLIMSOLL_NOTARY_KEYCHAIN")
            .envs(settings.iter().copied())
            .output()
            .expect("run")
    }

    fn out(&self) -> std::path::PathBuf {
        self.0.path().join("out")
    }

    /// Which of Apple's programs were asked for what.
    fn log(&self) -> String {
        read(&self.0.path().join("log"))
    }

    fn made(&self, what: &str) -> bool {
        self.out().join(format!("Plimsoll-{VERSION}.{what}")).exists()
    }
}

const NAMED: [(&str, &str); 3] = [
    ("PLIMSOLL_IDENTITY", "Developer ID Application: Some Body"),
    ("PLIMSOLL_NOTARY_PROFILE", "plimsoll"),
    ("PLIMSOLL_NOTARY_KEYCHAIN", "release.keychain-db"),
];

#[test]
fn everything_is_signed_from_the_inside_out_and_has_its_ticket() {
    let scene = Scene::new("Accepted", 0);
    said(&scene.seal(&NAMED));
    let sign = "codesign --force --options runtime --sign Developer ID Application: Some Body --timestamp";
    let ask = "--keychain-profile plimsoll --keychain release.keychain-db --wait --timeout 30m";
    let log = scene.log();
    let steps: Vec<&str> = log.lines().filter(|line| !line.contains("image.")).collect();
    assert_eq!(
        steps,
        [
            &format!("{sign} --identifier app.plimsoll.command Plimsoll.app/Contents/MacOS/plimsoll"),
            &format!("{sign} Plimsoll.app"),
            "codesign --verify --strict --deep Plimsoll.app",
            "ditto -c -k --keepParent Plimsoll.app notarise.zip",
            &format!("xcrun notarytool submit notarise.zip {ask}"),
            "xcrun stapler staple Plimsoll.app",
            &format!("codesign --sign Developer ID Application: Some Body --timestamp Plimsoll-{VERSION}.dmg"),
            &format!("xcrun notarytool submit Plimsoll-{VERSION}.dmg {ask}"),
            &format!("xcrun stapler staple Plimsoll-{VERSION}.dmg"),
        ]
    );
    // The app in the archive has its ticket, and it is not the one from before.
    let archive = scene.out().join(format!("Plimsoll-{VERSION}.app.tar.gz"));
    let listed = std::process::Command::new("tar").arg("-tzf").arg(&archive).output().expect("tar");
    assert!(said(&listed).contains("Plimsoll.app/Contents/CodeResources\n"));
    assert_eq!(read(&scene.out().join("Plimsoll.app/Contents/CodeResources")), "");
    let left: Vec<_> = fs::read_dir(scene.out()).expect("list").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn what_apple_does_not_accept_is_told_with_its_reason_and_goes_no_further() {
    for answer in ["Invalid", "Rejected", "In Progress"] {
        let scene = Scene::new(answer, 0);
        let why = complained(&scene.seal(&NAMED));
        assert!(why.contains("has not accepted") && why.contains("signature of the binary is invalid"), "{why}");
        let asked = "xcrun notarytool log 12-34 --keychain-profile plimsoll --keychain release.keychain-db\n";
        assert!(scene.log().ends_with(asked), "{}", scene.log());
        assert!(!scene.made("dmg") && !scene.made("app.tar.gz"));
    }
}

#[test]
fn without_a_name_nobody_is_asked() {
    let scene = Scene::new("Accepted", 0);
    said(&scene.seal(&[]));
    let log = scene.log();
    assert!(log.starts_with("codesign --force --options runtime --sign - --identifier app.plimsoll.command "), "{log}");
    assert!(!log.contains("xcrun") && !log.contains("--timestamp"), "{log}");
    assert!(scene.made("dmg") && scene.made("app.tar.gz"));
    // An old ticket would speak of other programs.
    assert!(!Path::new(&scene.out().join("Plimsoll.app/Contents/CodeResources")).exists());
}

#[test]
fn a_busy_disk_is_waited_for_but_not_for_ever() {
    let scene = Scene::new("Accepted", 4);
    said(&scene.seal(&NAMED));
    assert!(scene.made("dmg"));
    let scene = Scene::new("Accepted", 5);
    let why = complained(&scene.seal(&NAMED));
    assert!(why.contains("Resource busy") && why.contains("no disk image"), "{why}");
    assert!(!scene.made("dmg"));
    assert_eq!(scene.log().lines().filter(|line| line.starts_with("hdiutil")).count(), 5);
}
