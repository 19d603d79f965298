//! Facts → the whole panel.
//!
//! Not here: any fact, and any drawing.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::closed::closed;
use super::labels::Labels;
use super::updates::UpdateView;
use super::{
    BundlePanel, CopyRow, Empty, EvidenceRow, ImageRow, Note, OptionRow, Outcome, PanelView, ReceiptRow, ReclaimView,
    Tone, VmView, alerts, bundle_id, chart, icon, is_lossless, share, spans,
};
use crate::bundle::{Entry, Gap, REBUILD_SOURCE, Role, SESSION_IMAGE, SYSTEM_IMAGE};
use crate::bytes::Bytes;
use crate::gauge::GaugeReason;
use crate::monitor::Prospect;
use crate::notice;
use crate::notice::alerts::Voice;
use crate::ports::FileKind;
use crate::reclaim::Level;
use crate::reclaim::plan::Plan;
use crate::reclaim::refusal::Refusal;
use crate::reclaim::report::{self, Receipt, Report};
use crate::reclaim::set_aside::Manifest;
use crate::sample::Sample;
use crate::settings::Settings;
use crate::snapshot::{AlertView, ArmedView};
use crate::vm::{Finding, Liveness, Source, Vm};
use crate::words::Words;

/// What a panel is made of.
pub struct PanelInput<'a> {
    /// Every bundle that is watched, each with the samples of the last day.
    pub prospects: &'a [(Prospect, Vec<Sample>)],
    /// What could not be read.
    pub gaps: &'a [Gap],
    /// All receipts, the newest first.
    pub receipts: &'a [Receipt],
    /// All set-aside copies, the newest last.
    pub copies: &'a [Manifest],
    /// What stands, most pressing first.
    pub alerts: &'a [AlertView],
    /// What waits.
    pub armed: &'a [ArmedView],
    /// The settings in force.
    pub settings: &'a Settings,
    /// The present.
    pub now: Timestamp,
    /// Where the clock on the wall is.
    pub zone: &'a TimeZone,
    /// In which language.
    pub words: &'a Words,
}

/// Files that take less are told together.
const SMALL: Bytes = Bytes::mega(1);

/// The panel of these facts; what is going on and what is known of new versions is for the worker to add.
#[must_use]
pub fn view(input: &PanelInput<'_>) -> PanelView {
    let words = input.words;
    let mut order: Vec<&(Prospect, Vec<Sample>)> = input.prospects.iter().collect();
    order.sort_by_key(|(prospect, _)| {
        std::cmp::Reverse((prospect.outlook.gauge.level, prospect.measured.allocated, prospect.measured.key()))
    });
    let unreadable = input.gaps.iter().any(|gap| gap.denied);
    let empty = order.is_empty().then(|| Empty {
        title: words.text(if unreadable { "stand-unreadable" } else { "stand-nothing" }),
        text: words.text(if unreadable { "stand-unreadable-why" } else { "stand-nothing-why" }),
    });
    let gap = |gap: &Gap| Note {
        sentence: notice::visible(&format!("{}: {}", gap.path.display(), gap.reason)),
        hint: words.text(if gap.denied { "gap-denied-hint" } else { "gap-hint" }),
    };
    PanelView {
        revision: 0,
        language: words.language.tag().to_owned(),
        labels: Labels::of(words),
        bundles: order.into_iter().map(|(prospect, samples)| bundle(input, prospect, samples)).collect(),
        empty,
        closed: closed(input.gaps, cfg!(target_os = "macos"), words),
        activity: None,
        outcome: None,
        alerts: alerts::rows(input),
        snoozes: alerts::snoozes(words),
        unsaid: false,
        receipts: input.receipts.iter().map(|receipt| receipt_row(receipt, input)).collect(),
        // The first that is closed has a card of its own.
        notices: not_on_the_card(input.gaps).map(gap).collect(),
        paused: None,
        update: UpdateView::default(),
    }
}

fn not_on_the_card(gaps: &[Gap]) -> impl Iterator<Item = &Gap> {
    let first = gaps.iter().position(|gap| gap.denied);
    gaps.iter().enumerate().filter(move |(index, _)| Some(*index) != first).map(|(_, gap)| gap)
}

fn bundle(input: &PanelInput<'_>, prospect: &Prospect, samples: &[Sample]) -> BundlePanel {
    let Prospect { measured, outlook, .. } = prospect;
    let words = input.words;
    let key = measured.key();
    let free = measured.volume.as_ref().map(|volume| words.size(volume.free));
    let copies = input.copies.iter().rev().filter(|copy| copy.bundle == measured.bundle.path);
    let copy_row = |copy: &Manifest| CopyRow {
        id: copy.id.clone(),
        line: words.say(
            "copy-line",
            &[("when", &words.when(copy.at, input.now, input.zone)), ("size", &words.size(copy.copied.stored))],
        ),
    };
    let sums = [("allocated", &words.size(measured.allocated) as _), ("logical", &words.size(measured.logical) as _)];
    BundlePanel {
        id: bundle_id(&key),
        name: measured.bundle.name(),
        number: words.size(measured.allocated),
        sentence: sentence(input, prospect, free.as_deref()),
        gauge: icon::gauge_view(&outlook.gauge, words),
        sparkline: chart::sparkline(samples, input.now),
        growth: spans::growth(&outlook.growth, words),
        grew: grew(input, prospect),
        disk: spans::disk(&outlook.forecast, input.now, words),
        guest: spans::guest(&outlook.growth, measured.headroom(), words),
        free: free.unwrap_or_else(|| words.text("stand-free-unknown")),
        images: images(input, prospect),
        total: words.say("images-total", &sums),
        vm: vm(&measured.vm, words),
        reclaim: reclaim(prospect, words),
        arm: recommended(prospect).and_then(|plan| alerts::arm(input, prospect, plan)),
        copies: copies.map(copy_row).collect(),
    }
}

/// More stretches of growth than this would push the files out of sight.
const STRETCHES: usize = 3;

fn grew(input: &PanelInput<'_>, prospect: &Prospect) -> Vec<String> {
    let voice = Voice { now: input.now, zone: input.zone, words: input.words };
    let all = prospect.outlook.attribution.iter().flatten();
    all.take(STRETCHES).map(|grown| notice::attribution::grew(grown, voice)).collect()
}

fn sentence(input: &PanelInput<'_>, prospect: &Prospect, free: Option<&str>) -> String {
    let (words, outlook) = (input.words, &prospect.outlook);
    let Some(free) = free else { return words.text("stand-free-unknown") };
    let limit = input.settings.limit.map_or_else(String::new, |limit| words.size(limit));
    let span = spans::full_in(&outlook.forecast, input.now, words).unwrap_or_default();
    let id = match outlook.gauge.reason {
        GaugeReason::FreeBelowReserve => "stand-free-below-reserve",
        GaugeReason::FullWithinDay => "stand-full-within-day",
        GaugeReason::OverLimit => "stand-over-limit",
        GaugeReason::FreeLow => "stand-free-low",
        GaugeReason::FullWithinDays => "stand-full-within-days",
        GaugeReason::NearLimit => "stand-near-limit",
        GaugeReason::Roomy => "stand-roomy",
    };
    words.say(id, &[("free", &free), ("limit", &limit), ("span", &span)])
}

fn images(input: &PanelInput<'_>, prospect: &Prospect) -> Vec<ImageRow> {
    let words = input.words;
    let bundle = &prospect.measured.bundle;
    let mut entries: Vec<&Entry> = bundle.entries.iter().chain(&bundle.warm).collect();
    let rank = |entry: &Entry| match entry.name.as_str() {
        SYSTEM_IMAGE => 0,
        SESSION_IMAGE => 1,
        REBUILD_SOURCE => 2,
        _ => 3,
    };
    entries.sort_by_key(|entry| (rank(entry), std::cmp::Reverse(entry.facts.allocated), entry.name.clone()));
    // A file that nobody knows, or a link where a file should be, is shown by its name however small.
    let (rows, small): (Vec<&Entry>, Vec<&Entry>) = entries.into_iter().partition(|entry| {
        let known = !matches!(entry.role, Role::Unknown | Role::Aside) && entry.facts.kind == FileKind::File;
        rank(entry) < 3 || !known || entry.facts.allocated >= SMALL
    });
    let guest = |entry: &Entry| {
        let own = bundle.entries.iter().any(|other| other.path == entry.path);
        let guest = prospect.outlook.guests.get(&entry.name).filter(|_| own)?;
        Some(spans::inside(guest, input.now, input.zone, words))
    };
    let mut rows: Vec<ImageRow> = rows.into_iter().map(|entry| image(entry, guest(entry), words)).collect();
    if !small.is_empty() {
        let title = words.say("image-others", &[("count", &small.len())]);
        let size = words.size(small.iter().map(|entry| entry.facts.allocated).sum());
        let (note, name, share) = (words.text("note-others"), String::new(), None);
        let spoken = format!("{title}: {size}");
        rows.push(ImageRow { title, name, size, note, share, guest: None, spoken });
    }
    rows
}

fn image(entry: &Entry, guest: Option<String>, words: &Words) -> ImageRow {
    let kind = match (entry.name.as_str(), entry.role) {
        (SYSTEM_IMAGE, _) => "system",
        (SESSION_IMAGE, _) | (_, Role::UserData) => "session",
        (REBUILD_SOURCE, _) | (_, Role::Source) => "source",
        (_, Role::Rebuildable) => "boot",
        (_, Role::Identity) => "identity",
        (_, Role::Prefetch) => "prefetch",
        (_, Role::Leftover) => "leftover",
        (_, Role::Aside) => "aside",
        (_, Role::Unknown) => "unknown",
    };
    let title = words.text(&format!("image-{kind}"));
    let (allocated, logical) = (words.size(entry.facts.allocated), words.size(entry.facts.logical));
    let grows = matches!(entry.name.as_str(), SYSTEM_IMAGE | SESSION_IMAGE) && entry.facts.kind == FileKind::File;
    let sizes = [("allocated", &allocated as _), ("logical", &logical as _)];
    let role = words.text(&format!("note-{kind}"));
    let note = if grows { format!("{} · {role}", words.say("image-of", &sizes)) } else { role };
    let name = notice::visible(&entry.name);
    let spoken = [("title", &title as _), ("name", &name as _), sizes[0], sizes[1]];
    let spoken = words.say("image-spoken", &spoken);
    let share = grows.then(|| share(entry.facts.allocated, entry.facts.logical));
    let spoken = guest.as_ref().map_or_else(|| spoken.clone(), |guest| format!("{spoken}. {guest}"));
    ImageRow { title, name, size: allocated, note, share, guest, spoken }
}

fn vm(vm: &Vm, words: &Words) -> VmView {
    let id = match vm.state {
        Liveness::Stopped => "vm-stopped",
        Liveness::Running => "vm-running",
        Liveness::Unknown => "vm-unknown",
    };
    let mut details: Vec<String> = vm.holders.iter().map(|holder| notice::holder_line(holder, words)).collect();
    details.dedup();
    if vm.app_running && vm.state == Liveness::Stopped {
        details.push(words.text("vm-app"));
    }
    if vm.orphan {
        details.push(words.text("vm-orphan"));
    }
    let row = |evidence: &crate::vm::Evidence| EvidenceRow {
        source: words.text(match evidence.source {
            Source::OpenFiles => "evidence-open_files",
            Source::WriteLease => "evidence-write_lease",
            Source::Locks => "evidence-locks",
            Source::KnownProcesses => "evidence-known_processes",
        }),
        finding: words.text(match evidence.finding {
            Finding::Clear => "finding-clear",
            Finding::Held => "finding-held",
            Finding::CannotTell => "finding-cannot_tell",
        }),
        detail: evidence.detail.clone(),
    };
    VmView { state: vm.state, sentence: words.text(id), details, evidence: vm.evidence.iter().map(row).collect() }
}

fn recommended(prospect: &Prospect) -> Option<&Plan> {
    prospect.plans.iter().find(|plan| plan.level == prospect.recommended)
}

fn reclaim(prospect: &Prospect, words: &Words) -> ReclaimView {
    let Some(plan) = recommended(prospect) else {
        // Never, as every level has a plan; and if so, there is nothing to click.
        return ReclaimView {
            title: words.text("reclaim-nothing"),
            enabled: false,
            reason: words.text("reclaim-nothing-why"),
            hint: String::new(),
            level: prospect.recommended,
            sheet: true,
            fingerprint: String::new(),
            options: Vec::new(),
        };
    };
    let others = prospect.plans.iter().filter(|other| other.expected > Bytes::ZERO && other.level != plan.level);
    let options = others.map(|plan| option(plan, words));
    let sheet = !is_lossless(plan.level);
    let nothing = plan.expected == Bytes::ZERO;
    let size = words.size(plan.expected);
    let (title, reason, hint) = if let Some(refusal) = plan.refusals.first().filter(|_| !nothing) {
        let (reason, hint) = refusal_words(refusal, words);
        (words.say("reclaim-bytes", &[("size", &size)]), reason, hint)
    } else if nothing {
        (words.text("reclaim-nothing"), words.text("reclaim-nothing-why"), String::new())
    } else if sheet {
        (words.say("reclaim-bytes-more", &[("size", &size)]), words.text("reclaim-sheet"), String::new())
    } else {
        (words.say("reclaim-bytes", &[("size", &size)]), words.text("reclaim-lossless"), String::new())
    };
    ReclaimView {
        title,
        enabled: !nothing && plan.refusals.is_empty(),
        reason,
        hint,
        level: plan.level,
        sheet,
        fingerprint: plan.fingerprint.clone(),
        options: options.collect(),
    }
}

/// Short where the button says the rest: `Claude's VM is running: qemu (pid 812) holds rootfs.img.`
fn refusal_words(refusal: &Refusal, words: &Words) -> (String, String) {
    match refusal {
        Refusal::VmRunning { holders } if !holders.is_empty() => {
            let holder = holders.first().map_or_else(String::new, |holder| notice::holder_line(holder, words));
            (words.say("reclaim-held", &[("holder", &holder)]), words.text("reclaim-held-hint"))
        }
        other => {
            let Note { sentence, hint } = notice::refusal(other, words).into();
            (sentence, hint)
        }
    }
}

fn option(plan: &Plan, words: &Words) -> OptionRow {
    let level = plan.level.name();
    let refusal = plan.refusals.first().map(|refusal| refusal_words(refusal, words).0);
    OptionRow {
        level: plan.level,
        title: words.text(&format!("level-{level}")),
        size: words.size(plan.expected),
        enabled: refusal.is_none(),
        note: refusal.unwrap_or_else(|| words.text(&format!("lost-{level}"))),
    }
}

fn receipt_row(receipt: &Receipt, input: &PanelInput<'_>) -> ReceiptRow {
    let words = input.words;
    let (title, mut result) = match receipt.level {
        Some(level) => (
            words.text(&format!("level-{}", Level::name(level))),
            words.say("receipt-freed", &[("size", &words.size(receipt.freed_bytes))]),
        ),
        None => (words.text("receipt-undo"), String::new()),
    };
    if receipt.recovered {
        let tail = words.text("receipt-recovered");
        result = if result.is_empty() { tail } else { format!("{result}, {tail}") };
    }
    if let Some(start) = &receipt.start {
        let minutes = start.seconds.div_ceil(60);
        let written = words.size(start.written_bytes);
        let id = if start.rebuilt { "receipt-rebuilt" } else { "receipt-started" };
        let tail = words.say(id, &[("minutes", &minutes), ("size", &written)]);
        let lost = if start.session_kept { String::new() } else { format!(", {}", words.text("receipt-lost")) };
        result = format!("{result}, {tail}{lost}");
    }
    let more = receipt.sequel.iter().flat_map(|sequel| notice::sequel::parts(sequel, words));
    result = more.fold(result, |result, part| format!("{result}, {part}"));
    ReceiptRow { id: receipt.id.clone(), when: words.when(receipt.at, input.now, input.zone), title, result }
}

/// How a reclaim or undo went.
#[must_use]
pub fn outcome(report: &Report, words: &Words) -> Outcome {
    let receipt = report.receipt.as_ref();
    let undone = receipt.is_some_and(|receipt| receipt.level.is_none());
    let mut lines = Vec::new();
    let (tone, title) = match report.outcome {
        report::Outcome::Done if undone => (Tone::Good, words.text("done-restored")),
        report::Outcome::Done => {
            let freed = receipt.map_or(Bytes::ZERO, |receipt| receipt.freed_bytes);
            (Tone::Good, words.say("done-freed", &[("size", &words.size(freed))]))
        }
        report::Outcome::NothingToDo => (Tone::Plain, words.text("done-nothing")),
        report::Outcome::Refused => (Tone::Plain, words.text("done-refused")),
        report::Outcome::Failed => (Tone::Bad, words.text("done-failed")),
    };
    if let Some(receipt) = receipt.filter(|_| !undone) {
        let (before, after) = (receipt.volume_free_before_bytes, receipt.volume_free_after_bytes);
        lines.push(words.say("done-free", &[("before", &words.size(before)), ("after", &words.size(after))]));
        if receipt.is_held_back() {
            lines.push(words.text("done-snapshots"));
        }
        if receipt.set_aside.is_some() {
            lines.push(words.text("done-aside"));
        }
    }
    for refusal in &report.refusals {
        let (sentence, hint) = refusal_words(refusal, words);
        lines.extend([sentence, hint]);
    }
    lines.extend(report.failure.as_deref().map(|why| Note::from(notice::failure_in(why, words)).sentence));
    lines.extend(report.notes.iter().cloned());
    lines.retain(|line| !line.is_empty());
    let undo = receipt.filter(|_| !undone).and_then(|receipt| receipt.set_aside.clone());
    Outcome { tone, title, lines, undo }
}

/// Nothing was begun.
#[must_use]
pub fn refused(note: &Note, words: &Words) -> Outcome {
    let lines = [&note.sentence, &note.hint].into_iter().filter(|line| !line.is_empty()).cloned().collect();
    Outcome { tone: Tone::Plain, title: words.text("done-refused"), lines, undo: None }
}
