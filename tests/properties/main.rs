//! What must hold for every bundle, every evidence and every history.

mod attribution;
mod evidence;
mod growth;
mod plans;
mod policy;
