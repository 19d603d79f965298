//! Logs, from those that `debugfs` wrote into the file systems of `build.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

include!(concat!(env!("OUT_DIR"), "/logs.rs"));

fuzz_target!(|patches: &[u8]| {
    let Some((&base, mut rest)) = patches.split_first() else { return };
    let mut log = LOGS[usize::from(base) % LOGS.len()].to_vec();
    while let [a, b, c, length, more @ ..] = rest {
        let at = u32::from_le_bytes([*a, *b, *c, 0]) as usize % log.len();
        let (patch, more) = more.split_at(more.len().min(usize::from(*length % 16)));
        for (to, from) in log[at..].iter_mut().zip(patch) {
            *to = *from;
        }
        rest = more;
    }
    holes::fuzzing::journal(&log);
});
