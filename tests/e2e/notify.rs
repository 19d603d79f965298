//! Notifications, received by a real notification service.

use std::collections::HashMap;
use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::OwnedValue;

use crate::bus::{Watcher, line};
use crate::desk::{Desk, PATIENCE, spawn, until, wait};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const TWO_DAYS: Duration = Duration::from_hours(48);
/// A little longer than the app takes a changed menu for news.
const SETTLED: Duration = Duration::from_millis(2_500);

/// The service, and what only it can say.
struct Dunst(Connection, Child);

impl Drop for Dunst {
    fn drop(&mut self) {
        let _ = self.1.kill();
        let _ = self.1.wait();
    }
}

impl Dunst {
    fn start(desk: &Desk) -> Self {
        let service = spawn(desk.command("dunst").stdout(Stdio::null()).stderr(Stdio::null()));
        let connection = Builder::address(desk.bus.as_str()).and_then(Builder::build).expect("the bus");
        let dunst = Self(connection, service);
        until("the notification service is there", PATIENCE, || dunst.own().get_property::<bool>("paused").is_ok());
        dunst
    }

    fn own(&self) -> Proxy<'static> {
        Proxy::new(&self.0, NAME, PATH, "org.dunstproject.cmd0").expect("a proxy")
    }

    fn shown(&self) -> u32 {
        self.own().get_property("displayedLength").unwrap_or(0)
    }

    /// Does what a click on the newest one does.
    fn click(&self) {
        self.own().call_method("NotificationAction", &(0_u32,)).expect("an action");
    }

    /// Every notification that was shown and is gone: title and body.
    fn gone(&self) -> Vec<(String, String)> {
        let list: Vec<HashMap<String, OwnedValue>> =
            self.own().call("NotificationListHistory", &()).expect("the history");
        let text = |entry: &HashMap<String, OwnedValue>, key: &str| {
            entry.get(key).and_then(|value| String::try_from(value.clone()).ok()).unwrap_or_default()
        };
        list.iter().map(|entry| (text(entry, "summary"), text(entry, "body"))).collect()
    }
}

#[test]
fn a_reclaim_from_the_menu_is_told_of_and_a_click_on_that_opens_the_panel() {
    let (desk, small) = Desk::with_bundle();
    let dead = small.bundle.join("rootfs.vhdx");
    fs::write(&dead, vec![9; 3_000_000]).expect("write the leftover");
    File::open(&dead).and_then(|file| file.set_modified(SystemTime::now() - TWO_DAYS)).expect("date it back");
    fs::remove_file(small.bundle.join("rootfs.img.zst")).expect("take the source away");
    let dunst = Dunst::start(&desk);
    let watcher = Watcher::start(&desk);
    let _app = desk.start(&[]);
    let icon = watcher.icon(&desk);
    icon.menu_when("it is offered", |menu| line(menu, "Reclaim 3").is_some_and(|line| line.enabled));
    assert_eq!(dunst.shown(), 0, "nobody is told of what he looks at");
    std::thread::sleep(SETTLED);
    icon.click("Reclaim 3");
    until("it is told", PATIENCE, || {
        // A menu whose free space changes just then leads to the plan instead.
        if desk.panel().is_some() {
            icon.activate(10, 10);
            std::thread::sleep(SETTLED);
            icon.click("Reclaim 3");
        }
        dunst.shown() == 1
    });
    desk.picture("notification");
    assert!(desk.panel().is_none());
    dunst.click();
    desk.panel_opens();
    dunst.own().call_method("NotificationCloseAll", &()).expect("close");
    let told = wait("it is in the history", PATIENCE, || dunst.gone().pop());
    assert!(told.0.contains("3.0 MB came back") && told.1.contains("Free on the disk"), "{told:?}");
}
