//! The code signature of a program: which bytes it holds, and whether they are still those.
//!
//! Laid out as in `kern/cs_blobs.h` of Apple's kernel; its numbers have their high byte first.
//! Not here: whose signature it is. What is made on Debian names nobody, and on a Mac `codesign` and Gatekeeper look at that.

use sha2::{Digest as _, Sha256};

use crate::macho::Slice;

const EMBEDDED_SIGNATURE: u32 = 0xfade_0cc0;
const CODE_DIRECTORY: u32 = 0xfade_0c02;
const SLOT_CODE_DIRECTORY: u32 = 0;
const FLAG_RUNTIME: u32 = 0x0001_0000;
const HASH_SHA256: u8 = 2;

/// Places of what lies outside the program's pages.
pub(crate) const PROPERTIES: usize = 1;
pub(crate) const RESOURCES: usize = 3;

/// The part of a signature that lists hashes.
pub(crate) struct Signature {
    directory: Vec<u8>,
    pub(crate) identifier: String,
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

impl Signature {
    pub(crate) fn of(slice: &Slice) -> Self {
        assert!(slice.signature > 0, "the part for {} is not signed", slice.architecture);
        let blob = &slice.bytes[slice.signature..];
        assert_eq!(number(blob, 0), EMBEDDED_SIGNATURE);
        let mut parts = (0..number(blob, 8) as usize).map(|index| 12 + 8 * index);
        let part = parts.find(|at| number(blob, *at) == SLOT_CODE_DIRECTORY).expect("a code directory");
        let at = number(blob, part + 4) as usize;
        let directory = blob[at..at + number(blob, at + 4) as usize].to_vec();
        assert_eq!(number(&directory, 0), CODE_DIRECTORY);
        assert_eq!((directory[36], directory[37]), (32, HASH_SHA256), "not SHA-256");
        let name = &directory[number(&directory, 20) as usize..];
        let name = name.split(|byte| *byte == 0).next().expect("a name");
        Self { identifier: String::from_utf8_lossy(name).into_owned(), directory }
    }

    pub(crate) fn hardened(&self) -> bool {
        number(&self.directory, 12) & FLAG_RUNTIME != 0
    }

    /// What others name this program by: the beginning of the hash of its hashes.
    pub(crate) fn code_hash(&self) -> Vec<u8> {
        Sha256::digest(&self.directory)[..20].to_vec()
    }

    /// Hash of something that lies outside; these stand before the first page's, counted backwards.
    pub(crate) fn special(&self, place: usize) -> Vec<u8> {
        assert!(place <= number(&self.directory, 24) as usize, "nothing outside the program is signed");
        let at = number(&self.directory, 16) as usize - 32 * place;
        self.directory[at..at + 32].to_vec()
    }

    pub(crate) fn holds_every_page_of(&self, slice: &Slice) {
        let (first, count) = (number(&self.directory, 16) as usize, number(&self.directory, 28) as usize);
        let limit = number(&self.directory, 32) as usize;
        assert_eq!(limit, slice.signature, "the signature ends before the program does");
        let page = 1_usize << self.directory[39];
        let pages: Vec<&[u8]> = slice.bytes[..limit].chunks(page).collect();
        assert_eq!(pages.len(), count);
        for (index, page) in pages.into_iter().enumerate() {
            let signed = &self.directory[first + 32 * index..][..32];
            assert_eq!(signed, Sha256::digest(page).as_slice(), "page {index} of {}", slice.architecture);
        }
    }
}
