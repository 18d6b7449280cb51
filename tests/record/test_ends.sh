#!/bin/sh
# A program that is killed leaves a readable trace, and so does a recording that is; the bound of
# the disk holds, and the program does not notice it.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

# SIGKILL, with two threads in the middle of their calls: all 100000 blocks are there.
expect 0 "$tidemark" record -o killed.trace -- "$BIN/calls" kill 100000
says "signal 9"
"$BIN/dump" killed.trace >killed
[ "$(grep -c ' malloc [0-9]* 100 0$' killed)" -eq 100000 ] || fail "blocks of the killed one lack"
[ "$(awk '{ print $1 }' killed | sort -u | wc -l)" -eq 3 ] || fail "threads of the killed one lack"
expect 0 "$tidemark" profile killed.trace

# The recorder itself is killed: nothing is lost but the convenience.
"$tidemark" record -o left.trace -- "$BIN/calls" steps 64 &
recorder=$!
tries=0
until [ -s left.trace.raw/1.raw ] || [ -e left.trace ] || [ $tries -eq 200 ]; do
    tries=$((tries + 1))
    sleep 0.02
done
kill -9 $recorder 2>/dev/null || true
wait $recorder 2>/dev/null || true
if [ ! -e left.trace ]; then # it may have been faster than we
    sleep 0.2 # the kernel kills the program with it
    expect 0 "$tidemark" record --recover left.trace.raw -o left.trace
fi
expect 0 "$tidemark" profile left.trace
expect 2 "$tidemark" record
expect 3 "$tidemark" record --recover .
says "no folder of a recording"

# The bound: 1 MiB holds fewer than 32768 calls of the million; a prefix is left, and is a trace.
expect 0 "$tidemark" record --max-size 1 --keep-raw -o bound.trace -- "$BIN/calls" churn 500000
says "a beginning only"
bytes=$(du -sb bound.trace.raw | cut -f 1)
[ "$bytes" -le $((1048576 + 8192)) ] || fail "the raw files have $bytes bytes, the bound is 1 MiB"
"$BIN/dump" bound.trace >bound
calls=$(wc -l <bound)
if [ "$calls" -lt 20000 ] || [ "$calls" -gt 32768 ]; then fail "$calls calls in 1 MiB"; fi
# The control: with room there are all.
expect 0 "$tidemark" record -o whole.trace -- "$BIN/calls" churn 500000
says_not "a beginning only"
[ "$("$BIN/dump" whole.trace | wc -l)" -eq 1000000 ] || fail "calls of the whole one lack"
head -n "$calls" bound >beginning
"$BIN/dump" whole.trace | head -n "$calls" | cmp - beginning || fail "the bounded trace is no beginning"

# A folder that is in the way is not overwritten.
expect 2 "$tidemark" record -o bound.trace -- true
says "File exists"
