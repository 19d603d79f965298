//! Alerts, as the monitor keeps them: what is so goes to `alert::judge`, what was said goes into the store.
//!
//! Not here: any rule of alerts, their words, and how they reach somebody.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Monitor, Outlook};
use crate::alert::{
    Aftermath, Alert, BundleScene, Guest, Ledger, Partial, Scene, Severity, Snooze, Standing, VolumeScene, judge,
};
use crate::bundle::{self, Entry, Role, SESSION_IMAGE, TEMPORARY_PREFIX};
use crate::bytes::Bytes;
use crate::cadence::Attention;
use crate::forecast::{Forecast, ForecastNone};
use crate::measure::MeasuredBundle;
use crate::notice::alerts::{Voice, alert, volume_name};
use crate::policy::Quiet;
use crate::ports::logs::Marks;
use crate::ports::{Disk, FileKind};
use crate::reclaim::Level;
use crate::reclaim::report::{Receipt, Why};
use crate::sample::Sample;
use crate::snapshot::{AlertView, ArmedView};
use crate::store::StoreError;
use crate::words::{Language, Words};

/// Who says alerts to somebody: each remembers for itself what it has said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Teller {
    /// Nobody: what stands is shown, and counts as said by no one.
    #[default]
    Nobody,
    /// The app.
    App,
    /// The command line's `watch`.
    Watch,
}

impl Teller {
    /// Where its ledger is kept.
    const fn ledger(self) -> &'static str {
        match self {
            Self::Nobody | Self::App => "alerts",
            Self::Watch => "alerts-watch",
        }
    }
}

/// What the monitor remembers for alerts and for what it does by itself.
pub(super) struct Watch {
    teller: Teller,
    /// None until it was read.
    ledger: Option<Ledger>,
    /// The ledger has news that are not in the store.
    unkept: bool,
    fresh: Vec<AlertView>,
    pub(super) standing: Vec<AlertView>,
    unseen_since: Option<Timestamp>,
    pub(super) quiet: BTreeMap<String, Quiet>,
    /// Since when the app or a VM was there at every look.
    pub(super) app_since: BTreeMap<String, Timestamp>,
    /// Of each reclaim whose next start is watched: how far logs were read by what is kept, and how far since.
    pub(super) read: BTreeMap<String, (Marks, Marks)>,
    /// What was armed at the last look,
    pub(super) armed: Vec<ArmedView>,
    /// and the history's file when that was last compared.
    pub(super) stamp: Option<(u64, (i64, u32))>,
    /// When limits last led to a thorough look.
    pub(super) tried: BTreeMap<String, Timestamp>,
    pub(super) zone: TimeZone,
    /// Why the run under way is made.
    pub(super) why: Why,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            teller: Teller::Nobody,
            ledger: None,
            unkept: false,
            fresh: Vec::new(),
            standing: Vec::new(),
            unseen_since: None,
            quiet: BTreeMap::new(),
            app_since: BTreeMap::new(),
            read: BTreeMap::new(),
            armed: Vec::new(),
            stamp: None,
            tried: BTreeMap::new(),
            zone: TimeZone::UTC,
            why: Why::Asked,
        }
    }
}

/// The last reclaims that alerts look back on.
const RECLAIMS: usize = 16;

impl Monitor<'_> {
    /// From now on alerts are said by this teller, and days end where the clock on the wall says so.
    pub fn tell(&mut self, teller: Teller, zone: TimeZone) {
        (self.watch.teller, self.watch.zone, self.watch.ledger) = (teller, zone, None);
    }

    /// The clock on the wall is in this zone by now: people travel.
    pub fn travel(&mut self, zone: TimeZone) {
        self.watch.zone = zone;
    }

    /// What is to be said now; each is given once, and counts as said from here on.
    pub fn fresh_alerts(&mut self) -> Vec<AlertView> {
        if std::mem::take(&mut self.watch.unkept) {
            let _ = self.keep_ledger();
        }
        std::mem::take(&mut self.watch.fresh)
    }

    /// Says nothing of an alert for a while.
    pub fn snooze(&mut self, id: &str, snooze: Snooze) -> Result<(), StoreError> {
        let now = self.yard.clock.now();
        let zone = self.watch.zone.clone();
        let mut ledger = self.ledger(now);
        ledger.snooze(id, snooze, now, &zone);
        self.watch.ledger = Some(ledger);
        self.keep_ledger()
    }

    fn ledger(&mut self, now: Timestamp) -> Ledger {
        if let Some(ledger) = &self.watch.ledger {
            return ledger.clone();
        }
        // What cannot be read was written by another version, and all that is lost with it is what was said before.
        let text = self.store.kept(self.watch.teller.ledger()).ok().flatten();
        let mut ledger: Ledger = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        ledger.resume(now);
        ledger
    }

    /// On a full disk it waits in memory; the next start would then say once more what it does not know was said.
    fn keep_ledger(&mut self) -> Result<(), StoreError> {
        let Some(ledger) = self.watch.ledger.as_ref().filter(|_| self.watch.teller != Teller::Nobody) else {
            return Ok(());
        };
        let text = serde_json::to_string(ledger).unwrap_or_default();
        self.store.keep(self.watch.teller.ledger(), &text)
    }

    /// Judges what was measured, and remembers what is to be said.
    pub(super) fn judge(&mut self, now: Timestamp, bundles: &[MeasuredBundle], looked: &[(Outlook, Vec<Sample>)]) {
        let unseen = self.watch.unseen_since.filter(|_| self.attention == Attention::Away);
        self.watch.unseen_since = (self.attention == Attention::Away).then(|| unseen.unwrap_or(now));
        let receipts = self.receipts();
        let histories: Vec<Vec<Sample>> =
            bundles.iter().zip(looked).map(|(bundle, (_, samples))| with_present(samples, bundle, now)).collect();
        let mut volumes: Vec<VolumeScene<'_>> = Vec::new();
        for ((bundle, (outlook, _)), samples) in bundles.iter().zip(looked).zip(&histories) {
            let key = bundle.key();
            self.watch.quiet.entry(key.clone()).or_default().look(now, &bundle.vm);
            let disk = self.yard.asker.disk;
            let mut growing = partials(disk, &bundle.bundle.entries);
            let broken = self.follow(now, bundle, &receipts, samples, &growing);
            // What is fetched early for the next release does not keep this one from starting.
            growing.extend(partials(disk, &bundle.bundle.warm));
            let scene = BundleScene {
                samples,
                unseen_since: self.watch.unseen_since,
                orphan: bundle.vm.orphan,
                guest: guest(bundle, outlook),
                partials: growing,
                reclaims: aftermaths(&receipts, bundle),
                broken,
                key,
            };
            let none = Forecast::None { reason: ForecastNone::GrowthUnknown };
            let (mount_point, free, total) = bundle.volume.as_ref().map_or_else(
                || (String::new(), Bytes::ZERO, Bytes::ZERO),
                |volume| (volume.mount_point.to_string_lossy().into_owned(), volume.free, volume.total),
            );
            match volumes.iter_mut().find(|volume| volume.mount_point == mount_point) {
                Some(volume) => {
                    volume.forecast = sooner(std::mem::replace(&mut volume.forecast, none), outlook.forecast.clone());
                    volume.bundles.push(scene);
                }
                None => volumes.push(VolumeScene {
                    mount_point,
                    free,
                    total,
                    forecast: outlook.forecast.clone(),
                    bundles: vec![scene],
                }),
            }
        }
        let before = self.ledger(now);
        let (ledger, alerts) = judge(&Scene { now, volumes }, &self.settings.alerts, &before);
        let name = |subject: &str| {
            bundles
                .iter()
                .find(|bundle| bundle.key() == subject)
                .map_or_else(|| subject.to_owned(), |it| it.bundle.name())
        };
        let zone = self.watch.zone.clone();
        self.watch.standing =
            ledger.standing(now).map(|(it, severity)| view(it, severity, &name, now, &zone)).collect();
        self.name_behind(now, bundles, &histories, &alerts);
        let is_fresh = |view: &AlertView| alerts.iter().any(|alert: &Alert| alert.id == view.id);
        if self.watch.teller != Teller::Nobody {
            self.watch.fresh.extend(self.watch.standing.iter().filter(|view| is_fresh(view)).cloned());
        }
        // Not written yet: who fails before it is said would never say it.
        self.watch.unkept |= !before.remembers_as(&ledger);
        self.watch.ledger = Some(ledger);
    }

    /// For how long a bundle was quiet at the last look.
    pub(super) fn quiet_for(&self, key: &str) -> Option<Duration> {
        self.watch.quiet.get(key).and_then(Quiet::lasted)
    }
}

/// The history that ends with what is measured now, which is not in it when it is no news.
fn with_present(samples: &[Sample], bundle: &MeasuredBundle, now: Timestamp) -> Vec<Sample> {
    let mut samples = samples.to_vec();
    if samples.last().is_none_or(|last| last.at < now) {
        samples.push(bundle.sample(now));
    }
    samples
}

/// What is known of the guest's session disk: its own word, unless the image has changed since.
fn guest(bundle: &MeasuredBundle, outlook: &Outlook) -> Option<Guest> {
    let entry = bundle.bundle.entry(SESSION_IMAGE).filter(|entry| entry.facts.kind == FileKind::File)?;
    let told = outlook.guests.get(SESSION_IMAGE).filter(|guest| !guest.is_old);
    let touched = Guest::Touched { allocated: entry.facts.allocated, logical: entry.facts.logical };
    Some(told.map_or(touched, |told| Guest::Read { free: told.free_bytes, total: told.total_bytes }))
}

fn sooner(one: Forecast, other: Forecast) -> Forecast {
    match (&one, &other) {
        (Forecast::Full { earliest: first, .. }, Forecast::Full { earliest: second, .. }) => {
            if first <= second {
                one
            } else {
                other
            }
        }
        (Forecast::Full { .. }, Forecast::None { .. }) => one,
        (Forecast::None { .. }, _) => other,
    }
}

/// Files that grow until they are renamed, and folders of such files.
fn partials(disk: &dyn Disk, entries: &[Entry]) -> Vec<Partial> {
    let growing = entries.iter().filter(|entry| matches!(entry.role, Role::Leftover | Role::Prefetch));
    growing.filter_map(|entry| partial(disk, entry)).collect()
}

fn partial(disk: &dyn Disk, entry: &Entry) -> Option<Partial> {
    let is_partial = |name: &str| name.rsplit('.').next().is_some_and(|ending| ending.eq_ignore_ascii_case("partial"));
    let (mut modified, mut allocated) = (entry.facts.modified.0, entry.facts.allocated);
    match entry.facts.kind {
        FileKind::File if is_partial(&entry.name) => {}
        FileKind::Directory if entry.name.starts_with(TEMPORARY_PREFIX) => {
            // A folder's date does not tell when its files were written to, and what cannot be read may be being written.
            let (mut files, mut gaps) = (Vec::new(), Vec::new());
            bundle::walk(disk, &entry.path, &mut files, &mut gaps, 4);
            if !gaps.is_empty() {
                return None;
            }
            modified = files.iter().map(|file| file.facts.modified.0).fold(modified, i64::max);
            allocated = files.iter().map(|file| file.facts.allocated).fold(allocated, Bytes::plus);
        }
        _ => return None,
    }
    Some(Partial { name: entry.name.clone(), modified: Timestamp::new(modified, 0).ok()?, allocated })
}

fn aftermaths(receipts: &[Receipt], bundle: &MeasuredBundle) -> Vec<Aftermath> {
    let of_it = receipts.iter().filter(|receipt| receipt.bundle == bundle.bundle.path);
    of_it
        .filter_map(|receipt| {
            let level = receipt.level?;
            Some(Aftermath {
                receipt: receipt.id.clone(),
                at: receipt.at,
                freed: receipt.freed_bytes,
                free_before: receipt.volume_free_before_bytes,
                free_after: receipt.volume_free_after_bytes,
                rebuilds: matches!(level, Level::Rebuild | Level::Reset),
                suspects: receipt.suspects.clone(),
            })
        })
        .take(RECLAIMS)
        .collect()
}

fn view(
    standing: &Standing,
    severity: Severity,
    name: &impl Fn(&str) -> String,
    now: Timestamp,
    zone: &TimeZone,
) -> AlertView {
    let name = name(&standing.subject);
    let words = Words::of(Language::English);
    let shown = volume_name(&name, words);
    let said = alert(&standing.facts, severity, standing.since, &shown, Voice { now, zone, words });
    AlertView {
        id: standing.id(),
        matter: standing.facts.matter(),
        severity,
        subject: standing.subject.clone(),
        since: standing.since,
        told_at: standing.told.map(|(at, _)| at),
        snoozed_until: standing.snooze.and_then(|snooze| snooze.until),
        snoozed: standing.snooze.is_some(),
        title: said.title,
        sentence: said.sentence,
        hint: said.hint,
        attribution: None,
        facts: standing.facts.clone(),
        name,
    }
}
