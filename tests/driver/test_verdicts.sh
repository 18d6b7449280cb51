#!/bin/sh
# Positive controls of the verdicts: a planted slowdown and a planted cache are called worse,
# the reference against itself is not, and a process tree is measured as a whole.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

expect 0 "$tidemark" run --workload="slow=$faults" --allocators=glibc \
    --allocator=slowed=glibc,PLANTED_MS=200 --memory-rounds=0 --timed-rounds=6 --no-plots
grep -qE '^ *slowed .* worse ' out || fail "a slowdown of 200 ms is not called worse"
head -n 1 results/latest/report.md | grep -q '^\*\*1 workload, 4 threads, against glibc: fastest glibc itself' ||
    fail "the report does not begin with its verdict: $(head -n 1 results/latest/report.md)"

expect 0 "$tidemark" run --workload="retain=$faults" --allocators=glibc \
    --allocator=kept=glibc,PLANTED_MIB=32 --memory-rounds=6 --timed-rounds=0 --idle=0.2 \
    --idle-drivers=dead --no-plots
grep -qE '^ *kept .* worse ' out || fail "a cache of 32 MiB is not called worse"
grep -qE '^ *glibc:A/A .* same ' out || fail "A/A is not called the same"
head -n 1 results/latest/report.md | grep -q '^\*\*1 workload, 4 threads, against glibc: least left after dead idle glibc itself' ||
    fail "the report does not begin with its verdict: $(head -n 1 results/latest/report.md)"
"$tidemark" report --markdown | sed -n '/decomposition, MiB/,/<.details>/p' >markdown
# decomposition: the planted 32 MiB are retained, not live and not sparse
awk -F'|' '$2 ~ /kept/ && $3 ~ /dead/ { found = ($8 > 31.5 && $8 < 36 && $6 < 1) } END { exit !found }' markdown ||
    { cat markdown; fail "the planted 32 MiB are not in the column of what is retained"; }

# One round says nothing of noise and decides nothing, however large the difference.
expect 0 "$tidemark" run --workload="retain=$faults" --allocators=glibc \
    --allocator=kept=glibc,PLANTED_MIB=32 --memory-rounds=1 --timed-rounds=0 --idle=0.2 \
    --idle-drivers=dead --no-plots
grep -qE '^ *kept .*\(too few rounds\)' out || fail "one pair was judged"
says_not worse

# A process that keeps 3 MiB more after every build: seen as growth, and not in the control.
expect 0 "$tidemark" run --workload="ratchet=$faults" --allocators=glibc --builds=4 \
    --allocator=kept=glibc,PLANTED_MIB=3 --memory-rounds=2 --timed-rounds=0 --idle=0.2 \
    --idle-drivers=dead --no-again
awk '/^ *ratchet, 4 threads/ { slope[$4] = $6 }
    END { exit !(slope["kept"] > 2.9 && slope["kept"] < 3.1 && slope["glibc"] < 0.1) }' out ||
    fail "the growth of 3 MiB a build is not seen"
grep -q '</svg>' results/latest/plots/builds-ratchet-4.svg || fail "the growth is not drawn"

# What a process does while it is idle: one that wakes every 10 ms, and one that does not.
idle_activity() { # WORKLOAD: wake-ups, milliseconds of CPU, page faults, over half a second
    expect 0 "$tidemark" run --workload="$1=$faults" --allocators=glibc --no-again --idle=0.55 \
        --memory-rounds=1 --timed-rounds=0 --idle-drivers=dead --no-plots
    jq -r '.idle_activity // empty | "\(.wakeups) \(.cpu_ns / 1e6) \(.minor_faults)"' results/latest/cells.jsonl
}
idle_activity restless | awk '{ seen = $1 >= 5 && $2 >= 4 && $3 >= 5 } END { exit !seen }' ||
    fail "a thread that wakes every 10 ms is not seen"
idle_activity sound | awk '{ quiet = $1 <= 2 && $2 < 1 && $3 <= 2 } END { exit !quiet }' ||
    fail "an idle process is said to be active"

# They and the others that decide nothing are judged and shown, and nobody's exit code changes for them.
grep -q 'dead page faults' results/latest/report.md || fail "page faults while idle are not in the report"
grep -q 'dead PSS' results/latest/report.md || fail "the PSS is not in the report"
jq -e '[.records[] | select(.samples) | .samples[-1] | .pss >= .footprint - .page_tables] | all and length > 0' \
    results/latest/results.json >/dev/null || fail "a PSS below the footprint without its page tables"

# A child's 16 MiB belong to the footprint.
expect 0 "$tidemark" run --workload="family=$faults" --allocators=glibc --no-again \
    --memory-rounds=1 --timed-rounds=0 --idle=0.2 --idle-drivers=dead --no-plots
awk '$1 == "glibc" { exit !($7 > 18 && $7 < 25) }' out || fail "the child's memory is not counted"
grep -q '"processes": 2' results/latest/results.json || fail "two processes were not seen"
