//! Support shared by the suites. Not here: any test.
