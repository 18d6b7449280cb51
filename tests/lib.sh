#!/bin/sh
# What every test by a shell script has in common. Sourced: it makes a scratch folder, goes
# there, and removes it at the end.
# shellcheck shell=sh
set -eu

scratch=$(mktemp -d)
cleanup() { rm -rf "$scratch"; }
trap cleanup EXIT
cd "$scratch"

fail() {
    echo "FAILED: $*" >&2
    [ ! -f out ] || sed 's/^/  | /' out >&2
    exit 1
}

# skip REASON: what it takes is not here.
skip() {
    echo "SKIPPED: $*"
    exit 77
}

# expect CODE COMMAND...: runs it with its output in ./out, and checks its exit code.
expect() {
    wanted=$1
    shift
    code=0
    "$@" >out 2>&1 || code=$?
    [ "$code" -eq "$wanted" ] || fail "exit code $code instead of $wanted: $*"
}

# says TEXT: the last output holds the text.
says() {
    grep -qF -- "$1" out || fail "the output lacks \"$1\""
}

says_not() {
    ! grep -qF -- "$1" out || fail "the output has \"$1\""
}
