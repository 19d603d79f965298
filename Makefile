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
# What `make deny` installs is found here, and a fresh rustup is on the search path of new shells only.
TOOLS := $(abspath $(TARGET))/tools
export PATH := $(PATH):$(HOME)/.cargo/bin:$(TOOLS)/bin

# Oldest Rust that builds the workspace, from its one home.
export RUST_NEEDED := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
# SQLite, zstd and BLAKE3 are compiled from C.
export BUILD_PACKAGES := gcc libc6-dev ca-certificates
# Small volumes for the full-disk tests, tools that check our files by other means than ours.
export TEST_PACKAGES := e2fsprogs mount zstd
# What the measurements are held against.
export BENCH_PACKAGES := lsof psmisc

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
    # shellcheck disable=SC2086 # Lists of package names.
    apt_install $$BUILD_PACKAGES $$EXTRA_PACKAGES
elif [ "$(SYSTEM)" = Darwin ]; then
    xcode-select -p >/dev/null 2>&1 ||
        die "The C compiler is missing. Run xcode-select --install, then run make again."
else
    command -v cc >/dev/null || die "A C compiler is missing; install gcc or clang, then run make again."
fi

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
run: setup ## Show this machine's bundles and their plan; without any, run the demo. Never reclaims your own bundles.
	@cargo build --quiet --release $(LOCKED) -p plimsoll
	@tests/demo/run "$(TARGET)"

.PHONY: demo
demo: setup ## Grow a bundle with a real Linux guest, then see it, reclaim it and show what came back.
	@cargo build --quiet --release $(LOCKED) -p plimsoll
	@tests/demo/run --demo "$(TARGET)"

.PHONY: test
test: setup-test fmt clippy unit docs deny-here check-macos-here ## Everything that must pass before a change goes in.

.PHONY: check
check: setup-test fmt clippy docs deny tidy check-macos-here ## Everything that is not a test of behaviour.

.PHONY: check-macos
check-macos: ## Type-check, lint and link for macOS, on Debian.
	tools/macos/check $(LOCKED)

.PHONY: bench
bench: setup-bench ## Measure the figures in docs/performance.md.
	cargo build --release $(LOCKED) -p plimsoll -p plimsoll-tests --bins
	$(TARGET)/release/bench
	$(TARGET)/release/bench watch $(or $(MINUTES),15)

.PHONY: picture
picture: setup ## Draw docs/status.svg anew, from a bundle that a real guest has grown.
	@cargo build --quiet --release $(LOCKED) -p plimsoll
	@tests/demo/picture "$(TARGET)"

.PHONY: bindings
bindings: ## Write ui/src/bindings.ts and ui/fixtures anew from the core.
	PLIMSOLL_WRITE=1 cargo test --quiet $(LOCKED) -p plimsoll-tests --test wire -- bindings:: fixtures::

# The parts of the above.

.PHONY: setup setup-test setup-bench
setup:
	@NEED_TOOLS=no EXTRA_PACKAGES= bash -c "$$setup_script"
setup-test:
	@NEED_TOOLS=yes EXTRA_PACKAGES="$$TEST_PACKAGES" bash -c "$$setup_script"
ifneq ($(SYSTEM),Darwin)
	@# Here, before tests run side by side. Its answer 3 means that this machine cannot have a guest.
	@tests/guest/setup >/dev/null || [ $$? -eq 3 ]
endif
setup-bench:
	@NEED_TOOLS=no EXTRA_PACKAGES="$$BENCH_PACKAGES" bash -c "$$setup_script"

.PHONY: fmt clippy unit docs tidy deny deny-here
fmt:
	cargo fmt --all --check
clippy:
	cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings
# Documentation examples are among them.
unit:
	cargo test $(LOCKED) --workspace
docs:
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

.PHONY: check-oldest
check-oldest:
	rustup toolchain install $(RUST_NEEDED) --profile minimal --no-self-update
	cargo +$(RUST_NEEDED) check $(LOCKED) --workspace --all-targets

.PHONY: check-macos-here
check-macos-here:
ifeq ($(SYSTEM),debian)
	tools/macos/check $(LOCKED)
else
	@echo "check-macos: skipped, it needs Debian; here the system is $(SYSTEM)"
endif
