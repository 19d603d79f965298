//! The panel's window: made when it opens, destroyed when it closes, so that nothing of it weighs while nobody looks.
//!
//! It opens under the icon where the platform says where that is, else beside the pointer. It is shown only once its
//! page has something to show and has said how tall that is. Not here: what is in it.

#[cfg(target_os = "macos")]
#[path = "panel/macos.rs"]
mod macos;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use plimsoll_core::cadence::Attention;
use plimsoll_core::panel::Place;
use tauri::{
    AppHandle, Emitter, LogicalPosition, LogicalSize, Manager, PhysicalPosition, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, WindowEvent,
};

use crate::app::App;
use crate::desk::Request;
use crate::tray::Anchor;

/// The window's name, which the capability file knows too.
pub(crate) const LABEL: &str = "panel";
/// Width in points, as the page is laid out for.
const WIDTH: f64 = 380.0;
/// Before the page has said how tall it is, in points.
const FIRST_HEIGHT: f64 = 600.0;
/// The least that can be read, in points.
const LEAST_HEIGHT: f64 = 160.0;
/// Kept free between the panel and the edges of the screen, in points.
const MARGIN: f64 = 8.0;
/// The window is shown by then, with or without its page.
const MOST_PATIENCE: Duration = Duration::from_secs(2);
/// A click on the icon takes the focus from the panel first, which closes it; the click itself must not open it again.
const SAME_CLICK: Duration = Duration::from_millis(250);

/// What is known about the panel.
#[derive(Default)]
pub(crate) struct Panel {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Where the page begins.
    place: Place,
    anchor: Option<Anchor>,
    opened: Option<Instant>,
    closed: Option<Instant>,
    shown: bool,
    /// Its first picture is on the screen, or is given up; from then on losing the focus closes it.
    painted: bool,
    /// It stays though it loses the focus, since it has opened a dialog.
    held: bool,
}

impl Panel {
    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where the page is to begin; asked once when it opens.
    pub(crate) fn place(&self) -> Place {
        self.with(|panel| std::mem::take(&mut panel.place))
    }
}

/// Opens the panel, or closes the one that is open.
pub(crate) fn toggle(app: &AppHandle, anchor: Option<Anchor>) {
    let state = app.state::<App>();
    let just_closed = state.panel.with(|panel| panel.closed.is_some_and(|closed| closed.elapsed() < SAME_CLICK));
    if app.get_webview_window(LABEL).is_some() {
        close(app);
    } else if !just_closed {
        open(app, Place::Stand, anchor);
    }
}

/// Opens the panel at a place, or leads the open one there.
pub(crate) fn open(app: &AppHandle, place: Place, anchor: Option<Anchor>) {
    let app = app.clone();
    // Windows are made on the main thread, whoever asks.
    let asked = app.clone().run_on_main_thread(move || {
        if let Some(window) = app.get_webview_window(LABEL) {
            let led = window.emit_to(LABEL, "place", place).and_then(|()| window.set_focus());
            led.unwrap_or_else(|error| log::warn!("failed to lead the panel: {error}"));
            return;
        }
        let state = app.state::<App>();
        #[cfg(target_os = "macos")]
        let anchor = anchor.or_else(|| state.tray.anchor());
        state.panel.with(|panel| {
            *panel = Inner { place, anchor, opened: Some(Instant::now()), ..Inner::default() };
        });
        state.desk.ask(Request::Attend(Attention::PanelOpen));
        match build(&app) {
            Ok(window) => {
                #[cfg(target_os = "macos")]
                macos::above_full_screens(&window).unwrap_or_else(|error| log::warn!("{error}"));
                listen(&window);
                show_in_time(&app);
            }
            Err(error) => {
                log::error!("failed to open the panel: {error}");
                state.desk.ask(Request::Attend(Attention::Away));
            }
        }
    });
    asked.unwrap_or_else(|error| log::error!("failed to open the panel: {error}"));
}

/// A page that waits for a busy worker, or has failed, must not leave the user without any window.
fn show_in_time(app: &AppHandle) {
    let app = app.clone();
    std::thread::spawn(move || {
        std::thread::sleep(MOST_PATIENCE);
        let again = app.clone();
        let asked = app.run_on_main_thread(move || {
            let panel = &again.state::<App>().panel;
            // The window there is by now, which may be another than the one that was waited for.
            let Some(window) = again.get_webview_window(LABEL).filter(|_| !panel.with(|panel| panel.shown)) else {
                return;
            };
            fit(&window, FIRST_HEIGHT).unwrap_or_else(|error| log::warn!("failed to show the panel: {error}"));
            panel.with(|panel| panel.painted = true);
        });
        asked.unwrap_or_else(|error| log::warn!("failed to show the panel: {error}"));
    });
}

fn build(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Plimsoll")
        .inner_size(WIDTH, FIRST_HEIGHT)
        // On Linux a window that people cannot resize cannot be resized by its program either; its limits do it there.
        .resizable(cfg!(target_os = "linux"))
        .maximizable(false)
        .minimizable(false)
        .decorations(false)
        .always_on_top(true)
        // Where somebody is, a full screen included; windows of Linux go to the desktop that is shown anyway.
        .visible_on_all_workspaces(cfg!(target_os = "macos"))
        .skip_taskbar(true)
        .visible(false)
        .build()
}

fn listen(window: &WebviewWindow) {
    let app = window.app_handle().clone();
    window.on_window_event(move |event| match event {
        // A window that is still being put up gets and loses the focus as it pleases.
        WindowEvent::Focused(false) if app.state::<App>().panel.with(|panel| panel.painted && !panel.held) => {
            close(&app);
        }
        WindowEvent::Destroyed => {
            let state = app.state::<App>();
            state.panel.with(|panel| *panel = Inner { closed: Some(Instant::now()), ..Inner::default() });
            state.desk.ask(Request::Attend(Attention::Away));
            #[cfg(target_os = "linux")]
            crate::linux::give_back(&app);
        }
        _ => {}
    });
}

/// Keeps the panel open, and no longer above all windows, while it has a dialog open; or lets it be as before.
pub(crate) fn hold(app: &AppHandle, held: bool) {
    app.state::<App>().panel.with(|panel| panel.held = held);
    if let Some(window) = app.get_webview_window(LABEL) {
        let set = window.set_always_on_top(!held).and_then(|()| if held { Ok(()) } else { window.set_focus() });
        set.unwrap_or_else(|error| log::warn!("failed to make way for a dialog: {error}"));
    }
}

/// Closes the panel and lets go of its web view.
pub(crate) fn close(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        window.destroy().unwrap_or_else(|error| log::warn!("failed to close the panel: {error}"));
    }
}

/// Makes the window as tall as its page, which is `height` points, and shows it if that has not been done.
pub(crate) fn fit(window: &WebviewWindow, height: f64) -> tauri::Result<()> {
    let state = window.app_handle().state::<App>();
    let anchor = state.panel.with(|panel| panel.anchor);
    let pointer = window.app_handle().cursor_position().ok();
    let at = anchor.map(|anchor| anchor.at).or(pointer);
    let monitors = window.available_monitors()?;
    let screens: Vec<(Area, f64)> =
        monitors.iter().map(|screen| (area(*screen.position(), *screen.size()), screen.scale_factor())).collect();
    let tall = anchor.map_or(0.0, |anchor| anchor.size.height);
    let monitor = at.and_then(|at| screen_at(&screens, at, tall)).and_then(|index| monitors.get(index).cloned());
    let monitor = monitor.or(window.current_monitor()?).or(window.primary_monitor()?);
    let Some(monitor) = monitor else { return window.show() };
    let scale = monitor.scale_factor();
    let (area, whole) = (monitor.work_area(), area(*monitor.position(), *monitor.size()));
    let screen = self::area(area.position, area.size).within(whole);
    let frame = frame(screen, anchor.or(pointer.map(point)), height, scale);
    let size = LogicalSize::new(frame.width / scale, frame.height / scale);
    window.set_min_size(Some(size))?;
    window.set_max_size(Some(size))?;
    window.set_size(size)?;
    // In points, since macOS would take pixels for those of the screen on which the window happens to be.
    window.set_position(LogicalPosition::new(frame.left / scale, frame.top / scale))?;
    if !state.panel.with(|panel| std::mem::replace(&mut panel.shown, true)) {
        window.show()?;
        window.set_focus()?;
    }
    Ok(())
}

/// Says how long it took from the click to the first picture, and takes the focus, which a window manager may have
/// refused to a window that was not there yet.
pub(crate) fn painted(window: &WebviewWindow) {
    window.set_focus().unwrap_or_else(|error| log::warn!("failed to focus the panel: {error}"));
    let app = window.app_handle();
    let opened = app.state::<App>().panel.with(|panel| {
        panel.painted = true;
        panel.opened.take()
    });
    if let Some(opened) = opened {
        log::info!("panel painted after {} ms", opened.elapsed().as_millis());
    }
}

fn point(at: PhysicalPosition<f64>) -> Anchor {
    Anchor { at, size: tauri::PhysicalSize::new(1.0, 1.0) }
}

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Area {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

fn area(at: PhysicalPosition<i32>, size: tauri::PhysicalSize<u32>) -> Area {
    let (left, top) = (f64::from(at.x), f64::from(at.y));
    Area { left, top, width: f64::from(size.width), height: f64::from(size.height) }
}

impl Area {
    /// The part of it that lies in another; some window systems give a work area that reaches below the screen.
    fn within(self, whole: Self) -> Self {
        let (left, top) = (self.left.max(whole.left), self.top.max(whole.top));
        let right = (self.left + self.width).min(whole.left + whole.width);
        let bottom = (self.top + self.height).min(whole.top + whole.height);
        Self { left, top, width: (right - left).max(0.0), height: (bottom - top).max(0.0) }
    }
}

/// No bar that holds an icon is taller, in points: 24 on most Macs, 37 beside a camera.
const TALLEST_BAR: f64 = 40.0;
/// No bar is lower, in points: 22 on old systems.
const LOWEST_BAR: f64 = 20.0;

/// The screen that a point of an icon lies on, `tall` pixels high. On macOS every screen has pixels of its own, so that
/// one point may lie on two of them; then it is the one on which the icon is as tall as a bar.
fn screen_at(screens: &[(Area, f64)], at: PhysicalPosition<f64>, tall: f64) -> Option<usize> {
    let holds = |screen: &Area| {
        (screen.left..screen.left + screen.width).contains(&at.x)
            && (screen.top..screen.top + screen.height).contains(&at.y)
    };
    let all = || screens.iter().enumerate().filter(|(_, (screen, _))| holds(screen));
    let likely = all().find(|(_, (_, scale))| (LOWEST_BAR * scale..=TALLEST_BAR * scale).contains(&tall));
    likely.or_else(|| all().next()).map(|(index, _)| index)
}

/// Where the panel goes: centred below the anchor, above it when it lies in the lower half, and always on the screen.
fn frame(screen: Area, anchor: Option<Anchor>, height: f64, scale: f64) -> Area {
    let margin = MARGIN * scale;
    let width = (WIDTH * scale).min(screen.width - 2.0 * margin);
    let most = screen.height - 2.0 * margin;
    // Not a number, or nothing: as before the page has spoken.
    let wanted = if height.is_finite() && height > 0.0 { height } else { FIRST_HEIGHT };
    let height = (wanted * scale).max(LEAST_HEIGHT * scale).min(most).ceil();
    let (left, top) = match anchor {
        None => (screen.left + screen.width - width - margin, screen.top + margin),
        Some(Anchor { at, size }) => {
            let low = at.y > screen.top + screen.height / 2.0;
            let top = if low { at.y - height - margin } else { at.y + size.height + margin / 2.0 };
            (at.x + size.width / 2.0 - width / 2.0, top)
        }
    };
    let within = |value: f64, low: f64, high: f64| value.min(high).max(low).round();
    Area {
        left: within(left, screen.left + margin, screen.left + screen.width - width - margin),
        top: within(top, screen.top + margin, screen.top + screen.height - height - margin),
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Area = Area { left: 0.0, top: 25.0, width: 1440.0, height: 875.0 };

    fn icon(x: f64, y: f64) -> Anchor {
        let at = PhysicalPosition::new(x, y);
        Anchor { at, size: tauri::PhysicalSize::new(24.0, 22.0) }
    }

    #[test]
    fn it_hangs_below_an_icon_in_the_menu_bar_and_stands_above_one_in_a_lower_panel() {
        let top = frame(SCREEN, Some(icon(1_000.0, 0.0)), 600.0, 1.0);
        assert_eq!((top.left, top.top, top.width, top.height), (822.0, 33.0, 380.0, 600.0));
        let bottom = frame(SCREEN, Some(icon(1_000.0, 880.0)), 600.0, 1.0);
        assert_eq!((bottom.left, bottom.top), (822.0, 272.0));
    }

    #[test]
    fn it_is_on_the_screen_wherever_the_icon_is_and_however_tall_the_page() {
        for scale in [1.0, 2.0] {
            for x in [-500.0, 0.0, 700.0, 1_439.0, 9_000.0] {
                for y in [-500.0, 0.0, 450.0, 899.0, 9_000.0] {
                    for height in [0.0, 90.0, 600.0, 5_000.0, f64::NAN, f64::INFINITY] {
                        for anchor in [Some(icon(x, y)), None] {
                            let frame = frame(SCREEN, anchor, height, scale);
                            assert!(frame.left >= SCREEN.left && frame.top >= SCREEN.top, "{frame:?}");
                            assert!(frame.left + frame.width <= SCREEN.left + SCREEN.width, "{frame:?}");
                            assert!(frame.top + frame.height <= SCREEN.top + SCREEN.height, "{frame:?}");
                            assert!(frame.height >= LEAST_HEIGHT * scale, "{frame:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn of_two_screens_it_is_the_one_whose_bar_the_icon_fits_in() {
        let screen = |left, width, height| Area { left, top: 0.0, width, height };
        // A dense screen of 1440 points, and beside it one of 1920 whose pixels are points: they overlap.
        let (plain, dense) = ((screen(1_440.0, 1_920.0, 1_080.0), 1.0), (screen(0.0, 2_880.0, 1_800.0), 2.0));
        let at = |x| PhysicalPosition::new(x, 0.0);
        // Whichever the system names first.
        for screens in [[plain, dense], [dense, plain]] {
            let scale = |x, tall| screen_at(&screens, at(x), tall).map(|index| screens[index].1);
            for (x, tall, wanted) in
                [(2_000.0, 48.0, 2.0), (2_000.0, 74.0, 2.0), (2_000.0, 24.0, 1.0), (2_000.0, 37.0, 1.0)]
            {
                assert_eq!(scale(x, tall), Some(wanted), "{x} {tall}");
            }
            assert_eq!((scale(3_000.0, 24.0), scale(200.0, 48.0)), (Some(1.0), Some(2.0)));
            // A pointer in place of an icon, and no screen at all.
            assert_eq!((scale(200.0, 1.0), scale(9_000.0, 24.0)), (Some(2.0), None));
        }
        // An odd icon is still somewhere.
        assert_eq!(screen_at(&[plain], at(2_000.0), 400.0), Some(0));
    }

    #[test]
    fn a_work_area_that_reaches_below_the_screen_is_cut() {
        let whole = Area { left: 0.0, top: 0.0, width: 1280.0, height: 900.0 };
        let work = Area { left: 0.0, top: 30.0, width: 1280.0, height: 900.0 };
        assert_eq!(work.within(whole), Area { left: 0.0, top: 30.0, width: 1280.0, height: 870.0 });
    }

    #[test]
    fn without_an_icon_it_goes_to_the_upper_right_corner() {
        let frame = frame(SCREEN, None, 600.0, 1.0);
        assert_eq!((frame.left, frame.top), (1_052.0, 33.0));
    }
}
