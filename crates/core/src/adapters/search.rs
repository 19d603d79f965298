//! Looks for the watched files among what one process has open and mapped, and knows when to stop; the same on every
//! platform.
//!
//! Not here: how the system is asked what a descriptor or a mapping is (`linux.rs`, `macos/processes.rs`).

use std::path::Path;

use crate::ports::{Identity, Scan, Watched};

/// Descriptors looked at by a scan of the first ones: a VM opens its disks at its start.
const FIRST: usize = 4096;
/// Descriptors looked at after one that holds a watched file, to find the others beside it: the app's VM was seen with
/// 400,000 of them.
const BESIDE: usize = 1024;
/// Mapped files looked at, each as often as it is mapped: what Linux lets a process map unless it is told otherwise
/// (`vm.max_map_count`, 65,530), and macOS has no number for.
const MAPPED: usize = 1 << 16;

/// One process's descriptors and, after them, its mapped files.
pub(super) struct Search<'a> {
    watched: &'a [Watched],
    scan: Scan,
    left: usize,
    held: Vec<&'a Watched>,
}

impl<'a> Search<'a> {
    pub(super) fn new(watched: &'a [Watched], scan: Scan) -> Self {
        let left = if scan == Scan::First { FIRST } else { usize::MAX };
        Self { watched, scan, left, held: Vec::new() }
    }

    /// All descriptors were looked at. Whether mapped files are to be looked at too.
    pub(super) fn goes_on_with_mapped(&mut self) -> bool {
        self.left = self.left.min(MAPPED);
        self.scan == Scan::Full
    }

    /// Whether one more descriptor or mapped file is to be looked at; counts it.
    pub(super) fn goes_on(&mut self) -> bool {
        let goes_on = self.left > 0;
        self.left = self.left.saturating_sub(1);
        goes_on
    }

    /// A descriptor or a mapping is of this file, with this path where the system tells it. Either is enough: a renamed file keeps its
    /// inode, and a file system that gives other inode numbers here than to `stat` keeps the path.
    pub(super) fn saw(&mut self, identity: Identity, path: Option<&Path>) {
        let named = |file: &&Watched| file.identity == identity || path.is_some_and(|path| file.path == path);
        for file in self.watched.iter().filter(named) {
            if !self.held.contains(&file) {
                self.held.push(file);
                self.left = self.left.min(BESIDE);
            }
        }
    }

    /// What was found.
    pub(super) fn held(self) -> Vec<&'a Watched> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, inode: u64) -> Watched {
        Watched { path: path.into(), identity: Identity { device: 1, inode } }
    }

    fn looked_at(search: &mut Search<'_>) -> usize {
        (0..100_000).take_while(|_| search.goes_on()).count()
    }

    #[test]
    fn a_file_is_found_by_what_it_is_or_by_where_it_is_and_once() {
        let watched = [file("/b/rootfs.img", 7), file("/b/sessiondata.img", 8)];
        let seen = |inode, path: Option<&str>| {
            let mut search = Search::new(&watched, Scan::Full);
            for _ in 0..2 {
                search.saw(Identity { device: 1, inode }, path.map(Path::new));
            }
            search.held().iter().map(|file| file.path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(seen(7, None), ["/b/rootfs.img"]);
        assert_eq!(seen(7, Some("/b/renamed")), ["/b/rootfs.img"]);
        assert_eq!(seen(9, Some("/b/sessiondata.img")), ["/b/sessiondata.img"]);
        // One was renamed to the other's name: whoever has it open may mean either.
        assert_eq!(seen(7, Some("/b/sessiondata.img")), ["/b/rootfs.img", "/b/sessiondata.img"]);
        assert!(seen(9, None).is_empty() && seen(9, Some("/b/rootfs.img.zst")).is_empty());
    }

    #[test]
    fn it_ends_soon_after_what_it_looked_for() {
        let watched = [file("/b/rootfs.img", 7)];
        let mut first = Search::new(&watched, Scan::First);
        assert_eq!(looked_at(&mut first), FIRST);
        let mut full = Search::new(&watched, Scan::Full);
        assert_eq!(looked_at(&mut full), 100_000);
        full.saw(watched[0].identity, None);
        assert_eq!(looked_at(&mut full), BESIDE);
    }

    #[test]
    fn mapped_files_are_looked_at_before_something_is_done_and_not_without_end() {
        let watched = [file("/b/rootfs.img", 7)];
        for (scan, mapped) in [(Scan::Full, true), (Scan::Open, false), (Scan::First, false)] {
            assert_eq!(Search::new(&watched, scan).goes_on_with_mapped(), mapped, "{scan:?}");
        }
        let mut search = Search::new(&watched, Scan::Full);
        assert!(search.goes_on_with_mapped());
        assert_eq!(looked_at(&mut search), MAPPED);
        // A VM that was found by a descriptor has its other disks there too.
        let mut found = Search::new(&watched, Scan::Full);
        found.saw(watched[0].identity, None);
        assert!(found.goes_on_with_mapped());
        assert_eq!(looked_at(&mut found), BESIDE);
    }
}
