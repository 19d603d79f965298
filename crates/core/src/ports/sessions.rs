//! The port to the folders that the app keeps for its sessions on the host: their names and times, and nothing in them.
//!
//! Not here: any real call (`adapters`), and what the times are taken for (`attribution`).

use std::path::Path;

use jiff::Timestamp;

use crate::bundle::Gap;
use crate::notice::visible;

/// What a session's folder is called, before its own name.
pub const PREFIX: &str = "local_";

/// The folder of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The folder's name, with replacement characters where it is not UTF-8.
    pub folder: String,
    /// When something of it was made or written, as far as its entry and a few known ones in and beside it tell; the
    /// oldest first, each once. Most of what happened left no trace here: a file knows its last change only.
    pub signs: Vec<Timestamp>,
}

/// Longest short name, in characters.
const SHORT: usize = 20;

impl Session {
    /// Tells it from others, to people: the first part of what is most often a UUID, cleaned.
    #[must_use]
    pub fn name(&self) -> String {
        let own = self.folder.strip_prefix(PREFIX).unwrap_or(&self.folder);
        let first = own.split('-').next().filter(|first| !first.is_empty()).unwrap_or(&self.folder);
        visible(&first.chars().take(SHORT).collect::<String>())
    }
}

/// The sessions' folders there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Those that were seen, in the order of their folders.
    pub sessions: Vec<Session>,
    /// What could not be looked into: there may be more. Without a gap these are all.
    pub gaps: Vec<Gap>,
}

/// The sessions' folders.
pub trait Sessions {
    /// Those under a user-data folder of the app. Lists folders and asks for times; opens no file and follows no link.
    fn list(&self, root: &Path) -> Listing;
}

/// Looks for no sessions, and so cannot tell whether there are any.
pub struct Unasked;

impl Sessions for Unasked {
    fn list(&self, root: &Path) -> Listing {
        let gap = Gap { path: root.to_path_buf(), reason: "sessions are not looked for".to_owned(), denied: false };
        Listing { sessions: Vec::new(), gaps: vec![gap] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_called_by_the_first_part_of_its_name_and_nothing_in_it_can_mislead() {
        let cases = [
            ("local_3f2a9c1e-88b1-4d7c-9f00-000000000001", "3f2a9c1e"),
            ("local_ditto_d6223e63-14b9", "ditto_d6223e63"),
            ("local_plain", "plain"),
            ("local_", "local_"),
            ("local_-x", "local_-x"),
            ("local_a\u{202e}b\nc-d", "a\\u{202e}b\\nc"),
            ("local_0123456789012345678901234567", "01234567890123456789"),
        ];
        for (folder, name) in cases {
            assert_eq!(Session { folder: folder.to_owned(), signs: Vec::new() }.name(), name, "{folder:?}");
        }
    }
}
