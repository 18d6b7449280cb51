#!/bin/sh
# Runs the conformance tests for allocators inside addons (docs/conformance.md) and prints, as Markdown, what came
# of each on each allocator, and what it took.
#
#     scripts/conformance.sh [ROUNDS]       (3; TIDEMARK_BUILD; the tests have to be built)
#
# Exit status 1 where ebb or a control has failed.
set -eu

rounds=${1:-3}
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${TIDEMARK_BUILD:-$here/build}" && pwd)
folder=$build/allocators/conformance
if [ ! -x "$folder/conformance-cell" ]; then
    echo "conformance: $folder holds no tests: \`make conformance\` builds them" >&2
    exit 2
fi
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT

# One at a time: what one cell takes is none of its neighbour's.
status=0
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    echo "conformance: round $round of $rounds" >&2
    rm -f "$folder"/results/*.tsv
    ctest --test-dir "$build" -L '^conformance$' >"$folder/results/ctest.log" 2>&1 || status=1
    cat "$folder"/results/*.tsv >>"$rows"
done
[ $status -eq 0 ] || sed -n '/tests FAILED/,/^Errors/p' "$folder/results/ctest.log" >&2

names() { # FILE
    sed -n 's/^\([a-z][a-z0-9_-]*\)[[:space:]].*/\1/p' "$1" | tr '\n' ' '
}
version() { # ALLOCATOR
    sed -n 's/^version \([0-9.]*\).*/\1/p' "$folder/results/$1.blocks.log" 2>/dev/null | head -n 1
}
allocators=$(names "$here/allocators/conformance/allocators.def")
versions=
for name in $allocators; do
    versions="$versions $(version "$name" | grep . || echo -)"
done

echo "$(uname -s) $(uname -r) $(uname -m), glibc $(getconf GNU_LIBC_VERSION | cut -d' ' -f2)," \
    "node $(node --version 2>/dev/null || echo absent), $(getconf _NPROCESSORS_ONLN) processors," \
    "$(date +%Y-%m-%d), \`scripts/conformance.sh $rounds\`."
awk -F '\t' -v allocators="$allocators" -v versions="$versions" \
    -v cases="$(names "$here/allocators/conformance/cases.def")" '
    function tidy(text) {
        gsub(/\/[^ ]*\//, "", text) # files are named without their folders
        gsub(/\|/, "\\|", text)
        return text
    }
    {
        key = $1 SUBSEP $2
        runs[key]++
        if ($3 == "passes") passes[key]++
        else if ($3 == "fails") {
            failures[key]++
            kind = tidy($4)
            gsub(/[0-9]+/, "#", kind) # rounds differ by amounts
            if (!((key, kind) in seen)) how[key] = how[key] (how[key] == "" ? "" : "; ") tidy($4)
            seen[key, kind] = 1
        }
        else { missing[key] = tidy($4) }
        if ($6 + 0 > peak[key] + 0) peak[key] = $6
        if ($7 != "-") { idles[key]++; idle[key] += $7 }
        if ($8 != "-") note[key] = $8
    }
    function result(key) {
        if (!(key in runs)) return ""
        if (key in missing) return "not applicable: " missing[key]
        text = failures[key] == 0 ? "passes" : "**fails**" (failures[key] < runs[key] ? \
            " " failures[key] " of " runs[key] : "") ": " how[key]
        return text (key in note ? " (" note[key] ")" : "")
    }
    function taken(key) {
        if (!(key in runs) || key in missing) return ""
        return sprintf("%d", peak[key] / 1024) (idles[key] ? sprintf(", %d", idle[key] / idles[key] / 1024) : "")
    }
    function table(first, cell,    i, j, line) {
        line = "| " first
        for (j = 1; j <= main; j++) line = line " | " shown[j]
        print "\n" line " |"
        line = "|---"
        for (j = 1; j <= main; j++) line = line "|---"
        print line "|"
        for (i = 1; i <= count; i++) {
            line = "| `" name[i] "`"
            for (j = 1; j <= main; j++)
                line = line " | " (cell == "result" ? result(allocator[j] SUBSEP name[i]) : taken(allocator[j] SUBSEP name[i]))
            print line " |"
        }
    }
    END {
        count = split(cases, name, " ")
        all = split(allocators, allocator, " ")
        split(versions, version, " ")
        for (j = 1; j <= all; j++)
            if (allocator[j] !~ /-defaults$/)
                shown[++main] = allocator[j] (version[j] == "-" ? "" : " " version[j])
        table("case", "result")
        print "\nThe peak of the largest process, in MiB. If the case asks for it, what is resident after a second of idleness follows:"
        table("case", "taken")
        print "\nBuilt at their defaults:\n"
        for (j = 1; j <= all; j++)
            for (i = 1; i <= count; i++)
                if (allocator[j] ~ /-defaults$/ && (allocator[j] SUBSEP name[i]) in runs)
                    print "* " allocator[j] ", `" name[i] "`: " result(allocator[j] SUBSEP name[i])
    }' "$rows" | sed 's/|  |/| |/g; s/|  |/| |/g'
exit $status
