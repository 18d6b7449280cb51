#!/bin/sh
# A program that is killed leaves a readable trace, and so does a recording that is; the bound of
# the disk holds, and the program does not notice it.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
export TMPDIR="$scratch" # what a killed recorder leaves

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
says "is not the folder of a recording"

# The bound: 1 MiB holds fewer than 32768 calls of the million; a prefix is left, and is a trace.
expect 0 "$tidemark" record --max-size 1 --keep-raw -o bound.trace -- "$BIN/calls" churn 500000
says "holds only the beginning"
bytes=$(du -sb bound.trace.raw | cut -f 1)
[ "$bytes" -le $((1048576 + 8192)) ] || fail "the raw files have $bytes bytes, the bound is 1 MiB"
"$BIN/dump" bound.trace >bound
calls=$(wc -l <bound)
if [ "$calls" -lt 20000 ] || [ "$calls" -gt 32768 ]; then fail "$calls calls in 1 MiB"; fi
# The control: with room there are all.
expect 0 "$tidemark" record -o whole.trace -- "$BIN/calls" churn 500000
says_not "holds only the beginning"
[ "$("$BIN/dump" whole.trace | wc -l)" -eq 1000000 ] || fail "calls of the whole one lack"
head -n "$calls" bound >beginning
"$BIN/dump" whole.trace | head -n "$calls" | cmp - beginning || fail "the bounded trace is no beginning"

# A folder that is in the way is not overwritten.
expect 2 "$tidemark" record -o bound.trace -- true
says "remove it, or make traces of them with \`tidemark record --recover bound.trace.raw\`"

# A limit on the size of files ends the recording, not the program (SIGXFSZ).
expect 0 "$tidemark" record -o limit.trace -- "$BIN/calls" limit 500000
says_not "signal"
says "File too large"
says "holds only the beginning"
expect 0 "$tidemark" profile limit.trace

# A process that begins when there is no room any more is named, not forgotten.
expect 0 "$tidemark" record --max-size 1 -o late.trace -- "$BIN/calls" late 500000
says "1 processes are not recorded, since there was no room"
expect 0 "$tidemark" record --min-calls 0 -o early.trace -- "$BIN/calls" late 500000
says_not "processes are not recorded"
[ -e early.trace.2 ] || fail "the control, with room, has no trace of the child"

# Ctrl-C while orphans are waited for ends them, whatever session they are in.
"$tidemark" record -o orphan.trace -- "$BIN/calls" orphan ./orphan >out 2>&1 &
recorder=$!
tries=0
until [ -s orphan ] || [ $tries -eq 200 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
sleep 0.5 # its parent has ended
kill -0 "$(cat orphan)" || fail "the orphan does not live: nothing is tested"
kill -INT $recorder
code=0
wait $recorder || code=$?
[ $code -eq 3 ] || fail "exit code $code of an interrupted recording"
if kill -0 "$(cat orphan)" 2>/dev/null; then
    kill -9 "$(cat orphan)"
    fail "the orphan lives on"
fi
