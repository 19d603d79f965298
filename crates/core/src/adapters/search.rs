//! Looks for the watched files among one process's descriptors, and knows when to stop; the same on every platform.
//!
//! Not here: how a descriptor is asked what it is (`linux.rs`, `macos/processes.rs`).

use std::path::Path;

use crate::ports::{Identity, Scan, Watched};

/// Descriptors looked at by a scan of the first ones: a VM opens its disks at its start.
const FIRST: usize = 4096;
/// Descriptors looked at after one that holds a watched file, to find the others beside it: the app's VM was seen with
/// 400,000 of them.
const BESIDE: usize = 1024;

/// One process's descriptors.
pub(super) struct Search<'a> {
    watched: &'a [Watched],
    left: usize,
    held: Vec<&'a Watched>,
}

impl<'a> Search<'a> {
    pub(super) fn new(watched: &'a [Watched], scan: Scan) -> Self {
        let left = if scan == Scan::Full { usize::MAX } else { FIRST };
        Self { watched, left, held: Vec::new() }
    }

    /// Whether one more descriptor is to be looked at; counts it.
    pub(super) fn goes_on(&mut self) -> bool {
        let goes_on = self.left > 0;
        self.left = self.left.saturating_sub(1);
        goes_on
    }

    /// A descriptor is this file, with this path where the system tells it. Either is enough: a renamed file keeps its
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
        (0..10_000).take_while(|_| search.goes_on()).count()
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
        assert_eq!(looked_at(&mut full), 10_000);
        full.saw(watched[0].identity, None);
        assert_eq!(looked_at(&mut full), BESIDE);
    }
}
