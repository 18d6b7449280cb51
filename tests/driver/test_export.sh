#!/bin/sh
# Exports, each read by something else than what wrote it.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

"$tidemark" run --memory=any --workload="retain=$faults" --allocators=glibc --no-plots \
    --allocator='odd"name\=glibc' --rounds=3 --idle=0.1 >/dev/null 2>&1 && fail "an odd name was taken"
expect 0 "$tidemark" run --memory=any --workload="retain=$faults" --allocators=glibc --no-plots \
    --allocator="subject=glibc,PLANTED_MIB=8" --rounds=3 --idle=0.1
write() { "$tidemark" export --format="$1" >"$1.txt" || fail "no $1"; }
for format in csv bmf github-action-benchmark; do
    write $format
done
footprint=$(jq '[.records[] | select(.kind == "memory" and .variant == "subject" and .idle == "dead")
    | .samples[-1].footprint] | sort | .[1]' results/latest/results.json)

# CSV, by SQLite's reader: 3 variants x (time, system, peak, footprint, PSS and page faults after dead and collect) x 3
# rounds
tr -d '\r' <csv.txt >plain.csv
[ "$(sqlite3 :memory: -cmd '.import --csv plain.csv t' 'SELECT count(*) FROM t')" -eq 81 ] ||
    fail "CSV lacks rows"
[ "$(sqlite3 :memory: -cmd '.import --csv plain.csv t' "SELECT CAST(value AS INTEGER) FROM t WHERE
    variant = 'subject' AND measure = 'dead' ORDER BY CAST(value AS INTEGER) LIMIT 1 OFFSET 1")" \
    = "$footprint" ] || fail "CSV has another footprint"
# Each round that has no value says why: it failed, or its reference did.
jq '(.records[] | select(.kind == "timed" and .round < 3 and .variant == (if .round == 1 then "glibc" else "subject" end)))
        |= (.status = "failed" | .fault = "planted-\(.round)")
    | (.records[] | select(.kind == "timed" and .round == 3 and .variant == "subject")) |= (.status = "failed" | .fault = "other")' \
    results/latest/results.json >failed.json
expect 0 "$tidemark" export --format=csv failed.json
[ "$(grep '^time,retain,"subject"' out | cut -d, -f 8 | tr -d '\r' | tr '\n' ' ')" = "the reference failed planted-2 other " ] ||
    fail "rounds without a value do not say why"

# Bencher Metric Format: benchmark -> measure -> numbers, as its documentation has it
jq -e 'type == "object" and length == 3 and all(.[]; type == "object" and length == 9 and
    all(.[]; (keys == ["lower_value", "upper_value", "value"]) and all(.[]; type == "number") and
        .lower_value <= .value and .value <= .upper_value))' bmf.txt >/dev/null || fail "malformed BMF"
jq -e --argjson f "$footprint" '.["retain/subject/4"]["dead-bytes"].value == $f' bmf.txt \
    >/dev/null || fail "BMF has another footprint"

# github-action-benchmark: an array of name, unit, value, and texts
jq -e 'type == "array" and length == 27 and ([.[].name] | unique | length == 27) and
    all(.[]; (.name | type == "string") and (.unit == "bytes" or .unit == "ratio" or .unit == "count") and
        (.value | type == "number") and (.range | type == "string") and (.extra | type == "string"))' \
    github-action-benchmark.txt >/dev/null || fail "malformed customSmallerIsBetter"

expect 2 "$tidemark" export
says "say which format"
expect 2 "$tidemark" export --format=xml
says 'there is no format "xml"'
