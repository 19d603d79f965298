//! Takes out of an output what differs between runs, machines and platforms, and keeps its shape.
//!
//! Not here: sizes of zero, which mean something everywhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use plimsoll_tests::small::Small;
use serde_json::{Map, Value, json};

/// JSON as it is pinned: numbers and names that differ are replaced, evidence that only one platform has is left out.
pub(crate) fn json(text: &str, small: &Small) -> String {
    let mut value: Value = serde_json::from_str(text).expect("the output is JSON");
    walk(&mut value);
    paths(&serde_json::to_string_pretty(&value).expect("JSON is text"), small)
}

fn walk(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(is_everywhere);
            items.iter_mut().for_each(walk);
            // Equal sizes are in an order by name, and which sizes are equal hangs on the file system.
            items.sort_by_key(|item| item.get("role").map(|_| item["name"].to_string()));
        }
        Value::Object(fields) => object(fields),
        _ => {}
    }
}

/// Write leases, local snapshots and space to be purged are there on one platform only.
fn is_everywhere(item: &Value) -> bool {
    item["source"] != "write_lease"
        && item["name"] != "write lease"
        && item["name"] != "snapshots"
        && item["name"] != "free space"
}

fn object(fields: &mut Map<String, Value>) {
    let machines = ["open_files", "known_processes"];
    let by_the_machine = fields.get("source").is_some_and(|source| machines.iter().any(|known| source == known))
        || fields.get("name").is_some_and(|name| name == "open files" || name == "process names");
    for (key, value) in fields.iter_mut() {
        let differs = match key.as_str() {
            "at" | "since" | "modified" | "source_modified" => Some("[time]"),
            "pid" if !value.is_null() => Some("[pid]"),
            "fingerprint" => Some("[fingerprint]"),
            "id" => Some("[id]"),
            "receipt" | "set_aside" if !value.is_null() => Some("[id]"),
            "blake3" => Some("[hash]"),
            "mount_point" => Some("[mount point]"),
            "system_inode" => Some("[inode]"),
            "fill" => Some("[fill]"),
            "app_running" | "orphan" => Some("[machine]"),
            "finding" | "detail" | "sentence" | "health" | "hint" if by_the_machine => Some("[machine]"),
            _ => None,
        };
        if let Some(differs) = differs {
            *value = json!(differs);
        } else if is_size(key) && value.as_u64().is_some_and(|bytes| bytes > 0) {
            *value = json!("[bytes]");
        } else if let Value::String(text) = value {
            *text = sizes(&ids(text));
        } else {
            walk(value);
        }
    }
    // In the order of the alphabet, whether or not some crate of the build has asked for another.
    let sorted: BTreeMap<String, Value> = std::mem::take(fields).into_iter().collect();
    fields.extend(sorted);
}

fn is_size(key: &str) -> bool {
    key.ends_with("_bytes") || ["allocated", "system", "session", "free", "total", "logical", "stored"].contains(&key)
}

/// Text for people as it is pinned.
pub(crate) fn text(text: &str, small: &Small) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        let line = sizes(&ids(line));
        let machines = ["open files", "process names"];
        // What other programs write to the volume meanwhile can bring the last of these up.
        if ["  write lease  ", "  snapshots  ", "Less is free than"].iter().any(|word| line.contains(word)) {
            continue;
        }
        if let Some(name) = machines.iter().find(|name| line.contains(&format!("  {name}"))) {
            let _ = writeln!(shown, "[machine]  {name} [machine]");
        } else if !line.contains("as root every process could be looked into") {
            shown.push_str(line.trim_end());
            shown.push('\n');
        }
    }
    paths(&shown, small)
}

/// Every size becomes `[size]`, which ends where the size ended, so that columns can still be seen.
fn sizes(line: &str) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for place in 1..words.len() {
        let unit = words[place].trim_end_matches([',', '.', ';']).to_owned();
        let (sign, number) = words[place - 1].split_at(usize::from(words[place - 1].starts_with('+')));
        if number == "0" || number.parse::<f64>().is_err() || !["B", "kB", "MB", "GB", "TB"].contains(&unit.as_str()) {
            continue;
        }
        let width = words[place - 1].len() + 1 + unit.len();
        let before = words[..place - 1].iter().rev().take_while(|word| word.is_empty()).count();
        let sign = sign.to_owned();
        words[place] = words[place].replacen(&unit, &format!("{sign}[size]"), 1);
        words[place - 1] = "\u{0}".into();
        // In a column the text to the left is padding, which grows or shrinks with the number.
        if before > 1 {
            let padding = (before + width).saturating_sub("[size]".len() + sign.len());
            words[place - 1 - before..place - 1].fill("\u{0}".to_owned());
            words[place] = format!("{}{}", " ".repeat(padding), words[place]);
        }
    }
    words.retain(|word| word != "\u{0}");
    words.join(" ")
}

/// Times, process ids, and the names of runs: `19ab3f-51a7`.
fn ids(line: &str) -> String {
    let is_time = |word: &str| word.ends_with('Z') && word.parse::<jiff::Timestamp>().is_ok();
    let is_run = |word: &str| {
        let hexadecimal = |part: &str| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        word.len() > 12 && word.split_once('-').is_some_and(|(time, process)| hexadecimal(time) && hexadecimal(process))
    };
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let bare = word.trim_matches(['`', '(', ')', ',', ':', '.', ';']);
        let shown = if is_time(bare) {
            "[time]"
        } else if is_run(bare) {
            "[id]"
        } else if words.last().is_some_and(|last| last == "(pid") {
            "[pid]"
        } else {
            bare
        };
        words.push(if bare.is_empty() { word.to_owned() } else { word.replacen(bare, shown, 1) });
    }
    words.join(" ")
}

fn paths(text: &str, small: &Small) -> String {
    let above = |path: &Path, count| path.ancestors().nth(count).expect("a folder").display().to_string();
    // The bundle's path is resolved, and what it resolves to may hold the other: `/private/var/…`.
    text.replace(&above(&small.bundle, 3), "[folder]").replace(&above(&small.root, 1), "[folder]")
}
