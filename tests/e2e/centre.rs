//! A notification service of our own on the session bus, which remembers what it was asked to show and presses buttons.
//!
//! <https://specifications.freedesktop.org/notification-spec/1.2/>. Not here: showing anything.
#![expect(clippy::used_underscore_binding, reason = "the interface macro uses every argument")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::OwnedValue;

use crate::desk::{Desk, PATIENCE, wait};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// What was shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) number: u32,
    pub(crate) title: String,
    pub(crate) body: String,
    /// Keys and labels, as they came.
    pub(crate) actions: Vec<String>,
    pub(crate) urgency: u8,
}

#[derive(Default)]
struct Kept {
    shown: Vec<Shown>,
    closed: Vec<u32>,
}

struct Service(Arc<Mutex<Kept>>);

impl Service {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
#[expect(
    clippy::unused_self,
    clippy::too_many_arguments,
    clippy::needless_pass_by_value,
    reason = "the specification and the interface macro have it so"
)]
impl Service {
    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body"].map(str::to_owned).to_vec()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("centre".to_owned(), "tests".to_owned(), "1".to_owned(), "1.2".to_owned())
    }

    fn notify(
        &self,
        _app: String,
        replaces: u32,
        _icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _time: i32,
    ) -> u32 {
        let urgency = hints.get("urgency").and_then(|value| value.downcast_ref::<u8>().ok()).unwrap_or(1);
        let mut kept = self.kept();
        let number = if replaces == 0 { u32::try_from(kept.shown.len()).unwrap_or(0) + 1 } else { replaces };
        kept.shown.push(Shown { number, title, body, actions, urgency });
        number
    }

    fn close_notification(&self, number: u32) {
        self.kept().closed.push(number);
    }
}

/// The service.
pub(crate) struct Centre {
    connection: Connection,
    kept: Arc<Mutex<Kept>>,
}

impl Centre {
    pub(crate) fn start(desk: &Desk) -> Self {
        let kept = Arc::<Mutex<Kept>>::default();
        let builder = Builder::address(desk.bus.as_str()).expect("an address");
        let builder = builder.serve_at(PATH, Service(Arc::clone(&kept))).expect("a path");
        let connection = builder.name(NAME).expect("a name").build().expect("the bus");
        Self { connection, kept }
    }

    /// One that is there and does not answer as it should.
    pub(crate) fn deaf(desk: &Desk) -> Connection {
        let builder = Builder::address(desk.bus.as_str()).expect("an address");
        builder.name(NAME).expect("a name").build().expect("the bus")
    }

    /// All that was shown so far.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).shown.clone()
    }

    /// Waits for a notification with this title.
    pub(crate) fn notified(&self, title: &str) -> Shown {
        wait(&format!("a notification {title:?}"), PATIENCE, || self.shown().into_iter().find(|it| it.title == title))
    }

    pub(crate) fn was_closed(&self, number: u32) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).closed.contains(&number)
    }

    /// Presses a button.
    pub(crate) fn press(&self, number: u32, key: &str) {
        let sent = self.connection.emit_signal(None::<&str>, PATH, NAME, "ActionInvoked", &(number, key));
        sent.expect("a signal");
    }
}
