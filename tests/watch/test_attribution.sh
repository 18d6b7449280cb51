#!/bin/sh
# Whose memory it is: known amounts planted in each class are found there, under each allocator,
# machine code of a JIT is not the allocator's, and a leak in a mapped file is the file's.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

results=results/latest-watch/results.json

# of CHECKPOINT CLASS KIND: bytes of the class ("footprint", "rss") at that checkpoint.
of() {
    awk -F'"' -v checkpoint="$1" -v class="$2" -v kind="$3" '
        /^     "name":/ { inside = $4 == checkpoint; found = 0 }
        inside && /^       "/ { found = $2 == class }
        inside && found && $2 == kind { gsub(/[^0-9]/, "", $3); print $3; exit }' $results
}

# is BYTES MIB TOLERANCE_KIB WHAT
is() {
    difference=$(($1 - $2 * 1048576))
    [ ${difference#-} -le $(($3 * 1024)) ] || fail "$4: $1 bytes, and $2 MiB were planted"
}

watch() {
    expect 0 "$tidemark" watch --no-plots "$@"
}

# planted: each class has what was planted in it, and a little of the C library's own
watch --until ready --idle 0.2 -- "$BIN/planted" heap=30 arena=25 stack=9 anonymous=20 jit=12 \
    formerly-jit=14 memfd=8 shared=6 file=40 file-private=5
at=idle@0.2s
is "$(of $at brk footprint)" 30 1024 "[heap]"
is "$(of $at arena footprint)" 25 1024 "arenas"
is "$(of $at stack footprint)" 9 256 "stacks"
is "$(of $at anonymous footprint)" 20 256 "anonymous"
is "$(of $at jit footprint)" 26 64 "code"
is "$(of $at shared footprint)" 14 64 "shared memory"
is "$(of $at file-data footprint)" 5 512 "written copies of file pages"
[ "$(of $at file-data rss)" -gt $((45 * 1048576)) ] || fail "the mapped file is missing"
is "$(of $at v8 footprint)" 0 0 "V8"
# all classes together are the footprint
sum=0
for class in brk arena reserved anonymous jit v8 wasm go stack shared file-text file-data page-tables; do
    sum=$((sum + $(of $at $class footprint)))
done
whole=$(awk -F'"' '/^     "name": "idle@0.2s"/ { inside = 1 }
    inside && $2 == "footprint" { gsub(/[^0-9]/, "", $3); print $3; exit }' $results)
difference=$((sum - whole))
[ ${difference#-} -lt 262144 ] || fail "the classes sum up to $sum, the footprint is $whole"

# a deleted file on tmpfs is memory, even if its folder is deleted, too; a deleted file on a disk is not
mkdir mounted
if unshare -rm mount -t tmpfs none mounted 2>refused; then
    # shellcheck disable=SC2016 # the watched shell expands it
    watch --until ready --idle 0.2 -- unshare -rm sh -c \
        'mount -t tmpfs none mounted && cd mounted && exec "$0" deleted=16' "$BIN/planted"
    is "$(of $at shared footprint)" 16 64 "a deleted file on tmpfs"
else
    echo "not tested: deleted files on tmpfs ($(cat refused))"
fi
if [ "$(stat -f -c %T .)" != tmpfs ]; then
    watch --until ready --idle 0.2 -- "$BIN/planted" deleted=16
    is "$(of $at shared footprint)" 0 0 "a deleted file on a disk"
fi

# a process whose main thread has exited lives, and has its memory
watch --until ready --idle 0.2 -- "$BIN/planted" heap=30 anonymous=20 jit=12 headless
is "$(of $at brk footprint)" 30 1024 "[heap] without a main thread"
is "$(of $at anonymous footprint)" 20 512 "anonymous without a main thread"
is "$(of $at jit footprint)" 12 64 "code without a main thread"
whole=$(awk -F'"' '/^     "name": "idle@0.2s"/ { inside = 1 }
    inside && $2 == "footprint" { gsub(/[^0-9]/, "", $3); print $3; exit }' $results)
is "$whole" 62 1536 "footprint without a main thread"

# a reservation of nobody known is not called an allocator's; a page of former code does not make
# code of what the kernel joins it with; mimalloc is told by its addresses
watch --until ready --idle 0.2 -- "$BIN/planted" reserved=24 formerly-jit-page=20 mimalloc=16
is "$(of $at reserved footprint)" 24 64 "reserved by nobody known"
is "$(of $at arena footprint)" 16 64 "at mimalloc's addresses"
is "$(of $at jit footprint)" 0 128 "former code"
[ "$(of $at jit footprint)" -ge 65536 ] || fail "the page of former code is not told"
is "$(of $at anonymous footprint)" 20 256 "beside former code"
says "so its owner is unknown; allocators hold 16."
says "mimalloc, by its addresses"
says_not "may belong to"

# an allocator inside a file is named as a possible owner, whatever the file is called; not the C library's,
# and not beside memory of which all is known
library=$("$tidemark" list --tsv allocators | awk -F'\t' '$1 == "mimalloc3" && $4 == "ok" { print $3 }')
if [ -n "$library" ]; then
    cp "$library" addon.node
    watch --until ready --idle 0.2 --rounds 2 -- env LD_PRELOAD="$PWD/addon.node" "$BIN/planted" reserved=24
    says "the 24.0 MiB that are reserved may belong to an allocator inside a file: mimalloc 3"
    says " in addon.node."
    [ "$(grep -c '"kind": "inside"' $results)" = 1 ] || fail "not just one file is told of"
    expect 0 "$tidemark" report results/latest-watch
    says " in addon.node."
    watch --until ready --idle 0.2 --rounds 1 -- env LD_PRELOAD="$PWD/addon.node" "$BIN/planted" heap=24
    says_not "may belong to"
fi

# so is ebb linked into a program, beside a reservation that is not its own
watch --until ready --idle 0.2 -- "$BIN/planted-ebb" heap=30 arena=25 reserved=24
blocks=$(of $at arena footprint)
[ "$blocks" -ge $((55 * 1048576)) ] || fail "only $blocks bytes are ebb's"
[ "$blocks" -lt $((58 * 1048576)) ] || fail "$blocks bytes are called ebb's"
is "$(of $at reserved footprint)" 24 64 "reserved beside ebb"
says "ebb, by its shape"

# every allocator that is there: its memory is an allocator's, and under its name
for allocator in jemalloc mimalloc2.0.9 mimalloc2 mimalloc3.0.1 mimalloc3 ebb; do
    "$tidemark" list --tsv allocators | grep -q "^$allocator	.*	ok$" || continue
    watch --until ready --idle 0.2 --rounds 1 --preload $allocator -- "$BIN/planted" heap=40 \
        arena=20 jit=4
    blocks=$(awk -F'"' '/"setting": "preload/ { inside = 1 } /^     "name":/ { at = $4 }
        /^       "/ { class = $2 }
        inside && at == "idle@0.2s" && class == "arena" && $2 == "footprint" {
            gsub(/[^0-9]/, "", $3); print $3; exit }' $results)
    [ "$blocks" -gt $((60 * 1048576)) ] || fail "$allocator: only $blocks bytes in its arenas"
    grep -q '"name": "lib' $results || fail "$allocator is not named"
done

# an allocator's library does not lend its name to another one that is linked in
if "$tidemark" list --tsv allocators | grep -q "^jemalloc	.*	ok$"; then
    watch --until ready --idle 0.2 --rounds 1 --preload jemalloc -- "$BIN/planted" heap=1 mimalloc=16
    says "mimalloc, by its addresses"
fi

# a leak in a mapped file
watch --until ready --idle 0.2 -- "$BIN/planted" heap=1 file=64
[ "$(of $at file-data rss)" -gt $((64 * 1048576)) ] || fail "the file is missing"
[ "$(($(of $at brk footprint) + $(of $at arena footprint) + $(of $at anonymous footprint)))" -lt \
    $((3 * 1048576)) ] || fail "the file's pages are taken for the allocator's"
says "are pages of mapped files"
says "planted.file"

# A JIT's code is what V8 itself counts, and none of it the allocator's.
if command -v node >/dev/null; then
    watch --checkpoint 'before=^begin' --until '^code' --idle 0.2 -- \
        node --always-sparkplug "$HERE/../watch/jit.js" 48
    counted=$(sed -n 's/^code \([0-9]*\) .*/\1/p' out)
    grown=$(($(of $at jit footprint) - $(of before jit footprint)))
    [ "$grown" -gt $((counted * 9 / 10 - 1048576)) ] || fail "of $counted bytes of code $grown are seen"
    [ "$grown" -lt $((counted * 11 / 10)) ] || fail "$grown bytes of code, V8 counts $counted"
    [ "$(($(of $at brk footprint) + $(of $at arena footprint)))" -lt $((16 * 1048576)) ] ||
        fail "the allocator is blamed for code"
    [ "$(of $at v8 footprint)" -gt $((16 * 1048576)) ] || fail "V8's heap is not seen"
fi
