//! The workflows: that they are YAML, and that what they name is there. A runner would only say so hours later.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::{read, top};

/// Every workflow by its file's name: as it is written, and as it is read.
fn workflows() -> Vec<(String, String, Value)> {
    let folder = top().join(".github/workflows");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("list").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = read(&entry.path());
        let value = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        found.push((name, text, value));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        found.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(),
        ["ci.yml", "homebrew.yml", "nightly.yml", "release.yml"]
    );
    found
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow["jobs"].as_object().expect("jobs").iter()
}

fn steps(workflow: &Value) -> Vec<&Value> {
    jobs(workflow).flat_map(|(_, job)| job["steps"].as_array().expect("steps")).collect()
}

#[test]
fn every_job_is_bounded_and_may_only_read() {
    for (name, _, workflow) in workflows() {
        assert!(workflow["name"].is_string() && workflow["on"].is_object(), "{name}");
        assert_eq!(workflow["permissions"], serde_json::json!({ "contents": "read" }), "{name}");
        let known: BTreeSet<&str> = jobs(&workflow).map(|(job, _)| job.as_str()).collect();
        for (job, body) in jobs(&workflow) {
            assert!(body["runs-on"].is_string(), "{name}: {job} runs nowhere");
            assert!(body["timeout-minutes"].as_u64().is_some_and(|minutes| minutes <= 300), "{name}: {job} has no end");
            let needed: Vec<&str> = match &body["needs"] {
                Value::Null => Vec::new(),
                Value::String(one) => vec![one],
                many => many.as_array().expect("a list").iter().filter_map(Value::as_str).collect(),
            };
            assert!(needed.iter().all(|needed| known.contains(needed)), "{name}: {job} needs {needed:?}");
            // Who may write, publishes, and does nothing else.
            let writes = body["permissions"]["contents"] == "write";
            assert_eq!(writes, name == "release.yml" && job == "publish", "{name}: {job}");
        }
    }
}

#[test]
fn every_action_is_pinned_to_its_bytes() {
    for (name, text, workflow) in workflows() {
        for step in steps(&workflow) {
            assert!(step["uses"].is_string() != step["run"].is_string(), "{name}: {step}");
            let Some(used) = step["uses"].as_str() else { continue };
            let (_, pin) = used.split_once('@').unwrap_or_else(|| panic!("{name}: {used}"));
            assert!(pin.len() == 40 && pin.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}: {used}");
        }
        for line in text.lines().filter(|line| line.contains("uses: ")) {
            assert!(line.contains(" # v"), "{name}: {line} does not say which version that is");
        }
    }
}

#[test]
fn every_command_parses_and_names_what_is_there() {
    let makefile = read(&top().join("Makefile"));
    for (name, _, workflow) in workflows() {
        for run in steps(&workflow).iter().filter_map(|step| step["run"].as_str()) {
            // What stands between double braces is replaced before the shell sees it.
            let mut plain = String::new();
            for (index, part) in run.split("${{").enumerate() {
                plain += if index == 0 { part } else { part.split_once("}}").expect("an end").1 };
            }
            let parsed = Command::new("bash").args(["-n", "-c", &plain]).output().expect("bash");
            assert!(parsed.status.success(), "{name}: {run}: {}", String::from_utf8_lossy(&parsed.stderr));
            let words: Vec<&str> = plain.split([' ', '\n', '(', ')', '"', '\'', ';']).collect();
            for (index, word) in words.iter().enumerate() {
                if word.starts_with("packaging/") || word.starts_with("tools/") {
                    assert!(top().join(word).is_file(), "{name}: there is no {word}");
                }
                if *word == "make" && index + 1 < words.len() && !run.contains("apt-get") {
                    for target in words[index + 1..].iter().take_while(|word| !word.is_empty() && **word != "|") {
                        let there = target.contains('=') || makefile.contains(&format!("\n{target}:"));
                        assert!(there, "{name}: make has no {target}");
                    }
                }
            }
        }
    }
}

/// Who sets a repository up for releases has that one list.
#[test]
fn every_secret_is_in_releasing_md_and_no_other() {
    let guide = read(&top().join("RELEASING.md"));
    let mut used = BTreeSet::new();
    for (_, text, _) in workflows() {
        for kind in ["secrets.", "vars."] {
            for part in text.split(kind).skip(1) {
                let end = part.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_').unwrap_or(part.len());
                used.insert(part[..end].to_owned());
            }
        }
    }
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let listed: BTreeSet<String> = rows
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        .map(str::to_owned)
        .collect();
    assert_eq!(used, listed);
}
