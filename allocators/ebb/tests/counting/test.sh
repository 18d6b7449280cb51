#!/bin/sh
# The counting build counts: a thread alone fetches almost no cache line from another processor, four
# threads do, and they take at most twice as many locks per call. A file that cannot be written is named.
#     test.sh LIBEBB-COUNTING THREADS-PROGRAM
set -eu
library=$1 program=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    echo "counting: $*" >&2
    exit 1
}

# counts THREADS: calls, locks and remote lines per thousand calls.
counts() {
    EBB_COUNTING_FILE="$scratch/counts" LD_PRELOAD="$library" "$program" "$1" >"$scratch/out" 2>&1 ||
        fail "the program failed: $(tail -n 1 "$scratch/out")"
    awk '$1 == "calls" { calls = $2 } $1 == "lock" { locks += $3 } $1 == "memory" { remote += $4; rmw += $3 }
        END { if (!calls || !rmw) exit 1; print calls, locks, remote }' "$scratch/counts" ||
        fail "no table: $(cat "$scratch/counts")"
}
one=$(counts 1)
four=$(counts 4)
echo "calls, locks and remote lines per thousand: one thread $one; four threads $four"
echo "$one $four" | awk '{
    if ($1 < 100000 || $4 < 100000) { print "too few calls"; exit 1 }
    if ($3 > 5) { print "a thread alone fetches lines"; exit 1 }
    if ($6 < 10) { print "four threads fetch none"; exit 1 }
    if ($5 > 2 * $2) { print "four threads take many more locks"; exit 1 }
}' || fail "see above"

LD_PRELOAD="$library" EBB_COUNTING_FILE="$scratch" "$program" 1 >/dev/null 2>"$scratch/errors" || true
grep -q 'cannot be written' "$scratch/errors" || fail "a file that cannot be written is not named"
