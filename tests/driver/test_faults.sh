#!/bin/sh
# Planted faults: each is reported as what it is, with exit code 3, and never becomes a number.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

# run_fault NAME CODE [OPTIONS...]: one workload of the faults' program, memory and timed.
run_fault() {
    name=$1 code=$2
    shift 2
    expect "$code" "$tidemark" run --memory=any --workload="$name=$faults" --allocators=glibc --no-again \
        --rounds=1 --idle=0.8 --timeout=2 --no-plots "$@"
}

run_fault sound 0
says_not FAILED

run_fault leak 3
says "leak: at end it holds"
says "it leaked 65536"
run_fault crash 3
says "crashed: it was ended by signal 11 (Segmentation fault) while it worked"
says "timed/1/crash/glibc/4: crashed"
run_fault hang 3
says "memory/1/hang/glibc/4/dead: hung: it did not finish its work within 2 s"
says "timed/1/hang/glibc/4: hung: it did not finish its work within 2 s"
! grep -q '"max_rss":0' results/latest/cells.jsonl || fail "what is not known of a killed process is 0"
run_fault garbage 3
says 'garbage: it printed "Segmentation fault? No, just chatting", which is not a line of the protocol'
run_fault truncated 3
says "incomplete: it exited with 0 while it worked"
run_fault corrupt 3
says "failed: it exited with 3 while it worked: tidemark-workload: a block of 200 bytes does not hold what was written"
run_fault killed 3 --timed-rounds=0 --idle=2
says "crashed: it was ended by signal 9 (Killed) while it was idle"
[ "$(records results/latest failed)" -eq 2 ] || fail "the killed cells are not recorded"
grep -q "crashed" results/latest/report.md || fail "the report does not name the killed cell"

# The checksum of the same work differs: only visible between cells.
run_fault badsum 3 --rounds=2
says "checksum in 2 of 2 rounds: its checksum differs from other cells' of the same work"

# An unknown protocol, not even a workload.
expect 3 "$tidemark" run --memory=any --workload=true=/bin/true --allocators=glibc --no-again --rounds=1 \
    --idle=0.1 --no-plots
says "incomplete: it exited with 0 while it worked"
says "it wrote no report"
expect 3 "$tidemark" run --memory=any --workload=yes=/usr/bin/yes --allocators=glibc --no-again \
    --memory-rounds=1 --timed-rounds=0 --idle=0.1 --no-plots
says "while it worked"
