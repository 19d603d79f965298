//! What the tree must look like: layers, sizes, and a code map that is true.

use std::fs;
use std::path::{Path, PathBuf};

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("list").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

fn all() -> Vec<(PathBuf, String)> {
    let mut files: Vec<PathBuf> =
        ["crates", "src-tauri/src", "tests"].iter().flat_map(|f| sources(&top().join(f))).collect();
    files.push(top().join("src-tauri/build.rs"));
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("read"))).collect()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(top()).unwrap_or(path).display().to_string()
}

fn is_test(path: &Path) -> bool {
    let name = shown(path);
    name.starts_with("tests/") || name.ends_with("/tests.rs") || name.contains("/tests/")
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    for (path, text) in all() {
        assert!(text.starts_with("//!"), "{} opens without its purpose", shown(&path));
        let code = text.split("#[cfg(test)]").next().unwrap_or(&text).lines().count();
        assert!(code <= 400, "{} has {code} lines", shown(&path));
    }
}

#[test]
fn the_core_knows_no_front() {
    let manifest = fs::read_to_string(top().join("crates/core/Cargo.toml")).expect("read");
    for front in ["tauri", "clap", "indicatif", "gtk", "ksni"] {
        assert!(!manifest.contains(front), "the core depends on {front}");
    }
}

#[test]
fn only_adapters_are_unsafe_or_differ_by_platform() {
    for (path, text) in all().into_iter().filter(|(path, _)| shown(path).starts_with("crates/core/src")) {
        let adapter = shown(&path).contains("/adapters");
        assert!(adapter || !text.contains("unsafe {"), "{} is unsafe", shown(&path));
        assert!(adapter || !text.contains("#[cfg(target_os"), "{} differs by platform", shown(&path));
    }
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    for (path, text) in all().into_iter().filter(|(path, _)| !is_test(path)) {
        let blocks = text.matches("unsafe {").count();
        assert!(text.matches("// SAFETY:").count() >= blocks, "{}", shown(&path));
    }
}

#[test]
fn code_for_macos_is_a_small_part() {
    let lines = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
    let is_mac = |path: &Path| path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("macos"));
    let (mut mac, mut product) = (0, 0);
    for (path, text) in all().into_iter().filter(|(path, _)| !is_test(path)) {
        product += lines(&text);
        mac += if is_mac(&path) { lines(&text) } else { 0 };
    }
    println!("{mac} of {product} lines are for macOS only");
    assert!(mac * 100 <= product * 6, "{mac} of {product} lines are for macOS only");
}

#[test]
fn nothing_is_left_for_later() {
    let marks =
        [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["unimpl", "emented!"].concat(), ["#[ig", "nore"].concat()];
    for (path, text) in all() {
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{} has a {mark}", shown(&path));
        }
    }
}

/// What only a Mac can run stands in a table with what proves it; so do decisions by platform in common code.
#[test]
fn the_page_about_macos_names_every_place_that_is_for_it() {
    let page = fs::read_to_string(top().join("docs/macos.md")).expect("read");
    let mut places = 0;
    for (path, text) in all().into_iter().filter(|(path, _)| !is_test(path)) {
        let name = shown(&path);
        let (_, file) = name.split_once("src/").unwrap_or(("", &name));
        // That a file has a platform's own part is not a place of its own: the part is.
        let part = ["#[path", "#[expect(", "mod ", "use ", "pub use ", "pub(crate) use ", "pub(super) use "];
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let decides = lines.iter().enumerate().any(|(at, line)| {
            let next = lines.get(at + 1).copied().unwrap_or_default();
            line.contains("target_os = \"macos\"") && !part.iter().any(|start| next.starts_with(start))
        });
        if decides || file.contains("macos") {
            places += 1;
            assert!(page.contains(&format!("{file}`")), "docs/macos.md does not name {name}");
        }
    }
    assert!(places > 8, "{places} places were found");
}

/// The code map has a section for each crate, whose rows are files in its `src/`; test files explain themselves.
#[test]
fn the_code_map_names_every_file_and_no_other() {
    let map = fs::read_to_string(top().join("ARCHITECTURE.md")).expect("read");
    for (folder, root) in [("crates/holes", false), ("crates/core", false), ("src-tauri", true)] {
        let section = map.split(&format!("\n### `{folder}`")).nth(1).expect("a section");
        let section = section.split("\n### ").next().unwrap_or_default();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
        let quoted = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter(|name| name.contains(".rs"));
        let mut named: Vec<String> = quoted.map(str::to_owned).collect();
        let source = top().join(folder).join("src");
        let files = sources(&source).into_iter().filter(|path| !is_test(path) && (root || !path.ends_with("lib.rs")));
        let mut found: Vec<String> =
            files.map(|path| path.strip_prefix(&source).expect("below").display().to_string()).collect();
        named.sort();
        found.sort();
        assert_eq!(named, found, "{folder}");
    }
}

/// Style's arrows: the page speaks to one file, and one file of the app names the real ports.
#[test]
fn the_app_is_thin() {
    for (path, text) in all().into_iter().filter(|(path, _)| shown(path).starts_with("src-tauri/src")) {
        let (name, code) = (shown(&path), text.split("#[cfg(test)]").next().unwrap_or(&text).to_owned());
        let adapters = code.contains("plimsoll_core::adapters");
        assert!(is_test(&path) || !adapters || name.ends_with("src/lib.rs"), "{name} names an adapter");
        let unsafe_code = code.contains("unsafe {");
        let may = ["src/linux.rs", "awake/macos.rs", "notify/macos.rs", "panel/macos.rs", "tray/macos.rs"]
            .iter()
            .any(|file| name.ends_with(file));
        assert!(!unsafe_code || may, "{name} is unsafe");
    }
}

/// A message that nobody says would be translated for nothing, and one that is misspelt would show as its name.
#[test]
fn every_message_is_said_somewhere() {
    let sources: String = all().into_iter().map(|(_, text)| text).collect();
    // Chosen by a number or a name.
    let chosen = [
        "month-",
        "weekday-",
        "image-",
        "note-",
        "level-",
        "lost-",
        "sheet-title-",
        "set-icon-",
        "set-title-",
        "set-automatic-",
        "page-",
        "refusal-",
    ];
    for id in plimsoll_core::words::ids(plimsoll_core::words::Language::English) {
        let said = sources.contains(&format!("\"{id}\""));
        let family = chosen.iter().any(|family| id.starts_with(family) && sources.contains(&format!("\"{family}{{")));
        assert!(said || family, "nobody says {id}");
    }
}
