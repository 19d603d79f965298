//! Notifications on Linux: the desktop's service on the session bus.
//!
//! <https://specifications.freedesktop.org/notification-spec/1.2/>. The connection comes with the first notification.
//! Not here: quiet hours, which are the service's own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator};
use zbus::zvariant::Value;

use super::{Heard, Notification, Permission};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// The key of a click on the notification itself (the specification, "Actions").
const CLICK: &str = "default";
/// A service that hangs must not keep anybody waiting; one that has to be started first takes a second or two.
const PATIENCE: Duration = Duration::from_secs(10);

type Listener = Arc<dyn Fn(Heard) + Send + Sync>;
/// The service's number of each notification that may still be on the screen, by our name of it.
type Sent = Arc<Mutex<HashMap<String, u32>>>;

/// Sends notifications.
pub(crate) struct Notifier {
    heard: Listener,
    sent: Sent,
    connection: Mutex<Option<Connection>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Notifier {
    pub(crate) fn new(heard: impl Fn(Heard) + Send + Sync + 'static) -> Self {
        Self { heard: Arc::new(heard), sent: Sent::default(), connection: Mutex::default() }
    }

    /// Whether there is a service; it may be started to be asked.
    pub(crate) fn permission(&self) -> Permission {
        match self.capabilities() {
            Ok(_) => Permission::Granted,
            Err(error) => Permission::Unavailable(error.to_string()),
        }
    }

    /// Shows a notification, in place of an earlier one of its name.
    pub(crate) fn send(&self, notification: &Notification) -> Result<(), String> {
        self.show(notification).map_err(|error| error.to_string())
    }

    fn show(&self, notification: &Notification) -> zbus::Result<()> {
        let capabilities = self.capabilities()?;
        let can = |capability: &str| capabilities.iter().any(|known| known == capability);
        let mut actions: Vec<&str> = Vec::new();
        if can("actions") {
            actions.extend([CLICK, &notification.open]);
            actions.extend(notification.buttons.iter().flat_map(|button| [button.key.as_str(), &button.label]));
        }
        let body = if can("body-markup") { escaped(&notification.body) } else { notification.body.clone() };
        let urgency: u8 = if notification.urgent { 2 } else { 1 };
        let hints: HashMap<&str, Value<'_>> =
            [("urgency", Value::from(urgency)), ("desktop-entry", Value::from("plimsoll"))].into();
        // Urgent ones stay; of others the service knows best how long.
        let time: i32 = if notification.urgent { 0 } else { -1 };
        // Until its number is known nobody is told of a button, which may be pressed before we have the answer.
        let mut sent = lock(&self.sent);
        let before = sent.get(&notification.id).copied().unwrap_or(0);
        let call = ("Plimsoll", before, "", notification.title.as_str(), body.as_str(), actions, hints, time);
        let number: u32 =
            self.connection()?.call_method(Some(NAME), PATH, Some(NAME), "Notify", &call)?.body().deserialize()?;
        sent.insert(notification.id.clone(), number);
        Ok(())
    }

    /// Takes back what may still be on the screen.
    pub(crate) fn withdraw(&self) {
        // Without a connection nothing was ever sent.
        let Some(connection) = lock(&self.connection).clone() else { return };
        let numbers: Vec<u32> = lock(&self.sent).drain().map(|(_, number)| number).collect();
        for number in numbers {
            if let Err(error) = connection.call_method(Some(NAME), PATH, Some(NAME), "CloseNotification", &(number,)) {
                log::info!("a notification could not be taken back: {error}");
            }
        }
    }

    fn capabilities(&self) -> zbus::Result<Vec<String>> {
        let answer = self.connection()?.call_method(Some(NAME), PATH, Some(NAME), "GetCapabilities", &())?;
        answer.body().deserialize()
    }

    fn connection(&self) -> zbus::Result<Connection> {
        let mut known = lock(&self.connection);
        if let Some(connection) = known.as_ref() {
            return Ok(connection.clone());
        }
        let connection = Builder::session()?.method_timeout(PATIENCE).build()?;
        listen(&connection, Arc::clone(&self.heard), Arc::clone(&self.sent))?;
        *known = Some(connection.clone());
        Ok(connection)
    }
}

/// Passes on what comes back, for as long as there is a bus.
fn listen(connection: &Connection, heard: Listener, sent: Sent) -> zbus::Result<()> {
    let rule = format!("type='signal',interface='{NAME}',path='{PATH}'");
    let signals = MessageIterator::for_match_rule(rule.as_str(), connection, None)?;
    let spawned = std::thread::Builder::new().name("notifications".to_owned()).spawn(move || {
        for signal in signals.flatten() {
            let (header, body) = (signal.header(), signal.body());
            match header.member().map(zbus::names::MemberName::as_str) {
                Some("ActionInvoked") => {
                    let Ok((number, key)) = body.deserialize::<(u32, String)>() else { continue };
                    let id = lock(&sent).iter().find(|(_, known)| **known == number).map(|(id, _)| id.clone());
                    // Others' notifications are told of as well.
                    let Some(id) = id else { continue };
                    heard(if key == CLICK { Heard::Clicked { id } } else { Heard::Pressed { id, key } });
                }
                Some("NotificationClosed") => {
                    let Ok((number, _)) = body.deserialize::<(u32, u32)>() else { continue };
                    lock(&sent).retain(|_, known| *known != number);
                }
                _ => {}
            }
        }
    });
    spawned.map(drop).map_err(zbus::Error::from)
}

/// Where a body may be marked up, what is not meant as markup is escaped (the specification, "Markup").
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_name_with_markup_in_it_is_shown_as_it_is() {
        assert_eq!(escaped("rootfs <b>&amp;</b>"), "rootfs &lt;b&gt;&amp;amp;&lt;/b&gt;");
        assert_eq!(escaped("13.3 GB came back"), "13.3 GB came back");
    }
}
