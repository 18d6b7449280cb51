#!/bin/sh
# An unreadable or truncated /proc entry fails its cell; it never becomes a zero.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

mkdir empty
expect 3 env TIDEMARK_PROC="$scratch/empty" "$tidemark" run --memory=any --workloads=churn --allocators=glibc \
    --no-again --scale=0.02 --rounds=1 --idle=0.1 --no-plots
says "memory/1/churn/glibc/4/dead: unreadable: cannot list the children of process"
[ "$(records results/latest ok)" -eq 1 ] || fail "the timed cell, which needs no /proc, should have gone well"
[ "$(records results/latest failed)" -eq 2 ] || fail "both memory cells should have failed"

expect 3 env TIDEMARK_PROC="$scratch/empty" "$tidemark" doctor
says "footprints cannot be read"
expect 0 "$tidemark" doctor
says "footprints can be read"
grep -q "first touch of a page: [0-9.]* us after a pause, [0-9.]* us right after use" out || fail "doctor does not tell what a first touch costs"
