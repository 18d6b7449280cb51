#!/bin/sh
# The wake penalty is a time: the report says in which runs it was taken, and on what memory.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

# wake OPTIONS...: a run whose builds have gaps between them.
wake() {
    "$tidemark" run --workload=woken=rebuild,gap=20 --allocators=glibc --scale=0.02 --memory-rounds=1 --idle=0.1 \
        --idle-drivers=dead --no-again "$@"
}

expect 0 wake --memory=any --timed-rounds=0 --no-plots
says "memory, unconditioned"
expect 0 wake --memory=any --timed-rounds=1
says "timed, unconditioned"
grep -ql 'on unconditioned memory' results/latest/plots/*wake* || fail "the plot does not say so"
# the control: times on warm memory have its name, and no such note
code=0
wake --memory=warm --timed-rounds=1 >out 2>&1 || code=$?
[ $code -ne 3 ] || ! grep -q 'memory-condition' out || skip "free memory here does not stay warm for a run"
[ $code -eq 0 ] || fail "exit code $code on warm memory"
says "timed, warm"
says_not "unconditioned"
