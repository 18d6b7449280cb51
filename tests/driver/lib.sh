#!/bin/sh
# What the driver's tests share.
# shellcheck shell=sh
# shellcheck source=../lib.sh
. "$HERE/../lib.sh"

: "${BIN:?run the tests by ctest}"
tidemark=$BIN/tidemark
# shellcheck disable=SC2034 # for those that source this
faults=$BIN/tidemark-faults

# records FOLDER STATUS: how many cells of a run have that status.
records() {
    sed -n '/^ "records"/,$p' "$1/results.json" | grep -c "\"status\": \"$2\"" || true
}

# A run with few and small cells; further options are appended.
small_run() {
    "$tidemark" run --memory=any --workloads=churn --allocators=glibc --scale=0.02 --rounds=1 --idle=0.1 \
        --idle-drivers=dead --no-plots "$@"
}
