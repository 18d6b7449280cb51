#!/bin/sh
# The builds of warm after the first find a heap that is warmed up: under glibc they fault in less
# than half of what the first does. cold has that first one only.
set -eu
program=$1

"$program" cold --threads=1 | grep -c '^build ' | grep -qx 1 || { echo "FAILED: cold has not one build" >&2; exit 1; }
"$program" warm --threads=1 | sed -n 's/^build n=\([0-9]*\) .* minflt=\([0-9]*\).*/\1 \2/p' | sort -k 2n | awk '
    $1 == 1 { first = $2 }
    $1 > 1 { rest[++n] = $2 }
    END {
        median = rest[int((n + 1) / 2)]
        if (n < 20 || first < 100 || median * 2 >= first) {
            print "FAILED: the first build faults " first " times, the others " median > "/dev/stderr"
            exit 1
        }
    }'
