//! What waits in memory to be written.
//!
//! Not here: when it is written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use crate::sample::Sample;

/// Samples that may wait: two days at one in a minute, the fastest cadence nobody has to watch, in about 0.7 MB.
pub(super) const MOST_SAMPLES: usize = 2_880;

/// Receipts that may wait. A reclaim whose receipt cannot be kept is rare; two in one run of the program are rarer.
const MOST_RECEIPTS: usize = 32;

/// A receipt as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PendingReceipt {
    pub(super) id: String,
    /// In milliseconds since 1970.
    pub(super) at: i64,
    pub(super) json: String,
}

/// Samples and receipts not on disk yet.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// By time first, so that the oldest of all bundles goes first.
    samples: BTreeMap<(Timestamp, String), Sample>,
    receipts: VecDeque<PendingReceipt>,
    /// By name; a handful.
    kept: BTreeMap<String, String>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.receipts.is_empty() && self.kept.is_empty()
    }

    pub(super) fn record(&mut self, bundle: &str, mut sample: Sample) {
        sample.at = millisecond(sample.at);
        self.samples.insert((sample.at, bundle.to_owned()), sample);
        if self.samples.len() > MOST_SAMPLES {
            self.samples.pop_first();
        }
    }

    pub(super) fn add_receipt(&mut self, receipt: PendingReceipt) {
        if self.receipts.iter().any(|waiting| waiting.id == receipt.id) {
            return;
        }
        self.receipts.push_back(receipt);
        if self.receipts.len() > MOST_RECEIPTS {
            self.receipts.pop_front();
        }
    }

    pub(super) fn keep(&mut self, name: &str, text: &str) {
        self.kept.insert(name.to_owned(), text.to_owned());
    }

    pub(super) fn kept(&self, name: &str) -> Option<&str> {
        self.kept.get(name).map(String::as_str)
    }

    /// All texts with their names.
    pub(super) fn all_kept(&self) -> impl Iterator<Item = (&str, &str)> {
        self.kept.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// All samples with their bundles, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Sample)> {
        self.samples.iter().map(|((_, bundle), sample)| (bundle.as_str(), sample))
    }

    /// Samples of one bundle, oldest first.
    pub(super) fn samples(&self, bundle: &str, since: Timestamp) -> impl Iterator<Item = &Sample> {
        let since = millisecond(since);
        self.all().filter(move |(of, sample)| *of == bundle && sample.at >= since).map(|(_, sample)| sample)
    }

    pub(super) fn bundles(&self) -> impl Iterator<Item = &str> {
        self.all().map(|(bundle, _)| bundle).collect::<BTreeSet<_>>().into_iter()
    }

    pub(super) fn receipts(&self) -> impl Iterator<Item = &PendingReceipt> {
        self.receipts.iter()
    }
}

/// The instant as the database gives it back.
fn millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
