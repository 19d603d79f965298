//! A digest of everything that must stay as it is, to compare before and after holes are made.
//!
//! The content is cut into windows of 64 KiB, in which the bytes that become holes count as zeros. A window of zeros
//! counts nothing, any other counts BLAKE3 of its bytes and its offset, and these are combined by exclusive or. So the
//! digest depends neither on where holes are nor on the order in which windows are read, and parts that are stored
//! nowhere are not read at all.
//!
//! It finds accidents. It is no proof against somebody who picks the content and the changes together.
//!
//! Not here: what becomes a hole.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::error::Error;
use crate::host;
use crate::zeros::all_zero;

/// Large enough to be read and hashed at speed; what a window shares with a hole is read in vain.
const WINDOW: u64 = 64 << 10;

/// Windows given to a worker at once: some milliseconds of work.
const BATCH: usize = 16;

/// Workers at most; four outrun the disks that images lie on.
const WORKERS: usize = 4;

/// Takes what becomes a hole, one range after the other.
pub(crate) type Sink<'a> = dyn FnMut(Range<u64>) -> Result<(), Error> + 'a;

/// Digests a file of `length` bytes. `punched` gives the ranges that become holes, ascending, to its sink and
/// hands on the sink's failure. `report` is told how many bytes of how many are behind us, and says whether to stop.
pub(crate) fn digest(
    file: &File,
    length: u64,
    punched: &mut dyn FnMut(&mut Sink<'_>) -> Result<(), Error>,
    report: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<[u8; 32], Error> {
    let over = AtomicBool::new(false);
    let count = thread::available_parallelism().map_or(1, NonZero::get).min(WORKERS);
    let (sender, receiver) = sync_channel(count);
    // Owned by the workers alone, so that nothing can be sent, and waited for, once they are gone.
    let receiver = Arc::new(Mutex::new(receiver));
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for _ in 0..count {
            let worker = Worker { file, length, batches: Arc::clone(&receiver), over: &over };
            match thread::Builder::new().spawn_scoped(scope, move || worker.run()) {
                Ok(handle) => workers.push(handle),
                // Fewer are slower and do as well.
                Err(_) if !workers.is_empty() => break,
                Err(source) => return Err(Error::Io { doing: "start a thread", source }),
            }
        }
        drop(receiver);

        let mut cutter = Cutter::new(file, length, sender, &over, report);
        let cut = punched(&mut |range| cutter.punched(range)).and_then(|()| cutter.finish());
        if cut.is_err() {
            over.store(true, Ordering::Relaxed);
        }
        drop(cutter);
        let mut digest = [0; 32];
        for worker in workers {
            let part = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            combine(&mut digest, &part.map_err(unreadable)?);
        }
        cut.map(|()| digest)
    })
}

pub(crate) fn unreadable(source: io::Error) -> Error {
    if source.kind() == io::ErrorKind::UnexpectedEof {
        Error::Changed
    } else {
        Error::Io { doing: "read the image", source }
    }
}

fn combine(digest: &mut [u8; 32], part: &[u8; 32]) {
    for (byte, other) in digest.iter_mut().zip(part) {
        *byte ^= other;
    }
}

/// A window with bytes that stay.
#[derive(Debug, Default, PartialEq, Eq)]
struct Window {
    at: u64,
    /// What becomes holes in it.
    punched: Vec<Range<u64>>,
}

/// Goes over the file in ascending order and picks the windows that count.
struct Cutter<'a> {
    file: &'a File,
    length: u64,
    /// Everything before is dealt with.
    at: u64,
    /// The window that `at` is in, and whether anything of it both stays and is stored.
    window: Window,
    counts: bool,
    /// Stored bytes that were looked up last; `None` if there are none from `at` on.
    stored: Option<Range<u64>>,
    batch: Vec<Window>,
    sender: SyncSender<Vec<Window>>,
    over: &'a AtomicBool,
    report: &'a mut dyn FnMut(u64, u64) -> bool,
}

impl<'a> Cutter<'a> {
    fn new(
        file: &'a File,
        length: u64,
        sender: SyncSender<Vec<Window>>,
        over: &'a AtomicBool,
        report: &'a mut dyn FnMut(u64, u64) -> bool,
    ) -> Self {
        Self {
            file,
            length,
            at: 0,
            window: Window::default(),
            counts: false,
            // Ends before anything, so that the first question is asked.
            stored: Some(0..0),
            batch: Vec::new(),
            sender,
            over,
            report,
        }
    }

    /// What is before the range stays, the range does not.
    fn punched(&mut self, range: Range<u64>) -> Result<(), Error> {
        self.stays_until(range.start.min(self.length))?;
        let to = range.end.min(self.length);
        while self.at < to {
            let end = self.window_end();
            if self.at == start_of(self.at) && end <= to {
                // Whole windows.
                self.go(if to == self.length { to } else { start_of(to) })?;
            } else {
                self.window.punched.push(self.at..end.min(to));
                self.go(end.min(to))?;
            }
        }
        Ok(())
    }

    fn stays_until(&mut self, to: u64) -> Result<(), Error> {
        while self.at < to {
            let part = self.window_end().min(to);
            match self.next_stored()? {
                None => self.go(to)?,
                Some(start) if start >= part => self.go(start_of(start).clamp(part, to))?,
                Some(_) => {
                    self.counts = true;
                    self.go(part)?;
                }
            }
        }
        Ok(())
    }

    /// The rest stays.
    fn finish(&mut self) -> Result<(), Error> {
        self.stays_until(self.length)?;
        // What is cut off would count as zeros.
        if self.file.metadata().map_err(unreadable)?.len() != self.length {
            return Err(Error::Changed);
        }
        self.close();
        self.send()
    }

    fn window_end(&self) -> u64 {
        start_of(self.at).saturating_add(WINDOW).min(self.length)
    }

    /// First stored byte from `at` on.
    fn next_stored(&mut self) -> Result<Option<u64>, Error> {
        if self.stored.as_ref().is_some_and(|stored| stored.end <= self.at) {
            self.stored = host::next_to_read(self.file, self.at).map_err(unreadable)?;
        }
        Ok(self.stored.as_ref().map(|stored| stored.start))
    }

    fn go(&mut self, to: u64) -> Result<(), Error> {
        if start_of(to) != start_of(self.at) {
            self.close();
        }
        self.at = to;
        if self.batch.len() >= BATCH { self.send() } else { Ok(()) }
    }

    fn close(&mut self) {
        let window = std::mem::take(&mut self.window);
        if std::mem::take(&mut self.counts) {
            self.batch.push(Window { at: start_of(self.at), ..window });
        }
    }

    fn send(&mut self) -> Result<(), Error> {
        if (self.report)(self.at, self.length) || self.over.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        // Fails if no worker is left; whatever ended them is told when they are waited for.
        self.sender.send(std::mem::take(&mut self.batch)).map_err(|_| Error::Stopped)
    }
}

/// Where the window begins that this byte is in.
fn start_of(at: u64) -> u64 {
    at - at % WINDOW
}

/// Reads and hashes windows until there are no more.
struct Worker<'a> {
    file: &'a File,
    length: u64,
    batches: Arc<Mutex<Receiver<Vec<Window>>>>,
    /// Set when the digest will not be needed any more.
    over: &'a AtomicBool,
}

impl Worker<'_> {
    fn run(&self) -> io::Result<[u8; 32]> {
        let mut digest = [0; 32];
        let mut buffer = vec![0; usize::try_from(WINDOW).unwrap_or(0)];
        while let Some(batch) = self.next() {
            for window in batch {
                if self.over.load(Ordering::Relaxed) {
                    break;
                }
                match self.hash(&window, &mut buffer) {
                    Ok(Some(part)) => combine(&mut digest, &part),
                    Ok(None) => {}
                    Err(error) => {
                        self.over.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
        }
        Ok(digest)
    }

    fn next(&self) -> Option<Vec<Window>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    /// `None` for zeros.
    fn hash(&self, window: &Window, buffer: &mut [u8]) -> io::Result<Option<[u8; 32]>> {
        let place = |at: u64| usize::try_from(at.saturating_sub(window.at)).unwrap_or(usize::MAX);
        let length = place(self.length).min(buffer.len());
        let bytes = buffer.get_mut(..length).unwrap_or_default();
        self.file.read_exact_at(bytes, window.at)?;
        for range in &window.punched {
            bytes.get_mut(place(range.start)..place(range.end)).unwrap_or_default().fill(0);
        }
        if all_zero(bytes) {
            return Ok(None);
        }
        // The offset comes last, so that the content is hashed from a boundary of BLAKE3's chunks.
        Ok(Some(*blake3::Hasher::new().update(bytes).update(&window.at.to_le_bytes()).finalize().as_bytes()))
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]
mod tests;
