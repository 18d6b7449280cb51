#!/bin/sh
# The Rust crates of bindings/rust, offline; skipped without cargo. usage: rust.sh BINDINGS TARGET-FOLDER
set -eu
if ! command -v cargo >/dev/null || ! cargo --version >/dev/null 2>&1; then
    echo "skipped: cargo is not there; \`apt-get install cargo\` installs it"
    exit 77
fi
cd "$1"
CARGO_TARGET_DIR=$2 exec cargo test --offline --release -- --test-threads=1
