//! A bundle, the command on it, and what both look like. Not here: any test.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use plimsoll_tests::cli::{self, Ended};
use plimsoll_tests::small::{FORKING, Small, start};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const SYSTEM: &str = "rootfs.img";
pub(crate) const MARKER: &str = ".rootfs.img.origin";
pub(crate) const SESSION: &str = "sessiondata.img";
pub(crate) const SOURCE: &str = "rootfs.img.zst";

/// `nobody` on Debian; any user but root does.
pub(crate) const NOBODY: u32 = 65_534;

/// Everything in a bundle: path below it → what it is, which inode, and its content.
pub(crate) type Look = BTreeMap<String, String>;

pub(crate) struct Scene {
    pub(crate) small: Small,
    /// The program as a plain user runs it; none when it is run as whoever runs the tests.
    program: Option<PathBuf>,
    folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::at(tempfile::tempdir().expect("a folder"))
    }

    /// The reserve is nothing, so that a full disk under the tests changes no gauge.
    fn at(folder: TempDir) -> Self {
        let small = Small::make(folder.path());
        fs::write(small.state.join("settings.toml"), "reserve = 0\n").expect("write the settings");
        Self { small, program: None, folder }
    }

    /// A bundle whose owner is no root, and the command as that user. When the tests are run by such a user, his own.
    pub(crate) fn of_a_plain_user() -> Option<Self> {
        let mut scene = Self::new();
        if !is_root() {
            return Some(scene);
        }
        let folder = scene.folder.path();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("chmod");
        let closed = |above: &&Path| fs::metadata(above).is_ok_and(|facts| facts.mode() & 0o001 == 0);
        if let Some(closed) = folder.ancestors().find(closed) {
            skip(&format!("a plain user cannot get through {}", closed.display()));
            return None;
        }
        let program = folder.join("plimsoll");
        fs::copy(cli::binary(), &program).expect("copy the program");
        own(&scene.small.root);
        own(&scene.small.state);
        scene.program = Some(program);
        Some(scene)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.small.bundle.join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_on(&self.small.root, &self.small.state, arguments)
    }

    pub(crate) fn command_on(&self, root: &Path, state: &Path, arguments: &[&str]) -> Command {
        let usual = cli::plimsoll(root, state, arguments);
        let Some(program) = &self.program else { return usual };
        let mut command = Command::new(program);
        command.args(usual.get_args()).env_clear().stdin(Stdio::null()).uid(NOBODY).gid(NOBODY);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        end(&mut self.command(arguments))
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Answer {
        answer(&mut self.command(&[arguments, &["--json"]].concat()))
    }

    /// That a reclaim is refused for this reason alone, says so and what to do, and touches nothing. Gives the sentence.
    pub(crate) fn refused(&self, level: &str, code: &str) -> String {
        self.refuses(&["reclaim", level, "--yes"], code)
    }

    pub(crate) fn refuses(&self, arguments: &[&str], code: &str) -> String {
        let before = self.look();
        let report = self.json(arguments).with_code(3);
        assert_eq!(report["outcome"], "refused");
        let refusals = report["refusals"].as_array().expect("refusals");
        let codes: Vec<_> = refusals.iter().map(|refusal| &refusal["code"]).collect();
        assert!(!codes.is_empty() && codes.iter().all(|found| *found == code), "{code} was expected: {report:#}");
        let text = self.run(arguments);
        assert_eq!(text.code, 3, "{}", text.text);
        for refusal in refusals {
            for said in [&refusal["sentence"], &refusal["hint"]] {
                let said = said.as_str().expect("words");
                assert!(!said.is_empty() && text.printed.contains(said), "{said}\n{}", text.text);
            }
        }
        assert_eq!(self.look(), before, "nothing was touched");
        refusals[0]["sentence"].as_str().expect("words").to_owned()
    }

    pub(crate) fn look(&self) -> Look {
        let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Look::new();
        look_into(&self.small.bundle, "", &mut found);
        found
    }

    /// Changes files of the bundle while no child is started, which would inherit them open.
    pub(crate) fn alter<T>(&self, change: impl FnOnce(&Path) -> T) -> T {
        let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
        change(&self.small.bundle)
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        self.alter(|bundle| fs::write(bundle.join(name), content)).expect("write into the bundle");
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).expect("remove from the bundle");
    }

    /// A file that nobody has written to for that long.
    pub(crate) fn write_old(&self, name: &str, content: &[u8], age: Duration) {
        self.write(name, content);
        self.date(name, SystemTime::now() - age);
    }

    pub(crate) fn date(&self, name: &str, time: SystemTime) {
        self.alter(|bundle| fs::File::open(bundle.join(name))?.set_modified(time)).expect("date the file");
    }
}

fn look_into(folder: &Path, above: &str, found: &mut Look) {
    for entry in fs::read_dir(folder).expect("list") {
        let (path, entry) = entry.map(|entry| (entry.path(), entry)).expect("an entry");
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        let facts = fs::symlink_metadata(&path).expect("stat");
        let what = if facts.is_dir() {
            look_into(&path, &format!("{name}/"), found);
            "folder".to_owned()
        } else if facts.is_file() {
            blake3::hash(&fs::read(&path).expect("read")).to_hex().to_string()
        } else {
            format!("{:?}", fs::read_link(&path).ok())
        };
        found.insert(name, format!("{} {} {what}", facts.ino(), facts.nlink()));
    }
}

fn own(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).expect("chown");
    for entry in fs::read_dir(path).expect("list") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            own(&path);
        } else {
            chown(&path, Some(NOBODY), Some(NOBODY)).expect("chown");
        }
    }
}

/// What is left of a bundle when these are gone.
pub(crate) fn without(before: &Look, names: &[&str]) -> Look {
    before.iter().filter(|(name, _)| !names.contains(&name.as_str())).map(|(n, w)| (n.clone(), w.clone())).collect()
}

/// Blocks on disk as stat(2) has them.
pub(crate) fn allocated(path: &Path) -> u64 {
    fs::metadata(path).expect("stat").blocks() * 512
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Past the test harness, which would keep it back.
pub(crate) fn skip(why: &str) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    writeln!(std::io::stderr(), "journeys: SKIPPED {test}: {why}").expect("standard error takes a line");
}

pub(crate) fn end(command: &mut Command) -> Ended {
    start(command).wait_with_output().expect("wait for the program").into()
}

/// A tool of the system; none when it is not there or fails.
pub(crate) fn tool(name: &str, arguments: &[&OsStr]) -> Option<String> {
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = {
        let _alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
        command.spawn().ok()?
    };
    let ended = Ended::from(child.wait_with_output().expect("wait for the tool"));
    (ended.code == 0).then(|| ended.printed.trim_end().to_owned())
}

/// What `plimsoll --json` answered.
pub(crate) struct Answer {
    code: i32,
    json: Value,
}

pub(crate) fn answer(command: &mut Command) -> Answer {
    let ended = end(command);
    let json: Value = serde_json::from_str(&ended.printed).unwrap_or_else(|error| panic!("{error}: {}", ended.text));
    assert_eq!(json["schema"], 1, "{}", ended.text);
    Answer { code: ended.code, json }
}

impl Answer {
    pub(crate) fn with_code(self, code: i32) -> Value {
        assert_eq!(self.code, code, "exit code; it said {:#}", self.json);
        self.json
    }
}

/// A process that has a file open, or locked, until the test is over.
pub(crate) struct Holder(pub(crate) Child);

impl Holder {
    /// `how` as `src/bin/holder.rs` knows it.
    pub(crate) fn holding(how: &str, path: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holder"));
        let mut child = start(command.arg(how).arg(path).stdin(Stdio::piped()));
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("it says something");
        let holder = Self(child);
        assert_eq!(said, "held\n", "{how} {}", path.display());
        holder
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
