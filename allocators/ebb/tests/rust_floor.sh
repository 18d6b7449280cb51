#!/bin/sh
# The Rust crates offline on the oldest toolchain that they promise: Debian 12's rustc 1.63 and cargo 0.66, unpacked
# into FOLDER and not installed. Skipped where these packages cannot be had.
#
#     rust_floor.sh BINDINGS FOLDER
set -eu

bindings=$(cd "$1" && pwd) folder=$2
fetch=$(cd "$(dirname "$0")/../../../scripts" && pwd)/fetch.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "rust_floor: $*" >&2
    exit 1
}

if ! "$fetch" unpacked bookworm "$folder/toolchain" rustc=1.63.0+dfsg1-2 cargo=0.66.0+ds1-1 libstd-rust-1.63 \
    libstd-rust-dev 2>"$scratch/why"; then
    echo "skipped: Debian 12's rustc and cargo cannot be had: $(cat "$scratch/why")"
    exit 77
fi

# Neither the toolchain nor the registry of whoever runs this.
unset RUSTUP_TOOLCHAIN RUSTFLAGS CARGO_BUILD_RUSTC_WRAPPER RUSTC_WRAPPER
export PATH="$folder/toolchain/usr/bin:$PATH" CARGO_HOME="$scratch/cargo" CARGO_TARGET_DIR="$folder/target"
export RUSTC="$folder/toolchain/usr/bin/rustc" RUSTDOC="$folder/toolchain/usr/bin/rustdoc"
LD_LIBRARY_PATH=$folder/toolchain/usr/lib/$(cc -dumpmachine)
export LD_LIBRARY_PATH
rustc --version | grep '^rustc 1\.63\.0' || fail "this is not rustc 1.63: $(rustc --version 2>&1)"

cd "$bindings"
cargo test --offline --locked --release -- --test-threads=1

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
