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

# holds_likewise NAME PERCENT [OPTION...]: whether the replay of NAME.trace holds what the program held by
# NAME.original, which meter.c wrote; prints how far they are apart. The bound is in percent of the peak.
holds_likewise() {
    held=$1 bound_percent=$2
    shift 2
    METER_OUT=$held.replayed LD_PRELOAD=$BIN/../lib/libmeter.so "$BIN/tidemark-workload" replay \
        "--input=./$held.trace" "$@" >/dev/null
    awk -v bound="$bound_percent" -f "$HERE/held.awk" "$held.original" "$held.replayed"
}
