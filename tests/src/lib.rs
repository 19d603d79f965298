//! Support shared by the suites: the real command line, small real bundles, disks and volumes, a disk that fails where it
//! is told to, and commands that cannot hang a run.
//!
//! Not here: any test.

pub mod bounded;
pub mod cli;
pub mod faulty;
pub mod guest_image;
pub mod small;
pub mod volume;
