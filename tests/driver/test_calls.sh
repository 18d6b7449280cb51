#!/bin/sh
# Single calls: an allocator whose free() sleeps now and then is seen in the latency runs, and its
# system calls are in the syscalls runs.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

# Every 1,000th free takes two milliseconds more: in p99.99, not in p99.
cat >sleepy.c <<'END'
#include <stddef.h>
#include <time.h>
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void __libc_free(void *);
void *malloc(size_t n) { return __libc_malloc(n); }
void *calloc(size_t n, size_t m) { return __libc_calloc(n, m); }
void *realloc(void *p, size_t n) { return __libc_realloc(p, n); }
void free(void *p) {
    static _Thread_local unsigned calls;
    struct timespec pause = {0, 2000000};
    if (++calls % 1000 == 0)
        nanosleep(&pause, NULL);
    __libc_free(p);
}
END
cc -O1 -fno-builtin -shared -fPIC -o libsleepy.so sleepy.c

expect 0 "$tidemark" run --memory=any --workloads=churn --allocators=glibc --allocator=sleepy="$scratch/libsleepy.so" \
    --no-again --scale=0.05 --memory-rounds=0 --timed-rounds=0 --latency-rounds=3 --no-plots
says "Single calls"
[ "$(records results/latest ok)" -eq 6 ] || fail "six cells should have gone well"

# figure VARIANT CALL MEMBER: that of every round, one a line.
figure() {
    grep "\"kind\":\"latency\".*\"variant\":\"$1\"" results/latest/cells.jsonl |
        sed "s/.*\({[^}]*\"call\":\"$2\"}\).*/\1/; s/.*\"$3\":\([0-9]*\).*/\1/"
}

[ "$(figure sleepy free p9999 | wc -l)" -eq 3 ] || fail "not every round has its figures"
for slow in $(figure sleepy free p9999); do
    [ "$slow" -ge 2000000 ] || fail "a free of two milliseconds is not in p99.99: $slow ns"
done
for pauses in $(figure sleepy free over1ms); do
    [ "$pauses" -ge 10 ] || fail "of more than 10 pauses of two milliseconds $pauses are in the histogram"
done
[ "$(figure sleepy free over10us | head -n 1)" -ge "$(figure sleepy free over1ms | head -n 1)" ] ||
    fail "the histogram is not cumulative"
says ">= 1 ms"
for usual in $(figure sleepy free p99); do
    [ "$usual" -lt 2000000 ] || fail "p99 of free is $usual ns, where one in 1,000 sleeps"
done
[ "$(figure glibc malloc count | sort -u)" = "$(figure sleepy malloc count | sort -u)" ] ||
    fail "the same work made different numbers of calls"
[ "$(figure glibc free count | sort -u | wc -l)" -eq 1 ] || fail "the number of calls varies"

# The same library's pauses are system calls: counted by name, and none of glibc's.
if command -v strace >/dev/null; then
    expect 0 "$tidemark" run --memory=any --workloads=churn --allocators=glibc --no-again --no-plots --scale=0.05 \
        --allocator=sleepy="$scratch/libsleepy.so" --memory-rounds=0 --timed-rounds=0 --syscall-rounds=1
    says "System calls a build"
    pauses() {
        sed -n "s/.*\"kind\":\"syscalls\".*\"variant\":\"$1\".*\"clock_nanosleep\":\([0-9]*\).*/\1/p" \
            results/latest/cells.jsonl
    }
    [ -z "$(pauses glibc)" ] || fail "glibc is said to sleep"
    [ "$(pauses sleepy)" -ge 30 ] || fail "of 40 pauses and more $(pauses sleepy) were counted"
fi

# An allocator that computes in each malloc is seen in the instructions, beside the system calls and
# page faults of the same work; the reference counted again is the same to a thousandth.
cat >busy.c <<'END'
#include <stddef.h>
extern void *__libc_malloc(size_t);
void *malloc(size_t n) {
    for (volatile int i = 0; i < 100; i++)
        ;
    return __libc_malloc(n);
}
END
cc -O1 -fno-builtin -shared -fPIC -o libbusy.so busy.c
if command -v valgrind >/dev/null; then
    expect 0 "$tidemark" run --memory=any --workloads=churn --allocators=glibc --no-plots --scale=0.02 --threads=1 \
        --allocator=busy="$scratch/libbusy.so" --memory-rounds=0 --timed-rounds=0 --instruction-rounds=1
    says "instructions an operation"
    # ratio VARIANT: the table's
    ratio() {
        awk -v variant="$1" '/instructions an operation/ { counts = 1 }
            counts && $4 == variant { print $8 }' out
    }
    [ "$(records results/latest failed)" -eq 0 ] || fail "a cell failed"
    awk -v ratio="$(ratio busy)" 'BEGIN { exit !(ratio > 1.3) }' || fail "busy: $(ratio busy)"
    awk -v ratio="$(ratio glibc:A/A)" 'BEGIN { exit !(ratio > 0.999 && ratio < 1.001) }' ||
        fail "the reference again: $(ratio glibc:A/A)"
fi

# Without strace the remedy is named.
mkdir bin
ln -s "$(command -v sha256sum)" bin/sha256sum
expect 3 env PATH="$scratch/bin" "$tidemark" run --memory=any --workloads=churn --allocators=glibc --no-again \
    --no-plots --memory-rounds=0 --timed-rounds=0 --syscall-rounds=1
says "install the package strace"
expect 3 env PATH="$scratch/bin" "$tidemark" run --memory=any --workloads=churn --allocators=glibc --no-again \
    --no-plots --memory-rounds=0 --timed-rounds=0 --syscall-rounds=0 --instruction-rounds=1
says "install the package"
