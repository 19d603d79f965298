//! The process table through libproc, and advisory locks.
//!
//! Not here: when a search ends (`search`), any judgement on what is found (`vm`).

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::adapters::search::Search;
use crate::adapters::unix::open_file;
use crate::ports::{Holder, Identity, KernelWord, OpenFiles, Process, Processes, Scan, Watched};

/// The process table.
pub struct ProcessTable;

impl Processes for ProcessTable {
    fn open_files(&self, watched: &[Watched], scan: Scan) -> OpenFiles {
        let mut found = OpenFiles::default();
        let pids = match all_pids() {
            Ok(pids) => pids,
            Err(error) => {
                found.failed = Some(format!("the process table cannot be read: {error}"));
                return found;
            }
        };
        let me = std::process::id().cast_signed();
        let regions = regions(me);
        for pid in pids.into_iter().filter(|&pid| pid > 0 && pid != me) {
            let Some(process) = process(pid) else { continue };
            match held_files(pid, watched, scan, regions) {
                Ok((held, all)) => {
                    if held.is_empty() && !all {
                        found.partial.push(process.clone());
                    }
                    if !held.is_empty() {
                        found.behind.extend(responsible(pid).map(|behind| (process.pid, behind)));
                    }
                    found.holders.extend(held.into_iter().map(|file| Holder {
                        pid: Some(process.pid),
                        name: process.name.clone(),
                        file: file.path.clone(),
                    }));
                }
                // It ended while we looked.
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => continue,
                Err(_) => found.unreadable.push(process.clone()),
            }
            found.processes.push(process);
        }
        found
    }

    fn lease(&self, _path: &Path) -> Option<KernelWord> {
        None
    }

    fn lock(&self, path: &Path) -> KernelWord {
        match open_file(path) {
            Ok(file) => ask_locks(&file),
            Err(error) => KernelWord::CannotTell(format!("failed to {error}")),
        }
    }

    fn user(&self) -> u32 {
        rustix::process::geteuid().as_raw()
    }
}

/// Structures of `sys/proc_info.h`, for which any bytes are a value.
///
/// # Safety
/// Only for structures of integers and arrays of them.
unsafe trait Plain {}
// SAFETY: integers and arrays of them (sys/proc_info.h).
unsafe impl Plain for libc::proc_bsdshortinfo {}
// SAFETY: as above.
unsafe impl Plain for VnodeDescriptor {}
// SAFETY: as above.
unsafe impl Plain for VnodeFacts {}
// SAFETY: as above.
unsafe impl Plain for Region {}

/// `struct vnode_fdinfowithpath` of `sys/proc_info.h`: `struct proc_fileinfo`, of which only the flags of open(2) are
/// needed, and the file with its path.
#[repr(C)]
pub(super) struct VnodeDescriptor {
    pub(super) flags: u32,
    pub(super) file: [u32; 5],
    pub(super) vnode: libc::vnode_info_path,
}

/// `struct vnode_fdinfo` of `sys/proc_info.h`: the same without a path.
#[repr(C)]
pub(super) struct VnodeFacts {
    pub(super) flags: u32,
    pub(super) file: [u32; 5],
    pub(super) vnode: libc::vnode_info,
}

/// `PROC_PIDFDVNODEINFO` and `PROC_PIDFDVNODEPATHINFO` of `sys/proc_info.h`, which libc leaves out.
pub(super) const VNODE_FACTS: c_int = 1;
pub(super) const VNODE_PATH_INFO: c_int = 2;

/// `struct proc_regionwithpathinfo` of `sys/proc_info.h`: of `struct proc_regioninfo` the end, and the file behind it.
#[repr(C)]
pub(super) struct Region {
    pub(super) before: [u64; 10],
    pub(super) address: u64,
    pub(super) size: u64,
    pub(super) vnode: libc::vnode_info_path,
}

/// `PROC_PIDREGIONPATHINFO` of `sys/proc_info.h`: the region at an address or the next one.
pub(super) const ANY_REGION: c_int = 8;
/// `PROC_PIDREGIONPATHINFO2` of `bsd/sys/proc_info_private.h` in Apple's kernel: the same, of files alone. What
/// `proc_listpidspath` of libproc asks; memory without a file is most of what a process has.
const FILE_REGION: c_int = 22;

fn byte_length<T>(count: usize) -> c_int {
    c_int::try_from(count.saturating_mul(size_of::<T>())).unwrap_or(c_int::MAX)
}

/// What libproc fills a structure with; the call answers with the bytes it wrote.
fn filled<T: Plain>(fill: impl FnOnce(*mut c_void, c_int) -> c_int) -> io::Result<T> {
    // SAFETY: `Plain` says that all zeros is a value.
    let mut info: T = unsafe { zeroed() };
    let size = byte_length::<T>(1);
    match fill((&raw mut info).cast(), size) {
        written if written == size => Ok(info),
        // Another structure than the header's says nothing, and sets no error.
        written if written > 0 => Err(io::Error::other("the system's structure is another one")),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ids to ask for; a Mac runs some hundreds of processes.
const MOST_PIDS: usize = 16_384;

fn all_pids() -> io::Result<Vec<c_int>> {
    let mut pids = vec![0; MOST_PIDS];
    // SAFETY: the buffer is as long as said and outlives the call (libproc.h).
    let count = unsafe { libc::proc_listallpids(pids.as_mut_ptr().cast(), byte_length::<c_int>(MOST_PIDS)) };
    let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
    // A full buffer may have cut the list short, and who is not in it would not be looked at.
    if count == 0 || count >= MOST_PIDS {
        return Err(io::Error::other("its length makes no sense"));
    }
    pids.truncate(count);
    Ok(pids)
}

fn process(pid: c_int) -> Option<Process> {
    // Of other users' processes the kernel tells the short form only.
    // SAFETY: the structure is what PROC_PIDT_SHORTBSDINFO fills, and as long as said (sys/proc_info.h).
    let short = filled::<libc::proc_bsdshortinfo>(|to, size| unsafe {
        libc::proc_pidinfo(pid, libc::PROC_PIDT_SHORTBSDINFO, 0, to, size)
    });
    // One that ended is nobody's; of one that is not told of, the worst is taken: it is ours.
    let owner = match &short {
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return None,
        Err(_) => rustix::process::geteuid().as_raw(),
        Ok(short) => short.pbsi_uid,
    };
    let mut path = vec![0_u8; libc::PROC_PIDPATHINFO_MAXSIZE.unsigned_abs() as usize];
    let most = u32::try_from(path.len()).unwrap_or(0);
    // SAFETY: the buffer is as long as said and outlives the call (libproc.h).
    let length = unsafe { libc::proc_pidpath(pid, path.as_mut_ptr().cast(), most) };
    path.truncate(usize::try_from(length).unwrap_or(0));
    let path = String::from_utf8_lossy(&path);
    let named = path.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned);
    let name = named.or_else(|| short.ok().map(|short| text(&short.pbsi_comm))).unwrap_or_default();
    Some(Process { pid: u32::try_from(pid).ok()?, name, owner })
}

fn text(name: &[c_char]) -> String {
    let name: Vec<u8> = name.iter().take_while(|&&c| c != 0).map(|&c| c.cast_unsigned()).collect();
    String::from_utf8_lossy(&name).into_owned()
}

/// Descriptors that fit between asking how many there are and asking for them.
const LATER: usize = 64;
/// A process may have at most 2²⁴ (`kern.maxfilesperproc` and its limits); the list of those is 128 MiB.
const MOST_DESCRIPTORS: usize = 1 << 24;

fn descriptors(pid: c_int) -> io::Result<Vec<libc::proc_fdinfo>> {
    // SAFETY: without a buffer the call answers with the bytes that the list takes (libproc.h).
    let needed = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDLISTFDS, 0, std::ptr::null_mut(), 0) };
    if needed <= 0 {
        return Err(io::Error::last_os_error());
    }
    let room = (usize::try_from(needed).unwrap_or(0) / size_of::<libc::proc_fdinfo>() + LATER).min(MOST_DESCRIPTORS);
    let mut list = vec![libc::proc_fdinfo { proc_fd: 0, proc_fdtype: 0 }; room];
    let size = byte_length::<libc::proc_fdinfo>(room);
    // SAFETY: the buffer is as long as said and outlives the call (libproc.h); `errno` is this thread's own.
    let got = unsafe {
        *libc::__error() = 0;
        libc::proc_pidinfo(pid, libc::PROC_PIDLISTFDS, 0, list.as_mut_ptr().cast(), size)
    };
    if got <= 0 {
        let error = io::Error::last_os_error();
        // No descriptor at all is an answer too.
        return if error.raw_os_error() == Some(0) { Ok(Vec::new()) } else { Err(error) };
    }
    let count = usize::try_from(got).unwrap_or(0) / size_of::<libc::proc_fdinfo>();
    if count >= room {
        return Err(io::Error::other("its descriptors change too quickly to be listed"));
    }
    list.truncate(count);
    Ok(list)
}

fn region(pid: c_int, which: c_int, address: u64) -> io::Result<Region> {
    // SAFETY: the structure is what both kinds of question fill, and as long as said (sys/proc_info.h).
    filled::<Region>(|to, size| unsafe { libc::proc_pidinfo(pid, which, address, to, size) })
}

/// How mapped files are asked for. A kernel that does not know the better question says that there is no region, but this
/// process has its own program mapped.
fn regions(me: c_int) -> c_int {
    if region(me, FILE_REGION, 0).is_ok() { FILE_REGION } else { ANY_REGION }
}

/// A file, as libproc tells of it.
fn saw(search: &mut Search<'_>, file: &libc::vnode_info_path) {
    let path = file.vip_path.as_flattened();
    let path: Vec<u8> = path.iter().take_while(|&&c| c != 0).map(|&c| c.cast_unsigned()).collect();
    search.saw(identity(&file.vip_vi), Some(Path::new(OsStr::from_bytes(&path))));
}

fn identity(file: &libc::vnode_info) -> Identity {
    Identity { device: file.vi_stat.vst_dev.into(), inode: file.vi_stat.vst_ino }
}

fn about<T: Plain>(pid: c_int, descriptor: i32, which: c_int) -> io::Result<T> {
    // SAFETY: the structure is the caller's for this question, and as long as said (sys/proc_info.h).
    filled::<T>(|to, size| unsafe { libc::proc_pidfdinfo(pid, descriptor, which, to, size) })
}

fn is_refused(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES))
}

/// `FWRITE` of `sys/fcntl.h`: open for writing, as the kernel keeps it.
pub(super) const FOR_WRITING: u32 = 2;

/// Looks at the file of one descriptor, and says whether the kernel told of it.
fn look_at(pid: c_int, descriptor: i32, search: &mut Search<'_>) -> io::Result<bool> {
    // Who only waits for what happens to a file neither reads nor writes it (`O_EVTONLY`, open(2)).
    let waits = |flags: u32| flags & (libc::O_EVTONLY.cast_unsigned() | FOR_WRITING) == libc::O_EVTONLY.cast_unsigned();
    let told = match about::<VnodeDescriptor>(pid, descriptor, VNODE_PATH_INFO) {
        Ok(told) => {
            if !waits(told.flags) {
                saw(search, &told.vnode);
            }
            return Ok(true);
        }
        // Files that the system guards have no path for us, but may have the rest.
        Err(error) if is_refused(&error) => about::<VnodeFacts>(pid, descriptor, VNODE_FACTS),
        Err(error) => Err(error),
    };
    match told {
        Ok(told) if waits(told.flags) => {}
        Ok(told) => search.saw(identity(&told.vnode), None),
        // Of the file the kernel asks here what it asks before lstat(2) (fill_vnodeinfo of bsd/kern/proc_info.c, vn_stat of
        // bsd/vfs/vfs_vnops.c), which was answered for every watched file just now: it is another one, unless it is the
        // process that may not be looked into.
        Err(error) if is_refused(&error) => return Ok(false),
        // Not told, which is no word that it is another file.
        Err(error) if error.raw_os_error().is_none() => return Err(error),
        // A descriptor closed since the listing is not held any more.
        Err(_) => {}
    }
    Ok(true)
}

/// Which of the watched files a process has open or mapped, and whether all that it has was looked at to know.
fn held_files(pid: c_int, watched: &[Watched], scan: Scan, regions: c_int) -> io::Result<(Vec<&Watched>, bool)> {
    let mut search = Search::new(watched, scan);
    let (mut told, mut refused) = (0_usize, 0_usize);
    let of_files = |descriptor: &libc::proc_fdinfo| descriptor.proc_fdtype == libc::PROX_FDTYPE_VNODE.cast_unsigned();
    for descriptor in descriptors(pid)?.into_iter().filter(of_files) {
        if !search.goes_on() {
            return Ok((search.held(), false));
        }
        if look_at(pid, descriptor.proc_fd, &mut search)? {
            told += 1;
        } else {
            refused += 1;
        }
    }
    if refused > 0 && told == 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let all = !search.goes_on_with_mapped() || look_at_mapped(pid, regions, &mut search)?;
    Ok((search.held(), all))
}

/// Looks at every mapped file of a process, and tells whether that was all of them.
fn look_at_mapped(pid: c_int, regions: c_int, search: &mut Search<'_>) -> io::Result<bool> {
    let mut address = 0_u64;
    while search.goes_on() {
        match region(pid, regions, address) {
            Ok(region) => {
                saw(search, &region.vnode);
                // Onwards whatever the kernel says of its size.
                address = region.address.saturating_add(region.size).max(address.saturating_add(1));
            }
            // There is none at or behind that address (bsd/kern/proc_info.c, proc_pidregionpathinfo2).
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => return Ok(true),
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// No header has it, and a system may lack it.
const RESPONSIBLE: &CStr = c"responsibility_get_pid_responsible_for_pid";

/// The program on whose behalf a process runs: of a VM, which launchd starts, the app that asked for it.
fn responsible(pid: c_int) -> Option<Process> {
    // SAFETY: a terminated name; the answer is looked at before it is used (dlsym(3)).
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, RESPONSIBLE.as_ptr()) };
    if found.is_null() {
        return None;
    }
    // SAFETY: it takes a process id and gives one, or -1 (libquarantine, as WebKit and Chromium declare it).
    let ask = unsafe { std::mem::transmute::<*mut c_void, extern "C" fn(c_int) -> c_int>(found) };
    let behind = ask(pid);
    (behind > 0 && behind != pid).then(|| process(behind)).flatten()
}

fn ask_locks(file: &std::fs::File) -> KernelWord {
    // SAFETY: `flock` is plain old data, for which all zeros is a value: from the start, to the end of the file.
    let mut lock: libc::flock = unsafe { zeroed() };
    lock.l_type = libc::F_WRLCK;
    // SAFETY: the structure outlives the call (fcntl(2)).
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLK, &raw mut lock) } != 0 {
        return KernelWord::CannotTell(format!("locks cannot be asked for: {}", io::Error::last_os_error()));
    }
    // Locks of flock(2) stand in the same list, without a process (lf_getblock of bsd/kern/kern_lockf.c); taking one to find
    // out could be in the way of a VM that starts just then.
    if lock.l_type == libc::F_UNLCK {
        KernelWord::Free
    } else {
        KernelWord::Held(u32::try_from(lock.l_pid).ok().filter(|&pid| pid > 0))
    }
}
