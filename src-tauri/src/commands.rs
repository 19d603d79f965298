//! What the page may ask. It names bundles, copies and plans by the ids it was given, and never sends a path.
//!
//! Not here: any answer of its own; the board and the worker have them.
#![expect(clippy::needless_pass_by_value, reason = "Tauri hands a command what it asks for by value")]

use plimsoll_core::alert::Snooze;
use plimsoll_core::panel::chart::{ChartView, Range};
use plimsoll_core::panel::form::{Form, FormView};
use plimsoll_core::panel::sheet::SheetView;
use plimsoll_core::panel::{Note, Opening, updates};
use plimsoll_core::reclaim::Level;
use plimsoll_core::updates::Wish;
use tauri::{AppHandle, State, WebviewWindow};

use crate::app::App;
use crate::desk::{Reply, Request};
use crate::updates::Step;
use crate::{desktop, panel};

type Answer<T> = Result<T, Note>;

/// Asks the worker and waits for its answer; one that never comes is a failure like any other.
async fn ask<T: Send>(app: &App, request: impl FnOnce(Reply<T>) -> Request) -> Answer<T> {
    let (reply, mut answer) = tauri::async_runtime::channel(1);
    app.desk.ask(request(reply));
    let nobody = || Note { sentence: app.board.words().text("page-no-answer"), hint: String::new() };
    answer.recv().await.unwrap_or_else(|| Err(nobody()))
}

/// The panel as it stands, and where to begin.
#[tauri::command]
pub(crate) fn opened(app: State<'_, App>) -> Opening {
    Opening { view: app.board.shown().view.clone(), place: app.panel.place() }
}

/// A chart.
#[tauri::command]
pub(crate) async fn chart(app: State<'_, App>, bundle: String, range: Range) -> Answer<ChartView> {
    ask(&app, |reply| Request::Chart(bundle, range, reply)).await
}

/// A plan to confirm.
#[tauri::command]
pub(crate) async fn sheet(app: State<'_, App>, bundle: String, level: Level) -> Answer<SheetView> {
    ask(&app, |reply| Request::Sheet(bundle, level, reply)).await
}

/// Carries out a plan that was shown; how it goes is on the board.
#[tauri::command]
pub(crate) fn reclaim(app: State<'_, App>, bundle: String, level: Level, fingerprint: String) {
    app.desk.reclaim(bundle, level, fingerprint);
}

/// Arms a reclaim whose loss was shown: it is carried out once the VM has stopped.
#[tauri::command]
pub(crate) fn arm(app: State<'_, App>, bundle: String, level: Level, agreement: String) {
    app.desk.ask(Request::Arm(bundle, level, agreement));
}

/// Takes back what was armed.
#[tauri::command]
pub(crate) fn disarm(app: State<'_, App>, bundle: String) {
    app.desk.ask(Request::Disarm(bundle));
}

/// Silences an alert; a time that is not known here silences nothing.
#[tauri::command]
pub(crate) fn snooze(app: State<'_, App>, alert: String, time: String) {
    if let Some((snooze, _)) = Snooze::ALL.iter().find(|(_, name)| *name == time) {
        app.desk.ask(Request::Snooze(alert, *snooze));
    }
}

/// Brings a session disk back; how it goes is on the board.
#[tauri::command]
pub(crate) fn undo(app: State<'_, App>, copy: String) {
    app.desk.undo(copy);
}

/// Stops what is going on at its next safe point.
#[tauri::command]
pub(crate) fn stop(app: State<'_, App>) {
    app.desk.stop();
}

/// Does what somebody wishes about new versions; how it goes is on the board.
#[tauri::command]
pub(crate) fn update(app: State<'_, App>, wish: Wish) -> Answer<()> {
    if let Some(note) = updates::refused(&wish, &app.board.shown().view, app.board.words()) {
        return Err(note);
    }
    app.desk.ask(Request::Update(Step::Wish(wish)));
    Ok(())
}

/// Puts the last outcome away.
#[tauri::command]
pub(crate) fn dismiss(app: State<'_, App>) {
    app.desk.ask(Request::Dismiss);
}

/// The settings as a form.
#[tauri::command]
pub(crate) async fn form(handle: AppHandle, app: State<'_, App>) -> Answer<FormView> {
    let login = desktop::opens_at_login(&handle);
    ask(&app, |reply| Request::Form(login, reply)).await
}

/// Saves the settings, or says what is wrong with them.
#[tauri::command]
pub(crate) async fn save(handle: AppHandle, app: State<'_, App>, form: Form) -> Answer<FormView> {
    let before = app.board.shown().settings.shortcut.clone();
    let (login, shortcut) = (form.login, form.shortcut.clone());
    let wrong = desktop::try_shortcut(&handle, before.as_deref(), &shortcut, app.board.words());
    let view = ask(&app, |reply| Request::Save(Box::new(form), wrong, reply)).await;
    if view.as_ref().is_ok_and(|view| view.saved.is_some()) {
        desktop::open_at_login(&handle, login, app.board.words())?;
    } else {
        desktop::rebind_shortcut(&handle, before.as_deref());
    }
    view
}

/// Shows a bundle in Finder or the file manager.
#[tauri::command(async)]
pub(crate) fn show(handle: AppHandle, bundle: String) -> Answer<()> {
    desktop::show_bundle(&handle, &bundle)
}

/// Shows the folder of Plimsoll's own files.
#[tauri::command(async)]
pub(crate) fn show_data(handle: AppHandle) -> Answer<()> {
    desktop::show_data(&handle)
}

/// Lets somebody choose the folder where Claude keeps its data, and looks in it from then on.
#[tauri::command]
pub(crate) async fn choose_folder(handle: AppHandle, app: State<'_, App>) -> Answer<()> {
    let Some(folder) = desktop::choose_folder(&handle, app.board.words()).await else { return Ok(()) };
    ask(&app, |reply| Request::AddRoot(folder, reply)).await
}

/// Opens the system's settings where privacy protection is lifted.
#[tauri::command(async)]
pub(crate) fn privacy_settings(handle: AppHandle) -> Answer<()> {
    desktop::privacy_settings(&handle)
}

/// Makes the window as tall as its page.
#[tauri::command]
pub(crate) fn fit(window: WebviewWindow, height: f64) {
    panel::fit(&window, height).unwrap_or_else(|error| log::warn!("failed to fit the panel: {error}"));
}

/// The page is on the screen.
#[tauri::command]
pub(crate) fn painted(window: WebviewWindow) {
    panel::painted(&window);
}

/// Closes the panel.
#[tauri::command]
pub(crate) fn close(handle: AppHandle) {
    panel::close(&handle);
}
