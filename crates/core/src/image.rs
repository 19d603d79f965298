//! Any raw image of any VM: what is in it, and what its guest does not use given back.
//!
//! The guard's questions are those of a reclaim, asked about one file. It is changed in place under the kernel's write
//! lease, by holes in free blocks alone, so an end at any instant leaves a whole image, and there is no journal. Not here:
//! what is free (`holes`), bundles, and swapping in a clone (`reclaim::compact`).

use std::path::{Path, PathBuf};

use holes::Layout;

use crate::bundle::{Entry, Role};
use crate::bytes::Bytes;
use crate::ports::{Asker, Claim, DiskError, FileKind, Footing, Reach, TrimError, TrimPlan, Trimmed};
use crate::reclaim::refusal::Refusal;
use crate::reclaim::{Yard, compact, guard};

/// Why nothing was done, or not all.
#[derive(Debug)]
pub enum Stop {
    /// There is no such file.
    Missing(PathBuf),
    /// It could not be looked at.
    Unreadable(DiskError),
    /// Something speaks against it, and nothing was touched.
    Refused(Vec<Refusal>),
    /// Something went wrong, and nothing is lost.
    Failed(String),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

/// What is in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// The file, in its folder with links resolved.
    pub path: PathBuf,
    /// Its table and partitions.
    pub layout: Layout,
    /// Blocks the file holds.
    pub allocated: Bytes,
}

/// What a trim would give back.
#[derive(Clone, Debug)]
pub struct ImagePlan {
    entry: Entry,
    reach: Reach,
    /// What was found.
    pub found: TrimPlan,
}

/// What a trim gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freed {
    /// Blocks the file held before.
    pub before: Bytes,
    /// Blocks it holds now.
    pub after: Bytes,
    /// Why it ended early, if it did.
    pub stopped: Option<Refusal>,
}

impl Freed {
    /// What came back.
    #[must_use]
    pub const fn freed(&self) -> Bytes {
        self.before.less(self.after)
    }
}

impl ImagePlan {
    /// The file, in its folder with links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.entry.path
    }

    /// Nothing was done.
    #[must_use]
    pub fn untouched(&self) -> Freed {
        let allocated = self.entry.facts.allocated;
        Freed { before: allocated, after: allocated, stopped: None }
    }
}

/// Looks into an image and changes nothing. While a VM has it open, what is read may be older than what the VM knows.
pub fn inspect(asker: Asker<'_>, path: &Path) -> Result<Inspected, Stop> {
    let entry = find(asker, path)?;
    let layout = asker.disk.layout(&entry.path).map_err(|error| match error {
        TrimError::Disk(error) => Stop::Unreadable(error),
        error => compact::refusal(&entry.path, error).into(),
    })?;
    Ok(Inspected { path: entry.path, layout, allocated: entry.facts.allocated })
}

/// Finds what could become holes. Changes nothing; refuses all the same what [`trim`] would refuse. A file system that was
/// never unmounted is one of a VM that was killed or is suspended, and a suspended one may use blocks that are free on its
/// disk: only who says that it is `not_suspended` gets a plan.
pub fn plan(yard: Yard<'_>, path: &Path, reach: Reach, not_suspended: bool) -> Result<ImagePlan, Stop> {
    let entry = find(yard.asker, path)?;
    agree(yard, &entry)?;
    let found = yard.asker.disk.trim_plan(&entry.path, reach, yard.progress);
    let found = found.map_err(|error| Stop::from(compact::refusal(&entry.path, error)))?;
    if !not_suspended && found.layout.partitions.iter().any(|partition| partition.left_mounted) {
        let why = "its file system was never unmounted, as that of a VM that is suspended; start the VM and shut it down, \
                   or say --not-suspended if it was killed";
        return Err(Refusal::NotTrimmable { path: entry.path, why: why.to_owned() }.into());
    }
    Ok(ImagePlan { entry, reach, found })
}

/// Makes the holes. What is free is found anew; the guard is asked again, and the kernel keeps others out meanwhile.
pub fn trim(yard: Yard<'_>, plan: &ImagePlan) -> Result<Freed, Stop> {
    let (disk, path) = (yard.asker.disk, plan.path());
    let _claims = claim(yard, path)?;
    let now = find(yard.asker, path)?;
    if !now.facts.same_content(&plan.entry.facts) {
        return Err(Refusal::Changed { path: path.to_path_buf() }.into());
    }
    agree(yard, &now)?;
    if plan.found.punchable == Bytes::ZERO {
        return Ok(plan.untouched());
    }
    let ended = disk.trim(path, plan.reach, Footing::Lease, yard.progress);
    let after = disk.facts(path).map_err(|error| Stop::Failed(error.to_string()))?.allocated;
    let freed = |stopped| Freed { before: now.facts.allocated, after, stopped };
    let stopped = match ended {
        Ok(Trimmed::Whole) => return Ok(freed(None)),
        Ok(Trimmed::Wanted) | Err(TrimError::InUse) => Refusal::Wanted { path: path.to_path_buf() },
        Ok(Trimmed::Cancelled) | Err(TrimError::Stopped) if after < now.facts.allocated => {
            Refusal::StoppedEarly { path: path.to_path_buf() }
        }
        Ok(Trimmed::Cancelled) | Err(TrimError::Stopped) => Refusal::Cancelled,
        Err(TrimError::Disk(error)) => return Err(Stop::Failed(error.to_string())),
        Err(error @ TrimError::NotSame) => return Err(Stop::Failed(format!("trim {}: {error}", path.display()))),
        Err(error) => compact::refusal(path, error),
    };
    // Holes that were made stay, and count.
    if after < now.facts.allocated { Ok(freed(Some(stopped))) } else { Err(stopped.into()) }
}

/// The file of that name, whose folder may be reached through links and which itself is none.
fn find(asker: Asker<'_>, path: &Path) -> Result<Entry, Stop> {
    let unreadable = |error: DiskError| {
        if error.is_missing() { Stop::Missing(path.to_path_buf()) } else { Stop::Unreadable(error) }
    };
    let Some(name) = path.file_name() else {
        return Err(Refusal::NotAFile { path: path.to_path_buf() }.into());
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let path = asker.disk.resolve(folder).map_err(unreadable)?.join(name);
    let facts = asker.disk.facts(&path).map_err(unreadable)?;
    if facts.kind != FileKind::File {
        return Err(Refusal::NotAFile { path }.into());
    }
    Ok(Entry { name: name.to_string_lossy().into_owned(), path, role: Role::Unknown, facts })
}

/// What speaks against changing it.
fn agree(yard: Yard<'_>, entry: &Entry) -> Result<(), Stop> {
    let mut refusals = guard::facts_refusals(yard.asker, &entry.path, &entry.facts, &entry.path);
    refusals.extend(guard::ask_file(yard, entry));
    if refusals.is_empty() { Ok(()) } else { Err(Stop::Refused(refusals)) }
}

/// The claims of a reclaim in this state folder, and of one on the bundle that the image may lie in.
fn claim(yard: Yard<'_>, path: &Path) -> Result<[Box<dyn Claim>; 2], Stop> {
    let failed = |error: DiskError| Stop::Failed(error.to_string());
    let (disk, folder) = (yard.asker.disk, path.parent().unwrap_or(Path::new("/")));
    disk.make_private_folder(yard.state).map_err(failed)?;
    let claim = |path: &Path| disk.claim(path).map_err(failed)?.ok_or_else(|| Stop::from(Refusal::Busy));
    Ok([claim(&yard.state.join("lock"))?, claim(folder)?])
}
