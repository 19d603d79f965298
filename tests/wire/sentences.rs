//! Every sentence of the core, one list a snapshot. A new variant does not compile here until it has its sentence.
//!
//! Not here: when each is said.

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use plimsoll_core::bundle::Bundle;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::forecast::{Forecast, ForecastNone};
use plimsoll_core::gauge::{Gauge, GaugeReason, Level as GaugeLevel};
use plimsoll_core::growth::{Growth, GrowthUnknown};
use plimsoll_core::measure::MeasuredBundle;
use plimsoll_core::notice::{self, Notice};
use plimsoll_core::ports::{FileFacts, FileKind, Holder, Identity, KernelWord, OpenFiles, Process, Volume};
use plimsoll_core::reclaim::Level;
use plimsoll_core::reclaim::refusal::Refusal;
use plimsoll_core::vm::{self, Asked, Liveness, Vm};

use crate::pin;

const IMAGE: &str = "/b/rootfs.img";

fn holder(name: &str, pid: Option<u32>, file: &str) -> Holder {
    Holder { pid, name: name.to_owned(), file: file.into() }
}

/// One of each. The match has no other use than to stop compiling when there is a new one.
pub(crate) fn refusals() -> Vec<Refusal> {
    let path = || PathBuf::from(IMAGE);
    let all = vec![
        Refusal::VmRunning { holders: vec![holder("qemu-system-x86_64", Some(4321), IMAGE)] },
        Refusal::VmUnknown { missing: vec!["3 processes that could hold an image may not be looked into".to_owned()] },
        Refusal::AppRunning,
        Refusal::SourceMissing { path: "/b/rootfs.img.zst".into() },
        Refusal::SourceBroken {
            path: "/b/rootfs.img.zst".into(),
            why: "it is cut short: 1000 bytes end within a frame".to_owned(),
        },
        Refusal::NoRoom { needed: Bytes::giga(10), available: Bytes::giga(3), volume: "/home".into() },
        Refusal::NotAFile { path: path() },
        Refusal::HardLinked { path: path(), links: 2 },
        Refusal::ForeignOwner { path: path(), owner: 502 },
        Refusal::ReadOnlyVolume { volume: "/home".into() },
        Refusal::Immutable { path: path() },
        Refusal::Changed { path: path() },
        Refusal::Vanished { path: path() },
        Refusal::Layered { path: "/b/rootfs.qcow2".into() },
        Refusal::UnknownFormat { path: "/b/sessiondata.img".into() },
        Refusal::Busy,
        Refusal::PlanChanged,
        Refusal::NotTrimmable {
            path: path(),
            why: "the file system is damaged: a free block is marked in use".to_owned(),
        },
        Refusal::NoWay {
            path: path(),
            why: "operation not supported; no write lease can be had: unsupported".to_owned(),
        },
        Refusal::Wanted { path: path() },
        Refusal::StoppedEarly { path: path() },
        Refusal::CannotTell { path: path(), why: "failed to look at it: Permission denied (os error 13)".to_owned() },
        Refusal::Cancelled,
    ];
    for refusal in &all {
        match refusal {
            Refusal::VmRunning { .. }
            | Refusal::VmUnknown { .. }
            | Refusal::AppRunning
            | Refusal::SourceMissing { .. }
            | Refusal::SourceBroken { .. }
            | Refusal::NoRoom { .. }
            | Refusal::NotAFile { .. }
            | Refusal::HardLinked { .. }
            | Refusal::ForeignOwner { .. }
            | Refusal::ReadOnlyVolume { .. }
            | Refusal::Immutable { .. }
            | Refusal::Changed { .. }
            | Refusal::Vanished { .. }
            | Refusal::Layered { .. }
            | Refusal::UnknownFormat { .. }
            | Refusal::Busy
            | Refusal::PlanChanged
            | Refusal::NotTrimmable { .. }
            | Refusal::NoWay { .. }
            | Refusal::Wanted { .. }
            | Refusal::StoppedEarly { .. }
            | Refusal::CannotTell { .. }
            | Refusal::Cancelled => {}
        }
    }
    all
}

fn listed<'a>(notices: impl IntoIterator<Item = &'a Notice>) -> String {
    let mut text = String::new();
    for Notice { code, sentence, hint } in notices {
        assert!(sentence.ends_with('.') && !sentence.contains(".."), "{sentence}");
        let _ = writeln!(text, "{code}\n  {sentence}\n  {hint}\n");
    }
    text
}

#[test]
fn every_refusal_has_its_own_sentence_and_says_what_to_do() {
    let notices: Vec<Notice> = refusals().iter().map(Notice::from).collect();
    pin("refusals", &listed(&notices));
    for (place, notice) in notices.iter().enumerate() {
        assert!(!notice.hint.is_empty(), "{} has no hint", notice.code);
        assert!(notices[..place].iter().all(|other| other.code != notice.code), "{} is said twice", notice.code);
    }
}

#[test]
fn holders_are_named_once_and_not_endlessly() {
    let qemu = |pid, file| holder("qemu-system-x86_64", Some(pid), file);
    let many = vec![
        qemu(1, IMAGE),
        qemu(1, IMAGE),
        qemu(1, "/b/sessiondata.img"),
        holder("loop device loop0", None, IMAGE),
        qemu(2, "/b/efivars.fd"),
        qemu(3, IMAGE),
    ];
    pin("holders", &listed([&Notice::from(&Refusal::VmRunning { holders: many })]));
}

#[test]
fn failure_and_consequences() {
    let failure = notice::failure("rename /b/rootfs.img: No space left on device (os error 28)");
    let mut text = listed([&failure]);
    for level in Level::ALL {
        let _ = writeln!(text, "{}\n  {}\n", level.name(), notice::consequence(level));
    }
    pin("failure-and-consequences", &text);
}

fn measured(volume: Option<Volume>) -> MeasuredBundle {
    MeasuredBundle {
        bundle: Bundle {
            path: "/b".into(),
            root: "/".into(),
            identity: Identity { device: 1, inode: 1 },
            entries: Vec::new(),
            warm: Vec::new(),
        },
        vm: Vm {
            state: Liveness::Stopped,
            holders: Vec::new(),
            evidence: Vec::new(),
            app_running: false,
            orphan: false,
        },
        volume,
        logical: Bytes::giga(21),
        allocated: Bytes::mega(13_300),
    }
}

#[test]
fn headlines() {
    let volume = Volume { mount_point: "/".into(), total: Bytes::giga(500), free: Bytes::giga(38), read_only: false };
    let reasons = [
        GaugeReason::FreeBelowReserve,
        GaugeReason::FullWithinDay,
        GaugeReason::OverLimit,
        GaugeReason::FreeLow,
        GaugeReason::FullWithinDays,
        GaugeReason::NearLimit,
        GaugeReason::Roomy,
    ];
    let gauge = |reason| Gauge { level: GaugeLevel::Calm, reason, fill: 0.5 };
    let mut text = String::new();
    for reason in reasons {
        match reason {
            GaugeReason::FreeBelowReserve
            | GaugeReason::FullWithinDay
            | GaugeReason::OverLimit
            | GaugeReason::FreeLow
            | GaugeReason::FullWithinDays
            | GaugeReason::NearLimit
            | GaugeReason::Roomy => {}
        }
        let bundle = measured(Some(volume.clone()));
        let headline = notice::headline(Some(&bundle), &gauge(reason), bundle.allocated);
        let _ = writeln!(text, "{reason:?}\n  {headline}");
    }
    let unmeasured = measured(None);
    let headline = notice::headline(Some(&unmeasured), &gauge(GaugeReason::Roomy), unmeasured.allocated);
    let _ = writeln!(text, "volume not measured\n  {headline}");
    let headline = notice::headline(None, &gauge(GaugeReason::Roomy), Bytes::ZERO);
    let _ = writeln!(text, "no bundle\n  {headline}");
    pin("headlines", &text);
}

#[test]
fn growth() {
    let known = |bytes_per_day| Growth::Known { bytes_per_day, low: 0.0, high: 0.0, window: 86_400, samples: 9 };
    let mut text = String::new();
    for rate in [1.2e9, 45e6, 999_999.0, 0.0, -999_999.0, -3.5e9] {
        let _ = writeln!(text, "{rate}\n  {}", notice::growth(&known(rate)));
    }
    for reason in [GrowthUnknown::TooFewSamples, GrowthUnknown::TooShort, GrowthUnknown::OnlySteps] {
        match reason {
            GrowthUnknown::TooFewSamples | GrowthUnknown::TooShort | GrowthUnknown::OnlySteps => {}
        }
        let _ = writeln!(text, "{reason:?}\n  {}", notice::growth(&Growth::Unknown { reason }));
    }
    pin("growth", &text);
}

#[test]
fn forecasts() {
    let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
    let after = |hours| now.checked_add(SignedDuration::from_hours(hours)).expect("a time");
    let mut text = String::new();
    for (earliest, latest) in [
        (0, Some(5)),
        (5, Some(30)),
        (30, Some(31)),
        (30, Some(72)),
        (72, Some(100 * 24)),
        (3, None),
        (30, None),
        (72, None),
    ] {
        let full = Forecast::Full { earliest: after(earliest), latest: latest.map(after) };
        let _ = writeln!(text, "{earliest} h to {latest:?} h\n  {}", notice::forecast(&full, now));
    }
    let reasons = [
        ForecastNone::AlreadyFull,
        ForecastNone::GrowthUnknown,
        ForecastNone::NotGrowing,
        ForecastNone::ImageLimit,
        ForecastNone::BeyondYear,
    ];
    for reason in reasons {
        match reason {
            ForecastNone::AlreadyFull
            | ForecastNone::GrowthUnknown
            | ForecastNone::NotGrowing
            | ForecastNone::ImageLimit
            | ForecastNone::BeyondYear => {}
        }
        let _ = writeln!(text, "{reason:?}\n  {}", notice::forecast(&Forecast::None { reason }, now));
    }
    pin("forecasts", &text);
}

fn asked(lease: Option<KernelWord>, lock: Option<KernelWord>) -> [Asked; 1] {
    let facts = FileFacts {
        kind: FileKind::File,
        identity: Identity { device: 1, inode: 2 },
        logical: Bytes::giga(10),
        allocated: Bytes::giga(4),
        links: 1,
        owner: 501,
        mode: 0o600,
        modified: (0, 0),
        immutable: false,
    };
    [Asked { path: IMAGE.into(), facts, lease, lock }]
}

fn process(pid: u32, name: &str, owner: u32) -> Process {
    Process { pid, name: name.to_owned(), owner }
}

#[test]
fn evidence() {
    let bash = process(1, "bash", 501);
    let tables: Vec<(&str, Vec<Process>)> = vec![
        ("nothing of it runs", vec![bash.clone()]),
        ("the app runs", vec![bash.clone(), process(2, "Claude", 501)]),
        ("one VM", vec![process(3, "qemu-system-x86_64", 501)]),
        ("two VMs and the app", vec![process(2, "Claude", 501), process(3, "vfkit", 501), process(4, "vfkit", 501)]),
    ];
    let mut text = String::new();
    let mut add = |what: &str, vm: &Vm| {
        let _ = writeln!(text, "{what}: {:?}", vm.state);
        for piece in &vm.evidence {
            let _ = writeln!(text, "  {:?} {:?}: {}", piece.source, piece.finding, piece.detail);
        }
    };
    for (what, processes) in tables {
        let open = OpenFiles { processes, ..OpenFiles::default() };
        add(what, &vm::judge(&asked(Some(KernelWord::Free), Some(KernelWord::Free)), &open, 501));
    }
    let held = OpenFiles { holders: vec![holder("qemu-system-x86_64", Some(3), IMAGE)], ..OpenFiles::default() };
    add("held", &vm::judge(&asked(Some(KernelWord::Held(None)), Some(KernelWord::Held(Some(3)))), &held, 501));
    let loop_device = OpenFiles { holders: vec![holder("loop device loop0", None, IMAGE)], ..OpenFiles::default() };
    add("held by no process", &vm::judge(&asked(None, None), &loop_device, 501));
    let no =
        || Some(KernelWord::CannotTell("failed to open /b/rootfs.img: Permission denied (os error 13)".to_owned()));
    for hidden in [1, 2] {
        let unreadable = (0..hidden).map(|pid| process(pid, "qemu-system-x86_64", 0)).collect();
        let open = OpenFiles { unreadable, ..OpenFiles::default() };
        add("hidden", &vm::judge(&asked(no(), no()), &open, 501));
    }
    for partial in [1, 2] {
        let partial = (0..partial).map(|pid| process(pid, "qemu-system-x86_64", 501)).collect();
        let open = OpenFiles { partial, ..OpenFiles::default() };
        add("looked at in part", &vm::judge(&asked(None, None), &open, 501));
    }
    let failed = Some("the process table cannot be read: Permission denied".to_owned());
    add("no table", &vm::judge(&asked(None, None), &OpenFiles { failed, ..OpenFiles::default() }, 501));
    pin("evidence", &text);
}
