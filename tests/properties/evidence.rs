//! Evidence of life never helps a plan.

use plimsoll_core::bytes::Bytes;
use plimsoll_core::ports::{FileFacts, FileKind, Holder, Identity, KernelWord, OpenFiles, Process};
use plimsoll_core::reclaim::{Level, guard};
use plimsoll_core::vm::{Asked, Liveness, judge};
use proptest::prelude::*;

fn word() -> impl Strategy<Value = Option<KernelWord>> {
    prop_oneof![
        Just(None),
        Just(Some(KernelWord::Free)),
        proptest::option::of(1_u32..9999).prop_map(|pid| Some(KernelWord::Held(pid))),
        Just(Some(KernelWord::CannotTell("no".to_owned()))),
    ]
}

fn process() -> impl Strategy<Value = Process> {
    const NAMES: [&str; 4] = ["Claude", "qemu-system-x86_64", "bash", "com.apple.Virtualization.VirtualMachine"];
    (1_u32..9999, proptest::sample::select(&NAMES[..]), prop_oneof![Just(0_u32), Just(501), Just(502)])
        .prop_map(|(pid, name, owner)| Process { pid, name: name.to_owned(), owner })
}

fn asked() -> impl Strategy<Value = Asked> {
    (word(), word(), any::<bool>()).prop_map(|(lease, lock, open_to_all)| Asked {
        path: "/b/rootfs.img".into(),
        facts: FileFacts {
            kind: FileKind::File,
            identity: Identity { device: 1, inode: 2 },
            logical: Bytes(10),
            allocated: Bytes(10),
            links: 1,
            owner: 501,
            mode: if open_to_all { 0o666 } else { 0o600 },
            modified: (0, 0),
            immutable: false,
        },
        lease,
        lock,
    })
}

fn open_files() -> impl Strategy<Value = OpenFiles> {
    let holder = process().prop_map(|p| Holder { pid: Some(p.pid), name: p.name, file: "/b/rootfs.img".into() });
    let list = || proptest::collection::vec(process(), 0..4);
    (proptest::collection::vec(holder, 0..2), list(), list(), any::<bool>()).prop_map(
        |(holders, unreadable, processes, failed)| OpenFiles {
            holders,
            unreadable,
            processes,
            failed: failed.then(|| "no table".to_owned()),
            ..OpenFiles::default()
        },
    )
}

fn refused(asked: &[Asked], open: &OpenFiles, level: Level) -> bool {
    !guard::vm_refusals(&judge(asked, open, 501), level).is_empty()
}

proptest! {
    #[test]
    fn a_holder_more_never_turns_a_refusal_into_consent(
        asked in proptest::collection::vec(asked(), 1..3), open in open_files(), extra in process(),
    ) {
        let before = refused(&asked, &open, Level::Rebuild);
        let mut more = open.clone();
        more.holders.push(Holder { pid: Some(extra.pid), name: extra.name, file: "/b/rootfs.img".into() });
        prop_assert!(refused(&asked, &more, Level::Rebuild));
        prop_assert!(!before || refused(&asked, &more, Level::Rebuild));
    }

    #[test]
    fn a_hidden_process_or_a_worse_word_never_turns_a_refusal_into_consent(
        asked in proptest::collection::vec(asked(), 1..3), open in open_files(), extra in process(), which in 0_usize..3,
    ) {
        let before = refused(&asked, &open, Level::Leftovers);
        let (mut worse, mut more) = (asked.clone(), open.clone());
        match which {
            0 => more.unreadable.push(extra),
            1 => more.processes.push(extra),
            _ => worse[0].lock = Some(KernelWord::Held(None)),
        }
        prop_assert!(!before || refused(&worse, &more, Level::Leftovers));
    }

    #[test]
    fn stopped_is_only_said_when_something_that_knows_says_so(
        asked in proptest::collection::vec(asked(), 1..3), open in open_files(),
    ) {
        if judge(&asked, &open, 501).state == Liveness::Stopped {
            prop_assert!(open.holders.is_empty());
            let leased = asked.iter().all(|image| image.lease == Some(KernelWord::Free));
            let table_seen = open.failed.is_none();
            prop_assert!(leased || table_seen);
            prop_assert!(asked.iter().all(|image| !matches!(image.lock, Some(KernelWord::Held(_)))));
        }
    }
}
