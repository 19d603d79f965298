//! What GTK and `WebKit` must be told before they start, and what is given back once the panel has closed.
//!
//! Without this the first opening would cost the app 50 MB for good: a graphics driver, and a network process that
//! `WebKit` keeps. Not here: anything that macOS does as well.
#![expect(unsafe_code, reason = "the environment and the allocator have no safe interface")]

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tauri::{AppHandle, Manager};

use crate::panel::LABEL;

/// The panel is a still picture that the processor draws; no graphics driver is loaded for it, neither by GTK nor by
/// `WebKit`, which asks for one by way of the render device and of shared buffers.
const PICTURES_BY_HAND: [(&str, &str); 4] = [
    ("GDK_GL", "disable"),
    ("WEBKIT_DISABLE_COMPOSITING_MODE", "1"),
    ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
    ("WEBKIT_WEB_RENDER_DEVICE_FILE", "/dev/null"),
];

/// Long enough for the web view's processes to end in order, and for somebody who opens the panel again at once.
const LINGER: Duration = Duration::from_secs(5);

/// To be called before there is any other thread. What somebody has set in the environment stays.
pub(crate) fn prepare() {
    for (name, value) in PICTURES_BY_HAND {
        if std::env::var_os(name).is_none() {
            // SAFETY: `main` calls this first, so no other thread can be reading the environment (setenv(3), "MT-Unsafe").
            unsafe { std::env::set_var(name, value) };
        }
    }
}

/// Gives back what a closed panel has left behind.
pub(crate) fn give_back(app: &AppHandle) {
    let app = app.clone();
    std::thread::spawn(move || {
        std::thread::sleep(LINGER);
        let again = app.clone();
        // On the main thread, where panels are opened: none can be half open meanwhile.
        let asked = app.run_on_main_thread(move || {
            if again.get_webview_window(LABEL).is_none() {
                end_network_processes();
                // SAFETY: it takes a number and touches only the allocator's free memory (malloc_trim(3), "MT-Safe").
                unsafe { libc::malloc_trim(0) };
            }
        });
        asked.unwrap_or_else(|error| log::warn!("failed to give memory back: {error}"));
    });
}

/// `WebKit` keeps its network process for the next page and starts another when it is gone. There will be one, perhaps,
/// the next time somebody looks.
fn end_network_processes() {
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).ok();
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    for pid in threads.filter_map(children).flat_map(|list| pids(&list)) {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        // The kernel keeps 15 bytes of a name.
        if name.trim_end() == "WebKitNetworkPr"
            && let Some(pid) = Pid::from_raw(pid)
            && let Err(error) = kill_process(pid, Signal::TERM)
        {
            log::warn!("failed to end WebKit's network process: {error}");
        }
    }
}

fn pids(list: &str) -> Vec<i32> {
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_list_of_children_is_read() {
        assert_eq!(pids("12 345 \n"), [12, 345]);
        assert_eq!(pids(""), Vec::<i32>::new());
    }
}
