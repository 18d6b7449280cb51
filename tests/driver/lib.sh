#!/bin/sh
# What the driver's tests share. Sourced: it makes a scratch folder, goes there, and removes it
# at the end.
# shellcheck shell=sh
set -eu

: "${BIN:?run the tests by ctest}"
tidemark=$BIN/tidemark
# shellcheck disable=SC2034 # for those that source this
faults=$BIN/tidemark-faults
scratch=$(mktemp -d)
cleanup() { rm -rf "$scratch"; }
trap cleanup EXIT
cd "$scratch"

fail() {
    echo "FAILED: $*" >&2
    [ ! -f out ] || sed 's/^/  | /' out >&2
    exit 1
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

# records FOLDER STATUS: how many cells of a run have that status.
records() {
    sed -n '/^ "records"/,$p' "$1/results.json" | grep -c "\"status\": \"$2\"" || true
}

# A run with few and small cells; further options are appended.
small_run() {
    "$tidemark" run --workloads=churn --allocators=glibc --scale=0.02 --rounds=1 --idle=0.1 \
        --idle-drivers=dead --no-plots "$@"
}
