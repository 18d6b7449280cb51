#!/bin/sh
# The top of a report: one table and one picture before the first fold. In the trade-off no name lies on another.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

measure() {
    "$tidemark" run --memory=any --allocators=glibc,ebb,jemalloc --scale=0.02 --rounds=1 --idle=0.1 "$@" \
        >/dev/null 2>&1 || fail "no run"
}
above_the_fold() { # REPORT
    sed -n '/<details>/q; p' "$1" >top
    [ "$(grep -c '^!\[' top)" -eq 1 ] && [ "$(grep -c '^|:' top)" -eq 1 ]
}
measure --workloads=churn,handoff
report=results/latest/report.md
above_the_fold $report || fail "more or less than a table and a picture: $(cat top)"
grep -q '^!\[all workloads, 4 threads: .*(plots/overall-4.png)$' top || fail "another picture than that of all workloads"
sed 's/^!\[.*/&\n&/' $report >twice.md
above_the_fold twice.md && fail "two pictures pass for one"
for workload in churn handoff; do
    [ "$(grep -c "(plots/tradeoff-$workload-4.png)" $report)" -eq 1 ] || fail "the trade-off of $workload is not linked once"
done
grep -o 'plots/[^)]*' $report >links
[ -z "$(sort links | uniq -d)" ] || fail "linked twice: $(sort links | uniq -d)"
while read -r link; do
    [ -s "results/latest/$link" ] || fail "$link is not there"
done <links

# Names are at least a 20th of the axis apart, which ends at a tenth or more above the highest point.
apart() { # DATA TOP
    awk -v top="$2" 'NF == 6 { print $5 / top }' "$1" | sort -n | awk 'NR > 1 && $1 - last < 0.05 { near = 1 }
        { last = $1 } END { exit near || NR < 3 }'
}
for plot in results/latest/plots/overall-4 results/latest/plots/tradeoff-churn-4; do
    top=$(cat "$plot-dead.dat" "$plot-collect.dat" | awk 'NF == 6 && $3 > most { most = $3 } END { print 1.1 * most }')
    apart "$plot-dead.dat" "$top" || fail "names lie on each other: $(cat "$plot-dead.dat")"
done
sed 's/^\("[^ ]* [^ ]* [^ ]* [^ ]*\) [^ ]*/\1 0.001/' results/latest/plots/overall-4-dead.dat >crowded.dat
apart crowded.dat "$top" && fail "crowded names pass for readable ones"

# Of one workload it is that workload's own picture.
measure --workloads=churn
sed -n '/<details>/q; p' $report >top
[ "$(grep -c '^!\[churn, 4 threads: .*(plots/tradeoff-churn-4.png)$' top)" -eq 1 ] || fail "not churn's picture: $(cat top)"
[ "$(grep -c '(plots/tradeoff-churn-4.png)' $report)" -eq 1 ] || fail "the picture is linked again"
