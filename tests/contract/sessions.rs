//! The sessions' folders: what is listed of real ones, and that listing opens and changes nothing in them.

use std::fs;

use plimsoll_core::adapters::SessionFolders;
use plimsoll_core::ports::sessions::Sessions;

use crate::Place;

#[test]
fn folders_of_sessions_are_listed_with_times_that_move_when_they_are_used() {
    let place = Place::new();
    let session = place.path("local-agent-mode-sessions/account/organisation/local_0a1b2c3d-0000");
    fs::create_dir_all(&session).expect("a session");
    let audit = session.join("audit.jsonl");
    fs::write(&audit, "{}\n").expect("write");
    let before = SessionFolders.list(place.folder.path());
    assert!(before.gaps.is_empty(), "{before:?}");
    let [only] = before.sessions.as_slice() else { panic!("{before:?}") };
    assert_eq!((only.folder.as_str(), only.name().as_str()), ("local_0a1b2c3d-0000", "0a1b2c3d"));
    let later =
        fs::metadata(&audit).expect("its facts").modified().expect("a time") + std::time::Duration::from_mins(9);
    fs::File::options().append(true).open(&audit).expect("open").set_modified(later).expect("a time");
    let after = SessionFolders.list(place.folder.path());
    let last = |listing: &plimsoll_core::ports::sessions::Listing| listing.sessions[0].signs.last().copied();
    assert!(last(&after) > last(&before), "{before:?} {after:?}");
    // Nothing of it was read: a file that nobody may read gives its time all the same.
    fs::set_permissions(&audit, std::os::unix::fs::PermissionsExt::from_mode(0o000)).expect("close");
    assert_eq!(last(&SessionFolders.list(place.folder.path())), last(&after));
}
