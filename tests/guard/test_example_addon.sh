#!/bin/sh
# examples/rust-addon: the addon whose allocator no longer gives back at once is red, by the allocators' memory. And so
# is one that is built on mimalloc v3 where it was on ebb, by libebb-mi.a: the worker threads are parked.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"

build=$(dirname "$BIN")
mimalloc=$build/allocators/conformance/lib/mimalloc3.a
command -v node >/dev/null || skip "there is no node"
rustc --version >/dev/null 2>&1 || skip "there is no rustc"
[ -f "$mimalloc" ] || skip "mimalloc v3 cannot be had (archives.tsv says why)"
export MIMALLOC_ARCHIVE="$mimalloc"

git init -q .
cp -r "$HERE/../../examples/rust-addon/." .
printf 'verdict\nout\ntrees/\n' >>.gitignore
mkdir trees
commit good
echo "// of no matter" >>app.mjs
commit same
sed -i 's/PURGE_DELAY_MS: c_long = 0/PURGE_DELAY_MS: c_long = 1000/' addon.rs
commit bad

guard 0 compare --trees trees good same
headline '^(SAME|NO CHANGE SEEN)'
guard 1 compare --trees trees same bad
headline "^WORSE: addon, 2 s idle: .*: allocators' memory \+[0-9]+ MiB"

# another allocator: each commit's set-up links its own
jq --arg build "$build" '.scenarios[0].setup =
    "MIMALLOC_ARCHIVE=\($build)/$(cat archive) sh build.sh"' tidemark.json >file
mv file tidemark.json
echo allocators/ebb/libebb-mi.a >archive
commit ebb
echo "${mimalloc#"$build/"}" >archive
commit mimalloc
guard 1 compare --trees trees ebb mimalloc
headline "^WORSE: addon, 2 s idle: .*: allocators' memory \+[0-9]+ MiB"
guard 0 compare --trees trees mimalloc ebb
headline "^BETTER: addon"
