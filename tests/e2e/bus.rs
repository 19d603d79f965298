//! The session bus: a tray host of our own, the app's icon and menu as any host sees them, and a file manager.
//!
//! <https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/>. Not here: a host that draws (`host`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator, Proxy};
use zbus::zvariant::{Dict, OwnedObjectPath, OwnedValue, Structure, Value};

use crate::desk::{Desk, PATIENCE, wait};

type Told = Arc<Mutex<Vec<String>>>;

fn all(told: &Told) -> Vec<String> {
    told.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn tell(told: &Told, text: &str) {
    told.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
}

struct Registry(Told);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
#[expect(clippy::unused_self, reason = "the interface macro calls methods")]
impl Registry {
    fn register_status_notifier_item(&self, service: &str) {
        tell(&self.0, service);
    }
    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        all(&self.0)
    }
    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// Where icons register.
pub(crate) struct Watcher {
    connection: Connection,
    items: Told,
}

impl Watcher {
    pub(crate) fn start(desk: &Desk) -> Self {
        let items = Told::default();
        let builder = Builder::address(desk.bus.as_str()).expect("an address");
        let builder = builder.serve_at("/StatusNotifierWatcher", Registry(Arc::clone(&items))).expect("a path");
        let connection = builder.name("org.kde.StatusNotifierWatcher").expect("a name").build();
        Self { connection: connection.expect("the watcher can be on the bus"), items }
    }

    /// Gives up the name, as a panel that ends does.
    pub(crate) fn stop(self) {
        self.connection.close().expect("the watcher can leave the bus");
    }

    /// Waits for the app's icon.
    pub(crate) fn icon(&self, desk: &Desk) -> Icon {
        let service = wait("the icon registers", PATIENCE, || all(&self.items).pop());
        Icon::of(desk, &service)
    }
}

/// The app's icon.
pub(crate) struct Icon {
    connection: Connection,
    service: String,
    /// Names of the signals it sent.
    signals: Told,
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    id: i32,
    pub(crate) label: String,
    pub(crate) enabled: bool,
    /// 0 or 1 for a line that can be switched.
    pub(crate) toggle: Option<i32>,
}

impl Icon {
    fn of(desk: &Desk, service: &str) -> Self {
        let connection = Builder::address(desk.bus.as_str()).and_then(Builder::build).expect("the bus");
        let signals = Told::default();
        let rule = "type='signal',interface='org.kde.StatusNotifierItem'";
        let heard = MessageIterator::for_match_rule(rule, &connection, None).expect("listen");
        let told = Arc::clone(&signals);
        // Ends with the bus.
        thread::spawn(move || {
            for message in heard.flatten() {
                tell(&told, message.header().member().map_or("", |name| name.as_str()));
            }
        });
        Self { connection, service: service.to_owned(), signals }
    }

    fn proxy(&self, path: String, interface: &'static str) -> Proxy<'static> {
        let builder = zbus::blocking::proxy::Builder::new(&self.connection);
        let builder = builder.destination(self.service.clone()).and_then(|builder| builder.path(path));
        let builder = builder.and_then(|builder| builder.interface(interface)).expect("names");
        builder.cache_properties(zbus::proxy::CacheProperties::No).build().expect("the icon")
    }

    fn item(&self) -> Proxy<'static> {
        self.proxy("/StatusNotifierItem".to_owned(), "org.kde.StatusNotifierItem")
    }

    fn dbusmenu(&self) -> Proxy<'static> {
        let path: OwnedObjectPath = self.item().get_property("Menu").expect("the menu's path");
        self.proxy(path.to_string(), "com.canonical.dbusmenu")
    }

    pub(crate) fn text(&self, property: &str) -> String {
        self.item().get_property(property).expect("a text")
    }

    /// Title and text of the tooltip.
    pub(crate) fn tooltip(&self) -> (String, String) {
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let (_, _, title, text): ToolTip = self.item().get_property("ToolTip").expect("a tooltip");
        (title, text)
    }

    /// Its pictures: width, height and pixels.
    pub(crate) fn pixmaps(&self) -> Vec<(i32, i32, Vec<u8>)> {
        self.item().get_property("IconPixmap").expect("pictures")
    }

    pub(crate) fn count(&self, signal: &str) -> usize {
        all(&self.signals).iter().filter(|name| *name == signal).count()
    }

    /// A left click.
    pub(crate) fn activate(&self, x: i32, y: i32) {
        self.item().call_method("Activate", &(x, y)).expect("a click");
    }

    /// Tells the app that the menu is about to be read, as hosts do before they open it.
    pub(crate) fn about_to_show(&self) {
        let _: bool = self.dbusmenu().call("AboutToShow", &(0_i32,)).expect("an answer");
    }

    /// The menu as it stands, separators aside.
    pub(crate) fn menu(&self) -> Vec<Line> {
        type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));
        let names: Vec<&str> = Vec::new();
        let (_, (_, _, lines)): Layout = self.dbusmenu().call("GetLayout", &(0_i32, -1_i32, names)).expect("a menu");
        lines.iter().filter_map(|line| line_of(line)).collect()
    }

    /// Waits until the menu is as wanted; the app looks again before every question.
    pub(crate) fn menu_when(&self, what: &str, mut wanted: impl FnMut(&[Line]) -> bool) -> Vec<Line> {
        wait(what, PATIENCE, || {
            self.about_to_show();
            let menu = self.menu();
            wanted(&menu).then_some(menu)
        })
    }

    /// Waits for an enabled line that begins so, and clicks it.
    pub(crate) fn click(&self, label: &str) {
        let wanted = |menu: &[Line]| line(menu, label).is_some_and(|line| line.enabled);
        let menu = self.menu_when(&format!("{label:?} can be chosen"), wanted);
        let id = line(&menu, label).expect("just seen").id;
        match self.dbusmenu().call_method("Event", &(id, "clicked", Value::from(0_i32), 0_u32)) {
            // Whoever is told to quit may be gone before it answers.
            Err(zbus::Error::MethodError(name, ..)) if name.as_str() == "org.freedesktop.DBus.Error.NoReply" => {}
            answer => drop(answer.expect("a click")),
        }
    }
}

/// The line that begins so.
pub(crate) fn line<'a>(menu: &'a [Line], label: &str) -> Option<&'a Line> {
    menu.iter().find(|line| line.label.starts_with(label))
}

fn line_of(value: &Value<'_>) -> Option<Line> {
    let structure: &Structure<'_> = value.downcast_ref().ok()?;
    let [id, properties, _] = structure.fields() else { return None };
    let properties: &Dict<'_, '_> = properties.downcast_ref().ok()?;
    let label: Option<String> = properties.get(&"label").ok()?;
    let enabled: Option<bool> = properties.get(&"enabled").ok()?;
    let toggle: Option<i32> = properties.get(&"toggle-state").ok()?;
    let switched: Option<String> = properties.get(&"toggle-type").ok()?;
    let id = id.downcast_ref().ok()?;
    let toggle = switched.filter(|kind| !kind.is_empty()).map(|_| toggle.unwrap_or_default());
    Some(Line { id, label: label?, enabled: enabled.unwrap_or(true), toggle })
}

/// Every icon in a panel of pictures is as large as it says.
pub(crate) fn sizes(pixmaps: &[(i32, i32, Vec<u8>)]) -> Vec<(i32, i32)> {
    let whole = |(width, height, pixels): &(i32, i32, Vec<u8>)| {
        assert_eq!(i32::try_from(pixels.len()), Ok(width * height * 4));
        (*width, *height)
    };
    pixmaps.iter().map(whole).collect()
}

struct Files(Told);

#[zbus::interface(name = "org.freedesktop.FileManager1")]
impl Files {
    fn show_items(&self, uris: Vec<String>, startup: &str) {
        // There is no busy pointer here that would end with it.
        let _ = startup;
        for uri in uris {
            tell(&self.0, &uri);
        }
    }
}

/// A file manager that remembers what it was asked to show.
pub(crate) struct FileManager {
    _connection: Connection,
    shown: Told,
}

impl FileManager {
    pub(crate) fn start(desk: &Desk) -> Self {
        let shown = Told::default();
        let builder = Builder::address(desk.bus.as_str()).expect("an address");
        let builder = builder.serve_at("/org/freedesktop/FileManager1", Files(Arc::clone(&shown))).expect("a path");
        let connection = builder.name("org.freedesktop.FileManager1").expect("a name").build().expect("the bus");
        Self { _connection: connection, shown }
    }

    pub(crate) fn shown(&self) -> String {
        wait("the file manager is asked", PATIENCE, || all(&self.shown).pop())
    }
}
