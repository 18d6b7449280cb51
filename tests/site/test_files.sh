#!/bin/sh
# What `tidemark site` writes, and what it says where it cannot.
# shellcheck source=lib.sh
. "$HERE/../site/lib.sh"

expect 2 "$tidemark" site results
says "say where to write the site: -o FOLDER"
expect 2 "$tidemark" site -o folder
says "name a run, or --history=FILE"
expect 2 "$tidemark" site -o folder no-such-run
says "no-such-run is neither a run nor a baseline"
expect 2 "$tidemark" site -o folder --history=no-such.sqlite
says "there is no history at no-such.sqlite"

small_run --seed=1 >/dev/null 2>&1
expect 0 "$tidemark" site -o folder results/latest
says "site: folder/index.html"
[ -s folder/index.html ] || fail "there is no page"
grep -q "Permission is hereby granted, free of charge" folder/index.html || fail "uPlot's licence is not there"
expect 0 "$tidemark" history import -d h.sqlite results/latest
expect 2 "$tidemark" site -o folder --history=h.sqlite --kind=7
says "the history has no run of kind 7"
expect 2 "$tidemark" history import -d empty.sqlite no-such-run
expect 2 "$tidemark" site -o folder --history=empty.sqlite
says "the history is empty"

# A workload that comes or goes leaves the totals of the other nights as they are.
committed=$site/../../results/baseline/default.json
jq '.run.seed = "2" | del(.series[] | select(.workload == "churn"))' "$committed" >fewer.json
expect 0 "$tidemark" history import -d nights.sqlite "$committed" fewer.json "$committed"
expect 0 "$tidemark" site -o nights --history=nights.sqlite
sed -n 's|.*type="application/json">\(.*\)</script>|\1|p' nights/index.html |
    jq -e '[.history.lines[] | select(.[1] == "") | .[5]] | length > 0 and all(contains(" ") | not)' >/dev/null ||
    fail "a night has no total"

# A text cannot end the script that it stands in. (A workload of a run has no slash in its name.)
jq '.environment.cpu = "</script>"' results/latest/results.json >odd.json
expect 0 "$tidemark" site -o odd odd.json
[ "$(grep -c '</script>' odd/index.html)" -eq "$(grep -c '</script>' folder/index.html)" ] || fail "a text ends the script"
grep -q 'u003c/script>' odd/index.html || fail "the text is not on the page"

# The badge: grey without bounds, green within them, red beyond.
badge() { # COLOUR MESSAGE
    expect 0 "$tidemark" site -o folder results/latest --subject=glibc "--bounds=$3"
    jq -e --arg colour "$1" --arg message "$2" '.schemaVersion == 1 and .label == "glibc, idle" and .color == $colour
        and (.message | test($message))' folder/badge.json >/dev/null || fail "the badge is $(cat folder/badge.json)"
}
echo '{"schema": "tidemark-bounds", "schema_version": 1, "bounds": []}' >none.json
badge lightgrey '^[0-9.]+ x page floor$' none.json
"$tidemark" bounds --bounds=held.json --add=glibc results/latest >/dev/null || fail "no bounds"
badge brightgreen '^[0-9.]+ x page floor$' held.json
jq '.bounds |= map(.floor_factor = 0 | .plus_mib = 0.001)' held.json >over.json
badge red 'over a bound$' over.json
expect 0 "$tidemark" site -o folder results/latest
jq -e '.message == "not measured" and .color == "lightgrey"' folder/badge.json >/dev/null || fail "ebb was measured"

# The page knows no measure by name: a new one needs no change there. (Parts of a footprint are no measures.)
names() { # SCRIPT
    sed -n 's/^MEASURE([A-Z0-9_]*, "\([a-z0-9-][a-z0-9-]*\)", .*, \(TIMED\|ONCE\|IDLE\), .*/\1/p' \
        "$site/../../harness/results/measures.def" >measures
    [ "$(wc -l <measures)" -ge 5 ] || fail "measures.def has too few measures"
    while read -r name; do
        ! grep -nE "['\"\`]${name}['\"\`]" "$1" || return 1
    done <measures
}
names "$site/../../harness/site/page/site.js" >out || fail "the page's script names a measure"
echo "if (m === 'peak') return;" >naming.js
names naming.js && fail "a script that names one passes"

# Without the library that draws there is no page, and what to do is said.
mkdir -p bare/bin bare/share/site
cp "$tidemark" bare/bin
cp "$BIN"/../share/site/* bare/share/site
rm bare/share/site/uPlot.iife.min.js
expect 3 bare/bin/tidemark site -o nothing results/latest
says "share/site/uPlot.iife.min.js cannot be read"
says "scripts/charts.sh"
[ ! -e nothing ] || fail "something was written"
cp "$BIN/../share/site/uPlot.iife.min.js" bare/share/site
expect 0 bare/bin/tidemark site -o something results/latest

# What is fetched is what was pinned: another hash is refused. (Where npm cannot fetch at all, this says nothing.)
mkdir -p tree/scripts tree/harness/site/page
cp "$site/../../scripts/charts.sh" tree/scripts
cp "$site"/../../harness/site/page/package*.json tree/harness/site/page
if TIDEMARK_BUILD=tree/build TIDEMARK_CACHE="$scratch/cache" sh tree/scripts/charts.sh >out 2>&1; then
    cmp -s tree/build/share/site/uPlot.iife.min.js "$BIN/../share/site/uPlot.iife.min.js" || fail "another uPlot was fetched"
    sed -i 's/"integrity": "sha512-..../"integrity": "sha512-AAAA/' tree/harness/site/page/package-lock.json
    rm -r cache
    expect 1 env TIDEMARK_BUILD=tree/build TIDEMARK_CACHE="$scratch/cache" sh tree/scripts/charts.sh
    says "npm cannot install uPlot"
fi
