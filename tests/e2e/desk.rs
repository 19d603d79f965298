//! One test's desktop: X server, session bus, window manager, folders, and the app on it. All of it ends with the test.
//!
//! Not here: the icon's side (`bus`), the page's side (`driver`).

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_tests::cli::{self, Ended};
use plimsoll_tests::small::{FORKING, Small};
use serde_json::Value;
use tempfile::TempDir;

use crate::processes;

/// Long enough for a start of the app on a loaded machine, short enough to wait for a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// While the panel is open, it looks every 5 seconds; a second look may not have been needed.
pub(crate) const ONE_CADENCE: Duration = Duration::from_secs(9);
/// Between two questions.
const BREATH: Duration = Duration::from_millis(40);
/// Programs of the desktop and the Debian packages that bring them.
const PROGRAMS: [(&str, &str); 9] = [
    ("Xvfb", "xvfb"),
    ("dbus-daemon", "dbus-daemon"),
    ("openbox", "openbox"),
    ("lxqt-panel", "lxqt-panel"),
    ("xdotool", "xdotool"),
    ("dunst", "dunst"),
    ("import", "imagemagick"),
    ("xmessage", "x11-utils"),
    ("WebKitWebDriver", "webkit2gtk-driver"),
];

/// Asks until there is an answer; until then the asker says what is still missing.
pub(crate) fn wait_for<T>(limit: Duration, mut ask: impl FnMut() -> Result<T, String>) -> T {
    let begin = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(missing) => assert!(begin.elapsed() < limit, "not within {limit:?}: {missing}"),
        }
        thread::sleep(BREATH);
    }
}

/// Asks until there is an answer.
pub(crate) fn wait<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    wait_for(limit, || ask().ok_or_else(|| what.to_owned()))
}

/// Asks until it is so.
pub(crate) fn until(what: &str, limit: Duration, mut ask: impl FnMut() -> bool) {
    wait(what, limit, || ask().then_some(()));
}

/// Starts a program while no file of a bundle is open here, which it would hold until its `exec`.
pub(crate) fn spawn(command: &mut Command) -> Child {
    let alone = FORKING.lock().unwrap_or_else(PoisonError::into_inner);
    let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    drop(alone);
    child
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    let child = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    child.wait_with_output().expect("it can be waited for").into()
}

/// More is to stay free than any disk has.
pub(crate) const SHORT_OF_SPACE: &str = "reserve = \"15 TB\"\n";

/// The desktop.
pub(crate) struct Desk {
    /// Where everything of this test lies.
    pub(crate) folder: TempDir,
    /// The user-data folder that the app is told of.
    pub(crate) root: PathBuf,
    /// Plimsoll's own folder.
    pub(crate) state: PathBuf,
    /// The bus's address.
    pub(crate) bus: String,
    display: String,
    servers: Vec<Child>,
}

impl Desk {
    /// An empty desktop, and no bundle yet.
    pub(crate) fn set_up() -> Self {
        let missing: Vec<String> = PROGRAMS
            .iter()
            .filter(|(program, _)| found(program).is_none())
            .map(|(program, package)| format!("{program} (Debian package {package})"))
            .collect();
        assert!(missing.is_empty(), "missing: {}; `make setup-test` installs what the tests need", missing.join(", "));
        app();
        let folder = TempDir::with_prefix("plimsoll-e2e-").expect("a temporary folder");
        for name in ["home", "run"] {
            fs::create_dir(folder.path().join(name)).expect("make the folder");
        }
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(folder.path().join("run"), private).expect("make it private");
        let (root, state) = (folder.path().join("Claude"), folder.path().join("state"));
        let mut desk = Self { folder, root, state, bus: String::new(), display: String::new(), servers: Vec::new() };
        desk.display = format!(
            ":{}",
            desk.serve(Command::new("Xvfb").args([
                "-displayfd",
                "1",
                // Else it begins anew, and ends whoever has just come, each time the last client goes.
                "-noreset",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                "1280x900x24"
            ]))
        );
        desk.bus = desk.serve(desk.command("dbus-daemon").args(["--session", "--nofork", "--print-address=1"]));
        let openbox = spawn(desk.command("openbox").stdout(Stdio::null()).stderr(Stdio::null()));
        desk.servers.push(openbox);
        until("a window manager", PATIENCE, || {
            run(desk.command("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"])).printed.contains("0x")
        });
        desk
    }

    /// A desktop, and a small bundle for the app.
    pub(crate) fn with_bundle() -> (Self, Small) {
        let desk = Self::set_up();
        let small = Small::make(desk.folder.path());
        (desk, small)
    }

    /// With a bundle, and less space than is wanted, so that a rebuild is recommended.
    pub(crate) fn short_of_space() -> (Self, Small) {
        let (desk, small) = Self::with_bundle();
        desk.settings(SHORT_OF_SPACE);
        (desk, small)
    }

    /// Starts a server that says on its first line where it is.
    fn serve(&mut self, command: &mut Command) -> String {
        let mut server = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut line = String::new();
        let stdout: ChildStdout = server.stdout.take().expect("piped");
        self.servers.push(server);
        BufReader::new(stdout).read_line(&mut line).expect("the server speaks");
        assert!(!line.trim().is_empty(), "{command:?} did not start");
        line.trim().to_owned()
    }

    /// A program on this desktop, with nothing of the environment that the tests were started in.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.home()).env("XDG_RUNTIME_DIR", self.folder.path().join("run"));
        command.env("DISPLAY", &self.display).env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        command.env("PLIMSOLL_ROOT", &self.root).env("PLIMSOLL_STATE_DIR", &self.state);
        // No screen reader, no remote folders, no graphics card.
        command.envs([("NO_AT_BRIDGE", "1"), ("GIO_USE_VFS", "local"), ("LIBGL_ALWAYS_SOFTWARE", "1")]);
        command.envs([("GDK_BACKEND", "x11"), ("LANG", "C"), ("TZ", "UTC")]);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Starts the app.
    pub(crate) fn start(&self, arguments: &[&str]) -> App {
        self.start_in(&[], arguments)
    }

    /// Starts the app with more in its environment.
    pub(crate) fn start_in(&self, environment: &[(&str, &str)], arguments: &[&str]) -> App {
        let errors = fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("stderr"));
        let mut command = self.command(app());
        command
            .envs(environment.iter().copied())
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(errors.expect("a file for its complaints"));
        App(spawn(&mut command))
    }

    /// What the app has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.state.join("logs/plimsoll.log")).unwrap_or_default()
    }

    /// Waits for a line in the log.
    pub(crate) fn logged(&self, text: &str) {
        until(&format!("{text:?} in the log"), PATIENCE, || self.log().contains(text));
    }

    pub(crate) fn settings(&self, text: &str) {
        fs::create_dir_all(&self.state).expect("make the state folder");
        // In one go, as an editor saves.
        let new = self.state.join("settings.new");
        fs::write(&new, text).and_then(|()| fs::rename(&new, self.state.join("settings.toml"))).expect("write");
    }

    /// What the command line says of the same folders.
    pub(crate) fn plimsoll(&self, arguments: &[&str]) -> Value {
        let ended = run(cli::plimsoll(&self.root, &self.state, arguments).arg("--json"));
        serde_json::from_str(&ended.printed).unwrap_or_else(|error| panic!("{error}: {}", ended.text))
    }

    pub(crate) fn xdotool(&self, words: &[&str]) -> String {
        run(self.command("xdotool").args(words)).printed
    }

    /// The panel's window, when it is on the screen.
    pub(crate) fn panel(&self) -> Option<String> {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", "^Plimsoll$"]);
        found.lines().next().map(str::to_owned)
    }

    /// Waits until the panel is on the screen and has the keyboard.
    pub(crate) fn panel_opens(&self) {
        let focused = || self.panel().filter(|window| self.xdotool(&["getactivewindow"]).trim() == window);
        wait("the panel is open and has the keyboard", PATIENCE, focused);
    }

    pub(crate) fn panel_closes(&self) {
        until("the panel is closed", PATIENCE, || self.panel().is_none());
    }

    /// Keeps a picture of the screen in `target/e2e`.
    pub(crate) fn picture(&self, name: &str) {
        self.picture_of("root", name);
    }

    /// Keeps a picture of a window in `target/e2e`.
    pub(crate) fn picture_of(&self, window: &str, name: &str) {
        let path = pictures().join(format!("{name}.png"));
        let taken = run(self.command("import").args(["-window", window]).arg(path));
        assert_eq!(taken.code, 0, "{}", taken.text);
    }

    /// Every process of this desktop with this name.
    pub(crate) fn processes(&self, name: &str) -> Vec<i32> {
        processes::of_home(&self.home()).into_iter().filter(|(_, comm)| comm == name).map(|(pid, _)| pid).collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if thread::panicking() {
            let name = thread::current().name().unwrap_or("test").replace("::", "-");
            let screen = pictures().join(format!("failed-{name}.png"));
            run(self.command("import").args(["-window", "root"]).arg(&screen));
            eprintln!("The screen is in {}; the log says:\n{}", screen.display(), self.log());
            let errors = fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default();
            eprintln!("and its standard error:\n{errors}");
        }
        // The app's own children, and what the bus has started, too.
        for (pid, _) in processes::of_home(&self.home()) {
            processes::signal(pid, rustix::process::Signal::KILL);
        }
        for mut server in self.servers.drain(..).rev() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// The running app, killed when the test ends.
pub(crate) struct App(pub(crate) Child);

impl App {
    pub(crate) fn pid(&self) -> i32 {
        self.0.id().cast_signed()
    }

    /// Waits for its end and says with which code; below zero when a signal ended it.
    pub(crate) fn ends(&mut self) -> i32 {
        let ended = wait("the app ends", PATIENCE, || self.0.try_wait().expect("it can be waited for"));
        ended.code().unwrap_or(-1)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // A failed test's desktop takes a picture first, and then ends everything on it.
        if thread::panicking() {
            return;
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The app of this build, with the features of this test program. Cargo is asked to bring it up to date first: an old one would prove nothing.
pub(crate) fn app() -> &'static Path {
    static APP: OnceLock<PathBuf> = OnceLock::new();
    APP.get_or_init(|| {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist/index.html");
        assert!(page.exists(), "the page is not built; run `make ui`");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet", "-p", "plimsoll-app"]);
        cargo.args(["--features", crate::FEATURES]);
        if profile().ends_with("release") {
            cargo.arg("--release");
        }
        let built = run(cargo.arg("--target-dir").arg(profile().parent().expect("…/target")));
        assert_eq!(built.code, 0, "{}", built.text);
        profile().join("plimsoll-app")
    })
}

fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("the test knows its own path");
    test.ancestors().nth(2).expect("…/target/debug/deps/e2e").to_owned()
}

/// Where pictures are kept for looking at.
pub(crate) fn pictures() -> PathBuf {
    let folder = profile().parent().expect("…/target").join("e2e");
    fs::create_dir_all(&folder).expect("make the folder for pictures");
    folder
}

fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
