//! Telling how far a long step is, and being asked to stop.

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading the file systems and proving what is free.
    Reading,
    /// Noting what is in use, before anything is punched.
    Noting,
    /// Making holes.
    Punching,
    /// Holding what is in use against that note.
    Verifying,
}

/// Told of progress, asked whether to go on.
pub trait Watch {
    /// `done` of `total` bytes of the phase are behind us.
    fn advanced(&mut self, phase: Phase, done: u64, total: u64) {
        let _ = (phase, done, total);
    }

    /// Whether to stop at once. Asked before each hole and between reads.
    fn stop(&mut self) -> bool {
        false
    }
}

/// Says nothing and never stops.
pub struct Unwatched;

impl Watch for Unwatched {}
