#!/bin/sh
# A library whose allocator's shims the compiler has dissolved is moved by what its functions do, wholly or
# not at all.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
unset TMPDIR # it may be in memory
library=$BIN/../lib

# The control: as it is, it is its own allocator that is called.
expect 0 "$BIN/host" "$library/dissolved.node"
says "calls of its own"
says_not "^0 calls of its own"

# Moved: not one call, not even its constructor's. Its neighbour that never comes back is no obstacle, and its
# attempt to remove a file fails.
: >victim
expect 0 "$tidemark" transplant --check "$library/dissolved.node"
says "mimalloc is inside, without shims; when a program loads the file, transplant tries "
expect 0 "$tidemark" inspect "$library/dissolved.node"
says "finds the allocator's functions as it tries them"
expect 0 "$tidemark" transplant -- "$BIN/host" "$library/dissolved.node"
grep -qx '0 calls of its own' out || fail "its own allocator is still called"
says "runs on malloc"
[ -e victim ] || fail "what was tried has removed a file"
expect 0 "$tidemark" record -o host.trace -- "$tidemark" transplant -- "$BIN/host" "$library/dissolved.node"
"$BIN/dump" host.trace >calls
for wanted in "1000 aligned [0-9]* 1234 64" "1000 calloc [0-9]* 2345 0" "1000 aligned [0-9]* 3456 64" \
    "1 malloc [0-9]* 4321 0"; do
    found=$(grep -c " ${wanted#* }\$" calls || true)
    [ "$found" -eq "${wanted%% *}" ] || fail "$found records of: ${wanted#* }"
done

# Its zeroed memory is not zero: the four are not complete. It then aborts by it, as it is.
expect 3 "$tidemark" transplant -- "$BIN/host" "$library/dissolved-broken.node"
says "no functions near its mimalloc do what malloc, calloc, realloc and free do"
# Its fast path is in 41 other places, too: seen in the file, before it runs.
expect 0 "$BIN/host" "$library/dissolved-inlined.node"
own=$(cat out)
expect 3 "$tidemark" transplant -- "$BIN/host" "$library/dissolved-inlined.node"
says "fast paths are inlined into their callers: 41 places call the slow ones"
says "cannot be transplanted and ran as it is"
grep -qx "$own" out || fail "a library that was refused did not run as it is"
# ... or in one place, that runs as it is loaded: seen when a copy is loaded in another process.
expect 3 "$tidemark" transplant -- "$BIN/host" "$library/dissolved-early.node"
says "its own allocator is still at work when its functions are replaced"
says_not "^0 calls of its own"
# ... or in one place, which no count tells from chance: seen when a block of it is to be freed.
expect 3 "$tidemark" transplant -- "$BIN/host" "$library/dissolved-foreign.node"
says "ran on malloc and on its own allocator: blocks of its own allocator were to be freed"
expect 3 "$tidemark" watch --hide-output --no-plots --until 'calls of its own' --command \
    "row='$tidemark' transplant -- '$BIN/host' '$library/dissolved-foreign.node' stay; true"
says "not-transplanted"
