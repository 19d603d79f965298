//! A real tray: lxqt-panel shows the icon, opens its menu, and finds it again when it is started anew.

use std::fs;
use std::process::{Child, Stdio};

use crate::desk::{Desk, PATIENCE, spawn, until, wait, wait_for};

/// One panel at the bottom, with nothing in it but the icons.
const PANEL: &str = "[General]\n__userfile__=true\n\n[panel1]\nplugins=statusnotifier\nposition=Bottom\ndesktop=0\n\
                     panelSize=32\niconSize=22\nbackground-color=#80a0c0\n\n[statusnotifier]\nalignment=Right\ntype=statusnotifier\n";

/// The panel's, so that one sees when it is drawn.
const COLOUR: [u8; 3] = [0x80, 0xa0, 0xc0];

/// The lower edge of the screen, where the panel is.
struct Strip {
    top: usize,
    width: usize,
    pixels: Vec<[u8; 3]>,
}

fn strip(desk: &Desk) -> Strip {
    let (top, width, height) = (868, 1280, 32);
    let crop = format!("{width}x{height}+0+{top}");
    let mut import = desk.command("import");
    import.args(["-window", "root", "-crop", &crop, "+repage", "-depth", "8", "rgb:-"]);
    let child = spawn(import.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let taken = child.wait_with_output().expect("a picture").stdout;
    assert_eq!(taken.len(), width * height * 3);
    Strip { top, width, pixels: taken.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect() }
}

impl Strip {
    /// Left, top, right and bottom of what differs on the screen.
    fn difference(&self, other: &Self) -> Option<[usize; 4]> {
        let pairs = self.pixels.iter().zip(&other.pixels).enumerate();
        let places = pairs.filter(|(_, (a, b))| a != b).map(|(at, _)| (at % self.width, self.top + at / self.width));
        places.fold(None, |found, (x, y)| {
            let [left, top, right, bottom] = found.unwrap_or([x, y, x, y]);
            Some([left.min(x), top.min(y), right.max(x), bottom.max(y)])
        })
    }
}

fn start_panel(desk: &Desk) -> Child {
    let mut panel = desk.command("lxqt-panel");
    panel.env("XDG_CURRENT_DESKTOP", "LXQt").stdout(Stdio::null()).stderr(Stdio::null());
    let child = spawn(&mut panel);
    until("the tray is on the screen", PATIENCE, || {
        desk.xdotool(&["search", "--onlyvisible", "--class", "lxqt-panel"]).trim() != ""
            && owns(desk, "org.kde.StatusNotifierWatcher")
    });
    child
}

fn owns(desk: &Desk, name: &str) -> bool {
    let connection = zbus::blocking::connection::Builder::address(desk.bus.as_str()).expect("an address").build();
    let bus = zbus::blocking::fdo::DBusProxy::new(&connection.expect("the bus")).expect("the bus");
    bus.name_has_owner(name.try_into().expect("a name")).expect("an answer")
}

/// Waits until two pictures in a row are the same and differ from the empty panel by something like an icon.
fn icon_appears(desk: &Desk, empty: &Strip) -> [usize; 4] {
    wait_for(PATIENCE, || {
        let place = strip(desk).difference(empty);
        let again = strip(desk).difference(empty);
        match place {
            Some([left, top, right, bottom]) if place == again && (10..=40).contains(&(right - left)) => {
                assert!((10..=32).contains(&(bottom - top)), "{place:?}");
                Ok([left, top, right, bottom])
            }
            _ => Err(format!("an icon in the panel; what differs is {place:?}")),
        }
    })
}

#[test]
fn a_real_tray_shows_the_icon_and_its_menu_and_again_when_it_is_started_anew() {
    let (desk, _small) = Desk::with_bundle();
    let config = desk.home().join(".config/lxqt");
    fs::create_dir_all(&config).and_then(|()| fs::write(config.join("panel.conf"), PANEL)).expect("configure");
    let mut tray = start_panel(&desk);
    let empty = wait("the panel is drawn", PATIENCE, || Some(strip(&desk)).filter(|strip| strip.pixels[0] == COLOUR));
    let _app = desk.start(&[]);
    let [left, top, right, bottom] = icon_appears(&desk, &empty);
    desk.picture("tray-icon");

    let (x, y) = (usize::midpoint(left, right).to_string(), usize::midpoint(top, bottom).to_string());
    desk.xdotool(&["mousemove", &x, &y, "click", "3"]);
    let menu = || {
        let windows = desk.xdotool(&["search", "--onlyvisible", "--class", "lxqt-panel"]);
        windows.lines().count() > 1
    };
    until("the menu opens", PATIENCE, menu);
    desk.picture("tray-menu");
    desk.xdotool(&["key", "Escape"]);
    until("the menu closes", PATIENCE, || !menu());

    desk.xdotool(&["mousemove", &x, &y, "click", "1"]);
    desk.panel_opens();
    desk.logged("panel painted after");
    desk.picture("tray-panel");
    desk.xdotool(&["key", "Escape"]);
    desk.panel_closes();

    let _ = tray.kill();
    let _ = tray.wait();
    desk.xdotool(&["mousemove", "640", "300"]);
    let mut tray = start_panel(&desk);
    icon_appears(&desk, &empty);
    desk.picture("tray-again");
    let _ = tray.kill();
    let _ = tray.wait();
}
