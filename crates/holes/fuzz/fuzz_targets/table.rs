//! Partition tables: as they come, and with their checksums made right, so that what lies behind these is reached.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|image: &[u8]| {
    holes::fuzzing::table(image);
    for sector in [512, 4096] {
        let mut sealed = image.to_vec();
        let other = seal(&mut sealed, sector, 1);
        other.and_then(|other| seal(&mut sealed, sector, other));
        holes::fuzzing::table(&sealed);
    }
});

/// Sets both checksums of the GPT header in sector `at`. Gives the sector of the other header.
fn seal(image: &mut [u8], sector: usize, at: usize) -> Option<usize> {
    let start = at.checked_mul(sector)?;
    let header = image.get(start..start.checked_add(sector)?)?;
    let number = |place: usize| Some(u32::from_le_bytes(*header.get(place..)?.first_chunk()?) as usize);
    let (length, entries_at, entries, size, other) = (number(12)?, number(72)?, number(80)?, number(84)?, number(32)?);
    let entries_at = entries_at.checked_mul(sector)?;
    let array = image.get(entries_at..entries_at.checked_add(entries.checked_mul(size)?)?)?;
    let array = crc32(array).to_le_bytes();
    let header = image.get_mut(start..start + sector)?.get_mut(..length).filter(|header| header.len() >= 92)?;
    header[88..92].copy_from_slice(&array);
    header[16..20].fill(0);
    let sum = crc32(header).to_le_bytes();
    header[16..20].copy_from_slice(&sum);
    Some(other)
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
