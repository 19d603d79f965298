//! What a line of the app's logs tells of: that a start of the VM begins, or trouble with it.
//!
//! The wordings are those of lines that users of the app have published, most of them in issues of
//! anthropics/claude-code; other wordings say nothing here. Not here: how lines are read (`ports::logs`), and what follows
//! from them (`sequel`).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Trouble that a log tells of. The kind and how often is all that is ever kept of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// A start waits for a download. Usual for a while; a download that is none any more is waited for in vain.
    DownloadWaits,
    /// An image is missing. Usual once after it was removed.
    ImageMissing,
    /// A download is not what it should be.
    ChecksumMismatch,
    /// A download failed.
    DownloadFailed,
    /// A start of the VM failed for another reason.
    StartFailed,
    /// The app has repaired its VM once and does not do it again.
    NotRepaired,
    /// The VM does not start without its session disk.
    SessionDiskMissing,
    /// The guest made a new file system on the session disk.
    SessionDiskFormatted,
    /// A session's home is not on the session disk.
    HomeMissing,
    /// The guest found a file system damaged, and writes to it no more.
    ReadOnly,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::DownloadWaits,
        Self::ImageMissing,
        Self::ChecksumMismatch,
        Self::DownloadFailed,
        Self::StartFailed,
        Self::NotRepaired,
        Self::SessionDiskMissing,
        Self::SessionDiskFormatted,
        Self::HomeMissing,
        Self::ReadOnly,
    ];

    /// The VM does not start with it; the others are seen on the way to a good start, too.
    #[must_use]
    pub const fn prevents(self) -> bool {
        matches!(
            self,
            Self::ChecksumMismatch
                | Self::DownloadFailed
                | Self::StartFailed
                | Self::NotRepaired
                | Self::SessionDiskMissing
        )
    }
}

/// What a line tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The app begins to start its VM.
    Start,
    /// Trouble with it.
    Trouble(Trouble),
}

/// What a line tells of, if anything. First match wins.
///
/// | all of it in a line | tells of |
/// |---|---|
/// | `session disk not found` | the session disk is missing |
/// | `Checksum mismatch for` | a checksum mismatch; other downloads of the app word it otherwise |
/// | `[VM:start] Startup failed`, `Download failed` | a failed download |
/// | `[VM:start] Startup failed` | a failed start |
/// | `[VM:start] Skipping auto-reinstall` | no more repairs |
/// | `[VM:start] Beginning startup` | a start |
/// | `Download already in progress` | a wait for a download |
/// | `[Bundle:status]`, ` missing` | a missing image |
/// | `formatting session disk` | a new file system |
/// | `home directory /sessions/`, `does not exist` | a missing home |
/// | `EXT4-fs`, `emounting filesystem read-only` | a damaged file system, in the words of Linux |
#[must_use]
pub fn hear(line: &str) -> Option<Heard> {
    use Trouble::{
        ChecksumMismatch, DownloadFailed, DownloadWaits, HomeMissing, ImageMissing, NotRepaired, ReadOnly,
        SessionDiskFormatted, SessionDiskMissing, StartFailed,
    };
    let table: [(&str, &str, Heard); 11] = [
        ("session disk not found", "", Heard::Trouble(SessionDiskMissing)),
        ("Checksum mismatch for ", "", Heard::Trouble(ChecksumMismatch)),
        ("[VM:start] Startup failed", "Download failed", Heard::Trouble(DownloadFailed)),
        ("[VM:start] Startup failed", "", Heard::Trouble(StartFailed)),
        ("[VM:start] Skipping auto-reinstall", "", Heard::Trouble(NotRepaired)),
        ("[VM:start] Beginning startup", "", Heard::Start),
        ("Download already in progress", "", Heard::Trouble(DownloadWaits)),
        ("[Bundle:status] ", " missing", Heard::Trouble(ImageMissing)),
        ("formatting session disk", "", Heard::Trouble(SessionDiskFormatted)),
        ("home directory /sessions/", "does not exist", Heard::Trouble(HomeMissing)),
        ("EXT4-fs", "emounting filesystem read-only", Heard::Trouble(ReadOnly)),
    ];
    table.iter().find(|(one, other, _)| line.contains(one) && line.contains(other)).map(|(.., heard)| *heard)
}

/// The zone that is farthest behind: a log does not say in which zone its times are.
const BEHIND: SignedDuration = SignedDuration::from_hours(12);

/// Whether a line was surely written before `at`, whatever its zone. `2026-09-03 04:29:24 …` and `2026/03/02 16:01:57 …`
/// are dated; a line that is not says nothing.
#[must_use]
pub fn is_before(line: &str, at: Timestamp) -> bool {
    let dated = line.get(..19).map(|date| date.replace('/', "-"));
    let read = dated.and_then(|date| date.parse::<DateTime>().ok()?.to_zoned_datetime(TimeZone::UTC).ok());
    read.is_some_and(|read| at.duration_since(read.timestamp()) > BEHIND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_users_have_published_are_known() {
        use Trouble::{
            ChecksumMismatch, DownloadFailed, DownloadWaits, HomeMissing, ImageMissing, NotRepaired, ReadOnly,
            SessionDiskFormatted, SessionDiskMissing, StartFailed,
        };
        // Issues of anthropics/claude-code, and one of aaddrick/claude-desktop-debian; the last two are the kernel's.
        let cases = [
            // 32146
            (
                "2026-04-07 00:12:39 [info] [VM:start] Beginning startup, bundlePath=/Users/a/claudevm.bundle",
                Some(Heard::Start),
            ),
            (
                "2026-04-07 00:12:39 [info] [downloadVM] Download already in progress, waiting...",
                Some(Heard::Trouble(DownloadWaits)),
            ),
            (
                "2026-04-07 00:13:06 [error] [VM:start] Startup failed: Error: Download failed. Check your internet \
                 connection and try again.",
                Some(Heard::Trouble(DownloadFailed)),
            ),
            ("2026-04-07 00:13:06 [info] rootfs.img.zst checksum validated", None),
            ("2026-04-07 00:12:39 [info] [VM:steps] download_and_sdk_prepare started", None),
            // 26743
            ("[Bundle:status] rootfs.img missing", Some(Heard::Trouble(ImageMissing))),
            // 27973
            ("2026-02-17 20:47:35 [info] [cache] No cache", None),
            ("2026-02-17 20:47:35 [info] [Bundle:status] vmlinuz missing", Some(Heard::Trouble(ImageMissing))),
            // claude-desktop-debian 334
            (
                "[download] VM download failed: Checksum mismatch for rootfs.vhdx.zst: ",
                Some(Heard::Trouble(ChecksumMismatch)),
            ),
            // 40028, which is about another download
            ("2026-03-27 16:48:49 [error] [ClaudeCodeManager-VM] Checksum mismatch: expected=3242, actual=61dd", None),
            // 93385
            (
                "2026-09-07 17:41:31 [error] [VM:start] Startup failed: Error: failed to set session disk path: session \
                 disk not found: C:\\Users\\a\\sessiondata.vhdx",
                Some(Heard::Trouble(SessionDiskMissing)),
            ),
            (
                "2026-09-08 21:01:00 [info] [VM:start] Skipping auto-reinstall (already attempted once)",
                Some(Heard::Trouble(NotRepaired)),
            ),
            // 23830
            (
                "[VM:start] Startup failed: Error: VM connection timeout after 60 seconds",
                Some(Heard::Trouble(StartFailed)),
            ),
            // 30226
            (
                "2026/03/02 16:01:57 [coworkd] formatting session disk /dev/nvme1n1 with ext4",
                Some(Heard::Trouble(SessionDiskFormatted)),
            ),
            ("2026/03/02 07:15:28 [coworkd] session disk already formatted as ext4", None),
            // 93574
            (
                "(home directory /sessions/rcw-01toqkmz1tbremcwdforbzyz does not exist)",
                Some(Heard::Trouble(HomeMissing)),
            ),
            ("EXT4-fs (nvme0n1p1): Remounting filesystem read-only", Some(Heard::Trouble(ReadOnly))),
            ("EXT4-fs (nvme0n1p1): mounted filesystem with ordered data mode", None),
            ("", None),
        ];
        for (line, heard) in cases {
            assert_eq!(hear(line), heard, "{line}");
        }
    }

    #[test]
    fn only_what_is_old_in_every_zone_is_old() {
        let at: Timestamp = "2026-09-03T04:00:00Z".parse().expect("a time");
        let cases = [
            ("2026-09-02 15:59:59 [info] [VM:start]", true),
            ("2026/09/02 15:59:59 [coworkd]", true),
            ("2026-09-02 16:00:01 [info]", false),
            ("2026-09-03 09:00:00 [info]", false),
            ("[Bundle:status] rootfs.img missing", false),
            ("2026-13-99 99:99:99 [info]", false),
            ("ööööööööööööööööööööö", false),
            ("", false),
        ];
        for (line, old) in cases {
            assert_eq!(is_before(line, at), old, "{line}");
        }
    }
}
