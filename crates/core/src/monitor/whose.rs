//! Whose growth it was, as the monitor asks for it: when somebody looks, and when a burst is to be said.
//!
//! Folders of sessions are the app's own: watching alone never lists them. Not here: any rule (`attribution`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::Monitor;
use crate::alert::{Alert, Facts};
use crate::attribution::{self, Attribution};
use crate::measure::MeasuredBundle;
use crate::notice::alerts::{Said, Voice};
use crate::notice::attribution::burst;
use crate::ports::sessions::Listing;
use crate::sample::Sample;
use crate::words::{Language, Words};

/// What was found of sessions, and what was said with it.
#[derive(Default)]
pub(super) struct Sought {
    /// The folders under each root, and when they were listed.
    listings: BTreeMap<PathBuf, (Timestamp, Listing)>,
    /// Of the bursts that stand, by the alert's name.
    bursts: BTreeMap<String, Attribution>,
}

/// An open panel measures every five seconds; thousands of sessions take thousands of `lstat` calls.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

impl Monitor<'_> {
    /// The stretches in which a bundle grew, for somebody who looks.
    pub(super) fn attribute(
        &mut self,
        now: Timestamp,
        bundle: &MeasuredBundle,
        samples: &[Sample],
    ) -> Vec<Attribution> {
        // Where nothing grew, the folders are nobody's business.
        if attribution::is_there_any(samples, now) {
            attribution::attribute(samples, now, self.seek(now, bundle))
        } else {
            Vec::new()
        }
    }

    fn seek(&mut self, now: Timestamp, bundle: &MeasuredBundle) -> &Listing {
        let root = &bundle.bundle.root;
        if self.lately_sought(now, bundle).is_none() {
            self.sought.listings.insert(root.clone(), (now, self.sessions.list(root)));
        }
        &self.sought.listings.entry(root.clone()).or_insert_with(|| (now, Listing::default())).1
    }

    fn lately_sought(&self, now: Timestamp, bundle: &MeasuredBundle) -> Option<&Listing> {
        let (at, listing) = self.sought.listings.get(&bundle.bundle.root)?;
        (now.duration_since(*at).abs() < FRESH).then_some(listing)
    }

    /// Says of the bursts that stand who was there: anew when they are `told` or when somebody looks, else as it was.
    pub(super) fn name_behind(
        &mut self,
        now: Timestamp,
        bundles: &[MeasuredBundle],
        histories: &[Vec<Sample>],
        told: &[Alert],
    ) {
        let mut standing = std::mem::take(&mut self.watch.standing);
        let before = std::mem::take(&mut self.sought.bursts);
        let zone = self.watch.zone.clone();
        let voice = Voice { now, zone: &zone, words: Words::of(Language::English) };
        for view in &mut standing {
            let Facts::Burst { grew, since } = view.facts else { continue };
            let of_it = bundles.iter().zip(histories).find(|(bundle, _)| bundle.key() == view.subject);
            let Some((bundle, samples)) = of_it else { continue };
            let is_told = told.iter().any(|alert| alert.id == view.id);
            let found = if is_told || self.lately_sought(now, bundle).is_some() {
                Some(attribution::lately(samples, grew, since, now, self.seek(now, bundle)))
            } else {
                before.get(&view.id).cloned()
            };
            let said = Said { title: String::new(), sentence: view.sentence.clone(), hint: String::new() };
            view.sentence = burst(said, &view.facts, &view.name, found.as_ref(), voice).sentence;
            self.sought.bursts.extend(found.clone().map(|found| (view.id.clone(), found)));
            view.attribution = found;
        }
        self.watch.standing = standing;
    }
}
