//! Support shared by the suites: the real command line, small real bundles, disks and volumes, and a
//! disk that fails where it is told to.
//!
//! Not here: any test.

pub mod cli;
pub mod faulty;
pub mod guest_image;
pub mod small;
pub mod volume;
