#!/bin/sh
# Exports, each read by something else than what wrote it.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

"$tidemark" run --memory=any --workload="retain=$faults" --allocators=glibc --no-plots \
    --allocator='odd"name\=glibc' --rounds=3 --idle=0.1 >/dev/null 2>&1 && fail "an odd name was taken"
expect 0 "$tidemark" run --memory=any --workload="retain=$faults" --allocators=glibc --no-plots \
    --allocator="subject=glibc,PLANTED_MIB=8" --rounds=3 --idle=0.1
write() { "$tidemark" export --format="$1" >"$1.txt" || fail "no $1"; }
for format in csv bmf github-action-benchmark openmetrics; do
    write $format
done
footprint=$(jq '[.records[] | select(.kind == "memory" and .variant == "subject" and .idle == "dead")
    | .samples[-1].footprint] | sort | .[1]' results/latest/results.json)

# CSV, by SQLite's reader: 3 variants x (time, peak, dead, collect) x 3 rounds
tr -d '\r' <csv.txt >plain.csv
[ "$(sqlite3 :memory: -cmd '.import --csv plain.csv t' 'SELECT count(*) FROM t')" -eq 36 ] ||
    fail "CSV lacks rows"
[ "$(sqlite3 :memory: -cmd '.import --csv plain.csv t' "SELECT CAST(value AS INTEGER) FROM t WHERE
    variant = 'subject' AND measure = 'dead' ORDER BY CAST(value AS INTEGER) LIMIT 1 OFFSET 1")" \
    = "$footprint" ] || fail "CSV has another footprint"

# Bencher Metric Format: benchmark -> measure -> numbers, as its documentation has it
jq -e 'type == "object" and length == 3 and all(.[]; type == "object" and length == 4 and
    all(.[]; (keys == ["lower_value", "upper_value", "value"]) and all(.[]; type == "number") and
        .lower_value <= .value and .value <= .upper_value))' bmf.txt >/dev/null || fail "malformed BMF"
jq -e --argjson f "$footprint" '.["retain/subject/4"]["dead-footprint"].value == $f' bmf.txt \
    >/dev/null || fail "BMF has another footprint"

# github-action-benchmark: an array of name, unit, value, and texts
jq -e 'type == "array" and length == 12 and ([.[].name] | unique | length == 12) and
    all(.[]; (.name | type == "string") and (.unit == "bytes" or .unit == "ratio") and
        (.value | type == "number") and (.range | type == "string") and (.extra | type == "string"))' \
    github-action-benchmark.txt >/dev/null || fail "malformed customSmallerIsBetter"

# OpenMetrics: a strict reading of the parts of its grammar that are used; and where Python's
# prometheus_client is installed, its reference parser too.
strict() {
    awk '
    function bad(why) { print FILENAME ":" FNR ": " why; failed = 1; exit 1 }
    ended { bad("text after # EOF") }
    /^# EOF$/ { ended = 1; next }
    /^# TYPE [a-z_]+ gauge$/ { if ($3 in seen) bad("a family twice"); seen[$3]; family = $3; next }
    /^# UNIT [a-z_]+ [a-z]+$/ { if ($3 != family || $3 !~ ("_" $4 "$")) bad("unit is no suffix"); next }
    /^# HELP [a-z_]+ [^\\]+$/ { if ($3 != family) bad("help of another family"); next }
    /^[a-z_]+\{([a-z]+="([^"\\]|\\["\\n])*",?)+\} [0-9.e+-]+$/ {
        if (substr($0, 1, index($0, "{") - 1) != family) bad("a sample of another family")
        labels = substr($0, 1, index($0, "} "))
        if (labels in samples) bad("a sample twice"); samples[labels]; n++; next }
    { bad("no line of the format: " $0) }
    END { if (!failed && !ended) bad("no # EOF"); if (!failed && n == 0) bad("no samples"); exit failed }' "$1"
}
strict openmetrics.txt || fail "malformed OpenMetrics"
grep -v EOF openmetrics.txt >cut.txt
strict cut.txt >/dev/null && fail "the strict reader takes a cut text"
sed '4p' openmetrics.txt >twice.txt
strict twice.txt >/dev/null && fail "the strict reader takes a sample twice"
grep -qF "at=\"dead\",figure=\"median\"} $footprint" openmetrics.txt ||
    fail "OpenMetrics has another footprint"
if /usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
    /usr/bin/python3 -c 'import sys, prometheus_client.openmetrics.parser as p
families = list(p.text_string_to_metric_families(sys.stdin.read()))
assert sum(len(f.samples) for f in families) == 36, families' <openmetrics.txt ||
        fail "prometheus_client does not take the OpenMetrics text"
fi

expect 2 "$tidemark" export
says "say which format"
expect 2 "$tidemark" export --format=xml
says 'there is no format "xml"'
