#!/bin/sh
# Comparisons between runs: planted changes are found with their name and size, none is found
# where none is, and what must not be compared is not.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

# memory_run OUTPUT MIB [OPTIONS...]: a variant `subject` that keeps MIB after its work.
memory_run() {
    output=$1 mib=$2
    shift 2
    "$tidemark" run --workload="retain=$faults" --allocators=glibc --no-again --no-plots \
        --allocator="subject=glibc,PLANTED_MIB=$mib" --memory-rounds=8 --timed-rounds=0 \
        --idle=0.1 --idle-drivers=dead --output="$output" "$@" >/dev/null
}

memory_run first 8
memory_run again 8
memory_run worse 10

# A/A between two runs
expect 0 "$tidemark" compare first/latest again/latest
says "Two runs"
says_not WORSE
says "retain on subject, 4 threads"

# planted: 2 MiB more, named with its size; and the other way round it is better
expect 1 "$tidemark" compare first/latest worse/latest
head -n 1 out | grep -q "WORSE: retain on subject, 4 threads: .* MiB" ||
    fail "the first line does not name what got worse"
grep -qE 'retain on glibc, .* worse' out && fail "the unchanged variant is called worse"
expect 0 "$tidemark" compare worse/latest first/latest
head -n 1 out | grep -q "BETTER: retain on subject" || fail "the way back is not better"

# one run: pairs within rounds, and a file instead of its folder
expect 1 "$tidemark" compare first/latest/results.json --between=glibc,subject
says "One run: pairs within rounds"
says "8 pairs"
expect 0 "$tidemark" compare first/latest --between=subject,subject
head -n 1 out | grep -q "SAME: " || fail "a variant differs from itself"

# what did not change is a control, and where nothing did all is on trial
expect 1 "$tidemark" compare first/latest worse/latest
grep -qE "retain on glibc, .* control" out || fail "the unchanged variant is no control"
expect 0 "$tidemark" compare first/latest again/latest
says_not "control "

expect 1 "$tidemark" compare first/latest worse/latest --subject=subject
expect 2 "$tidemark" compare first/latest worse/latest --subject=nobody
says "no variant nobody"

# one changed cell among cells of others: found in two rounds, too, where it is large
"$tidemark" run --workload="retain=$faults" --allocators=glibc --no-again --no-plots \
    --allocator="subject=glibc,PLANTED_MIB=30" --rounds=2 --timed-rounds=0 --idle=0.1 \
    --idle-drivers=dead --output=few >/dev/null
expect 1 "$tidemark" compare first/latest few/latest

# time: ratios to the reference of the same round
time_run() {
    "$tidemark" run --workload="slow=$faults" --allocators=glibc --no-again --no-plots \
        --allocator="subject=glibc,PLANTED_MS=$2" --memory-rounds=0 --timed-rounds=8 \
        --output="$1" >/dev/null
}
time_run quick 0
time_run slow 300
expect 1 "$tidemark" compare quick/latest slow/latest
says "WORSE: slow on subject, 4 threads: time"
says "x reference"

# two rounds that differ could not have shown what is demanded: that is said, and is not "no change"
"$tidemark" run --workload="slow=$faults" --allocators=glibc --no-again --no-plots --memory=any \
    --allocator="subject=glibc,PLANTED_MS=1" --memory-rounds=0 --timed-rounds=2 --output=two >/dev/null
jq -c '.wall_s = if .variant == "glibc" then 1 elif .round == 1 then 1.06 else 0.97 end' \
    two/latest/cells.jsonl >told && cp told two/latest/cells.jsonl
expect 3 "$tidemark" compare two/latest --between=glibc,subject --detect=0.1
head -n 1 out | grep -q "could not have shown less than" || fail "what could not be seen is not said"

# a tolerance of one's own: 1000 % is more than was planted
expect 0 "$tidemark" compare --memory-tolerance=1000 first/latest worse/latest
says_not worse

# what did not measure the same is refused, with the reason
memory_run other 8 --scale=0.5
expect 2 "$tidemark" compare first/latest other/latest
says "scale is 1 in the first and 0.5 in the second"

# unlike environments: named, and bytes are not compared
sed 's/"kernel": "[^"]*"/"kernel": "Linux 9.9"/' first/latest/results.json >elsewhere.json
expect 3 "$tidemark" compare elsewhere.json worse/latest
says "NOTHING COMPARED"
says "kernel: Linux 9.9 against"
says "bytes are not compared between different environments"
sed 's/"kernel": "[^"]*"/"kernel": "Linux 9.9"/' quick/latest/results.json >faster.json
expect 1 "$tidemark" compare faster.json slow/latest
says "only times are compared"

# another checksum is another work: red, by that name
sed 's/"checksum": "[0-9a-f]*"/"checksum": "0123456789abcdef"/' worse/latest/results.json >forged.json
expect 3 "$tidemark" compare first/latest forged.json
head -n 1 out | grep -q "FAILED: retain on .*: checksum" || fail "a differing checksum is not named"

# a leak fails its cell, and a failed cell is no comparison
"$tidemark" run --workload="leak=$faults" --allocators=glibc --no-again --no-plots --rounds=1 \
    --timed-rounds=0 --idle=0.1 --idle-drivers=dead --output=leaky >/dev/null 2>&1 && fail "no leak"
sed 's/"status": "failed"/"status": "ok"/' leaky/latest/results.json >sound.json
expect 3 "$tidemark" compare sound.json leaky/latest
head -n 1 out | grep -q "FAILED: leak on glibc, 4 threads, .*: leak" || fail "a leak is not named"

# Markdown, and bad input
expect 1 "$tidemark" compare --markdown first/latest worse/latest
head -n 1 out | grep -q '^\*\*WORSE' || fail "no Markdown"
expect 2 "$tidemark" compare first/latest nowhere
says "git has no nowhere:./results/baseline"
