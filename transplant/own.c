#include "own.h"

#include <pthread.h>
#include <stdatomic.h>

enum { RANGES_MAX = 64 };

/* A range is empty if end <= begin. The owner is set before the count that makes the
 * range visible, and never changes. */
struct range {
    _Atomic uintptr_t begin, end;
    void *owner;
};

static struct range ranges[RANGES_MAX];
static atomic_size_t count; /* ranges in use; published by add() */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uintptr_t begin_of(const struct range *range) {
    return atomic_load_explicit(&range->begin, memory_order_relaxed);
}

static uintptr_t end_of(const struct range *range) {
    return atomic_load_explicit(&range->end, memory_order_relaxed);
}

static void set(struct range *range, uintptr_t begin, uintptr_t end) {
    atomic_store_explicit(&range->begin, begin, memory_order_relaxed);
    atomic_store_explicit(&range->end, end, memory_order_relaxed);
}

/* Reuses a range of this owner that has become empty, because every range costs the
 * readers time. */
static void add(uintptr_t begin, uintptr_t end, void *owner) {
    size_t n = atomic_load_explicit(&count, memory_order_relaxed); /* under the lock */
    size_t i = 0;
    while (i < n &&
           (ranges[i].owner != owner || begin_of(&ranges[i]) < end_of(&ranges[i])))
        i++;
    if (i == RANGES_MAX || end <= begin)
        return;
    set(&ranges[i], begin, end);
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
    uintptr_t from = begin_of(range), to = end_of(range);
    if (end <= from || begin >= to)
        return;
    if (begin <= from) {
        set(range, end < to ? end : to, to); /* empty if all of it is removed */
        return;
    }
    set(range, from, begin);
    if (end < to)
        add(end, to, range->owner);
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
    uintptr_t place = (uintptr_t)address;
    /* pairs with the release in add() */
    size_t n = atomic_load_explicit(&count, memory_order_acquire);
    for (size_t i = 0; i < n; i++)
        if (place >= begin_of(&ranges[i]) && place < end_of(&ranges[i])) {
            *ret_left = end_of(&ranges[i]) - place;
            return ranges[i].owner;
        }
    return NULL;
}
