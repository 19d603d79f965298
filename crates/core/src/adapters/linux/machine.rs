//! What the machine runs on, from sysfs.
//!
//! Not here: what follows from it (`ports::machine` reads the words, `cadence` decides).

use std::fs;
use std::path::Path;

use crate::bytes::Bytes;
use crate::cadence::Power;
use crate::ports::machine::{LocalSnapshots, Machine, Supply, power_of};

/// This machine.
pub struct ThisMachine;

impl Machine for ThisMachine {
    fn power(&self) -> Power {
        power_in(Path::new("/sys/class/power_supply"))
    }

    fn local_snapshots(&self, _volume: &Path) -> LocalSnapshots {
        LocalSnapshots::NotAsked
    }

    fn free_when_purged(&self, _path: &Path) -> Option<Bytes> {
        None
    }
}

/// More than any machine has had, mice and phones counted.
const MOST: usize = 64;

fn power_in(folder: &Path) -> Power {
    let word =
        |folder: &Path, name: &str| fs::read_to_string(folder.join(name)).ok().map(|text| text.trim_end().to_owned());
    let found: Vec<[Option<String>; 4]> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .take(MOST)
        .map(|entry| ["type", "scope", "status", "online"].map(|name| word(&entry.path(), name)))
        .collect();
    let supplies: Vec<Supply<'_>> = found
        .iter()
        .map(|[kind, scope, status, online]| Supply {
            kind: kind.as_deref().unwrap_or_default(),
            scope: scope.as_deref(),
            status: status.as_deref(),
            online: online.as_deref(),
        })
        .collect();
    power_of(&supplies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_notebook_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("make");
            fs::write(path, text).expect("write");
        };
        assert_eq!(power_in(&folder.path().join("missing")), Power::Mains);
        write("AC/type", "Mains\n");
        write("AC/online", "0\n");
        write("BAT0/type", "Battery\n");
        write("BAT0/status", "Discharging\n");
        assert_eq!(power_in(folder.path()), Power::Battery);
        write("AC/online", "1\n");
        assert_eq!(power_in(folder.path()), Power::Mains);
        write("AC/online", "0\n");
        write("BAT0/scope", "Device\n");
        assert_eq!(power_in(folder.path()), Power::Mains);
    }
}
