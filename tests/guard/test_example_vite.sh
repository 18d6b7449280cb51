#!/bin/sh
# examples/vite-plugin-leak: the plugin that keeps what it transformed is red, by JavaScript's heap. vite is the one
# that `make bench-real` has installed, not that of `npm ci`.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"

real=$HERE/../../scripts/real
packages=$(dirname "$BIN")/real
command -v node >/dev/null || skip "there is no node"
if ! [ -d "$packages/node_modules/vite8-latest" ] || ! cmp -s "$real/package-lock.json" "$packages/installed.json"; then
    skip "the npm packages are not installed; \`scripts/real/real.sh setup\` does that"
fi
pinned=$(jq -r '.dependencies["vite8-latest"]' "$real/package.json")
[ "npm:vite@$(jq -r .devDependencies.vite "$HERE/../../examples/vite-plugin-leak/package.json")" = "$pinned" ] ||
    fail "the example pins another vite than scripts/real"

git init -q .
cp -r "$HERE/../../examples/vite-plugin-leak/." .
rm -rf node_modules src
jq --arg packages "$packages/node_modules" '.scenarios[0].setup =
    "mkdir node_modules && ln -s \($packages)/vite8-latest node_modules/vite && node generate.mjs"' tidemark.json >file
mv file tidemark.json
printf 'verdict\nout\ntrees/\n' >>.gitignore
mkdir trees
commit good
echo "// of no matter" >>visit.mjs
commit same
git apply leak.patch
commit bad

guard 1 compare --trees trees same bad
headline '^WORSE: dev server, 5 s idle: .*JavaScript heap \(V8\) \+[0-9]+ MiB'
# the control: of two that are the same nothing is called worse, however noisy the machine
code=0
"$tidemark" guard compare --trees trees --budget-minutes 1 good same >verdict 2>out || code=$?
[ $code -eq 0 ] || [ $code -eq 3 ] || fail "exit code $code where nothing changed"
headline '^(SAME|NO CHANGE SEEN|BETTER|COULD NOT HAVE SEEN IT)'
