//! The port to the logs that the app keeps: what was added to them since, and nothing before.
//!
//! Not here: any real call (`adapters`), and what a line means (`reclaim::trouble`).

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// How far each log has been read, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(pub BTreeMap<String, Mark>);

/// How far one log has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Which file it was: a log is begun anew when it has grown long.
    pub inode: u64,
    /// Bytes of it that are behind us.
    pub length: u64,
}

/// The app's logs.
pub trait Logs {
    /// Where each log of a user-data folder ends now. Opens nothing.
    fn ends(&self, root: &Path) -> Marks;
    /// The whole lines added since, shortened and with control characters escaped, and how far the logs are read by then.
    /// Of much that was added only the end is read. What cannot be read says nothing.
    fn since(&self, root: &Path, marks: &Marks) -> (Vec<String>, Marks);
}

/// Reads no log.
pub struct Unread;

impl Logs for Unread {
    fn ends(&self, _root: &Path) -> Marks {
        Marks::default()
    }

    fn since(&self, _root: &Path, _marks: &Marks) -> (Vec<String>, Marks) {
        (Vec::new(), Marks::default())
    }
}
