#!/bin/sh
# --rounds=auto: adds rounds where the interval is wide, none where it is narrow, and stops when its
# time is spent.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

auto() {
    "$tidemark" run --memory=any --workload="$1=$faults" --allocators=glibc --no-again --no-plots --timed-rounds=0 \
        --memory-rounds=2 --rounds=auto --idle="$3" --idle-drivers=dead --budget="$2" \
        --allocator=subject=glibc,PLANTED_MIB=8
}
rounds() { jq .plan.memory_rounds results/latest/results.json; }

expect 0 auto retain 5 0.1
[ "$(rounds)" -ge 6 ] || fail "two rounds were taken for enough"
[ "$(rounds)" -le 20 ] || fail "rounds were added to what was sharp"
[ "$(records results/latest ok)" -eq $((2 * $(rounds))) ] || fail "the added rounds were not measured"
[ "$(jq .plan.memory_rounds results/latest/plan.json)" -eq "$(rounds)" ] || fail "the plan has other rounds"
# (0.6 s are gone with the first idle window.)
expect 0 auto retain 0.01 0.7
[ "$(rounds)" -eq 2 ] || fail "the budget of less than a second was not kept"
# A resumed run adds rounds, too; it has the budget anew.
expect 0 "$tidemark" run --resume --no-plots
[ "$(rounds)" -gt 2 ] || fail "no round was added to the resumed run"
expect 2 "$tidemark" run --memory=any --rounds=many
