#!/bin/sh
# The functions of real mimallocs, v2 and v3, are told by what they do, where the set-up has built their archives.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
unset TMPDIR # it may be in memory
archives=$BIN/../allocators/conformance/lib
{ command -v cc >/dev/null && [ -f "$archives/mimalloc2.a" ] && [ -f "$archives/mimalloc3.a" ]; } ||
    skip "the archives of mimalloc are not here; allocators/conformance/archives.sh builds them"

# addon ARCHIVE [UNKNOWN]: as addon.node, stripped.
addon() {
    cc ${2:+-DUNKNOWN="$2"} -O2 -fPIC -fno-plt -shared -s -o addon.node "$HERE/../transplant/mimalloc.c" \
        "$archives/$1.a" -Wl,--no-relax,-z,now,--exclude-libs,ALL -pthread
}

for name in mimalloc2 mimalloc3; do
    addon $name
    expect 0 env MIMALLOC_SHOW_STATS=1 "$BIN/host" ./addon.node
    grep -q 'reserved *: *[1-9]' out || fail "$name does not say what it has reserved"
    expect 0 env MIMALLOC_SHOW_STATS=1 "$tidemark" transplant -- "$BIN/host" ./addon.node
    says "runs on malloc"
    says "1 calls of its own"
    ! grep 'reserved *: *[1-9][0-9.]* [MG]' out | grep -qv '2\.[0-9] MiB' || fail "$name is still at work"
    # a function for which nothing stands in: it moves many, or it hands out only small ones
    for unknown in 'mi_reallocn(mi_malloc(10), 8, 500)' 'mi_malloc_small(100)'; do
        addon $name "$unknown"
        expect 3 "$tidemark" transplant -- "$BIN/host" ./addon.node
        says "cannot be transplanted and ran as it is: code in it also calls functions of its mimalloc"
        says "1 calls of its own"
    done
done
