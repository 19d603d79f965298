//! What must stay as it is while holes are made, noted before and held against what is there afterwards.
//!
//! Where the volume says in which of its blocks a file lies, and moves those only for somebody who has the file open, the
//! note is that map, and the bytes next to each hole: blocks that are the same and were not written to hold what they
//! held, and a call that went past the blocks it was given would show at the edges. Nothing else is read. Anywhere else
//! the note is a digest of all bytes.
//!
//! Not here: what becomes a hole, and how it is made.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::digest::{self, Sink};
use crate::error::Error;
use crate::host::{self, Place};

/// A note of what must stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Of where it lies on the volume, and of what is next to the holes.
    Places([u8; 32]),
    /// Of all its bytes.
    Content([u8; 32]),
}

/// Gives the ranges that become holes, ascending and apart, to its sink and hands on the sink's failure.
pub(crate) type Holes<'a> = dyn FnMut(&mut Sink<'_>) -> Result<(), Error> + 'a;

/// Told how many bytes of how many are behind us; says whether to stop.
pub(crate) type Report<'a> = dyn FnMut(u64, u64) -> bool + 'a;

impl Kept {
    /// Notes what stays of a flushed file of `length` bytes. `content` asks for the bytes in any case: where something
    /// that is kept may become a hole that reads the same, its place goes.
    pub(crate) fn note(
        file: &File,
        length: u64,
        content: bool,
        holes: &mut Holes<'_>,
        report: &mut Report<'_>,
    ) -> Result<Self, Error> {
        if !content && let Some(places) = places(file, length, holes, report)? {
            return Ok(Self::Places(places));
        }
        digest::digest(file, length, holes, report).map(Self::Content)
    }

    /// Holds the same file, flushed again, against the note.
    pub(crate) fn compare(
        self,
        file: &File,
        length: u64,
        holes: &mut Holes<'_>,
        report: &mut Report<'_>,
    ) -> Result<(), Error> {
        let same = match self {
            Self::Places(before) => places(file, length, holes, report)? == Some(before),
            Self::Content(before) => digest::digest(file, length, holes, report)? == before,
        };
        if same { Ok(()) } else { Err(Error::NotSame) }
    }
}

/// Hashes where the rest lies and what is next to the holes; `None` if the volume does not say so for certain.
fn places(file: &File, length: u64, holes: &mut Holes<'_>, report: &mut Report<'_>) -> Result<Option<[u8; 32]>, Error> {
    if !host::keeps_places(file).map_err(mapping)? {
        return Ok(None);
    }
    let edge = host::block_size(file).map_err(mapping)?.min(EDGE);
    let mut map = Map { file, edge, hasher: blake3::Hasher::new(), run: None, uncertain: false };
    let mut at = 0;
    holes(&mut |hole| {
        if report(hole.start, length) {
            return Err(Error::Stopped);
        }
        let before = at..hole.start.min(length);
        at = hole.end;
        map.stays(before)
    })?;
    map.stays(at..length)?;
    if file.metadata().map_err(mapping)?.len() != length {
        return Err(Error::Changed);
    }
    Ok((!map.uncertain).then(|| *map.hasher.finalize().as_bytes()))
}

fn mapping(source: std::io::Error) -> Error {
    Error::Io { doing: "ask where the image lies on its volume", source }
}

/// Read at each end of what stays, if the volume's blocks are not smaller.
const EDGE: u64 = 64 << 10;

struct Map<'a> {
    file: &'a File,
    edge: u64,
    hasher: blake3::Hasher,
    /// Extents so far that lie behind one another both in the file and on the volume; the kernel may tell them in
    /// other pieces the next time.
    run: Option<Run>,
    /// One extent without a definite place is enough.
    uncertain: bool,
}

#[derive(Clone, Copy)]
struct Run {
    logical: u64,
    physical: u64,
    length: u64,
    unwritten: bool,
}

impl Map<'_> {
    fn stays(&mut self, range: Range<u64>) -> Result<(), Error> {
        let mut at = range.start;
        while at < range.end && !self.uncertain {
            let Some(place) = host::next_place(self.file, at).map_err(mapping)? else { break };
            let part = place.range.start.max(at)..place.range.end.min(range.end);
            if part.is_empty() {
                break;
            }
            at = part.end;
            self.lies(&part, &place);
        }
        self.close();
        if range.is_empty() || self.uncertain {
            return Ok(());
        }
        let head = range.start..range.end.min(range.start.saturating_add(self.edge));
        let tail = range.end.saturating_sub(self.edge).max(head.end)..range.end;
        self.reads(&head)?;
        self.reads(&tail)
    }

    fn lies(&mut self, part: &Range<u64>, place: &Place) {
        let Some(physical) = place.physical else {
            self.uncertain = true;
            return;
        };
        let physical = physical.saturating_add(part.start - place.range.start);
        let next = Run { logical: part.start, physical, length: part.end - part.start, unwritten: place.unwritten };
        if let Some(run) = &mut self.run
            && run.logical.checked_add(run.length) == Some(next.logical)
            && run.physical.checked_add(run.length) == Some(next.physical)
            && run.unwritten == next.unwritten
        {
            run.length = run.length.saturating_add(next.length);
        } else {
            self.close();
            self.run = Some(next);
        }
    }

    fn close(&mut self) {
        if let Some(run) = self.run.take() {
            for number in [run.logical, run.physical, run.length, u64::from(run.unwritten)] {
                self.hasher.update(&number.to_le_bytes());
            }
        }
    }

    fn reads(&mut self, edge: &Range<u64>) -> Result<(), Error> {
        let mut bytes = vec![0; usize::try_from(edge.end - edge.start).unwrap_or(0)];
        self.file.read_exact_at(&mut bytes, edge.start).map_err(digest::unreadable)?;
        self.hasher.update(&edge.start.to_le_bytes());
        self.hasher.update(&bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    const BLOCK: u64 = 64 << 10;

    /// Blocks `0..16`, of which 4 to 6 and 12 to 14 become holes.
    fn image() -> (File, Vec<Range<u64>>) {
        let file = tempfile::tempfile().unwrap();
        for at in 0..16u8 {
            file.write_all_at(&vec![at + 1; 64 << 10], u64::from(at) * BLOCK).unwrap();
        }
        host::flush(&file).unwrap();
        (file, vec![4 * BLOCK..6 * BLOCK, 12 * BLOCK..14 * BLOCK])
    }

    fn note(file: &File, holes: &[Range<u64>], content: bool) -> Kept {
        let mut give = |sink: &mut Sink<'_>| holes.iter().cloned().try_for_each(sink);
        Kept::note(file, 16 * BLOCK, content, &mut give, &mut |_, _| false).unwrap()
    }

    fn compare(kept: Kept, file: &File, holes: &[Range<u64>]) -> Result<(), Error> {
        host::flush(file).unwrap();
        let mut give = |sink: &mut Sink<'_>| holes.iter().cloned().try_for_each(sink);
        kept.compare(file, 16 * BLOCK, &mut give, &mut |_, _| false)
    }

    fn punch(file: &File, holes: &[Range<u64>]) {
        for hole in holes {
            host::punch(file, hole.start, hole.end - hole.start).unwrap();
        }
    }

    #[test]
    fn the_holes_that_were_meant_are_no_change() {
        for content in [false, true] {
            let (file, holes) = image();
            let kept = note(&file, &holes, content);
            punch(&file, &holes);
            compare(kept, &file, &holes).unwrap();
            let all = 0..16 * BLOCK;
            for holes in [&[], from_ref(&all)] {
                compare(note(&file, holes, content), &file, holes).unwrap();
            }
        }
        let (file, holes) = image();
        let kept = note(&file, &holes, false);
        assert_eq!(matches!(kept, Kept::Places(_)), host::keeps_places(&file).unwrap());
        assert!(matches!(note(&file, &holes, true), Kept::Content(_)));
    }

    #[test]
    fn a_hole_too_many_and_a_byte_past_an_edge_are_found() {
        type Mishap = fn(&File);
        let mishaps: [Mishap; 4] = [
            |file| host::punch(file, 8 * BLOCK, BLOCK).unwrap(),
            |file| host::punch(file, 6 * BLOCK, BLOCK).unwrap(),
            |file| file.write_all_at(&[0], 4 * BLOCK - 1).unwrap(),
            |file| file.write_all_at(&[0], 14 * BLOCK).unwrap(),
        ];
        for (number, mishap) in mishaps.into_iter().enumerate() {
            for content in [false, true] {
                let (file, holes) = image();
                let kept = note(&file, &holes, content);
                punch(&file, &holes);
                mishap(&file);
                assert!(matches!(compare(kept, &file, &holes), Err(Error::NotSame)), "{number} {content}");
            }
        }
        let (file, holes) = image();
        let kept = note(&file, &holes, false);
        file.set_len(15 * BLOCK).unwrap();
        assert!(matches!(compare(kept, &file, &holes), Err(Error::Changed)));
    }

    #[test]
    fn a_stop_is_obeyed() {
        let (file, holes) = image();
        let mut give = |sink: &mut Sink<'_>| holes.iter().cloned().try_for_each(sink);
        let stopped = Kept::note(&file, 16 * BLOCK, false, &mut give, &mut |_, _| true);
        assert!(matches!(stopped, Err(Error::Stopped)));
    }
}
