//! The panel's page over `WebDriver`: `WebKitWebDriver` starts the app with its panel open and speaks to its web view.
//!
//! The web view lives as long as the panel, so one of these is one open panel. Not here: what the page should say.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::desk::{self, Desk, PATIENCE, spawn, until, wait, wait_for};

/// The key under which `WebDriver` hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The button for the level that is recommended.
pub(crate) const RECLAIM: &str = "button.primary[data-opens=sheet]";
/// The buttons of the sheet.
pub(crate) const CONFIRM: &str = ".buttons .primary";
pub(crate) const CANCEL: &str = ".buttons .plain";

/// An open panel.
pub(crate) struct Panel<'a> {
    desk: &'a Desk,
    driver: Child,
    port: u16,
    session: String,
}

impl<'a> Panel<'a> {
    /// Starts the app with its panel open, and waits until that says something.
    pub(crate) fn open(desk: &'a Desk) -> Self {
        Self::open_as(desk, desk::app(), "VM ")
    }

    /// As [`Panel::open`], with a program that starts the app, and something else to wait for.
    pub(crate) fn open_as(desk: &'a Desk, program: &std::path::Path, first: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let mut command = desk.command("WebKitWebDriver");
        command.arg(format!("--port={port}")).env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = spawn(command.stdout(Stdio::null()).stderr(Stdio::null()));
        let mut panel = Self { desk, driver, port, session: String::new() };
        let ready = || panel.ask("GET", "/status", None).is_some_and(|status| status["ready"] == true);
        until("WebKitWebDriver is ready", PATIENCE, ready);
        let options = json!({ "binary": program, "args": ["--open"] });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let session = panel.ask("POST", "/session", Some(&wanted)).expect("WebKitWebDriver answers");
        let id = session["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {session}"));
        panel.session = format!("/session/{id}");
        panel.says(first);
        desk.panel_opens();
        panel
    }

    /// What the driver answers; nothing when it is not there.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let body = body.map_or_else(String::new, Value::to_string);
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n");
        let head = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (_, json) = answer.split_once("\r\n\r\n")?;
        let mut answer: Value = serde_json::from_str(json).ok()?;
        Some(answer["value"].take())
    }

    fn command(&self, path: &str, body: &Value) -> Value {
        let answer = self.ask("POST", &format!("{}{path}", self.session), Some(body));
        let answer = answer.unwrap_or_else(|| panic!("no answer to {path} {body}"));
        assert!(answer["error"].is_null(), "{path} {body}: {answer}");
        answer
    }

    /// What a script in the page returns.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.command("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What a command of the app answers, asked past all buttons.
    pub(crate) fn invoke(&self, command: &str, arguments: &Value) -> Value {
        let script = "const [command, words, done] = arguments; \
            window.__TAURI_INTERNALS__.invoke(command, words).then(done, (why) => done({ refused: why }));";
        self.command("/execute/async", &json!({ "script": script, "args": [command, arguments] }))
    }

    /// All text in sight.
    pub(crate) fn text(&self) -> String {
        self.script("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn text_of(&self, css: &str) -> String {
        let script = format!("return document.querySelector({})?.innerText ?? ''", json!(css));
        self.script(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a text is in sight.
    pub(crate) fn says(&self, text: &str) {
        self.says_within(text, PATIENCE);
    }

    pub(crate) fn says_within(&self, text: &str, limit: Duration) {
        wait_for(limit, || {
            let said = self.text();
            if said.contains(text) { Ok(()) } else { Err(format!("{text:?} in the panel; it says:\n{said}")) }
        });
    }

    /// Whether a button can be used: it stays focusable either way, for its reason to be heard.
    pub(crate) fn enabled(&self, css: &str) -> bool {
        let script = format!("return document.querySelector({})?.getAttribute('aria-disabled')", json!(css));
        self.script(&script) == "false"
    }

    pub(crate) fn becomes_enabled(&self, css: &str, limit: Duration) {
        until(&format!("{css} can be used"), limit, || self.enabled(css));
    }

    pub(crate) fn becomes_disabled(&self, css: &str, limit: Duration) {
        let disabled = || self.script(&format!("return document.querySelector({}) !== null", json!(css))) == true;
        until(&format!("{css} cannot be used"), limit, || disabled() && !self.enabled(css));
    }

    fn element(&self, css: &str) -> String {
        let body = json!({ "using": "css selector", "value": css });
        let path = format!("{}/element", self.session);
        wait(&format!("{css} is there"), PATIENCE, || {
            self.ask("POST", &path, Some(&body))?[ELEMENT].as_str().map(str::to_owned)
        })
    }

    /// Clicks as a pointer does.
    pub(crate) fn click(&self, css: &str) {
        let element = self.element(css);
        self.command(&format!("/element/{element}/click"), &json!({}));
    }

    /// Clicks the button with this text.
    pub(crate) fn click_text(&self, text: &str) {
        let script = format!(
            "const button = [...document.querySelectorAll('button')].find((one) => one.innerText.startsWith({})); \
             document.querySelectorAll('[data-wanted]').forEach((one) => one.removeAttribute('data-wanted')); \
             button?.setAttribute('data-wanted', ''); return button !== undefined",
            json!(text)
        );
        until(&format!("a button {text:?}"), PATIENCE, || self.script(&script) == true);
        self.click("[data-wanted]");
    }

    /// Types into a field instead of what it had.
    pub(crate) fn fill(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.command(&format!("/element/{element}/clear"), &json!({}));
        self.command(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Keeps a picture of the panel, as the screen shows it, in `target/e2e`.
    ///
    /// Not the driver's own: its snapshot never comes when the web view draws without a graphics driver.
    pub(crate) fn picture(&self, name: &str) {
        // The page is drawn some time after it says something new.
        self.script("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))");
        let window = wait("the panel is on the screen", PATIENCE, || self.desk.panel());
        self.desk.picture_of(&window, name);
    }

    /// The app's process.
    pub(crate) fn app(&self) -> i32 {
        wait("the app's process", PATIENCE, || self.desk.processes("plimsoll-app").pop())
    }
}

impl Drop for Panel<'_> {
    fn drop(&mut self) {
        // A failed test's desktop takes a picture first, and then ends everything on it.
        if std::thread::panicking() {
            return;
        }
        // Not by asking: an app that hangs would keep the test.
        for pid in self.desk.processes("plimsoll-app") {
            crate::processes::signal(pid, rustix::process::Signal::KILL);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
