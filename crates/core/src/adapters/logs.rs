//! The logs of the desktop app on the disk. They are only ever read, through no link, and only their ends.
//!
//! Not here: when they are read (`monitor::sequel`), and what a line means (`reclaim::trouble`).

use std::path::{Path, PathBuf};

use super::{UnixDisk, platform};
use crate::notice::visible;
use crate::ports::logs::{Logs, Mark, Marks};
use crate::ports::{Disk, FileKind};

/// The real logs.
pub struct AppLogs;

/// Those that tell of the VM, where there are any: of the app, its two parts for the VM, and the guest.
const NAMES: [&str; 5] =
    ["cowork_vm_node.log", "cowork_vm_swift.log", "coworkd.log", "coworkd-console.log", "main.log"];

/// Read of one log at most, at one look. A start that failed wrote some tens of kB.
const MOST: u64 = 256 << 10;

/// Characters of a line that are kept; what it is about stands at its beginning.
const LONGEST: usize = 400;

impl Logs for AppLogs {
    fn ends(&self, root: &Path) -> Marks {
        let end = |(name, path): (&str, PathBuf)| Some((name.to_owned(), mark(&path)?));
        Marks(logs(root).filter_map(end).collect())
    }

    fn since(&self, root: &Path, marks: &Marks) -> (Vec<String>, Marks) {
        let (mut lines, mut read) = (Vec::new(), marks.clone());
        for (name, path) in logs(root) {
            let Some(end) = mark(&path) else { continue };
            let before = marks.0.get(name).filter(|before| before.inode == end.inode && before.length <= end.length);
            let behind = before.map_or(0, |before| before.length);
            if behind < end.length {
                let from = behind.max(end.length - end.length.min(MOST));
                let Some((added, length)) = added(&path, from, from > behind) else { continue };
                lines.extend(added);
                read.0.insert(name.to_owned(), Mark { length, ..end });
            } else {
                read.0.insert(name.to_owned(), end);
            }
        }
        (lines, read)
    }
}

/// The logs by name, in the first folder that is there.
fn logs(root: &Path) -> impl Iterator<Item = (&'static str, PathBuf)> {
    let is_folder = |folder: &PathBuf| UnixDisk.facts(folder).is_ok_and(|facts| facts.kind == FileKind::Directory);
    let folder = platform::log_folders(root).into_iter().find(is_folder);
    folder.into_iter().flat_map(|folder| NAMES.map(|name| (name, folder.join(name))))
}

fn mark(path: &Path) -> Option<Mark> {
    let facts = UnixDisk.facts(path).ok().filter(|facts| facts.kind == FileKind::File)?;
    Some(Mark { inode: facts.identity.inode, length: facts.logical.0 })
}

/// Whole lines from an offset on, and where they end. When it is `cut`, the first begins before it and is left out.
fn added(path: &Path, from: u64, cut: bool) -> Option<(Vec<String>, u64)> {
    let bytes = UnixDisk.read_at(path, from, usize::try_from(MOST).ok()?).ok()?;
    // A line that is still being written is read when it is whole; one without an end is given up.
    let whole = match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => last + 1,
        None if bytes.len() as u64 == MOST => bytes.len(),
        None => 0,
    };
    let lines = bytes.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n').skip(usize::from(cut));
    // A character takes four bytes at most.
    let short = |line: &[u8]| {
        let text = String::from_utf8_lossy(line.get(..LONGEST * 4).unwrap_or(line));
        visible(&text.trim_end().chars().take(LONGEST).collect::<String>())
    };
    Some((lines.map(short).filter(|line| !line.is_empty()).collect(), from.saturating_add(whole as u64)))
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    fn root() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("Claude");
        let log = root.join("logs/cowork_vm_node.log");
        fs::create_dir_all(root.join("logs")).expect("make");
        fs::write(&log, "before\n").expect("write");
        (folder, root, log)
    }

    fn add(log: &Path, bytes: &[u8]) {
        OpenOptions::new().append(true).open(log).and_then(|mut file| file.write_all(bytes)).expect("append");
    }

    #[test]
    fn only_whole_lines_added_since_are_read_and_each_once() {
        let (_folder, root, log) = root();
        let marks = AppLogs.ends(&root);
        assert_eq!(AppLogs.since(&root, &marks), (vec![], marks.clone()));
        add(&log, b"one\r\ntwo\nhal");
        let (lines, marks) = AppLogs.since(&root, &marks);
        assert_eq!(lines, ["one", "two"]);
        add(&log, b"f\n");
        let (lines, marks) = AppLogs.since(&root, &marks);
        assert_eq!(lines, ["half"]);
        // Begun anew, as when it has grown long.
        fs::rename(&log, root.join("logs/cowork_vm_node.old.log")).expect("rename");
        fs::write(&log, "anew\n").expect("write");
        fs::write(root.join("logs/main.log"), "another\n").expect("write");
        let (lines, marks) = AppLogs.since(&root, &marks);
        assert_eq!(lines, ["anew", "another"]);
        // Cut in place.
        fs::write(&log, "cut\n").expect("write");
        assert_eq!(AppLogs.since(&root, &marks).0, ["cut"]);
    }

    #[test]
    fn what_a_log_holds_is_bounded_and_cannot_mislead() {
        let (_folder, root, log) = root();
        let marks = AppLogs.ends(&root);
        add(&log, b"first\n");
        add(&log, "x".repeat(3 << 20).as_bytes());
        add(&log, b"\n\x1b[2J\xff evil\x07\n");
        add(&log, "y".repeat(100_000).as_bytes());
        add(&log, b"\n");
        let (lines, marks) = AppLogs.since(&root, &marks);
        assert_eq!(lines.len(), 2, "the long line was cut off at its beginning");
        assert_eq!((lines[0].as_str(), lines[1].len()), ("\\u{1b}[2J\u{fffd} evil\\u{7}", LONGEST));
        // No line ever ends: it is given up, and what comes after it is read.
        add(&log, "z".repeat(1 << 20).as_bytes());
        let (lines, marks) = AppLogs.since(&root, &marks);
        assert_eq!(lines.len(), 0);
        add(&log, b"\nlast\n");
        assert_eq!(AppLogs.since(&root, &marks).0.last().map(String::as_str), Some("last"));
    }

    #[test]
    fn links_pipes_and_missing_logs_are_not_read() {
        let (_folder, root, log) = root();
        fs::write(root.join("secret"), "secret\n").expect("write");
        symlink(root.join("secret"), root.join("logs/main.log")).expect("link");
        let pipe = root.join("logs/coworkd.log");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
        let (lines, _) = AppLogs.since(&root, &Marks::default());
        assert_eq!(lines, ["before"]);
        fs::remove_file(&log).expect("remove");
        assert!(AppLogs.since(&root, &Marks::default()).0.is_empty());
        fs::rename(root.join("logs"), root.join("elsewhere")).expect("rename");
        symlink(root.join("elsewhere"), root.join("logs")).expect("link");
        assert_eq!(AppLogs.ends(&root), Marks::default());
    }
}
