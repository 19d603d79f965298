//! The scripts themselves: they parse, stop at the first mistake, and say how they are used.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::{read, scripts, top};

#[test]
fn every_script_parses_runs_and_stops_at_mistakes() {
    let scripts = scripts();
    assert!(scripts.len() > 10, "{scripts:?}");
    for path in scripts {
        let text = read(&path);
        let name = path.strip_prefix(top()).expect("below").display().to_string();
        let parsed = Command::new("bash").arg("-n").arg(&path).output().expect("bash");
        assert!(parsed.status.success(), "{name}: {}", String::from_utf8_lossy(&parsed.stderr));
        assert!(path.metadata().expect("look").permissions().mode() & 0o111 == 0o111, "{name} cannot be run");
        // The report goes on after a failure, which it tells.
        let strict = if name.ends_with("/report") { "set -uo pipefail" } else { "set -euo pipefail" };
        assert!(text.contains(strict), "{name} goes on after a mistake");
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("# ")), "{name} opens without its purpose");
    }
}
