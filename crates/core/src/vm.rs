//! Is the VM alive? Evidence in, an answer with its reasons out.
//!
//! Not here: how the evidence is gathered (`adapters`), what may be done on an answer (`reclaim::guard`).

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ports::{FileFacts, Holder, KernelWord, OpenFiles, Process};

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Liveness {
    /// Nobody has the images open, and something that would know says so.
    Stopped,
    /// Somebody has an image open.
    Running,
    /// Nothing that would know could be asked.
    Unknown,
}

/// The one of several that says most of life; stopped when there is none.
#[must_use]
pub fn liveliest(states: impl Iterator<Item = Liveness>) -> Liveness {
    let rank = |state: &Liveness| match state {
        Liveness::Stopped => 0,
        Liveness::Unknown => 1,
        Liveness::Running => 2,
    };
    states.max_by_key(rank).unwrap_or(Liveness::Stopped)
}

/// Where a piece of evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Open files of every process.
    OpenFiles,
    /// The kernel's write lease.
    WriteLease,
    /// Advisory locks on the images.
    Locks,
    /// Names in the process table.
    KnownProcesses,
}

/// What one source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Nobody holds an image.
    Clear,
    /// Somebody does.
    Held,
    /// This source cannot know here.
    CannotTell,
}

/// One source's answer, kept and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Who says it.
    pub source: Source,
    /// What it says.
    pub finding: Finding,
    /// In words, with what was missing.
    pub detail: String,
}

/// Whether the VM runs, by whom, and how we know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vm {
    /// The answer.
    pub state: Liveness,
    /// Who holds which image.
    pub holders: Vec<Holder>,
    /// Every source's word.
    pub evidence: Vec<Evidence>,
    /// Claude itself runs, and may start the VM at any moment.
    pub app_running: bool,
    /// A VM holds the images and Claude does not run.
    pub orphan: bool,
}

/// One image and what the kernel says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The image.
    pub path: PathBuf,
    /// What `stat` says of it.
    pub facts: FileFacts,
    /// Answer to the lease, none when it was not asked for.
    pub lease: Option<KernelWord>,
    /// Answer about locks, none when it was not asked for.
    pub lock: Option<KernelWord>,
}

/// Programs that run VMs' disks. Whoever has an image open is a holder under any name; of those that may not be looked into,
/// the list tells who counts.
const VM_PROGRAMS: [&str; 5] =
    ["com.apple.Virtualization.VirtualMachine", "qemu-system-", "cowork-linux-helper", "vfkit", "cloud-hypervisor"];

/// Executables of the desktop app: `Claude` on macOS, `claude-desktop` on Linux.
const APP_PROGRAMS: [&str; 3] = ["Claude", "claude-desktop", "Claude Helper"];

/// Whether a process of this name runs virtual machines.
#[must_use]
pub fn is_vm_program(name: &str) -> bool {
    VM_PROGRAMS.iter().any(|known| name.starts_with(known))
}

/// Whether a process of this name is the desktop app.
#[must_use]
pub fn is_app(name: &str) -> bool {
    APP_PROGRAMS.contains(&name)
}

/// Weighs the evidence: one *held* makes it running; *clear* needs the lease of every image, or open files of every
/// process that could hold one.
#[must_use]
pub fn judge(asked: &[Asked], open: &OpenFiles, me: u32) -> Vm {
    let all_leased = asked.iter().all(|image| image.lease == Some(KernelWord::Free));
    let evidence: Vec<Evidence> =
        [Some(open_file_evidence(asked, open, me)), lease_evidence(asked), lock_evidence(asked), name_evidence(open)]
            .into_iter()
            .flatten()
            .collect();

    let mut holders = open.holders.clone();
    for image in asked {
        // Locks first: they may say whose they are, which a lease never does.
        for word in [&image.lock, &image.lease].into_iter().flatten() {
            if let KernelWord::Held(pid) = word
                && !holders.iter().any(|holder| holder.file == image.path)
            {
                holders.push(Holder { pid: *pid, name: held_by(*pid, open), file: image.path.clone() });
            }
        }
    }
    let sees_all = evidence.iter().any(|e| e.source == Source::OpenFiles && e.finding == Finding::Clear);
    let state = if asked.is_empty() {
        Liveness::Stopped
    } else if !holders.is_empty() {
        Liveness::Running
    } else if sees_all || all_leased {
        Liveness::Stopped
    } else {
        Liveness::Unknown
    };
    let app_running = open.processes.iter().any(|process| is_app(&process.name));
    Vm {
        state,
        orphan: state == Liveness::Running && !app_running && open.failed.is_none(),
        holders,
        evidence,
        app_running,
    }
}

fn held_by(pid: Option<u32>, open: &OpenFiles) -> String {
    open.processes
        .iter()
        .find(|process| Some(process.pid) == pid)
        .map_or_else(|| "a process or mount that cannot be seen".to_owned(), |process| process.name.clone())
}

/// Who could have a file of these facts open: its owner's processes, root's, and anybody's where the mode lets them.
///
/// A plain user can never look into root's processes or those of others, such as the users that a Mac runs its services
/// as. Where the kernel gives leases that does not matter, for the lease is better. Where it has none (macOS), they count
/// when they could write or are known to run VMs; others are taken for readers, such as an indexer, which an unlinked
/// file does not harm.
fn could_hold(process: &Process, asked: &[Asked], me: u32) -> bool {
    let leases = asked.iter().any(|image| image.lease.is_some());
    let harmed = leases || is_vm_program(&process.name);
    if process.owner == 0 {
        return harmed;
    }
    let lets_in = if harmed { 0o066 } else { 0o022 };
    let may_open = |image: &Asked| image.facts.owner == process.owner || image.facts.mode & lets_in != 0;
    process.owner == me || asked.iter().any(may_open)
}

fn open_file_evidence(asked: &[Asked], open: &OpenFiles, me: u32) -> Evidence {
    let source = Source::OpenFiles;
    if let Some(why) = &open.failed {
        return Evidence { source, finding: Finding::CannotTell, detail: why.clone() };
    }
    if !open.holders.is_empty() {
        let names: BTreeSet<String> = open
            .holders
            .iter()
            .map(|h| {
                h.pid.map_or_else(|| h.name.clone(), |pid| format!("{} (pid {pid}{})", h.name, on_behalf(open, pid)))
            })
            .collect();
        let detail = format!("held by {}", names.into_iter().collect::<Vec<_>>().join(", "));
        return Evidence { source, finding: Finding::Held, detail };
    }
    let hidden = open.unreadable.iter().filter(|process| could_hold(process, asked, me)).count();
    if !open.partial.is_empty() {
        let have = if open.partial.len() == 1 { "has" } else { "have" };
        let detail = format!("{} {have} more open or mapped files than were looked at", processes(open.partial.len()));
        Evidence { source, finding: Finding::CannotTell, detail }
    } else if hidden == 0 {
        let detail = format!("no process has an image open ({} looked at)", open.processes.len());
        Evidence { source, finding: Finding::Clear, detail }
    } else {
        let detail = format!("{} that could hold an image may not be looked into", processes(hidden));
        Evidence { source, finding: Finding::CannotTell, detail }
    }
}

/// Programs that start whatever they are told to.
const LAUNCHERS: [&str; 7] = ["launchd", "systemd", "sh", "bash", "dash", "zsh", "sudo"];

/// One program runs the VMs of many apps, so for which it does is worth knowing.
fn on_behalf(open: &OpenFiles, pid: u32) -> String {
    let is_vm = open.holders.iter().any(|holder| holder.pid == Some(pid) && is_vm_program(&holder.name));
    let behind = open.behind.get(&pid).filter(|behind| is_vm && !LAUNCHERS.contains(&behind.name.as_str()));
    behind.map_or_else(String::new, |behind| format!(", for {}", behind.name))
}

fn processes(count: usize) -> String {
    if count == 1 { "1 process".to_owned() } else { format!("{count} processes") }
}

fn lease_evidence(asked: &[Asked]) -> Option<Evidence> {
    kernel_evidence(Source::WriteLease, asked.iter().map(|image| image.lease.as_ref()), "lease")
}

fn lock_evidence(asked: &[Asked]) -> Option<Evidence> {
    kernel_evidence(Source::Locks, asked.iter().map(|image| image.lock.as_ref()), "lock")
}

fn kernel_evidence<'a>(
    source: Source,
    words: impl Iterator<Item = Option<&'a KernelWord>>,
    what: &str,
) -> Option<Evidence> {
    let words: Vec<&KernelWord> = words.flatten().collect();
    if words.is_empty() {
        return None;
    }
    let finding_and_detail = if words.iter().any(|word| matches!(word, KernelWord::Held(_))) {
        (Finding::Held, format!("the kernel says that somebody holds an image ({what})"))
    } else if let Some(KernelWord::CannotTell(why)) = words.iter().find(|w| matches!(w, KernelWord::CannotTell(_))) {
        (Finding::CannotTell, why.clone())
    } else {
        (Finding::Clear, format!("the kernel says that nobody else holds an image ({what})"))
    };
    let (finding, detail) = finding_and_detail;
    Some(Evidence { source, finding, detail })
}

/// Names alone prove nothing, so this never says *held*: other VMs carry the same names.
fn name_evidence(open: &OpenFiles) -> Option<Evidence> {
    if open.failed.is_some() {
        return None;
    }
    let vms = open.processes.iter().filter(|process| is_vm_program(&process.name)).count();
    let app = open.processes.iter().any(|process| is_app(&process.name));
    let detail = match (vms, app) {
        (0, false) => "neither Claude nor a VM program runs".to_owned(),
        (0, true) => "Claude runs without a VM and may start one".to_owned(),
        (1, false) => "1 VM program runs, Claude does not".to_owned(),
        (n, false) => format!("{n} VM programs run, Claude does not"),
        (1, true) => "Claude and 1 VM program run".to_owned(),
        (n, true) => format!("Claude and {n} VM programs run"),
    };
    Some(Evidence { source: Source::KnownProcesses, finding: Finding::Clear, detail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Bytes;
    use crate::ports::{FileKind, Identity};

    #[test]
    fn a_vm_is_named_with_the_app_it_runs_for_and_not_with_what_merely_started_it() {
        let process = |pid, name: &str| Process { pid, name: name.to_owned(), owner: 501 };
        let detail = |holder: &str, behind: &str| {
            let holders = vec![Holder { pid: Some(7), name: holder.to_owned(), file: "/b/rootfs.img".into() }];
            let behind = [(7, process(5, behind))].into();
            let evidence = judge(&[], &OpenFiles { holders, behind, ..OpenFiles::default() }, 501).evidence;
            evidence.first().map(|evidence| evidence.detail.clone()).unwrap_or_default()
        };
        let vm = "com.apple.Virtualization.VirtualMachine";
        assert_eq!(detail(vm, "Claude"), format!("held by {vm} (pid 7, for Claude)"));
        assert_eq!(detail(vm, "UTM"), format!("held by {vm} (pid 7, for UTM)"));
        assert_eq!(detail(vm, "launchd"), format!("held by {vm} (pid 7)"));
        assert_eq!(detail("mdworker", "Claude"), "held by mdworker (pid 7)");
    }

    #[test]
    fn who_cannot_be_looked_into_counts_when_they_could_hold_an_image() {
        use Liveness::{Stopped, Unknown};
        const ME: u32 = 501;
        const OTHER: u32 = 88;
        const ROOT: u32 = 0;
        let vm = "com.apple.Virtualization.VirtualMachine";
        let refused = Some(KernelWord::CannotTell("no leases on this volume".to_owned()));
        for (what, owner, name, mode, lease, state) in [
            ("a service of a Mac beside a file that all may read", OTHER, "WindowServer", 0o644, None, Stopped),
            ("the same, of root", ROOT, "mds", 0o644, None, Stopped),
            ("one that may write", OTHER, "WindowServer", 0o646, None, Unknown),
            ("one whose group may write", OTHER, "WindowServer", 0o664, None, Unknown),
            ("somebody else's VM that may read", OTHER, vm, 0o644, None, Unknown),
            ("somebody else's VM that may not", OTHER, vm, 0o600, None, Stopped),
            ("a VM of root's", ROOT, vm, 0o600, None, Unknown),
            ("one of ours", ME, "anything", 0o600, None, Unknown),
            ("where there are leases, and none here", OTHER, "reader", 0o644, refused.clone(), Unknown),
            ("the same, not let in", OTHER, "reader", 0o600, refused.clone(), Stopped),
            ("the same, of root", ROOT, "mds", 0o600, refused, Unknown),
        ] {
            let facts = FileFacts {
                kind: FileKind::File,
                identity: Identity { device: 1, inode: 7 },
                logical: Bytes::giga(10),
                allocated: Bytes::giga(10),
                links: 1,
                owner: ME,
                mode,
                modified: (0, 0),
                immutable: false,
            };
            let asked = [Asked { path: "/b/rootfs.img".into(), facts, lease, lock: None }];
            let unreadable = vec![Process { pid: 7, name: name.to_owned(), owner }];
            let open = OpenFiles { unreadable, ..OpenFiles::default() };
            assert_eq!(judge(&asked, &open, ME).state, state, "{what}");
        }
    }

    #[test]
    fn the_liveliest_of_several_counts() {
        use Liveness::{Running, Stopped, Unknown};
        for (states, liveliest_of) in
            [(&[][..], Stopped), (&[Stopped, Unknown], Unknown), (&[Running, Unknown, Stopped], Running)]
        {
            assert_eq!(liveliest(states.iter().copied()), liveliest_of);
        }
    }
}
