#!/bin/sh
# The history: a planted change is found at the run where it began, runs of other kinds are kept
# apart, and the noise that it learns becomes a baseline's tolerance.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

"$tidemark" run --memory=any --workload="retain=$faults" --allocators=glibc --no-again --no-plots \
    --allocator="subject=glibc,PLANTED_MIB=8" --memory-rounds=3 --timed-rounds=0 --idle=0.1 \
    --idle-drivers=dead >/dev/null 2>&1

# forge NAME SEED FACTOR: the run again, with the subject's footprint times FACTOR.
forge() {
    jq --arg seed "$2" --argjson factor "$3" '.plan.seed = $seed
        | .records |= map(if .variant == "subject" then .samples |= map(.footprint *= $factor) else . end)' \
        results/latest/results.json >"$1"
}
# 8 runs about one level, 6 runs 6 % higher; the noise is +- 1 %.
run=0
for factor in 1 1.01 0.995 1.005 0.99 1 1.008 0.997 1.06 1.07 1.055 1.065 1.05 1.06; do
    run=$((run + 1))
    forge "run$run.json" "$run" "$factor"
done

expect 2 "$tidemark" history show -d h.sqlite
says "there is no history at h.sqlite"
i=0
while [ $i -lt $run ]; do
    i=$((i + 1))
    expect 0 "$tidemark" history import -d h.sqlite "run$i.json"
    says imported
done
expect 0 "$tidemark" history import -d h.sqlite run3.json
says "is in the history already"
expect 0 "$tidemark" history show -d h.sqlite
[ "$(wc -l <out)" -eq 14 ] || fail "not every run is listed once"
[ "$(sqlite3 h.sqlite 'PRAGMA user_version')" -eq 1 ] || fail "the schema has no version"

expect 0 "$tidemark" history trend -d h.sqlite --plots=trend
grep -A1 'retain on subject, 4 threads, dead footprint' out | grep -qE 'worse at run 9 .*\+6\.[0-9] %' ||
    fail "the planted change is not found at run 9"
grep -A1 'retain on glibc, 4 threads, dead footprint' out | grep -q ' at run ' &&
    fail "a change was found where none is"
says "over 6 of 14 runs"
[ "$(head -c 4 trend/trend-dead.png | tail -c 3)" = PNG ] || fail "no trend plot"
grep -q '</svg>' trend/trend-dead.svg || fail "the trend plot is not whole"

# What changed lately, and nothing of the rest.
expect 0 "$tidemark" history trend -d h.sqlite --last=7
says "at run 9"
says_not "retain on glibc"
expect 0 "$tidemark" history trend -d h.sqlite --last=3
says_not "at run"

# What a change point is good for: 3 % is within the tolerance, so that no night is worse than the one
# before it; the nights together tell.
run=20
for factor in 1 1.004 0.996 1.002 0.998 1 1.003 1.03 1.034 1.026 1.031 1.029 1.033; do
    run=$((run + 1))
    forge "creep$run.json" "$run" "$factor"
    expect 0 "$tidemark" history import -d creep.sqlite "creep$run.json"
done
expect 0 "$tidemark" compare creep21.json creep33.json --subject=subject
expect 0 "$tidemark" history trend -d creep.sqlite --last=7
grep -A1 'retain on subject, 4 threads, dead footprint' out | grep -qE 'worse at run 8 .*\+3\.[0-9] %' ||
    fail "the nights together do not tell what one night cannot"

# Another environment is another kind: its runs are no part of the line.
sed 's/"kernel": "[^"]*"/"kernel": "Linux 9.9"/' run1.json >elsewhere.json
expect 0 "$tidemark" history import -d h.sqlite elsewhere.json
expect 0 "$tidemark" history trend -d h.sqlite
says "over 1 of 1 runs"
expect 0 "$tidemark" history trend -d h.sqlite --kind=1
says "over 6 of 14 runs"

# A file of another schema version is left alone.
sqlite3 other.sqlite 'PRAGMA user_version = 99'
expect 2 "$tidemark" history show -d other.sqlite
says "has schema version 99"
echo "no database at all, but some text that is long enough to be read" >text.sqlite
expect 2 "$tidemark" history show -d text.sqlite
says "text.sqlite: file is not a database"
# Nor is a file that holds something else.
sqlite3 foreign.sqlite 'CREATE TABLE mine (x)'
for action in show 'import run1.json'; do
    # shellcheck disable=SC2086
    expect 2 "$tidemark" history $action -d foreign.sqlite
    says "foreign.sqlite is no history of tidemark"
done
[ "$(sqlite3 foreign.sqlite .tables)" = mine ] || fail "tables were added to another program's file"

# Several first imports at once make one history.
for run in 1 2 3 4 5 6; do
    "$tidemark" history import -d race.sqlite "run$run.json" >"race$run" 2>&1 &
done
wait
expect 0 "$tidemark" history show -d race.sqlite
[ "$(wc -l <out)" -eq 6 ] || fail "imports got into each other's way: $(cat race?)"
