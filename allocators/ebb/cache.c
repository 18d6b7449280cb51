/* See cache.h. */
#include "cache.h"

#include "bin.h"
#include "debug.h"
#include "fault.h"
#include "flush.h"
#include "heap.h"
#include "lifetime.h"
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

size_t cache_free_slow(unsigned class, void *block) {
    struct cache *cache = cache_enter();
    struct bin *bin = &cache->bins[class];
    if (bin->top == bin->end) {
        size_t half = (size_t)(bin->end - bin->bottom) / 2;
        flush_stack(class, bin, half);
        cache->flushed += half * bin->size;
    }
    size_t flushed = cache->flushed;
    debug_free(class, block);
    *++bin->top = block;
    EBB_CHECK(bin_is_valid(class, bin));
    cache_leave(cache);
    return flushed;
}
