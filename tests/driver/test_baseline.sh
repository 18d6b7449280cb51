#!/bin/sh
# Baselines: taken, committed, compared with by path, by option and by git revision; tolerances
# learnt from history. And bounds: held, violated with a line that says by how much, tightened.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

run() {
    output=$1 mib=$2
    "$tidemark" run --memory=any --workload="retain=$faults" --allocators=glibc --no-again --no-plots \
        --allocator="subject=glibc,PLANTED_MIB=$mib" --memory-rounds=6 --timed-rounds=6 \
        --idle=0.1 --idle-drivers=dead --output="$output" >/dev/null 2>&1
}
run first 20
run same 20
run tenth 22

expect 0 "$tidemark" baseline take first/latest
says "results/baseline/default.json: 12 series"
expect 0 "$tidemark" baseline show
says "retain on subject, 4 threads, dead footprint: 24."
says "x reference"
says "kernel: "

# a cache that keeps 10 % more, by path and by option (it costs time, too, which varies)
expect 1 "$tidemark" compare results/baseline tenth/latest --time-tolerance=1000
head -n 1 out | grep -q "WORSE: retain on subject, 4 threads: .* (24\.[0-9] -> 26\.[0-9] MiB)" ||
    fail "the first line does not name what keeps more"
expect 1 "$tidemark" compare --baseline tenth/latest
expect 0 "$tidemark" compare --baseline same/latest --time-tolerance=1000

# by git revision
git init -q . && git add results/baseline
git -c user.name=t -c user.email=t@t commit -qm one
expect 1 "$tidemark" compare HEAD tenth/latest
"$tidemark" baseline take tenth/latest >/dev/null
git add results/baseline && git -c user.name=t -c user.email=t@t commit -qm two
expect 1 "$tidemark" compare HEAD~1 HEAD
head -n 1 out | grep -q "WORSE: retain on subject" || fail "two revisions' baselines"
expect 0 "$tidemark" compare HEAD HEAD
[ "$(git show --stat HEAD | grep -c '^ results/baseline/default.json')" -eq 1 ] || fail "not committed"
# a line for each series, so that the diff is readable
[ "$(wc -l <results/baseline/default.json)" -lt 26 ] || fail "the file is not one series a line"

# a tolerance learnt from a noisy history: what changes by 10 % every night is no regression
i=0
for factor in 1 1.1 0.92 1.08 0.9 1.05 0.95; do
    i=$((i + 1))
    jq --arg seed $i --argjson f $factor '.plan.seed = $seed
        | .records |= map(if .samples then .samples |= map(.footprint *= $f)
                          | .peak_footprint *= $f else . end)' \
        first/latest/results.json >noisy$i.json
    "$tidemark" history import -d h.sqlite noisy$i.json >/dev/null
done
expect 0 "$tidemark" baseline take first/latest --history=h.sqlite -o learnt
says "tolerance learnt for 8"
expect 0 "$tidemark" compare learnt tenth/latest --time-tolerance=1000
! grep -qE " worse +[0-9]" out || fail "something that decides is called worse"
expect 2 "$tidemark" baseline take first/latest --history=none.sqlite
says "there is no history at none.sqlite"

# a run with a failed cell is no baseline
jq '.records[0] += {status: "failed", fault: "crashed", reason: "planted"}' \
    first/latest/results.json >failed.json
expect 3 "$tidemark" baseline take failed.json
says "cannot be a baseline: retain on"
echo '{"schema": "tidemark-baseline", "schema_version": 99}' >results/baseline/quick.json
expect 2 "$tidemark" baseline show results/baseline/quick.json
says "is not a baseline that this tidemark reads"

# bounds
expect 2 "$tidemark" bounds first/latest
says "cannot read the bounds"
says_not "line -1"
echo '{}' >none.json
expect 2 "$tidemark" bounds -b none.json first/latest
says "make some with \`tidemark bounds --add=VARIANT\`"
expect 2 "$tidemark" bounds first/latest --add=subjcet
says "first/latest did not measure a variant called subjcet"
[ ! -e results/bounds.json ] || fail "bounds of nothing were written"
expect 0 "$tidemark" bounds first/latest --add=subject
says "results/bounds.json: 1 added, 0 lowered"
expect 0 "$tidemark" bounds same/latest
says "held subject/retain/dead at 4 threads"
expect 1 "$tidemark" bounds tenth/latest
head -n 1 out | grep -qE 'VIOLATED subject/retain/dead at 4 threads: 26\.[0-9]+ MiB, 0\.[0-9]+ MiB \([0-9.]+ %\) above the bound of 25' ||
    fail "the violation does not tell by how much"
# a bound that counts the page floor needs one
jq 'del(.records[].checkpoints[]?.floor)' first/latest/results.json >floorless.json
expect 3 "$tidemark" bounds floorless.json
says "NOT CHECKED subject/retain/dead at 4 threads: it has no page floor, so the bound is not checked"
# the ratchet goes one way
cp results/bounds.json before.json
expect 1 "$tidemark" bounds tenth/latest --tighten
says "0 added, 0 lowered"
diff before.json results/bounds.json || fail "a bound was raised"
run less 10
expect 0 "$tidemark" bounds less/latest --tighten
says "0 added, 1 lowered"
expect 0 "$tidemark" bounds less/latest --tighten
says "0 lowered"
expect 1 "$tidemark" bounds first/latest
# a bound on time, and one that nothing measures
cat >mixed.json <<'END'
{"schema": "tidemark-bounds", "schema_version": 1, "bounds": [
 {"variant": "subject", "workload": "retain", "threads": 4, "measure": "time", "ratio": 0.001},
 {"variant": "absent", "workload": "retain", "threads": 4, "measure": "dead", "floor_factor": 1, "plus_mib": 9}]}
END
expect 1 "$tidemark" bounds -b mixed.json first/latest
says "VIOLATED subject/retain/time at 4 threads"
says "NOT CHECKED absent/retain/dead at 4 threads: not measured"
sed -i 's/0.001/1000/' mixed.json
expect 3 "$tidemark" bounds -b mixed.json first/latest
sed -i 's/"measure": "dead"/"measure": "dread"/' mixed.json
expect 2 "$tidemark" bounds -b mixed.json first/latest
says "bound 2 of mixed.json is malformed"
