#!/bin/sh
# Plants errors in a copy of ebb, one at a time, and expects the simulation to find each: on
# a core of its own within two minutes, mostly in seconds, from a seed of its own.
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

# expect NAME: the program as it is has an error, and the simulation comes to a finding. What
# shows first hangs on the seed: a lost bit as a block without an owner, or as memory that is
# not at the floor.
expect() {
    link
    status=0
    ./planted --seconds=600 --shrink=0 >out 2>&1 || status=$?
    finding=$(sed -n 's/^FAILED, seed [^:]*: //p' out)
    if [ "$status" -ne 1 ] || [ -z "$finding" ]; then
        echo "$1: not found (status $status)" >&2
        cat out >&2
        exit 1
    fi
    echo "found: $1: $finding"
}

# plant NAME FILE SED-SCRIPT
plant() {
    cp "$2" "$2.sound"
    edit "$2" "$3"
    compile "${2%.c}.o" "$2"
    expect "$1"
    mv "$2.sound" "$2"
    compile "${2%.c}.o" "$2"
}

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

plant 'a slab is retired as clean with resident ends' slab.c \
    '/^static void slab_retire/,/^}/s/slice->ragged/false/'
plant 'a takeover without membarrier' takeover.c \
    '/^static bool take(/,/^}/s/os_barrier() == 0/true/'
plant 'a busy cache is taken over' takeover.c \
    's/if (barrier && load_acquire(&cache->gate.in) == 0)/if (barrier)/'
plant 'an exhausted slab is not looked at again' slab.c \
    '/^static void slab_exhausted/,/^}/s/if (load_relaxed(.*) != 0) {/if (0) {/'
plant 'a free bit is lost' slab.c \
    's/or_acq_rel(word_bits(word, kind), mask)/or_acq_rel(word_bits(word, kind), mask \& (mask - 1))/'
plant 'nobody is woken at a gate' gate.c \
    's/^    if (exchange_release(&gate->stop, stop) == GATE_WAITED)/    if (exchange_release(\&gate->stop, stop) == GATE_PARKED)/'
plant 'the reclaimer sleeps without a look at the gates' reclaimer.c \
    's/if (!cache_all_parked() ||/if (/'
plant 'a parked thread does not ring' gate.c \
    '/^void gate_wait/,/^}/s/^ *bell_touch();//'
plant 'a hole is one block too large' slab.c \
    's/^    size_t end = to == size_classes\[class\].capacity ? SLICE_SIZE : to \* size;/    size_t end = (to + 1) * size;/'
plant 'a run shrinks and keeps its length' run.c \
    '/^bool run_resize/,/wanted > count/s/^ *store_relaxed(&slice->run_slices, .*//'
plant 'a lock stays as a fork finds it' slice.c \
    's/^    lock_reset(&slice_lock);//'
plant 'partial sets are not set again in a child' slab.c \
    's/^ *partial_restore(PARTIAL_FREE, class, index);/;/'
