//! The bundle as it is laid out, with programs that stand in for the real ones.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_core::words::Language;
use plist::Dictionary;

use crate::{complained, read, said, script, top};

/// A bundle in a folder of its own.
fn bundle() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let (app, command) = (folder.path().join("a program"), folder.path().join("another"));
    fs::write(&app, "app").expect("write");
    fs::write(&command, "command").expect("write");
    let out = folder.path().join("Plimsoll.app");
    said(&script("bundle").arg(&out).arg(app).arg(command).output().expect("run"));
    (folder, out)
}

fn properties(bundle: &Path) -> Dictionary {
    let value = plist::Value::from_file(bundle.join("Contents/Info.plist")).expect("a property list");
    value.into_dictionary().expect("a dictionary")
}

fn text<'a>(properties: &'a Dictionary, key: &str) -> &'a str {
    properties.get(key).and_then(plist::Value::as_string).unwrap_or_else(|| panic!("no {key}"))
}

#[test]
fn the_property_list_says_what_the_rest_of_the_tree_says() {
    let (_folder, out) = bundle();
    let properties = properties(&out);
    let config: serde_json::Value =
        serde_json::from_str(&read(&top().join("src-tauri/tauri.conf.json"))).expect("JSON");
    assert_eq!(text(&properties, "CFBundleIdentifier"), config["identifier"]);
    assert_eq!(text(&properties, "CFBundleName"), config["productName"]);
    for key in ["CFBundleShortVersionString", "CFBundleVersion"] {
        assert_eq!(text(&properties, key), env!("CARGO_PKG_VERSION"));
    }
    // An agent: no icon in the Dock.
    assert_eq!(properties.get("LSUIElement").and_then(plist::Value::as_boolean), Some(true));
    assert_eq!(text(&properties, "CFBundlePackageType"), "APPL");
    let oldest = text(&properties, "LSMinimumSystemVersion");
    assert!(read(&top().join("packaging/app")).contains(&format!("MACOSX_DEPLOYMENT_TARGET={oldest}\n")));
    // Tauri's build step hands this to the linker, over what the scripts say.
    assert_eq!(config["bundle"]["macOS"]["minimumSystemVersion"], oldest);
    for script in ["check", "zigcc"] {
        let text = read(&top().join("tools/macos").join(script));
        assert!(text.contains(&format!("MACOSX_DEPLOYMENT_TARGET:-{oldest}}}")), "tools/macos/{script}");
    }
    let languages = properties["CFBundleLocalizations"].as_array().expect("languages");
    let languages: Vec<&str> = languages.iter().filter_map(plist::Value::as_string).collect();
    assert_eq!(languages, Language::ALL.map(|(_, tag, _)| tag), "the app speaks other languages");
}

#[test]
fn every_language_says_why_it_looks() {
    let (_folder, out) = bundle();
    let properties = properties(&out);
    let mut sentences = Vec::new();
    for (_, tag, _) in Language::ALL {
        let strings = read(&out.join(format!("Contents/Resources/{tag}.lproj/InfoPlist.strings")));
        // Old-style property lists take any text between quotes; a stray one would end it early.
        let lines: Vec<&str> = strings.lines().filter(|line| line.starts_with('"')).collect();
        let [line] = lines[..] else { panic!("{tag} has {} sentences", lines.len()) };
        let sentence =
            line.strip_prefix("\"NSAppDataUsageDescription\" = \"").and_then(|rest| rest.strip_suffix("\";"));
        let sentence = sentence.unwrap_or_else(|| panic!("{tag}: {line}"));
        assert!(!sentence.contains(['"', '\\']) && sentence.ends_with('.'), "{tag}: {sentence}");
        sentences.push(sentence.to_owned());
    }
    assert_eq!(text(&properties, "NSAppDataUsageDescription"), sentences[0], "the sentence without a language");
    assert_ne!(sentences[0], sentences[1]);
}

#[test]
fn the_programs_are_the_ones_given_and_can_be_run() {
    let (_folder, out) = bundle();
    let programs = out.join("Contents/MacOS");
    let main = text(&properties(&out), "CFBundleExecutable").to_owned();
    for (name, content) in [(main.as_str(), "app"), ("plimsoll", "command")] {
        assert_eq!(read(&programs.join(name)), content);
        assert_eq!(programs.join(name).metadata().expect("look").permissions().mode() & 0o777, 0o755);
    }
    // The file system of a Mac takes names that differ by case alone for one.
    let names: Vec<String> = fs::read_dir(&programs)
        .expect("list")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().to_lowercase())
        .collect();
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 2, "{names:?}");
}

#[test]
fn only_something_called_an_app_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let precious = folder.path().join("precious");
    fs::write(&precious, "x").expect("write");
    let output = script("bundle").arg(folder.path()).args([&precious, &precious]).output().expect("run");
    assert!(complained(&output).contains(".app"));
    assert!(precious.exists());
}

/// Every size that macOS asks for, on screens of both densities, and what is drawn is the mark.
#[test]
fn the_icon_has_every_size() {
    let (_folder, out) = bundle();
    let name = text(&properties(&out), "CFBundleIconFile").to_owned();
    let icon = fs::read(out.join(format!("Contents/Resources/{name}.icns"))).expect("read");
    let number = |at: usize| u32::from_be_bytes(icon[at..at + 4].try_into().expect("four bytes"));
    assert_eq!(&icon[..4], b"icns");
    assert_eq!(number(4) as usize, icon.len());
    let (mut at, mut kinds) = (8, Vec::new());
    while at < icon.len() {
        let kind = String::from_utf8_lossy(&icon[at..at + 4]).into_owned();
        let length = number(at + 4) as usize;
        let body = &icon[at + 8..at + length];
        let pixels = match kind.as_str() {
            "ic11" => 32,
            "ic12" => 64,
            "ic07" => 128,
            "ic08" | "ic13" => 256,
            "ic09" | "ic14" => 512,
            "ic10" => 1024,
            _ => 0,
        };
        if pixels > 0 {
            assert!(body.starts_with(b"\x89PNG\r\n\x1a\n"), "{kind}");
            assert_eq!((number(at + 24), number(at + 28)), (pixels, pixels), "{kind}");
        }
        kinds.push(kind);
        at += length;
    }
    for kind in ["ic07", "ic08", "ic09", "ic10", "ic11", "ic12", "ic13", "ic14"] {
        assert!(kinds.iter().any(|found| found == kind), "no {kind} in {kinds:?}");
    }
}
