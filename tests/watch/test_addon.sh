#!/bin/sh
# make bench-addon: the example addon in Rust is built offline; on ebb it is back at its floor, and on mimalloc v3,
# which gives nothing back while nobody calls it, the same judge says that it is not.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

real=$HERE/../../scripts/real
build=$(dirname "$BIN")
command -v node >/dev/null || skip "node is not installed"
cargo --version >/dev/null 2>&1 || "$HERE/../../scripts/debian-cargo.sh" "$build/real/rust" --version >/dev/null 2>why ||
    skip "there is no cargo, and Debian's cannot be had: $(cat why)"
[ -f "$build/allocators/conformance/lib/mimalloc3.a" ] || skip "mimalloc v3 cannot be had (archives.tsv says why)"

# Not after one second, for which a machine that also runs other tests may be too slow.
export TIDEMARK_BUILD="$build" OUTPUT="$PWD/results" MODULES=100 REPEAT=1 IDLE=4
expect 0 sh "$real/real.sh" addon
grep -Eq '^  ebb +1 of 1 .* yes$' out || fail "ebb is not said to be at the floor"
grep -Eq '^  mimalloc3 +1 of 1 .* NO$' out || fail "mimalloc is said to be at the floor"
# A floor that was missed, or not measured, is a failure.
expect 1 node "$real/floor.mjs" results/latest-watch/results.json idle@4s 4 mimalloc3
expect 1 node "$real/floor.mjs" results/latest-watch/results.json idle@4s 4 nobody
