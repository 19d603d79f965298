//! What the panel says of new versions.
//!
//! Not here: when the feed is asked and what is found (`updates`).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use ts_rs::TS;

use super::{Note, PanelView};
use crate::notice;
use crate::updates::{Channel, Stage, Trouble, Updates, Wish};
use crate::words::Words;

/// How it stands with new versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct UpdateView {
    /// In a sentence.
    pub sentence: String,
    /// What to do or to know.
    pub hint: String,
    /// This build can read the feed; otherwise there is no setting and no button.
    pub reads_feed: bool,
    /// Nothing is being asked or fetched, so that something can be.
    pub ready: bool,
    /// The version that can be installed.
    pub offer: Option<String>,
    /// Worth a line where things stand, and not in the settings alone.
    pub pressing: bool,
}

/// What is known, in words.
#[must_use]
pub fn update_view(updates: &Updates, now: Timestamp, zone: &TimeZone, words: &Words) -> UpdateView {
    let plain = |id: &str| (words.text(id), String::new());
    let found = updates.found();
    let naming = |id: &str, version: &str| words.say(id, &[("version", &version)]);
    let (sentence, hint) = match (updates.channel(), updates.stage(), updates.trouble(), found) {
        (Channel::None, ..) => plain("update-none"),
        (Channel::Homebrew, ..) => plain("update-homebrew"),
        (Channel::Misplaced, ..) => (words.text("app-misplaced"), words.text("app-misplaced-hint")),
        (_, Stage::Asking, ..) => plain("update-asking"),
        (_, Stage::Fetching(version), ..) => (naming("update-fetching", version), String::new()),
        (_, Stage::Placed(version), ..) => (naming("update-placed", version), words.text("update-placed-hint")),
        (_, Stage::Rest, Some(trouble), _) => {
            let Note { sentence, hint } = note(trouble, words);
            (sentence, hint)
        }
        (_, Stage::Rest, None, Some(version)) => {
            let hint = words.say("update-available-hint", &[("version", &updates.own())]);
            (naming("update-available", version), hint)
        }
        (_, Stage::Rest, None, None) => match updates.answered() {
            Some(at) => {
                let when = words.when(at, now, zone);
                (words.say("update-newest", &[("version", &updates.own()), ("when", &when)]), String::new())
            }
            None => plain("update-never"),
        },
    };
    let reads_feed = updates.channel() == Channel::Feed;
    let ready = reads_feed && *updates.stage() == Stage::Rest;
    let going_on = matches!(updates.stage(), Stage::Fetching(_) | Stage::Placed(_));
    UpdateView {
        sentence,
        hint,
        reads_feed,
        ready,
        offer: found.filter(|_| ready).map(str::to_owned),
        pressing: reads_feed && (going_on || updates.is_wanted() && *updates.stage() == Stage::Rest),
    }
}

/// Why a wish is not granted while this is on the panel.
#[must_use]
pub fn refused(wish: &Wish, view: &PanelView, words: &Words) -> Option<Note> {
    (matches!(wish, Wish::Install { .. }) && view.activity.is_some()).then(|| note(&Trouble::Busy, words))
}

fn note(trouble: &Trouble, words: &Words) -> Note {
    let (id, hint, why) = match trouble {
        Trouble::Unreachable(why) => ("update-unreachable", "update-unreachable-hint", why.as_str()),
        Trouble::Unreadable(why) => ("update-unreadable", "update-unreadable-hint", why.as_str()),
        Trouble::Untrusted(why) => ("update-untrusted", "update-untrusted-hint", why.as_str()),
        // Told as what the feed names now; here for completeness.
        Trouble::Changed(_) => ("update-changed", "update-unreachable-hint", ""),
        Trouble::Busy => ("update-busy", "update-busy-hint", ""),
        Trouble::NotPlaced(why) => ("update-not-placed", "update-not-placed-hint", why.as_str()),
        Trouble::Displaced(why) => ("update-displaced", "update-displaced-hint", why.as_str()),
    };
    Note { sentence: words.say(id, &[("why", &notice::visible(why))]), hint: words.text(hint) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::Activity;
    use crate::words::Language;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn shown(updates: &Updates) -> UpdateView {
        update_view(updates, NOW, &TimeZone::UTC, Words::of(Language::English))
    }

    fn found() -> Updates {
        let mut updates = Updates::open(Channel::Feed, "0.1.0", None);
        assert!(updates.ask(NOW));
        updates.heard(NOW, Ok(Some("0.2.0".to_owned())));
        updates
    }

    #[test]
    fn a_build_without_a_feed_says_so_and_offers_nothing() {
        for (channel, said) in [
            (Channel::None, "does not update itself"),
            (Channel::Homebrew, "brew upgrade"),
            (Channel::Misplaced, "takes away again"),
        ] {
            let view = shown(&Updates::open(channel, "0.1.0", Some(&found().to_keep())));
            assert!(view.sentence.contains(said), "{view:?}");
            assert!(!view.reads_feed && !view.ready && !view.pressing && view.offer.is_none(), "{view:?}");
        }
    }

    #[test]
    fn what_is_found_is_offered_until_it_is_fetched_or_declined() {
        let mut updates = Updates::open(Channel::Feed, "0.1.0", None);
        assert!(shown(&updates).ready && !shown(&updates).pressing);
        assert!(updates.ask(NOW));
        assert!(!shown(&updates).ready && !shown(&updates).pressing);
        updates.heard(NOW, Ok(None));
        assert_eq!(shown(&updates).sentence, "Version 0.1.0 is the newest (asked today, 00:00).");
        let mut updates = found();
        let view = shown(&updates);
        assert_eq!((view.sentence.as_str(), view.offer.as_deref()), ("Version 0.2.0 is available.", Some("0.2.0")));
        assert!(view.pressing && view.hint.contains("0.1.0"), "{view:?}");
        updates.decline();
        assert!(!shown(&updates).pressing && shown(&updates).offer.is_some(), "the settings still have it");
        assert!(updates.fetch("0.2.0"));
        assert!(shown(&updates).pressing && shown(&updates).offer.is_none());
        updates.placed(NOW, Err(Trouble::Untrusted("by \u{1b}[31mnobody".to_owned())));
        let view = shown(&updates);
        assert!(
            view.sentence.contains("by \\u{1b}[31mnobody") && view.hint.contains("Nothing was replaced"),
            "{view:?}"
        );
    }

    #[test]
    fn nothing_is_installed_while_something_goes_on() {
        let words = Words::of(Language::English);
        let mut view = PanelView::starting(words);
        let install = Wish::Install { version: "0.2.0".to_owned() };
        assert_eq!(refused(&install, &view, words), None);
        view.activity = Some(Activity { sentence: String::new(), share: None, stoppable: true });
        let note = refused(&install, &view, words).expect("refused");
        assert!(note.sentence.contains("reclaim"), "{note:?}");
        assert_eq!(refused(&Wish::Ask, &view, words), None, "asking changes nothing");
    }
}
