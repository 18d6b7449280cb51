#include "own.h"

#include <pthread.h>
#include <stdatomic.h>

enum { RANGES_MAX = 64 };

/*
 * A range is empty if end <= begin. The owner is set before the count that makes the
 * range visible, and never changes. Writers hold the lock. A range in use only shrinks,
 * by one store. An empty one is used again by add().
 */
struct range {
    _Atomic uintptr_t begin, end;
    void *owner;
};

static struct range ranges[RANGES_MAX];
static atomic_size_t count; /* ranges in use; published by add() */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* A reader that sees the new value of one end sees what was stored before it. */
static void set(_Atomic uintptr_t *end, uintptr_t value) {
    atomic_store_explicit(end, value, memory_order_release); /* pairs with get() */
}

static uintptr_t get(const _Atomic uintptr_t *end) {
    return atomic_load_explicit(end, memory_order_acquire); /* pairs with set() */
}

/* Whether the range holds `place`. If add() uses the range again meanwhile, its beginning
 * changes, and the two ends may be of different ranges: then it reads them again. */
static bool holds(const struct range *range, uintptr_t place, uintptr_t *ret_end) {
    uintptr_t begin;
    do {
        begin = get(&range->begin);
        *ret_end = get(&range->end);
    } while (begin != get(&range->begin));
    return place >= begin && place < *ret_end;
}

/* Reuses a range of this owner that has become empty, because every range costs the
 * readers time. */
static void add(uintptr_t begin, uintptr_t end, void *owner) {
    size_t n = atomic_load_explicit(&count, memory_order_relaxed); /* under the lock */
    size_t i = 0;
    while (i < n &&
           (ranges[i].owner != owner || get(&ranges[i].begin) < get(&ranges[i].end)))
        i++;
    if (i == RANGES_MAX || end <= begin)
        return;
    set(&ranges[i].begin, UINTPTR_MAX); /* empty until both ends are set */
    set(&ranges[i].end, end);
    set(&ranges[i].begin, begin);
    if (i < n)
        return;
    ranges[i].owner = owner;
    /* pairs with the acquire in own_find() */
    atomic_store_explicit(&count, n + 1, memory_order_release);
}

void own_add(const void *begin, size_t length, void *owner) {
    pthread_mutex_lock(&lock);
    add((uintptr_t)begin, (uintptr_t)begin + length, owner);
    pthread_mutex_unlock(&lock);
}

/* Removes addresses from a range. A hole in the middle leaves two ranges. */
static void cut(struct range *range, uintptr_t begin, uintptr_t end) {
    uintptr_t from = get(&range->begin), to = get(&range->end);
    if (end <= from || begin >= to)
        return;
    if (begin <= from) {
        set(&range->begin, end < to ? end : to); /* empty if all of it is removed */
        return;
    }
    if (end < to) /* first, so that no reader misses what is behind the hole */
        add(end, to, range->owner);
    set(&range->end, begin);
}

void own_remove(const void *begin, size_t length) {
    size_t n = atomic_load_explicit(&count, memory_order_relaxed);
    if (n == 0) /* must not wait: the caller may be an allocator that unmaps */
        return;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n; i++)
        cut(&ranges[i], (uintptr_t)begin, (uintptr_t)begin + length);
    pthread_mutex_unlock(&lock);
}

void *own_find(const void *address, size_t *ret_left) {
    uintptr_t place = (uintptr_t)address, end;
    /* pairs with the release in add() */
    size_t n = atomic_load_explicit(&count, memory_order_acquire);
    for (size_t i = 0; i < n; i++)
        if (holds(&ranges[i], place, &end)) {
            *ret_left = end - place;
            return ranges[i].owner;
        }
    return NULL;
}
