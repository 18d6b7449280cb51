#!/bin/sh
# bundle_shape.def says what `tidemark profile --shape` counts in the recorded build, line by line
# (but for LIFE, whose source is another). The control: one figure changed is told.
set -eu
program=$1 table=$2
bin=$(dirname "$program")
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

"$bin"/tidemark profile --shape "$bin"/../share/rolldown-build.trace >"$lines"
[ "$(grep -c . "$lines")" -gt 100 ] || {
    echo "FAILED: no shape was printed" >&2
    exit 1
}
counted() { # the table's lines
    grep -E '^(FATE|STAGE|SMALL|LARGE|TABLE|LANE)\(' "$table"
}
counted | diff "$lines" - || {
    echo "FAILED: $table is not what the recorded build has: make calibration" >&2
    exit 1
}
if counted | sed '1s/[1-9]/0/' | diff -q "$lines" - >/dev/null; then
    echo "FAILED: a changed figure was not told" >&2
    exit 1
fi
