#!/bin/sh
# tidemark replay: a recorded program's calls in a run, with its pauses and without, and up to where
# it went idle.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

# replay OUTPUT OPTIONS...: one small round of the trace.
replay() {
    output=$1
    shift
    expect 0 "$tidemark" replay pauses.trace --allocators=glibc --no-again --no-plots --idle=0.1 \
        --idle-drivers=dead --memory-rounds=1 --output="$output" "$@"
}

# build_ms OUTPUT: how long its build took.
build_ms() {
    jq '[.records[].builds[]?.wall][0] / 1e6 | floor' "$1/latest/results.json"
}

expect 0 "$tidemark" record --idle-pause 0.3 -o pauses.trace -- "$BIN/calls" pauses
says "pauses.trace: went idle after"
"$BIN/dump" pauses.trace >all
# the last of the two pauses, and not the first
[ "$(grep -n ' idle ' all | cut -d : -f 1)" -eq 1002 ] || fail "idle is not marked after 1,001 calls"
[ "$(wc -l <all)" -eq 2003 ] || fail "$(wc -l <all) records instead of 2,003"
expect 0 "$tidemark" record --idle-pause 10 -o none.trace -- "$BIN/calls" pauses
says "no pause of 10 s or more is followed by a call"
"$BIN/dump" none.trace >all
if grep -q ' idle ' all; then fail "idle is marked where there was no such pause"; fi

replay fast --timed-rounds=1
jq -e '.plan.workloads[0] | .name == "pauses" and .base == "replay"' fast/latest/results.json >/dev/null ||
    fail "the workload is not called after the trace"
jq -e '.plan.threads == [1]' fast/latest/results.json >/dev/null || fail "not the trace's one thread"
jq -e '[.records[] | select(.status == "ok") | .kind] | sort == ["memory", "timed"]' \
    fast/latest/results.json >/dev/null || fail "not one memory and one timed record"

replay slow --pauses
jq -e '[.records[] | .kind] == ["memory"]' slow/latest/results.json >/dev/null ||
    fail "with pauses there are timed rounds that nobody has asked for"
[ "$(build_ms slow)" -ge 900 ] || fail "with its two pauses the build took $(build_ms slow) ms"
[ "$(build_ms fast)" -lt "$(build_ms slow)" ] || fail "without pauses it took $(build_ms fast) ms"

# what it held when it went idle, by the workload's option
expect 0 "$tidemark" run --workload=held=replay,input="$PWD/pauses.trace",teardown=0 --allocators=glibc \
    --no-again --no-plots --idle=0.1 --idle-drivers=dead --rounds=1 --threads=1 --output=held
live=$(jq '.records[] | select(.kind == "memory") | .checkpoints[] | select(.name == "end") | .live' \
    held/latest/results.json)
[ "$live" -eq 900901 ] || fail "$live bytes are held at the idle mark instead of 900,901"

expect 2 "$tidemark" replay
says "name the trace first"
expect 2 "$tidemark" replay missing.trace
says "missing.trace"
echo "no trace" >bad.trace
expect 2 "$tidemark" replay bad.trace
says "bad.trace"
expect 0 "$tidemark" replay --help
says "--pauses"
expect 2 small_run --workload=x=replay,teardown
says "cannot run replay,teardown"
expect 2 small_run --workload=x=nothing
says "cannot run nothing"
