//! The settings file: `settings.toml` in the state folder.
//!
//! Not here: what is valid in it. Plimsoll never writes over the user's text: a bad file is moved aside, whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Settings;
use crate::store::files;

/// Name of the file in the state folder.
pub(super) const FILE: &str = "settings.toml";

/// Longest text read, hundreds of times what the settings need.
const LONGEST_TEXT: u64 = 64 * 1024;

/// A settings file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSettings {
    /// Where it is kept, or where it still is when it could not be read or moved.
    pub kept: PathBuf,
    /// What happened, in a full sentence.
    pub sentence: String,
}

/// Reads the settings in the state folder `dir`; without a file they are the defaults.
///
/// A file that is not valid is renamed to `settings.toml.bad-<unix time>` and one that cannot be read is left as it
/// is; both are reported and the defaults used. A link is followed, since people keep such files elsewhere, and when
/// its target is not valid the link is what is renamed.
#[must_use]
pub fn load_or_set_aside(dir: &Path, now: Timestamp) -> (Settings, Option<BadSettings>) {
    let path = dir.join(FILE);
    let text = match read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (Settings::default(), None),
        Err(error) => {
            let sentence = format!("The defaults are used: failed to read {}: {error}.", path.display());
            return (Settings::default(), Some(BadSettings { kept: path, sentence }));
        }
    };
    let why = match std::str::from_utf8(&text).map(Settings::parse) {
        Ok(Ok(settings)) => return (settings, None),
        Ok(Err(error)) => error.to_string(),
        Err(error) => format!("read it as text: {error}"),
    };
    (Settings::default(), Some(set_aside(path, &why, now)))
}

/// Bytes of a regular file, since opening a pipe would wait for ever.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut text = Vec::new();
    File::open(path)?.take(LONGEST_TEXT + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LONGEST_TEXT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("longer than {LONGEST_TEXT} bytes")));
    }
    Ok(text)
}

fn set_aside(path: PathBuf, why: &str, now: Timestamp) -> BadSettings {
    match files::move_aside(&path, "bad", now) {
        Ok(kept) => {
            let sentence = format!(
                "The settings are not valid and kept as {}; the defaults are used: failed to {why}.",
                kept.display()
            );
            BadSettings { kept, sentence }
        }
        Err(error) => {
            let sentence = format!(
                "The settings in {} are not valid and cannot be moved ({error}); the defaults are used: failed to {why}.",
                path.display()
            );
            BadSettings { kept: path, sentence }
        }
    }
}
