//! A progress bar on long steps, and Ctrl-C as a wish to stop. Not here: when stopping is safe.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::ports::Progress;

/// Draws on the terminal's error stream; nothing when that is not a terminal or JSON is asked for.
pub(crate) struct Bar {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Bar {
    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{msg:>10} {wide_bar} {percent:>3} %  {eta}") {
            bar.set_style(style);
        }
        Self { bar, stop: Arc::new(AtomicBool::new(false)) }
    }

    /// From now on Ctrl-C stops at the next safe point; a second one ends the process, which the journal allows for.
    pub(crate) fn listen(&self) {
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // Without a handler the signal ends the process, and the next start recovers.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&self.stop));
            let _ = signal_hook::flag::register(signal, Arc::clone(&self.stop));
        }
    }
}

impl Progress for Bar {
    fn advanced(&self, what: &str, done: Bytes, total: Bytes) {
        if self.bar.message() != what {
            self.bar.set_message(what.to_owned());
        }
        self.bar.set_length(total.0);
        self.bar.set_position(done.0);
        if done >= total {
            self.bar.finish_and_clear();
        } else if self.bar.is_finished() {
            self.bar.reset();
        }
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn ends(&self) -> bool {
        self.cancelled()
    }
}
