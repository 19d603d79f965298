//! Files that a process has mapped, whether or not it has them open.
//!
//! Not here: its descriptors (`linux.rs`), and when a search ends (`search`).

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::io::Errno;

use crate::adapters::search::Search;
use crate::ports::Identity;

/// Looks at every file in `/proc/PID/maps`, and tells whether that was all of them.
pub(super) fn look_at(maps: &Path, search: &mut Search<'_>) -> rustix::io::Result<bool> {
    let failed = |error: std::io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
    let mut maps = BufReader::new(File::open(maps).map_err(failed)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if maps.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            return Ok(true);
        }
        let Some((identity, path)) = file(&line) else { continue };
        if !search.goes_on() {
            return Ok(false);
        }
        search.saw(identity, Some(path));
    }
}

/// The file of a line such as `7f2c6000-7f2c7000 r--s 00000000 fd:01 131 /b/rootfs.img`, none for memory of no file
/// (proc(5), `/proc/pid/maps`). Btrfs has other devices here than in `stat`: there the path counts.
fn file(line: &[u8]) -> Option<(Identity, &Path)> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let mut fields = line.splitn(6, |&byte| byte == b' ').skip(3);
    let device = str::from_utf8(fields.next()?).ok()?;
    let inode = str::from_utf8(fields.next()?).ok()?.parse().ok().filter(|&inode| inode > 0)?;
    let (major, minor) = device.split_once(':')?;
    let number = |text| u32::from_str_radix(text, 16).ok();
    let device = rustix::fs::makedev(number(major)?, number(minor)?);
    // Blanks stand before it, so that the paths of short lines stand below each other.
    let path = fields.next()?.trim_ascii_start();
    Some((Identity { device, inode }, Path::new(OsStr::from_bytes(path))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_file_or_none() {
        let line =
            |text: &str| file(text.as_bytes()).map(|(it, path)| (it.device, it.inode, path.display().to_string()));
        let device = rustix::fs::makedev(0xfd, 0x1a);
        for (text, inode, path) in [
            ("7f2c6000-7f2c7000 r--s 00000000 fd:1a 131                        /b/a disk.img\n", 131, "/b/a disk.img"),
            ("7f2c6000-7f2c7000 rw-s 00000000 fd:1a 131 /b/rootfs.img (deleted)", 131, "/b/rootfs.img (deleted)"),
            ("7f2c6000-7f2c7000 rw-s 00000000 fd:1a 18446744073709551615 /b/x\n", u64::MAX, "/b/x"),
        ] {
            assert_eq!(line(text), Some((device, inode, path.to_owned())), "{text}");
        }
        for none in [
            "",
            "\n",
            "7f2c6000-7f2c7000 rw-p 00000000 00:00 0 \n",
            "7ffd1000-7ffd3000 rw-p 00000000 00:00 0                          [stack]\n",
            "7f2c6000-7f2c7000 rw-s 00000000 fd01 131 /b/x\n",
            "7f2c6000-7f2c7000 rw-s 00000000 fd:1a 18446744073709551616 /b/x\n",
            "\u{fffd} \u{fffd} \u{fffd} \u{fffd} \u{fffd} \u{fffd}",
        ] {
            assert_eq!(line(none), None, "{none}");
        }
    }
}
