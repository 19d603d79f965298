# Every sentence Plimsoll's app shows, in English. One message a line; names are the same in every file.

# Times
when-today = today, {$time}
when-day = {$day}, {$time}
when-year = {$day} {$year}
when-date = {$day} {$month}
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
weekday-1 = Mon
weekday-2 = Tue
weekday-3 = Wed
weekday-4 = Thu
weekday-5 = Fri
weekday-6 = Sat
weekday-7 = Sun
span-hours = less than a day
span-days = {$days ->
    [one] about 1 day
   *[other] about {$days} days
 }
span-under = under {$to} days
span-range = {$from} to {$to} days
span-from = {$days ->
    [one] 1 day at the earliest
   *[other] {$days} days at the earliest
 }

# How things stand
stand-roomy = {$free} free. Fine for now.
stand-free-below-reserve = {$free} free. The disk is nearly full.
stand-full-within-day = {$free} free. Full within a day at this rate.
stand-over-limit = Over your limit of {$limit}. {$free} free.
stand-free-low = {$free} free. Space is getting short.
stand-full-within-days = {$free} free. Disk full in {$span}.
stand-near-limit = Close to your limit of {$limit}. {$free} free.
stand-free-unknown = Free space unknown
stand-nothing = No Claude VM here
stand-nothing-why = Plimsoll looks where the Claude desktop app keeps its VM. Once Claude has made one, it appears here by itself.
stand-unreadable = The VM’s folder cannot be read
stand-unreadable-why = What is in it is not known, and nothing in it is touched.
closed-title = A folder is closed to Plimsoll
closed-why = {$path} is blocked: its owner or mode does not let Plimsoll look into it. Nothing in it was touched.
closed-why-mac = macOS protects {$path}: it is blocked, so what is in it is not known. Nothing in it was touched.
closed-mode = Give the folder back to yourself, with the mode 700.
closed-choose = Or choose the folder where Claude keeps its data, if that is another one.
closed-choose-mac = Choose the folder yourself: what you choose is open to Plimsoll from then on.
closed-grant-mac = If it stays closed, allow Plimsoll Full Disk Access in System Settings, Privacy & Security.
closed-restart-mac = macOS may ask to quit Plimsoll after that; open it again.
closed-button = Choose Folder…
closed-settings = Open Privacy Settings
closed-not-a-root = Claude keeps no VM in {$path}. Choose the folder that holds “vm_bundles”.
closed-choose-title = Where Claude keeps its data
stand-starting = Looking…
level-calm = calm
level-watch = worth a look
level-act = space is short
level-unknown = not known
gauge-spoken = Gauge: {$level}, {$percent} % of what there is to take

# Growth and forecasts
growth-steady = Steady
growth-up = +{$size} a day
growth-down = −{$size} a day
growth-too-new = Not watched for long enough yet
growth-only-steps = Only rebuilds and reclaims so far
grew-since = {$size} since {$from}
grew-between = {$size} from {$from} to {$to}
grew-active = { $count ->
    [one] {$grew}, while session {$names} was active
   *[other] {$grew}, while sessions {$names} were active
}
grew-active-perhaps = {$said}, and perhaps {$names}
grew-perhaps = { $count ->
    [one] {$grew}; session {$names} may have been active
   *[other] {$grew}; sessions {$names} may have been active
}
grew-none = {$grew}, while no session was active
grew-unknown = {$grew}; whether a session was active cannot be told
grew-coarse = {$grew}; too long between two looks to name a session
grew-names = {$names} and {$last}
grew-names-more = {$names} and others
disk-full = Full in {$span}
disk-already = At its reserve already
disk-unknown = No forecast yet
disk-not-growing = Not filling up
disk-image-limit = The images reach their own limit first
disk-beyond-year = Not within a year
guest-full = At full size in {$span}
guest-steady = Not growing
guest-unknown = No forecast yet
guest-far = Not within a year
guest-reached = At full size already
inside-free = Inside: {$free} of {$total} free
inside-as-of = as of {$when}
inside-full = full in {$span}
inside-already = full
inside-unknown = no forecast yet
inside-not-growing = not filling up
inside-beyond-year = not full within a year

# Files
image-system = System disk
image-session = Session disk
image-source = Base image
image-leftover = Leftover
image-prefetch = Next release
image-aside = Set aside by an unfinished reclaim
image-unknown = Unknown file
image-identity = Identity
image-boot = Boot file
image-others = {$count ->
    [one] 1 small file
   *[other] {$count} small files
 }
note-system = made again from the base image when missing
note-session = yours: never touched unless you ask
note-source = the system disk is made from it
note-leftover = nobody uses it any more
note-prefetch = fetched early by Claude
note-aside = dealt with at the next start
note-unknown = not known to Plimsoll: shown, never touched
note-identity = says which VM this is: never touched
note-boot = starts the VM: left alone
note-others = markers and identity: never touched
image-of = {$allocated} on disk of {$logical}
image-spoken = {$title}, {$name}: {$allocated} on disk of {$logical}
images-total = {$allocated} on disk; their lengths add up to {$logical}

# The VM
vm-stopped = VM stopped
vm-running = VM running
vm-unknown = Cannot tell whether the VM runs
vm-app = Claude is running and may start its VM any time.
vm-orphan = Claude itself is not running: this VM was left behind.
vm-holder = {$name} (pid {$pid}) holds {$file}
vm-holder-nameless = {$name} holds {$file}
evidence-open_files = Open files
evidence-write_lease = Kernel’s write lease
evidence-locks = Locks
evidence-known_processes = Known programs
finding-clear = clear
finding-held = held
finding-cannot_tell = cannot tell

# Reclaim
reclaim-bytes = Reclaim {$size}
reclaim-bytes-more = Reclaim {$size}…
reclaim-nothing = Nothing to reclaim
reclaim-nothing-why = There is nothing that can safely come back now.
reclaim-lossless = Nothing you use is removed.
reclaim-sheet = You see every step before anything happens.
reclaim-held = Claude’s VM is running: {$holder}.
reclaim-held-hint = Quit Claude; the button wakes up when its VM has stopped.
level-leftovers = Clear leftovers
level-compact = Compact
level-rebuild = Rebuild the system disk
level-reset = Reset, and keep a copy
lost-leftovers = Nothing: nobody uses these files any more.
lost-compact = Nothing: only what the VM does not use comes back.
lost-rebuild = What was installed by hand in the VM’s system. Your session disk stays as it is.
lost-reset = What was installed by hand in the VM’s system. Open sessions lose their home in the VM until you bring the session disk back.
sheet-title-leftovers = Clear leftovers?
sheet-title-compact = Compact the system disk?
sheet-title-rebuild = Rebuild the system disk?
sheet-title-reset = Reset the VM, and keep a copy?
sheet-remove = remove
sheet-set_aside = compress to a copy, then remove
sheet-restore = bring back
sheet-compact = give free blocks back
sheet-later-nothing = nothing
sheet-later = {$size} at Claude’s next start
sheet-later-download = {$size} at Claude’s next start, {$download} of it downloaded
sheet-confirm = Reclaim {$size}
done-freed = {$size} came back
done-free = Free on the disk: {$before} before, {$after} now.
done-snapshots = Less is free than was given back: snapshots or clones still hold it, or others wrote meanwhile.
done-restored = The session disk is back
done-nothing = Nothing had to be done
done-refused = Not done
done-failed = Failed, and nothing is lost
done-aside = The session disk is kept as a copy and can be brought back.
receipt-undo = Session disk brought back
receipt-freed = {$size} came back
receipt-recovered = finished after being cut off
receipt-rebuilt = then rebuilt in {$minutes} min, {$size} written
receipt-started = then started without a rebuild, {$size} written
receipt-lost = without its session disk
receipt-sessions-all = { $kept ->
    [one] its session is still there
   *[other] all {$kept} sessions are still there
}
receipt-sessions-some = { $before ->
    [one] its session is gone
   *[other] {$kept} of {$before} sessions are still there
}
receipt-failed = Claude does not get its VM up again
receipt-troubles = in Claude’s log: {$troubles}
receipt-trouble-times = {$trouble} ({$count} times)
trouble-download-waits = waits for a download
trouble-image-missing = an image is missing
trouble-checksum = wrong checksum
trouble-download-failed = download failed
trouble-start-failed = start failed
trouble-not-repaired = no second repair
trouble-session-disk = session disk missing
trouble-formatted = session disk formatted
trouble-home = a session’s home is missing
trouble-read-only = damaged file system
copy-line = Session disk of {$when}, {$size} kept

# Chart
chart-spoken = On disk: from {$first} to {$last} in the {$range}, lowest {$low}, highest {$high}.
chart-empty = Growth shows here once Plimsoll has watched for a while.
chart-point = {$when}: {$size}
range-day = last day
range-week = last week
range-month = last month
range-year = last year
event-reclaim = Reclaim
event-rebuild = Rebuild
event-image_update = Image update
event-vm-on = VM on
event-vm-off = VM off
event-limit = your limit

# Menu
menu-open = Open Plimsoll
menu-show-bundle = Show in File Manager
menu-show-bundle-mac = Show in Finder
menu-arm = Reclaim When the VM Stops
menu-pause = Pause Watching
menu-settings = Settings…
menu-about = About Plimsoll
menu-quit = Quit Plimsoll

# Alerts
alert-low-notice = Disk space is getting short
alert-low-warning = Disk space is short
alert-low-critical = The disk is almost full
alert-low = {$free} free on {$volume}.
alert-low-hint = Plimsoll shows what can come back.
alert-low-critical-hint = With less than about 5 GB Claude’s workspace does not start. Plimsoll shows what can come back.
alert-low-other-hint = Something else took it: look there first. What Claude’s VM can give back, Plimsoll shows.
alert-filling-notice = The disk may be full within three days
alert-filling-warning = The disk may be full within a day
alert-filling = At this rate only what is to stay free is left on {$volume} by {$when}, at the earliest.
cause-bundles = Since {$when} {$lost} went, nearly all of it to Claude’s VM.
cause-other = Since {$when} {$lost} went, nearly none of it to Claude’s VM.
cause-both = Since {$when} {$lost} went: {$bundles} to Claude’s VM, {$other} to something else.
alert-guest-warning = No room left inside Claude’s VM
alert-guest-notice = Claude’s VM is filling up from inside
alert-guest-read = {$free} of {$total} are free on its session disk. With less than about 500 MB no session starts.
alert-guest-touched = Its session disk has {$allocated} of {$logical} and cannot grow any more. How much of that is in use shows when the VM has stopped and this panel is opened.
alert-guest-hint = In Claude: Help, Troubleshooting, Free Up Cowork Disk Space. Room on this disk does not help inside the VM.
alert-rebuilds = Claude makes its VM again and again
alert-rebuilds-text = The system disk was made {$times} times since {$when}; {$size} were written for it.
alert-rebuilds-hint = Quit Claude and start it again. If that does not end it, keep it closed and tell its makers.
alert-not-back = Space did not come back
alert-not-back-text = {$freed} were given back, and the disk has {$gained} of it.
alert-not-back-holder = {$name} (pid {$pid}) still has a removed file open. The space comes when it ends.
alert-not-back-holder-nameless = {$name} still has a removed file open. The space comes when it ends.
alert-not-back-snapshots = Local snapshots may hold it; they go by themselves within about a day.
alert-not-back-unknown = A snapshot or clone may hold it, or something else wrote meanwhile.
alert-burst = Claude’s VM grew by {$size} within an hour
alert-burst-text = Nobody had Plimsoll open. {$name}, since {$when}.
alert-burst-whose = Nobody had Plimsoll open. {$name}: {$grew}.
alert-burst-hint = If nothing is meant to run there, look at Claude’s sessions.
alert-orphan = Claude’s VM runs without Claude
alert-orphan-text = Since {$when}. It holds its disks, so that nothing can be reclaimed.
alert-orphan-hint = Start Claude and quit it, which ends its VM.
alert-stuck = Claude’s download does not get on
alert-stuck-text = {$file} has not grown since {$when}. It takes {$size}.
alert-stuck-hint = Quit Claude and start it again. What nobody has written to for a day can be cleared as a leftover.
alert-broken-rebuild = Claude cannot make its VM again
alert-broken-start = Claude’s VM does not start
alert-broken-repeated = After the reclaim its system disk was made again and again since {$when}.
alert-broken-unfinished = After the reclaim its download has not got on since {$when}, and there is no system disk.
alert-broken-logged = Claude’s log tells of failed starts after the reclaim, since {$when}; the VM was not seen to run after them.
alert-broken-stalled = Claude began with it after the reclaim; since {$when} nothing was written.
alert-broken-room = It may need about 12 GB, and {$free} are free.
alert-broken-hint = Quit Claude and start it again, with a connection to the network. If that does not help: in Claude, Help, Troubleshooting, Delete Cowork VM Bundle and Restart. Its neighbour, Delete Cowork VM Sessions, would delete your sessions.
alert-broken-given-up = Claude has repaired its VM once and does not try it again by itself: the file .auto_reinstall_attempted in its bundle says so.
alert-broken-copy = The session disk that was set aside can be brought back here or with `plimsoll undo`.
alert-snoozed = Quiet until {$when}
alert-snoozed-change = Quiet until it changes
snooze-hour = For an hour
snooze-today = For today
snooze-until-change = Until it changes
arm-arm = Do it when the VM stops
arm-arm-more = Do it when the VM stops…
arm-disarm = Do not do it
arm-note = Once nobody has held the images for {$time}, without asking again.
arm-waits = Happens by itself once nobody has held the images for {$time}.
lasting-minutes = { $count ->
    [one] 1 minute
   *[other] {$count} minutes
}
lasting-seconds = { $count ->
    [one] 1 second
   *[other] {$count} seconds
}
notify-reclaim = Reclaim…
notify-snooze = Quiet for an hour
notify-off = Notifications are switched off in Plimsoll’s settings; alerts stand only here.
notify-refused = The system does not show Plimsoll’s notifications; alerts stand only here.
notify-failed = Notifications cannot be sent: {$why}. Alerts stand only here.
notify-refused-hint = Allow them in the system’s settings.
done-itself-armed = The VM has stopped, and what was armed was done.
done-itself-limit = Done by itself: the images were over their limit.
done-itself-reserve = Done by itself: free space was below what is to stay free.
done-itself-ask = What may be done by itself is not enough
done-itself-ask-text = {$level} would be. It is not done without you.
done-itself-disarmed = What was armed was taken back
done-itself-more = More would be lost now than was said when it was armed.
done-itself-old = It was armed two weeks ago.
done-itself-stopped = It was stopped. Nothing is lost.
done-itself-nothing = There is nothing to give back.
volume-main = the main disk

# What could not be read
gap-denied-hint = Allow it: on macOS in System Settings, Privacy & Security, Full Disk Access; on Linux check the folder’s owner and mode.
gap-hint = What can be read still counts.

# Settings
set-limit-bad = Write a size such as “12 GB”, at least 1 GB, or leave it empty.
set-reserve-bad = Write a size such as “5 GB”.
set-interval-bad = Write whole seconds from 5 to 21600, or leave it empty.
set-language-system = As the system
set-icon-gauge = Gauge
set-icon-wide = Gauge and sparkline
set-title-none = Nothing
set-title-allocated = Size of the images
set-title-free = Free space
set-alert-bad = Write a size such as “10 GB”, or 0 B for no such alert.
set-alert-percent-bad = Write a whole number from 0 to 50.
set-budget-bad = Write a size such as “22 GB”, or 0 B for nothing.
set-automatic-idle-bad = Write whole seconds from 10 to 86400.
set-quiet-hours-bad = Write times such as “22:00-07:00”, or leave it empty.
set-automatic-none = Nothing
set-automatic-compact = What loses nothing
set-automatic-rebuild = Also what Claude makes again
about-version = Version {$version}

# The page
page-growth = Growth
page-grew = When it grew
page-span = Time span
page-day = Day
page-week = Week
page-month = Month
page-year = Year
page-disk = Disk
page-images = Images
page-files = On disk
page-more-files = Other files
page-evidence = How this is known
page-bundles = Bundles
page-options = Other ways
page-copies = Kept session disks
page-undo = Bring back
page-receipts = Given back
page-all-receipts = Show all
page-stop = Stop
page-dismiss = Close message
page-settings = Settings
page-show = Show files
page-back = Back
page-cancel = Cancel
page-steps = What happens
page-back-now = Comes back now
page-written-again = Written again
page-lost = What is lost
page-loading = Looking…
page-no-answer = Plimsoll does not answer. Nothing was changed; close this panel and open it again.
page-limit = Limit for the images
page-limit-hint = The mark on the gauge. Empty for none.
page-reserve = Free space to keep
page-reserve-hint = Below it, space is short.
page-interval = Seconds between looks
page-interval-hint = Empty: Plimsoll looks more often when more happens.
page-icon = Icon
page-icon-hint = If the system hides it: start Plimsoll again, and this panel opens.
page-title = Text
page-title-hint = Beside the icon on a Mac; in its tooltip on Linux.
page-language = Language
page-shortcut = Shortcut
page-shortcut-hint = Opens this panel from anywhere, such as “Ctrl+Alt+P”. Empty for none.
page-alerts = Alerts
page-snooze = Quiet
page-notifications = Send notifications
page-alert-notice = Notice below
page-alert-notice-percent = Or below this share, in %
page-alert-warning = Warning below
page-alert-critical = Critical below
page-alert-hint = Free space. 0 B for never.
page-alert-burst = Notice of growth from
page-alert-burst-hint = Within an hour that nobody looks. 0 B for never.
page-arm-idle = What is armed waits
page-arm-idle-hint = So long nobody must have held the images.
page-automatic = Done by itself
page-automatic-hint = When the images are over their limit or free space is below what is to stay free. Never a reset.
page-automatic-idle = Seconds without VM before that
page-week-budget = Written again in a week, at most
page-week-budget-hint = By Claude, after a rebuild that was done by itself.
page-quiet-hours = Not at these times
page-quiet-hours-hint = Such as “22:00-07:00”. Empty for any time.
page-on-battery = Also on battery
page-login = Open at login
page-check-for-updates = Ask once a week for a new version
page-check-for-updates-hint = Plimsoll reads the list of its releases on GitHub. Off, it does so only when you click.
page-updates = New versions
page-check-now = Check now
page-install = Install
page-later = Later
page-watched = Watched bundles
page-data = History, receipts and kept copies
page-data-show = Show folder
page-save = Save
page-about = About Plimsoll
page-about-text = Shows what the Claude desktop app’s VM takes on disk, and gives it back safely.
page-about-promise = No telemetry. No network, unless you ask for new versions. Nothing is removed while the VM runs or while that cannot be told.

# What is going on
stand-paused = Watching is paused
busy-start = Reclaiming…
busy-undo = Bringing the session disk back…
busy-check = Checking the base image…
busy-compress = Compressing the session disk…
busy-verify = Checking the copy…
busy-read = Looking for free blocks…
busy-hash = Reading what is in use…
busy-punch = Giving free blocks back…
busy-compare = Comparing what is in use…
busy-stopping = Stopping at the next safe point…
set-saved = Saved

# New versions
update-none = This build does not update itself.
update-homebrew = Homebrew keeps this Plimsoll up to date: “brew upgrade”.
update-never = The list of releases was not read yet.
update-asking = Asking for a new version…
update-newest = Version {$version} is the newest (asked {$when}).
update-available = Version {$version} is available.
update-available-hint = Version {$version} runs. The new one is fetched and put in its place when you say so.
update-fetching = Version {$version} is fetched and checked…
update-placed = Version {$version} is in place.
update-placed-hint = It runs once Plimsoll was quit and opened again.
update-unreachable = The list of releases could not be had: {$why}.
update-unreachable-hint = Nothing was changed. Try again later.
update-unreadable = The list of releases cannot be read: {$why}.
update-unreadable-hint = Nothing was changed.
update-untrusted = The new version is not what Plimsoll’s makers have signed, and was refused: {$why}.
update-untrusted-hint = Nothing was replaced.
update-changed = The list of releases names another version by now.
update-busy = A reclaim is going on, and nothing is installed meanwhile.
update-busy-hint = Install it when that has ended.
update-not-placed = The new version could not be put in place: {$why}.
update-not-placed-hint = The old one is where it was.
update-displaced = The new version could not be put in place, nor the old one back: {$why}.
update-displaced-hint = Move it back by hand, or install Plimsoll anew. History and copies are not touched.

# The app itself
app-worker-failed = Something went wrong inside Plimsoll. It was started anew; nothing is lost.
app-worker-failed-hint = If it happens again, the log beside the history says why.
app-settings-hint = Change them here, and they are saved anew.
app-recovered-undone = An earlier reclaim was cut off; it was undone and everything is as it was.
app-recovered-finished = An earlier reclaim was cut off; it was finished.
app-recovery-failed = An unfinished reclaim could not be settled. Nothing is lost.
app-misplaced = Plimsoll runs from a place that macOS takes away again.
app-misplaced-hint = Move it into the Applications folder and open it there.
app-recovery-away = A reclaim was cut off, and the disk that it worked on is not there. Nothing is lost.
app-recovery-away-hint = Connect the disk: Plimsoll then finishes or undoes it.
app-recovery-failed-hint = Run “plimsoll doctor”; files named .plimsoll-… in the bundle are set aside.
app-no-bundle = This bundle is not there any more. Nothing was touched.
app-no-bundle-hint = Plimsoll shows what there is now.
app-no-copy = This copy is not there any more. Nothing was touched.
app-no-copy-hint = It was brought back or removed elsewhere.
app-save-failed = The settings could not be saved: {$why}.
app-save-failed-hint = Those in force stay as they are.
app-show-failed = The folder could not be shown: {$why}.
app-login-failed = Opening at login could not be changed: {$why}.
app-login-approval = macOS waits for your approval: switch Plimsoll on in System Settings, General, Login Items.
app-notify-open = Show
set-shortcut-bad = Write keys such as “Ctrl+Alt+P”, or nothing.
set-shortcut-taken = These keys cannot be had; another program may use them.

# Images of any VM
image-held = The image is in use: {$why}. Nothing was touched.
image-unsure = It cannot be told whether the image is in use ({$why}). Nothing was touched.
image-busy = Another Plimsoll is at work here. Nothing was touched by this one.
image-hint-stop = Stop the VM or the program that uses it, and try again.
image-hint-name = Name the image itself; Plimsoll follows no link to it.
image-hint-raw = Start its VM once, so that it puts its disk in order, or look at it with `plimsoll image inspect`.
image-hint-volume = Move it to a volume of this machine that has both.
image-hint-owner = Run Plimsoll as the user whose image it is.

# Refusals and failures
vm-holders-more = , and {$count} more
refusal-vm_running = The VM is running: {$why}. Nothing was touched.
refusal-vm_running-hint = Quit Claude, wait until its VM has stopped, and try again.
refusal-vm_unknown = It cannot be told whether the VM is running ({$why}). Nothing was touched.
refusal-vm_unknown-hint = Run `plimsoll doctor` to see what is missing.
refusal-app_running = Claude is running and may still be writing these files. Nothing was touched.
refusal-app_running-hint = Quit Claude and try again.
refusal-busy = Another Plimsoll is at work on this bundle. Nothing was touched by this one.
refusal-busy-hint = Wait until it is done, then try again.
refusal-plan_changed = The bundle has changed since the plan was shown. Nothing was touched.
refusal-plan_changed-hint = Look at the new plan and confirm again.
refusal-not_trimmable = {$path} cannot be compacted: {$why}. Nothing was touched.
refusal-not_trimmable-hint = Start Claude once, so that its VM puts its disk in order, or choose another level.
refusal-no_way = {$path} cannot be compacted on this volume: {$why}. Nothing was touched.
refusal-no_way-hint = Choose another level: leftovers, rebuild or reset.
refusal-wanted = Another program wanted {$path}, so Plimsoll stopped at once. The disk is whole, and what had come back stays back.
refusal-wanted-hint = Quit Claude, wait until its VM has stopped, and try again for the rest.
refusal-stopped_early = Stopped as you asked. {$path} is whole, and what had come back stays back.
refusal-stopped_early-hint = Start again for the rest when you like.
refusal-cancelled = Stopped as you asked. Everything is as it was.
refusal-cancelled-hint = Start again when you like.
refusal-source_missing = {$path} is not there, so the system disk could not be rebuilt from it. Nothing was touched.
refusal-source_missing-hint = Start Claude's VM once, so that it fetches the file, then quit Claude and try again.
refusal-source_broken = The system disk could not be rebuilt from {$path}: {$why}. Nothing was touched.
refusal-source_broken-hint = Keep the system disk, or let Claude fetch the file anew: Help, Troubleshooting.
refusal-no_room = {$size} are needed on {$path} and {$number} would be free. Nothing was touched.
refusal-no_room-hint = Make room first. A rebuild needs less room than a reset, and makes some for an undo.
refusal-layered = {$path} is layered over the system disk and would break without it. Nothing was touched.
refusal-layered-hint = Leave the bundle to the program that made the overlay.
refusal-unknown_format = {$path} is neither an ext4 disk nor an Apple sparse image. Nothing was touched.
refusal-unknown_format-hint = Choose the level rebuild, which leaves it alone.
refusal-not_a_file = {$path} is not a plain file on this volume (a link, folder or mount). It was not touched.
refusal-not_a_file-hint = Find out who put it there; Plimsoll follows no links inside a bundle.
refusal-hard_linked = {$path} has {$number} names, and another may be in use. It was not touched.
refusal-hard_linked-hint = Remove the other names first, if they are not needed.
refusal-foreign_owner = {$path} belongs to another user (uid {$number}). It was not touched.
refusal-foreign_owner-hint = Run Plimsoll as the user who runs Claude.
refusal-read_only_volume = The volume {$path} is mounted read-only. Nothing was touched.
refusal-read_only_volume-hint = Mount it writable and try again.
refusal-immutable = {$path} is flagged against change. It was not touched.
refusal-immutable-hint = Somebody locked it on purpose. To unlock: `chflags nouchg` on macOS, `chattr -i -a` on Linux.
refusal-changed = {$path} changed while Plimsoll was looking. Everything is as it was.
refusal-changed-hint = Claude is at work there. Quit it and try again.
refusal-vanished = {$path} is not there any more. Nothing was removed by Plimsoll.
refusal-vanished-hint = Run `plimsoll status` to see what there is now.
refusal-cannot_tell = {$path} cannot be checked ({$why}). Nothing was touched.
refusal-cannot_tell-hint = Run `plimsoll doctor`; not knowing is no reason to delete.
failed = Failed to {$why}. Nothing is lost: everything is as it was, or is finished at the next start.
failed-hint = Run `plimsoll doctor`.
