#include "audit.h"

#ifdef EBB_DEBUG

#include "accounts.h"
#include "lifetime.h"
#include "lock.h"
#include "slab.h"
#include "slice.h"

void audit_enter(void) {
    struct cache *cache = thread_cache;
    if (load_relaxed(&cache->gate.in) != 0 &&
        load_relaxed(&cache->gate.stop) == GATE_OPEN)
        fault("call from a signal handler inside the allocator",
              __builtin_return_address(0));
}

static bool some_are_lost; /* in a fork's child, nobody may hold some blocks */

/* Blocks that the program holds, over all slabs of a class. */
static size_t live_blocks(unsigned class) {
    size_t live = 0, frontier = load_relaxed(&heap.frontier);
    for (size_t index = heap.first; index < frontier; index++) {
        if (load_relaxed(class_entry(index)) != class)
            continue;
        struct word *words = load_relaxed(&heap.slice[index].words);
        for (unsigned w = 0; w < size_classes[class].words; w++)
            live += (size_t)__builtin_popcountll(load_relaxed(&words[w].live));
    }
    return live;
}

static bool class_is_valid(unsigned class, size_t cached) {
    struct slab_count count;
    slab_count(class, &count);
    size_t accounted =
        live_blocks(class) + cached + count.free_blocks + count.cold_blocks;
    size_t all = count.slabs * size_classes[class].capacity;
    return (accounted == all || (some_are_lost && accounted < all)) &&
           slabs_are_valid(class);
}

bool ebb_heap_is_valid(void) {
    size_t cached[CLASS_SLOTS], caches, bytes;
    bool valid = true;
    lock_acquire(&list_lock); /* so that nothing is flushed between two counts */
    cache_count(cached, &caches, &bytes);
    for (unsigned class = 1; class < CLASS_SLOTS; class ++)
        valid = valid && class_is_valid(class, cached[class]);
    lock_release(&list_lock);
    return valid && slice_is_valid();
}

void audit_recover(void) {
    some_are_lost = true;
}

#else
typedef int ebb_audit_is_empty;
#endif
