#!/bin/sh
# Where ebb does not run, the compiler says so in a sentence, and says what to do.
#     platform.sh CC
set -eu

cc=$1
ebb=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "platform: $*" >&2
    exit 1
}

check() { # FLAG...
    "$cc" -std=gnu17 -fsyntax-only "$@" "$ebb/os.c" 2>"$scratch/log"
}
refused() { # SENTENCE FLAG...
    sentence=$1
    shift
    ! check "$@" || fail "compiled with $*"
    grep -q "error.*$sentence" "$scratch/log" || fail "with $* the compiler does not say \"$sentence\""
}

check || fail "does not compile on this machine: $(head -n 1 "$scratch/log")"
refused 'ebb runs on Linux only' -U__linux__
refused 'ebb needs pointers of 64 bits' -U__SIZEOF_POINTER__ -D__SIZEOF_POINTER__=4
refused 'elsewhere define EBB_UNTESTED' -U__x86_64__ -U__aarch64__
