//! The panel and the menu as the app gets them: a real small bundle in every state, in every language.

use std::fs;

use insta::assert_json_snapshot;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use plimsoll_core::adapters::{ProcessTable, UnixDisk};
use plimsoll_core::bundle::Gap;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::gauge::{self, Gauge, GaugeReason};
use plimsoll_core::measure::Depth;
use plimsoll_core::monitor::{Monitor, Prospect};
use plimsoll_core::panel::view::{PanelInput, view};
use plimsoll_core::panel::{PanelView, menu, sheet};
use plimsoll_core::policy::DEFAULT_IDLE;
use plimsoll_core::ports::{Asker, Clock, Holder, Quiet, Volume};
use plimsoll_core::reclaim::plan::SourceCheck;
use plimsoll_core::reclaim::refusal::Refusal;
use plimsoll_core::reclaim::{Level, Yard};
use plimsoll_core::settings::Settings;
use plimsoll_core::store::Store;
use plimsoll_core::vm::Liveness;
use plimsoll_core::words::{Language, Words};
use plimsoll_tests::faulty::{Fault, FaultyDisk};
use plimsoll_tests::small::Small;

pub(super) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-11-24T12:00:00Z".parse().expect("a time")
    }
    fn pause(&self, _time: std::time::Duration) {}
}

/// What a real bundle is like, on a volume of a known size.
pub(super) fn prospects(prepare: impl Fn(&Small)) -> Vec<Prospect> {
    let folder = tempfile::tempdir().expect("a folder");
    let small = Small::make(folder.path());
    prepare(&small);
    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &Noon, progress: &Quiet, state: &small.state };
    let store = Store::open(&small.state, Noon.now()).store;
    let mut monitor = Monitor::new(yard, vec![small.root.clone()], Settings::default(), store);
    let (_, _, mut prospects) = monitor.survey(Depth::Glance);
    for prospect in &mut prospects {
        let mount_point = "/".into();
        let (total, free) = (Bytes::giga(500), Bytes::giga(38));
        prospect.measured.volume = Some(Volume { mount_point, total, free, read_only: false });
        prospect.outlook.gauge = Gauge { level: gauge::Level::Calm, reason: GaugeReason::Roomy, fill: 0.5 };
        prospect.measured.vm.evidence.clear();
        // As when space is short; while there is enough, nothing but leftovers is recommended here.
        prospect.recommended = Level::Rebuild;
    }
    prospects
}

fn show(prospects: &[Prospect], gaps: &[Gap], language: Language) -> PanelView {
    let with: Vec<_> = prospects.iter().map(|prospect| (prospect.clone(), Vec::new())).collect();
    let (settings, zone, words) = (Settings::default(), TimeZone::UTC, Words::of(language));
    let now = Noon.now();
    let input = PanelInput {
        prospects: &with,
        gaps,
        receipts: &[],
        copies: &[],
        alerts: &[],
        armed: &[],
        settings: &settings,
        now,
        zone: &zone,
        words,
    };
    let mut view = view(&input);
    for bundle in &mut view.bundles {
        // From the path and the inodes, which differ from run to run.
        bundle.id = "ID".into();
        bundle.reclaim.fingerprint = "FINGERPRINT".into();
        // Blocks are the file system's choice.
        bundle.images.retain(|image| image.name == "notes.txt");
    }
    view
}

pub(super) fn running(mut prospects: Vec<Prospect>) -> Vec<Prospect> {
    for prospect in &mut prospects {
        let file = "/bundle/rootfs.img".into();
        let holders = vec![Holder { pid: Some(812), name: "qemu-system-x86_64".to_owned(), file }];
        prospect.measured.vm.state = Liveness::Running;
        prospect.measured.vm.holders.clone_from(&holders);
        for plan in &mut prospect.plans {
            plan.refusals = vec![Refusal::VmRunning { holders: holders.clone() }];
        }
    }
    prospects
}

#[test]
fn a_resting_bundle_can_be_reclaimed_and_a_held_one_says_by_whom() {
    let resting = prospects(|_| {});
    let view = show(&resting, &[], Language::English);
    let reclaim = &view.bundles[0].reclaim;
    assert!(reclaim.enabled && reclaim.sheet && reclaim.title.starts_with("Reclaim "), "{reclaim:?}");
    let held = show(&running(resting), &[], Language::English);
    let reclaim = &held.bundles[0].reclaim;
    assert!(!reclaim.enabled && reclaim.options.iter().all(|option| !option.enabled), "{reclaim:?}");
    assert!(reclaim.reason.contains("qemu-system-x86_64 (pid 812) holds rootfs.img"), "{reclaim:?}");
    // Sizes of small images are the file system's choice.
    assert_json_snapshot!("panel_resting", view, {
        ".labels" => "[labels]",
        ".**.size" => "[size]",
        ".**.number" => "[size]",
        ".**.total" => "[sizes]",
        ".bundles[].images[].spoken" => "[sizes]",
        ".bundles[].reclaim.title" => "[size]",
    });
    assert_json_snapshot!("panel_held", held.bundles[0].vm);
}

#[test]
fn a_bundle_whose_source_is_gone_offers_nothing_and_says_why() {
    let lacking = prospects(|small| fs::remove_file(small.bundle.join("rootfs.img.zst")).expect("remove"));
    let reclaim = show(&lacking, &[], Language::English).bundles.remove(0).reclaim;
    assert!(!reclaim.enabled && reclaim.reason.contains("could not be rebuilt"), "{reclaim:?}");
}

#[test]
fn where_there_is_no_bundle_the_panel_says_so_and_a_closed_folder_is_told_from_that() {
    let none = show(&[], &[], Language::English);
    assert_json_snapshot!("panel_empty", none.empty);
    let gap = Gap { path: "/closed".into(), reason: "Permission denied".to_owned(), denied: true };
    assert_json_snapshot!("panel_denied", show(&[], &[gap], Language::English), { ".labels" => "[labels]" });
}

#[test]
fn the_menu_says_what_the_panel_says() {
    let resting = prospects(|_| {});
    let words = Words::of(Language::English);
    let said = |view: &PanelView| -> Vec<String> {
        let line = |line: &menu::Line| format!("{:?} {} {}", line.item, line.enabled, line.label);
        menu::menu(view, true, words).iter().flatten().map(line).collect()
    };
    let open = said(&show(&resting, &[], Language::English));
    assert!(open.iter().any(|line| line.starts_with("Reclaim true Reclaim ")), "{open:#?}");
    let held = said(&show(&running(resting), &[], Language::English));
    assert!(held.iter().any(|line| line.starts_with("Reclaim false Reclaim ")), "{held:#?}");
    assert!(held.iter().any(|line| line.starts_with("Reason false Claude’s VM is running")), "{held:#?}");
    let none = said(&show(&[], &[], Language::English));
    assert!(!none.iter().any(|line| line.starts_with("Reclaim") || line.starts_with("ShowBundle")), "{none:#?}");
}

#[test]
fn the_sheet_names_every_file_its_plan_takes() {
    let words = Words::of(Language::English);
    for prospect in prospects(|_| {}) {
        for plan in &prospect.plans {
            let sheet = sheet::sheet(plan, "Claude", DEFAULT_IDLE, words);
            let names: Vec<&str> = sheet.steps.iter().map(|step| step.name.as_str()).collect();
            let taken: Vec<&str> = plan.steps.iter().map(|step| step.target.name()).collect();
            assert_eq!(names, taken);
            assert_eq!(sheet.fingerprint, plan.fingerprint);
        }
    }
}

#[test]
fn no_message_is_missing_in_any_state_and_language() {
    let resting = prospects(|_| {});
    for (language, ..) in Language::ALL {
        for prospects in [resting.clone(), running(resting.clone())] {
            let text = serde_json::to_string(&show(&prospects, &[], language)).expect("JSON");
            for id in plimsoll_core::words::ids(Language::English) {
                assert!(!text.contains(&format!("\"{id}\"")), "{id} in {text}");
            }
        }
    }
}

#[test]
fn a_plan_shown_without_reading_the_source_again_is_the_plan_that_is_carried_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = Small::make(folder.path());
    let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &Noon, progress: &Quiet, state: &small.state };
    let store = Store::open(&small.state, Noon.now()).store;
    let mut monitor = Monitor::new(yard, vec![small.root.clone()], Settings::default(), store);
    for _ in 0..2 {
        let (_, _, prospects) = monitor.survey(Depth::Thorough);
        for plan in &prospects[0].plans {
            assert_eq!(*plan, monitor.plan(&prospects[0].measured, plan.level, SourceCheck::Frames));
        }
    }
    // As large and as old as before, so that only reading it tells.
    let source = small.bundle.join("rootfs.img.zst");
    let modified = fs::metadata(&source).and_then(|facts| facts.modified()).expect("stat");
    let mut bytes = fs::read(&source).expect("read");
    bytes[..4].fill(0);
    fs::write(&source, bytes).expect("write");
    fs::File::open(&source).and_then(|file| file.set_modified(modified)).expect("date");
    let (_, _, prospects) = monitor.survey(Depth::Thorough);
    let shown = prospects[0].plans.iter().find(|plan| plan.level == Level::Rebuild).expect("a plan");
    assert!(shown.refusals.is_empty(), "nothing tells it from the one that was whole");
    let before = small.contents();
    let report =
        monitor.reclaim(&prospects[0].measured.bundle, Level::Rebuild, &shown.fingerprint, SourceCheck::Frames);
    assert!(matches!(report.refusals.as_slice(), [Refusal::SourceBroken { .. }]), "{report:?}");
    assert_eq!(small.contents(), before, "the run looked for itself");
}

/// `stat` and a listing are all that watching does; on a Mac, opening could ask the user for leave.
#[test]
fn watching_opens_no_file_of_a_bundle_and_a_closer_look_finds_a_broken_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = Small::make(folder.path());
    fs::write(small.bundle.join("rootfs.img.zst"), b"no zstd at all").expect("write");
    let disk = FaultyDisk::new(&small.bundle, Fault::None, 0);
    let asker = Asker { disk: &disk, processes: &ProcessTable };
    let yard = Yard { asker, clock: &Noon, progress: &Quiet, state: &small.state };
    let store = Store::open(&small.state, Noon.now()).store;
    let mut monitor = Monitor::new(yard, vec![small.root.clone()], Settings::default(), store);
    let refusals = |prospects: &[Prospect]| {
        prospects[0].plans.iter().find(|plan| plan.level == Level::Rebuild).expect("a plan").refusals.clone()
    };
    let (_, _, prospects) = monitor.survey(Depth::Glance);
    assert_eq!((disk.read.get(), refusals(&prospects)), (0, vec![]));
    let (_, _, prospects) = monitor.survey(Depth::Thorough);
    assert!(disk.read.get() > 0 && matches!(refusals(&prospects).as_slice(), [Refusal::SourceBroken { .. }]));
}
