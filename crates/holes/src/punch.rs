//! Making the holes, and proving that nothing else changed.

use std::cell::RefCell;
use std::fs::File;
use std::ops::Range;

use crate::digest::Sink;
use crate::error;
use crate::error::Error;
use crate::host;
use crate::image::{self, Image, Volumes};
use crate::kept::Kept;
use crate::plan::{self, Plan, measuring};
use crate::watch::{Phase, Watch};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Punched {
    /// Bytes the file took before.
    pub allocated_before: u64,
    /// Bytes it takes now.
    pub allocated_after: u64,
    /// The difference.
    pub freed_bytes: u64,
    /// Holes made.
    pub holes: u64,
}

/// Bytes punched in one call. The small piece takes well under a millisecond, except on a volume that discards what it
/// frees at once, whose device decides.
const PIECE: u64 = 64 << 20;
const PROMPT_PIECE: u64 = 1 << 20;

/// Carries a plan out on the file it was made from, open for writing, and flushes it. The ranges are found anew and must
/// be the plan's.
pub fn punch(file: &File, plan: &Plan, watch: &mut dyn Watch) -> Result<Punched, Error> {
    let source = image::source(file)?;
    let image = Image::open(&source)?;
    let mut volumes = image.volumes();
    for (volume, partition) in volumes.iter_mut().zip(&plan.layout.partitions) {
        if let Some(reason) = &partition.skipped {
            *volume = Err(reason.clone());
        }
    }
    if image.layout(&volumes) != plan.layout {
        return Err(Error::Changed);
    }
    let now = plan::survey(file, &image, &volumes)?;
    if now.fingerprint != plan.fingerprint {
        return Err(Error::Changed);
    }
    let before = host::allocated(file).map_err(measuring)?;
    let unit = plan::unit(file)?;
    let mut holes = |sink: &mut Sink<'_>| image.free(&volumes, unit, sink);
    let length = plan.layout.length;
    let kept = if plan.options.verify {
        let mut report = reported(watch, Phase::Noting);
        Some(Kept::note(file, length, plan.options.zero_runs, &mut holes, &mut report)?)
    } else {
        None
    };
    // After the note, which would tell if asking were to change anything.
    if !host::can_punch(file).map_err(error::punching)? {
        return Err(Error::NoHoles);
    }
    let made = free_ranges(file, plan, &image, &volumes, now.bytes, watch)?
        + zero_ranges(file, plan, &image, &volumes, watch)?;
    host::flush(file).map_err(|source| Error::Io { doing: "flush the image", source })?;
    if let Some(kept) = kept {
        kept.compare(file, length, &mut holes, &mut reported(watch, Phase::Verifying))?;
    }
    let after = host::allocated(file).map_err(measuring)?;
    Ok(Punched {
        allocated_before: before,
        allocated_after: after,
        freed_bytes: before.saturating_sub(after),
        holes: made,
    })
}

fn reported(watch: &mut dyn Watch, phase: Phase) -> impl FnMut(u64, u64) -> bool {
    move |done, total| {
        watch.advanced(phase, done, total);
        watch.stop()
    }
}

fn free_ranges(
    file: &File,
    plan: &Plan,
    image: &Image<'_>,
    volumes: &Volumes<'_>,
    total: u64,
    watch: &mut dyn Watch,
) -> Result<u64, Error> {
    let (mut holes, mut done) = (0, 0);
    image.free(volumes, plan::unit(file)?, &mut |free| {
        plan::each_allocated(file, free, &mut |range| {
            holes += 1;
            done += range.end - range.start;
            watch.advanced(Phase::Punching, done, total);
            one(file, range, plan.options.prompt, watch)
        })
    })?;
    Ok(holes)
}

fn zero_ranges(
    file: &File,
    plan: &Plan,
    image: &Image<'_>,
    volumes: &Volumes<'_>,
    watch: &mut dyn Watch,
) -> Result<u64, Error> {
    if !plan.options.zero_runs {
        return Ok(0);
    }
    let mut holes = 0;
    let watch = RefCell::new(watch);
    plan::each_zero_run(file, image, volumes, &mut Shared(&watch), &mut |range| {
        holes += 1;
        one(file, range, plan.options.prompt, &mut Shared(&watch))
    })?;
    Ok(holes)
}

/// One watcher for whoever looks for zeros and whoever punches them.
struct Shared<'a, 'b>(&'a RefCell<&'b mut dyn Watch>);

impl Watch for Shared<'_, '_> {
    fn stop(&mut self) -> bool {
        self.0.try_borrow_mut().is_ok_and(|mut watch| watch.stop())
    }
}

/// One range, in pieces, each only after the watcher has been asked.
fn one(file: &File, range: Range<u64>, prompt: bool, watch: &mut dyn Watch) -> Result<(), Error> {
    let most = if prompt { PROMPT_PIECE } else { PIECE };
    let mut at = range.start;
    while at < range.end {
        if watch.stop() {
            return Err(Error::Stopped);
        }
        let length = (range.end - at).min(most);
        host::punch(file, at, length).map_err(error::punching)?;
        at += length;
    }
    Ok(())
}
