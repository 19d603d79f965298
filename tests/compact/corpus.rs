//! Ground truth: on every kind of image, what is punched is no less than what the kernel's own trim gives back, and
//! nothing that a file system knows of has changed.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use holes::{Error, Options, Plan, Punched, Unwatched};

use crate::image::{
    self, Mounted, PIECE, Place, Scratch, clean, differences, dumped_listing, mounted_listing, must, number, stored,
    stored_copy, text, tool,
};
use crate::kinds::{self, Fill, Kind, Table};
use crate::{can_mount, nightly, tell};

#[test]
fn blocks() {
    prove_all("blocks", kinds::BLOCKS);
}

#[test]
fn groups() {
    prove_all("groups", kinds::GROUPS);
}

#[test]
fn checksums() {
    prove_all("checksums", kinds::CHECKSUMS);
}

#[test]
fn journals() {
    prove_all("journals", kinds::JOURNALS);
}

#[test]
fn inodes() {
    prove_all("inodes", kinds::INODES);
}

#[test]
fn features() {
    prove_all("features", kinds::FEATURES);
}

#[test]
fn contents() {
    prove_all("contents", kinds::CONTENTS);
}

#[test]
fn tables() {
    prove_all("tables", kinds::TABLES);
}

#[test]
fn large() {
    if nightly() {
        prove_all("large", kinds::LARGE);
    }
}

#[test]
fn largest() {
    if nightly() {
        prove_all("largest", kinds::LARGEST);
    }
}

/// Proves each kind, goes on after a failure, and fails with all of them.
fn prove_all(family: &str, kinds: &[Kind]) {
    if !can_mount(family) {
        return;
    }
    let failures = kinds.iter().filter_map(|kind| prove(kind).err()).inspect(|failure| tell(failure)).count();
    assert_eq!(failures, 0, "of {} kinds", kinds.len());
}

fn prove(kind: &Kind) -> Result<(), String> {
    let started = Instant::now();
    // As large as a real disk: too large for memory.
    let scratch = if kind.megabytes > 1000 { Scratch::on(&std::env::temp_dir()) } else { Scratch::new() };
    let told = compare(kind, &scratch).map_err(|error| format!("compact: {} FAILED: {error}", kind.name))?;
    tell(&format!("compact: {}: {told} ({:.1} s)", kind.name, started.elapsed().as_secs_f64()));
    Ok(())
}

/// Trims one copy by us, one by the kernel and one by e2fsck, and holds them against each other and the original.
fn compare(kind: &Kind, scratch: &Scratch) -> Result<String, String> {
    let (original, place) = make(kind, scratch)?;
    clean(&original, place)?;
    let listing_of = match kind.fill {
        Fill::Mounted(_) => mounted_listing,
        Fill::Unmounted => dumped_listing,
    };
    let before = listing_of(&original, place)?;
    ensure(before.lines().count() > 2, || format!("hardly any files: {before}"))?;

    let ours = stored_copy(&original, "ours")?;
    let full = stored(&ours)?;
    let (plan, done) = trim(&ours).map_err(|error| error.to_string())?;
    let freed = full - stored(&ours)?;
    let refused: Vec<_> = plan.layout.partitions.iter().filter(|one| one.start == place.start).collect();
    ensure(refused.len() == 1 && refused[0].skipped.is_none(), || format!("left alone: {:?}", plan.layout))?;
    ensure(done.freed_bytes == freed, || format!("{} were told, {freed} came back", done.freed_bytes))?;
    let off = plan.punchable_bytes.abs_diff(freed);
    ensure(off <= tree(&plan), || format!("{} bytes were promised, {freed} came back", plan.punchable_bytes))?;
    let again = plan_of(&ours).map_err(|error| error.to_string())?;
    ensure(again.punchable_bytes == 0, || format!("a second time there were {} bytes", again.punchable_bytes))?;
    clean(&ours, place)?;
    same_files(&before, &listing_of(&ours, place)?)?;
    only_holes(&original, &ours, place)?;
    fs::remove_file(&ours).map_err(|error| error.to_string())?;

    let kernels = match kind.fill {
        Fill::Mounted(_) => fstrim(&original, place)?,
        // Without the kernel, what the file system counts as free is what must come back: whole host blocks here.
        Fill::Unmounted => free_bytes(&original, place)?,
    };
    let checkers = e2fsck_discard(&original, place)?;
    ensure(freed + slack(kind, &plan) >= kernels, || format!("{freed} bytes against the kernel's {kernels}"))?;
    ensure(freed > 0, || "nothing came back".to_owned())?;
    Ok(format!("{freed} bytes in {} holes; fstrim {kernels}, e2fsck {checkers}", plan.holes))
}

/// Makes an image of this kind, and returns where its file system is.
pub(crate) fn make(kind: &Kind, scratch: &Scratch) -> Result<(PathBuf, Place), String> {
    let image = scratch.path("image");
    let junk = scratch.junk();
    let place = divide(&image, kind)?;
    format(&image, kind, place, &junk)?;
    match kind.fill {
        Fill::Mounted(how) => {
            for phase in ["write", "delete"] {
                let mounted = Mounted::new(&image, place, "nodiscard")?;
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("compact/fill");
                let call = ["--chdir", text(mounted.path()), text(&script), how, phase, text(&junk)];
                must("env", &call)?;
                mounted.leave()?;
            }
        }
        Fill::Unmounted => {
            // Freed again, so that what was in them stays in free blocks.
            for name in ["goes-1", "goes-2", "goes-3", "small/7", "small/9"] {
                must("debugfs", &["-w", "-R", &format!("rm {name}"), &place.of(&image)])?;
            }
            // Its counts are written anew as they should be; it is allowed to have repaired something.
            let ended = tool("e2fsck", &["-fy", &place.of(&image)])?;
            ensure(ended.code <= 1, || ended.text.clone())?;
        }
    }
    if kind.table == Table::GptGrown {
        let file = OpenOptions::new().write(true).open(&image).map_err(|error| error.to_string())?;
        file.set_len((kind.megabytes + 8) << 20).map_err(|error| error.to_string())?;
    }
    Ok((image, place))
}

/// Makes the empty disk with its table.
fn divide(image: &Path, kind: &Kind) -> Result<Place, String> {
    let length = kind.megabytes << 20;
    let file = File::create(image).map_err(|error| error.to_string())?;
    file.set_len(length).map_err(|error| error.to_string())?;
    let mebibyte = 1 << 20;
    // GPT keeps its last 33 sectors, and partitions begin on whole MiB.
    let one = |start: u64| Place { start, length: length - start - mebibyte };
    let arguments: &[&str] = match kind.table {
        Table::Bare => return Ok(Place { start: 0, length }),
        Table::Gpt | Table::GptGrown => &["-n", "1:2048:0", "-t", "1:8300"],
        // The last is what makes an MBR of it.
        Table::Mbr => &["-n", "1:2048:0", "-t", "1:8300", "-m", "1"],
        Table::GptCloud => {
            &["-n", "14:2048:10239", "-t", "14:ef02", "-n", "15:10240:227327", "-t", "15:ef00", "-n", "1:227328:0"]
        }
        Table::GptGaps => &["-n", "1:6144:+60M", "-n", "2:+3M:+8M", "-t", "2:8200"],
    };
    must("sgdisk", &[arguments, &[text(image)]].concat())?;
    let place = match kind.table {
        Table::GptCloud => one(227_328 * 512),
        Table::GptGaps => Place { start: 3 * mebibyte, length: 57 * mebibyte },
        _ => one(mebibyte),
    };
    if kind.table == Table::GptGaps {
        // Nobody knows what the bytes between partitions are for, so they are not nothing.
        let noise = vec![0x5A; 1 << 20];
        for at in [2, 60, 62, 64, 66, 72, 80, 94] {
            file.write_all_at(&noise, at * mebibyte).map_err(|error| error.to_string())?;
        }
    }
    Ok(place)
}

/// Makes the file system.
fn format(image: &Path, kind: &Kind, place: Place, junk: &Path) -> Result<(), String> {
    let mut extended = format!("nodiscard,offset={}", place.start);
    let mut options = Vec::new();
    let mut words = kind.options.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            // Of several -E only the last counts.
            "-E" => extended = format!("{extended},{}", words.next().unwrap_or_default()),
            _ => options.push(word),
        }
    }
    if !options.contains(&"-t") {
        options.extend(["-t", "ext4"]);
    }
    let seed = image.with_extension("seed");
    if kind.fill == Fill::Unmounted {
        plant(&seed, junk).map_err(|error| error.to_string())?;
        options.extend(["-d", text(&seed)]);
    }
    let size = format!("{}k", place.length / 1024);
    options.extend(["-q", "-E", &extended, text(image), &size]);
    must("mke2fs", &options).map(drop)
}

/// Files for `mke2fs -d`: some that are removed again, some so small that they fit into their inodes.
fn plant(seed: &Path, junk: &Path) -> std::io::Result<()> {
    let junk = fs::read(junk)?;
    fs::create_dir_all(seed.join("small"))?;
    fs::create_dir_all(seed.join("a/b/c"))?;
    for number in 1..=3_usize {
        fs::write(seed.join(format!("goes-{number}")), &junk[..number << 21])?;
        fs::write(seed.join(format!("a/b/stays-{number}")), &junk[number << 20..number << 22])?;
    }
    for number in 0..120 {
        fs::write(seed.join(format!("small/{number}")), &junk[..number * 3])?;
    }
    std::os::unix::fs::symlink("small/3", seed.join("link"))?;
    std::os::unix::fs::symlink("x".repeat(180), seed.join("long-link"))
}

fn plan_of(image: &Path) -> Result<Plan, Error> {
    let file = File::open(image).map_err(Error::opening)?;
    holes::plan(&file, &Options::default(), &mut Unwatched)
}

pub(crate) fn trim(image: &Path) -> Result<(Plan, Punched), Error> {
    let file = OpenOptions::new().read(true).write(true).open(image).map_err(Error::opening)?;
    let plan = holes::plan(&file, &Options::default(), &mut Unwatched)?;
    let done = holes::punch(&file, &plan, &mut Unwatched)?;
    Ok((plan, done))
}

/// Bytes that the kernel's trim gives back.
fn fstrim(original: &Path, place: Place) -> Result<u64, String> {
    let copy = stored_copy(original, "kernel")?;
    let before = stored(&copy)?;
    let mounted = Mounted::new(&copy, place, "nodiscard")?;
    must("fstrim", &[text(mounted.path())])?;
    mounted.leave()?;
    let freed = before - stored(&copy)?;
    fs::remove_file(&copy).map_err(|error| error.to_string())?;
    Ok(freed)
}

/// Bytes that e2fsck gives back. It knows of more than free blocks: parts of inode tables that were never used.
fn e2fsck_discard(original: &Path, place: Place) -> Result<u64, String> {
    let copy = stored_copy(original, "e2fsck")?;
    let before = stored(&copy)?;
    must("e2fsck", &["-fy", "-E", "discard", &place.of(&copy)])?;
    let freed = before - stored(&copy)?;
    fs::remove_file(&copy).map_err(|error| error.to_string())?;
    Ok(freed)
}

fn free_bytes(original: &Path, place: Place) -> Result<u64, String> {
    let header = image::header(original, place)?;
    Ok(number(&header, "Free blocks") * number(&header, "Block size"))
}

/// What we may give back less than the kernel: nothing but that. Without the kernel, free blocks are counted one by one,
/// and those at both ends of a hole may be parts of a host's block.
fn slack(kind: &Kind, plan: &Plan) -> u64 {
    match kind.fill {
        Fill::Mounted(_) => tree(plan),
        Fill::Unmounted => tree(plan) + plan.holes * PIECE as u64,
    }
}

/// The host may need blocks of its own to remember the holes. A block of an ext4 host's extent tree tells of 340
/// extents; in memory there are none.
fn tree(plan: &Plan) -> u64 {
    (plan.holes.div_ceil(300) + 2) * PIECE as u64
}

pub(crate) fn same_files(before: &str, after: &str) -> Result<(), String> {
    let differing = before.lines().zip(after.lines()).find(|(before, after)| before != after);
    ensure(before == after, || format!("the files differ: {differing:?}"))
}

/// Every byte outside the file system is as it was, and every byte in it is, or has become zero.
pub(crate) fn only_holes(original: &Path, ours: &Path, place: Place) -> Result<(), String> {
    let inside = place.start..place.start + place.length;
    let strange = differences(original, ours)?.into_iter().find(|(at, zero)| !zero || !inside.contains(at));
    ensure(strange.is_none(), || format!("changed, and not into a hole of the file system: {strange:?}"))
}

pub(crate) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
