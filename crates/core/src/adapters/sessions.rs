//! The sessions' folders on the disk: `<root>/local-agent-mode-sessions/<one>/<other>/local_<name>`, and in `agent/`
//! there. Only listings and `lstat`; nothing is opened but folders, and no link is followed.
//!
//! Not here: what follows from the times.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::bundle::Gap;
use crate::ports::sessions::{Listing, PREFIX, Session, Sessions};
use crate::ports::{DiskError, Operation};

/// The real folders.
pub struct SessionFolders;

const PARENT: &str = "local-agent-mode-sessions";

/// Where a second sort of sessions is, beside the others.
const AGENTS: &str = "agent";

/// What in a session's folder is written while it goes on. A time is all that is asked of them.
const KNOWN: [&str; 4] = ["audit.jsonl", ".claude", "outputs", "uploads"];

/// Folders looked into at each of the two levels above sessions: one for each account and each organisation.
const MOST_FOLDERS: usize = 64;

/// Entries read of any one folder, twice what belongs to as many sessions as are looked at.
const MOST_ENTRIES: usize = 10_000;

/// Sessions looked at in all; 2,328 on one machine were reported.
const MOST_SESSIONS: usize = 5_000;

impl Sessions for SessionFolders {
    fn list(&self, root: &Path) -> Listing {
        let mut search = Search::default();
        // A root that is away says nothing about its sessions; a root without the folder has none.
        if search.stat(root).is_some() {
            let parent = root.join(PARENT);
            search.folders(&parent, MOST_FOLDERS, |search, one| {
                search.folders(one, MOST_FOLDERS, |search, other| {
                    search.sessions(other);
                    search.sessions(&other.join(AGENTS));
                });
            });
        }
        search.found.sessions.sort_by(|one, other| one.folder.cmp(&other.folder));
        search.found
    }
}

#[derive(Default)]
struct Search {
    found: Listing,
}

impl Search {
    /// Each folder in this one, as far as `most`.
    fn folders(&mut self, folder: &Path, most: usize, mut each: impl FnMut(&mut Self, &Path)) {
        let mut left = most;
        for (path, _) in self.entries(folder, |_| true) {
            if left == 0 {
                self.gap(folder, &format!("more than {most} folders; the rest is not looked into"));
                return;
            }
            left -= 1;
            each(self, &path);
        }
    }

    /// The sessions' folders in this one.
    fn sessions(&mut self, folder: &Path) {
        for (path, facts) in self.entries(folder, |name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes())) {
            if self.found.sessions.len() == MOST_SESSIONS {
                self.gap(folder, &format!("more than {MOST_SESSIONS} sessions; the rest is not looked at"));
                return;
            }
            let name = path.file_name().unwrap_or_default();
            let mut record = name.to_os_string();
            record.push(".json");
            let around = [path.with_file_name(record)].into_iter().chain(KNOWN.map(|known| path.join(known)));
            // What is not there, or not to be seen, gives no sign, and the rest still does.
            let around: Vec<Metadata> = around.filter_map(|path| std::fs::symlink_metadata(path).ok()).collect();
            let signs: BTreeSet<Timestamp> = around.iter().chain([&facts]).flat_map(times).collect();
            let folder = name.to_string_lossy().into_owned();
            self.found.sessions.push(Session { folder, signs: signs.into_iter().collect() });
        }
    }

    /// The folders in a folder whose name is wanted, sorted; links are none.
    fn entries(&mut self, folder: &Path, wanted: impl Fn(&OsStr) -> bool) -> Vec<(PathBuf, Metadata)> {
        // A link in the place of the folder would be followed by listing it.
        if self.stat(folder).is_none_or(|facts| !facts.is_dir()) {
            return Vec::new();
        }
        let mut names: Vec<OsString> = Vec::new();
        match list(folder) {
            Ok((listed, whole)) => {
                names = listed;
                if !whole {
                    self.gap(folder, &format!("more than {MOST_ENTRIES} entries; the rest is not looked at"));
                }
            }
            Err(error) => self.failed(Operation::List, folder, error),
        }
        names.retain(|name| wanted(name));
        names.sort();
        let paths = names.into_iter().map(|name| folder.join(name));
        paths.filter_map(|path| self.stat(&path).filter(Metadata::is_dir).map(|facts| (path, facts))).collect()
    }

    /// What `lstat` says; nothing of what is not there.
    fn stat(&mut self, path: &Path) -> Option<Metadata> {
        match std::fs::symlink_metadata(path) {
            Ok(facts) => Some(facts),
            Err(error) => {
                self.failed(Operation::Stat, path, error);
                None
            }
        }
    }

    fn failed(&mut self, operation: Operation, path: &Path, error: io::Error) {
        let error = DiskError::new(operation, path, error);
        if !error.is_missing() {
            self.found.gaps.push(error.into());
        }
    }

    fn gap(&mut self, folder: &Path, reason: &str) {
        self.found.gaps.push(Gap { path: folder.to_path_buf(), reason: reason.to_owned(), denied: false });
    }
}

/// Names in a folder, and whether they are all.
fn list(folder: &Path) -> io::Result<(Vec<OsString>, bool)> {
    let mut entries = std::fs::read_dir(folder)?;
    let names = entries.by_ref().take(MOST_ENTRIES).map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    Ok((names, entries.next().is_none()))
}

/// When it was made, where the file system keeps that, and last written.
fn times(facts: &Metadata) -> impl Iterator<Item = Timestamp> {
    let times = [facts.created(), facts.modified()];
    times.into_iter().filter_map(|time| Timestamp::try_from(time.ok()?).ok())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::time::{Duration, SystemTime};

    use super::*;

    const OWN: &str = "local-agent-mode-sessions/acc-1/org-1";

    fn root() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("Claude");
        fs::create_dir_all(root.join(OWN)).expect("make");
        (folder, root)
    }

    fn names(listing: &Listing) -> Vec<&str> {
        listing.sessions.iter().map(|session| session.folder.as_str()).collect()
    }

    #[test]
    fn sessions_are_the_folders_of_that_name_and_nothing_else() {
        let (_folder, root) = root();
        for made in ["local_b", "local_a", "agent/local_ditto_c", "cowork_plugins", "agent/other"] {
            fs::create_dir_all(root.join(OWN).join(made)).expect("make");
        }
        fs::create_dir_all(root.join("local-agent-mode-sessions/local_too-high")).expect("make");
        fs::create_dir_all(root.join(OWN).join("deeper/local_too-low")).expect("make");
        File::create(root.join(OWN).join("local_a.json")).expect("make");
        File::create(root.join(OWN).join("local_only-a-record.json")).expect("make");
        symlink(root.join(OWN).join("local_a"), root.join(OWN).join("local_link")).expect("link");
        symlink(root.join("local-agent-mode-sessions/acc-1"), root.join("local-agent-mode-sessions/linked"))
            .expect("link");
        let listing = SessionFolders.list(&root);
        assert_eq!(names(&listing), ["local_a", "local_b", "local_ditto_c"]);
        assert!(listing.gaps.is_empty(), "{:?}", listing.gaps);
    }

    #[test]
    fn what_is_written_in_and_beside_a_folder_is_a_sign_of_it() {
        let (_folder, root) = root();
        let session = root.join(OWN).join("local_a");
        fs::create_dir_all(session.join("outputs")).expect("make");
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let stamped = [(root.join(OWN).join("local_a.json"), 2_000_000_300), (session.join("audit.jsonl"), 1_000)];
        for (path, seconds) in &stamped {
            File::create(path).expect("make").set_modified(at(*seconds)).expect("a time");
        }
        File::create(session.join("notes.txt")).expect("make").set_modified(at(5_000)).expect("a time");
        let listing = SessionFolders.list(&root);
        let signs = &listing.sessions[0].signs;
        for (path, seconds) in stamped {
            let seconds = i64::try_from(seconds).expect("small");
            assert!(signs.contains(&Timestamp::from_second(seconds).expect("a time")), "{}: {signs:?}", path.display());
        }
        assert!(!signs.iter().any(|sign| sign.as_second() == 5_000), "other files are not asked: {signs:?}");
        assert!(signs.is_sorted());
    }

    #[test]
    fn what_may_not_be_looked_into_is_a_gap_and_never_none() {
        let (_folder, root) = root();
        fs::create_dir_all(root.join(OWN).join("local_a")).expect("make");
        let parent = root.join("local-agent-mode-sessions");
        fs::set_permissions(&parent, fs::Permissions::from_mode(0o000)).expect("close");
        let listing = SessionFolders.list(&root);
        // Root may look into everything.
        if fs::read_dir(&parent).is_err() {
            assert!(listing.sessions.is_empty() && listing.gaps.iter().any(|gap| gap.denied), "{listing:?}");
        }
        fs::set_permissions(&parent, fs::Permissions::from_mode(0o700)).expect("open");
        assert_eq!(names(&SessionFolders.list(&root)), ["local_a"]);
    }

    #[test]
    fn a_root_without_sessions_has_none() {
        let (_folder, root) = root();
        assert_eq!(SessionFolders.list(&root), Listing::default());
        fs::remove_dir_all(root.join("local-agent-mode-sessions")).expect("remove");
        assert_eq!(SessionFolders.list(&root), Listing::default());
    }

    #[test]
    fn more_folders_than_are_looked_into_are_said_to_be_more() {
        let (_folder, root) = root();
        for number in 0..=MOST_FOLDERS {
            fs::create_dir_all(root.join(format!("local-agent-mode-sessions/a{number:03}/org/local_{number:03}")))
                .expect("make");
        }
        let listing = SessionFolders.list(&root);
        assert_eq!(listing.sessions.len(), MOST_FOLDERS);
        assert!(listing.gaps[0].reason.starts_with("more than"), "{:?}", listing.gaps);
    }
}
