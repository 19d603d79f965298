//! Making the holes, and proving that nothing else changed.

use std::fs::File;

use crate::error::Error;
use crate::plan::Plan;
use crate::watch::Watch;

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

/// Carries a plan out on the file it was made from, open for writing, and flushes it. The ranges are found anew and must
/// be the plan's.
pub fn punch(file: &File, plan: &Plan, watch: &mut dyn Watch) -> Result<Punched, Error> {
    let _ = (file, plan, watch);
    Err(Error::NotAFile)
}
