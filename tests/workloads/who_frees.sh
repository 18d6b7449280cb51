#!/bin/sh
# Which threads allocate and free is what the workloads say of themselves, counted from outside by
# a preloaded library (frees.c).
set -eu
program=$1 counter=$2

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# within NAME LOW HIGH NUMERATOR DENOMINATOR WORKLOAD [OPTION...]: the share of two of the
# library's counts, in percent.
within() {
    what=$1 low=$2 high=$3 over=$4 under=$5
    shift 5
    line=$(LD_PRELOAD=$counter "$program" "$@" 2>&1 >/dev/null) || fail "exit code $? of $*: $line"
    share=$(echo "$line" | tr ' ' '\n' | awk -F= -v over="$over" -v under="$under" '
        { count[$1] = $2 } END { if (count[under] > 0) printf "%.1f", 100 * count[over] / count[under] }')
    [ -n "$share" ] || fail "no counts from $*: $line"
    awk -v share="$share" -v low="$low" -v high="$high" 'BEGIN { exit !(share >= low && share <= high) }' ||
        fail "$*: $what is $share %, not $low to $high"
}

within "the migrating share" 26 28 remote frees imbalance --scale=0.1 --survivors=0 --threads=4
within "the migrating share" 59 61 remote frees imbalance --scale=0.1 --survivors=0 --threads=4 --migrating=60
within "the migrating share" 0 0.1 remote frees pool --scale=0.1 --threads=4
# One wave: the busiest worker's share is the recorded 42 %, that of the others by turns.
within "the busiest worker's share" 41 43 busiest allocations imbalance --scale=0.1 --threads=5 --waves=1
within "the busiest worker's share" 99 100 busiest allocations pool --scale=0.1 --threads=5 --waves=1
within "the busiest worker's share" 19 21 busiest allocations imbalance --scale=0.1 --threads=5 --waves=5
# handoff: the option is the remote share; producers alone allocate; one worker has nobody to hand on to.
within "the remote share" 99.9 100 remote frees handoff --scale=0.1 --survivors=0 --threads=3
within "the remote share" 26 28 remote frees handoff --scale=0.1 --survivors=0 --threads=2 --remote=27
within "the remote share" 0 0.1 remote frees handoff --scale=0.1 --survivors=0 --threads=1
within "the only producer's share" 99 100 busiest allocations handoff --scale=0.1 --threads=2
