/* See audit.h. */
#include "audit.h"

#ifdef EBB_DEBUG

#include "accounts.h"
#include "bin.h"
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

static bool some_are_lost; /* blocks, of which nobody knows */

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

static void mark_cached(const struct cache *cache) {
    for (unsigned class = 1; cache != NULL && class < CLASS_SLOTS; class ++)
        mark_bin(class, &cache->bins[class]);
}

void audit_recover(void) {
    /* The forking thread goes on meanwhile if it is another one: what it has in its hands
     * can't be told from what is lost. */
    some_are_lost = !os_is_main_thread();
    if (some_are_lost)
        return;
    mark_all_live();
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next)
        mark_cached(cache);
    mark_cached(cache_shared());
}

#else
typedef int ebb_audit_is_empty;
#endif
