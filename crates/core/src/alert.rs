//! When to speak up: what is so, and what was said before → what to say now, and what stands.
//!
//! `rules` reads each matter, `cause` says where space went, `book` remembers what was said. All of it is pure, so that
//! weeks can be replayed in a second. Not here: the words (`notice::alerts`), how they reach somebody, and any clock.

pub mod book;
pub mod cause;
pub mod delivery;
mod rules;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::bytes::Bytes;
use crate::forecast::Forecast;
use crate::reclaim::sequel::Failure;
use crate::sample::Sample;
pub use book::{Ledger, Snooze, Standing};
pub use cause::Cause;

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// Free space of a volume is short.
    LowDisk,
    /// A volume will be full within days.
    Filling,
    /// The guest's own disk is nearly full: sessions fail at that point.
    GuestFull,
    /// After a reclaim the app does not get its VM up again.
    CannotRebuild,
    /// The system image is made again and again.
    RebuildLoop,
    /// A reclaim gave space back, and the volume does not have it.
    NotBack,
    /// A bundle grew fast while nobody looked.
    Burst,
    /// A VM runs without the app.
    Orphan,
    /// A download or decompression has stopped half-way.
    PartialStuck,
}

impl Matter {
    /// All matters, in the order in which they are told.
    pub const ALL: [Self; 9] = [
        Self::LowDisk,
        Self::Filling,
        Self::GuestFull,
        Self::CannotRebuild,
        Self::RebuildLoop,
        Self::NotBack,
        Self::Burst,
        Self::Orphan,
        Self::PartialStuck,
    ];

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LowDisk => "low_disk",
            Self::Filling => "filling",
            Self::GuestFull => "guest_full",
            Self::RebuildLoop => "rebuild_loop",
            Self::NotBack => "not_back",
            Self::Burst => "burst",
            Self::Orphan => "orphan",
            Self::PartialStuck => "partial_stuck",
            Self::CannotRebuild => "cannot_rebuild",
        }
    }
}

/// How pressing an alert is, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Notice,
    /// Something will fail soon, or is failing quietly.
    Warning,
    /// Something fails now.
    Critical,
}

impl Severity {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// From where on an alert is due, as the user has set it. Zero switches a level off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Free bytes below which a notice is due.
    pub notice: Bytes,
    /// Or this share of the volume, in hundredths, as far as [`MOST_OF_SHARE`].
    pub notice_percent: u8,
    /// Free bytes below which a warning is due.
    pub warning: Bytes,
    /// Free bytes below which it is critical.
    pub critical: Bytes,
    /// Growth of a bundle within an hour, while nobody looks.
    pub burst: Bytes,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A rebuild writes 10.7 GB: with 15 GB free it just fits above the level that is critical.
            notice: Bytes::giga(15),
            notice_percent: 10,
            // What was seen not to suffice for a first start.
            warning: Bytes::giga(10),
            // Claude's workspace refuses to start below about 5 GB.
            critical: Bytes::giga(5),
            // Twice the fastest that sessions of 381 MB would make it in an ordinary hour.
            burst: Bytes::giga(1),
        }
    }
}

/// A tenth of a volume of 2 TB is plenty: the share counts up to here, which is also where the gauge stops.
pub const MOST_OF_SHARE: Bytes = Bytes::giga(20);

/// What is so at one instant.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    /// The present.
    pub now: Timestamp,
    /// Every volume under a bundle, each once.
    pub volumes: Vec<VolumeScene<'a>>,
}

/// A volume and the bundles on it.
#[derive(Clone, Debug)]
pub struct VolumeScene<'a> {
    /// Where it is mounted: its name in the ledger.
    pub mount_point: String,
    /// What can still be written.
    pub free: Bytes,
    /// Its size; zero when it could not be measured, which is no reason for an alarm.
    pub total: Bytes,
    /// When it is full.
    pub forecast: Forecast,
    /// The bundles on it.
    pub bundles: Vec<BundleScene<'a>>,
}

/// One bundle.
#[derive(Clone, Debug)]
pub struct BundleScene<'a> {
    /// Its folder: its name in the ledger.
    pub key: String,
    /// Its history, oldest first, none dated after the present, the newest being what is measured now.
    pub samples: &'a [Sample],
    /// Since when nobody has looked; none while somebody does.
    pub unseen_since: Option<Timestamp>,
    /// A VM holds the images and the app does not run.
    pub orphan: bool,
    /// The guest's session disk.
    pub guest: Option<Guest>,
    /// Downloads and decompressions under way or abandoned, with the last time that anybody wrote to them.
    pub partials: Vec<Partial>,
    /// The last reclaims of this bundle by Plimsoll, the newest first.
    pub reclaims: Vec<Aftermath>,
    /// The app does not get its VM up after the last of them.
    pub broken: Option<Broken>,
}

/// What is known of the guest's session disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guest {
    /// Its file system said so when the image was last read.
    Read {
        /// Bytes that the guest can still write.
        free: Bytes,
        /// Its size.
        total: Bytes,
    },
    /// Only the file is known: the guest has at some time used at most this much.
    Touched {
        /// Blocks the image holds.
        allocated: Bytes,
        /// Its length.
        logical: Bytes,
    },
}

/// A file, or a folder of such files, that grows until it is renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// Its name.
    pub name: String,
    /// When it was last written to.
    pub modified: Timestamp,
    /// Blocks it holds.
    pub allocated: Bytes,
}

/// A VM that does not come back after a reclaim, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// How that shows, and since when.
    #[serde(flatten)]
    pub failure: Failure,
    /// The app has repaired its VM once by itself, and does not do it again.
    pub given_up: bool,
    /// The session disk that the reclaim has set aside, by its name for `undo`.
    pub copy: Option<String>,
}

/// A reclaim, and what the volume had of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aftermath {
    /// Name of its receipt.
    pub receipt: String,
    /// When it ended.
    pub at: Timestamp,
    /// What was given back.
    pub freed: Bytes,
    /// Free bytes of the volume before.
    pub free_before: Bytes,
    /// The same right after.
    pub free_after: Bytes,
    /// The system image went, so that its next making is no news.
    pub rebuilds: bool,
    /// Why space may be held back, as far as that can be seen.
    pub suspects: Vec<Suspect>,
}

/// Who may hold back space that was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum Suspect {
    /// A process still has a removed file open.
    Holder {
        /// Its name.
        name: String,
        /// Its process id, where the system says.
        pid: Option<u32>,
    },
    /// The file system keeps snapshots.
    Snapshots,
}

/// What an alert says, in facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "matter")]
pub enum Facts {
    /// See [`Matter::LowDisk`].
    LowDisk {
        /// What can still be written.
        free: Bytes,
        /// Where space went.
        cause: Option<Cause>,
    },
    /// See [`Matter::Filling`].
    Filling {
        /// The first date at which it may be full.
        earliest: Timestamp,
        /// Where space went.
        cause: Option<Cause>,
    },
    /// See [`Matter::GuestFull`].
    GuestFull {
        /// What is known.
        guest: Guest,
    },
    /// See [`Matter::RebuildLoop`].
    RebuildLoop {
        /// How often it was made.
        times: u32,
        /// Bytes written for that, as far as seen.
        written: Bytes,
        /// When the first of them was.
        since: Timestamp,
    },
    /// See [`Matter::NotBack`].
    NotBack {
        /// What was given back.
        freed: Bytes,
        /// What the volume has of it.
        gained: Bytes,
        /// Why.
        suspects: Vec<Suspect>,
    },
    /// See [`Matter::Burst`].
    Burst {
        /// By how much it grew.
        grew: Bytes,
        /// Since when.
        since: Timestamp,
    },
    /// See [`Matter::Orphan`].
    Orphan,
    /// See [`Matter::PartialStuck`].
    PartialStuck {
        /// The file.
        name: String,
        /// When it was last written to.
        since: Timestamp,
        /// Blocks it holds.
        #[serde(default)]
        allocated: Bytes,
    },
    /// See [`Matter::CannotRebuild`].
    CannotRebuild {
        /// What is so.
        #[serde(flatten)]
        broken: Broken,
        /// What can still be written.
        free: Bytes,
    },
}

/// Something to say now.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Names it, for withdrawing and snoozing.
    pub id: String,
    /// The bundle or volume it is about.
    pub subject: String,
    /// How pressing it is.
    pub severity: Severity,
    /// Since when it has stood.
    pub since: Timestamp,
    /// What it says.
    pub facts: Facts,
}

impl Facts {
    /// What they are about.
    #[must_use]
    pub const fn matter(&self) -> Matter {
        match self {
            Self::LowDisk { .. } => Matter::LowDisk,
            Self::Filling { .. } => Matter::Filling,
            Self::GuestFull { .. } => Matter::GuestFull,
            Self::RebuildLoop { .. } => Matter::RebuildLoop,
            Self::NotBack { .. } => Matter::NotBack,
            Self::Burst { .. } => Matter::Burst,
            Self::Orphan => Matter::Orphan,
            Self::PartialStuck { .. } => Matter::PartialStuck,
            Self::CannotRebuild { .. } => Matter::CannotRebuild,
        }
    }
}

/// One matter of one subject as it reads at the moment. The band between `enter` and `stay` is the hysteresis: a
/// severity begins at `enter` and ends below `stay`.
#[derive(Clone, Debug, PartialEq)]
struct Reading {
    /// The bundle or volume, by its name in the ledger.
    subject: String,
    /// What is due whatever stood before.
    enter: Option<Severity>,
    /// What may go on standing.
    stay: Option<Severity>,
    /// It must have been so for this long.
    hold: SignedDuration,
    /// What it says.
    facts: Facts,
}

/// What to say now, most pressing first, and the ledger that knows it was said.
///
/// What cannot be seen at the moment, a volume that is away or a bundle that cannot be read, stays as it was.
#[must_use]
pub fn judge(scene: &Scene<'_>, limits: &Limits, ledger: &Ledger) -> (Ledger, Vec<Alert>) {
    let mut next = ledger.clone();
    let mut alerts: Vec<Alert> = Vec::new();
    for volume in &scene.volumes {
        // The room there is comes first: what it says is not said again as a forecast.
        let low = rules::low_disk(scene.now, volume, limits);
        alerts.extend(low.and_then(|reading| next.take(reading, scene.now)));
        let short = next.severity(Matter::LowDisk, &volume.mount_point);
        let filling = rules::filling(scene.now, volume, short);
        alerts.extend(filling.and_then(|reading| next.take(reading, scene.now)));
        for bundle in &volume.bundles {
            for reading in rules::of_bundle(scene.now, volume, bundle, limits) {
                alerts.extend(next.take(reading, scene.now));
            }
        }
    }
    next.forget_old(scene.now);
    alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.severity), alert.facts.matter()));
    (next, alerts)
}
