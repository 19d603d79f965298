//! A log as the kernel writes it, block by block.

use super::*;

/// A version and features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) version: u32,
    pub(super) compat: u32,
    pub(super) incompat: u32,
}

const fn format(version: u32, compat: u32, incompat: u32) -> Format {
    Format { version, compat, incompat }
}

pub(super) const PLAIN: Format = format(4, 0, 1);
pub(super) const V3: Format = format(4, 0, 0x13);
pub(super) const FAST_COMMIT: Format = format(4, 0, 0x33);
/// One for each kind of tag, of checksum and of superblock.
pub(super) const FORMATS: [Format; 9] = [
    format(3, 0, 0),
    PLAIN,
    format(4, 0, 3),
    format(4, 1, 1),
    format(4, 0, 0x09),
    format(4, 0, 0x0b),
    format(4, 0, 0x11),
    V3,
    FAST_COMMIT,
];

impl Format {
    pub(super) fn with(self, incompat: u32) -> Self {
        Self { incompat: self.incompat | incompat, ..self }
    }

    pub(super) fn sums_every_block(self) -> bool {
        self.incompat & 0x18 != 0
    }

    pub(super) fn has_sums(self) -> bool {
        self.sums_every_block() || self.compat == 1
    }

    fn is_wide(self) -> bool {
        self.incompat & 2 != 0
    }
}

/// How a row of fast commits begins.
pub(super) fn entry(sequence: u32, features: u32) -> [u8; 12] {
    let mut head = [9, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    head[4..8].copy_from_slice(&features.to_le_bytes());
    head[8..].copy_from_slice(&sequence.to_le_bytes());
    head
}

const SIZE: usize = 1024;
const UUID: [u8; 16] = *b"the journal's id";

#[derive(Clone)]
pub(super) struct Built {
    format: Format,
    ring: u32,
    pub(super) blocks: Vec<Vec<u8>>,
    pub(super) at: u32,
    pub(super) sequence: u32,
    /// When the last transaction was committed.
    pub(super) time: u64,
    /// A block that cannot be read.
    pub(super) missing: u64,
    /// Where the tag and the copy of a block are, to write the latter again.
    written: Vec<(u64, usize, usize, usize, u32)>,
}

impl Log for Built {
    fn block_size(&self) -> usize {
        SIZE
    }

    fn blocks(&self) -> u64 {
        self.blocks.len() as u64
    }

    fn read(&self, block: u64, buffer: &mut [u8]) -> io::Result<()> {
        let block =
            usize::try_from(block).ok().filter(|_| block != self.missing).and_then(|block| self.blocks.get(block));
        buffer.copy_from_slice(block.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl Built {
    /// An empty log.
    pub(super) fn new(format: Format) -> Self {
        let (ring, fast) = if format.incompat & 0x20 != 0 { (1100, 20) } else { (400, 0) };
        let blocks = vec![vec![0; SIZE]; (ring + fast) as usize];
        let mut built =
            Self { format, ring, blocks, at: 0, sequence: 0, time: 1000, missing: u64::MAX, written: Vec::new() };
        let length = u32::try_from(built.blocks.len()).unwrap();
        built.put(0, 0, &[MAGIC, format.version, 0, 1024, length, 1]);
        if format.version == 4 {
            built.put(0, 0x24, &[format.compat, format.incompat]);
            built.blocks[0][0x30..0x40].copy_from_slice(&UUID);
            built.put(0, 0x40, &[1]);
            built.blocks[0][0x50] = if format.sums_every_block() { 4 } else { 0 };
            built.put(0, 0x54, &[fast]);
        }
        built.begin(1, 41);
        built
    }

    /// Where the ring ends.
    pub(super) fn last(&self) -> u32 {
        self.ring
    }

    /// Goes on from there, as if all before had been written to its place.
    pub(super) fn begin(&mut self, at: u32, sequence: u32) {
        self.put(0, 0x18, &[sequence, at]);
        self.seal_superblock();
        (self.at, self.sequence) = (at, sequence);
    }

    pub(super) fn seal_superblock(&mut self) {
        if self.format.sums_every_block() {
            self.put(0, 0xfc, &[0]);
            let sum = crc32c(u32::MAX, &self.blocks[0]);
            self.put(0, 0xfc, &[sum]);
        }
    }

    /// Writes a whole transaction. Its copies tell of what block and transaction they are.
    pub(super) fn transaction(&mut self, copies: &[u64], revokes: &[u64]) {
        let mut sum = u32::MAX;
        if !revokes.is_empty() {
            let at = self.step();
            self.control(at, 5, self.sequence);
            let entries: Vec<u8> = if self.format.is_wide() {
                revokes.iter().flat_map(|block| block.to_be_bytes()).collect()
            } else {
                revokes.iter().flat_map(|block| u32::try_from(*block).unwrap().to_be_bytes()).collect()
            };
            let end = 16 + entries.len();
            self.put(at, 12, &[u32::try_from(end).unwrap()]);
            self.blocks[at as usize][16..end].copy_from_slice(&entries);
            self.seal(at);
        }
        // Few enough for a descriptor, with a UUID, in every format.
        for copies in copies.chunks(40) {
            let descriptor = self.step();
            self.control(descriptor, 1, self.sequence);
            let places: Vec<_> = copies.iter().map(|_| self.step()).collect();
            let mut tag = 12;
            for (index, (&block, &place)) in copies.iter().zip(&places).enumerate() {
                let data = format!("block {block} in {} ", self.sequence).repeat(SIZE);
                self.blocks[place as usize].copy_from_slice(&data.as_bytes()[..SIZE]);
                let flags = if index == 0 { 0 } else { 2 } | if index + 1 == copies.len() { 8 } else { 0 };
                self.written.push((block, descriptor as usize, tag, place as usize, self.sequence));
                self.tag(descriptor as usize, tag, block, flags, place as usize, self.sequence);
                tag += self.tag_bytes() + if index == 0 { 16 } else { 0 };
            }
            self.seal(descriptor);
            for block in [descriptor].iter().chain(&places) {
                sum = crc32_be(sum, &self.blocks[*block as usize]);
            }
        }
        let at = self.step();
        self.time += 1;
        self.commit_at(at as usize, self.sequence, self.time);
        if self.format.compat == 1 {
            self.put(at, 12, &[0x0104_0000, sum]);
        }
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// Makes the last copy of a block one that begins with the magic.
    pub(super) fn escape(&mut self, block: u64) {
        let &(_, descriptor, tag, place, sequence) =
            self.written.iter().rev().find(|written| written.0 == block).unwrap();
        self.blocks[place][..4].fill(0);
        let flags = self.blocks[descriptor][tag + 7];
        self.tag(descriptor, tag, block, flags | 1, place, sequence);
        self.seal(u32::try_from(descriptor).unwrap());
        if self.format.compat == 1 {
            let commit = self.at as usize - 1;
            let sum = (descriptor..commit).fold(u32::MAX, |sum, block| crc32_be(sum, &self.blocks[block]));
            self.blocks[commit][16..20].copy_from_slice(&sum.to_be_bytes());
        }
    }

    /// Writes a commit block of that time.
    pub(super) fn commit_at(&mut self, at: usize, sequence: u32, time: u64) {
        let block = u32::try_from(at).unwrap();
        self.blocks[at].fill(0);
        self.control(block, 2, sequence);
        self.blocks[at][48..56].copy_from_slice(&time.to_be_bytes());
        if self.format.sums_every_block() {
            let sum = crc32c(seed(), &self.blocks[at]);
            self.put(block, 16, &[sum]);
        }
    }

    /// Writes a header and leaves the rest.
    pub(super) fn control(&mut self, at: u32, kind: u32, sequence: u32) {
        self.put(at, 0, &[MAGIC, kind, sequence]);
    }

    fn tag_bytes(&self) -> usize {
        match self.format.incompat & 0x1a {
            0 => 8,
            2 => 12,
            8 => 10,
            10 => 14,
            _ => 16,
        }
    }

    fn tag(&mut self, descriptor: usize, at: usize, block: u64, flags: u8, place: usize, sequence: u32) {
        let sum = crc32c(crc32c(seed(), &sequence.to_be_bytes()), &self.blocks[place]).to_be_bytes();
        let tag = &mut self.blocks[descriptor][at..];
        let number = block.to_be_bytes();
        tag[..4].copy_from_slice(&number[4..]);
        tag[7] = flags;
        if self.format.is_wide() {
            tag[8..12].copy_from_slice(&number[..4]);
        }
        if self.format.incompat & 0x10 != 0 {
            tag[12..16].copy_from_slice(&sum);
        } else if self.format.sums_every_block() {
            tag[4..6].copy_from_slice(&sum[2..]);
        }
    }

    fn seal(&mut self, at: u32) {
        if self.format.sums_every_block() {
            self.put(at, SIZE - 4, &[0]);
            let sum = crc32c(seed(), &self.blocks[at as usize]);
            self.put(at, SIZE - 4, &[sum]);
        }
    }

    fn step(&mut self) -> u32 {
        let at = self.at;
        self.at = if at + 1 < self.last() { at + 1 } else { 1 };
        self.blocks[at as usize].fill(0);
        at
    }

    fn put(&mut self, at: u32, offset: usize, words: &[u32]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        self.blocks[at as usize][offset..offset + bytes.len()].copy_from_slice(&bytes);
    }
}

fn seed() -> u32 {
    crc32c(u32::MAX, &UUID)
}
