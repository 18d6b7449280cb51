#!/bin/sh
# make bench-real: the generated application is the same each time, bad settings are told, and,
# where the packages are installed already (by `make bench-real`), a small run of a dev server and
# a build, whose memory in Go's heap is known as such.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

real=$HERE/../../scripts/real
build=$(dirname "$BIN")
command -v node >/dev/null || skip "node is not installed"

sum_of() {
    (cd "$1" && find . -type f -exec cksum {} + | sort -k 3 | cksum)
}
expect 0 node "$real/generate.mjs" one 60
says "generated 60 components on 3 pages"
expect 0 node "$real/generate.mjs" two 60
[ "$(sum_of one)" = "$(sum_of two)" ] || fail "the same size gives another application"
expect 0 node "$real/generate.mjs" three 80
[ "$(sum_of one)" != "$(sum_of three)" ] || fail "another size gives the same application"
for file in one/src/main.js one/src/page2/Component59.js; do
    expect 0 node --input-type=module --check <"$file"
done
expect 2 node "$real/generate.mjs" four 3
expect 0 node "$real/generate.mjs" five 80 3 # for Next.js: each page belongs to one route
[ "$(sed -n 's/^import Page\([0-9]*\) .*/\1/p' five/app/p[123]/page.jsx | sort | tr '\n' ' ')" = "0 1 2 3 " ] ||
    fail "the routes do not share the pages"
expect 0 node --input-type=module --check <five/next.config.mjs
expect 2 node "$real/generate.mjs" six 80 5
says "ROUTES"

# What is started with this contacts no other machine.
expect 1 node --import "$real/loopback.mjs" -e 'fetch("http://elsewhere.example/")'
says "ENOTFOUND elsewhere.example"
expect 0 node --import "$real/loopback.mjs" -e 'require("dns").lookup("localhost", (error, address) => process.exit(error ? 1 : 0))'

export TIDEMARK_BUILD="$build"
expect 2 sh "$real/real.sh" nonsense
says 'there is no part "nonsense"; the parts are: vite serve next build variants times replay tokenizers tools addons'
expect 2 sh "$real/real.sh" vite,nonsense
says_not "about"
if ! [ -d "$build/real/node_modules" ] || ! cmp -s "$real/package-lock.json" "$build/real/installed.json"; then
    skip "the npm packages are not installed; \`make bench-real\` does that"
fi
expect 2 env VISIT=crawl SERVERS=nonsense sh "$real/real.sh" serve
says "there is no nonsense"

expect 0 env SIZE=40 IDLE=0.5 SERVERS=vite7 VISIT=crawl OUTPUT="$PWD/results" sh "$real/real.sh" serve
says "crawled"
grep -Eq '^  esbuild +[0-9]' out || fail "vite's second process has no row"
says "Go heap"
expect 0 env SIZE=40 IDLE=0.5 TOOLS="esbuild rollup" BUILDS=2 OUTPUT="$PWD/results" sh "$real/real.sh" build
says "build 1"
grep -Eq "^  \* esbuild.* is Go's garbage-collected heap" out || fail "Go's heap is not told"
grep -Eq "^  \* rollup.* is V8's garbage-collected heap" out || fail "V8's heap is not told"
