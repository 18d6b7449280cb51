/* See debug.h. */
#include "debug.h"

#ifdef EBB_DEBUG

#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "os.h"
#include "slab.h"

/* A call that finds the thread inside the allocator came from a signal handler. */
void debug_enter(void) {
    struct cache *cache = thread_cache;
    if (load_relaxed(&cache->gate.in) != 0 && load_relaxed(&cache->gate.stop) == 0)
        fault("call from a signal handler inside the allocator",
              __builtin_return_address(0));
}

void debug_alloc(unsigned class, void *block) {
    if (block == NULL)
        return;
    struct place place = slab_place(class, block);
    struct word *word = &place.words[place.word];
    uint64_t bit = 1ull << place.bit;
    EBB_CHECK((or_relaxed(&word->live, bit) & bit) == 0);
    EBB_CHECK(((load_relaxed(&word->free) | load_relaxed(&word->cold)) & bit) == 0);
}

void debug_free(unsigned class, void *block) {
    struct place place = slab_place(class, block);
    uint64_t bit = 1ull << place.bit;
    if ((and_relaxed(&place.words[place.word].live, ~bit) & bit) == 0)
        fault("double free", block);
    memset(block, POISON, size_classes[class].size);
}

/* The longest delay, microseconds; asked for once. */
static unsigned delay_max(void) {
    static _Atomic unsigned known; /* plus one; 0: not asked yet */
    unsigned value = load_relaxed(&known);
    if (value == 0) {
        const char *text = getenv("EBB_DEBUG_DELAY_US");
        long us = text != NULL ? strtol(text, NULL, 10) : 0;
        value = us > 0 && us <= 1000000 ? (unsigned)us + 1 : 1;
        store_relaxed(&known, value);
    }
    return value - 1;
}

void debug_delay(unsigned one_in) {
    static _Atomic uint64_t turns; /* shared, so that no two threads delay in step */
    unsigned max = delay_max();
    if (max == 0)
        return;
    uint64_t random = add_relaxed(&turns, 1) * 0x9e3779b97f4a7c15ull;
    if ((random >> 40 & (one_in - 1)) == 0)
        os_sleep_us((unsigned)(random >> 20) % max + 1);
}

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

static bool slabs_are_valid(unsigned class) {
    size_t frontier = load_relaxed(&heap.frontier);
    for (size_t index = heap.first; index < frontier; index++)
        if (load_relaxed(class_entry(index)) == class && !slab_is_valid(class, index))
            return false;
    return true;
}

bool ebb_heap_is_valid(void) {
    size_t cached[CLASS_SLOTS], caches, bytes;
    cache_count(cached, &caches, &bytes);
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        struct slab_count count;
        slab_count(class, &count);
        size_t accounted =
            live_blocks(class) + cached[class] + count.free_blocks + count.cold_blocks;
        if (accounted != count.slabs * size_classes[class].capacity ||
            !slabs_are_valid(class))
            return false;
    }
    return true;
}

#else
typedef int ebb_debug_is_empty;
#endif
