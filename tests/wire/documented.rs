//! `docs/cli.md` names every command, every option and every JSON field, and no option that there is not.
//!
//! Not here: whether what it says of them is true.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use plimsoll_core::alert::{Matter, Severity};
use plimsoll_core::notice::Notice;
use serde_json::Value;

use crate::commands::Scene;
use crate::help::{COMMANDS, help};
use crate::sentences::refusals;

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
    fs::read_to_string(page).expect("docs/cli.md")
}

/// Options in a help text: the words that its lines begin with.
fn options(help: &str) -> BTreeSet<String> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    lines.flat_map(|line| words_with_dashes(line.split("  ").next().unwrap_or_default())).collect()
}

fn words_with_dashes(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let long =
        |word: &&str| word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
    words.filter(long).map(str::to_owned).collect()
}

/// The part of the page under the heading of a command.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let from = page.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no heading {heading}"));
    let rest = &page[from + 4..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

#[test]
fn every_command_and_option_is_documented() {
    let page = page();
    let everywhere = section(&page, "Options of every command");
    let shared: BTreeSet<String> = options(&help(None)).difference(&options("--version")).cloned().collect();
    for option in &shared {
        assert!(everywhere.contains(&format!("`{option}")), "{option} is not documented");
    }
    for command in COMMANDS {
        let part = section(&page, command);
        let offered = options(&help(Some(command)));
        for option in offered.difference(&shared) {
            assert!(part.contains(&format!("`{option}")), "{command} {option} is not documented");
        }
        // `--json` is in the examples.
        let named: BTreeSet<String> = words_with_dashes(part).into_iter().collect();
        let unknown: Vec<_> = named.difference(&offered).collect();
        assert!(unknown.is_empty(), "{command} has no {unknown:?}");
    }
}

#[test]
fn every_level_and_shell_is_documented() {
    let page = page();
    for (command, part) in [("plan", section(&page, "plan")), ("completions", section(&page, "completions"))] {
        let help = help(Some(command));
        let values: BTreeSet<&str> = help
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("- ")?.split(':').next())
            .chain(
                help.split("[possible values: ")
                    .nth(1)
                    .into_iter()
                    .flat_map(|list| list.split(']').next().unwrap_or_default().split(", ")),
            )
            .collect();
        assert!(values.len() > 3, "{values:?}");
        for value in values {
            assert!(part.contains(&format!("`{value}`")), "{command} {value} is not documented");
        }
    }
}

#[test]
fn every_code_of_a_refusal_is_documented() {
    let page = page();
    for refusal in refusals() {
        let code = Notice::from(&refusal).code;
        assert!(page.contains(&format!("`{code}`")), "{code} is not documented");
    }
}

fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.keys().cloned());
            map.values().for_each(|value| fields(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, found)),
        _ => {}
    }
}

/// Those of alerts, which stand on no machine that is well.
#[test]
fn every_field_of_an_alert_is_documented() {
    let part = page();
    let matters = Matter::ALL.map(Matter::name);
    let severities = [Severity::Notice, Severity::Warning, Severity::Critical].map(Severity::name);
    let fields = ["id", "matter", "severity", "subject", "since", "told_at", "snoozed", "snoozed_until"];
    for word in matters.iter().chain(&severities).chain(&fields) {
        assert!(section(&part, "status").contains(&format!("`{word}`")), "{word} is not documented");
    }
}

#[test]
fn every_json_field_is_documented_with_its_command() {
    let page = page();
    let scene = Scene::new();
    let image = scene.small.bundle.join("efivars.fd").to_string_lossy().into_owned();
    let answers: [(&str, &[&str]); 13] = [
        ("status", &["status"]),
        ("plan", &["plan", "reset"]),
        ("plan", &["plan", "compact"]),
        ("arm", &["arm", "rebuild", "--yes"]),
        ("disarm", &["disarm"]),
        ("reclaim", &["reclaim", "reset", "--yes"]),
        ("undo", &["undo", "--list"]),
        ("watch", &["watch", "--samples", "1"]),
        ("history", &["history"]),
        ("image inspect", &["image", "inspect", &image]),
        ("image trim", &["image", "trim", &image, "--dry-run"]),
        ("receipts", &["receipts"]),
        ("doctor", &["doctor"]),
    ];
    for (command, arguments) in answers {
        let ended = scene.run(&[arguments, &["--json"]].concat());
        let value: Value = serde_json::from_str(&ended.printed).expect("JSON");
        assert_eq!(value["schema"], 1, "{arguments:?}");
        let mut found = BTreeSet::new();
        fields(&value, &mut found);
        // Watch prints what status prints.
        let part = section(&page, if command == "watch" { "status" } else { command });
        for field in found {
            assert!(part.contains(&format!("`{field}`")), "{command}: the field {field} is not documented");
        }
    }
}
