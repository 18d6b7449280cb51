#!/bin/sh
# Eight shards, merged, are the unsharded run of the same cells.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

run() {
    "$tidemark" run --memory=any --workloads=churn,sequential --threads=1,2 --allocators=glibc --scale=0.02 \
        --rounds=6 --idle=0.1 --no-plots --seed=7 "$@" >/dev/null 2>&1
}
run --output=whole || fail "the whole run failed"

# 1. The same measurements, parted and put together again: the same report, to the letter. What a
#    shard holds comes from shards that are really run (so the partition is the driver's own);
#    their records are then replaced by those of the whole run.
shards=
for i in 1 2 3 4 5 6 7 8; do
    run --output="shard$i" --shard="$i/8" || fail "shard $i failed"
    shards="$shards shard$i/latest"
done
for i in 1 2 3 4 5 6 7 8; do
    mkdir "part$i"
    jq --slurpfile whole whole/latest/results.json '
        [.records[].key] as $mine | .wall_s = $whole[0].wall_s / 8
        | .environment = $whole[0].environment
        | .records = [$whole[0].records[] | select(.key as $k | $mine | index($k))]' \
        "shard$i/latest/results.json" >"part$i/results.json"
done
expect 0 "$tidemark" merge --no-plots -o parts part8 part1 part2 part3 part4 part5 part6 part7
"$tidemark" report --markdown whole/latest >whole.md
"$tidemark" report --markdown parts >parts.md
diff -u whole.md parts.md || fail "the merged report differs from that of the same records"
keys() { jq -r '.records[].key' "$1" | sort; }
keys whole/latest/results.json >whole.keys
keys parts/results.json | diff whole.keys - || fail "the merged run has other cells"
[ "$(wc -l <whole.keys)" -eq $((2 * 2 * 2 * 3 * 6)) ] || fail "the whole run lacks cells"

# 2. Eight real shards: other figures, but the same cells and the same rows of verdicts.
# shellcheck disable=SC2086 # a list of folders
expect 0 "$tidemark" merge --no-plots -o merged $shards
keys merged/results.json | diff whole.keys - || fail "the shards have other cells"
rows() { "$tidemark" report --markdown "$1" | sed -n '/<details>/q; /^|/p; /^###/p' | cut -d'|' -f1-2; }
rows whole/latest >whole.rows
rows merged | diff whole.rows - || fail "the merged report has other rows"
[ "$(jq '.machines | length' merged/results.json)" -eq 8 ] || fail "the machines are not told"
jq -e '.complete and (.plan | has("shard") | not)' merged/results.json >/dev/null ||
    fail "the merged run is still a shard, or incomplete"
expect 0 "$tidemark" compare whole/latest merged --memory-tolerance=1000 --time-tolerance=1000
says "Two runs"

# A shard has whole groups: every variant of a workload, or none.
for i in 1 2 3 4 5 6 7 8; do
    jq -e '[.records[] | {g: "\(.kind)/\(.workload)/\(.threads)/\(.round)/\(.idle)", v: .variant}]
        | group_by(.g) | all(length == 2)' "shard$i/latest/results.json" >/dev/null ||
        fail "shard $i separates variants"
done

# What is wrong is named.
expect 3 "$tidemark" merge --no-plots -o lacking shard1/latest shard2/latest shard4/latest
says "the run is incomplete; these shards are missing: 3, 5, 6, 7, 8"
expect 2 "$tidemark" merge --no-plots -o twice shard1/latest shard1/latest
says "shard 1 of 8 is named twice"
expect 2 "$tidemark" merge --no-plots -o none whole/latest
says "is not a shard"
run --output=other --shard=2/8 --scale=0.03
expect 2 "$tidemark" merge --no-plots -o other-plan shard1/latest other/latest
says "have different plans: their scale differ"
jq '.environment |= with_entries(if .key | startswith("sha256 of") then .value = "other" else . end)' \
    shard2/latest/results.json >other.json
expect 2 "$tidemark" merge --no-plots -o other-program shard1/latest other.json
says "measured different programs"
expect 2 "$tidemark" run --memory=any --shard=9/8
says "--shard takes I/N"
