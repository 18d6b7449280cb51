#!/bin/sh
# Runs Debian 12's cargo 0.66 with its rustc 1.63, which are unpacked into FOLDER and not installed, and take nothing
# from the network nor from another toolchain.
#
#     scripts/debian-cargo.sh FOLDER ARGUMENT...
#
# Exit status 77, with one line on standard error, where the packages cannot be had.
set -eu

folder=$1
shift
"$(dirname "$0")/fetch.sh" unpacked bookworm "$folder" rustc=1.63.0+dfsg1-2 cargo=0.66.0+ds1-1 libstd-rust-1.63 \
    libstd-rust-dev || exit 77
unset RUSTUP_TOOLCHAIN RUSTFLAGS RUSTC_WRAPPER CARGO_BUILD_RUSTC_WRAPPER
export PATH="$folder/usr/bin:$PATH" CARGO_HOME="$folder/cargo-home" CARGO_NET_OFFLINE=true
export RUSTC="$folder/usr/bin/rustc" RUSTDOC="$folder/usr/bin/rustdoc"
LD_LIBRARY_PATH=$folder/usr/lib/$(cc -dumpmachine)
export LD_LIBRARY_PATH
case $(rustc --version) in
    'rustc 1.63.0'*) ;;
    *)
        echo "debian-cargo: $folder/usr/bin/rustc is not rustc 1.63: remove $folder and try again" >&2
        exit 1
        ;;
esac
exec cargo "$@"
