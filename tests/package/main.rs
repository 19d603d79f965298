//! A packaged app read back: what `make app-macos` and `make app` have made is what macOS asks for.
//!
//! Not here: running it, which only a Mac can, and how it is laid out, which `release` tests without building it.

mod macho;
mod signature;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use macho::{Program, Slice};
use sha2::{Digest as _, Sha256};
use signature::Signature;

const IDENTIFIER: &str = "app.plimsoll.Plimsoll";
/// In `Contents/MacOS`.
const PROGRAMS: [&str; 2] = ["plimsoll-app", "plimsoll"];

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// `Contents` of the app to look at. Building one takes many minutes, so that it is not part of every test run.
fn contents() -> Option<PathBuf> {
    let named = std::env::var_os("PLIMSOLL_APP").map(|path| top().join(path));
    let asked = named.is_some();
    let app = named.unwrap_or_else(|| top().join("target/mac/Plimsoll.app"));
    if app.is_dir() {
        return Some(app.join("Contents"));
    }
    assert!(!asked, "there is no {}", app.display());
    println!("package: skipped, there is no target/mac/Plimsoll.app; make app-macos makes one");
    None
}

fn program(contents: &Path, name: &str) -> Program {
    Program::read(&contents.join("MacOS").join(name))
}

fn properties(contents: &Path) -> plist::Dictionary {
    let value = plist::Value::from_file(contents.join("Info.plist")).expect("a property list");
    value.into_dictionary().expect("a dictionary")
}

/// Lines of a list in `tools/macos`, without their comments.
fn listed(name: &str) -> Vec<String> {
    let text = fs::read_to_string(top().join("tools/macos").join(name)).expect("read");
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// Names that the system library has, by the stub that the linker was given. Without one the system's own was used.
fn system_library() -> Option<BTreeSet<String>> {
    let text = fs::read_to_string(top().join("target/mac/libSystem.tbd")).ok()?;
    // Its other words, of the list's own language, are no names that a program asks for.
    Some(text.split([' ', '\n', ',', '[', ']', '\'', '"']).map(str::to_owned).collect())
}

#[test]
fn the_property_list_has_no_place_left_to_fill_in() {
    let Some(contents) = contents() else { return };
    let properties = properties(&contents);
    let text = |key: &str| properties[key].as_string().unwrap_or_default();
    assert_eq!(text("CFBundleIdentifier"), IDENTIFIER);
    assert_eq!(text("CFBundleExecutable"), PROGRAMS[0]);
    assert_eq!(text("CFBundleShortVersionString"), env!("CARGO_PKG_VERSION"));
    assert_eq!(text("LSMinimumSystemVersion"), "13.0");
    assert_eq!(properties["LSUIElement"].as_boolean(), Some(true));
    assert!(text("NSAppDataUsageDescription").contains("Claude"));
    for (key, value) in &properties {
        assert!(value.as_string().is_none_or(|text| !text.contains('@')), "{key}");
    }
    assert!(contents.join(format!("Resources/{}.icns", text("CFBundleIconFile"))).is_file());
}

#[test]
fn programs_run_on_the_macs_they_are_for() {
    let Some(contents) = contents() else { return };
    let oldest = properties(&contents)["LSMinimumSystemVersion"].as_string().expect("text").to_owned();
    let mut architectures = BTreeSet::new();
    for name in PROGRAMS {
        let program = program(&contents, name);
        architectures.insert(program.slices.iter().map(|slice| slice.architecture.clone()).collect::<Vec<_>>());
        for slice in &program.slices {
            let what = format!("{name} for {}", slice.architecture);
            assert_eq!(
                slice.platform,
                object::macho::PLATFORM_MACOS,
                "{what} does not say that it is for macOS 10.14 or newer"
            );
            assert_eq!(slice.oldest, oldest, "{what}");
            assert!(slice.position_independent, "{what}");
        }
    }
    assert_eq!(architectures.len(), 1, "the two programs are for different Macs: {architectures:?}");
    println!("package: for {architectures:?}");
}

#[test]
fn programs_ask_for_nothing_but_the_systems_own_libraries() {
    let Some(contents) = contents() else { return };
    let frameworks: BTreeSet<String> = listed("frameworks.txt")
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, letter)| format!("/System/Library/Frameworks/{name}.framework/Versions/{letter}/{name}"))
        .collect();
    let libraries = ["libSystem.B", "libobjc.A", "libiconv.2", "libc++.1"].map(|name| format!("/usr/lib/{name}.dylib"));
    for name in PROGRAMS {
        for slice in &program(&contents, name).slices {
            for library in &slice.libraries {
                let known = frameworks.contains(library) || libraries.contains(library);
                assert!(known, "{name} for {} asks for {library}", slice.architecture);
            }
            let windows = slice.libraries.iter().any(|library| library.ends_with("/WebKit"));
            assert_eq!(windows, name == "plimsoll-app", "{name} for {}", slice.architecture);
        }
    }
}

/// The loader ends a program at its first name that nobody has; linked on Debian, nobody has looked before.
#[test]
fn every_name_that_programs_ask_for_is_known() {
    let Some(contents) = contents() else { return };
    let Some(system) = system_library() else {
        println!("package: names are not compared, this app was linked with the system's own libraries");
        return;
    };
    assert!(system.len() > 5_000, "the stub of the system library has {} names", system.len());
    let reviewed: BTreeSet<String> = listed("symbols.txt").into_iter().collect();
    let mut unknown = BTreeSet::new();
    for name in PROGRAMS {
        for Slice { undefined, architecture, .. } in &program(&contents, name).slices {
            assert!(undefined.len() > 100, "{name} for {architecture} asks for {} names", undefined.len());
            for asked in undefined {
                let from_system = asked.library.as_deref() == Some("/usr/lib/libSystem.B.dylib");
                if !(if from_system { &system } else { &reviewed }).contains(&asked.name) {
                    unknown.insert((asked.library.clone(), asked.name.clone()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "neither in the system library nor in tools/macos/symbols.txt: {unknown:#?}");
}

/// What is signed is what is there: every page of the programs, the property list, and every other file.
#[test]
fn the_signature_holds_the_whole_bundle() {
    let Some(contents) = contents() else { return };
    let hash = |path: &Path| Sha256::digest(fs::read(contents.join(path)).expect("read")).to_vec();
    for name in PROGRAMS {
        for slice in &program(&contents, name).slices {
            let what = format!("{name} for {}", slice.architecture);
            let signature = Signature::of(slice);
            signature.holds_every_page_of(slice);
            // Without it Apple notarises nothing.
            assert!(signature.hardened(), "{what} does without the hardened runtime");
            if name == PROGRAMS[0] {
                assert_eq!(signature.identifier, IDENTIFIER, "{what}");
                assert_eq!(signature.special(signature::PROPERTIES), hash(Path::new("Info.plist")), "{what}");
                assert_eq!(
                    signature.special(signature::RESOURCES),
                    hash(Path::new("_CodeSignature/CodeResources")),
                    "{what}"
                );
            }
        }
    }
    let seal = plist::Value::from_file(contents.join("_CodeSignature/CodeResources")).expect("a property list");
    let sealed = seal.as_dictionary().and_then(|seal| seal["files2"].as_dictionary()).expect("files");
    let command: Vec<Vec<u8>> =
        program(&contents, PROGRAMS[1]).slices.iter().map(|slice| Signature::of(slice).code_hash()).collect();
    for path in files(&contents) {
        let name = path.to_str().expect("text");
        // The first two are in the signature itself, eight bytes nobody needs, and Apple's ticket comes after the signature.
        let open = ["Info.plist", "MacOS/plimsoll-app", "PkgInfo", "CodeResources"].contains(&name);
        if open || path.starts_with("_CodeSignature") {
            continue;
        }
        let entry = sealed.get(name).and_then(plist::Value::as_dictionary).unwrap_or_else(|| panic!("{name} is open"));
        let data = |key: &str| entry.get(key).and_then(plist::Value::as_data).map(<[u8]>::to_vec);
        if name == "MacOS/plimsoll" {
            assert!(command.contains(&data("cdhash").expect("a hash")), "{name} was changed after it was signed");
        } else {
            assert_eq!(data("hash2"), Some(hash(&path)), "{name} was changed after it was signed");
        }
    }
}

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("list").flatten() {
            let kind = entry.file_type().expect("look");
            assert!(!kind.is_symlink(), "{} is a link", entry.path().display());
            if kind.is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(folder).expect("below").to_owned());
            }
        }
    }
    found
}
