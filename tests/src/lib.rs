//! Support shared by the suites: the real command line, small real bundles, and a disk that fails where it is told to.
//!
//! Not here: any test.

pub mod cli;
pub mod faulty;
pub mod small;
