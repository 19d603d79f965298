# shellcheck shell=bash
# What every script of this folder needs: where things are, how it speaks, when it gives up.

guest_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The other scripts read this, so it looks unused when this file is checked alone.
# shellcheck disable=SC2034
cache=${PLIMSOLL_GUEST_CACHE:-$(cd "$guest_dir/../.." && pwd)/target/guest}

# The disk tools live in /usr/sbin on Debian, which is not on the path of a plain user.
PATH=$PATH:/usr/sbin:/sbin
# Sizes and messages of the tools are parsed, so they must come in one language.
export LC_ALL=C

# Every bundle made here carries this file, and no script here works on a folder without it:
# a slip of the hand must never boot or overwrite the bundle somebody works with.
# shellcheck disable=SC2034
marker=.plimsoll-guest

say() { printf '%s\n' "$*"; }

# fail CODE SENTENCE: 1 is an ordinary failure, 2 a wrong call, 3 "not possible on this machine".
fail() {
  printf '%s: %s\n' "$(basename "$0")" "$2" >&2
  exit "$1"
}

# The bundle inside a user-data folder, after making sure that it is one of ours.
bundle_of() {
  [[ -e $1/$marker ]] || fail 2 "$1 was not made by make-bundle, so it is left alone."
  printf '%s\n' "$1/vm_bundles/claudevm.bundle"
}
