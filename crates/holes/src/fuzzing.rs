//! The parsers of hostile bytes, for the fuzz targets in `fuzz/` and for nobody else.
//!
//! Not here: the targets. Each function panics if what is promised of a parser does not hold.

use crate::source::Window;
use crate::table;

/// Reads a partition table and looks at what it divides.
///
/// # Panics
///
/// If partitions that are not left alone overlap, or end after the image.
pub fn table(image: &[u8]) {
    let _ = table::not_raw(&image);
    let Ok(table) = table::read(&image) else { return };
    let mut taken = table.own.clone();
    for slot in &table.slots {
        let window = Window::new(&image, slot.start, slot.length);
        let _ = table::identify(&window);
        if table.note.is_none() {
            let range = slot.start..slot.start + slot.length;
            assert!(range.end <= image.len() as u64 && !taken.overlaps(range.clone()), "{table:?}");
            taken.insert(range);
        }
    }
}
