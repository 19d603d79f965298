//! The machine of a story: disk, bundle, VM and clock, looked at as the monitor looks.
//!
//! Not here: any story. Sizes are in GB; a tick is a minute; looks come as the core's cadence says.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use plimsoll_core::alert::delivery::{Permission, Way, way};
use plimsoll_core::alert::{
    self, Aftermath, Alert, Broken, BundleScene, Facts, Guest, Ledger, Limits, Matter, Partial, Scene, Snooze,
    VolumeScene,
};
use plimsoll_core::attribution::lately;
use plimsoll_core::bytes::Bytes;
use plimsoll_core::cadence::{self, Attention, Power, cadence};
use plimsoll_core::forecast::{self, forecast};
use plimsoll_core::gauge::{self, gauge};
use plimsoll_core::growth::{bundle_growth, volume_consumption};
use plimsoll_core::history::{self, History};
use plimsoll_core::notice::alerts::{Voice, alert as in_words};
use plimsoll_core::notice::attribution::burst;
use plimsoll_core::ports::sessions::{Listing, Session};
use plimsoll_core::reclaim::sequel::{Evidence, Failure, judge};
use plimsoll_core::sample::{GuestFree, Sample};
use plimsoll_core::vm::Liveness;
use plimsoll_core::words::{Language, Words};

/// Bytes to stay free.
const RESERVE: Bytes = Bytes::giga(5);
/// Logical size of either image.
const LOGICAL: f64 = 10.737_418_24;
/// The rebuild source.
const SOURCE: f64 = 1.3;

const BUNDLE: &str = "/Users/ada/Library/Application Support/Claude/vm_bundles/claudevm.bundle";

/// The machine at one minute.
pub(crate) struct World {
    /// Minutes since the story began, on a Monday at midnight.
    pub(crate) minute: i64,
    pub(crate) total: f64,
    /// What other files take.
    pub(crate) other: f64,
    pub(crate) system: f64,
    pub(crate) session: f64,
    /// Zero while there is no system image.
    pub(crate) inode: u64,
    pub(crate) release: i64,
    pub(crate) vm: Liveness,
    pub(crate) app: bool,
    pub(crate) asleep: bool,
    /// The clock on the wall is that far ahead.
    pub(crate) clock: SignedDuration,
    pub(crate) looks: Attention,
    pub(crate) partials: Vec<Partial>,
    pub(crate) reclaims: Vec<Aftermath>,
    pub(crate) guest: Option<Guest>,
    /// When Claude's log first said that it begins to start its VM.
    pub(crate) begun: Option<Timestamp>,
    /// When it last told of what prevents that.
    pub(crate) prevented: Option<Timestamp>,
    pub(crate) permission: Permission,
    pub(crate) limits: Limits,
    /// The sessions' folders; none where the story has none to do with them.
    pub(crate) sessions: Option<Listing>,
    plimsoll: Plimsoll,
    told: String,
}

/// What survives a restart of the app, and what does not.
struct Plimsoll {
    history: History,
    remembered: Option<Sample>,
    ledger: Ledger,
    unseen_since: Option<Timestamp>,
    app_since: Option<Timestamp>,
    failure: Option<Failure>,
    due: i64,
    thinned: i64,
}

impl World {
    /// A disk of 245 GB with so much free, and a bundle of 8 GB that has been there for a while.
    pub(crate) fn with_free(free: f64) -> Self {
        let mut world = Self {
            minute: 0,
            total: 245.0,
            other: 0.0,
            system: 6.0,
            session: 0.7,
            inode: 7,
            release: 1,
            vm: Liveness::Stopped,
            app: false,
            asleep: false,
            clock: SignedDuration::ZERO,
            looks: Attention::Away,
            partials: Vec::new(),
            reclaims: Vec::new(),
            guest: None,
            begun: None,
            prevented: None,
            permission: Permission::Granted,
            limits: Limits::default(),
            sessions: None,
            plimsoll: Plimsoll {
                history: History::new(),
                remembered: None,
                ledger: Ledger::default(),
                unseen_since: None,
                app_since: None,
                failure: None,
                due: 0,
                thinned: 0,
            },
            told: String::new(),
        };
        world.other = world.total - world.bundle() - free;
        world
    }

    fn bundle(&self) -> f64 {
        self.system + self.session + if self.release > 0 { SOURCE } else { 0.0 }
    }

    pub(crate) fn free(&self) -> f64 {
        (self.total - self.bundle() - self.other).max(0.0)
    }

    /// Grows the session image, as far as it and the disk have room.
    pub(crate) fn write(&mut self, gigabytes: f64) {
        self.session = (self.session + gigabytes.min(self.free())).min(LOGICAL);
    }

    /// Something is written in a session's folder: it keeps when it was made and when it was last written to.
    pub(crate) fn uses(&mut self, name: &str) {
        let (now, folder) = (self.now(), format!("local_{name}-0000"));
        let sessions = &mut self.sessions.get_or_insert_default().sessions;
        if let Some(session) = sessions.iter_mut().find(|session| session.folder == folder) {
            session.signs.truncate(1);
            session.signs.push(now);
        } else {
            sessions.push(Session { folder, signs: vec![now] });
        }
    }

    /// The time on the wall.
    pub(crate) fn now(&self) -> Timestamp {
        // A Monday at midnight.
        let start = Timestamp::from_second(1_759_708_800).expect("a valid time");
        start + SignedDuration::from_mins(self.minute) + self.clock
    }

    pub(crate) fn hour(&self) -> i64 {
        self.minute / 60
    }

    /// Whether this is the first minute of that hour of the story.
    pub(crate) fn reaches(&self, hour: f64) -> bool {
        self.minute == minutes(hour)
    }

    /// Whether this minute is within these hours of the story.
    pub(crate) fn within(&self, from: f64, to: f64) -> bool {
        (minutes(from)..minutes(to)).contains(&self.minute)
    }

    /// A line of the story itself.
    pub(crate) fn happens(&mut self, what: &str) {
        let when = self.stamp();
        let _ = writeln!(self.told, "{when}  · {what}");
    }

    /// The app ends and starts again: what is kept in the store stays, the rest is gone.
    pub(crate) fn restarts(&mut self) {
        self.happens("Plimsoll restarts");
        let kept = serde_json::to_string(&self.plimsoll.ledger).expect("a ledger");
        self.plimsoll.ledger = serde_json::from_str(&kept).expect("the same ledger");
        let plimsoll = &mut self.plimsoll;
        (plimsoll.remembered, plimsoll.unseen_since, plimsoll.app_since) = (None, None, None);
        plimsoll.due = self.minute;
    }

    /// Snoozes all that stands.
    pub(crate) fn snooze(&mut self, snooze: Snooze) {
        let now = self.now();
        let ids: Vec<String> = self.plimsoll.ledger.all().map(|(standing, _)| standing.id()).collect();
        for id in &ids {
            self.plimsoll.ledger.snooze(id, snooze, now, &TimeZone::UTC);
        }
        self.happens(&format!("snoozed: {snooze:?}"));
    }

    /// `Mon 14:05`, with the week where there is more than one.
    fn stamp(&self) -> String {
        let at = self.now().to_zoned_datetime(TimeZone::UTC);
        let week = self.minute / (7 * 24 * 60) + 1;
        format!("{week}. {}", at.strftime("%a %H:%M"))
    }

    fn sample(&self) -> Sample {
        Sample {
            at: self.now(),
            allocated: bytes(self.bundle()),
            system: bytes(self.system),
            session: bytes(self.session),
            system_inode: self.inode,
            source_modified: self.release,
            free: bytes(self.free()),
            total: bytes(self.total),
            vm: self.vm,
            guest_free: GuestFree::default(),
        }
    }

    /// One look, as `Monitor::sample` takes it.
    fn look(&mut self) {
        let (now, sample) = (self.now(), self.sample());
        if self.plimsoll.remembered.as_ref().is_none_or(|last| history::is_news(last, &sample)) {
            self.plimsoll.history.push(sample.clone());
            self.plimsoll.remembered = Some(sample.clone());
        }
        if (self.minute - self.plimsoll.thinned) >= 24 * 60 {
            self.plimsoll.history.thin(now);
            self.plimsoll.thinned = self.minute;
        }
        let mut samples = self.plimsoll.history.until(now).to_vec();
        if samples.last().is_some_and(|last| last.at < now) {
            samples.push(sample);
        }
        let (growth, volume) = (bundle_growth(&samples), volume_consumption(&samples));
        let free = bytes(self.free());
        let headroom = Some(bytes(2.0 * LOGICAL - self.system - self.session));
        let input = forecast::Input { now, growth: volume.clone(), bundle: growth, free, reserve: RESERVE, headroom };
        let forecast = forecast(&input);
        let total = bytes(self.total);
        let allocated = bytes(self.bundle());
        let level = gauge(&gauge::Input {
            now,
            allocated,
            limit: None,
            free,
            total,
            reserve: RESERVE,
            forecast: forecast.clone(),
        });
        let app = &mut self.plimsoll.app_since;
        *app = (self.app || self.vm == Liveness::Running).then(|| app.unwrap_or(now));
        self.plimsoll.failure = self.failure(now, &samples);
        let broken = self.plimsoll.failure.map(|failure| Broken { failure, given_up: false, copy: None });
        let unseen = &mut self.plimsoll.unseen_since;
        *unseen = if self.looks == Attention::PanelOpen { None } else { Some(unseen.unwrap_or(now)) };
        let bundle = BundleScene {
            key: BUNDLE.to_owned(),
            samples: &samples,
            unseen_since: *unseen,
            orphan: self.vm == Liveness::Running && !self.app,
            guest: self.guest,
            partials: self.partials.clone(),
            reclaims: self.reclaims.clone(),
            broken,
        };
        let mount_point = "/".to_owned();
        let volumes = vec![VolumeScene { mount_point, free, total, forecast, bundles: vec![bundle] }];
        let (ledger, alerts) = alert::judge(&Scene { now, volumes }, &self.limits, &self.plimsoll.ledger);
        self.plimsoll.ledger = ledger;
        for alert in &alerts {
            self.tell(alert, &samples);
        }
        let next = cadence(&cadence::Input {
            vm: self.vm,
            level: level.level,
            growth: volume,
            attention: self.looks,
            power: Power::Mains,
            fixed: None,
            awaited: false,
        });
        // A panel that is open looks every five seconds; a minute is this world's finest.
        self.plimsoll.due =
            self.minute + i64::try_from(next.delay.max(Duration::from_mins(1)).as_secs() / 60).unwrap_or(1);
    }

    /// What came of the last reclaim, as the monitor judges it.
    fn failure(&self, now: Timestamp, samples: &[Sample]) -> Option<Failure> {
        let last = self.reclaims.first()?;
        let since = samples.partition_point(|sample| sample.at <= last.at);
        judge(&Evidence {
            now,
            at: last.at,
            rebuilds: last.rebuilds,
            samples: &samples[since..],
            app_since: self.plimsoll.app_since,
            begun: self.begun,
            prevented: self.prevented,
            partials: &self.partials,
            before: self.plimsoll.failure,
        })
    }

    fn tell(&mut self, told: &Alert, samples: &[Sample]) {
        let (now, words) = (self.now(), Words::of(Language::English));
        let voice = Voice { now, zone: &TimeZone::UTC, words };
        let subject = if told.subject == BUNDLE { "Claude" } else { "the main disk" };
        let said = in_words(&told.facts, told.severity, told.since, subject, voice);
        let there = match (&told.facts, &self.sessions) {
            (Facts::Burst { grew, since }, Some(listing)) => Some(lately(samples, *grew, *since, now, listing)),
            _ => None,
        };
        let said = burst(said, &told.facts, subject, there.as_ref(), voice);
        let way = match way(self.looks, true, &self.permission) {
            Way::Notification => String::new(),
            other => format!(" [{other:?}]"),
        };
        let (when, severity) = (self.stamp(), told.severity.name());
        // Why space did not come back is in what to do about it.
        let hint = if told.facts.matter() == Matter::NotBack { format!(" {}", said.hint) } else { String::new() };
        let _ = writeln!(self.told, "{when}  {severity}: {}. {}{hint}{way}", said.title, said.sentence);
    }
}

/// Lives through the days of a story and gives what was told.
pub(crate) fn play(mut world: World, days: i64, mut tick: impl FnMut(&mut World)) -> String {
    for minute in 0..days * 24 * 60 {
        world.minute = minute;
        tick(&mut world);
        if !world.asleep && minute >= world.plimsoll.due {
            world.look();
        }
    }
    println!("{}", world.told);
    world.told
}

#[expect(clippy::cast_possible_truncation, reason = "minutes of a story")]
fn minutes(hours: f64) -> i64 {
    (hours * 60.0).round() as i64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of a simulated disk")]
fn bytes(gigabytes: f64) -> Bytes {
    Bytes((gigabytes.max(0.0) * 1e9) as u64)
}
