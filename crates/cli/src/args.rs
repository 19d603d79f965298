//! The command line's shape. Not here: what any of it does.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use plimsoll_core::reclaim::{Level, Scope};

/// See what the Claude desktop app's VM takes, and give it back safely.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// A user-data folder, which holds `vm_bundles/`; may be given more than once [default: those that are found]
    /// [env: `PLIMSOLL_ROOT`, separated by colons].
    #[arg(long = "root", value_name = "DIR", global = true)]
    pub(crate) roots: Vec<PathBuf>,
    /// Where history, receipts, journal and set-aside copies are kept [default: the platform's state folder].
    #[arg(long, value_name = "DIR", global = true, env = "PLIMSOLL_STATE_DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The bundle to work on, when there is more than one.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) bundle: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show sizes, the VM, growth and forecast.
    Status,
    /// Show what a level would give back, and what it costs.
    Plan(LevelArgs),
    /// Give space back.
    Reclaim(ReclaimArgs),
    /// Give space back once the VM has stopped; the app or `plimsoll watch` does it.
    Arm(ArmArgs),
    /// Take back what was armed.
    Disarm,
    /// Bring back the session disk that a reset set aside.
    Undo(UndoArgs),
    /// Show how sizes went.
    History(HistoryArgs),
    /// Keep measuring until stopped.
    Watch(WatchArgs),
    /// Show what was given back so far.
    Receipts,
    /// Look into a raw disk image of any VM, or give back what its guest does not use.
    Image(ImageArgs),
    /// Show what can and cannot be seen here, and how to mend it.
    Doctor,
    /// Print shell completions.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page.
    Man,
}

/// Which level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LevelName {
    /// The least destructive level that helps; never reset.
    Recommended,
    /// Remove what is provably dead.
    Leftovers,
    /// Turn what the guest does not use into holes; no file is removed.
    Compact,
    /// Remove the system disk; Claude rebuilds it from its compressed source.
    Rebuild,
    /// Rebuild, and set the session disk aside, restorable.
    Reset,
}

impl LevelName {
    pub(crate) const fn level(self) -> Option<Level> {
        match self {
            Self::Recommended => None,
            Self::Leftovers => Some(Level::Leftovers),
            Self::Compact => Some(Level::Compact),
            Self::Rebuild => Some(Level::Rebuild),
            Self::Reset => Some(Level::Reset),
        }
    }
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub(crate) struct LevelArgs {
    /// How much to give back.
    #[arg(value_enum, default_value_t = LevelName::Recommended)]
    pub(crate) level: LevelName,
    /// Decode the whole rebuild source and compare its checksums, instead of only walking its frames.
    #[arg(long)]
    pub(crate) verify_source: bool,
    /// Which image to compact [default: rootfs.img]. The session disk is only ever compacted when named here.
    #[arg(long, value_enum, value_name = "FILE")]
    pub(crate) image: Option<ImageName>,
}

/// An image that can be compacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImageName {
    /// The system disk.
    #[value(name = "rootfs.img")]
    System,
    /// The session disk.
    #[value(name = "sessiondata.img")]
    Session,
}

impl ImageName {
    pub(crate) const fn scope(self) -> Scope {
        match self {
            Self::System => Scope::System,
            Self::Session => Scope::Session,
        }
    }
}

/// Options of `reclaim`.
#[derive(Debug, Args)]
pub(crate) struct ReclaimArgs {
    #[command(flatten)]
    pub(crate) what: LevelArgs,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Do it only if the plan is still this one.
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) fingerprint: Option<String>,
}

/// Options of `arm`.
#[derive(Debug, Args)]
pub(crate) struct ArmArgs {
    /// How much to give back.
    #[arg(value_enum, default_value_t = LevelName::Recommended)]
    pub(crate) level: LevelName,
    /// For how long nobody must have held the images [default: as in the settings].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(10..=86_400))]
    pub(crate) idle: Option<u64>,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Options of `undo`.
#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// Which copy [default: the newest of this bundle].
    pub(crate) copy: Option<String>,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// List the copies that can be brought back.
    #[arg(long, conflicts_with_all = ["copy", "forget"])]
    pub(crate) list: bool,
    /// Remove the named copy for good instead of bringing it back.
    #[arg(long, requires = "copy")]
    pub(crate) forget: bool,
}

/// Options of `history`.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// How far back: a span such as `7d` or `24h`, or a time such as `2026-11-01`.
    #[arg(long, default_value = "7d")]
    pub(crate) since: String,
}

/// Options of `watch`.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Stop after this many samples.
    #[arg(long, value_name = "N")]
    pub(crate) samples: Option<u64>,
    /// Seconds between samples, instead of the cadence Plimsoll chooses.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) every: Option<u64>,
}

/// What `image` does.
#[derive(Debug, Args)]
pub(crate) struct ImageArgs {
    #[command(subcommand)]
    pub(crate) what: ImageCommand,
}

/// What to do with an image.
#[derive(Debug, Subcommand)]
pub(crate) enum ImageCommand {
    /// Show its partitions and what their file systems have free. Changes nothing.
    Inspect {
        /// The image.
        file: PathBuf,
    },
    /// Turn what its guest does not use into holes of the file; what is in use stays the same.
    Trim(TrimArgs),
}

/// Options of `image trim`.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Args)]
pub(crate) struct TrimArgs {
    /// The image.
    pub(crate) file: PathBuf,
    /// Only show what would come back.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Turn runs of zeros into holes too, wherever they are: they read the same.
    #[arg(long)]
    pub(crate) zero_runs: bool,
    /// The VM was killed and is not suspended: trim although its file system was never unmounted.
    #[arg(long)]
    pub(crate) not_suspended: bool,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
}
