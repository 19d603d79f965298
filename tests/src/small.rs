//! A small bundle of real files, laid out as the app's, and what it looks like before and after.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use plimsoll_core::adapters::UnixDisk;
use plimsoll_core::bundle::{self, Bundle};

/// A bundle and a state folder under one temporary folder.
pub struct Small {
    /// The user-data folder.
    pub root: PathBuf,
    /// The bundle.
    pub bundle: PathBuf,
    /// Plimsoll's own folder.
    pub state: PathBuf,
}

/// Held while a file of a bundle is open here, and while a child is started: until its `exec` a child has all that its
/// parent had open, and to the guard it is a holder like any other.
pub static FORKING: Mutex<()> = Mutex::new(());

pub(crate) fn alone() -> MutexGuard<'static, ()> {
    FORKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a child while no file of a bundle is open here.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn start(command: &mut Command) -> Child {
    let _alone = alone();
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start the child")
}

/// Length of both images: sparse, a few hundred kB of them data.
const LENGTH: u64 = 4 << 20;

impl Small {
    /// Makes one.
    ///
    /// # Panics
    /// When the folder cannot be written: there is no test without it.
    #[must_use]
    pub fn make(folder: &Path) -> Self {
        let _alone = alone();
        let root = folder.join("Claude");
        let bundle = root.join("vm_bundles/claudevm.bundle");
        let state = folder.join("state");
        fs::create_dir_all(&bundle).expect("make the bundle");
        fs::create_dir_all(&state).expect("make the state folder");
        let image = |name: &str, seed: u8| {
            let file = File::create(bundle.join(name)).expect("make the image");
            let noise: Vec<u8> =
                (0..200_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[1] ^ seed).collect();
            file.write_all_at(&noise, 1 << 20).expect("write the image");
            file.set_len(LENGTH).expect("stretch the image");
            file
        };
        drop(image("rootfs.img", 1));
        let session = image("sessiondata.img", 2);
        // The magic number of ext4, where its superblock has it.
        session.write_all_at(&[0x53, 0xEF], 1024 + 0x38).expect("write the magic number");
        let content = fs::read(bundle.join("rootfs.img")).expect("read the image");
        let mut zst = zstd::Encoder::new(File::create(bundle.join("rootfs.img.zst")).expect("make"), 3).expect("zstd");
        zst.include_checksum(true).expect("zstd");
        zst.set_pledged_src_size(Some(LENGTH)).expect("zstd");
        zst.write_all(&content).expect("compress");
        zst.finish().expect("compress");
        for name in [".rootfs.img.origin", ".rootfs.img.zst.origin", ".cowork-adopted"] {
            fs::write(bundle.join(name), "88251839".repeat(5)).expect("write the marker");
        }
        fs::write(bundle.join("efivars.fd"), vec![7; 4096]).expect("write");
        fs::write(bundle.join("notes.txt"), "mine").expect("write");
        for entry in fs::read_dir(&bundle).expect("list") {
            fs::set_permissions(entry.expect("entry").path(), Permissions::from_mode(0o600)).expect("chmod");
        }
        let bundle = bundle.canonicalize().expect("resolve");
        Self { root, bundle, state }
    }

    /// The bundle as the core finds it.
    ///
    /// # Panics
    /// When it is not found.
    #[must_use]
    pub fn find(&self) -> Bundle {
        bundle::find(&UnixDisk, std::slice::from_ref(&self.root)).bundles.pop().expect("the bundle is found")
    }

    /// Name and content hash of every file in the bundle.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn contents(&self) -> BTreeMap<String, String> {
        let _alone = alone();
        let entries = fs::read_dir(&self.bundle).expect("list");
        entries
            .map(|entry| {
                let entry = entry.expect("entry");
                let hash = blake3::hash(&fs::read(entry.path()).expect("read")).to_hex().to_string();
                (entry.file_name().to_string_lossy().into_owned(), hash)
            })
            .collect()
    }
}
