/* See audit.h. */
#include "audit.h"

#ifdef EBB_DEBUG

#include "accounts.h"
#include "bin.h"
#include "gate.h"
#include "lifetime.h"
#include "lock.h"
#include "os.h"
#include "slab.h"
#include "slice.h"

void audit_enter(void) {
    struct cache *cache = thread_cache;
    if (load_relaxed(&cache->gate.in) != 0 &&
        load_relaxed(&cache->gate.stop) == GATE_OPEN)
        fault("call from a signal handler inside the allocator",
              __builtin_return_address(0));
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

static bool class_is_valid(unsigned class, size_t cached) {
    struct slab_count count;
    slab_count(class, &count);
    size_t accounted =
        live_blocks(class) + cached + count.free_blocks + count.cold_blocks;
    return accounted == count.slabs * size_classes[class].capacity &&
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

/* Whatever isn't free is live, to begin with. */
static void mark_all_live(void) {
    size_t frontier = load_relaxed(&heap.frontier);
    for (size_t index = heap.first; index < frontier; index++) {
        unsigned class = load_relaxed(class_entry(index));
        if (class == CLASS_NONE)
            continue;
        struct word *words = load_relaxed(&heap.slice[index].words);
        for (unsigned w = 0; w < size_classes[class].words; w++)
            store_relaxed(&words[w].live,
                          word_mask(class, w) & ~(load_relaxed(&words[w].free) |
                                                  load_relaxed(&words[w].cold)));
    }
}

static void mark_not_live(unsigned class, const void *block) {
    struct place place = slab_place(class, block);
    and_relaxed(&place.words[place.word].live, ~(1ull << place.bit));
}

static void mark_bin(unsigned class, const struct bin *bin) {
    for (size_t i = 1; i <= bin_listed(bin); i++)
        mark_not_live(class, bin->bottom[i]);
    for (uint64_t word = bin->word; word != 0; word &= word - 1)
        mark_not_live(class, bin->base + (size_t)__builtin_ctzll(word) * bin->size);
}

/* The forking thread goes on while another thread of the child recovers: its cache, the
 * only one with a thread beside ours, is shut meanwhile. False where that can't be done.
 */
static bool shut_others(uint32_t *ret_before) {
    bool shut = true;
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next) {
        if (cache == thread_cache || cache->idle)
            continue;
        *ret_before = exchange_relaxed(&cache->gate.stop, GATE_SHUT);
        shut = os_barrier() == 0;
        while (shut && load_acquire(&cache->gate.in) != 0)
            os_sleep_us(20);
    }
    return shut;
}

static void reopen_others(uint32_t before) {
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next)
        if (cache != thread_cache && !cache->idle)
            gate_reopen(&cache->gate, (enum gate_stop)before);
}

static void mark_cached(const struct cache *cache) {
    for (unsigned class = 1; cache != NULL && class < CLASS_SLOTS; class ++)
        mark_bin(class, &cache->bins[class]);
}

void audit_recover(void) {
    uint32_t before = GATE_OPEN;
    if (shut_others(&before)) {
        mark_all_live();
        for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next)
            mark_cached(cache);
        mark_cached(cache_shared());
    }
    reopen_others(before);
}

#else
typedef int ebb_audit_is_empty;
#endif
