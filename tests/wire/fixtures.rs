//! What the page's own tests show: every state of the panel, made by the core from facts of real size.
//!
//! `ui/fixtures` is what this test makes of them, so that the page is never tested on words or shapes that the core
//! does not speak.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use plimsoll_core::bundle::Gap;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::forecast::{self, Forecast};
use plimsoll_core::gauge::{Gauge, GaugeReason, Level as Urgency};
use plimsoll_core::growth::Growth;
use plimsoll_core::guest::Guest;
use plimsoll_core::monitor::Prospect;
use plimsoll_core::panel::chart::{self, ChartInput, Range};
use plimsoll_core::panel::form::{self, FieldError, Form};
use plimsoll_core::panel::view::{self, PanelInput};
use plimsoll_core::panel::{Activity, PanelView, bundle_id, sheet};
use plimsoll_core::policy::DEFAULT_IDLE;
use plimsoll_core::ports::{Clock, Copied};
use plimsoll_core::reclaim::plan::Later;
use plimsoll_core::reclaim::refusal::Refusal;
use plimsoll_core::reclaim::report::{Outcome, Receipt, Report};
use plimsoll_core::reclaim::set_aside::Manifest;
use plimsoll_core::reclaim::{Level, plan::Plan};
use plimsoll_core::sample::{GuestFree, Sample};
use plimsoll_core::settings::Settings;
use plimsoll_core::snapshot::{AlertView, ArmedView};
use plimsoll_core::updates::Channel;
use plimsoll_core::vm::{Evidence, Finding, Liveness, Source};
use plimsoll_core::words::{Language, Words};
use serde::Serialize;
use serde_json::{Value, json};

use super::panel::{Noon, prospects, running};
use super::standing::{alerts, grew, receipts, update, waiting};

/// Allocated megabytes of each file, as reported of a bundle that has grown.
const SIZES: [(&str, u64, u64); 4] = [
    ("rootfs.img", 9_800, 10_737),
    ("sessiondata.img", 1_300, 10_737),
    ("rootfs.img.zst", 2_200, 2_200),
    ("notes.txt", 0, 0),
];

/// A bundle as they are on a Mac that has run out of space.
fn grown() -> Vec<Prospect> {
    let mut grown = prospects(|_| {});
    for prospect in &mut grown {
        // Not the temporary folder's name, which differs from run to run.
        prospect.measured.bundle.path = "/Claude/vm_bundles/claudevm.bundle".into();
        for entry in &mut prospect.measured.bundle.entries {
            let known = SIZES.iter().find(|(name, ..)| *name == entry.name);
            let (allocated, logical) = known.map_or((0, 0), |(_, allocated, logical)| (*allocated, *logical));
            entry.facts.allocated = Bytes::mega(allocated);
            entry.facts.logical = Bytes::mega(logical);
        }
        prospect.measured.bundle.entries.retain(|entry| entry.name != "notes.txt");
        prospect.measured.allocated = Bytes::mega(13_300);
        prospect.measured.logical = Bytes::mega(23_700);
        let word = |source, detail: &str| Evidence { source, finding: Finding::Clear, detail: detail.to_owned() };
        prospect.measured.vm.evidence = vec![
            word(Source::OpenFiles, "none of 212 processes has one open"),
            word(Source::KnownProcesses, "no VM program runs"),
        ];
        prospect.outlook.growth =
            Growth::Known { bytes_per_day: 1.8e9, low: 1.4e9, high: 2.3e9, window: 7 * 86_400, samples: 300 };
        prospect.outlook.volume = prospect.outlook.growth.clone();
        let growth = Growth::Known { bytes_per_day: 4e8, low: 3e8, high: 6e8, window: 7 * 86_400, samples: 40 };
        let guest = |total, free| {
            let (total_bytes, free_bytes, as_of) = (Bytes::mega(total), Bytes::mega(free), Noon.now());
            let forecast = forecast::guest(as_of, &growth, free_bytes);
            Guest { total_bytes, free_bytes, as_of, is_old: false, growth: growth.clone(), forecast }
        };
        prospect.outlook.guests =
            [("rootfs.img".to_owned(), guest(10_200, 3_100)), ("sessiondata.img".to_owned(), guest(10_500, 8_700))]
                .into();
        prospect.plans.iter_mut().for_each(size);
        prospect.outlook.attribution = Some(grew());
    }
    grown
}

fn size(plan: &mut Plan) {
    "fingerprint".clone_into(&mut plan.fingerprint);
    let compact = plan.level == Level::Compact;
    for step in &mut plan.steps {
        step.expected = match step.target.name() {
            // What the guest has free.
            "rootfs.img" if compact => Bytes::mega(2_600),
            "rootfs.img" => Bytes::mega(9_800),
            "sessiondata.img" => Bytes::mega(900),
            _ => Bytes::ZERO,
        };
    }
    plan.expected = plan.steps.iter().map(|step| step.expected).sum();
    if !plan.steps.is_empty() && !compact {
        plan.later = Later { written_bytes: Bytes::mega(10_737), ..plan.later };
    }
    plan.refusals.clear();
}

/// The same bundle at another urgency.
fn at(level: Urgency, reason: GaugeReason, fill: f64, free: u64, days: Option<(i64, i64)>) -> Vec<Prospect> {
    let mut all = grown();
    for prospect in &mut all {
        prospect.outlook.gauge = Gauge { level, reason, fill };
        // Where there is room, the least destructive level helps.
        prospect.recommended = if level == Urgency::Calm { Level::Compact } else { Level::Rebuild };
        if let Some(volume) = &mut prospect.measured.volume {
            volume.free = Bytes::giga(free);
        }
        if let Some((from, to)) = days {
            let after = |days: i64| Noon.now() + SignedDuration::from_hours(days * 24 + 1);
            prospect.outlook.forecast = Forecast::Full { earliest: after(from), latest: Some(after(to)) };
        }
    }
    all
}

fn calm() -> Vec<Prospect> {
    at(Urgency::Calm, GaugeReason::Roomy, 0.55, 38, Some((9, 14)))
}

fn act() -> Vec<Prospect> {
    at(Urgency::Act, GaugeReason::FreeBelowReserve, 1.0, 4, Some((0, 2)))
}

/// Half-hourly samples of a year that end at 13.3 GB: quiet, then work, a reclaim and a rebuild.
fn history() -> Vec<Sample> {
    let now = Noon.now();
    let steps = 365 * 48;
    (0..=steps)
        .map(|index| {
            let age = steps - index;
            let (days, phase) = (age / 48, (age % 48) / 4);
            // Since the rebuild 20 days ago it grows a little every working hour.
            let since = f64::from(20 * 48 - age.min(20 * 48)) / 48.0;
            let worked = if (3..9).contains(&phase) { f64::from(9 - phase) * 0.12 } else { 0.72 };
            let size = match days {
                21.. => 5_200.0 + 6.0 * f64::from(365 - days),
                20 => 3_400.0,
                _ => (8_900.0 + 200.0 * since + 300.0 * (since * 0.9).sin() + 600.0 * worked).min(13_300.0),
            };
            let size = if age == 0 { 13_300.0 } else { size };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size")]
            let allocated = Bytes::mega(size as u64);
            let system_inode = match days {
                21.. => 1,
                20 => 0,
                _ => 2,
            };
            let vm = if (3..9).contains(&phase) && days != 20 { Liveness::Running } else { Liveness::Stopped };
            let at = now - SignedDuration::from_mins(i64::from(age) * 30);
            let (free, total) = (Bytes::giga(38), Bytes::giga(500));
            let (system, session, source_modified) = (allocated, Bytes::mega(1_300), 1);
            let guest_free = GuestFree::default();
            Sample { at, allocated, system, session, system_inode, source_modified, free, total, vm, guest_free }
        })
        .collect()
}

struct Stage<'a> {
    prospects: Vec<Prospect>,
    samples: &'a [Sample],
    receipts: &'a [Receipt],
    gaps: &'a [Gap],
    copies: &'a [Manifest],
    alerts: &'a [AlertView],
    armed: &'a [ArmedView],
    language: Language,
}

impl Stage<'_> {
    fn view(&self) -> PanelView {
        let with: Vec<_> = self.prospects.iter().map(|prospect| (prospect.clone(), self.samples.to_vec())).collect();
        let settings = Settings { limit: Some(Bytes::giga(12)), ..Settings::default() };
        let (zone, words) = (TimeZone::UTC, Words::of(self.language));
        let mut view = view::view(&PanelInput {
            prospects: &with,
            gaps: self.gaps,
            receipts: self.receipts,
            copies: self.copies,
            alerts: self.alerts,
            armed: self.armed,
            settings: &settings,
            now: Noon.now(),
            zone: &zone,
            words,
        });
        view.update = update(Channel::None, None, words);
        view.revision = 1;
        view
    }
}

fn views() -> BTreeMap<&'static str, PanelView> {
    let (samples, receipts, english) = (history(), receipts(), Words::of(Language::English));
    let day: Vec<Sample> = samples.iter().rev().take(49).rev().cloned().collect();
    let stage = |prospects: Vec<Prospect>| {
        let (gaps, copies, language) = (&[][..], &[][..], Language::English);
        Stage { prospects, samples: &day, receipts: &receipts, gaps, copies, alerts: &[], armed: &[], language }
    };
    let copy = Manifest {
        id: "copy-1".to_owned(),
        at: Noon.now() - SignedDuration::from_hours(2),
        bundle: "/Claude/vm_bundles/claudevm.bundle".into(),
        name: "sessiondata.img".to_owned(),
        copied: Copied { blake3: String::new(), logical: Bytes::giga(10), stored: Bytes::mega(410) },
        allocated: Bytes::mega(1_300),
        mode: 0o600,
        modified: (0, 0),
    };
    let mut all = BTreeMap::new();
    all.insert("calm", stage(calm()).view());
    all.insert("watch", stage(at(Urgency::Watch, GaugeReason::FullWithinDays, 0.8, 9, Some((2, 3)))).view());
    all.insert("act", stage(act()).view());
    all.insert("running", stage(old(running(act()))).view());
    all.insert("running-german", Stage { language: Language::German, ..stage(old(running(act()))) }.view());
    all.insert("unknown", stage(unknown(calm())).view());
    all.insert("empty", stage(Vec::new()).view());
    let gap = [Gap { path: "/Claude/vm_bundles".into(), reason: "Permission denied".to_owned(), denied: true }];
    all.insert("denied", Stage { gaps: &gap, receipts: &[], ..stage(Vec::new()) }.view());
    all.insert("fresh", Stage { samples: &[], receipts: &[], ..stage(fresh()) }.view());
    let mut two = calm();
    let mut other = running(calm());
    for prospect in &mut other {
        prospect.measured.bundle.path = "/Claude-3p/vm_bundles/claudevm.bundle".into();
        prospect.measured.bundle.root = "/Claude-3p".into();
        prospect.measured.allocated = Bytes::mega(11_200);
    }
    two.extend(other);
    all.insert("two", stage(two).view());
    let copies = [copy];
    let mut busy = stage(act()).view();
    let share = Some(0.42);
    busy.activity = Some(Activity { sentence: english.text("busy-compress"), share, stoppable: true });
    all.insert("busy", busy);
    let mut receipt = receipts[1].clone();
    receipt.set_aside = Some("copy-1".to_owned());
    let done = Report { outcome: Outcome::Done, receipt: Some(receipt), ..Report::nothing() };
    let mut after = Stage { copies: &copies, ..stage(calm()) }.view();
    after.outcome = Some(view::outcome(&done, english));
    all.insert("done", after);
    let mut failed = stage(act()).view();
    failed.outcome = Some(view::outcome(&Report::failed("rename rootfs.img: Input/output error".to_owned()), english));
    all.insert("failed", failed);
    let mut paused = stage(calm()).view();
    paused.paused = Some(english.text("stand-paused"));
    all.insert("paused", paused);
    let mut newer = stage(calm()).view();
    newer.update = update(Channel::Feed, Some("0.2.0"), english);
    all.insert("update", newer);
    let standing = alerts();
    let armed = running(act()).iter().map(|it| it.measured.key()).map(waiting).collect::<Vec<_>>();
    all.insert("alerts", Stage { alerts: &standing, armed: &armed, ..stage(running(act())) }.view());
    for view in all.values_mut() {
        for bundle in &mut view.bundles {
            // Named by a path of the machine it was made on.
            bundle.id = format!("{}-id", bundle.name.to_lowercase());
        }
    }
    all
}

/// What the guest says was read half an hour ago.
fn old(mut prospects: Vec<Prospect>) -> Vec<Prospect> {
    for guest in prospects.iter_mut().flat_map(|prospect| prospect.outlook.guests.values_mut()) {
        guest.is_old = true;
        guest.as_of = Noon.now() - SignedDuration::from_mins(30);
    }
    prospects
}

fn unknown(mut prospects: Vec<Prospect>) -> Vec<Prospect> {
    for prospect in &mut prospects {
        prospect.measured.vm.state = Liveness::Unknown;
        if let Some(evidence) = prospect.measured.vm.evidence.first_mut() {
            evidence.finding = Finding::CannotTell;
            "not allowed to look into 3 processes: vmm, coreaudiod, powerd".clone_into(&mut evidence.detail);
        }
        for plan in &mut prospect.plans {
            plan.refusals = vec![Refusal::VmUnknown { missing: vec!["the open files of 3 processes".to_owned()] }];
        }
    }
    prospects
}

/// Seen for the first time: no history, nothing to foresee.
fn fresh() -> Vec<Prospect> {
    let mut fresh = at(Urgency::Calm, GaugeReason::Roomy, 0.4, 120, None);
    for prospect in &mut fresh {
        prospect.outlook.growth = Growth::Unknown { reason: plimsoll_core::growth::GrowthUnknown::TooFewSamples };
        prospect.outlook.guests.clear();
        prospect.outlook.attribution = Some(Vec::new());
    }
    fresh
}

fn charts() -> BTreeMap<&'static str, Value> {
    let samples = history();
    let draw = |samples: &[Sample], range, limit| {
        let (zone, words) = (&TimeZone::UTC, Words::of(Language::English));
        json!(chart::chart(&ChartInput { samples, range, now: Noon.now(), limit, zone, words }))
    };
    let limit = Some(Bytes::giga(14));
    [
        ("day", draw(&samples, Range::Day, limit)),
        ("week", draw(&samples, Range::Week, limit)),
        ("month", draw(&samples, Range::Month, limit)),
        ("year", draw(&samples, Range::Year, limit)),
        ("empty", draw(&[], Range::Day, None)),
    ]
    .into()
}

fn sheets() -> BTreeMap<&'static str, Value> {
    let words = Words::of(Language::English);
    let of = |prospects: &[Prospect], level: Level| {
        let plan = prospects[0].plans.iter().find(|plan| plan.level == level).expect("a plan");
        json!(sheet::sheet(plan, "Claude", DEFAULT_IDLE, words))
    };
    let (open, held) = (act(), running(act()));
    let levels = [Level::Compact, Level::Rebuild, Level::Reset].map(|level| (level.name(), of(&open, level)));
    levels.into_iter().chain([("refused", of(&held, Level::Rebuild))]).collect()
}

fn forms() -> BTreeMap<&'static str, Value> {
    let words = Words::of(Language::English);
    let bundle = |path: &str, name: &str| (bundle_id(path), (path.into(), name.to_owned()));
    let known = [bundle("/Claude", "Claude"), bundle("/Claude-3p", "Claude-3p")].into();
    let settings = Settings { limit: Some(Bytes::giga(12)), ..Settings::default() };
    let view = |form: Form, errors: Vec<FieldError>| {
        form::form_view(form, errors, &known, "~/Library/Application Support/Plimsoll".to_owned(), words)
    };
    let plain = view(Form::of(&settings, &known, true, words), Vec::new());
    let saved = form::FormView { saved: Some(words.text("set-saved")), ..plain.clone() };
    let typed = Form { limit: "much".to_owned(), interval: "1".to_owned(), ..plain.form.clone() };
    let errors = typed.settings(&settings, &known, words).expect_err("wrong");
    [("plain", json!(plain)), ("saved", json!(saved)), ("wrong", json!(view(typed, errors)))].into()
}

fn check(name: &str, content: &impl Serialize) {
    let mut text = serde_json::to_string_pretty(content).expect("JSON");
    text.push('\n');
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join("ui/fixtures").join(name);
    if std::env::var_os("PLIMSOLL_WRITE").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("make the folder");
        fs::write(&path, &text).expect("write");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == text,
        "{name} is not what the core says: run make bindings"
    );
}

#[test]
fn the_page_is_tested_on_what_the_core_says() {
    check("views.json", &views());
    check("charts.json", &charts());
    check("sheets.json", &sheets());
    check("forms.json", &forms());
}

#[test]
fn no_view_names_a_path_outside_a_sentence() {
    let _: Timestamp = Noon.now();
    for (name, view) in views() {
        for bundle in &view.bundles {
            let text = serde_json::to_string(bundle).expect("JSON");
            assert!(!text.contains("/Claude"), "{name}: {text}");
        }
    }
}
