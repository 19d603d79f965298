//! Sizes in bytes and the only formatter of them.
//!
//! Not here: what is measured, and any threshold.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A size in bytes. Arithmetic saturates: a size below zero or above `u64::MAX` has no meaning here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Bytes {
    /// No bytes.
    pub const ZERO: Self = Self(0);

    /// `n` × 10⁶ bytes.
    #[must_use]
    pub const fn mega(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000))
    }

    /// `n` × 10⁹ bytes.
    #[must_use]
    pub const fn giga(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000_000))
    }

    /// Bytes held by `blocks` of 512 bytes, the unit of `st_blocks` (POSIX `<sys/stat.h>`, Linux and Darwin).
    #[must_use]
    pub const fn from_blocks(blocks: u64) -> Self {
        Self(blocks.saturating_mul(512))
    }

    /// `self - other`, or zero.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self + other`, or the largest size there is.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The size as a float, for rates and pictures.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        self.0 as f64
    }
}

impl std::iter::Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::ZERO, Self::plus)
    }
}

impl fmt::Display for Bytes {
    /// Decimal units with at most one digit after the point, as Finder shows: `10.7 GB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.0 >= 1_000_000);
        let options = humansize::DECIMAL.decimal_places(digits).decimal_zeroes(0);
        f.pad(&humansize::format_size(self.0, options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_in_finder() {
        let cases =
            [(0, "0 B"), (999, "999 B"), (131_072, "131 kB"), (5_000_000_000, "5 GB"), (10_737_418_240, "10.7 GB")];
        for (bytes, shown) in cases {
            assert_eq!(Bytes(bytes).to_string(), shown);
        }
    }

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Bytes(1).less(Bytes(2)), Bytes::ZERO);
        assert_eq!(Bytes(u64::MAX).plus(Bytes(1)), Bytes(u64::MAX));
        assert_eq!(Bytes::from_blocks(u64::MAX), Bytes(u64::MAX));
    }
}
