// Written by `make bindings` from crates/core/src/panel. Do not change by hand.

export type Activity = { 
/**
 * In words.
 */
sentence: string, 
/**
 * From 0 to 1, none when that is not known.
 */
share: number | null, 
/**
 * It can be stopped at the next safe point.
 */
stoppable: boolean, };
export type AlertRow = { 
/**
 * Names it.
 */
id: string, 
/**
 * For its colour and urgency.
 */
severity: Severity, 
/**
 * In a few words.
 */
title: string, 
/**
 * What is so.
 */
sentence: string, 
/**
 * What to do; empty when there is nothing.
 */
hint: string, 
/**
 * That it is silenced, and until when; empty when it is not.
 */
quiet: string, 
/**
 * The session disk that can be brought back because of it.
 */
undo: string | null, };
export type ArmView = { 
/**
 * On its button.
 */
title: string, 
/**
 * Beside it.
 */
note: string, 
/**
 * The level.
 */
level: Level, 
/**
 * It is armed: the button takes it back.
 */
armed: boolean, 
/**
 * Its plan must be seen first, and is armed from there.
 */
sheet: boolean, 
/**
 * What is agreed to by arming it here; empty where its plan must be seen.
 */
agreement: string, };
export type BundlePanel = { 
/**
 * Names it in every request.
 */
id: string, 
/**
 * Tells it from others, to people.
 */
name: string, 
/**
 * Allocated bytes.
 */
number: string, 
/**
 * How things stand.
 */
sentence: string, 
/**
 * The picture of it.
 */
gauge: GaugeView, 
/**
 * The last day, from 0 (lowest) to 1 (highest), equally far apart in time; empty without history.
 */
sparkline: Array<number>, 
/**
 * Growth in words.
 */
growth: string, 
/**
 * When it grew and which sessions were there, in words, the newest first.
 */
grew: Array<string>, 
/**
 * When the volume is full, in words.
 */
disk: string, 
/**
 * When the images are as large as they can be, in words.
 */
guest: string, 
/**
 * Free space of the volume.
 */
free: string, 
/**
 * Every file worth a line.
 */
images: Array<ImageRow>, 
/**
 * Sums of both sizes.
 */
total: string, 
/**
 * Whether the VM runs.
 */
vm: VmView, 
/**
 * The button and what else could be done.
 */
reclaim: ReclaimView, 
/**
 * To do it once the VM has stopped; none when nothing is in the way or nothing would come back.
 */
arm: ArmView | null, 
/**
 * Session disks that can be brought back.
 */
copies: Array<CopyRow>, };
export type ChartView = { 
/**
 * Seconds since 1970, rising.
 */
times: Array<number>, 
/**
 * Allocated bytes at each of them.
 */
sizes: Array<number>, 
/**
 * Each point in words.
 */
labels: Array<string>, 
/**
 * The first and last second shown.
 */
span: [number, number], 
/**
 * The lowest and highest size shown.
 */
range: [number, number], 
/**
 * Where the time axis is labelled.
 */
time_ticks: Array<Tick>, 
/**
 * Where the size axis is labelled.
 */
size_ticks: Array<Tick>, 
/**
 * What happened.
 */
events: Array<Event>, 
/**
 * The user's limit, when it is in the picture.
 */
limit: Tick | null, 
/**
 * The picture in a sentence.
 */
spoken: string, 
/**
 * Said in its place when there is too little to draw.
 */
empty: string | null, };
export type Closed = { 
/**
 * What is so.
 */
title: string, 
/**
 * That it is blocked and not missing, and that nothing was touched.
 */
text: string, 
/**
 * What to do, in order.
 */
steps: Array<string>, 
/**
 * On the button that chooses the folder.
 */
choose: string, 
/**
 * On the button that opens the system's settings, where there are any for this.
 */
settings: string | null, };
export type CopyRow = { 
/**
 * Names it for undo.
 */
id: string, 
/**
 * What it is.
 */
line: string, };
export type Empty = { 
/**
 * What is so.
 */
title: string, 
/**
 * Why, and what will change it.
 */
text: string, };
export type Event = { 
/**
 * Seconds since 1970.
 */
at: number, 
/**
 * Its form.
 */
kind: EventKind, 
/**
 * In words, with the time.
 */
label: string, };
export type EventKind = "reclaim" | "rebuild" | "image_update" | "vm_on" | "vm_off";
export type EvidenceRow = { 
/**
 * Who says it.
 */
source: string, 
/**
 * What it says.
 */
finding: string, 
/**
 * With what was missing, in the system's own words.
 */
detail: string, };
export type FieldError = { 
/**
 * Its name in [`Form`].
 */
field: string, 
/**
 * What to write instead.
 */
sentence: string, };
export type Form = { 
/**
 * What the images may take, or empty.
 */
limit: string, 
/**
 * What is to stay free.
 */
reserve: string, 
/**
 * Seconds between looks, or empty.
 */
interval: string, 
/**
 * Value of one of [`FormView::icons`].
 */
icon: string, 
/**
 * Value of one of [`FormView::titles`].
 */
title: string, 
/**
 * Value of one of [`FormView::languages`].
 */
language: string, 
/**
 * A shortcut, or empty.
 */
shortcut: string, 
/**
 * Opens at login.
 */
login: boolean, 
/**
 * Asks for new versions.
 */
check_for_updates: boolean, 
/**
 * Sends notifications.
 */
notifications: boolean, 
/**
 * Free space below which a notice is due.
 */
alert_notice: string, 
/**
 * Or below this share of the volume, in hundredths.
 */
alert_notice_percent: string, 
/**
 * Free space below which a warning is due.
 */
alert_warning: string, 
/**
 * Free space below which it is critical.
 */
alert_critical: string, 
/**
 * Growth within an hour, while nobody looks, from which a notice is due.
 */
alert_burst: string, 
/**
 * Value of one of [`FormView::idles`].
 */
arm_idle: string, 
/**
 * Value of one of [`FormView::automatics`].
 */
automatic: string, 
/**
 * Seconds that nobody must have held the images.
 */
automatic_idle: string, 
/**
 * What may have to be written again in a week because of it.
 */
automatic_week_budget: string, 
/**
 * When nothing is done by itself, or empty.
 */
quiet_hours: string, 
/**
 * Acts on battery as well.
 */
on_battery: boolean, 
/**
 * Ids of the bundles that are not watched.
 */
ignored: Array<string>, };
export type FormView = { 
/**
 * As they stand or were typed.
 */
form: Form, 
/**
 * Wrong fields by name, with what to write instead.
 */
errors: Array<FieldError>, 
/**
 * Said after saving.
 */
saved: string | null, 
/**
 * Styles of the icon.
 */
icons: Array<OptionText>, 
/**
 * Texts beside it.
 */
titles: Array<OptionText>, 
/**
 * Languages, by their own names.
 */
languages: Array<OptionText>, 
/**
 * What Plimsoll may do by itself.
 */
automatics: Array<OptionText>, 
/**
 * For how long nobody must have held the images before what is armed is done.
 */
idles: Array<OptionText>, 
/**
 * Bundles that can be watched.
 */
bundles: Array<OptionText>, 
/**
 * Where history, receipts and copies are kept, for people.
 */
data: string, 
/**
 * The version, in words.
 */
version: string, };
export type GaugeView = { 
/**
 * Its form.
 */
mark: Mark, 
/**
 * Height of the water, from 0 (keel) to 1 (deck); the line is at [`icon::LINE`].
 */
water: number, 
/**
 * For those who hear it.
 */
spoken: string, };
export type ImageRow = { 
/**
 * What it is.
 */
title: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * Allocated bytes.
 */
size: string, 
/**
 * Allocated of logical bytes, and what becomes of it.
 */
note: string, 
/**
 * Allocated as a share of logical bytes, from 0 to 1; none where that says nothing.
 */
share: number | null, 
/**
 * What the guest has free in it and when it is full, in words; none where that is not known.
 */
guest: string | null, 
/**
 * All of it in one sentence.
 */
spoken: string, };
export type Labels = { 
/**
 * Above the chart.
 */
growth: string, 
/**
 * Above the times at which it grew.
 */
grew: string, 
/**
 * Names the choice of a time span.
 */
span: string, 
/**
 * 24 hours.
 */
day: string, 
/**
 * 7 days.
 */
week: string, 
/**
 * 30 days.
 */
month: string, 
/**
 * 365 days.
 */
year: string, 
/**
 * Before the forecast of the volume.
 */
disk: string, 
/**
 * Before the forecast of the images.
 */
images: string, 
/**
 * Above the list of files.
 */
files: string, 
/**
 * Opens the list of small and unusual files.
 */
more_files: string, 
/**
 * Opens the evidence about the VM.
 */
evidence: string, 
/**
 * Names the choice of a bundle.
 */
bundles: string, 
/**
 * Opens the other levels.
 */
options: string, 
/**
 * Above the session disks that can be brought back.
 */
copies: string, 
/**
 * Brings a session disk back.
 */
undo: string, 
/**
 * Above the receipts.
 */
receipts: string, 
/**
 * Opens all receipts.
 */
all_receipts: string, 
/**
 * Stops what is going on at the next safe point.
 */
stop: string, 
/**
 * Puts a message away.
 */
dismiss: string, 
/**
 * Opens the settings.
 */
settings: string, 
/**
 * Shows the bundle in the file manager.
 */
show: string, 
/**
 * Leaves a page.
 */
back: string, 
/**
 * Leaves a sheet.
 */
cancel: string, 
/**
 * Above the steps of a plan.
 */
steps: string, 
/**
 * Before the bytes that come back now.
 */
back_now: string, 
/**
 * Before the bytes that will be written again.
 */
written_again: string, 
/**
 * Before what is lost.
 */
lost: string, 
/**
 * While a page waits for the first answer.
 */
loading: string, 
/**
 * When Plimsoll itself does not answer.
 */
no_answer: string, 
/**
 * The limit.
 */
limit: string, 
/**
 * What it is for.
 */
limit_hint: string, 
/**
 * The reserve.
 */
reserve: string, 
/**
 * What it is for.
 */
reserve_hint: string, 
/**
 * Time between looks.
 */
interval: string, 
/**
 * What it is for.
 */
interval_hint: string, 
/**
 * Style of the icon.
 */
icon: string, 
/**
 * What to do when it is hidden, as macOS lets people do.
 */
icon_hint: string, 
/**
 * Text beside the icon.
 */
title: string, 
/**
 * What it is for.
 */
title_hint: string, 
/**
 * Language.
 */
language: string, 
/**
 * The shortcut.
 */
shortcut: string, 
/**
 * How it is written.
 */
shortcut_hint: string, 
/**
 * Above the alerts that stand.
 */
alerts: string, 
/**
 * Opens the choice of a time of quiet.
 */
snooze: string, 
/**
 * Whether alerts are sent as notifications.
 */
notifications: string, 
/**
 * Free space below which a notice is due.
 */
alert_notice: string, 
/**
 * Or below which share of the disk.
 */
alert_notice_percent: string, 
/**
 * Free space below which a warning is due.
 */
alert_warning: string, 
/**
 * Free space below which it is critical.
 */
alert_critical: string, 
/**
 * What these are.
 */
alert_hint: string, 
/**
 * Growth from which a notice is due.
 */
alert_burst: string, 
/**
 * What counts as such.
 */
alert_burst_hint: string, 
/**
 * How long what is armed waits.
 */
arm_idle: string, 
/**
 * For what.
 */
arm_idle_hint: string, 
/**
 * What may be done by itself.
 */
automatic: string, 
/**
 * When that is.
 */
automatic_hint: string, 
/**
 * For how long nobody must have held the images before.
 */
automatic_idle: string, 
/**
 * What may be written again in a week.
 */
week_budget: string, 
/**
 * What that is.
 */
week_budget_hint: string, 
/**
 * When nothing is done by itself.
 */
quiet_hours: string, 
/**
 * How that is written.
 */
quiet_hours_hint: string, 
/**
 * Whether it is done on battery.
 */
on_battery: string, 
/**
 * Opens at login.
 */
login: string, 
/**
 * Whether the feed is asked for new versions.
 */
check_for_updates: string, 
/**
 * What that means.
 */
check_for_updates_hint: string, 
/**
 * Above what is known of new versions.
 */
updates: string, 
/**
 * Asks the feed now.
 */
check_now: string, 
/**
 * Fetches the new version and puts it in place.
 */
install: string, 
/**
 * Says no more of it.
 */
later: string, 
/**
 * Which bundles are watched.
 */
watched: string, 
/**
 * Where data is kept.
 */
data: string, 
/**
 * Shows that folder.
 */
data_show: string, 
/**
 * Saves the settings.
 */
save: string, 
/**
 * Above the page that says what this is.
 */
about: string, 
/**
 * What this is.
 */
about_text: string, 
/**
 * What it never does.
 */
about_promise: string, };
export type Level = "leftovers" | "compact" | "rebuild" | "reset";
export type Liveness = "stopped" | "running" | "unknown";
export type Mark = "calm" | "watch" | "act" | "unknown";
export type Note = { 
/**
 * What is so.
 */
sentence: string, 
/**
 * What to do.
 */
hint: string, };
export type Opening = { 
/**
 * The panel as last published.
 */
view: PanelView, 
/**
 * Where to begin.
 */
place: Place, };
export type OptionRow = { 
/**
 * Which one.
 */
level: Level, 
/**
 * What it is called.
 */
title: string, 
/**
 * Bytes expected back.
 */
size: string, 
/**
 * What is lost, or why it cannot be done now.
 */
note: string, 
/**
 * Whether it can be chosen.
 */
enabled: boolean, };
export type OptionText = { 
/**
 * For the form.
 */
value: string, 
/**
 * For people.
 */
label: string, };
export type Outcome = { 
/**
 * For its colour and urgency.
 */
tone: Tone, 
/**
 * In a few words.
 */
title: string, 
/**
 * Measured bytes, and what to know.
 */
lines: Array<string>, 
/**
 * The session disk that can be brought back.
 */
undo: string | null, };
export type PanelView = { 
/**
 * Rises with everything published.
 */
revision: number, 
/**
 * Tag of the language it is written in.
 */
language: string, 
/**
 * Headings and buttons.
 */
labels: Labels, 
/**
 * Every bundle, the one that presses most first.
 */
bundles: Array<BundlePanel>, 
/**
 * What is shown in place of a bundle when there is none.
 */
empty: Empty | null, 
/**
 * What is going on.
 */
activity: Activity | null, 
/**
 * A folder that may not be looked into, and what to do.
 */
closed: Closed | null, 
/**
 * How the last reclaim or undo went, until it is dismissed.
 */
outcome: Outcome | null, 
/**
 * What stands, most pressing first.
 */
alerts: Array<AlertRow>, 
/**
 * For how long an alert can be silenced.
 */
snoozes: Array<OptionText>, 
/**
 * The icon asks for attention: something was to be said, and notifications are off or fail.
 */
unsaid: boolean, 
/**
 * All that was given back, the newest first.
 */
receipts: Array<ReceiptRow>, 
/**
 * What went wrong or could not be read, and how to mend it.
 */
notices: Array<Note>, 
/**
 * Watching is paused, in words.
 */
paused: string | null, 
/**
 * How it stands with new versions.
 */
update: UpdateView, };
export type Place = { "name": "stand" } | { "name": "sheet", 
/**
 * Id of the bundle.
 */
bundle: string, 
/**
 * The level.
 */
level: Level, } | { "name": "settings" } | { "name": "about" };
export type Range = "day" | "week" | "month" | "year";
export type ReceiptRow = { 
/**
 * Names it.
 */
id: string, 
/**
 * When it ended.
 */
when: string, 
/**
 * The level.
 */
title: string, 
/**
 * Measured bytes.
 */
result: string, };
export type ReclaimView = { 
/**
 * On the button.
 */
title: string, 
/**
 * Whether it can be clicked.
 */
enabled: boolean, 
/**
 * Beside it: why not, or what it means.
 */
reason: string, 
/**
 * What to do about it.
 */
hint: string, 
/**
 * The level it stands for.
 */
level: Level, 
/**
 * Its plan must be seen and confirmed first.
 */
sheet: boolean, 
/**
 * Stands for the facts it was made from.
 */
fingerprint: string, 
/**
 * The other levels.
 */
options: Array<OptionRow>, };
export type Severity = "notice" | "warning" | "critical";
export type SheetArm = { 
/**
 * On the button.
 */
title: string, 
/**
 * What follows.
 */
note: string, 
/**
 * What is agreed to: the loss that stands on the sheet, and no more.
 */
agreement: string, };
export type SheetStep = { 
/**
 * The file.
 */
name: string, 
/**
 * What happens to it.
 */
action: string, 
/**
 * Bytes expected back.
 */
size: string, };
export type SheetView = { 
/**
 * The level.
 */
level: Level, 
/**
 * What is agreed to.
 */
fingerprint: string, 
/**
 * A question.
 */
title: string, 
/**
 * The bundle it is about.
 */
bundle: string, 
/**
 * Every step: what, and to which file.
 */
steps: Array<SheetStep>, 
/**
 * Bytes that come back now.
 */
back_now: string, 
/**
 * Bytes that will be written again.
 */
written_again: string, 
/**
 * What is lost.
 */
lost: string, 
/**
 * Why it cannot be done now; empty when it can.
 */
refusals: Array<Note>, 
/**
 * On the button.
 */
confirm: string, 
/**
 * To do it once the VM has stopped; none when nothing is in the way, or more than the VM.
 */
arm: SheetArm | null, };
export type Tick = { 
/**
 * Where.
 */
at: number, 
/**
 * What stands there.
 */
label: string, };
export type Tone = "good" | "plain" | "bad";
export type UpdateView = { 
/**
 * In a sentence.
 */
sentence: string, 
/**
 * What to do or to know.
 */
hint: string, 
/**
 * This build can read the feed; otherwise there is no setting and no button.
 */
reads_feed: boolean, 
/**
 * Nothing is being asked or fetched, so that something can be.
 */
ready: boolean, 
/**
 * The version that can be installed.
 */
offer: string | null, 
/**
 * Worth a line where things stand, and not in the settings alone.
 */
pressing: boolean, };
export type VmView = { 
/**
 * The answer, for the colour of its dot.
 */
state: Liveness, 
/**
 * In words.
 */
sentence: string, 
/**
 * Who holds what, and what else matters.
 */
details: Array<string>, 
/**
 * Every source's word.
 */
evidence: Array<EvidenceRow>, };
export type Wish = { "name": "ask" } | { "name": "install", 
/**
 * The version as it was shown.
 */
version: string, } | { "name": "later" };
