//! The app: its parts, put together and taken down.
//!
//! Not here: what any part does.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use plimsoll_core::alert::Snooze;
use plimsoll_core::alert::delivery::Permission;
use plimsoll_core::panel::alerts::{self, Message};
use plimsoll_core::panel::{BundlePanel, Place};
use plimsoll_core::words::Language;
use tauri::{AppHandle, Emitter, Manager, RunEvent};
use tauri_plugin_log::{RotationStrategy, Target, TargetKind};

use crate::board::{Board, Screen, Shown};
use crate::desk::{Desk, Request};
use crate::notify::{Button, Heard, Notification, Notifier};
use crate::outside::Outside;
use crate::tray::Tray;
use crate::updates::Errand;
use crate::{commands, desktop, login, panel, updates, worker};

/// The app's parts, for whoever has its handle.
pub(crate) struct App {
    pub(crate) board: Arc<Board>,
    pub(crate) desk: Desk,
    pub(crate) panel: panel::Panel,
    pub(crate) tray: Tray,
    pub(crate) notifier: Notifier,
    /// Folder of Plimsoll's own files.
    pub(crate) data: PathBuf,
}

/// Longest log file, and how many older ones are kept: enough for weeks of starts and reclaims.
const LOG_BYTES: u128 = 256 * 1024;
const OLD_LOGS: usize = 2;

/// The last samples are written when the app ends; a disk that hangs must not keep it from ending.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Runs the app until it is quit.
pub(crate) fn run(outside: Outside, opens: bool) -> Result<(), tauri::Error> {
    // Before anything is put into it; what could not be made is said by the worker.
    let _ = outside.disk.make_private_folder(&outside.state);
    let log = tauri_plugin_log::Builder::new()
        .clear_targets()
        .targets(log_file(outside.state.join("logs")))
        .target(Target::new(TargetKind::Stderr))
        .level(log::LevelFilter::Info)
        .max_file_size(LOG_BYTES)
        .rotation_strategy(RotationStrategy::KeepSome(OLD_LOGS));
    let mut context = tauri::generate_context!();
    let builder = updates::with_plugin(login::with_plugin(tauri::Builder::default()), &mut context);
    // Nobody is to be interrupted by a start at login; the panel takes the focus when it opens.
    #[cfg(target_os = "macos")]
    let builder = builder.activate_ignoring_other_apps(false);
    let app = builder
        // First, so that a second start ends before it does anything.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| panel::open(app, Place::Stand, None)))
        .plugin(log.build())
        .plugin(tauri_plugin_opener::init())
        .invoke_handler(tauri::generate_handler![
            commands::opened,
            commands::chart,
            commands::sheet,
            commands::reclaim,
            commands::arm,
            commands::disarm,
            commands::snooze,
            commands::undo,
            commands::stop,
            commands::update,
            commands::dismiss,
            commands::form,
            commands::save,
            commands::show,
            commands::show_data,
            commands::choose_folder,
            commands::privacy_settings,
            commands::fit,
            commands::painted,
            commands::close,
        ])
        .setup(move |app| Ok(set_up(app.handle(), outside, opens)?))
        .build(context)?;
    // Before it runs: later there would be an icon in the Dock first, whatever the property list says.
    #[cfg(target_os = "macos")]
    let app = {
        let mut app = app;
        app.set_activation_policy(tauri::ActivationPolicy::Accessory);
        app
    };
    app.run(|app, event| {
        // Closing the panel closes the last window, and the app lives on in the tray.
        if let RunEvent::ExitRequested { api, code: None, .. } = &event {
            api.prevent_exit();
        } else if let RunEvent::Exit = event {
            last_words(app);
        }
        // A bundle that is opened again is not started again there.
        #[cfg(target_os = "macos")]
        if let RunEvent::Reopen { .. } = event {
            panel::open(app, Place::Stand, None);
        }
    });
    Ok(())
}

/// The log file, unless it cannot be written: the app must start on a full disk and without a folder of its own.
fn log_file(folder: PathBuf) -> Option<Target> {
    const NAME: &str = "plimsoll";
    std::fs::create_dir_all(&folder).ok()?;
    OpenOptions::new().append(true).create(true).open(folder.join(NAME).with_extension("log")).ok()?;
    Some(Target::new(TargetKind::Folder { path: folder, file_name: Some(NAME.to_owned()) }))
}

fn set_up(app: &AppHandle, outside: Outside, opens: bool) -> std::io::Result<()> {
    log_panics();
    let screen = Front { app: app.clone(), shortcut: OnceLock::new() };
    let (language, data) = (outside.language, outside.state.clone());
    let board = Arc::new(Board::new(language, Box::new(screen)));
    let desk = worker::start(outside, Arc::clone(&board))?;
    app.manage(App {
        board: Arc::clone(&board),
        desk,
        panel: panel::Panel::default(),
        tray: Tray::default(),
        notifier: notifier(app),
        data,
    });
    end_with_signals(app)?;
    app.state::<App>().tray.show(app, &board.shown());
    if opens {
        panel::open(app, Place::Stand, None);
    }
    log::info!("started, version {}", env!("CARGO_PKG_VERSION"));
    Ok(())
}

/// Shows every change on the icon, and on the panel while there is one.
struct Front {
    app: AppHandle,
    shortcut: OnceLock<()>,
}

impl Screen for Front {
    fn show(&self, shown: &Arc<Shown>) {
        if self.app.get_webview_window(panel::LABEL).is_some() {
            let sent = self.app.emit_to(panel::LABEL, "view", &shown.view);
            sent.unwrap_or_else(|error| log::warn!("failed to tell the panel: {error}"));
        }
        // The settings are read by the worker; the first time they come, their shortcut is bound.
        let first = shown.view.revision > 0 && self.shortcut.set(()).is_ok();
        let (app, shown) = (self.app.clone(), Arc::clone(shown));
        let asked = self.app.run_on_main_thread(move || {
            let Some(state) = app.try_state::<App>() else { return };
            state.tray.show(&app, &shown);
            if first {
                desktop::bind_shortcut(&app, shown.settings.shortcut.as_deref());
            }
        });
        asked.unwrap_or_else(|error| log::warn!("failed to change the icon: {error}"));
    }

    fn notify(&self, message: Message) {
        let app = self.app.clone();
        // The notification service may take its time.
        std::thread::spawn(move || {
            // The worker may have something to say before the app is put together.
            let Some(state) = put_together(&app) else { return };
            let buttons = message.buttons.into_iter().map(|(key, label)| Button { key, label }).collect();
            let Message { id, title, body, open, urgent, .. } = message;
            let sent = state.notifier.send(&Notification { id, title, body, buttons, open, urgent });
            let permission = sent.map_or_else(
                |why| {
                    log::warn!("failed to notify: {why}");
                    refused(&state.notifier).unwrap_or(Permission::Failed(why))
                },
                |()| Permission::Granted,
            );
            state.desk.ask(Request::Sent(permission));
        });
    }

    fn withdraw(&self) {
        let app = self.app.clone();
        std::thread::spawn(move || {
            if let Some(state) = app.try_state::<App>() {
                state.notifier.withdraw();
            }
        });
    }

    fn send(&self, errand: Errand) {
        let app = self.app.clone();
        // A server may take its time, and the worker has other things to do.
        std::thread::spawn(move || {
            // Otherwise nobody would hear how it went, and nothing would ever be asked again.
            let Some(state) = (0..10).find_map(|_| put_together(&app)) else { return };
            state.desk.ask(Request::Update(updates::run(&app, errand)));
        });
    }
}

/// The app's parts, once there are any.
fn put_together(app: &AppHandle) -> Option<tauri::State<'_, App>> {
    let parts = || app.try_state::<App>();
    let begin = std::time::Instant::now();
    while parts().is_none() && begin.elapsed() < LAST_WORDS {
        std::thread::sleep(Duration::from_millis(20));
    }
    parts()
}

/// Whether it was the system that said no; only macOS says so.
fn refused(notifier: &Notifier) -> Option<Permission> {
    (notifier.permission() == crate::notify::Permission::Refused).then_some(Permission::Refused)
}

/// A click opens the panel, and a button does what it says.
fn notifier(app: &AppHandle) -> Notifier {
    let app = app.clone();
    Notifier::new(move |heard| {
        let app = app.clone();
        // A click can start the app, and is heard before that is put together.
        std::thread::spawn(move || {
            let Some(state) = put_together(&app) else { return };
            heed(&app, &state, heard);
        });
    })
}

fn heed(app: &AppHandle, state: &App, heard: Heard) {
    match heard {
        Heard::Pressed { id, key } if key == alerts::SNOOZE => state.desk.ask(Request::Snooze(id, Snooze::Hour)),
        Heard::Pressed { key, .. } if key == alerts::RECLAIM => {
            // The plan is seen and confirmed: a notification is no place to agree to it.
            let shown = state.board.shown();
            let sheet = |bundle: &BundlePanel| Place::Sheet { bundle: bundle.id.clone(), level: bundle.reclaim.level };
            panel::open(app, shown.view.bundles.first().map_or(Place::Stand, sheet), None);
        }
        Heard::Refused => state.desk.ask(Request::Sent(Permission::Refused)),
        Heard::Clicked { .. } | Heard::Pressed { .. } => panel::open(app, Place::Stand, None),
    }
}

/// Ends the app as a person would.
pub(crate) fn quit(app: &AppHandle) {
    log::info!("quitting");
    app.exit(0);
}

fn last_words(app: &AppHandle) {
    let (done, written) = channel();
    let desk = &app.state::<App>().desk;
    desk.end();
    desk.ask(Request::End(done));
    if written.recv_timeout(LAST_WORDS).is_err() {
        log::warn!("the worker did not end in time; what it was doing is finished or undone at the next start");
    }
}

/// A panic's place and words belong in the log, not only on a terminal that nobody sees.
fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        log::error!("{panic}");
        before(panic);
    }));
}

/// The end of a session comes as a signal.
fn end_with_signals(app: &AppHandle) -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    let app = app.clone();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if signals.forever().next().is_some() {
            quit(&app);
        }
    })?;
    Ok(())
}

/// The system's language, or English.
pub(crate) fn system_language() -> Language {
    sys_locale::get_locales().find_map(|tag| Language::of_tag(&tag)).unwrap_or_default()
}
