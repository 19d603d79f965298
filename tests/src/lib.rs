//! Support shared by the suites: small real bundles, and a disk that fails where it is told to.
//!
//! Not here: any test.

pub mod faulty;
pub mod small;
