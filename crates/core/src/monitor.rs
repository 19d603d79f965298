//! The monitor owns all state: it measures, remembers, foresees, plans and reclaims, one request at a time.
//!
//! Every front (command line, app) asks it and shows what it answers. Not here: the rules themselves.

mod found;
mod orders;
mod outlook;
mod sequel;
mod watch;
mod whose;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use thiserror::Error;

use crate::bundle::{self, Bundle};
use crate::cadence::{self, Attention, Cadence};
use crate::forecast::{Forecast, ForecastNone};
use crate::guest::Guests;
use crate::history;
use crate::measure::{self, Depth, Measured, MeasuredBundle};
use crate::notice;
use crate::ports::logs::{Logs, Unread};
use crate::ports::machine::{AnyMachine, Machine};
use crate::ports::sessions::{Listing, Sessions, Unasked};
use crate::reclaim::plan::{self, Plan, SourceCheck};
use crate::reclaim::report::{Receipt, Report};
use crate::reclaim::set_aside::Manifest;
use crate::reclaim::{Level, Wish, Yard, journal, recovery, restore, run};
use crate::sample::Sample;
use crate::settings::Settings;
use crate::snapshot::{self, BundleView, SCHEMA, Snapshot};
use crate::store::Store;
pub use orders::Deed;
pub use outlook::Outlook;
pub use watch::Teller;

use found::Found;
use watch::Watch;
use whose::Sought;

/// An unfinished run could not be finished or undone.
#[derive(Debug, Error)]
pub enum MonitorError {
    /// The journal is not usable.
    #[error(transparent)]
    Journal(#[from] journal::JournalError),
}

/// Owner of all state.
pub struct Monitor<'a> {
    yard: Yard<'a>,
    machine: &'a dyn Machine,
    sessions: &'a dyn Sessions,
    logs: &'a dyn Logs,
    roots: Vec<PathBuf>,
    settings: Settings,
    store: Store,
    /// The newest sample recorded of each bundle by this process.
    remembered: BTreeMap<String, Sample>,
    revision: u64,
    attention: Attention,
    found: Found,
    guests: Guests,
    watch: Watch,
    sought: Sought,
}

/// A measured bundle with what follows from it.
#[derive(Clone, Debug)]
pub struct Prospect {
    /// What is there.
    pub measured: MeasuredBundle,
    /// What follows from its history.
    pub outlook: Outlook,
    /// The plan of every level, least destructive first.
    pub plans: Vec<Plan>,
    /// The level of the plan to offer first.
    pub recommended: Level,
}

impl<'a> Monitor<'a> {
    /// A monitor over the given roots.
    #[must_use]
    pub fn new(yard: Yard<'a>, roots: Vec<PathBuf>, settings: Settings, store: Store) -> Self {
        Self {
            yard,
            machine: &AnyMachine,
            sessions: &Unasked,
            logs: &Unread,
            roots,
            settings,
            store,
            remembered: BTreeMap::new(),
            revision: 0,
            attention: Attention::Away,
            found: Found::default(),
            guests: Guests::default(),
            watch: Watch::default(),
            sought: Sought::default(),
        }
    }

    /// The same monitor on this machine, of which it knows nothing else.
    #[must_use]
    pub fn on(self, machine: &'a dyn Machine) -> Self {
        Self { machine, ..self }
    }

    /// The same monitor, which may look for the sessions' folders.
    #[must_use]
    pub fn beside(self, sessions: &'a dyn Sessions) -> Self {
        Self { sessions, ..self }
    }

    /// The sessions' folders under a root, looked for now: only for somebody who looks, or when it is worth saying.
    #[must_use]
    pub fn sessions(&self, root: &Path) -> Listing {
        self.sessions.list(root)
    }

    /// The machine it runs on.
    #[must_use]
    pub fn machine(&self) -> &dyn Machine {
        self.machine
    }

    /// Whether anybody looks, for the cadence.
    pub fn attend(&mut self, attention: Attention) {
        self.attention = attention;
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Puts other settings in force.
    pub fn adopt(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Looks under other roots from now on: profiles come and go.
    pub fn look_in(&mut self, roots: Vec<PathBuf>) {
        self.roots = roots;
    }

    /// The history and receipts.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Keeps a small text of whoever owns the monitor under a name.
    pub fn keep_text(&mut self, name: &str, text: &str) -> Result<(), crate::store::StoreError> {
        self.store.keep(name, text)
    }

    /// Every bundle there is, watched or not: its path and the name of the folder it was found through.
    #[must_use]
    pub fn all_bundles(&self) -> Vec<(PathBuf, String)> {
        let found = bundle::find(self.yard.asker.disk, &self.roots).bundles;
        found.into_iter().map(|bundle| (bundle.path.clone(), bundle.name())).collect()
    }

    /// Measures what is watched, without remembering.
    #[must_use]
    pub fn measure(&self, depth: Depth) -> Measured {
        let mut measured = measure::measure(self.yard.asker, &self.roots, depth);
        measured.bundles.retain(|bundle| !self.settings.ignored.contains(&bundle.bundle.path));
        measured
    }

    /// Measures, remembers and shows. `depth` says whether files may be opened for it.
    pub fn sample(&mut self, depth: Depth) -> (Snapshot, Cadence) {
        let (snapshot, cadence, _) = self.take(depth);
        (snapshot, cadence)
    }

    /// As [`Monitor::sample`], and what can be done about every bundle. A glance opens nothing for that either: its plans
    /// are only shown, and a thorough look comes before anybody acts.
    pub fn survey(&mut self, depth: Depth) -> (Snapshot, Cadence, Vec<Prospect>) {
        let (snapshot, cadence, seen) = self.take(depth);
        let prospects = seen.into_iter().map(|(measured, outlook)| self.prospect(measured, outlook, depth)).collect();
        (snapshot, cadence, prospects)
    }

    fn prospect(&mut self, measured: MeasuredBundle, outlook: Outlook, depth: Depth) -> Prospect {
        let disk = self.yard.asker.disk;
        let seen = if depth == Depth::Glance { None } else { self.found.source(disk, &measured) };
        let gain = self.found.gain(disk, &measured, depth);
        let plan = |level| match depth {
            Depth::Glance => plan::outline(self.yard, &measured, level, gain.as_ref()),
            Depth::Thorough => plan::glance(self.yard, &measured, level, seen, gain.as_ref()),
        };
        let plans: Vec<Plan> = Level::ALL.into_iter().map(plan).collect();
        let recommended = self.choose(&measured, &plans).map_or(Level::Leftovers, |plan| plan.level);
        Prospect { measured, outlook, plans, recommended }
    }

    fn take(&mut self, depth: Depth) -> (Snapshot, Cadence, Vec<(MeasuredBundle, Outlook)>) {
        let now = self.yard.clock.now();
        let measured = self.measure(depth);
        for bundle in &measured.bundles {
            if depth == Depth::Thorough {
                self.guests.look(self.yard.asker.disk, &bundle.bundle, now);
            }
            let guest_free = self.guests.free(&bundle.bundle);
            let (key, sample) = (bundle.key(), Sample { guest_free, ..bundle.sample(now) });
            if self.remembered.get(&key).is_none_or(|last| history::is_news(last, &sample)) {
                self.store.record(&key, sample.clone());
                self.remembered.insert(key, sample);
            }
        }
        let mut gaps = measured.gaps;
        // The first sample goes to disk at once; after it an idle quarter of an hour writes nothing.
        if (self.revision == 0 || self.store.flush_due(now))
            && let Err(error) = self.flush()
        {
            let reason = format!("history stays in memory for now: failed to {error}");
            gaps.push(crate::bundle::Gap { path: self.yard.state.to_path_buf(), reason, denied: false });
        }
        self.revision += 1;
        let mut looked: Vec<_> = measured.bundles.iter().map(|bundle| self.outlook(now, bundle)).collect();
        if depth == Depth::Thorough {
            for (bundle, (outlook, samples)) in measured.bundles.iter().zip(&mut looked) {
                outlook.attribution = Some(self.attribute(now, bundle, samples));
            }
        }
        self.judge(now, &measured.bundles, &looked);
        let outlooks: Vec<Outlook> = looked.into_iter().map(|(outlook, _)| outlook).collect();
        let (snapshot, cadence) = self.show(now, &measured.bundles, &outlooks, gaps);
        self.watch.armed.clone_from(&snapshot.armed);
        (snapshot, cadence, measured.bundles.into_iter().zip(outlooks).collect())
    }

    /// Writes what is only in memory.
    pub fn flush(&mut self) -> Result<(), crate::store::StoreError> {
        let now = self.yard.clock.now();
        self.store.flush(now, |samples| history::thin(samples, now))
    }

    fn show(
        &self,
        now: Timestamp,
        bundles: &[MeasuredBundle],
        outlooks: &[Outlook],
        gaps: Vec<crate::bundle::Gap>,
    ) -> (Snapshot, Cadence) {
        let pressing =
            bundles.iter().zip(outlooks).max_by_key(|(bundle, outlook)| (outlook.gauge.level, bundle.allocated));
        let none = self.no_outlook(now);
        let worst = pressing.map_or(&none, |(_, outlook)| outlook);
        let cadence = cadence::cadence(&cadence::Input {
            vm: crate::vm::liveliest(bundles.iter().map(|bundle| bundle.vm.state)),
            level: worst.gauge.level,
            growth: worst.volume.clone(),
            attention: self.attention,
            power: self.machine.power(),
            fixed: self.settings.interval,
            awaited: self.is_awaited(now, bundles),
        });
        let headline = notice::headline(
            pressing.map(|(bundle, _)| bundle),
            &worst.gauge,
            bundles.iter().map(|b| b.allocated).sum(),
        );
        let snapshot = Snapshot {
            schema: SCHEMA,
            revision: self.revision,
            at: now,
            headline,
            volumes: snapshot::volumes(bundles),
            growth: worst.growth.clone(),
            forecast: worst.forecast.clone(),
            gauge: worst.gauge.clone(),
            bundles: bundles
                .iter()
                .zip(outlooks)
                .map(|(bundle, outlook)| BundleView::of(bundle, outlook.clone()))
                .collect(),
            alerts: self.watch.standing.clone(),
            armed: self.armed(),
            gaps,
        };
        (snapshot, cadence)
    }

    /// The plan of one level.
    #[must_use]
    pub fn plan(&self, bundle: &MeasuredBundle, wish: impl Into<Wish>, check: SourceCheck) -> Plan {
        plan::make(self.yard, bundle, wish, check)
    }

    /// The least destructive plan that calms the gauge, or the best there is; the plan for leftovers when nothing helps.
    #[must_use]
    pub fn recommended(&self, bundle: &MeasuredBundle, check: SourceCheck) -> Plan {
        let plans: Vec<Plan> = Level::ALL.iter().map(|&level| self.plan(bundle, level, check)).collect();
        self.choose(bundle, &plans).cloned().unwrap_or_else(|| self.plan(bundle, Level::Leftovers, check))
    }

    fn choose<'p>(&self, bundle: &MeasuredBundle, plans: &'p [Plan]) -> Option<&'p Plan> {
        let now = self.yard.clock.now();
        // Room just made is not foreseen away at once: the gauge after a reclaim is judged by the space there is.
        let forecast = Forecast::None { reason: ForecastNone::NotGrowing };
        plan::recommend(plans, |freed| self.gauge_of(now, bundle, freed, &forecast).level)
    }

    /// Carries out the plan that was agreed to, and keeps its receipt.
    pub fn reclaim(&mut self, bundle: &Bundle, wish: impl Into<Wish>, agreed: &str, check: SourceCheck) -> Report {
        let mut report = run::run(self.yard, bundle, wish, agreed, check);
        self.suspect(bundle, &mut report);
        let report = self.keep(report);
        if let Some(receipt) = &report.receipt {
            self.begin_sequel(bundle, receipt);
        }
        report
    }

    /// Brings a set-aside image back.
    pub fn undo(&mut self, bundle: &Bundle, manifest: &Manifest) -> Report {
        let report = restore::restore(self.yard, bundle, manifest);
        self.keep(report)
    }

    fn keep(&mut self, mut report: Report) -> Report {
        if let Some(receipt) = &mut report.receipt {
            receipt.reason = self.watch.why;
            report.notes.extend(receipt.held_back_by(self.yard.asker.disk, self.machine));
            match self.keep_receipt(receipt) {
                Ok(()) => {
                    let settled = journal::settle(self.yard, &receipt.id);
                    report.notes.extend(settled.err().map(|error| format!("failed to {error}")));
                }
                // The journal stays and the next start keeps the receipt.
                Err(note) => report.notes.push(note),
            }
        }
        report
    }

    fn keep_receipt(&mut self, receipt: &Receipt) -> Result<(), String> {
        let text = serde_json::to_string(receipt).map_err(|error| error.to_string())?;
        self.store
            .add_receipt(&receipt.id, receipt.at, &text)
            .map_err(|error| format!("the receipt is not kept yet: failed to {error}"))
    }

    /// All receipts, the newest first; those that cannot be read any more are left out.
    #[must_use]
    pub fn receipts(&self) -> Vec<Receipt> {
        self.read_receipts().unwrap_or_default()
    }

    fn read_receipts(&self) -> Result<Vec<Receipt>, crate::store::StoreError> {
        let texts = self.store.receipts()?;
        Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
    }

    /// Finishes or undoes what an earlier run left; at every start, before anything else. While another process is at
    /// work the journal is its own.
    pub fn recover(&mut self) -> Result<Option<recovery::Recovered>, MonitorError> {
        journal::lay_ballast(self.yard);
        if journal::load(self.yard)?.is_none() {
            return Ok(None);
        }
        let lock = self.yard.lock_path();
        let Some(_claim) = self.yard.asker.disk.claim(&lock).map_err(journal::JournalError::from)? else {
            return Ok(None);
        };
        let Some(mut recovered) = recovery::recover(self.yard)? else { return Ok(None) };
        self.explain(&mut recovered);
        let kept = recovered.receipt.as_ref().map_or(Ok(()), |receipt| self.keep_receipt(receipt));
        match kept {
            Ok(()) => {
                journal::clear(self.yard)?;
                self.forget_reason();
            }
            Err(note) => recovered.notes.push(note),
        }
        Ok(Some(recovered))
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests;
