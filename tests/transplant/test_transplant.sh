#!/bin/sh
# A library with an allocator linked in runs on malloc, wholly or not at all.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
unset TMPDIR # it may be in memory
library=$BIN/../lib

# The control: as it is, it is its own allocator that is called.
expect 0 "$BIN/host" "$library/addon.node"
says "calls of its own"
says_not "0 calls of its own"
own=$(cat out)

# Transplanted: not one call, by shim, address or directly, not even its constructor's.
expect 0 "$tidemark" transplant --check "$library/addon.node"
says "alloc_zeroed"
expect 0 "$tidemark" transplant -- "$BIN/host" "$library/addon.node"
grep -qx '0 calls of its own' out || fail "its own allocator is still called"
says "runs on malloc"

# So it can be recorded: its calls are in the trace.
expect 0 "$tidemark" record -o host.trace -- "$tidemark" transplant -- "$BIN/host" "$library/addon.node"
"$BIN/dump" host.trace >calls
for wanted in "1000 aligned [0-9]* 1234 64" "1000 calloc [0-9]* 2345 0" "1000 aligned [0-9]* 3456 64" \
    "1000 malloc [0-9]* 567 0" "1 malloc [0-9]* 4321 0"; do
    found=$(grep -c " ${wanted#* }\$" calls || true)
    [ "$found" -eq "${wanted%% *}" ] || fail "$found records of: ${wanted#* }"
done

# It runs on another allocator where that is preloaded.
if "$tidemark" list --tsv allocators | awk -F '\t' '$1 == "jemalloc" && $4 == "ok" { f = 1 } END { exit !f }'; then
    expect 0 "$tidemark" transplant --allocator jemalloc -- "$BIN/host" "$library/addon.node"
    grep -qx '0 calls of its own' out || fail "its own allocator is still called"
fi

# What is no allocator, or cannot be found, runs as it is, whole, and that is said.
code=0
"$tidemark" transplant -- "$BIN/host" "$library/addon-shimless.node" >out 2>&1 || code=$?
[ $code -eq 3 ] || fail "exit code $code of a library that cannot be transplanted"
grep -qx "$own" out || fail "a library that was refused did not run as it is"
says "cannot be transplanted and ran as it is"
expect 3 "$tidemark" transplant --check "$library/addon-shimless.node"
says "cannot be transplanted"
# its unsound zeroing shows when the allocator is tried; the library itself then aborts by it
expect 3 "$tidemark" transplant -- "$BIN/host" "$library/addon-broken.node"
says "does not behave like one"
# its free is also called free: blocks that malloc did not make could come to it
expect 3 "$tidemark" transplant -- "$BIN/host" "$library/addon-exported.node"
says "exports names of its allocator"
# ... or code in it calls a fifth function: seen when its own allocator takes memory
expect 3 "$tidemark" transplant -- "$BIN/host" "$library/addon-mixing.node"
says "addon-mixing.node ran on malloc and on its own allocator"
expect 3 "$tidemark" transplant -- true
says "nothing was transplanted"

# The trial neither forks the program nor waits for ever, whatever signals that blocks.
expect 0 "$tidemark" transplant -- "$BIN/host" "$library/addon.node" forkless
expect 3 timeout 60 "$tidemark" transplant -- "$BIN/host" "$library/addon-hanging.node" deaf
says "did not return"
says "calls of its own"
expect 3 "$tidemark" transplant -- "$BIN/host" "$library/addon.node" careless
says "the program ignores SIGCHLD"

# "Runs on malloc" is said of a copy that was loaded; one that cannot be, since what it needs is
# beside the original, leaves the program with that.
expect 0 "$BIN/host" "$library/beside/addon-needing.node"
expect 3 "$tidemark" transplant -- "$BIN/host" "$library/beside/addon-needing.node"
says "calls of its own"
says_not "runs on malloc"
says "its patched copy could not be loaded: libneeded.so"

# Copies in memory would count as the program's.
if [ "$(stat -f -c %T /dev/shm)" = tmpfs ]; then
    expect 3 env TMPDIR=/dev/shm "$tidemark" transplant -- "$BIN/host" "$library/addon.node"
    says "set TMPDIR to a folder on a disk"
    says_not "calls of its own"
else
    echo "not tested: a temporary folder in memory, since /dev/shm is none"
fi
head -c 5000 "$library/addon.node" >cut.node
expect 3 "$tidemark" transplant --check cut.node
says "cut off"
