#!/bin/sh
# The page in a browser: 365 nights of the default profile, a baseline, and a run. Each check has a control.
# shellcheck source=lib.sh
. "$HERE/../site/lib.sh"

command -v node >/dev/null || skip "node is not there"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "chromium is not there"

node "$site/nights.mjs" "$site/../../results/baseline/default.json" 365 nights
"$tidemark" history import -d h.sqlite $(seq -f 'nights/%g.json' 365) >/dev/null || fail "the nights are no history"
"$tidemark" run --memory=any --profile=quick --workloads=churn,handoff --scale=0.02 --idle=0.2 --memory-rounds=2 \
    --timed-rounds=2 --no-plots --output=run >/dev/null 2>&1 || fail "no run"
began=$(date +%s%3N)
expect 0 "$tidemark" site -o site --history=h.sqlite nights/364.json nights/365.json
echo "written in $(($(date +%s%3N) - began)) ms"
cp -r site nights-only
"$tidemark" site -o site --history=h.sqlite nights/365.json run/latest >out 2>&1 || fail "no site"

# Less than 500 KB.
bytes() {
    find "$1" -type f -exec cat {} + | wc -c
}
is_small() {
    [ "$(bytes "$1")" -lt 500000 ]
}
echo "$(bytes site) and $(bytes nights-only) bytes"
is_small site || fail "the site has $(bytes site) bytes"
is_small nights-only || fail "the site has $(bytes nights-only) bytes"
cp -r site fat
head -c 200000 /dev/zero >fat/more
is_small fat && fail "a fat site passes for a small one"

# check CODE FILE CHECK [FIGURES]
check() {
    wanted=$1
    shift
    code=0
    node "$site/check.mjs" "$browser" "$@" >out 2>&1 || code=$?
    [ "$code" -eq "$wanted" ] || fail "$2 of $1: exit code $code instead of $wanted"
    head -n 1 out
}

check 0 site/index.html links
"$tidemark" site -o run-only nights/365.json run/latest >/dev/null || fail "no small site"
sed 's|\[.#/., .Overview.\]|["#/", "Overview"], ["#/nowhere", "Nowhere"]|' run-only/index.html >broken.html
check 0 run-only/index.html links
check 1 broken.html links
says "#/nowhere leads nowhere"

# Four nights of every series, as the history has them.
sqlite3 -json h.sqlite "SELECT measure, workload, threads, variant, run AS night, median / unit AS value, most / unit AS most
    FROM (SELECT *, max(median) OVER (PARTITION BY series) AS most,
            CASE WHEN measure LIKE '%faults' OR measure IN ('time', 'system') THEN 1.0 ELSE 1048576.0 END AS unit
        FROM value JOIN series ON series.id = series) WHERE run IN (1, 199, 200, 365)" >figures.json
[ "$(jq length figures.json)" -eq $((4 * $(sqlite3 h.sqlite 'SELECT count(*) FROM series'))) ] || fail "figures are missing"
check 0 site/index.html values figures.json
jq '.[:200] | .[123].value *= 1.01' figures.json >other.json
check 1 site/index.html values other.json
[ "$(grep -c 'the page says' out)" -eq 1 ] || fail "not one value is wrong"

# The front of a baseline alone: what compare says of its allocators.
"$tidemark" site -o baseline "$site/../../results/baseline/default.json" >/dev/null || fail "no site of a baseline"
for variant in jemalloc mimalloc2 mimalloc3 ebb glibc:A/A; do
    "$tidemark" compare "$site/../../results/baseline/default.json" --between=glibc,$variant >out || [ $? -eq 1 ] || fail "no comparison"
    sed -nE "s/^  all workloads on [^ ]*, 4 threads +(time|peak|dead footprint|collect footprint)  .*  ([0-9.]+) \\[([0-9.]+), ([0-9.]+)\\] .*/\\1|\\2|\\3|\\4/p" out |
        awk -F'|' -v v=$variant '{ printf "{\"measure\": \"%s\", \"variant\": \"%s\", \"values\": [%s, %s, %s]}\n", $1, v, $2, $3, $4 }'
done | jq -s . >front.json
[ "$(jq length front.json)" -eq 20 ] || fail "there are $(jq length front.json) figures of the baseline"
check 0 baseline/index.html front front.json
jq '.[3].values[1] += 0.02' front.json >other.json
check 1 baseline/index.html front other.json
says "the front says"

"$tidemark" watch --until ready --idle 0.1 -o watched -- sh -c 'echo ready; exec sleep 9' >out 2>&1 || fail "nothing is watched"
"$tidemark" site -o watched-site watched/latest-watch >/dev/null || fail "no site of a watched run"
check 0 watched-site/index.html lacks
check 1 baseline/index.html lacks

# The history's reference, not that of a run of another kind beside it.
"$tidemark" site -o beside --history=h.sqlite watched/latest-watch >/dev/null || fail "no site of nights and a watched run"
echo '["glibc"]' >reference.json
check 0 beside/index.html reference reference.json
sed 's/(history || newest.facts).reference/newest.facts.reference/' beside/index.html >other.html
check 1 other.html reference reference.json
says "the front is not relative to glibc"
says "ratios are to"

# Runs by their names; the paths are tooltips.
echo '["nights/365.json", "run/latest"]' >paths.json
check 0 site/index.html runs paths.json
sed 's/const runName = run => .*/const runName = run => run.name;/' site/index.html >pathy.html
check 1 pathy.html runs paths.json
says "names a run by its path"

check 0 site/index.html narrow
sed 's|</head>|<style>main { min-width: 30rem; }</style></head>|' site/index.html >wide.html
check 1 wide.html narrow
says "pixels wide"
sed 's/const width = Math.min(640, .*/const width = 640;/' site/index.html >small.html
check 1 small.html narrow
says "letters that nobody can read"

check 0 site/index.html requests
sed 's|<body>|<body><img src="http://127.0.0.1:9/x.png" alt="">|; s|content="default-src.*|content="">|' site/index.html >asking.html
check 1 asking.html requests
says "the page asks for http://127.0.0.1:9/x.png"

check 0 site/index.html names
sed 's|<body>|<body><button></button>|' site/index.html >nameless.html
check 1 nameless.html names
says "something without a name: <button></button>"

check 0 site/index.html keys
sed "s/if (picked !== null/if (false/" site/index.html >deaf.html
check 1 deaf.html keys
says "two nights picked by keys lead to"

check 0 site/index.html time
grep ready out
sed 's|^<script>$|<script>for (const begin = performance.now(); performance.now() < begin + 600;);|' site/index.html >slow.html
check 1 slow.html time
