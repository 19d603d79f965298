//! A clone on macOS: clonefile(2) carries content, times, owner, mode, flags and extended attributes; access lists
//! are those that the folder hands down.
//!
//! Not here: what is done where there are no clones. Type-checked, linted and linked from Linux; see docs/macos.md.

use std::fs::File;
use std::io;

/// Makes the clone, or nothing.
pub(super) fn clone(source: &File, folder: &File, to: &str) -> io::Result<()> {
    Ok(rustix::fs::fclonefileat(source, folder, to, rustix::fs::CloneFlags::empty())?)
}
