//! What came of a reclaim, in words: sessions, failure, trouble in the app's logs.
//!
//! Not here: how the VM started (`notice::start`), and what to do about a failure (`notice::alerts`).

use crate::reclaim::sequel::{Sequel, SessionsKept};
use crate::reclaim::trouble::Trouble;
use crate::words::Words;

/// What there is to tell, each a part of a sentence; nothing when all went as it should.
#[must_use]
pub fn parts(sequel: &Sequel, words: &Words) -> Vec<String> {
    let sessions = sequel.sessions.filter(|kept| kept.before > 0).map(|kept| sessions(kept, words));
    let failed = sequel.failure.map(|_| words.text("receipt-failed"));
    let troubles: Vec<String> =
        sequel.troubles.iter().filter_map(|(trouble, count)| times(*trouble, *count, words)).collect();
    let logged = (!troubles.is_empty()).then(|| words.say("receipt-troubles", &[("troubles", &troubles.join(", "))]));
    sessions.into_iter().chain(failed).chain(logged).collect()
}

fn sessions(kept: SessionsKept, words: &Words) -> String {
    let id = if kept.kept == kept.before { "receipt-sessions-all" } else { "receipt-sessions-some" };
    words.say(id, &[("kept", &kept.kept), ("before", &kept.before)])
}

/// What is seen once on the way to a good start is not told.
fn times(trouble: Trouble, count: u32, words: &Words) -> Option<String> {
    let usual = matches!(trouble, Trouble::DownloadWaits | Trouble::ImageMissing);
    let said = words.text(match trouble {
        Trouble::DownloadWaits => "trouble-download-waits",
        Trouble::ImageMissing => "trouble-image-missing",
        Trouble::ChecksumMismatch => "trouble-checksum",
        Trouble::DownloadFailed => "trouble-download-failed",
        Trouble::StartFailed => "trouble-start-failed",
        Trouble::NotRepaired => "trouble-not-repaired",
        Trouble::SessionDiskMissing => "trouble-session-disk",
        Trouble::SessionDiskFormatted => "trouble-formatted",
        Trouble::HomeMissing => "trouble-home",
        Trouble::ReadOnly => "trouble-read-only",
    });
    match count {
        0 => None,
        1 => (!usual).then_some(said),
        _ => Some(words.say("receipt-trouble-times", &[("trouble", &said), ("count", &count)])),
    }
}
