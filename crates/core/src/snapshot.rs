//! Everything any screen shows, at one revision: the wire form of `status`.
//!
//! Not here: how anything is found out. Sizes are whole bytes, times RFC 3339; adding a field is no change of schema.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::alert::{Facts, Matter, Severity};
use crate::attribution::Attribution;
use crate::bundle::{Entry, Gap, Role};
use crate::bytes::Bytes;
use crate::forecast::Forecast;
use crate::gauge::Gauge;
use crate::growth::Growth;
use crate::guest::Guest;
use crate::measure::MeasuredBundle;
use crate::monitor::Outlook;
use crate::ports::FileKind;
use crate::vm::Vm;

/// Version of the JSON; raised when a field changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// Everything shown.
#[derive(Clone, Debug, Serialize)]
pub struct Snapshot {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Rises with every sample of one process.
    pub revision: u64,
    /// When it was measured.
    pub at: Timestamp,
    /// How things stand, in a sentence.
    pub headline: String,
    /// Every bundle.
    pub bundles: Vec<BundleView>,
    /// Every volume under a bundle, once.
    pub volumes: Vec<VolumeView>,
    /// Growth of the bundle that presses most.
    pub growth: Growth,
    /// Forecast for its volume.
    pub forecast: Forecast,
    /// Its gauge.
    pub gauge: Gauge,
    /// What stands, most pressing first.
    pub alerts: Vec<AlertView>,
    /// Reclaims that wait for their VM to stop.
    pub armed: Vec<ArmedView>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// One alert that stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertView {
    /// Names it.
    pub id: String,
    /// What it is about.
    pub matter: Matter,
    /// How pressing it is.
    pub severity: Severity,
    /// The bundle's folder, or where the volume is mounted.
    pub subject: String,
    /// Since when it has stood.
    pub since: Timestamp,
    /// When it was last said by the app; none while it was not.
    pub told_at: Option<Timestamp>,
    /// Until when it is not said; none without a snooze, and for one until it changes.
    pub snoozed_until: Option<Timestamp>,
    /// It is not said for now.
    pub snoozed: bool,
    /// In a few words.
    pub title: String,
    /// What is so.
    pub sentence: String,
    /// What to do; empty when there is nothing.
    pub hint: String,
    /// Who was there, of growth that is told of; none where that was not looked for.
    pub attribution: Option<Attribution>,
    /// To say it in another language.
    #[serde(skip)]
    pub facts: Facts,
    /// The subject by the name that people know.
    #[serde(skip)]
    pub name: String,
}

/// A reclaim that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArmedView {
    /// The bundle's folder.
    pub bundle: String,
    /// How much is given back.
    pub level: &'static str,
    /// For how long nobody must have held the images.
    pub idle_seconds: u64,
    /// When it was armed.
    pub since: Timestamp,
}

/// One bundle.
#[derive(Clone, Debug, Serialize)]
pub struct BundleView {
    /// Its folder.
    pub path: PathBuf,
    /// The user-data folder it was found through.
    pub root: PathBuf,
    /// Whether its VM runs.
    pub vm: Vm,
    /// Every file, the largest first.
    pub images: Vec<ImageView>,
    /// Sum of lengths.
    pub logical_bytes: Bytes,
    /// Sum of blocks held, each inode once.
    pub allocated_bytes: Bytes,
    /// How fast it grows.
    pub growth: Growth,
    /// When its volume is full.
    pub forecast: Forecast,
    /// How urgent that is.
    pub gauge: Gauge,
    /// When it grew and who was there, the newest first; none where that was not looked for.
    pub attribution: Option<Vec<Attribution>>,
}

/// One file.
#[derive(Clone, Debug, Serialize)]
pub struct ImageView {
    /// Its name.
    pub name: String,
    /// Its path.
    #[serde(serialize_with = "crate::bundle::lossy")]
    pub path: PathBuf,
    /// What it is for.
    pub role: Role,
    /// What kind of entry it is.
    pub kind: FileKind,
    /// Its length.
    pub logical_bytes: Bytes,
    /// Blocks it holds.
    pub allocated_bytes: Bytes,
    /// What the guest says of the disk in it, when that is known.
    pub guest: Option<Guest>,
}

/// One volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VolumeView {
    /// Where it is mounted.
    pub mount_point: PathBuf,
    /// Its size.
    pub total_bytes: Bytes,
    /// What this user can still write.
    pub free_bytes: Bytes,
}

impl BundleView {
    /// The bundle with what follows from its history.
    #[must_use]
    pub fn of(measured: &MeasuredBundle, outlook: Outlook) -> Self {
        Self {
            path: measured.bundle.path.clone(),
            root: measured.bundle.root.clone(),
            vm: measured.vm.clone(),
            images: images(measured, &outlook.guests),
            logical_bytes: measured.logical,
            allocated_bytes: measured.allocated,
            growth: outlook.growth,
            forecast: outlook.forecast,
            gauge: outlook.gauge,
            attribution: outlook.attribution,
        }
    }
}

/// The files of a bundle and its prefetch, the largest first.
fn images(measured: &MeasuredBundle, guests: &BTreeMap<String, Guest>) -> Vec<ImageView> {
    let bundle = &measured.bundle;
    let own = bundle.entries.iter().map(|entry| ImageView::of(entry, guests.get(&entry.name).cloned()));
    let mut images: Vec<ImageView> = own.chain(bundle.warm.iter().map(|entry| ImageView::of(entry, None))).collect();
    images.sort_by(|a, b| b.allocated_bytes.cmp(&a.allocated_bytes).then_with(|| a.name.cmp(&b.name)));
    images
}

impl ImageView {
    fn of(entry: &Entry, guest: Option<Guest>) -> Self {
        Self {
            name: entry.name.clone(),
            path: entry.path.clone(),
            role: entry.role,
            kind: entry.facts.kind,
            logical_bytes: entry.facts.logical,
            allocated_bytes: entry.facts.allocated,
            guest,
        }
    }
}

/// The volumes under these bundles, each once.
#[must_use]
pub fn volumes(bundles: &[MeasuredBundle]) -> Vec<VolumeView> {
    let mut views: Vec<VolumeView> = Vec::new();
    for volume in bundles.iter().filter_map(|bundle| bundle.volume.as_ref()) {
        if !views.iter().any(|view| view.mount_point == volume.mount_point) {
            let mount_point = volume.mount_point.clone();
            views.push(VolumeView { mount_point, total_bytes: volume.total, free_bytes: volume.free });
        }
    }
    views
}
