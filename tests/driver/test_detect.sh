#!/bin/sh
# What rounds can show: told before a run by the noise of an earlier one, demanded with --detect, and
# with --rounds=auto reached.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

run() {
    "$tidemark" run --memory=any --workload="retain=$faults" --allocators=glibc --no-again --no-plots \
        --timed-rounds=0 --idle=0.1 --idle-drivers=dead --allocator=subject=glibc,PLANTED_MIB=8 "$@"
}

# one round tells nothing of noise, so that no change could have been seen
expect 3 run --memory-rounds=1 --detect=60
says "could not have shown any change"
# the demand outlives an interruption
expect 3 "$tidemark" run --resume --no-plots
says "could not have shown any change"
rm -r results
expect 0 run --memory-rounds=3 --detect=60
says_not "these rounds would show" # there was no earlier run
first=$(readlink results/latest)

# now there is one: its noise is told, and a demand that it does not allow is refused before anything is done
expect 0 run --memory-rounds=3
says "By the noise of results/latest, these rounds would show"
grep -qE '^  dead footprint, 3 rounds: [0-9.]+ % in one cell' out || fail "nothing is told of the footprint"
[ "$(readlink results/latest)" != "$first" ] || fail "no new run"
second=$(readlink results/latest)
expect 3 run --memory-rounds=1 --detect=5
says "nothing was measured"
[ "$(readlink results/latest)" = "$second" ] || fail "a run was begun that was refused"
# a change below the tolerance is none: more is not demanded than to see the tolerance
expect 3 run --memory-rounds=3 --detect=0.1
says "could not show a change of less than 5"

# rounds are added until it is reached
rm -r results
expect 0 run --memory-rounds=1 --rounds=auto --budget=1 --detect=60
[ "$(jq .plan.memory_rounds results/latest/plan.json)" -ge 2 ] || fail "no round was added"
expect 2 "$tidemark" run --detect=much
