#!/bin/sh
# Plants errors in a copy of ebb, one at a time, and expects the simulation to find each. The
# search begins at a seed that once found it, from a random beginning and within a minute; where
# ebb has changed since, that one may find nothing, and the search goes on from there.
# usage: planted.sh COMPILER [SOURCES]
set -eu

cc=$1
simulation=$(cd "$(dirname "$0")" && pwd)
sources=$(cd "${2:-$simulation/../..}" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/ebb" "$scratch/simulation"
cp "$sources"/*.[ch] "$scratch/ebb"
cd "$scratch/ebb"

# The list of wrapped functions has one home.
wraps=$(sed -n '/^set(wrapped/,/)/{s/#.*//;s/set(wrapped//;s/)//;p}' "$simulation/CMakeLists.txt" |
    tr -s ' ' '\n' | sed '/^$/d;s/^/-Wl,--wrap=/')
if [ -z "$wraps" ]; then
    echo "no list of wrapped functions in CMakeLists.txt" >&2
    exit 1
fi

compile() {
    $cc -std=gnu17 -O2 -g -U_FORTIFY_SOURCE -fno-builtin-malloc -DEBB_PREFIXED -DEBB_SIMULATION \
        -I. -I"$simulation" -c -o "$@"
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

link() {
    # shellcheck disable=SC2086 # a word each
    $cc -o planted ./*.o ../simulation/*.o $wraps -pthread
}

# expect NAME SEED: the program as it is has an error, and the simulation comes to a finding. What
# shows first hangs on the seed: a lost bit as a block without an owner, or as memory that is
# not at the floor.
expect() {
    link
    status=0
    ./planted --seed="$2" --runs=1000000 --seconds=600 --shrink=0 >out 2>&1 || status=$?
    finding=$(sed -n 's/^FAILED, seed [^:]*: //p' out)
    if [ "$status" -ne 1 ] || [ -z "$finding" ]; then
        echo "$1: not found (status $status)" >&2
        cat out >&2
        exit 1
    fi
    echo "found: $1: $finding"
}

# plant SEED NAME FILE SED-SCRIPT
plant() {
    cp "$3" "$3.sound"
    edit "$3" "$4"
    compile "${3%.c}.o" "$3"
    expect "$2" "$1"
    mv "$3.sound" "$3"
    compile "${3%.c}.o" "$3"
}

rm api_embed.c api_mi.c # for addons: other names for the same
for file in *.c; do
    compile "${file%.c}.o" "$file"
done
for file in "$simulation"/*.c; do
    compile "../simulation/$(basename "$file" .c).o" "$file"
done

# The control: the copy as it was has no finding.
link
./planted --runs=20 >out 2>&1 || {
    echo "the copy without an error has a finding" >&2
    cat out >&2
    exit 1
}

plant 0xd8effc850234 'a slab is retired as clean with resident ends' slab.c \
    '/^static void slab_retire/,/^}/s/has_flag(index, SLAB_RAGGED)/false/'
plant 0xa3760f6187e4 'a takeover without membarrier' takeover.c \
    '/^static bool take(/,/^}/s/os_barrier() == 0/true/'
plant 0x8c85163e3da0 'a busy cache is taken over' takeover.c \
    's/if (barrier && load_acquire(&cache->gate.in) == 0)/if (barrier)/'
plant 0xafd3ce9131aa 'an exhausted slab is not looked at again' slab.c \
    '/^static void slab_exhausted/,/^}/s/if (load_relaxed(.*) != 0) {/if (0) {/'
plant 0x6e07baf75108 'a free bit is lost' flush.c \
    's/\(.*slab_put(.*, \)\(.*mask\), /\1\2 \& (\2 - 1), /'
plant 0x26f62dfa4a17 'nobody is woken at a gate' gate.c \
    's/^    if (exchange_release(&gate->stop, stop) == GATE_WAITED)/    if (exchange_release(\&gate->stop, stop) == GATE_PARKED)/'
plant 0xdad6b55127a5 'the reclaimer sleeps without a look at the gates' reclaimer.c \
    's/if (!cache_all_parked() ||/if (/'
plant 0x40fa1f3ccbf6 'a parked thread does not ring' gate.c \
    '/^void gate_wait/,/^}/s/^ *bell_touch();//'
plant 0x5cfc394433bf 'a hole is one block too large' slab.c \
    's/^    size_t end = to == size_classes\[class\].capacity ? SLICE_SIZE : to \* size;/    size_t end = (to + 1) * size;/'
plant 0xc5cea2b88a16 'a run shrinks and keeps its length' run.c \
    '/^static bool resize/,/wanted > count/s/^ *store_relaxed(&slice->run_slices, .*//'
plant 0x9 "what is behind a run's end stays" reclaim.c \
    's/run_discard_tail(index, .*bytes)/false/'
plant 0x134 'a run is freed while what is behind its end is given back' run.c \
    '/^size_t run_free/,/^}/s/^ *claim(slice);//'
plant 0x772 'a run grows while what is behind its end is given back' run.c \
    '/^bool run_resize/,/^}/s/claim(slice)/true/'
plant 0x102bd 'a sweep behind a run is under way in a child for ever' fork.c \
    's/^    run_recover();//'
plant 0x540730b76f89 'a lock stays as a fork finds it' slice.c \
    's/^    lock_reset(&slice_lock);//'
plant 0x59c8ec4d8e4d 'partial sets are not set again in a child' slab.c \
    's/^ *partial_restore(key_of(PARTIAL_FREE, class, index), index);/;/'
plant 0x2 'the end of a run that is freed stays counted' run.c \
    '/^static bool claim/,/^}/s/^ *sub_relaxed(&tail_pages, .*//'
plant 0x3 'an own end is given back from one page too early' run.c \
    '/^static void discard_tail/,/^}/s/end = usable(index)/end = usable(index) - PLANTED_PAGE/;s/^static void discard_tail/enum { PLANTED_PAGE = 4096 };\n&/'
