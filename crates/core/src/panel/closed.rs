//! What to do about a folder that may not be looked into.
//!
//! Not here: looking into it, and changing anything about it.

use super::Closed;
use crate::bundle::Gap;
use crate::notice;
use crate::words::Words;

/// What to say when something was refused; `apple` where privacy protection is what refuses, and settings can lift it.
#[must_use]
pub fn closed(gaps: &[Gap], apple: bool, words: &Words) -> Option<Closed> {
    let gap = gaps.iter().find(|gap| gap.denied)?;
    let path = notice::visible(&gap.path.display().to_string());
    let steps = if apple {
        ["closed-choose-mac", "closed-grant-mac", "closed-restart-mac"].map(|id| words.text(id)).to_vec()
    } else {
        ["closed-mode", "closed-choose"].map(|id| words.text(id)).to_vec()
    };
    Some(Closed {
        title: words.text("closed-title"),
        text: words.say(if apple { "closed-why-mac" } else { "closed-why" }, &[("path", &path)]),
        steps,
        choose: words.text("closed-button"),
        settings: apple.then(|| words.text("closed-settings")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    fn gap(path: &str, denied: bool) -> Gap {
        Gap { path: path.into(), reason: "failed to list it: Operation not permitted".to_owned(), denied }
    }

    #[test]
    fn only_a_refusal_closes_a_folder_and_only_a_mac_has_settings_for_it() {
        let words = Words::of(Language::English);
        assert_eq!(closed(&[], true, words), None);
        assert_eq!(closed(&[gap("/gone", false)], true, words), None);
        let gaps = [gap("/odd", false), gap("/Users/a/Library/Application Support/Claude\u{1b}", true)];
        let mac = closed(&gaps, true, words).expect("closed");
        assert!(mac.text.contains("Application Support/Claude\\u{1b}"), "{}", mac.text);
        assert!(mac.text.contains("blocked") && !mac.text.contains("missing"), "{}", mac.text);
        assert!(mac.settings.is_some() && mac.steps.len() == 3);
        let linux = closed(&gaps, false, words).expect("closed");
        assert!(linux.settings.is_none() && linux.steps[0].contains("mode"), "{linux:?}");
    }
}
