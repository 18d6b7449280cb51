#!/bin/sh
# Plants errors in a copy of ebb's checked build, one at a time, and expects the test named to
# fail; without an error each of those tests must pass.
# usage: planted.sh COMPILER
set -eu

cc=$1
tests=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/ebb"
cp "$tests"/../*.[ch] "$scratch/ebb"
cd "$scratch/ebb"

compile() {
    $cc -std=gnu17 -O1 -g -DEBB_DEBUG -ftls-model=initial-exec -fno-builtin -fexceptions -I. -c -o "$@"
}

# run TEST ARGUMENT...: its status; 124 when it took too long
run() {
    program=$1
    shift
    status=0
    timeout 20 "./$program" "$@" >out 2>&1 || status=$?
    return "$status"
}

# edit FILE SED-SCRIPT: applied to the copy, and must have changed it.
edit() {
    sed "$2" "$1" >edited
    if cmp -s edited "$1"; then
        echo "\"$2\" doesn't fit $1 any more: adapt it" >&2
        exit 1
    fi
    mv edited "$1"
}

# link PROGRAM TEST: from the objects as they are
link() {
    $cc -o "$1" "../$2.o" ./*.o -pthread
}

# plant NAME FILE SED-SCRIPT TEST ARGUMENT...
plant() {
    name=$1 file=$2 script=$3 test=$4
    shift 4
    cp "$file" "$file.sound"
    edit "$file" "$script"
    compile "${file%.c}.o" "$file"
    link planted "$test"
    if run planted "$@" || [ "$status" -eq 124 ]; then
        echo "$name: not caught by $test (status $status)" >&2
        exit 1
    fi
    echo "caught: $name, by $test: $(grep -m 1 -E 'failed|^ebb:' out)"
    mv "$file.sound" "$file"
    compile "${file%.c}.o" "$file"
}

rm api_embed.c api_mi.c # for addons; here it replaces malloc
for file in *.c; do
    compile "${file%.c}.o" "$file"
done
# A window in which blocks may come back, for the recheck to matter: harmless by itself.
edit slab.c '/^static void slab_exhausted/,/^}/s/^    partial_clear(/    os_sleep_us(1);\n&/'
compile slab.o slab.c
for test in 'api' 'fuzz 2' 'takeover 1' 'stress all' 'idle parked' 'idle ticking' 'idle bursts' \
    'idle busy_bursts' 'pieces most' 'pieces fork' 'pieces in_the_way'; do
    compile "../${test%% *}.o" "$tests/${test%% *}.c"
    link sound "${test%% *}"
    # shellcheck disable=SC2086 # a name and its arguments
    set -- ${test#"${test%% *}"}
    if ! run sound "$@"; then
        echo "$test fails without a planted error (status $status):" >&2
        cat out >&2
        exit 1
    fi
done

plant 'a free bit is lost' flush.c \
    's/\(.*slab_put(.*, \)\(.*mask\), /\1\2 \& (\2 - 1), /' \
    stress all
plant 'a word is handed out twice' slab.c \
    's/^ *and_acquire(word_bits(&words\[w\], key.kind), ~bits);//' fuzz 2
plant 'an exhausted slab is not looked at again' slab.c \
    '/^static void slab_exhausted/,/^}/s/if (load_relaxed(.*) != 0) {/if (0) {/' stress larson 3
plant 'a busy cache is taken over' takeover.c \
    's/if (barrier && load_acquire(&cache->gate.in) == 0)/if (barrier)/' takeover 3
# Not here: a takeover without membarrier. It takes two processors in the same few
# nanoseconds; `takeover 15` caught it in nine tries of ten, which is no gate.
plant 'realloc copies too little' api_malloc.c \
    's/memcpy(copy, block, size < old_size ? size : old_size)/memcpy(copy, block, size \/ 2)/' api
plant 'calloc does not clear' api_malloc.c \
    's/return memset(block, 0, size);/return block;/' api
plant 'a hole is one block too large' slab.c \
    's/^    size_t end = to == size_classes\[class\].capacity ? SLICE_SIZE : to \* size;/    size_t end = (to + 1) * size;/' \
    idle parked
plant 'a cold block beside a hole is not claimed' slab.c \
    's/^    return (swept.free\[i \/ 64\] | swept.cold\[i \/ 64\]) >> i % 64 \& 1;/    return i < 8 || ((swept.free[i \/ 64] | swept.cold[i \/ 64]) >> i % 64 \& 1);/' \
    idle parked
plant 'half of RLIMIT_AS is reserved' heap.c \
    's/if (limit \/ 2 < size && choose_range(.*/if (0)/' pieces most
plant 'a piece that a fork has cut off stays' heap.c \
    's/^    if (reserving_owner != NULL && !ours) {/    if (0) {/' pieces fork
plant 'a mapping where the heap may grow to is taken for its own' api_malloc.c \
    's/^    if (unlikely(index >= load_relaxed(&heap.frontier))) {/    if (0) {/' pieces in_the_way
plant 'a parked cache is not flushed' takeover.c \
    's/if (quiet && pinned_by(cache) >= worth) {/if (0) {/' idle ticking
plant 'what is wanted again at once goes all the same' reclaim.c \
    's/^    if (parked_ticks > parked.patience)/    if (parked_ticks > 0)/' idle bursts
plant 'what a busy process wants again soon goes all the same' reclaim.c \
    's/is_time_to_look(busy.patience)/is_time_to_look(0)/' idle busy_bursts
