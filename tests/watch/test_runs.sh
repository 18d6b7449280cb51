#!/bin/sh
# What is watched is a run like any other: compared, kept as a baseline, bounded, exported, merged.
# Planted amounts are told, and the same program twice is not.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

# watch FOLDER MIB [OPTION...]: three rounds of a program that holds so much.
watch() {
    output=$1 mib=$2
    shift 2
    expect 0 "$tidemark" watch --until ready --idle 0.1 --no-plots --hide-output --rounds 3 \
        --label held -o "$output" "$@" -- "$BIN/planted" anonymous="$mib"
}
headline() {
    head -n 1 out | grep -qE "$1" || fail "the first line is not \"$1\""
}

watch first 40
watch again 40
watch more 43
watch most 52

# the control: what is the same is not worse; then 5 to 30 % more, and less
expect 0 "$tidemark" compare first/latest-watch again/latest-watch
headline "^SAME: all 3 comparisons"
for run in more most; do
    expect 1 "$tidemark" compare first/latest-watch $run/latest-watch
    headline "^WORSE: held, as is: .* \\(40\.[0-9] -> [45][0-9]\.[0-9] MiB\\), and 2 more"
    grep -q "idle@0.1s anonymous, private  40.0 -> .* worse (decides nothing)" out || fail "whose memory grew is not told"
done
expect 0 "$tidemark" compare most/latest-watch first/latest-watch
headline "^BETTER: held"
# what is wanted is said to be too little where it is
expect 0 "$tidemark" compare first/latest-watch more/latest-watch --memory-tolerance=20
# other work is no comparison
expect 0 "$tidemark" watch --until ready --idle 0.1 --no-plots --hide-output --rounds 3 --interval 100 \
    --label held -o other -- "$BIN/planted" anonymous=40
expect 3 "$tidemark" compare first/latest-watch other/latest-watch
says "checksum: it did not do the same work as the first"
# one round of each cannot tell anything
expect 0 "$tidemark" watch --until ready --no-plots --hide-output --label held -o single -- \
    "$BIN/planted" anonymous=40
expect 3 "$tidemark" compare single/latest-watch single/latest-watch
headline "^COULD NOT HAVE SEEN IT"

# a failed round is a failure, and what it left behind no baseline
expect 3 "$tidemark" watch --until never --idle 0.1 --no-plots --hide-output --rounds 3 --label held -o failed -- false
expect 3 "$tidemark" compare first/latest-watch failed/latest-watch
headline "^FAILED: held, as is, peak: ended"
expect 3 "$tidemark" baseline take failed/latest-watch
says "cannot be a baseline: held, as is: failed (ended) in 3 rounds"

# two settings of one run
watch sweep 40 --sweep MALLOC_ARENA_MAX=1
expect 0 "$tidemark" compare sweep/latest-watch --between="as is,MALLOC_ARENA_MAX=1"
headline "^SAME"
says "3 pairs"

# baseline, bounds, history, export, report
expect 0 "$tidemark" baseline take first/latest-watch
says "results/baseline/watch.json: "
expect 0 "$tidemark" baseline show results/baseline/watch.json
says "held, as is, idle@0.1s footprint: 40."
expect 0 "$tidemark" compare --baseline again/latest-watch
expect 1 "$tidemark" compare --baseline more/latest-watch
expect 0 "$tidemark" bounds first/latest-watch --add="as is"
says "results/bounds.json: 2 added"
expect 0 "$tidemark" bounds again/latest-watch
says "held as is/held/idle@0.1s: 40."
expect 1 "$tidemark" bounds more/latest-watch
headline "VIOLATED as is/held/end: 43\.[0-9]+ MiB, [0-9.]+ MiB \\([0-9.]+ %\\) above the bound of 42\.[0-9]+ MiB\$"
for run in first more; do
    expect 0 "$tidemark" history import $run/latest-watch
done
expect 0 "$tidemark" history trend --plots=trend
says "held, as is, idle@0.1s footprint: 41."
ls trend/trend-idle@0.1s.svg >/dev/null || fail "no plot of the trend"
expect 0 "$tidemark" export --format=csv more/latest-watch
says 'idle@0.1s,held,"as is",0,3,'
expect 0 "$tidemark" report more/latest-watch
says "Whose memory: held"
expect 0 "$tidemark" report --markdown more/latest-watch
says "## tidemark: a program watched"
expect 2 "$tidemark" run --resume=more/latest-watch
says "it is a run of \`tidemark watch\`"

# parts on several machines
part() {
    expect 0 "$tidemark" watch --until ready --no-plots --hide-output --rounds 2 --sweep X=1 -o "shard$1" \
        --shard "$1/2" --command a="$BIN/planted anonymous=8" --command b="$BIN/planted anonymous=9"
}
part 1
part 2
expect 0 "$tidemark" merge --no-plots -o merged shard1/latest-watch shard2/latest-watch
says "b, X=1"
expect 3 "$tidemark" merge --no-plots -o half shard1/latest-watch
says "the run is incomplete; these shards are missing: 2"

# a file in another form, and names that would be taken for others
mkdir old
echo '{"schema": "tidemark-watch", "schema_version": 1, "records": []}' >old/results.json
for command in report "compare first/latest-watch" "baseline take" bounds "export --format=csv"; do
    # shellcheck disable=SC2086 # a command and its arguments
    expect 2 "$tidemark" $command old
    says "is not a result of tidemark"
done
expect 2 "$tidemark" watch --at x-v8=1 -- true
says "a checkpoint cannot be called x-v8"
expect 2 "$tidemark" watch --label a/b -- true
says "is not a label"
expect 2 "$tidemark" watch --shard 3/2 -- true
says "--shard takes I/N"
