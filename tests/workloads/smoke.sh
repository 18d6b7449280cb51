#!/bin/sh
# One registered workload: it ends well with 1, 2 and 4 threads and twice, with one checksum;
# another seed has another; its lines come in the protocol's order; survivors are as asked for.
set -eu
program=$1 name=$2
trace=$(mktemp)
trap 'rm -f "$trace"' EXIT

fail() {
    echo "FAILED: $name: $*" >&2
    exit 1
}

# Idle gaps between builds are not what is tested here: the shortest, where there are any.
gap=
"$program" "$name" --help | grep -q -- "--gap=N" && gap=--gap=1

run() {
    "$program" "$name" --scale=0.05 ${gap:+"$gap"} "$@" || fail "exit code $? with $*"
}

sum() {
    run "$@" | sed -n 's/^result checksum=\([0-9a-f]*\) .*/\1/p'
}

one=$(sum --threads=1)
[ ${#one} -eq 16 ] || fail "no checksum"
for threads in 1 2 4; do
    [ "$(sum --threads=$threads)" = "$one" ] || fail "the checksum depends on threads or run ($threads)"
done
[ "$(sum --builds=2 --threads=3)" != "$one" ] || fail "the checksum does not depend on the builds"

# Lines of its own (case, gap) apart.
order=$(run --builds=2 | grep -v -e '^case ' -e '^gap ' | cut -d' ' -f1 | tr '\n' ' ')
[ "$order" = "hello allocator build build result done " ] || fail "lines in the order $order"
if "$program" "$name" --help | grep -q -- --record; then
    ops=$(run --builds=2 --record="$trace" | sed -n 's/^result .* ops=\([0-9]*\) .*/\1/p')
    calls=$("$(dirname "$program")/tidemark" profile --json "$trace" | sed -n 's/.*"records": \([0-9]*\).*/\1/p')
    # Beside the work's calls it has the idle record, and a free for each survivor.
    if [ "$calls" -le "$ops" ] || [ "$calls" -gt $((ops * 2 + 1)) ]; then
        fail "$calls calls recorded of $ops"
    fi
elif "$program" "$name" --scale=0.05 --record="$trace" >/dev/null 2>&1; then
    fail "recorded, though its help lacks --record"
fi
[ "$("$program" --list | cut -f1 | grep -cx "$name")" -eq 1 ] || fail "not in the list"
"$program" "$name" --help | grep -q -- "--threads=N" || fail "its help lacks --threads"
