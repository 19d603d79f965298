//! The port to the machine: power, and what holds freed blocks back.
//!
//! Not here: any real call (`adapters`), and what follows from the answers.

use std::path::Path;

use crate::bytes::Bytes;
use crate::cadence::Power;

/// Snapshots that a file system keeps of itself, and that hold blocks of files removed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalSnapshots {
    /// Their names; there may be none.
    Named(Vec<String>),
    /// There may be some, and why that is not known.
    Unknown(String),
    /// This platform is not asked: its file systems seldom keep any by themselves.
    NotAsked,
}

impl LocalSnapshots {
    /// Whether they may hold blocks back: there are some, or that is not known.
    #[must_use]
    pub fn may_hold(&self) -> bool {
        match self {
            Self::Named(names) => !names.is_empty(),
            Self::Unknown(_) => true,
            Self::NotAsked => false,
        }
    }

    /// How many there are, where that is known.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Named(names) => Some(names.len()),
            Self::Unknown(_) | Self::NotAsked => None,
        }
    }
}

/// The machine.
pub trait Machine {
    /// What it runs on; the mains where that is not known.
    fn power(&self) -> Power;
    /// The local snapshots of the volume that is mounted here. May take seconds.
    fn local_snapshots(&self, volume: &Path) -> LocalSnapshots;
    /// Bytes that could be written at this place once the system has purged what it keeps for convenience only; `None`
    /// where there is no such thing.
    fn free_when_purged(&self, path: &Path) -> Option<Bytes>;
}

/// A machine that nothing is known of.
pub struct AnyMachine;

impl Machine for AnyMachine {
    fn power(&self) -> Power {
        Power::Mains
    }

    fn local_snapshots(&self, _volume: &Path) -> LocalSnapshots {
        LocalSnapshots::NotAsked
    }

    fn free_when_purged(&self, _path: &Path) -> Option<Bytes> {
        None
    }
}

/// Longest list that is kept: a day of hourly snapshots, several times over.
const MOST: usize = 100;

/// Names in what `tmutil listlocalsnapshots` prints: a heading, then one name a line.
#[must_use]
pub fn parse_tmutil(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| line.starts_with("com.apple.")).take(MOST).map(str::to_owned).collect()
}

/// What a file of `/sys/class/power_supply` says of a battery or a charger, in the kernel's words
/// (Documentation/ABI/testing/sysfs-class-power).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply<'a> {
    /// `type`: `Mains`, `USB`, `Battery`, …
    pub kind: &'a str,
    /// `scope`: `Device` for a mouse's battery and its like, none or `System` for the machine's own.
    pub scope: Option<&'a str>,
    /// `status` of a battery: `Discharging`, …
    pub status: Option<&'a str>,
    /// `online` of a charger: `1` when it gives power.
    pub online: Option<&'a str>,
}

/// On battery when a battery of the machine's own is being emptied and no charger gives power.
#[must_use]
pub fn power_of(supplies: &[Supply<'_>]) -> Power {
    let own = || supplies.iter().filter(|supply| supply.scope != Some("Device"));
    let charged = own().any(|supply| supply.kind != "Battery" && supply.online == Some("1"));
    let emptied = own().any(|supply| supply.kind == "Battery" && supply.status == Some("Discharging"));
    if emptied && !charged { Power::Battery } else { Power::Mains }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_are_the_lines_that_name_one() {
        let text = "Snapshots for disk /:\ncom.apple.TimeMachine.2026-11-20-101010.local\n\
                    com.apple.os.update-0123456789ABCDEF\n\n";
        let names = ["com.apple.TimeMachine.2026-11-20-101010.local", "com.apple.os.update-0123456789ABCDEF"];
        assert_eq!(parse_tmutil(text), names);
        assert!(parse_tmutil("Snapshots for disk /:\n").is_empty() && parse_tmutil("").is_empty());
        assert_eq!(parse_tmutil(&"com.apple.x\n".repeat(5_000)).len(), MOST);
    }

    #[test]
    fn what_is_not_known_may_hold_space_back_and_what_is_not_there_does_not() {
        let named = |names: &[&str]| LocalSnapshots::Named(names.iter().map(|&name| name.to_owned()).collect());
        for (snapshots, may) in [
            (named(&["com.apple.TimeMachine.2026-11-20-101010.local"]), true),
            (named(&[]), false),
            (LocalSnapshots::Unknown("tmutil does not say".to_owned()), true),
            (LocalSnapshots::NotAsked, false),
        ] {
            assert_eq!(snapshots.may_hold(), may, "{snapshots:?}");
        }
    }

    #[test]
    fn on_battery_is_a_battery_of_its_own_that_is_emptied() {
        let battery = |status| Supply { kind: "Battery", scope: None, status: Some(status), online: None };
        let charger = |online| Supply { kind: "Mains", scope: None, status: None, online: Some(online) };
        let mouse = Supply { scope: Some("Device"), ..battery("Discharging") };
        let cases: [(&[Supply<'_>], Power); 8] = [
            (&[], Power::Mains),
            (&[charger("1")], Power::Mains),
            (&[charger("0")], Power::Mains),
            (&[mouse], Power::Mains),
            (&[battery("Charging"), charger("1")], Power::Mains),
            (&[battery("Discharging"), charger("0")], Power::Battery),
            (&[battery("Discharging"), mouse], Power::Battery),
            // A charger too weak for the load: the battery helps, and still nobody walks about with it.
            (&[battery("Discharging"), Supply { kind: "USB", ..charger("1") }], Power::Mains),
        ];
        for (supplies, power) in cases {
            assert_eq!(power_of(supplies), power, "{supplies:?}");
        }
    }
}
