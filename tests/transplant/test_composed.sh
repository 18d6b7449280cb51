#!/bin/sh
# A transplant inside another tool hands its verdict on: no row and no trace of a program that ran
# on its own allocator passes for one that did not, whatever output and exit code are lost between.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
library=$BIN/../lib
TMPDIR=$(mktemp -d /var/tmp/tidemark-test.XXXXXX) # /tmp may be in memory
export TMPDIR
cleanup() { rm -rf "$scratch" "$TMPDIR"; }

# The record of the last watch.
record() {
    grep '"checkpoints"' results/latest-watch/cells.jsonl | tail -n 1
}

# field NAME: its number in the memory of the last watch's first checkpoint.
field() {
    record | sed 's/.*"checkpoints"//' |
        grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d : -f 2
}

# watch_host LIBRARY: a row of a transplanted program whose output is hidden and whose exit code,
# were there one, is lost.
watch_host() {
    "$tidemark" watch --hide-output --no-plots --until 'calls of its own' --command \
        "row='$tidemark' transplant -- '$BIN/host' '$1' stay; true"
}

# The control: what is transplanted is a row. The driver is not in it, and the copy's text is what
# the library's is, page cache and not shared memory.
expect 0 watch_host "$library/addon.node"
! record | grep -q '"name":"tidemark"' ||
    fail "the driver is one of the watched processes"
[ "$(field pss_shmem)" = 0 ] || fail "$(field pss_shmem) bytes of the copy count as shared memory"
[ "$(field pss_anon)" -gt 0 ] || fail "no memory was read: the line above proves nothing"

expect 3 watch_host "$library/addon-shimless.node"
says "not-transplanted: $library/addon-shimless.node cannot be transplanted and ran as it is"
record | grep -q '"status":"failed"' || fail "the row is ok"
# a program that loads no addon at all
expect 3 "$tidemark" watch --no-plots --until ready -- "$tidemark" transplant -- sh -c 'echo ready; sleep 100'
says "not-transplanted: nothing was transplanted"
# an allocator and a program that do not exist; no addon is blamed for them
expect 3 "$tidemark" watch --no-plots --until ready --command \
    "row='$tidemark' transplant --allocator nonesuch -- true; echo ready; sleep 100"
says "not-transplanted: nothing was transplanted: "
says nonesuch
says_not "loaded no addon"
expect 3 "$tidemark" watch --no-plots --until ready --command \
    "row='$tidemark' transplant -- ./nonesuch; echo ready; sleep 100"
says "not-transplanted: nothing was transplanted: cannot start ./nonesuch"

# A recording without the addon's calls is not kept.
expect 0 "$tidemark" record -o sound.trace -- sh -c "'$tidemark' transplant -- '$BIN/host' '$library/addon.node'; true"
[ -e sound.trace ] || fail "the control has no trace"
expect 3 "$tidemark" record -o refused.trace -- \
    sh -c "'$tidemark' transplant -- '$BIN/host' '$library/addon-shimless.node' >/dev/null 2>&1; true"
says "no trace is written"
says "cannot be transplanted and ran as it is"
[ ! -e refused.trace ] || fail "a recording without the addon's calls is kept"
[ ! -e refused.trace.raw ] || fail "raw files were left"

# watch around record around transplant: each of the two has to read it.
expect 3 "$tidemark" watch --hide-output --no-plots --until 'calls of its own' --command \
    "row='$tidemark' record -o inner.trace -- '$tidemark' transplant -- '$BIN/host' '$library/addon-shimless.node' stay"
says "not-transplanted"

# An outer tool hears of it, too, if the one between has ended and has removed its folder.
mkdir "$TMPDIR/inner" "$TMPDIR/outer"
: >"$TMPDIR/inner/verdicts"
: >"$TMPDIR/outer/verdicts"
expect 0 env "TIDEMARK_VERDICT_FOLDERS=$TMPDIR/inner:$TMPDIR/outer" "$tidemark" transplant -- \
    sh -c "rm -r '$TMPDIR/inner'; exec '$BIN/host' '$library/addon-shimless.node'"
grep -q 'refused' "$TMPDIR/outer/verdicts" || fail "the outer tool has not heard of a refused library"
rm -r "$TMPDIR/outer"

# A time, too, is of a program that did what its row says.
if command -v hyperfine >/dev/null; then
    expect 3 "$tidemark" time --memory any --rounds 1 \
        "refused='$tidemark' transplant -- '$BIN/host' '$library/addon-shimless.node'; true"
    says "not-transplanted"
    expect 0 "$tidemark" time --memory any --rounds 1 \
        "sound='$tidemark' transplant -- '$BIN/host' '$library/addon.node'; true"
fi

left=$(find "$TMPDIR" -mindepth 1)
[ -z "$left" ] || fail "temporary files were left: $left"
