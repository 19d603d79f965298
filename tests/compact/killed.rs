//! Plimsoll killed at any moment while it compacts: the next start finds the old disk or the new one, and never a third.

use std::path::Path;
use std::time::Duration;

use crate::bundle::{Bundle, LIMIT, Volume};
use crate::corpus::{ensure, make, same_files};
use crate::guest::any;
use crate::image::{Place, Scratch, clean, mounted_listing, stored};
use crate::kinds::{Fill, Kind, Table};
use crate::{can_mount, nightly, tell};

/// A system disk small enough to be compacted many times.
pub(crate) const DISK: Kind =
    Kind { name: "a disk", megabytes: 96, table: Table::Gpt, options: "-b 4096", fill: Fill::Mounted("use") };

#[test]
fn plimsoll_killed_at_any_moment_leaves_the_old_disk_or_the_new_one() {
    if !can_mount("killed while compacting") {
        return;
    }
    let scratch = Scratch::new();
    let (disk, place) = make(&DISK, &scratch).expect("a disk");
    let files = mounted_listing(&disk, place).expect("its files");
    for volume in Volume::each() {
        let bundle = Bundle::with(&volume.path(), &disk).expect("a bundle");
        let whole = bundle.time();
        tell(&format!("compact: {} takes {whole:.1?}", volume.name));
        for _ in 0..if nightly() { 100 } else { 8 } {
            let after = Duration::from_micros(any(u64::try_from(whole.as_micros()).expect("short")));
            let told = kill(&volume.path(), &disk, place, &files, after)
                .unwrap_or_else(|error| panic!("{}, killed after {after:.1?}: {error}", volume.name));
            tell(&format!("compact: {}, killed after {after:.1?}: {told}", volume.name));
        }
    }
}

fn kill(folder: &Path, disk: &Path, place: Place, files: &str, after: Duration) -> Result<String, String> {
    let bundle = Bundle::with(folder, disk)?;
    let full = stored(&bundle.disk())?;
    let was_done = bundle.plimsoll(&["reclaim", "compact", "--yes"], after).is_ok();
    let cut = stored(&bundle.disk())?;
    // Any start recovers first.
    let recovered = bundle.plimsoll(&["status"], LIMIT)?;
    ensure(recovered.code == 0, || recovered.text.clone())?;
    let left = bundle.left_aside()?;
    ensure(left.is_empty(), || format!("left behind: {left:?}"))?;
    clean(&bundle.disk(), place)?;
    same_files(files, &mounted_listing(&bundle.disk(), place)?)?;
    let now = stored(&bundle.disk())?;
    let again = bundle.compact()?;
    ensure(again == "done" || again == "nothing_to_do", || format!("compacted again: {again}"))?;
    clean(&bundle.disk(), place)?;
    same_files(files, &mounted_listing(&bundle.disk(), place)?)?;
    ensure(bundle.compact()? == "nothing_to_do", || "a second time there was something left".to_owned())?;
    let ended = if was_done { "it was done" } else { "in the middle" };
    Ok(format!("{ended}; {full} bytes, then {cut}, {now} after the next start, again {again}"))
}
