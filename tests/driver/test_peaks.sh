#!/bin/sh
# The peak is the program's: a moment's between two samples counts, and what counting blocks
# takes does not.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

# figure FILTER: of the only memory cell, by jq
figure() {
    jq "[.records[] | select(.kind == \"memory\")][0] | $1 | floor" results/latest/results.json
}

measure() {
    expect 0 "$tidemark" run --memory=any --workload="$1=$faults" --allocators=glibc --no-again --no-plots \
        --memory-rounds=1 --timed-rounds=0 --idle=0.1 --idle-drivers=dead
}

mib=1048576
measure spike
peak=$(figure .peak_footprint) sampled=$(figure .peak_sampled)
[ "$peak" -ge $((64 * mib)) ] || fail "a peak of $peak bytes lacks the 64 MiB of a moment"
[ "$peak" -le $((72 * mib)) ] || fail "a peak of $peak bytes is more than the program had"
# The control: nothing like it in the samples. A busy machine stretches the moment.
[ "$sampled" -lt $((64 * mib)) ] || echo "the samples hit it, too: $sampled bytes"

measure crowd
at_peak=$(figure '.checkpoints[] | select(.name == "peak") | .memory.footprint')
peak=$(figure .peak_footprint)
objects=$(figure '.checkpoints[] | select(.name == "peak") | .objects')
[ $((objects * 16)) -gt $((8 * mib)) ] || fail "$objects blocks are too few for this test"
[ $((peak - at_peak)) -lt $((2 * mib)) ] || fail "the census is in the peak: $peak of $at_peak bytes"
