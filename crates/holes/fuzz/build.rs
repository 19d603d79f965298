//! Makes the file systems and logs that the fuzzer patches, with `mke2fs` and `debugfs`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Without checksums, so that patches reach what lies behind them; one with all of them.
const KINDS: [&[&str]; 7] = [
    &["-t", "ext4", "-b", "1024", "-O", "^metadata_csum,^64bit,^resize_inode"],
    &["-t", "ext4", "-b", "1024", "-O", "^metadata_csum,64bit,meta_bg,^resize_inode", "-g", "512"],
    &["-t", "ext4", "-b", "4096", "-O", "^metadata_csum,bigalloc", "-C", "16384"],
    &["-t", "ext3", "-b", "1024"],
    &["-t", "ext2", "-b", "1024", "-O", "^sparse_super,^resize_inode"],
    &["-t", "ext4", "-b", "1024", "-O", "metadata_csum,64bit,inline_data", "-g", "512"],
    &["-t", "ext4", "-b", "2048", "-O", "^metadata_csum,uninit_bg,sparse_super2,^resize_inode"],
];

fn run(program: &str, args: &[&str]) {
    let done = Command::new(program).args(args).output().expect("e2fsprogs");
    assert!(done.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("a folder"));
    let seed = out.join("seed");
    fs::create_dir_all(seed.join("folder/deep")).expect("a folder");
    for (name, bytes) in [("a", 30_000), ("folder/b", 70_000), ("folder/deep/c", 5), ("d", 400_000)] {
        fs::write(seed.join(name), vec![0xA5; bytes]).expect("a file");
    }
    let (mut bases, mut logs) = (Vec::new(), Vec::new());
    for (index, options) in KINDS.iter().enumerate() {
        let image = out.join(format!("{index}.img"));
        let _ = fs::remove_file(&image);
        let path = image.to_str().expect("a path");
        let folder = seed.to_str().expect("a path");
        // A log has at least 1024 blocks, and a file system more than one log.
        let (journal, size) = match (options.contains(&"ext2"), options) {
            (true, _) => (&[][..], "4096k"),
            (_, all) if all.contains(&"4096") => (&["-J", "size=4"][..], "16384k"),
            (_, all) if all.contains(&"2048") => (&["-J", "size=2"][..], "8192k"),
            _ => (&["-J", "size=1"][..], "4096k"),
        };
        run("mke2fs", &[&["-q", "-F", "-N", "64", "-d", folder], journal, options, &[path, size]].concat());
        run("debugfs", &["-w", "-R", "rm folder/b", path]);
        bases.push(image.clone());
        if index < 2 || index == 5 {
            let log = logged(&out, &image, index);
            logs.push(log);
        }
    }
    write_list(&out.join("bases.rs"), "BASES", &bases);
    write_list(&out.join("logs.rs"), "LOGS", &logs);
}

/// Writes three transactions into a copy's log and takes the log out of it.
fn logged(out: &Path, image: &Path, index: usize) -> PathBuf {
    let (copy, log) = (out.join(format!("{index}.copy")), out.join(format!("{index}.log")));
    fs::copy(image, &copy).expect("a copy");
    let path = copy.to_str().expect("a path");
    let words = out.join("words");
    let open = if index == 5 { "jo -c -v 3" } else { "jo" };
    let text = format!("{open}\njw -b 40,41,42 /dev/zero\njw -b 43 -r 40 /dev/zero\njw -b 41 /dev/zero\njc\n");
    fs::write(&words, text).expect("words");
    run("debugfs", &["-w", "-f", words.to_str().expect("a path"), path]);
    run("debugfs", &["-R", &format!("dump <8> {}", log.display()), path]);
    log
}

fn write_list(to: &Path, name: &str, files: &[PathBuf]) {
    let each: String = files.iter().map(|file| format!("    include_bytes!({:?}),\n", file.to_str().expect("a path"))).collect();
    fs::write(to, format!("const {name}: &[&[u8]] = &[\n{each}];\n")).expect("a list");
}
