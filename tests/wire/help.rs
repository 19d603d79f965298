//! `--help` of every command. Not here: that the documentation knows them all (`documented`).

use std::process::Command;

use plimsoll_tests::cli;
use plimsoll_tests::small::start;

use crate::pin;

/// Commands in the order of the overview.
pub(crate) const COMMANDS: [&str; 15] = [
    "status",
    "plan",
    "reclaim",
    "arm",
    "disarm",
    "undo",
    "history",
    "watch",
    "receipts",
    "image",
    "image inspect",
    "image trim",
    "doctor",
    "completions",
    "man",
];

/// Those that are no part of another.
fn first() -> Vec<&'static str> {
    COMMANDS.into_iter().filter(|command| !command.contains(' ')).collect()
}

/// Help of one command, or the overview for none. The environment's own settings would be shown in it.
pub(crate) fn help(command: Option<&str>) -> String {
    let mut plimsoll = Command::new(cli::binary());
    plimsoll
        .env_remove("PLIMSOLL_ROOT")
        .env_remove("PLIMSOLL_STATE_DIR")
        .args(command.into_iter().flat_map(str::split_whitespace))
        .arg("--help");
    let ended = cli::Ended::from(start(&mut plimsoll).wait_with_output().expect("wait"));
    assert_eq!(ended.code, 0, "{}", ended.text);
    ended.printed.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn help_of_every_command() {
    pin("help", &help(None));
    for command in COMMANDS {
        pin(&format!("help-{}", command.replace(' ', "-")), &help(Some(command)));
    }
}

#[test]
fn the_overview_lists_these_commands_and_no_other() {
    let overview = help(None);
    let list = overview.split("Commands:\n").nth(1).expect("commands").split("\n\n").next().expect("a list");
    let listed: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, [first().as_slice(), &["help"]].concat());
}

#[test]
fn completions_and_the_man_page_know_every_command() {
    for arguments in [["completions", "bash"].as_slice(), &["completions", "zsh"], &["completions", "fish"], &["man"]] {
        let ended =
            cli::Ended::from(start(Command::new(cli::binary()).args(arguments)).wait_with_output().expect("wait"));
        assert_eq!(ended.code, 0, "{}", ended.text);
        for command in first() {
            assert!(ended.printed.contains(command), "{arguments:?} does not know {command}");
        }
    }
}
