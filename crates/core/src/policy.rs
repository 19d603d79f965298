//! What Plimsoll does by itself: an armed reclaim, and the limits that a user has switched on → act, wait, ask, or nothing,
//! with the reason.
//!
//! Pure: the same situation leads to the same act. Not here: doing it (`monitor`), the guard, which is asked again by
//! whoever does it, and any wording.

pub mod hours;
pub mod quiet;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;
use crate::reclaim::Level;
use crate::reclaim::plan::{Action, Plan};
use crate::reclaim::report::Why;
use crate::vm::Liveness;
pub use hours::Hours;
pub use quiet::Quiet;

/// How much may be done without anybody there. There is no reset: it is never done unattended by a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Most {
    /// Nothing.
    Nothing,
    /// What loses nothing.
    Compact,
    /// Also what Claude makes again.
    Rebuild,
}

impl Most {
    /// Whether a level is within it.
    #[must_use]
    pub const fn allows(self, level: Level) -> bool {
        match self {
            Self::Nothing => false,
            Self::Compact => matches!(level, Level::Leftovers | Level::Compact),
            Self::Rebuild => matches!(level, Level::Leftovers | Level::Compact | Level::Rebuild),
        }
    }
}

/// What the user has switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Automatic {
    /// How much may be done.
    pub most: Most,
    /// For how long nobody must have held the images.
    pub idle: Duration,
    /// What Claude may have to write again, within a week, because of it.
    pub week_budget: Bytes,
    /// When nothing is done.
    pub quiet: Option<Hours>,
    /// Whether it is done on battery as well.
    pub on_battery: bool,
}

impl Automatic {
    /// Every choice with its name in the settings.
    pub const LEVELS: [(Most, &'static str); 3] =
        [(Most::Nothing, "none"), (Most::Compact, "compact"), (Most::Rebuild, "rebuild")];
}

impl Default for Automatic {
    fn default() -> Self {
        Self {
            most: Most::Nothing,
            // Long enough for a lunch without Claude's VM, short enough to happen on a working day.
            idle: Duration::from_mins(10),
            // Two rebuilds of 10.7 GB: a third in a week is a sign that the limit is too low.
            week_budget: Bytes::giga(22),
            quiet: None,
            on_battery: false,
        }
    }
}

/// How long nobody must have held the images before an armed reclaim runs, unless said otherwise.
pub const DEFAULT_IDLE: Duration = Duration::from_mins(2);

/// What can be chosen for that: a restart of the app takes less than the first, a coffee less than the last.
pub const IDLE_CHOICES: [Duration; 4] =
    [Duration::from_mins(1), DEFAULT_IDLE, Duration::from_mins(5), Duration::from_mins(15)];

/// Shorter, and a restart of the app would look like an end; longer than a day never comes.
pub const IDLE_RANGE: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_hours(24);

/// Whoever armed a reclaim two weeks ago does not think of it any more.
const ARMED_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An act of a limit is made at most once in this time.
const ONCE_IN: SignedDuration = SignedDuration::from_hours(24);

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Less than this is not worth an act that nobody asked for.
const WORTH_IT: Bytes = Bytes::mega(100);

/// A clock may be a little behind the one that wrote a time.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_hours(1);

/// What is lost at a level. Sizes may grow until it is carried out, the loss may not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// What happens to which file, where that file is not dead anyway.
    pub taken: BTreeSet<(Action, String)>,
    /// What Claude writes again.
    pub written: Bytes,
    /// What it downloads for that.
    pub download: Bytes,
}

impl Loss {
    /// What a plan takes away.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let lossless = matches!(plan.level, Level::Leftovers | Level::Compact);
        let taken = plan.steps.iter().filter(|_| !lossless);
        Self {
            taken: taken.map(|step| (step.target.action(), step.target.name().to_owned())).collect(),
            written: plan.later.written_bytes,
            download: plan.later.download_bytes,
        }
    }

    /// Stands for this loss, so that whoever has read it can agree to it and to nothing else.
    #[must_use]
    pub fn agreement(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&text).to_hex().chars().take(16).collect()
    }

    /// Whether nothing is lost beyond what was said.
    #[must_use]
    pub fn is_within(&self, said: &Self) -> bool {
        self.taken.is_subset(&said.taken) && self.written <= said.written && self.download <= said.download
    }
}

/// A reclaim that waits for the VM to stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Armed {
    /// The bundle, by its whole path.
    pub bundle: String,
    /// How much.
    pub level: Level,
    /// What was said to be lost.
    pub said: Loss,
    /// For how long nobody must have held the images.
    pub idle: Duration,
    /// When it was armed.
    pub at: Timestamp,
}

/// What could be done at a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The level.
    pub level: Level,
    /// Bytes expected back.
    pub expected: Bytes,
    /// What it takes away.
    pub loss: Loss,
    /// Something speaks against it at the moment.
    pub refused: bool,
}

/// An act of a limit in the past, by its receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// What was to be written again because of it.
    pub written: Bytes,
}

/// Everything a decision about one bundle depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Situation<'a> {
    /// The present.
    pub now: Timestamp,
    /// The time on the wall.
    pub time: Time,
    /// Whether the VM runs.
    pub vm: Liveness,
    /// For how long nobody has held the images and the app has not started; none while somebody does.
    pub quiet_for: Option<Duration>,
    /// The machine runs on battery; none where that is not known, which counts as the mains.
    pub on_battery: Option<bool>,
    /// What the bundle takes.
    pub allocated: Bytes,
    /// What it may take.
    pub limit: Option<Bytes>,
    /// Free bytes of the volume; none when not known.
    pub free: Option<Bytes>,
    /// What is to stay free.
    pub reserve: Bytes,
    /// What could be done, least destructive first.
    pub options: &'a [Choice],
    /// What waits for this bundle.
    pub armed: Option<&'a Armed>,
    /// What the user has switched on.
    pub automatic: &'a Automatic,
    /// What limits have led to, of all bundles.
    pub done: &'a [Done],
    /// When the user was last asked.
    pub asked: Option<Timestamp>,
}

/// What is to be done about a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing.
    Nothing(Reason),
    /// Look again soon.
    Wait(Reason),
    /// Reclaim at this level.
    Reclaim(Level, Why),
    /// Ask whether this level may be used: what may be done by itself is not enough.
    Ask(Level, Why),
    /// Take the arming back.
    Disarm(Reason),
}

/// Why nothing is done, or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing is armed or switched on.
    Off,
    /// No limit is passed.
    Roomy,
    /// It was armed too long ago.
    Expired,
    /// More would be lost than was said.
    MoreLoss,
    /// There is nothing to give back.
    NothingToDo,
    /// Somebody stopped it.
    Stopped,
    /// The VM runs.
    VmRunning,
    /// It cannot be told whether the VM runs.
    VmUnknown,
    /// Nobody has held the images, but not for long enough.
    NotIdle,
    /// On battery.
    Battery,
    /// Something else speaks against it.
    Refused,
    /// Once a day is enough.
    OncePerDay,
    /// The week's writing is used up.
    Budget,
    /// It is a time when nothing is done.
    QuietHours,
}

/// Decides about one bundle. What the user armed comes first and, while it waits, alone.
#[must_use]
pub fn decide(situation: &Situation<'_>) -> Act {
    match situation.armed {
        Some(armed) => of_armed(situation, armed),
        None => of_limits(situation),
    }
}

/// First match wins.
///
/// | given | act |
/// |---|---|
/// | armed two weeks ago, or in the future | disarm: expired |
/// | more would be lost than was said | disarm: more loss |
/// | VM runs, or may run | wait |
/// | nothing to give back | disarm: nothing to do |
/// | not quiet for as long as wished since it was armed | wait |
/// | on battery | wait |
/// | refused for another reason | wait |
/// | otherwise | reclaim at the armed level |
fn of_armed(situation: &Situation<'_>, armed: &Armed) -> Act {
    let age = situation.now.duration_since(armed.at);
    if age >= ARMED_FOR || age < -CLOCK_SLACK {
        return Act::Disarm(Reason::Expired);
    }
    let option = situation.options.iter().find(|option| option.level == armed.level);
    if option.is_some_and(|option| !option.loss.is_within(&armed.said)) {
        return Act::Disarm(Reason::MoreLoss);
    }
    if let Some(reason) = alive(situation) {
        return Act::Wait(reason);
    }
    let Some(option) = option.filter(|option| option.expected > Bytes::ZERO) else {
        return Act::Disarm(Reason::NothingToDo);
    };
    // Before it was armed anything may have been held between two looks.
    let armed_for = Duration::try_from(age).unwrap_or_default();
    if situation.quiet_for.is_none_or(|quiet| quiet.min(armed_for) < armed.idle) {
        Act::Wait(Reason::NotIdle)
    } else if situation.on_battery == Some(true) {
        Act::Wait(Reason::Battery)
    } else if option.refused {
        Act::Wait(Reason::Refused)
    } else {
        Act::Reclaim(armed.level, Why::Armed)
    }
}

/// First match wins.
///
/// | given | act |
/// |---|---|
/// | nothing switched on | nothing: off |
/// | below the limit and above the reserve | nothing: roomy |
/// | quiet hours | nothing |
/// | VM runs, or may run; not quiet for long enough; on battery, unless that is fine | wait |
/// | a limit led to an act within a day | ask for more, once a day |
/// | a level that may be used is enough, or the best there is, and within the week's writing | reclaim |
/// | otherwise | ask for more, once a day |
fn of_limits(situation: &Situation<'_>) -> Act {
    let automatic = situation.automatic;
    if automatic.most == Most::Nothing {
        return Act::Nothing(Reason::Off);
    }
    let Some((missing, why)) = missing(situation) else { return Act::Nothing(Reason::Roomy) };
    if automatic.quiet.is_some_and(|quiet| quiet.contains(situation.time)) {
        return Act::Nothing(Reason::QuietHours);
    }
    if let Some(reason) = alive(situation) {
        return Act::Wait(reason);
    }
    if situation.quiet_for.is_none_or(|quiet| quiet < automatic.idle) {
        return Act::Wait(Reason::NotIdle);
    }
    if situation.on_battery == Some(true) && !automatic.on_battery {
        return Act::Wait(Reason::Battery);
    }
    let recent = |span: SignedDuration| {
        situation.done.iter().filter(move |done| situation.now.duration_since(done.at).abs() < span)
    };
    if recent(ONCE_IN).next().is_some() {
        return ask(situation, missing, why, Reason::OncePerDay);
    }
    let spent: Bytes = recent(WEEK).map(|done| done.written).sum();
    let open = |option: &&Choice| automatic.most.allows(option.level) && !option.refused && option.expected >= WORTH_IT;
    let affordable = |option: &&Choice| spent.plus(option.loss.written) <= automatic.week_budget;
    let usable = || situation.options.iter().filter(open);
    let within = || usable().filter(affordable);
    let enough = within().find(|option| option.expected >= missing);
    // What loses nothing is worth it for its own sake; a rebuild that is not enough would be for nothing.
    let best = within().filter(|option| option.loss == Loss::default()).max_by_key(|option| option.expected);
    match enough.or(best) {
        Some(option) => Act::Reclaim(option.level, why),
        None if usable().next().is_some() => ask(situation, missing, why, Reason::Budget),
        None => ask(situation, missing, why, Reason::NothingToDo),
    }
}

/// Asks for the least destructive level that is enough and that may not be used by itself; a reset is never proposed.
fn ask(situation: &Situation<'_>, missing: Bytes, why: Why, reason: Reason) -> Act {
    let asked_lately = situation.asked.is_some_and(|at| situation.now.duration_since(at).abs() < ONCE_IN);
    let helps =
        |option: &&Choice| option.level != Level::Reset && !option.refused && option.expected >= missing.max(WORTH_IT);
    match situation.options.iter().find(helps) {
        Some(option) if !asked_lately => Act::Ask(option.level, why),
        _ => Act::Nothing(reason),
    }
}

/// Why the VM keeps anything from being done, if it does.
const fn alive(situation: &Situation<'_>) -> Option<Reason> {
    match situation.vm {
        Liveness::Stopped => None,
        Liveness::Running => Some(Reason::VmRunning),
        Liveness::Unknown => Some(Reason::VmUnknown),
    }
}

/// How much is to come back, and which limit says so.
fn missing(situation: &Situation<'_>) -> Option<(Bytes, Why)> {
    let short = situation.free.map_or(Bytes::ZERO, |free| situation.reserve.less(free));
    let over = situation.limit.map_or(Bytes::ZERO, |limit| situation.allocated.less(limit));
    if short > Bytes::ZERO {
        Some((short.max(over), Why::BelowReserve))
    } else {
        (over > Bytes::ZERO).then_some((over, Why::OverLimit))
    }
}
