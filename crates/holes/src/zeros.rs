//! Zeros that a file stores although a hole would read the same.
//!
//! Not here: whose zeros they are.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::error::Error;
use crate::host;
use crate::ranges::{Merger, align_inward};
use crate::watch::Watch;

/// Bytes read at once, if the blocks are not larger.
const READ: u64 = 256 << 10;

/// Gives the runs of stored blocks in `within` that hold nothing but zeros: ascending, as long as they can be, and made
/// of whole blocks of `unit` bytes, a power of two as [`host::block_size`] tells it. Asks between reads whether to stop.
pub(crate) fn zero_runs(
    file: &File,
    within: Range<u64>,
    unit: u64,
    watch: &mut dyn Watch,
    sink: &mut dyn FnMut(Range<u64>) -> Result<(), Error>,
) -> Result<(), Error> {
    let reading = |source| Error::Io { doing: "read the image", source };
    // A last block that the file does not fill is left.
    let length = file.metadata().map_err(reading)?.len();
    let within = align_inward(within.start..within.end.min(length), unit);
    let mut buffer = vec![0; usize::try_from(READ.max(unit)).unwrap_or(0)];
    let mut merger = Merger::default();
    let mut whole = None;
    let mut at = within.start;
    while at < within.end {
        let Some(data) = host::next_allocated(file, at).map_err(reading)? else { break };
        at = at.max(data.start - data.start % unit);
        let end = data.end.checked_next_multiple_of(unit).unwrap_or(within.end).min(within.end);
        while at < end {
            if watch.stop() {
                return Err(Error::Stopped);
            }
            let length = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
            let blocks = buffer.get_mut(..length).unwrap_or_default();
            file.read_exact_at(blocks, at).map_err(reading)?;
            for block in blocks.chunks_exact(usize::try_from(unit).unwrap_or(usize::MAX)) {
                if all_zero(block) {
                    merger.push(at..at + unit, &mut |run| whole = Some(run));
                }
                if let Some(run) = whole.take() {
                    sink(run)?;
                }
                at += unit;
            }
        }
    }
    merger.finish(&mut |run| whole = Some(run));
    whole.map_or(Ok(()), sink)
}

/// Whether all bytes are zero. Quick both for zeros and for what soon differs.
pub(crate) fn all_zero(bytes: &[u8]) -> bool {
    // Without a way out inside a piece, the compiler tests many bytes at once.
    bytes.chunks(512).all(|piece| piece.iter().fold(0, |sum, byte| sum | byte) == 0)
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]
mod tests {
    use super::*;
    use crate::watch::Unwatched;

    const BLOCK: u64 = 4096;

    /// One byte of the pattern stands for a block: `x` is data, `0` stored zeros, `.` a hole.
    fn file(pattern: &str) -> File {
        let file = tempfile::tempfile().unwrap();
        file.set_len(pattern.len() as u64 * BLOCK).unwrap();
        for (at, kind) in (0..).zip(pattern.bytes()).filter(|(_, kind)| *kind != b'.') {
            let mut block = vec![0; BLOCK as usize];
            // One byte is enough, wherever it is.
            block[(at as usize * 977) % BLOCK as usize] = u8::from(kind == b'x');
            file.write_all_at(&block, at * BLOCK).unwrap();
        }
        file
    }

    fn runs(file: &File, within: Range<u64>, unit: u64) -> Vec<Range<u64>> {
        let mut runs = Vec::new();
        let mut sink = |run: Range<u64>| {
            runs.push(run.start / BLOCK..run.end / BLOCK);
            Ok(())
        };
        zero_runs(file, within, unit, &mut Unwatched, &mut sink).unwrap();
        runs
    }

    #[test]
    fn stored_zeros_are_found_in_whole_blocks_and_holes_are_not() {
        let mixed = file("00xx0..0x000x..x0");
        assert_eq!(runs(&mixed, 0..u64::MAX, BLOCK), [0..2, 4..5, 7..8, 9..12, 16..17]);
        assert_eq!(runs(&mixed, 1..11 * BLOCK + 1, BLOCK), [1..2, 4..5, 7..8, 9..11]);
        // A block of two counts when it is stored in part; the last one is cut off by the end.
        assert_eq!(runs(&mixed, 0..u64::MAX, 2 * BLOCK), [0..2, 4..8, 10..12]);
        mixed.set_len(17 * BLOCK - 1).unwrap();
        assert_eq!(runs(&mixed, 0..u64::MAX, BLOCK).last(), Some(&(9..12)));
        assert_eq!(runs(&file("...."), 0..u64::MAX, BLOCK), []);
    }

    #[test]
    fn a_run_may_be_longer_than_what_is_read_at_once() {
        let long = file(&format!("x{}x", "0".repeat(200)));
        assert_eq!(runs(&long, 0..u64::MAX, BLOCK), std::slice::from_ref(&(1..201)));
    }

    #[test]
    fn a_stop_and_a_failing_sink_end_it() {
        struct Stop;
        impl Watch for Stop {
            fn stop(&mut self) -> bool {
                true
            }
        }
        let file = file("0x0x0");
        let mut given = 0;
        let stopped = zero_runs(&file, 0..u64::MAX, BLOCK, &mut Stop, &mut |_| {
            given += 1;
            Ok(())
        });
        assert!(matches!(stopped, Err(Error::Stopped)) && given == 0);
        let failed = zero_runs(&file, 0..u64::MAX, BLOCK, &mut Unwatched, &mut |_| {
            given += 1;
            Err(Error::NoHoles)
        });
        assert!(matches!(failed, Err(Error::NoHoles)) && given == 1);
    }

    #[test]
    fn one_bit_is_not_zero() {
        for length in [0, 1, 511, 512, 513, 2000] {
            let mut bytes = vec![0; length];
            assert!(all_zero(&bytes));
            for at in 0..length {
                bytes[at] = 0x10;
                assert!(!all_zero(&bytes));
                bytes[at] = 0;
            }
        }
    }
}
