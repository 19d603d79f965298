//! File systems that `mke2fs` and `debugfs` made, with patches over them: the first byte picks one, then come patches of
//! three bytes of offset, one of length, and what is written there.
#![no_main]

use libfuzzer_sys::fuzz_target;

include!(concat!(env!("OUT_DIR"), "/bases.rs"));

fuzz_target!(|patches: &[u8]| {
    let Some((&base, mut rest)) = patches.split_first() else { return };
    let mut image = BASES[usize::from(base) % BASES.len()].to_vec();
    while let [a, b, c, length, more @ ..] = rest {
        let at = u32::from_le_bytes([*a, *b, *c, 0]) as usize % image.len();
        let (patch, more) = more.split_at(more.len().min(usize::from(*length % 16)));
        for (to, from) in image[at..].iter_mut().zip(patch) {
            *to = *from;
        }
        rest = more;
    }
    holes::fuzzing::ext4(&image);
});
