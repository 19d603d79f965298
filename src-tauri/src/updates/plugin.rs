//! Tauri's updater: the only code of Plimsoll's that opens a connection, and only when it is called.
//!
//! What it trusts: a feed over TLS for what there is, and the key that was built in for what is installed; the signature
//! names the version too, so that an old archive cannot be passed off as a new one. Not here: when it is called.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_core::updates::Trouble;
use tauri::{AppHandle, Builder, Context, Wry};
use tauri_plugin_updater::{Error, Update, UpdaterExt as _};

use super::Package;

/// Address of the feed, and the second line of minisign's public key; the release workflow names both. An app that was
/// built without either has no updater.
const FEED: Option<&str> = option_env!("PLIMSOLL_UPDATE_FEED");
const KEY: Option<&str> = option_env!("PLIMSOLL_UPDATE_KEY");

/// A feed is a thousand bytes, and somebody waits for it.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// An archive is some megabytes, and lines are slow.
const FETCH_WITHIN: Duration = Duration::from_mins(10);
/// Several times what the app takes: it is held in memory until it is checked.
const LARGEST: usize = 200_000_000;

/// What was built in. A test names its own at run time; a release has no such road.
fn told(variable: &str, built_in: Option<&str>) -> Option<String> {
    let named = if cfg!(debug_assertions) { std::env::var(variable).ok() } else { None };
    named.or_else(|| built_in.map(str::to_owned)).filter(|text| !text.is_empty())
}

/// Over TLS or not at all: the plugin would let a build for tests do without.
fn feed() -> Option<String> {
    told("PLIMSOLL_UPDATE_FEED", FEED).filter(|feed| feed.starts_with("https://"))
}

/// The key as the plugin wants it: minisign's file, in base64.
fn key() -> Option<String> {
    let line = told("PLIMSOLL_UPDATE_KEY", KEY)?;
    Some(STANDARD.encode(format!("untrusted comment: minisign public key\n{}\n", line.trim())))
}

pub(super) fn has_feed() -> bool {
    feed().is_some() && key().is_some()
}

/// Takes the plugin in, where there is something to ask. The page gets none of its commands: no capability names them.
pub(crate) fn with_plugin(builder: Builder<Wry>, context: &mut Context) -> Builder<Wry> {
    let (Some(feed), Some(key)) = (feed(), key()) else { return builder };
    let settings = serde_json::json!({ "pubkey": key, "endpoints": [feed], "requireSignedVersion": true });
    context.config_mut().plugins.0.insert("updater".to_owned(), settings);
    builder.plugin(tauri_plugin_updater::Builder::new().build())
}

pub(super) fn ask(app: &AppHandle) -> Result<Option<String>, Trouble> {
    Ok(newest(app)?.map(|update| update.version))
}

pub(super) fn fetch(app: &AppHandle, version: &str) -> Result<Package, Trouble> {
    let Some(mut update) = newest(app)? else { return Err(Trouble::Changed(None)) };
    if update.version != version {
        return Err(Trouble::Changed(Some(update.version)));
    }
    update.timeout = Some(FETCH_WITHIN);
    let bytes = tauri::async_runtime::block_on(download(&update))?;
    log::info!("version {version} is fetched and signed, {} bytes", bytes.len());
    Ok(Box::new(move || update.install(bytes).map_err(|error| trouble(&error))))
}

/// What the feed has that is newer than what runs.
fn newest(app: &AppHandle) -> Result<Option<Update>, Trouble> {
    // Over TLS also where the feed or the archive leads on to another address.
    let updater = app.updater_builder().timeout(ANSWER_WITHIN).configure_client(|client| client.https_only(true));
    let updater = updater.build().map_err(|error| trouble(&error))?;
    log::info!("the update feed is asked");
    tauri::async_runtime::block_on(updater.check()).map_err(|error| trouble(&error))
}

/// The archive, once it is what was signed. One without an end is given up.
async fn download(update: &Update) -> Result<Vec<u8>, Trouble> {
    let taken = AtomicUsize::new(0);
    let count = |bytes, _| {
        taken.fetch_add(bytes, Ordering::Relaxed);
    };
    let mut archive = pin!(update.download(count, || ()));
    poll_fn(|context| match archive.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(outcome.map_err(|error| trouble(&error))),
        Poll::Pending if taken.load(Ordering::Relaxed) > LARGEST => {
            Poll::Ready(Err(Trouble::Untrusted(format!("it is larger than {LARGEST} bytes"))))
        }
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// The plugin's errors in our words; what it says goes along for whoever reports it.
fn trouble(error: &Error) -> Trouble {
    log::warn!("updater: {error}");
    let why = chain(error);
    match error {
        Error::Reqwest(error) if error.is_decode() => Trouble::Unreadable(why),
        Error::Reqwest(_) | Error::Network(_) | Error::ReleaseNotFound => Trouble::Unreachable(why),
        Error::Serialization(_)
        | Error::Semver(_)
        | Error::UrlParse(_)
        | Error::TargetNotFound(_)
        | Error::TargetsNotFound(_)
        | Error::InsecureTransportProtocol => Trouble::Unreadable(why),
        Error::Minisign(_)
        | Error::Base64(_)
        | Error::SignatureUtf8(_)
        | Error::MissingSignedVersion
        | Error::SignedVersionMismatch { .. } => Trouble::Untrusted(why),
        Error::PreviousAppNotRestored(_) => Trouble::Displaced(why),
        _ => Trouble::NotPlaced(why),
    }
}

/// With the causes, since the first words are often only an address. No stop at the end: the sentence has its own.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let said = deeper.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = deeper.source();
    }
    text.trim_end_matches('.').to_owned()
}
