//! Plimsoll killed at any moment while it compacts: the next start finds the old disk or the new one, and never a third.

use std::time::Duration;

use crate::bundle::{Bundle, Disk, LIMIT, at_any_moment};
use crate::corpus::ensure;
use crate::image::stored;

#[test]
fn plimsoll_killed_at_any_moment_leaves_the_old_disk_or_the_new_one() {
    at_any_moment("killed", 8, kill);
}

fn kill(bundle: &Bundle, disk: &Disk, after: Duration) -> Result<String, String> {
    let full = stored(&bundle.disk())?;
    let was_done = bundle.plimsoll(&["reclaim", "compact", "--yes"], after).is_ok();
    let cut = stored(&bundle.disk())?;
    // Any start recovers first.
    let recovered = bundle.plimsoll(&["status"], LIMIT)?;
    ensure(recovered.code == 0, || recovered.text.clone())?;
    bundle.sound(disk)?;
    let now = stored(&bundle.disk())?;
    let again = bundle.compact()?;
    ensure(again == "done" || again == "nothing_to_do", || format!("compacted again: {again}"))?;
    bundle.sound(disk)?;
    ensure(bundle.compact()? == "nothing_to_do", || "a second time there was something left".to_owned())?;
    let ended = if was_done { "it was done" } else { "in the middle" };
    Ok(format!("{ended}; {full} bytes, then {cut}, {now} after the next start, again {again}"))
}
