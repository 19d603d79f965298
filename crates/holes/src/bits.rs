//! Numbers and bits out of raw blocks. A place outside reads as zero: callers check lengths once, where they read.

fn array<const N: usize>(raw: &[u8], offset: usize) -> [u8; N] {
    raw.get(offset..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

/// Little-endian, 16 bit.
pub(crate) fn le16(raw: &[u8], offset: usize) -> u16 {
    u16::from_le_bytes(array(raw, offset))
}

/// Little-endian, 32 bit.
pub(crate) fn le32(raw: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(array(raw, offset))
}

/// A word of the bitmap: 64 bits from bit `64 * index`, those from `count` on read as one.
fn word(bitmap: &[u8], index: u64, count: u64) -> u64 {
    let at = usize::try_from(index * 8).unwrap_or(usize::MAX);
    let mut bytes = [0xFF; 8];
    for (to, from) in bytes.iter_mut().zip(bitmap.get(at..).unwrap_or_default()) {
        *to = *from;
    }
    let known = count.saturating_sub(index * 64).min(64);
    let beyond = if known == 64 { 0 } else { u64::MAX << known };
    u64::from_le_bytes(bytes) | beyond
}

/// Zero bits among the first `count`.
pub(crate) fn zeros(bitmap: &[u8], count: u64) -> u64 {
    (0..count.div_ceil(64)).map(|index| u64::from(word(bitmap, index, count).count_zeros())).sum()
}

/// Whether all bits in a range are one.
pub(crate) fn all_ones(bitmap: &[u8], range: std::ops::Range<u64>) -> bool {
    if range.is_empty() {
        return true;
    }
    (range.start / 64..range.end.div_ceil(64)).all(|index| {
        let below = range.start.saturating_sub(index * 64).min(63);
        word(bitmap, index, range.end) | ((1 << below) - 1) == u64::MAX
    })
}

/// Sets the bits of a range.
pub(crate) fn set(bitmap: &mut [u8], range: std::ops::Range<u64>) {
    for bit in range {
        if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|at| bitmap.get_mut(at)) {
            *byte |= 1 << (bit % 8);
        }
    }
}

/// Whether one bit is one; outside it is not.
pub(crate) fn is_set(bitmap: &[u8], bit: u64) -> bool {
    usize::try_from(bit / 8).ok().and_then(|at| bitmap.get(at)).is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
}

/// Runs of zero bits among the first `count`, ascending.
pub(crate) fn zero_runs(bitmap: &[u8], count: u64) -> impl Iterator<Item = std::ops::Range<u64>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = next(bitmap, at, count, false)?;
        at = next(bitmap, start, count, true).unwrap_or(count);
        Some(start..at)
    })
}

/// The first bit from `from` that is one, or zero, below `count`.
fn next(bitmap: &[u8], from: u64, count: u64, one: bool) -> Option<u64> {
    let mut index = from / 64;
    let mut skip = from % 64;
    while index * 64 < count {
        let found = word(bitmap, index, count);
        let wanted = (if one { found } else { !found }) & (u64::MAX << skip);
        if wanted != 0 {
            return Some(index * 64 + u64::from(wanted.trailing_zeros())).filter(|&bit| bit < count);
        }
        (index, skip) = (index + 1, 0);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_agree_with_single_bits(bytes in proptest::collection::vec(any::<u8>(), 0..40), cut in 0u64..330) {
            let count = cut.min(bytes.len() as u64 * 8);
            let free: Vec<u64> = (0..count).filter(|&bit| !is_set(&bytes, bit)).collect();
            prop_assert_eq!(zeros(&bytes, count), free.len() as u64);
            let runs: Vec<_> = zero_runs(&bytes, count).collect();
            prop_assert_eq!(runs.iter().cloned().flatten().collect::<Vec<_>>(), free);
            prop_assert!(runs.windows(2).all(|two| two[0].end < two[1].start));
        }

        #[test]
        fn a_range_is_all_ones_when_each_bit_is(bytes in proptest::collection::vec(prop_oneof![Just(0xFFu8), any::<u8>()], 1..40), a in 0u64..320, b in 0u64..320) {
            let end = b.min(bytes.len() as u64 * 8);
            let range = a.min(end)..end;
            prop_assert_eq!(all_ones(&bytes, range.clone()), range.clone().all(|bit| is_set(&bytes, bit)));
            let mut set_all = bytes.clone();
            set(&mut set_all, range.clone());
            prop_assert!(all_ones(&set_all, range));
        }
    }
}
