//! What e2fsprogs writes into a journal, and what its own replay makes of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::*;

struct Dumped(Vec<u8>);

impl Log for Dumped {
    fn block_size(&self) -> usize {
        1024
    }

    fn blocks(&self) -> u64 {
        self.0.len() as u64 / 1024
    }

    fn read(&self, block: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(block).unwrap() * 1024;
        buffer.copy_from_slice(self.0.get(start..start + 1024).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// Its output, or none if the program is not there.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new("timeout")
        .args(["60", program])
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .ok()
        .filter(|output| output.status.code() != Some(127))?;
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The blocks of the image after debugfs has replayed the journal are those of the overlay over the image before.
#[test]
fn the_overlay_is_what_debugfs_replays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut data: Vec<u8> = (0..3 * 1024u32).map(|byte| (byte % 251) as u8).collect();
    data[1024..1028].copy_from_slice(&MAGIC.to_be_bytes());
    fs::write(folder.join("data"), &data).unwrap();
    data.reverse();
    fs::write(folder.join("other"), &data).unwrap();
    for (features, open) in [
        ("^64bit,^metadata_csum", "jo"),
        ("64bit,^metadata_csum", "jo"),
        ("^64bit,metadata_csum", "jo -c -v 2"),
        ("64bit,metadata_csum", "jo -c -v 2"),
        ("^64bit,metadata_csum", "jo -c -v 3"),
        ("64bit,metadata_csum", "jo -c -v 3"),
    ] {
        let mke2fs = ["-q", "-F", "-t", "ext4", "-b", "1024", "-O", features, "-J", "size=1", "image", "8M"];
        if run(folder, "mke2fs", &mke2fs).is_none() || run(folder, "debugfs", &["-V"]).is_none() {
            eprintln!("skipped: no mke2fs, debugfs or timeout here");
            return;
        }
        // Free blocks, so that the image is a whole file system all along.
        let commands = format!(
            "{open}\njw -b 7000,7001,7002 data\njc\n{open}\njw -b 7001,7003,7004 other\njc\n\
             {open}\njw -r 7000,7004\njc\n{open}\njw -b 7005,7004,7006 data\njc\n"
        );
        fs::write(folder.join("commands"), commands).unwrap();
        run(folder, "debugfs", &["-w", "-f", "commands", "image"]).unwrap();
        run(folder, "debugfs", &["-R", "dump <8> log", "image"]).unwrap();
        let log = Dumped(fs::read(folder.join("log")).unwrap());
        let expected = Expected { fs_blocks: 8192, ..EXPECTED };
        let replay = read(&log, &expected).unwrap();
        assert_eq!(replay.transactions, 4);
        assert_eq!(replay.committed.keys().copied().collect::<Vec<_>>(), [7001, 7002, 7003, 7004, 7005, 7006]);

        let mut overlaid = fs::read(folder.join("image")).unwrap();
        for (block, copy) in &replay.committed {
            let start = usize::try_from(*block).unwrap() * 1024;
            let block = &mut overlaid[start..start + 1024];
            log.read(copy.log_block, block).unwrap();
            restored(copy, block);
        }
        run(folder, "debugfs", &["-w", "-R", "jr", "image"]).unwrap();
        let replayed = fs::read(folder.join("image")).unwrap();
        for block in 6990..7010 {
            let range = block * 1024..(block + 1) * 1024;
            assert!(overlaid[range.clone()] == replayed[range], "{features} {open}: block {block}");
        }
        assert_eq!(replayed[7004 * 1024..7004 * 1024 + 4], MAGIC.to_be_bytes());
    }
}
