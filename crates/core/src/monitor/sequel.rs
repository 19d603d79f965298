//! What comes of a reclaim, watched until the next start of its VM is over: what is known, kept and judged.
//!
//! Until then, and never else, what the app adds to its logs is read at each look, and the names of the sessions' folders
//! are compared once the VM has started. Of a line only what it tells of is kept, of a session only a hash of its name.
//! Not here: what a line means (`reclaim::trouble`), and the judgement (`reclaim::sequel`).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Monitor;
use crate::alert::{Broken, Partial};
use crate::bundle::{Bundle, SYSTEM_IMAGE};
use crate::measure::MeasuredBundle;
use crate::ports::logs::{Logs, Marks};
use crate::reclaim::report::Receipt;
use crate::reclaim::sequel::{Evidence, Sequel, SessionsKept, is_over, judge};
use crate::reclaim::trouble::{Heard, hear, is_before};
use crate::reclaim::{Level, set_aside, start};
use crate::sample::Sample;
use crate::vm::Liveness;

/// As long as an arming waits; who has not started the VM by then does not use it.
const WATCHED: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Kept by the app so that it repairs its VM only once.
const REPAIRED: &str = ".auto_reinstall_attempted";

/// What is known so far, as it is kept under the receipt's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    sequel: Sequel,
    marks: Marks,
    begun: Option<Timestamp>,
    prevented: Option<Timestamp>,
    /// Sessions were compared at the start; they are once more at its end.
    compared: bool,
    over: bool,
}

fn record_name(receipt: &str) -> String {
    format!("sequel:{receipt}")
}

fn sessions_name(receipt: &str) -> String {
    format!("sequel-sessions:{receipt}")
}

impl<'a> Monitor<'a> {
    /// The same monitor, which may read what the app adds to its logs after a reclaim.
    #[must_use]
    pub fn hearing(self, logs: &'a dyn Logs) -> Self {
        Self { logs, ..self }
    }
}

impl Monitor<'_> {
    /// Begins to watch what comes of a reclaim that has just ended.
    pub(super) fn begin_sequel(&mut self, bundle: &Bundle, receipt: &Receipt) {
        let record = Record { marks: self.logs.ends(&bundle.root), ..Record::default() };
        self.keep_record(&receipt.id, &record);
        let names: Option<Vec<String>> = self.sessions_of(bundle).map(|names| names.into_iter().collect());
        let text = names.and_then(|names| serde_json::to_string(&names).ok()).unwrap_or_default();
        let _ = self.store.keep(&sessions_name(&receipt.id), &text);
    }

    /// What came of the reclaim with this receipt; none when nobody watched.
    pub(super) fn sequel_of(&self, receipt: &str) -> Option<Sequel> {
        self.record(receipt).map(|record| record.sequel)
    }

    /// Looks at what has come of the last reclaim of a bundle, until its next start is over. `samples` end with the present.
    pub(super) fn follow(
        &mut self,
        now: Timestamp,
        measured: &MeasuredBundle,
        receipts: &[Receipt],
        samples: &[Sample],
        partials: &[Partial],
    ) -> Option<Broken> {
        let key = measured.key();
        if measured.vm.app_running || measured.vm.state == Liveness::Running {
            self.watch.app_since.entry(key).or_insert(now);
        } else {
            self.watch.app_since.remove(&key);
        }
        let of_it = |receipt: &&Receipt| receipt.bundle == measured.bundle.path && receipt.level.is_some();
        let receipt = receipts.iter().find(of_it).filter(|last| now.duration_since(last.at).abs() < WATCHED)?;
        let Some(before) = self.record(&receipt.id) else {
            // Recovery has finished the run, or another version has made it.
            self.begin_sequel(&measured.bundle, receipt);
            return None;
        };
        if before.over {
            return None;
        }
        let mut record = before.clone();
        self.listen(now, measured, receipt, &mut record);
        let app_since = self.watch.app_since.get(&measured.key()).copied();
        if app_since.is_none() {
            record.begun = None;
        }
        let evidence = Evidence {
            now,
            at: receipt.at,
            rebuilds: matches!(receipt.level, Some(Level::Rebuild | Level::Reset))
                && receipt.steps.iter().any(|step| step.path.file_name().is_some_and(|name| name == SYSTEM_IMAGE)),
            samples: samples.get(samples.partition_point(|sample| sample.at <= receipt.at)..).unwrap_or_default(),
            app_since,
            begun: record.begun,
            prevented: record.prevented,
            partials,
            before: before.sequel.failure,
        };
        record.sequel.failure = judge(&evidence);
        record.over = is_over(&evidence);
        let started = start::after(receipt.at, None, evidence.samples).is_some();
        if record.over || (started && !record.compared) {
            record.sequel.sessions = self.compare_sessions(&measured.bundle, receipt);
            record.compared = true;
        }
        // How far a log was read is not worth a write: to read once more what told of nothing tells of nothing.
        let is_news = Record { marks: before.marks.clone(), ..record.clone() } != before;
        if is_news {
            self.keep_record(&receipt.id, &record);
        } else {
            self.watch.read.insert(receipt.id.clone(), (before.marks, record.marks));
        }
        if record.over {
            let _ = self.store.keep(&sessions_name(&receipt.id), "");
        }
        let failure = record.sequel.failure?;
        let given_up = measured.bundle.entry(REPAIRED).is_some();
        let copy = receipt.set_aside.clone().filter(|copy| set_aside::stands(self.yard, copy));
        Some(Broken { failure, given_up, copy })
    }

    /// Reads what the app has added to its logs.
    fn listen(&self, now: Timestamp, measured: &MeasuredBundle, receipt: &Receipt, record: &mut Record) {
        // Unless another process has kept something since.
        let further = self.watch.read.get(&receipt.id).filter(|(kept, _)| *kept == record.marks);
        let marks = further.map_or(&record.marks, |(_, read)| read);
        let (lines, marks) = self.logs.since(&measured.bundle.root, marks);
        record.marks = marks;
        for line in lines.iter().filter(|line| !is_before(line, receipt.at)) {
            match hear(line) {
                Some(Heard::Start) => record.begun = record.begun.or(Some(now)),
                Some(Heard::Trouble(trouble)) => {
                    let times = record.sequel.troubles.entry(trouble).or_default();
                    *times = times.saturating_add(1);
                    if trouble.prevents() {
                        record.prevented = Some(now);
                    }
                }
                None => {}
            }
        }
    }

    /// Hashes of the names of the sessions' folders; none where they could not all be seen.
    fn sessions_of(&self, bundle: &Bundle) -> Option<BTreeSet<String>> {
        let listing = self.sessions(&bundle.root);
        let hash = |folder: &str| blake3::hash(folder.as_bytes()).to_hex().chars().take(8).collect();
        listing.gaps.is_empty().then(|| listing.sessions.iter().map(|session| hash(&session.folder)).collect())
    }

    fn compare_sessions(&self, bundle: &Bundle, receipt: &Receipt) -> Option<SessionsKept> {
        let text = self.store.kept(&sessions_name(&receipt.id)).ok().flatten()?;
        let before: BTreeSet<String> = serde_json::from_str(&text).ok()?;
        let after = self.sessions_of(bundle)?;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let kept = before.intersection(&after).count();
        Some(SessionsKept { before: count(before.len()), kept: count(kept), after: count(after.len()) })
    }

    /// Read anew each time, since the command line and the app both look.
    fn record(&self, receipt: &str) -> Option<Record> {
        let text = self.store.kept(&record_name(receipt)).ok().flatten()?;
        serde_json::from_str(&text).ok()
    }

    /// On a full disk it waits in memory; what is lost with it is counted once more or not at all.
    fn keep_record(&mut self, receipt: &str, record: &Record) {
        let _ = self.store.keep(&record_name(receipt), &serde_json::to_string(record).unwrap_or_default());
    }
}
