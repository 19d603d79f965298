//! An offline `fstrim` for raw disk images.
//!
//! The file systems inside an image know which blocks are free, and the file that holds the image still stores them.
//! This crate reads the partition table and the ext2, ext3 and ext4 file systems of an image that nobody has open,
//! proves which of their blocks are free, and turns those into holes of the file. Nothing that is in use changes, no
//! file is deleted, and the image's length stays.
//!
//! Everything in an image is taken for hostile: every offset is checked, every loop and allocation is bounded, and what
//! is not understood is left alone and said so.
//!
//! ```no_run
//! # fn main() -> Result<(), holes::Error> {
//! let file = std::fs::OpenOptions::new().read(true).write(true).open("disk.img").map_err(holes::Error::opening)?;
//! let plan = holes::plan(&file, &holes::Options::default(), &mut holes::Unwatched)?;
//! println!("{} bytes would come back", plan.punchable_bytes);
//! let done = holes::punch(&file, &plan, &mut holes::Unwatched)?;
//! println!("{} bytes came back", done.freed_bytes);
//! # Ok(())
//! # }
//! ```
//!
//! **Locks are the caller's.** A file system that is mounted, or a disk of a running machine, must not be touched:
//! whoever calls [`punch()`] makes sure that nobody else has the file open, and keeps it so.
#![deny(unsafe_code)]

mod bits;
mod checksum;
mod digest;
pub mod error;
mod ext4;
// The tests compile it so that it keeps up with what it calls.
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod host;
mod image;
mod journal;
mod kept;
pub mod layout;
pub mod plan;
pub mod punch;
pub mod ranges;
mod signature;
pub mod source;
mod table;
pub mod watch;
mod zeros;

pub use error::{Error, Reason};
pub use layout::{FileSystem, Layout, Partition, TableKind, inspect};
pub use plan::{Options, Plan, plan};
pub use punch::{Punched, punch};
pub use watch::{Phase, Unwatched, Watch};
