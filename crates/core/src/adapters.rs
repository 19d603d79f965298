//! The real ports. Everything that differs between platforms is in one file each, bound here to one name.
//!
//! Not here: any decision.
#![expect(clippy::disallowed_methods, reason = "here is where the world is touched")]

mod brief;
#[cfg(target_os = "linux")]
#[path = "adapters/linux_clone.rs"]
mod clone;
#[cfg(target_os = "macos")]
#[path = "adapters/macos_clone.rs"]
mod clone;
mod compact;
mod copy;
mod logs;
#[cfg(target_os = "linux")]
#[path = "adapters/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "adapters/macos.rs"]
mod platform;
mod search;
mod sessions;
mod unix;

pub use logs::AppLogs;
pub use platform::{ProcessTable, ThisMachine, application_folders, state_folder};
pub use sessions::SessionFolders;
pub use unix::UnixDisk;

use jiff::Timestamp;

use crate::ports::Clock;

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn pause(&self, time: std::time::Duration) {
        std::thread::sleep(time);
    }
}
