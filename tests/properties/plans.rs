//! Plans over generated bundles with hostile names, kinds and links.

use std::os::unix::fs::symlink;

use plimsoll_core::adapters::{ProcessTable, SystemClock, UnixDisk};
use plimsoll_core::bundle::{Role, role_of};
use plimsoll_core::measure::{self, Depth};
use plimsoll_core::ports::{Asker, Quiet};
use plimsoll_core::reclaim::plan::{self, Action, SourceCheck};
use plimsoll_core::reclaim::{Level, Scope, Wish, Yard};
use plimsoll_tests::small::Small;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Shape {
    File(u16),
    Folder,
    LinkOut,
    LinkIn,
    Hard,
}

fn name() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 20] = [
        "rootfs.img",
        ".rootfs.img.origin",
        "sessiondata.img",
        "sessiondata.qcow2",
        "efivars.fd",
        "machineIdentifier",
        "vmIP",
        ".cowork-adopted",
        "rootfs.vhdx",
        "rootfs.vhdx.zst",
        "rootfs.img.zst.partial",
        ".wvm-tmp-1",
        "rootfs.img.bak",
        "sessiondata.img.partial",
        "..partial",
        "-rf.partial",
        "a\nb.partial",
        "\u{202e}gmi.partial",
        "rootfs.qcow2",
        ".plimsoll-1-rootfs.img",
    ];
    prop_oneof![
        3 => proptest::sample::select(&KNOWN[..]).prop_map(str::to_owned),
        1 => "[a-zA-Z0-9 .$;*\u{e9}\u{7f}-]{1,20}".prop_filter("a name", |name| name != "." && name != ".."),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        4 => any::<u16>().prop_map(Shape::File),
        1 => Just(Shape::Folder),
        1 => Just(Shape::LinkOut),
        1 => Just(Shape::LinkIn),
        1 => Just(Shape::Hard),
    ]
}

fn place(small: &Small, name: &str, shape: &Shape) {
    let path = small.bundle.join(name);
    if path.symlink_metadata().is_ok_and(|found| found.is_file() || found.is_symlink()) {
        std::fs::remove_file(&path).expect("make room");
    }
    // What cannot be made under this name is not in the bundle.
    let _ = match shape {
        Shape::File(length) => std::fs::write(&path, vec![1; usize::from(*length)]),
        Shape::Folder => std::fs::create_dir(&path),
        Shape::LinkOut => symlink("/etc/hostname", &path),
        Shape::LinkIn => symlink("rootfs.img.zst", &path),
        Shape::Hard => std::fs::hard_link(small.bundle.join("efivars.fd"), &path),
    };
    if matches!(shape, Shape::File(_)) {
        let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(216);
        let _ = std::fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(long_ago));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_names_what_it_must_not(entries in proptest::collection::vec((name(), shape()), 0..12)) {
        let folder = tempfile::tempdir().expect("a folder");
        let small = Small::make(folder.path());
        for (name, shape) in &entries {
            place(&small, name, shape);
        }
        let asker = Asker { disk: &UnixDisk, processes: &ProcessTable };
        let yard = Yard { asker, clock: &SystemClock, progress: &Quiet, state: &small.state };
        let measured = measure::measure_bundle(asker, small.find(), Depth::Thorough, &mut Vec::new());
        let session = Wish { level: Level::Compact, scope: Scope::Session };
        for wish in Level::ALL.into_iter().map(Wish::from).chain([session]) {
            let level = wish.level;
            let plan = plan::make(yard, &measured, wish, SourceCheck::Frames);
            for step in &plan.steps {
                let target = &step.target;
                prop_assert_eq!(target.path().parent(), Some(small.bundle.as_path()));
                let role = role_of(target.name());
                let session = role == Role::UserData;
                let forbidden =
                    matches!(role, Role::Identity | Role::Unknown | Role::Source | Role::Prefetch | Role::Aside);
                prop_assert!(!forbidden);
                let asked = wish.scope == Scope::Session && target.action() == Action::Compact;
                prop_assert!(!session || asked || (level == Level::Reset && target.action() == Action::SetAside));
                prop_assert!(target.action() != Action::Compact || session == asked);
                prop_assert!(level != Level::Compact || target.action() == Action::Compact);
                let found = target.path().symlink_metadata().expect("it is there");
                let link = found.is_symlink();
                let hard = found.is_file() && std::os::unix::fs::MetadataExt::nlink(&found) > 1;
                prop_assert!(!(link || hard) || !plan.refusals.is_empty());
            }
        }
    }
}
