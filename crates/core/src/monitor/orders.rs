//! What the monitor does by itself: an armed reclaim, and what limits lead to.
//!
//! A decision is made from what `stat` says; only one that would do something leads to a thorough look, and is made again
//! from that. Not here: the decision itself (`policy`), and the guard, which every run asks again.

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::{Monitor, Prospect};
use crate::alert::Suspect;
use crate::bundle::{self, Bundle, SYSTEM_IMAGE};
use crate::bytes::Bytes;
use crate::cadence::Power;
use crate::measure::{self, Depth, MeasuredBundle};
use crate::policy::{Act, Armed, Choice, Done, Loss, Most, Reason, Situation, decide};
use crate::ports::{Scan, Watched};
use crate::reclaim::plan::{Plan, SourceCheck};
use crate::reclaim::recovery::Recovered;
use crate::reclaim::refusal::Refusal;
use crate::reclaim::report::{Outcome, Receipt, Report, Why};
use crate::reclaim::{Level, start};
use crate::snapshot::ArmedView;
use crate::store::StoreError;
use crate::vm::Liveness;

/// Something that was done by itself, or is asked.
#[derive(Clone, Debug)]
pub struct Deed {
    /// The bundle, by its name in the history.
    pub bundle: String,
    /// What was decided.
    pub act: Act,
    /// How a reclaim went.
    pub report: Option<Report>,
}

/// After a thorough look that led to nothing, limits wait for this long before the next: it opens files.
const TRY_EVERY: SignedDuration = SignedDuration::from_hours(6);

/// Who holds it is said by the first few.
const SUSPECTS: usize = 4;

/// Where the reason of the run under way is kept, for a receipt that recovery writes.
const UNDER_WAY: &str = "under-way";

/// Before the text of an arming that is being carried out.
const TAKEN: &str = "taken ";

fn armed_name(bundle: &str) -> String {
    format!("armed:{bundle}")
}

fn asked_name(bundle: &str) -> String {
    format!("asked:{bundle}")
}

impl Monitor<'_> {
    /// Arms a plan: it is carried out once its VM has stopped, if no more is lost then than it says now.
    pub fn arm(&mut self, bundle: &MeasuredBundle, plan: &Plan, idle: Duration) -> Result<(), StoreError> {
        let (key, at) = (bundle.key(), self.yard.clock.now());
        let armed = Armed { bundle: key.clone(), level: plan.level, said: Loss::of(plan), idle, at };
        self.put_armed(&key, Some(&armed))
    }

    /// Takes back what is armed for a bundle, and says what that was. What is being carried out by another process is not
    /// put back after it.
    pub fn disarm(&mut self, bundle: &str) -> Result<Option<Armed>, StoreError> {
        let text = self.kept_order(bundle);
        let order: Option<Armed> = serde_json::from_str(text.trim_start_matches(TAKEN)).ok();
        if order.is_some() {
            self.put_armed(bundle, None)?;
        }
        Ok(order)
    }

    /// What is armed for a bundle. Read anew each time, since another process may have armed or disarmed it.
    #[must_use]
    pub fn armed_for(&self, bundle: &str) -> Option<Armed> {
        serde_json::from_str(&self.kept_order(bundle)).ok()
    }

    fn kept_order(&self, bundle: &str) -> String {
        self.store.kept(&armed_name(bundle)).ok().flatten().unwrap_or_default()
    }

    fn put_armed(&mut self, bundle: &str, armed: Option<&Armed>) -> Result<(), StoreError> {
        self.store.keep(&armed_name(bundle), &armed.map_or_else(String::new, written))
    }

    /// Everything that is armed for the bundles seen last.
    pub(super) fn armed(&self) -> Vec<ArmedView> {
        let armed = self.watch.quiet.keys().filter_map(|bundle| self.armed_for(bundle));
        armed
            .map(|armed| ArmedView {
                bundle: armed.bundle,
                level: armed.level.name(),
                idle_seconds: armed.idle.as_secs(),
                since: armed.at,
            })
            .collect()
    }

    /// Whether another process has armed or taken back something since the last look. One `stat` while nobody has
    /// written to the history, so that it can be asked whenever the process is awake anyway.
    pub fn armed_elsewhere(&mut self) -> bool {
        let facts = self.yard.asker.disk.facts(self.store.path()).ok();
        let stamp = facts.map(|facts| (facts.identity.inode, facts.modified));
        if stamp == self.watch.stamp {
            return false;
        }
        self.watch.stamp = stamp;
        self.armed() != self.watch.armed
    }

    /// Whether something waits for images to be let go, or for quiet to last.
    pub(super) fn is_awaited(&self, now: Timestamp, bundles: &[MeasuredBundle]) -> bool {
        let automatic = &self.settings.automatic;
        bundles.iter().any(|bundle| {
            let quiet = self.quiet_for(&bundle.key());
            let waits = |idle: Duration| quiet.is_none_or(|quiet| quiet < idle);
            let pressed = || {
                let free = bundle.volume.as_ref().map(|volume| volume.free);
                automatic.most != Most::Nothing
                    && (free.is_some_and(|free| free < self.settings.reserve)
                        || self.settings.limit.is_some_and(|limit| bundle.allocated > limit))
            };
            match self.armed_for(&bundle.key()) {
                Some(armed) => {
                    let young =
                        armed.idle.try_into().is_ok_and(|idle: SignedDuration| now.duration_since(armed.at) < idle);
                    bundle.liveness() != Liveness::Stopped || young || waits(armed.idle)
                }
                // A limit is in no hurry while the VM runs.
                None => bundle.liveness() == Liveness::Stopped && pressed() && waits(automatic.idle),
            }
        })
    }

    /// Does what is to be done by itself about the bundles of the last look, and says what it did.
    pub fn unattended(&mut self, prospects: &[Prospect]) -> Vec<Deed> {
        prospects.iter().filter_map(|prospect| self.attend_to(prospect)).collect()
    }

    fn attend_to(&mut self, prospect: &Prospect) -> Option<Deed> {
        let (now, key) = (self.yard.clock.now(), prospect.measured.key());
        let armed = self.armed_for(&key);
        if armed.is_none() && self.settings.automatic.most == Most::Nothing {
            return None;
        }
        // Without it nobody knows what was done today, or that what is armed was done already.
        let receipts = self.read_receipts().ok().filter(|_| self.store.knows_the_past())?;
        if armed.as_ref().is_some_and(|armed| is_spent(armed, &receipts, now)) {
            let _ = self.put_armed(&key, None);
            return None;
        }
        // What is not known without opening files is taken to be worth a look.
        let hopes: Vec<Choice> = prospect.plans.iter().map(hope).collect();
        let done = done(&receipts);
        match self.decide(now, &prospect.measured, &hopes, armed.as_ref(), &done) {
            Act::Nothing(_) | Act::Wait(_) => None,
            act @ Act::Disarm(Reason::Expired) => self.give_up(key, act, armed.as_ref()),
            Act::Reclaim(..) | Act::Ask(..) | Act::Disarm(_) => {
                let lately = self.watch.tried.get(&key).is_some_and(|at| now.duration_since(*at).abs() < TRY_EVERY);
                if armed.is_none() && lately {
                    return None;
                }
                self.watch.tried.insert(key.clone(), now);
                self.look_and_act(prospect, key, armed.as_ref(), &done)
            }
        }
    }

    fn look_and_act(&mut self, prospect: &Prospect, key: String, armed: Option<&Armed>, done: &[Done]) -> Option<Deed> {
        let mut gaps = Vec::new();
        let bundle = bundle::reread(self.yard.asker.disk, &prospect.measured.bundle, &mut gaps).ok().flatten()?;
        let measured = measure::measure_bundle(self.yard.asker, bundle, Depth::Thorough, &mut gaps);
        let plans: Vec<Plan> =
            Level::ALL.into_iter().map(|level| self.plan(&measured, level, SourceCheck::Frames)).collect();
        let choices: Vec<Choice> = plans.iter().map(choice).collect();
        let now = self.yard.clock.now();
        match self.decide(now, &measured, &choices, armed, done) {
            Act::Nothing(_) | Act::Wait(_) => None,
            act @ Act::Disarm(_) => self.give_up(key, act, armed),
            act @ Act::Ask(..) => {
                let _ = self.store.keep(&asked_name(&key), &now.to_string());
                Some(Deed { bundle: key, act, report: None })
            }
            act @ Act::Reclaim(level, why) => {
                let plan = plans.iter().find(|plan| plan.level == level)?;
                let report = self.carry_out(&measured, plan, why, &key, armed)?;
                let act = if armed.is_some() && self.is_stopped(&report) { Act::Disarm(Reason::Stopped) } else { act };
                Some(Deed { bundle: key, act, report: Some(report) })
            }
        }
    }

    /// Takes the arming back before anything is done, so that a run that is cut off is not begun again. A refusal puts it
    /// back, unless somebody has disarmed it meanwhile; who stops it has changed their mind.
    fn carry_out(
        &mut self,
        measured: &MeasuredBundle,
        plan: &Plan,
        why: Why,
        key: &str,
        armed: Option<&Armed>,
    ) -> Option<Report> {
        let progress = self.yard.progress;
        if progress.cancelled() || progress.withdrawn() || self.armed_for(key).as_ref() != armed {
            return None;
        }
        // On a full disk both wait in memory, and are written with the receipt.
        let taken = armed.map(|armed| format!("{TAKEN}{}", written(armed))).unwrap_or_default();
        if armed.is_some() {
            let _ = self.store.keep(&armed_name(key), &taken);
        }
        let _ = self.store.keep(UNDER_WAY, &serde_json::to_string(&why).unwrap_or_default());
        self.watch.why = why;
        let report = self.reclaim(&measured.bundle, plan.level, &plan.fingerprint, SourceCheck::Frames);
        self.watch.why = Why::Asked;
        self.forget_reason();
        let Some(armed) = armed else { return Some(report) };
        let again = report.outcome == Outcome::Refused && !self.is_stopped(&report);
        if self.kept_order(key) == taken {
            let _ = self.put_armed(key, Some(armed).filter(|_| again));
        }
        (!again).then_some(report)
    }

    /// Somebody has changed their mind.
    fn is_stopped(&self, report: &Report) -> bool {
        report.refusals.contains(&Refusal::Cancelled) && !self.yard.progress.ends()
    }

    /// Who still has a file open that was removed, when less is free than was given back.
    pub(super) fn suspect(&self, bundle: &Bundle, report: &mut Report) {
        let Some(receipt) = report.receipt.as_mut().filter(|receipt| receipt.is_held_back()) else { return };
        let removed = bundle.entries.iter().filter(|entry| receipt.steps.iter().any(|step| step.path == entry.path));
        let watched: Vec<Watched> =
            removed.map(|entry| Watched { path: entry.path.clone(), identity: entry.facts.identity }).collect();
        let open = self.yard.asker.processes.open_files(&watched, Scan::Full);
        let mut suspects: Vec<Suspect> = Vec::new();
        for holder in open.holders.into_iter().map(|it| Suspect::Holder { name: it.name, pid: it.pid }) {
            if suspects.len() < SUSPECTS && !suspects.contains(&holder) {
                suspects.push(holder);
            }
        }
        if suspects.is_empty() && receipt.local_snapshots(self.yard.asker.disk, self.machine).may_hold() {
            suspects.push(Suspect::Snapshots);
        }
        receipt.suspects = suspects;
    }

    /// How the VM started after each of these receipts, which are given newest first, and what else came of it.
    pub fn fill_starts(&self, receipts: &mut [Receipt]) {
        let mut next: BTreeMap<PathBuf, Timestamp> = BTreeMap::new();
        for receipt in receipts {
            let until = next.insert(receipt.bundle.clone(), receipt.at);
            let key = receipt.bundle.to_string_lossy();
            let samples = self.store.samples(&key, receipt.at).unwrap_or_default();
            receipt.start = start::after(receipt.at, until, &samples);
            receipt.sequel = self.sequel_of(&receipt.id);
        }
    }

    /// Not what somebody has armed in its place since.
    fn give_up(&mut self, bundle: String, act: Act, judged: Option<&Armed>) -> Option<Deed> {
        if judged.is_none() || self.armed_for(&bundle).as_ref() != judged {
            return None;
        }
        self.put_armed(&bundle, None).ok()?;
        Some(Deed { bundle, act, report: None })
    }

    /// That run is settled: the next has its own reason.
    pub(super) fn forget_reason(&mut self) {
        if self.store.kept(UNDER_WAY).ok().flatten().is_some_and(|reason| !reason.is_empty()) {
            let _ = self.store.keep(UNDER_WAY, "");
        }
    }

    /// The reason of a run that recovery has finished.
    pub(super) fn explain(&mut self, recovered: &mut Recovered) {
        let told = self.store.kept(UNDER_WAY).ok().flatten().and_then(|text| serde_json::from_str(&text).ok());
        if let (Some(receipt), Some(why)) = (&mut recovered.receipt, told) {
            receipt.reason = why;
        }
    }

    fn decide(
        &self,
        now: Timestamp,
        bundle: &MeasuredBundle,
        options: &[Choice],
        armed: Option<&Armed>,
        done: &[Done],
    ) -> Act {
        let key = bundle.key();
        let asked = self.store.kept(&asked_name(&key)).ok().flatten().and_then(|text| text.parse().ok());
        decide(&Situation {
            now,
            time: wall(now, &self.watch.zone),
            vm: bundle.liveness(),
            quiet_for: self.quiet_for(&key),
            on_battery: Some(self.machine.power() == Power::Battery),
            allocated: bundle.allocated,
            limit: self.settings.limit,
            free: bundle.volume.as_ref().map(|volume| volume.free),
            reserve: self.settings.reserve,
            options,
            armed,
            automatic: &self.settings.automatic,
            done,
            asked,
        })
    }
}

/// What limits have led to, by the receipts.
fn done(receipts: &[Receipt]) -> Vec<Done> {
    let automatic = receipts.iter().filter(|receipt| receipt.reason.is_automatic());
    automatic.map(|receipt| Done { at: receipt.at, written: receipt.later.written_bytes }).collect()
}

/// It has been carried out, or as much was done since by somebody's own hand. Two that carry it out at once get into one
/// another's way, and the one that was refused has put it back.
fn is_spent(armed: &Armed, receipts: &[Receipt], now: Timestamp) -> bool {
    receipts.iter().any(|receipt| {
        let since = receipt.at >= armed.at && receipt.at <= now;
        since && receipt.bundle.to_string_lossy() == armed.bundle && does_as_much(receipt, armed.level)
    })
}

/// Whether a run has done what another at this level would do.
fn does_as_much(receipt: &Receipt, level: Level) -> bool {
    match (receipt.level, level) {
        // Only its own level removes what is dead.
        (Some(done), Level::Leftovers) => done == Level::Leftovers,
        // The session disk is compacted at the same level.
        (Some(Level::Compact), Level::Compact) => {
            receipt.steps.iter().any(|step| step.path.file_name().is_some_and(|name| name == SYSTEM_IMAGE))
        }
        (Some(done), level) => done >= level,
        (None, _) => false,
    }
}

fn written(armed: &Armed) -> String {
    serde_json::to_string(armed).unwrap_or_default()
}

fn wall(now: Timestamp, zone: &jiff::tz::TimeZone) -> Time {
    now.to_zoned_datetime(zone.clone()).time()
}

fn choice(plan: &Plan) -> Choice {
    let refused = !plan.refusals.is_empty();
    Choice { level: plan.level, expected: plan.expected, loss: Loss::of(plan), refused }
}

/// What a plan made without opening a file may turn out to be.
fn hope(plan: &Plan) -> Choice {
    let expected = if plan.level == Level::Compact { Bytes(u64::MAX) } else { plan.expected };
    Choice { expected, refused: false, ..choice(plan) }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at real files")]
mod tests;
