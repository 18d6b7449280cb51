#include "cache.h"

#include <string.h>

#include "bin.h"
#include "debug.h"
#include "fault.h"
#include "flush.h"
#include "heap.h"
#include "lifetime.h"
#include "options.h"
#include "slab.h"

void *cache_alloc_slow(unsigned class, bool *ret_cold) {
    *ret_cold = false;
    if (heap_init() != 0)
        return NULL;
    struct cache *cache = cache_enter();
    struct bin *bin = &cache->bins[class];
    void *block = bin_pop(bin, ret_cold);
    if (block == NULL && slab_refill(class, bin))
        block = bin_pop(bin, ret_cold);
    debug_alloc(class, block);
    EBB_CHECK(bin_is_valid(class, bin));
    cache_leave(cache);
    return block;
}

/* Checks that the block is not the one that was freed last. Blocks that were freed before
 * it are checked when they are flushed. */
static void check_newest(const struct bin *bin, const void *block) {
    if (unlikely(bin->bottom[bin_listed(bin)] == block))
        fault("double free", block);
}

/* In a quarantine a block waits until as many others of its class were freed as the bin
 * has slots for, or half as many. */
static void hold(unsigned class, struct bin *bin, void *block) {
    const struct options *options = options_get();
    slab_place(class, block); /* faults on a wrong pointer, before anything is written */
    if (options->zero_on_free)
        memset(block, 0, bin->size);
    bin->bottom[++bin->held] = block;
}

size_t cache_free_slow(unsigned class, void *block) {
    struct cache *cache = cache_enter();
    struct bin *bin = &cache->bins[class];
    size_t slots = size_classes[class].stack_blocks;
    if (bin_listed(bin) == slots) {
        flush_listed(class, bin, slots / 2);
        cache->flushed += (slots - slots / 2) * bin->size;
    }
    size_t flushed = cache->flushed;
    check_newest(bin, block);
    debug_free(class, block);
    if (bin->end == bin->bottom)
        hold(class, bin, block);
    else
        *++bin->top = block;
    EBB_CHECK(bin_is_valid(class, bin));
    cache_leave(cache);
    return flushed;
}
