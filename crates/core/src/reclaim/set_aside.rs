//! Set-aside copies: a folder each, with the compressed image and a manifest that says what it is.
//!
//! Not here: when a copy is made (`run`) or brought back (`restore`).

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Yard;
use super::refusal::Refusal;
use crate::bundle::SESSION_IMAGE;
use crate::bytes::Bytes;
use crate::ports::{Copied, DiskError, FileFacts};

/// Name of the compressed image in its folder.
pub const COPY_NAME: &str = "sessiondata.img.zst";
const MANIFEST: &str = "manifest.json";
/// A manifest is a few hundred bytes.
const LONGEST: usize = 1 << 16;

/// What a set-aside copy is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its name for `undo`.
    pub id: String,
    /// When it was made.
    pub at: Timestamp,
    /// The bundle it comes from.
    pub bundle: PathBuf,
    /// The file it comes from.
    pub name: String,
    /// Length, hash and stored length.
    pub copied: Copied,
    /// Blocks that the original held: about what it takes to bring it back.
    #[serde(default)]
    pub allocated: Bytes,
    /// Permission bits of the original.
    pub mode: u32,
    /// Modification time of the original.
    pub modified: (i64, u32),
}

/// Why a copy could not be made.
#[derive(Debug)]
pub enum SetAsideError {
    /// The disk said no.
    Disk(DiskError),
    /// What can be read back is not what was read.
    Differs,
    /// The manifest could not be put into words.
    Manifest(String),
}

impl From<DiskError> for SetAsideError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl std::fmt::Display for SetAsideError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Disk(error) => error.fmt(f),
            Self::Differs => f.write_str("verify the copy: it differs from the original"),
            Self::Manifest(why) => write!(f, "write the manifest: {why}"),
        }
    }
}

/// Copies an image, reads the copy back and compares hashes; only then is there a manifest, and only with a manifest is
/// it a set-aside copy.
pub fn make(
    yard: Yard<'_>,
    id: &str,
    bundle: &std::path::Path,
    image: &std::path::Path,
    facts: &FileFacts,
) -> Result<Manifest, SetAsideError> {
    let disk = yard.asker.disk;
    let folder = yard.set_aside_folder(id);
    disk.make_private_folder(&folder)?;
    let copy = folder.join(COPY_NAME);
    let copied = disk.compress(image, &copy, yard.progress)?;
    let read_back = disk.check_copy(&copy, yard.progress)?;
    if read_back != copied || copied.logical != facts.logical {
        return Err(SetAsideError::Differs);
    }
    let manifest = Manifest {
        id: id.to_owned(),
        at: yard.clock.now(),
        bundle: bundle.to_path_buf(),
        name: SESSION_IMAGE.to_owned(),
        copied,
        allocated: facts.allocated,
        mode: facts.mode,
        modified: facts.modified,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|error| SetAsideError::Manifest(error.to_string()))?;
    disk.replace(&folder.join(MANIFEST), &text)?;
    Ok(manifest)
}

/// Whether the copy stands as its manifest says, by its length; the content was verified when it was made.
#[must_use]
pub fn stands(yard: Yard<'_>, id: &str) -> bool {
    load(yard, id).is_ok_and(|manifest| {
        let copy = yard.set_aside_folder(id).join(COPY_NAME);
        yard.asker.disk.facts(&copy).is_ok_and(|facts| facts.logical == manifest.copied.stored)
    })
}

/// The manifest of one copy.
pub fn load(yard: Yard<'_>, id: &str) -> Result<Manifest, Refusal> {
    let path = yard.set_aside_folder(id).join(MANIFEST);
    let cannot = |why: String| Refusal::CannotTell { path: path.clone(), why };
    let text = yard.asker.disk.read_at(&path, 0, LONGEST).map_err(|error| {
        if error.is_missing() { Refusal::Vanished { path: path.clone() } } else { cannot(error.reason()) }
    })?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| cannot(error.to_string()))?;
    if manifest.id == id && manifest.name == SESSION_IMAGE {
        Ok(manifest)
    } else {
        Err(cannot("the manifest is of another copy".to_owned()))
    }
}

/// All copies that can be brought back, the newest last.
#[must_use]
pub fn list(yard: Yard<'_>) -> Vec<Manifest> {
    let names = yard.asker.disk.list(&yard.state.join("set-aside")).unwrap_or_default();
    let mut copies: Vec<Manifest> = names.iter().filter_map(|name| load(yard, name.to_str()?).ok()).collect();
    copies.sort_by_key(|manifest| manifest.at);
    copies
}

/// Removes one copy: unfinished, or given up by the user.
pub fn remove(yard: Yard<'_>, id: &str) -> Result<(), DiskError> {
    match yard.asker.disk.remove(&yard.set_aside_folder(id)) {
        Err(error) if error.is_missing() => Ok(()),
        other => other,
    }
}
