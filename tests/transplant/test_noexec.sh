#!/bin/sh
# A temporary folder from which nothing can be loaded is refused: nothing runs, and nothing is said to.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
disk=$(mktemp -d /var/tmp/tidemark-test.XXXXXX) # /tmp may be in memory
cleanup() { rm -rf "$scratch" "$disk"; }
cd "$disk"
mkdir folder

# without_exec COMMAND: with the folder mounted noexec, for this command alone.
without_exec() {
    unshare -rm sh -c 'mount --bind folder folder && mount -o remount,bind,noexec folder && exec "$@"' sh "$@"
}
without_exec true 2>/dev/null || skip "no folder can be mounted here without being root (unshare -rm)"

expect 3 without_exec env TMPDIR="$PWD/folder" "$tidemark" transplant -- "$BIN/host" "$BIN/../lib/addon.node"
says "is mounted noexec"
says "set TMPDIR to a folder"
says_not "calls of its own"
# the control: the same, with a folder that will do
mkdir other
expect 0 without_exec env TMPDIR="$PWD/other" "$tidemark" transplant -- "$BIN/host" "$BIN/../lib/addon.node"
says "runs on malloc"
