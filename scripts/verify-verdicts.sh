#!/bin/sh
# What the verdicts of `tidemark compare` are worth, by experiment: how often it calls different
# what is the same, and how often it finds a slowdown or a retention of known size.
#     scripts/verify-verdicts.sh [--quick] [FOLDER]
# A pool of real runs is measured once: the reference, the reference again, and a variant each with
# 5 % and 1 % more work (timed rounds) or kept memory (memory rounds). The pool is cut into blocks of
# consecutive rounds, as many as a pull request's run would have. No round is in two blocks, so
# blocks are independent but for the hour; within a block the comparisons share the reference's
# rounds, as those of a run do. Exit code 1: a promise of docs/verdicts.md is not kept.
set -eu

pool=800 time_block=20 memory_block=10 enough=200
if [ "${1:-}" = --quick ]; then
    pool=100 enough=40
    shift
fi
bin=${TIDEMARK_BUILD:-build}/bin
folder=${1:-results/verify-verdicts}
faults=$bin/tidemark-faults
if ! [ -x "$faults" ]; then
    echo "verify-verdicts: there is no $faults; \`make test\` builds it" >&2
    exit 2
fi
rm -rf "$folder"
mkdir -p "$folder"

# measure NAME OPTIONS...: a run of the planted workload, as a baseline file.
measure() {
    name=$1
    shift
    "$bin/tidemark" run --workload="percent=$faults" --allocators=glibc --idle=0.1 --no-plots \
        --idle-drivers=dead --output="$folder/$name" "$@" >"$folder/$name.log" 2>&1 || {
        tail -n 5 "$folder/$name.log" >&2
        exit 3
    }
    "$bin/tidemark" baseline take "$folder/$name/latest" -o "$folder/$name" >>"$folder/$name.log"
}
measure pilot --memory-rounds=5 --timed-rounds=0
footprint=$(jq '[.series[] | select(.measure == "dead" and .variant == "glibc") | .rounds[]]
    | sort | .[2]' "$folder/pilot/default.json")
kib() { awk -v f="$footprint" -v p="$1" 'BEGIN { printf "%.0f", f * p / 100 / 4096 * 4 }'; }
echo "measuring $pool rounds of each kind" >&2
measure memory --memory-rounds="$pool" --timed-rounds=0 \
    --allocator="five=glibc,PLANTED_KIB=$(kib 5)" --allocator="one=glibc,PLANTED_KIB=$(kib 1)"
measure time --memory-rounds=0 --timed-rounds="$pool" \
    --allocator="five=glibc,PLANTED_WORK=5" --allocator="one=glibc,PLANTED_WORK=1"

# cut NAME SIZE: blocks NAME-0.json ..., each said to be a run of its own.
cut_pool() {
    block=0
    while [ $(((block + 1) * $2)) -le "$pool" ]; do
        jq --argjson first $((block * $2)) --argjson size "$2" \
            '.run.seed = "block \($first)" | .series[].rounds |= .[$first:$first + $size]' \
            "$folder/$1/default.json" >"$folder/$1-$block.json"
        block=$((block + 1))
    done
}

# judge KIND MEASURE TOLERANCE A B [OPTIONS]: appends "KIND MEASURE VERDICT P" for each row of the
# measure. The reference's own time is 1 by definition and no row.
judge() {
    kind=$1 measure=$2 tolerance=$3
    shift 3
    code=0
    "$bin/tidemark" compare --markdown --time-tolerance="$tolerance" \
        --memory-tolerance="$tolerance" "$@" >"$folder/judged" || code=$?
    [ $code -le 1 ] || { cat "$folder/judged" >&2; exit 3; }
    awk -F' *[|] *' -v kind="$kind" -v measure="$measure" '
        /Every comparison/ { whole = 1 }
        whole && $2 ~ /^percent on/ && index($3, measure) == 1 && !(measure == "time" && $2 ~ /on glibc,/) {
            print kind, measure, $6, $7 }' "$folder/judged" >>"$folder/verdicts"
}

: >"$folder/verdicts"
for measure in time dead; do
    name=memory size=$memory_block
    [ $measure = dead ] || { name=time size=$time_block; }
    cut_pool $name $size
    last=$((pool / size - 1))
    for block in $(seq 0 $last); do
        file=$folder/$name-$block.json
        judge pairs-A/A "$measure" 2 "$file" --between=glibc,glibc:A/A
        judge planted-5% "$measure" 2 "$file" --between=glibc,five
        judge planted-1% "$measure" 0.5 "$file" --between=glibc,one
        [ $((block % 2)) -eq 0 ] || judge runs-A/A "$measure" 2 "$folder/$name-$((block - 1)).json" "$file"
    done
done

awk -v enough="$enough" -f "$(dirname "$0")/verdict-rates.awk" "$folder/verdicts"
