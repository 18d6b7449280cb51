/*
 * What the threads of a process do to each other inside ebb, counted per thousand calls
 * that make or free a block. ebb is built from its own sources with this beside it
 * (hooks.h); a program that runs on it prints a table to stderr when it ends, or to the
 * file that EBB_COUNTING_FILE names:
 *
 *     calls N threads M
 *     lock FILE TAKEN WAITED          the lock of that file, per thousand calls
 *     memory WHAT MODIFIED REMOTE     read-modify-writes, and remote cache lines
 *
 * A cache line is remote if a thread reads what it has not got, but others have, or
 * writes what others have got. With a processor per thread, and caches that forget
 * nothing, each comes from another processor. That depends on the order of the threads'
 * calls, and on when the reclaimer comes, but not on what a line costs. Count on a
 * machine that does nothing else. So that threads take turns on few processors as they
 * would on many, each yields after TURN calls. ebb uses as many shards as it ever does.
 *
 * Not counted: accesses that are not atomic operations, except free()'s look at the map
 * of classes; as calls, those that make blocks above 32 KiB, and reallocs that move
 * nothing. How often a lock was waited for does depend on the processors. A forked child
 * counts for itself.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hooks.h"
#include "types.h"

enum {
    TURN = 64,
    LINE = 64,
    LINES = 1 << 20, /* places of the table; a line has one of PROBES */
    PROBES = 64,
    LOCKS = 16,
};

/* Where an atomic is. */
enum what { CLASSES, DESCRIPTORS, WORDS, PARTIALS, OVERVIEWS, LOCKS_AND_HINTS, WHATS };
static const char *const names[WHATS] = {
    "classes", "descriptors", "words", "partial-sets", "overview", "locks-and-hints"};

static struct { _Atomic uint64_t modified, remote; } memory[WHATS];

static struct lock_count {
    const char *_Atomic file;
    _Atomic uint64_t taken, waited;
} locks[LOCKS];

/* Which threads have a line's present contents, a bit each; the 65th thread shares its
 * bit with the first. */
static struct line {
    _Atomic uintptr_t number; /* 0: unused */
    _Atomic uint64_t holders;
} lines[LINES];

static _Atomic uint64_t calls, full;
static _Atomic unsigned threads;
static __thread unsigned turn, me;
static __thread struct lock_count *lock_now;

static void add(_Atomic uint64_t *sum, uint64_t n) {
    atomic_fetch_add_explicit(sum, n, memory_order_relaxed);
}

static uint64_t my_bit(void) {
    if (me == 0)
        me = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) + 1;
    return 1ull << (me - 1) % 64;
}

/* Before there is a heap, all is hints. */
static enum what what_is(uintptr_t p) {
    const struct heap *h = &heap;
    size_t frontier = atomic_load_explicit(&h->frontier, memory_order_relaxed);
    uintptr_t base = (uintptr_t)heap_base;
    if (h->slice == NULL || p < base || p >= base + (frontier << SLICE_SHIFT))
        return LOCKS_AND_HINTS;
    if (p < base + heap_slices)
        return CLASSES;
    if (p < (uintptr_t)h->partial)
        return DESCRIPTORS;
    if (p < (uintptr_t)h->overview)
        return PARTIALS;
    return p < (uintptr_t)h->meta_page ? OVERVIEWS : WORDS;
}

static struct line *find_line(uintptr_t p) {
    uintptr_t number = p / LINE;
    size_t at = number * 0x9e3779b97f4a7c15ull >> 44;
    for (unsigned i = 0; i < PROBES; i++, at = (at + 1) % LINES) {
        uintptr_t other = 0;
        if (atomic_load_explicit(&lines[at].number, memory_order_relaxed) == number ||
            atomic_compare_exchange_strong(&lines[at].number, &other, number) ||
            other == number)
            return &lines[at];
    }
    add(&full, 1);
    return NULL;
}

/* writes: nobody else has the contents afterwards. */
static void touch(uintptr_t p, bool writes) {
    uint64_t mine = my_bit();
    struct line *line = find_line(p);
    if (line == NULL)
        return;
    uint64_t before = writes ? atomic_exchange(&line->holders, mine)
                             : atomic_fetch_or(&line->holders, mine);
    if (before != 0 && (writes ? before != mine : (before & mine) == 0))
        add(&memory[what_is(p)].remote, 1);
}

void counting_load(const volatile void *p) {
    touch((uintptr_t)p, false);
}

void counting_store(const volatile void *p) {
    touch((uintptr_t)p, true);
}

void counting_modify(const volatile void *p) {
    add(&memory[what_is((uintptr_t)p)].modified, 1);
    touch((uintptr_t)p, true);
}

void counting_lock(const char *file) {
    for (struct lock_count *lock = locks; lock < locks + LOCKS; lock++) {
        const char *other = NULL;
        if (atomic_load_explicit(&lock->file, memory_order_relaxed) == file ||
            atomic_compare_exchange_strong(&lock->file, &other, file) || other == file) {
            lock_now = lock;
            add(&lock->taken, 1);
            return;
        }
    }
    add(&full, 1);
}

/* ebb calls these (-Wl,--wrap): a processor for each thread, and a lock that is taken. */
unsigned __wrap_os_cpus(void);
unsigned __wrap_os_cpus(void) {
    return SHARDS_MAX;
}

void __real_lock_wait(struct lock *lock);
void __wrap_lock_wait(struct lock *lock);
void __wrap_lock_wait(struct lock *lock) {
    if (lock_now != NULL)
        add(&lock_now->waited, 1);
    __real_lock_wait(lock);
}

void counting_call(void) {
    add(&calls, 1);
    if (++turn % TURN == 0)
        sched_yield();
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static double per_thousand(_Atomic uint64_t *sum, double all) {
    return (double)*sum / all * 1000;
}

__attribute__((destructor)) static void print(void) {
    const char *path = getenv("EBB_COUNTING_FILE");
    FILE *to = path != NULL ? fopen(path, "w") : stderr;
    double all = (double)calls;
    if (to == NULL || all == 0) {
        fprintf(stderr, "ebb-counting: nothing was counted, or %s cannot be written\n",
                path != NULL ? path : "stderr");
        return;
    }
    if (full > 0)
        fprintf(stderr, "ebb-counting: the tables were full %llu times\n",
                (unsigned long long)full);
    fprintf(to, "calls %.0f threads %u\n", all, threads);
    for (struct lock_count *lock = locks; lock < locks + LOCKS && lock->file; lock++)
        fprintf(to, "lock %s %.3f %.3f\n", base_name(lock->file),
                per_thousand(&lock->taken, all), per_thousand(&lock->waited, all));
    for (int what = 0; what < WHATS; what++)
        fprintf(to, "memory %s %.3f %.3f\n", names[what],
                per_thousand(&memory[what].modified, all),
                per_thousand(&memory[what].remote, all));
    if (path != NULL)
        fclose(to);
}
