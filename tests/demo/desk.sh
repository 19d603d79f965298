# shellcheck shell=bash disable=SC2154 # The sourcing script sets `folder` and `target`.
# A desktop without a screen for the real app: X server, session bus, window manager and a panel with a tray.
# To be sourced by a script that has set `folder` (for logs and state) and `target` (cargo's output folder), inside a
# session bus of its own. Everything that is started here is ended with the script.

say() { printf '\n%s\n' "$*"; }
die() {
    echo "demo: $*" >&2
    exit 1
}

private=$(mktemp -d)
chmod 700 "$private"
started=()
clean_up() {
    [ ! -e "$private/guest" ] || tests/guest/poweroff "$private/guest" || true
    # The newest first: programs before the display they draw on.
    local index
    for ((index = ${#started[@]} - 1; index >= 0; index--)); do
        kill "${started[index]}" 2>/dev/null || true
        wait "${started[index]}" 2>/dev/null || true
    done
    rm -rf "$private"
}
trap clean_up EXIT

run() {
    "$@" >>"$folder/desktop.log" 2>&1 &
    started+=($!)
}

# Tries a command until it works.
until_ok() {
    local seconds=$1 deadline
    shift
    deadline=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || die "this did not happen in $seconds seconds: $*"
        sleep 0.2
    done
}

export HOME=$private/home XDG_RUNTIME_DIR=$private/run XDG_CONFIG_HOME=$private/home/.config
export GDK_BACKEND=x11 LIBGL_ALWAYS_SOFTWARE=1 NO_AT_BRIDGE=1 GTK_A11Y=none
export PLIMSOLL_ROOT=$folder/Claude PLIMSOLL_STATE_DIR=$folder/state
mkdir -p "$XDG_CONFIG_HOME/lxqt" "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"

exec {display}<> <(:)
Xvfb -displayfd "$display" -noreset -screen 0 1280x900x24 >>"$folder/desktop.log" 2>&1 &
started+=($!)
read -r -t 20 -u "$display" number || die "Xvfb did not start; $folder/desktop.log says why."
export DISPLAY=:$number
cat >"$XDG_CONFIG_HOME/lxqt/panel.conf" <<'CONF'
panels=bar
[bar]
alignment=-1
panelSize=30
iconSize=22
position=Top
width=100
width-percent=true
plugins=spacer, statusnotifier, worldclock
[spacer]
type=spacer
expandable=true
[statusnotifier]
type=statusnotifier
[worldclock]
type=worldclock
CONF
run openbox
run lxqt-panel
start_app() {
    run "$target/release/plimsoll-app"
    app=${started[-1]}
    until_ok 30 layout
}
picture() { import -window root "$folder/$1.png" && echo "$folder/$1.png"; }
painted() { [ "$(grep -c 'panel painted' "$PLIMSOLL_STATE_DIR/logs/plimsoll.log" 2>/dev/null)" -ge "$1" ]; }
tray() { gdbus call --session --dest "org.kde.StatusNotifierItem-$app-1" --object-path /MenuBar --method "$@"; }
layout() { tray com.canonical.dbusmenu.GetLayout -- 0 -1 '[]'; }
# The number of the menu's line that begins with a word; nothing while it is disabled.
line() {
    layout | grep -oP "\(\d+, \{[^{}]*'label': <[\"']$1[^{}]*\}" | grep -v "'enabled': <false>" | head -n 1 | grep -oP '^\(\K\d+'
}
held() { ! line Reclaim; }
choose() {
    local number
    number=$(line "$1") && [ -n "$number" ] && tray com.canonical.dbusmenu.Event "$number" clicked '<0>' 0 >/dev/null
}
