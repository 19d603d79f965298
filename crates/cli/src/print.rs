//! Output: JSON or text, colours only on a terminal. Not here: any sentence of the core's, which `notice` words.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use plimsoll_core::notice::{Notice, visible};
use serde::Serialize;

/// A command that could not do its work.
pub(crate) struct Failure {
    notice: Notice,
    code: u8,
}

impl Failure {
    pub(crate) fn new(code: u8, name: &str, sentence: impl Into<String>, hint: &str) -> Self {
        let notice = Notice { code: name.to_owned(), sentence: sentence.into(), hint: hint.to_owned() };
        Self { notice, code }
    }

    /// A refusal, where there is no answer to put it into.
    pub(crate) const fn refused(notice: Notice) -> Self {
        Self { notice, code: 3 }
    }

    pub(crate) fn usage(sentence: impl Into<String>, hint: &str) -> Self {
        Self::new(2, "usage", sentence, hint)
    }

    #[expect(clippy::needless_pass_by_value, reason = "used as a function in map_err")]
    pub(crate) fn output(error: std::io::Error) -> Self {
        Self::new(1, "output", format!("The output could not be written: {error}."), "")
    }

    pub(crate) fn no_home() -> Self {
        Self::usage("There is no home folder to keep history and journal in.", "Name a folder with --state-dir.")
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

/// Where a command's words go.
pub(crate) struct Printer {
    json: bool,
    colour: bool,
}

/// How a piece of text stands out, where colours are on.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Strong,
    Faint,
    Good,
    Warn,
    Bad,
}

impl Printer {
    pub(crate) fn new(json: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let able = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self { json, colour: wanted && able && std::io::stdout().is_terminal() }
    }

    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    pub(crate) fn tone(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// One JSON document.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::output(error.into()))?;
        self.lines(&text)
    }

    /// One JSON document on a line of its own, for streams.
    pub(crate) fn json_line(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|error| Failure::output(error.into()))?;
        self.lines(&text)
    }

    #[expect(clippy::unused_self, reason = "all output goes through the printer")]
    pub(crate) fn lines(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        match writeln!(out, "{text}").and_then(|()| out.flush()) {
            // The reader has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(Failure::output),
        }
    }

    /// Something the user should know beside the answer.
    #[expect(clippy::unused_self, reason = "all output goes through the printer")]
    pub(crate) fn note(&self, sentence: &str) {
        let _ = writeln!(std::io::stderr(), "plimsoll: {}", visible(sentence));
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        if self.json {
            let _ = self.json(&serde_json::json!({ "schema": 1, "error": failure.notice }));
        }
        self.warn(failure);
    }

    /// A failure of something beside the answer.
    pub(crate) fn warn(&self, failure: &Failure) {
        self.note(&failure.notice.sentence);
        if !failure.notice.hint.is_empty() {
            self.note(&failure.notice.hint);
        }
    }
}

/// A time for people: to the second, always of the same length.
pub(crate) fn moment(at: jiff::Timestamp) -> String {
    format!("{at:.0}")
}
