//! What stands on the page whatever is shown: headings, names of fields, buttons.
//!
//! Not here: anything that depends on facts.

use serde::Serialize;
use ts_rs::TS;

use crate::words::Words;

macro_rules! labels {
    ($($(#[doc = $doc:literal])* $field:ident,)*) => {
        /// The page's fixed words; `page-FIELD` in the files of words.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
        pub struct Labels {
            $($(#[doc = $doc])* pub $field: String,)*
        }

        impl Labels {
            /// The names of all fields.
            pub const FIELDS: &[&str] = &[$(stringify!($field),)*];

            /// In the given language.
            #[must_use]
            pub fn of(words: &Words) -> Self {
                let say = |field: &str| words.text(&format!("page-{}", field.replace('_', "-")));
                Self { $($field: say(stringify!($field)),)* }
            }
        }
    };
}

labels! {
    /// Above the chart.
    growth,
    /// Above the times at which it grew.
    grew,
    /// Names the choice of a time span.
    span,
    /// 24 hours.
    day,
    /// 7 days.
    week,
    /// 30 days.
    month,
    /// 365 days.
    year,
    /// Before the forecast of the volume.
    disk,
    /// Before the forecast of the images.
    images,
    /// Above the list of files.
    files,
    /// Opens the list of small and unusual files.
    more_files,
    /// Opens the evidence about the VM.
    evidence,
    /// Names the choice of a bundle.
    bundles,
    /// Opens the other levels.
    options,
    /// Above the session disks that can be brought back.
    copies,
    /// Brings a session disk back.
    undo,
    /// Above the receipts.
    receipts,
    /// Opens all receipts.
    all_receipts,
    /// Stops what is going on at the next safe point.
    stop,
    /// Puts a message away.
    dismiss,
    /// Opens the settings.
    settings,
    /// Shows the bundle in the file manager.
    show,
    /// Leaves a page.
    back,
    /// Leaves a sheet.
    cancel,
    /// Above the steps of a plan.
    steps,
    /// Before the bytes that come back now.
    back_now,
    /// Before the bytes that will be written again.
    written_again,
    /// Before what is lost.
    lost,
    /// While a page waits for the first answer.
    loading,
    /// When Plimsoll itself does not answer.
    no_answer,
    /// The limit.
    limit,
    /// What it is for.
    limit_hint,
    /// The reserve.
    reserve,
    /// What it is for.
    reserve_hint,
    /// Time between looks.
    interval,
    /// What it is for.
    interval_hint,
    /// Style of the icon.
    icon,
    /// What to do when it is hidden, as macOS lets people do.
    icon_hint,
    /// Text beside the icon.
    title,
    /// What it is for.
    title_hint,
    /// Language.
    language,
    /// The shortcut.
    shortcut,
    /// How it is written.
    shortcut_hint,
    /// Above the alerts that stand.
    alerts,
    /// Opens the choice of a time of quiet.
    snooze,
    /// Whether alerts are sent as notifications.
    notifications,
    /// Free space below which a notice is due.
    alert_notice,
    /// Or below which share of the disk.
    alert_notice_percent,
    /// Free space below which a warning is due.
    alert_warning,
    /// Free space below which it is critical.
    alert_critical,
    /// What these are.
    alert_hint,
    /// Growth from which a notice is due.
    alert_burst,
    /// What counts as such.
    alert_burst_hint,
    /// How long what is armed waits.
    arm_idle,
    /// For what.
    arm_idle_hint,
    /// What may be done by itself.
    automatic,
    /// When that is.
    automatic_hint,
    /// For how long nobody must have held the images before.
    automatic_idle,
    /// What may be written again in a week.
    week_budget,
    /// What that is.
    week_budget_hint,
    /// When nothing is done by itself.
    quiet_hours,
    /// How that is written.
    quiet_hours_hint,
    /// Whether it is done on battery.
    on_battery,
    /// Opens at login.
    login,
    /// Whether the feed is asked for new versions.
    check_for_updates,
    /// What that means.
    check_for_updates_hint,
    /// Above what is known of new versions.
    updates,
    /// Asks the feed now.
    check_now,
    /// Fetches the new version and puts it in place.
    install,
    /// Says no more of it.
    later,
    /// Which bundles are watched.
    watched,
    /// Where data is kept.
    data,
    /// Shows that folder.
    data_show,
    /// Saves the settings.
    save,
    /// Above the page that says what this is.
    about,
    /// What this is.
    about_text,
    /// What it never does.
    about_promise,
}
