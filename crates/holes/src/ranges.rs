//! Sets of bytes as sorted, disjoint ranges.
