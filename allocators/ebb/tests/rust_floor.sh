#!/bin/sh
# The Rust crates offline on the oldest toolchain that they promise, Debian 12's; the example addon is built with it,
# too. Skipped where its packages cannot be had.
#
#     rust_floor.sh BINDINGS FOLDER
set -eu

bindings=$(cd "$1" && pwd) folder=$2
scripts=$(cd "$(dirname "$0")/../../../scripts" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "rust_floor: $*" >&2
    exit 1
}

cargo() {
    "$scripts/debian-cargo.sh" "$folder/toolchain" "$@"
}

if ! cargo --version 2>"$scratch/why"; then
    echo "skipped: Debian 12's rustc and cargo cannot be had: $(cat "$scratch/why")"
    exit 77
fi
export CARGO_TARGET_DIR="$folder/target"
cd "$bindings"
cargo test --offline --locked --release -- --test-threads=1
cd addon
cargo build --offline --locked --release

# That a newer compiler would have been noticed: 1.65's let ... else.
mkdir -p "$scratch/rust/allocators"
cp -r "$bindings" "$scratch/rust/bindings"
cp -r "$bindings/../../allocators/ebb" "$scratch/rust/allocators/ebb"
rm "$scratch/rust/bindings/ebb-sys/csrc"
ln -s ../../allocators/ebb "$scratch/rust/bindings/ebb-sys/csrc"
cd "$scratch/rust/bindings"
echo 'pub fn newer(x: Option<u8>) -> u8 { let Some(y) = x else { return 0 }; y }' >>ebb/src/lib.rs
! cargo build --offline --locked --release >"$scratch/log" 2>&1 || fail "let ... else compiles: no floor was tested"
grep -q 'let...else' "$scratch/log" || fail "the control failed for another reason: $(tail -n 5 "$scratch/log")"
