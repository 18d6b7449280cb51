#!/bin/sh
# Every idle driver as a cell of its own, in one run; and one that is neither of the two in the
# main table, alone.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

expect 0 small_run --idle-drivers=dead,collect,tick,tick-all,joined --timed-rounds=0 \
    --memory-rounds=1 --no-again --idle=0.4 --threads=2
[ "$(records results/latest ok)" -eq 5 ] || fail "not five cells went well"
for driver in dead collect tick tick-all joined; do
    grep -q "\"key\": \"memory/1/churn/glibc/2/$driver\"" results/latest/results.json ||
        fail "no cell of $driver"
    grep -qE "^\\| glibc +\\| +$driver +\\|" results/latest/report.md || fail "the report lacks $driver"
done

expect 0 small_run --idle-drivers=tick --timed-rounds=0 --memory-rounds=1 --no-again --threads=2
says "tick"
