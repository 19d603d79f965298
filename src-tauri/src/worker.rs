//! The one thread that owns the `Monitor`: it looks, plans and reclaims, one request at a time, and puts what it finds
//! on the board.
//!
//! It wakes when its cadence says so or when it is asked. A panic ends neither the thread nor the app: it is logged,
//! shown, and a new monitor is made, which finishes or undoes whatever was under way. Not here: any rule, any drawing,
//! and what the user chooses (`choices`).

mod alarms;
mod answers;
mod choices;
mod updates;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use plimsoll_core::alert::delivery::Permission;
use plimsoll_core::bundle::{self, Gap};
use plimsoll_core::cadence::Attention;
use plimsoll_core::measure::Depth;
use plimsoll_core::monitor::{Monitor, Prospect, Teller};
use plimsoll_core::notice;
use plimsoll_core::panel::Note;
use plimsoll_core::panel::chart::Range;
use plimsoll_core::panel::form::Form;
use plimsoll_core::panel::view::{self, PanelInput};
use plimsoll_core::ports::Asker;
use plimsoll_core::reclaim::plan::SourceCheck;
use plimsoll_core::reclaim::refusal::Refusal;
use plimsoll_core::reclaim::report::{Outcome, Report};
use plimsoll_core::reclaim::{Level, Yard, set_aside};
use plimsoll_core::sample::Sample;
use plimsoll_core::settings;
use plimsoll_core::snapshot::{AlertView, ArmedView};
use plimsoll_core::store::Store;
use plimsoll_core::updates::{KEPT, Updates};
use plimsoll_core::wake::Appointment;

use crate::awake::Awake;
use crate::board::Board;
use crate::desk::{Desk, Reply, Request, Stops, Wishes};
use crate::outside::Outside;
use crate::progress::Told;

/// Waits this long after a panic: a cause that stays must not keep the processor busy.
const RECOVERY_PAUSE: Duration = Duration::from_secs(5);

/// Starts the worker.
pub(crate) fn start(outside: Outside, board: Arc<Board>) -> std::io::Result<Desk> {
    let (requests, inbox) = channel();
    let wishes = Arc::<Wishes>::default();
    let desk = Desk::new(requests, Arc::clone(&wishes));
    std::thread::Builder::new().name("worker".to_owned()).spawn(move || {
        let mut standing = Standing {
            attention: Attention::Away,
            paused: false,
            panics: 0,
            unsaid: false,
            permission: Permission::Granted,
        };
        loop {
            let told = Told::new(Arc::clone(&board), Arc::clone(&wishes));
            if catch_unwind(AssertUnwindSafe(|| run(&outside, &board, &told, &inbox, &mut standing))).is_ok() {
                return;
            }
            standing.panics += 1;
            board.change(|shown| shown.view.activity = None);
            outside.clock.pause(RECOVERY_PAUSE);
        }
    })?;
    Ok(desk)
}

/// What a worker that starts anew takes over.
struct Standing {
    attention: Attention,
    paused: bool,
    panics: u32,
    /// Something was to be said, and nobody was told or has looked since.
    unsaid: bool,
    /// How the last notification went.
    permission: Permission,
}

fn run(outside: &Outside, board: &Board, told: &Told, inbox: &Receiver<Request>, standing: &mut Standing) {
    let asker = Asker { disk: outside.disk, processes: outside.processes };
    let yard = Yard { asker, clock: outside.clock, progress: told, state: &outside.state };
    let mut worker = Worker::begin(outside, yard, board, told, standing);
    if worker.standing.panics > 0 {
        worker.said.push(worker.note("app-worker-failed", "app-worker-failed-hint"));
    }
    let now = || outside.clock.now();
    let (mut due, mut since) = (Appointment::after(now(), Duration::ZERO), Instant::now());
    loop {
        let sleep = due.sleep(now(), since.elapsed());
        let request = match inbox.recv_timeout(sleep.unwrap_or_default()) {
            Ok(request) => request,
            // It naps a minute at most: what the command line has armed since is looked at then.
            Err(RecvTimeoutError::Timeout) if sleep.is_some() && !worker.monitor.armed_elsewhere() => continue,
            Err(RecvTimeoutError::Timeout) => Request::Look,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if request.withdraws() {
            told.heeded();
        }
        match worker.handle(request) {
            Next::AsPlanned => {}
            Next::In(delay) => (due, since) = (Appointment::after(now(), delay), Instant::now()),
            Next::End(done) => {
                let _ = done.send(());
                return;
            }
        }
    }
}

/// When to look next.
enum Next {
    AsPlanned,
    In(Duration),
    End(Sender<()>),
}

struct Worker<'a> {
    outside: &'a Outside,
    yard: Yard<'a>,
    board: &'a Board,
    told: &'a Told,
    monitor: Monitor<'a>,
    seen: Vec<(Prospect, Vec<Sample>)>,
    alerts: Vec<AlertView>,
    armed: Vec<ArmedView>,
    standing: &'a mut Standing,
    /// Somebody is about to act, though not on the panel.
    closely: bool,
    /// What went wrong beside what cannot be read; kept until the end or until it is mended.
    said: Vec<Note>,
    bad_settings: Option<Note>,
    /// The plan that was carried out last.
    carried_out: Option<String>,
    updates: Updates,
}

/// Nobody waits for a look while watching is paused.
const PAUSED: Duration = Duration::from_hours(24);

impl<'a> Worker<'a> {
    fn begin(
        outside: &'a Outside,
        yard: Yard<'a>,
        board: &'a Board,
        told: &'a Told,
        standing: &'a mut Standing,
    ) -> Self {
        let mut said = Vec::new();
        let plain = |sentence: String| Note { sentence, hint: String::new() };
        if let Err(error) = outside.disk.make_private_folder(&outside.state) {
            said.push(plain(format!("Nothing can be kept: failed to {error}.")));
        }
        let opened = Store::open(&outside.state, outside.clock.now());
        if let Some(path) = &opened.set_aside {
            let kept = path.display();
            said.push(plain(format!("The history could not be read; it is kept as {kept} and a new one is begun.")));
        }
        if let Some(reason) = &opened.memory_only {
            said.push(plain(format!("History is not kept this time: failed to {reason}.")));
        }
        for note in &said {
            log::warn!("{}", note.sentence);
        }
        let kept = opened.store.kept(KEPT).ok().flatten();
        let updates = Updates::open(outside.channel, env!("CARGO_PKG_VERSION"), kept.as_deref());
        let mut monitor = Monitor::new(yard, Vec::new(), settings::Settings::default(), opened.store)
            .on(outside.machine)
            .beside(outside.sessions)
            .hearing(outside.logs);
        monitor.attend(standing.attention);
        monitor.tell(Teller::App, jiff::tz::TimeZone::system());
        Self {
            outside,
            yard,
            board,
            told,
            monitor,
            seen: Vec::new(),
            alerts: Vec::new(),
            armed: Vec::new(),
            standing,
            closely: false,
            said,
            bad_settings: None,
            carried_out: None,
            updates,
        }
    }

    fn handle(&mut self, request: Request) -> Next {
        match request {
            Request::Look => return self.look(),
            #[cfg(target_os = "linux")]
            Request::LookClosely => {
                self.closely = true;
                let next = self.look();
                self.closely = false;
                return next;
            }
            Request::Attend(attention) => {
                self.standing.attention = attention;
                self.monitor.attend(attention);
                if attention == Attention::PanelOpen {
                    self.seen();
                }
                return self.look();
            }
            Request::Pause => {
                self.standing.paused = !self.standing.paused;
                log::info!("watching {}", if self.standing.paused { "paused" } else { "resumed" });
                return self.look();
            }
            Request::Chart(bundle, range, reply) => answer(&reply, self.chart(&bundle, range)),
            Request::Sheet(bundle, level, reply) => answer(&reply, self.sheet(&bundle, level)),
            Request::Reclaim(bundle, level, plan, asked) => return self.reclaim(&bundle, level, &plan, asked),
            Request::Arm(bundle, level, agreement) => return self.arm(&bundle, level, &agreement),
            Request::Disarm(bundle) => return self.disarm(&bundle),
            Request::Snooze(alert, snooze) => return self.snooze(&alert, snooze),
            Request::Sent(permission) => self.sent(permission),
            Request::Undo(copy, asked) => return self.undo(&copy, asked),
            Request::Update(step) => return self.update(step),
            Request::Dismiss => self.board.change(|shown| shown.view.outcome = None),
            Request::Form(login, reply) => {
                let form = Form::of(self.monitor.settings(), &self.known(), login, self.words());
                answer(&reply, Ok(self.form_view(form, Vec::new())));
            }
            Request::Save(form, wrong, reply) => {
                let (view, taken) = self.save(*form, wrong);
                answer(&reply, view);
                if taken {
                    return self.look();
                }
            }
            Request::AddRoot(chosen, reply) => {
                let added = self.add_root(&chosen);
                let look = added.is_ok();
                answer(&reply, added);
                if look {
                    return self.look();
                }
            }
            Request::End(done) => {
                if let Err(error) = self.monitor.flush() {
                    log::warn!("the last samples are not kept: failed to {error}");
                }
                return Next::End(done);
            }
        }
        Next::AsPlanned
    }

    /// Measures everything and puts it on the board.
    fn look(&mut self) -> Next {
        // What is done by itself was asked for long ago: only a wish from now on stops it.
        self.told.ready();
        self.monitor.travel(jiff::tz::TimeZone::system());
        self.read_settings();
        self.recover();
        self.ask_when_due();
        let usual = || bundle::default_roots(self.outside.disk, &self.outside.applications);
        let mut roots = self.outside.roots.clone().unwrap_or_else(usual);
        roots.extend(self.monitor.settings().roots.iter().cloned());
        self.monitor.look_in(roots);
        let looked_at = self.closely || self.standing.attention == Attention::PanelOpen;
        if self.standing.paused && !looked_at {
            self.show(&[]);
            return Next::In(PAUSED);
        }
        // Files are opened for somebody who looks, never by watching alone.
        let depth = if looked_at { Depth::Thorough } else { Depth::Glance };
        let (mut snapshot, mut cadence, mut prospects) = self.monitor.survey(depth);
        self.say();
        if !self.standing.paused && self.act(&prospects) {
            (snapshot, cadence, prospects) = self.monitor.survey(depth);
        }
        let since = Range::Day.since(self.yard.clock.now());
        let with_samples = |prospect: Prospect| {
            let samples = self.monitor.store().samples(&prospect.measured.key(), since).unwrap_or_default();
            (prospect, samples)
        };
        self.seen = prospects.into_iter().map(with_samples).collect();
        (self.alerts, self.armed) = (snapshot.alerts, snapshot.armed);
        self.show(&snapshot.gaps);
        Next::In(if self.standing.paused { PAUSED } else { cadence.delay })
    }

    fn show(&self, gaps: &[Gap]) {
        let words = self.words();
        let (mut receipts, copies) = (self.monitor.receipts(), set_aside::list(self.yard));
        if self.standing.attention == Attention::PanelOpen {
            // What nobody looks at is not worth reading a history for.
            self.monitor.fill_starts(&mut receipts);
        }
        let mut view = view::view(&PanelInput {
            prospects: &self.seen,
            gaps,
            receipts: &receipts,
            copies: &copies,
            alerts: &self.alerts,
            armed: &self.armed,
            settings: self.monitor.settings(),
            now: self.yard.clock.now(),
            zone: &jiff::tz::TimeZone::system(),
            words,
        });
        view.notices.splice(0..0, self.said.iter().chain(&self.bad_settings).cloned());
        view.notices.extend(self.silence());
        view.unsaid = self.standing.unsaid;
        view.update = self.update_view();
        view.paused = self.standing.paused.then(|| words.text("stand-paused"));
        let (settings, known) = (self.monitor.settings().clone(), self.known());
        self.board.change(|shown| {
            view.outcome = shown.view.outcome.take();
            *shown = crate::board::Shown { view, settings, known, language: words.language };
        });
    }

    fn reclaim(&mut self, id: &str, level: Level, fingerprint: &str, asked: Stops) -> Next {
        // A second click on the same button; how the first went is on the board.
        if self.carried_out.as_deref() == Some(fingerprint) {
            return Next::AsPlanned;
        }
        let bundle = match self.bundle(id) {
            Ok(prospect) => prospect.measured.bundle.clone(),
            Err(note) => return self.refuse(&note),
        };
        log::info!("reclaim {} begins", level.name());
        if !self.told.begin(self.words().text("busy-start"), asked) {
            return self.refuse(&notice::refusal(&Refusal::Cancelled, self.words()).into());
        }
        let _awake = Awake::begin();
        let report = self.monitor.reclaim(&bundle, level, fingerprint, SourceCheck::Frames);
        // What was refused or stopped may be tried again.
        self.carried_out = (report.outcome == Outcome::Done).then(|| fingerprint.to_owned());
        self.finish(&report)
    }

    fn undo(&mut self, id: &str, asked: Stops) -> Next {
        let copies = set_aside::list(self.yard);
        let Some(copy) = copies.iter().find(|copy| copy.id == id) else {
            return self.refuse(&self.note("app-no-copy", "app-no-copy-hint"));
        };
        let named = |prospect: &&Prospect| prospect.measured.bundle.path == copy.bundle;
        let bundle = self.seen.iter().map(|(prospect, _)| prospect).find(named);
        let Some(bundle) = bundle.map(|prospect| prospect.measured.bundle.clone()) else {
            return self.refuse(&self.note("app-no-bundle", "app-no-bundle-hint"));
        };
        log::info!("undo begins");
        if !self.told.begin(self.words().text("busy-undo"), asked) {
            return self.refuse(&notice::refusal(&Refusal::Cancelled, self.words()).into());
        }
        let _awake = Awake::begin();
        let report = self.monitor.undo(&bundle, copy);
        self.finish(&report)
    }

    fn refuse(&mut self, note: &Note) -> Next {
        let outcome = view::refused(note, self.words());
        self.say_outcome(&outcome);
        self.board.change(|shown| shown.view.outcome = Some(outcome));
        self.look()
    }

    fn finish(&mut self, report: &Report) -> Next {
        let outcome = view::outcome(report, self.words());
        log::info!("ended: {} {}", outcome.title, outcome.lines.join(" "));
        // First what there is now, so that nobody clicks on the plan that was just carried out.
        let next = self.look();
        self.say_outcome(&outcome);
        self.board.change(|shown| shown.view.outcome = Some(outcome));
        next
    }
}

fn answer<T>(reply: &Reply<T>, answer: Result<T, Note>) {
    let _ = reply.try_send(answer);
}

#[cfg(test)]
mod tests;
