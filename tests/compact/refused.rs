//! What is left alone: each says why, and not a byte of it changes.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use holes::{Error, Reason};

use crate::corpus::{ensure, trim};
use crate::image::{Place, Scratch, differences, must, number, stored, stored_copy, text, tool};
use crate::tell;

const BARE: Place = Place { start: 0, length: 32 << 20 };

/// An image that is left alone.
struct Case {
    name: &'static str,
    /// For `mke2fs`; nothing for an image without a file system.
    options: &'static str,
    /// What is done to it then.
    harm: fn(&Path) -> Result<(), String>,
    /// The sentence says this.
    why: &'static str,
}

const CASES: &[Case] = &[
    Case { name: "noise", options: "", harm: noise, why: "no ext2, ext3 or ext4 file system" },
    Case { name: "qcow2", options: "", harm: |image| write(image, 0, b"QFI\xfb"), why: "not a raw disk image" },
    Case { name: "ASIF", options: "", harm: |image| write(image, 0, b"shdw"), why: "not a raw disk image" },
    Case { name: "a log's device", options: "-O journal_dev", harm: |_| Ok(()), why: "external journal" },
    Case { name: "multiple mount protection", options: "-O mmp", harm: |_| Ok(()), why: "multiple mount protection" },
    Case {
        name: "a feature of tomorrow",
        options: "-O ^metadata_csum",
        // `s_feature_incompat`.
        harm: |image| flip(image, 1024 + 0x63, 0x40),
        why: "not understood",
    },
    Case {
        name: "errors that the kernel saw",
        options: "",
        harm: |image| debugfs(image, &["-t", "ext4"], "ssv state 3"),
        why: "let e2fsck repair it first",
    },
    Case {
        name: "ext2 that was never unmounted",
        options: "",
        harm: |image| debugfs(image, &["-t", "ext2"], "ssv state 0"),
        why: "let e2fsck repair it first",
    },
    Case {
        name: "a wrong superblock",
        options: "-t ext4",
        // `s_free_blocks_count_lo`, under a checksum.
        harm: |image| flip(image, 1024 + 0xC, 0x11),
        why: "damaged",
    },
    Case { name: "a wrong bitmap", options: "-t ext4 -b 1024", harm: wrong_bitmap, why: "damaged" },
    Case {
        name: "a wrong bitmap without checksums",
        options: "-t ext4 -b 1024 -O ^metadata_csum,^uninit_bg",
        harm: wrong_bitmap,
        why: "damaged",
    },
    Case {
        name: "a wrong descriptor",
        options: "-t ext4 -b 1024",
        harm: |image| flip(image, 2048 + 4, 0xF0),
        why: "damaged",
    },
    Case { name: "a file in free blocks", options: "", harm: file_in_free_blocks, why: "inode" },
    Case { name: "a second table that was lost", options: "", harm: half_a_table, why: "damaged" },
];

#[test]
fn what_is_left_alone_says_why_and_stays_as_it_is() {
    if let Err(why) = must("mke2fs", &["-V"]) {
        tell(&format!("compact: SKIPPED what is left alone: {why}"));
        return;
    }
    let failures: Vec<String> = CASES.iter().filter_map(|case| prove(case).err()).collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

fn prove(case: &Case) -> Result<(), String> {
    let scratch = Scratch::new();
    let image = scratch.path("image");
    File::create(&image).and_then(|file| file.set_len(BARE.length)).map_err(|error| error.to_string())?;
    if !case.options.is_empty() {
        let options: Vec<&str> = case.options.split_whitespace().chain(["-q", "-F", text(&image)]).collect();
        must("mke2fs", &options)?;
    }
    (case.harm)(&image)?;
    let copy = stored_copy(&image, "copy")?;
    let before = stored(&copy)?;
    let said = match trim(&copy) {
        Ok((plan, done)) => {
            ensure(plan.punchable_bytes == 0 && done.freed_bytes == 0, || {
                format!("{}: something was freed", case.name)
            })?;
            let reasons: Vec<&Reason> = plan.layout.partitions.iter().filter_map(|one| one.skipped.as_ref()).collect();
            ensure(!reasons.is_empty(), || format!("{}: nothing was refused: {:?}", case.name, plan.layout))?;
            reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        }
        Err(error @ Error::NotRaw(_)) => error.to_string(),
        Err(error) => return Err(format!("{}: {error}", case.name)),
    };
    tell(&format!("compact: {}: {said}", case.name));
    ensure(said.contains(case.why), || format!("{}: {said}", case.name))?;
    ensure(stored(&copy)? == before, || format!("{}: its blocks have changed", case.name))?;
    ensure(differences(&image, &copy)?.is_empty(), || format!("{}: its bytes have changed", case.name))
}

fn noise(image: &Path) -> Result<(), String> {
    let noise: Vec<u8> =
        (0_u32..1 << 20).flat_map(|number| blake3::hash(&number.to_le_bytes()).as_bytes()[..4].to_vec()).collect();
    write(image, 0, &noise)
}

fn write(image: &Path, at: u64, bytes: &[u8]) -> Result<(), String> {
    let file = OpenOptions::new().write(true).open(image).map_err(|error| error.to_string())?;
    file.write_all_at(bytes, at).map_err(|error| error.to_string())
}

/// Turns these bits of a byte round.
fn flip(image: &Path, at: u64, bits: u8) -> Result<(), String> {
    let mut byte = [0];
    File::open(image).and_then(|file| file.read_exact_at(&mut byte, at)).map_err(|error| error.to_string())?;
    write(image, at, &[byte[0] ^ bits])
}

fn debugfs(image: &Path, options: &[&str], command: &str) -> Result<(), String> {
    must("mke2fs", &[options, &["-q", "-F", text(image)]].concat())?;
    must("debugfs", &["-w", "-R", command, text(image)]).map(drop)
}

/// The last blocks of the first group are said to be the other thing.
fn wrong_bitmap(image: &Path) -> Result<(), String> {
    let told = must("dumpe2fs", &[text(image)])?;
    let line = told.lines().find_map(|line| line.trim().strip_prefix("Block bitmap at "));
    let block: Option<u64> = line.and_then(|rest| rest.split([' ', ',']).next()?.parse().ok());
    flip(image, block.ok_or("no bitmap")? * number(&told, "Block size") + 1000, 0x3C)
}

/// A file whose blocks are free by bitmap, descriptor and superblock alike: only a walk over the inodes finds it.
fn file_in_free_blocks(image: &Path) -> Result<(), String> {
    must("mke2fs", &["-q", "-F", "-t", "ext4", "-b", "1024", "-O", "^metadata_csum,^uninit_bg", text(image)])?;
    let script = image.with_extension("script");
    let small = image.with_extension("small");
    std::fs::write(&small, vec![0x77; 1 << 16]).map_err(|error| error.to_string())?;
    std::fs::write(&script, format!("write {} victim\n", text(&small))).map_err(|error| error.to_string())?;
    must("debugfs", &["-w", "-f", text(&script), text(image)])?;
    let blocks = must("debugfs", &["-R", "blocks victim", text(image)])?;
    let first = blocks.split_whitespace().next().ok_or("no blocks")?.to_owned();
    let count = blocks.split_whitespace().count() as u64;
    let told = must("dumpe2fs", &[text(image)])?;
    let all = number(&told, "Free blocks") + count;
    let group = told.lines().find_map(|line| line.trim().split_once(" free blocks, ")?.0.parse::<u64>().ok());
    let group = group.ok_or("no count")? + count;
    let lie = format!("freeb {first} {count}\nset_bg 0 free_blocks_count {group}\nssv free_blocks_count {all}\n");
    std::fs::write(&script, lie).map_err(|error| error.to_string())?;
    must("debugfs", &["-w", "-f", text(&script), text(image)])?;
    let told = tool("e2fsck", &["-fn", text(image)])?;
    ensure(told.code != 0, || "e2fsck finds nothing wrong".to_owned())
}

fn half_a_table(image: &Path) -> Result<(), String> {
    must("sgdisk", &["-n", "1:2048:0", text(image)])?;
    let place = Place { start: 1 << 20, length: 30 << 20 };
    must("mke2fs", &["-q", "-E", "offset=1048576", text(image), &format!("{}k", place.length / 1024)])?;
    write(image, (32 << 20) - 512, &[0; 512])
}
