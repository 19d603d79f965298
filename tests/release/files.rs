//! The files that go with a release: cask, feed, checksums.

use std::fs;
use std::path::Path;
use std::process::Output;

use base64::Engine as _;
use minisign_verify::{PublicKey, Signature};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{complained, read, said, script, top};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const REPOSITORY: &str = "some-body/plimsoll.app";
const DATE: &str = "2026-11-27T12:00:00Z";

/// A folder as the build leaves it. The signature is minisign's own.
fn built() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = format!("Plimsoll-{VERSION}.app.tar.gz");
    let signed = top().join("tests/release/signed");
    fs::copy(signed.join("archive"), folder.path().join(&archive)).expect("copy");
    fs::copy(signed.join("archive.minisig"), folder.path().join(format!("{archive}.minisig"))).expect("copy");
    fs::write(folder.path().join(format!("Plimsoll-{VERSION}.dmg")), "an image").expect("write");
    fs::write(folder.path().join(format!("Plimsoll-{VERSION}-aarch64.cdx.json")), "{}").expect("write");
    folder
}

fn write_files(folder: &Path, repository: &str, date: &str) -> Output {
    script("release-files").arg(folder).args([repository, date]).output().expect("run")
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

#[test]
fn the_cask_names_the_image_by_version_and_checksum() {
    let folder = built();
    said(&write_files(folder.path(), REPOSITORY, DATE));
    let cask = read(&folder.path().join("plimsoll.rb"));
    assert!(cask.starts_with("cask \"plimsoll\" do\n") && cask.ends_with("end\n"), "{cask}");
    assert!(cask.contains(&format!("  version \"{VERSION}\"\n")), "{cask}");
    assert!(cask.contains(&format!("  sha256 \"{}\"\n", sha256(b"an image"))), "{cask}");
    let url = "https://github.com/some-body/plimsoll.app/releases/download/v#{version}/Plimsoll-#{version}.dmg";
    assert!(cask.contains(url), "{cask}");
    // An at sign that is left is a place that nobody has filled in.
    assert!(!cask.contains('@'), "{cask}");
    // Set-aside session disks lie in the state folder, and no `zap` may take them.
    assert!(!cask.contains("Application Support"), "{cask}");
}

#[test]
fn the_feed_leads_to_an_archive_whose_signature_is_good() {
    let folder = built();
    said(&write_files(folder.path(), REPOSITORY, DATE));
    let feed: Value = serde_json::from_str(&read(&folder.path().join("latest.json"))).expect("JSON");
    assert_eq!((&feed["version"], &feed["pub_date"]), (&VERSION.into(), &DATE.into()));
    // The names that Tauri's updater looks itself up by.
    let platforms = feed["platforms"].as_object().expect("platforms");
    assert_eq!(platforms.keys().collect::<Vec<_>>(), ["darwin-aarch64", "darwin-x86_64"]);
    let signed = top().join("tests/release/signed");
    let key = PublicKey::from_file(signed.join("archive.pub")).expect("a key");
    for platform in platforms.values() {
        let url = platform["url"].as_str().expect("a url");
        let name = url.strip_prefix(&format!("https://github.com/{REPOSITORY}/releases/download/v{VERSION}/"));
        let archive = fs::read(folder.path().join(name.expect("of this release"))).expect("read");
        // As the updater does it: base64, then minisign's text, then the archive.
        let text = base64::engine::general_purpose::STANDARD.decode(platform["signature"].as_str().expect("text"));
        let signature =
            Signature::decode(&String::from_utf8(text.expect("base64")).expect("text")).expect("a signature");
        key.verify(&archive, &signature, true).expect("signed");
        key.verify(b"something else", &signature, true).expect_err("signed for something else");
    }
}

#[test]
fn every_file_has_its_checksum() {
    let folder = built();
    said(&write_files(folder.path(), REPOSITORY, DATE));
    let sums = read(&folder.path().join("SHA256SUMS"));
    let mut named = Vec::new();
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").expect("two columns");
        assert_eq!(sum, sha256(&fs::read(folder.path().join(name)).expect("read")), "{name}");
        named.push(name.to_owned());
    }
    named.push("SHA256SUMS".to_owned());
    named.sort();
    let mut found: Vec<String> = fs::read_dir(folder.path())
        .expect("list")
        .flatten()
        .map(|e| e.file_name().into_string().expect("text"))
        .collect();
    found.sort();
    assert_eq!(named, found);
}

#[test]
fn what_is_missing_or_would_break_out_of_its_quotes_is_refused() {
    for (repository, date) in [
        ("plimsoll", DATE),
        ("a/b\"; system(\"x", DATE),
        ("a/b|c", DATE),
        (REPOSITORY, "yesterday"),
        (REPOSITORY, "2026-11-27T12:00:00Z\", \"x\": \""),
    ] {
        let folder = built();
        complained(&write_files(folder.path(), repository, date));
        assert!(!folder.path().join("latest.json").exists());
    }
    for missing in ["dmg", "app.tar.gz", "app.tar.gz.minisig"] {
        let folder = built();
        fs::remove_file(folder.path().join(format!("Plimsoll-{VERSION}.{missing}"))).expect("remove");
        assert!(complained(&write_files(folder.path(), REPOSITORY, DATE)).contains(missing));
    }
    let folder = built();
    fs::remove_file(folder.path().join(format!("Plimsoll-{VERSION}-aarch64.cdx.json"))).expect("remove");
    complained(&write_files(folder.path(), REPOSITORY, DATE));
}
