//! What reaches a terminal, a pipe and a script: consent, colours, names made to deceive, JSON, exit codes, completions.

use std::fs;
use std::process::Command;

use plimsoll_tests::small::Small;

use crate::scene::{Holder, MARKER, SYSTEM, Scene, end, without};

#[test]
fn without_a_terminal_and_without_yes_nothing_is_done() {
    let scene = Scene::new();
    let before = scene.look();
    for level in ["rebuild", "reset"] {
        let ended = scene.run(&["reclaim", level]);
        assert_eq!(ended.code, 2, "{}", ended.text);
        assert!(ended.complained.contains("Nobody is there to ask, and nothing was touched."), "{}", ended.text);
        assert!(ended.complained.contains("Add --yes"), "{}", ended.text);
        assert_eq!(scene.json(&["reclaim", level]).with_code(2)["error"]["code"], "usage");
    }
    assert_eq!(scene.look(), before);
    scene.json(&["reclaim", "reset", "--yes"]).with_code(0);
    let before = scene.look();
    assert_eq!(scene.run(&["undo"]).code, 2);
    assert_eq!(scene.look(), before);
}

/// Runs a command on a terminal, where somebody types; none where there is no script(1) of util-linux.
fn on_a_terminal(scene: &Scene, arguments: &str, typed: &str, variable: Option<(&str, &str)>) -> Option<(i32, String)> {
    let tool = end(Command::new("sh").args(["-c", "script --version"]));
    if !tool.printed.contains("util-linux") {
        crate::scene::skip("there is no script(1) of util-linux to make a terminal");
        return None;
    }
    let usual = scene.command(&["status"]);
    let mut command = Command::new("sh");
    let inside = format!(
        r#"printf '{typed}\n' | script --quiet --return --command '"$P" --root "$R" --state-dir "$S" {arguments}' /dev/null"#
    );
    command.args(["-c", &inside]).env("P", usual.get_program()).env("SHELL", "/bin/sh").env("TERM", "xterm");
    command.env("R", &scene.small.root).env("S", &scene.small.state).env_remove("NO_COLOR").envs(variable);
    let ended = end(&mut command);
    Some((ended.code, ended.printed))
}

#[test]
fn on_a_terminal_the_user_is_asked_and_only_a_yes_is_one() {
    let scene = Scene::new();
    let before = scene.look();
    for typed in ["n", "", "nope", "yesterday"] {
        let Some((code, shown)) = on_a_terminal(&scene, "reclaim rebuild", typed, None) else { return };
        assert!(code == 0 && shown.contains("Do this? [y/N]") && shown.contains("Nothing was touched."), "{shown}");
        assert_eq!(scene.look(), before);
    }
    let Some((code, shown)) = on_a_terminal(&scene, "reclaim rebuild", "y", None) else { return };
    assert!(code == 0 && shown.contains("came back."), "{shown}");
    assert_eq!(scene.look(), without(&before, &[SYSTEM, MARKER]));
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let scene = Scene::new();
    for command in [&["status"][..], &["plan", "rebuild"], &["doctor"], &["history"], &["receipts"]] {
        let ended = scene.run(command);
        assert!(!ended.text.contains('\u{1b}'), "{}", ended.text);
    }
    let coloured = |variable| on_a_terminal(&scene, "status", "", variable).map(|(_, shown)| shown.contains("\u{1b}["));
    let Some(usual) = coloured(None) else { return };
    assert!(usual, "a terminal gets colours");
    assert_eq!(coloured(Some(("NO_COLOR", "1"))), Some(false));
    assert_eq!(coloured(Some(("TERM", "dumb"))), Some(false));
    assert_eq!(coloured(Some(("NO_COLOR", ""))), Some(true), "an empty one says nothing");
}

#[test]
fn names_from_disk_reach_the_terminal_as_text() {
    let scene = Scene::new();
    // Clears the screen, recolours, rings, moves up, and begins a line that says something else.
    let evil = "x\u{1b}[2J\u{1b}[31m\u{7}\u{9b}A\r\nFAKE: all is well\t";
    let small = Small::make(&scene.folder().join(evil));
    fs::write(small.bundle.join(evil), "x").expect("write");
    fs::write(small.bundle.join(format!("{evil}.qcow2")), "x").expect("write");
    let link = small.root.join("vm_bundles").join(format!("{evil}.bundle"));
    std::os::unix::fs::symlink("nowhere", link).expect("link");
    let state = scene.folder().join(format!("state{evil}"));
    let run = |arguments: &[&str]| {
        let ended = end(&mut scene.command_on(&small.root, &state, arguments));
        let raw = |c: char| c.is_control() && c != '\n';
        assert!(!ended.printed.contains(raw) && !ended.complained.contains(raw), "{arguments:?}: {:?}", ended.text);
        let fake = ended.text.lines().find(|line| line.trim_start().starts_with("FAKE"));
        assert_eq!(fake, None, "{arguments:?}: {:?}", ended.text);
        ended
    };
    assert!(run(&["status"]).printed.contains(r"x\u{1b}[2J"), "what was escaped is shown");
    assert_eq!(run(&["plan", "rebuild"]).code, 0);
    assert_eq!(run(&["reclaim", "rebuild", "--yes"]).code, 3);
    fs::remove_file(small.bundle.join(format!("{evil}.qcow2"))).expect("remove");
    assert_eq!(run(&["reclaim", "reset", "--yes"]).code, 0);
    let copies = run(&["undo", "--list"]);
    assert!(copies.code == 0 && copies.printed.contains("FAKE"), "{}", copies.text);
    for command in [&["receipts"][..], &["history"], &["doctor"], &["watch", "--samples", "1"], &["undo", "--yes"]] {
        run(command);
    }
    assert_eq!(run(&["plan", "--bundle", evil]).code, 2);
    for kept in ["history.sqlite", "settings.toml", "journal.json"] {
        fs::write(state.join(kept), "no such thing\n\u{1b}[2J\n").expect("write");
        run(&["status"]);
        run(&["doctor"]);
    }
}

#[test]
fn every_answer_for_scripts_has_its_schema() {
    let scene = Scene::new();
    let commands = "status|plan|plan leftovers|plan compact|plan rebuild|plan reset|reclaim rebuild|\
        reclaim reset --yes|undo --list|undo|undo --yes|undo nobody|undo nobody --forget|history|receipts|doctor|\
        watch --samples 1|reclaim --yes|plan --bundle /nowhere";
    for words in commands.split('|') {
        // `json` insists on one document with its schema, whatever the outcome.
        scene.json(&words.split_whitespace().collect::<Vec<_>>());
    }
}

#[test]
fn exit_codes_are_those_of_the_reference() {
    let scene = Scene::new();
    let code = |words: &str| scene.run(&words.split(' ').collect::<Vec<_>>()).code;
    assert_eq!(code("status"), 0);
    assert_eq!(code("reclaim leftovers --yes"), 0, "nothing to do");
    assert_eq!(code("status --root /nowhere/at/all"), 1);
    assert_eq!(code("reclaim everything"), 2);
    let holder = Holder::holding("read", &scene.path(SYSTEM));
    assert_eq!(code("reclaim rebuild --yes"), 3);
    assert_eq!(code("plan rebuild"), 0, "a plan that is refused is a plan");
    drop(holder);
    fs::write(scene.small.state.join("journal.json"), "x").expect("write");
    assert_eq!(code("reclaim rebuild --yes"), 4);
    fs::remove_file(scene.small.state.join("journal.json")).expect("remove");
    assert_eq!(code("reclaim rebuild --yes"), 0);
}

#[test]
fn completions_and_the_man_page_are_made_and_leave_nothing_behind() {
    let scene = Scene::new();
    let state = scene.folder().join("unmade");
    let run = |arguments: &[&str]| {
        let ended = end(&mut scene.command_on(&scene.small.root, &state, arguments));
        assert_eq!((ended.code, ended.complained.as_str()), (0, ""), "{}", ended.text);
        ended.printed
    };
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]);
        for word in ["reclaim", "undo", "rebuild", "verify-source"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        // Fish and zsh are not everywhere; bash is.
        if shell == "bash" {
            let file = scene.folder().join("completions.bash");
            fs::write(&file, &script).expect("write");
            let checked = end(Command::new("bash").arg("-n").arg(&file));
            assert_eq!(checked.code, 0, "{}", checked.text);
        }
    }
    let page = run(&["man"]);
    assert!(page.contains(".TH plimsoll 1") && page.contains("reclaim"), "{page}");
    assert!(!state.exists());
}
