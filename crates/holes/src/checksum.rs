//! The checksums of ext4 and its journal, with the seed as their formats carry it on from one piece to the next.
//!
//! None inverts its result. Not here: where they are kept and what they cover.

use crc::{Algorithm, Crc, Table};

/// CRC-32C without the inversion at the end: the result is the seed of what follows.
static CRC32C: Algorithm<u32> = Algorithm { xorout: 0, ..crc::CRC_32_ISCSI };

// Sixteen bytes at a step: every inode and bitmap in use goes through it.
static BY_CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC32C);
static BY_CRC16: Crc<u16> = Crc::<u16>::new(&crc::CRC_16_ARC);
static BY_CRC32_BE: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&crc::CRC_32_MPEG_2);

/// CRC-32C of `data`, carried on from `seed` (all ones at the very start).
pub(crate) fn crc32c(seed: u32, data: &[u8]) -> u32 {
    // The crate takes the initial value in the catalogue's bit order, which is not that of a reflected register.
    let mut digest = BY_CRC32C.digest_with_initial(seed.reverse_bits());
    digest.update(data);
    digest.finalize()
}

/// CRC-16 of `data` as group descriptors without `metadata_csum` have it, carried on from `seed`.
pub(crate) fn crc16(seed: u16, data: &[u8]) -> u16 {
    let mut digest = BY_CRC16.digest_with_initial(seed.reverse_bits());
    digest.update(data);
    digest.finalize()
}

/// CRC-32 with the highest bit first, as the oldest checksums of the journal have it, carried on from `seed`.
pub(crate) fn crc32_be(seed: u32, data: &[u8]) -> u32 {
    let mut digest = BY_CRC32_BE.digest_with_initial(seed);
    digest.update(data);
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &[u8] = b"123456789";

    /// Values of the CRC catalogue; CRC-32C's and MODBUS's (CRC-16 that starts with ones) as their registers end.
    #[test]
    fn they_are_the_catalogues() {
        assert_eq!(crc32c(u32::MAX, DIGITS), !0xe306_9283);
        assert_eq!(crc16(0, DIGITS), 0xbb3d);
        assert_eq!(crc16(u16::MAX, DIGITS), 0x4b37);
        assert_eq!(crc32_be(u32::MAX, DIGITS), 0x0376_e6e7);
    }

    /// Starting anew from a result is the same as going on.
    #[test]
    fn a_result_is_the_seed_of_what_follows() {
        for cut in 0..=DIGITS.len() {
            let (head, tail) = DIGITS.split_at(cut);
            assert_eq!(crc32c(crc32c(0x1234_5678, head), tail), crc32c(0x1234_5678, DIGITS));
            assert_eq!(crc16(crc16(0x1234, head), tail), crc16(0x1234, DIGITS));
            assert_eq!(crc32_be(crc32_be(0x1234_5678, head), tail), crc32_be(0x1234_5678, DIGITS));
        }
    }
}
