#include "accounts.h"

#include <string.h>

#include "bin.h"
#include "lifetime.h"

static void count_cache(const struct cache *cache, size_t blocks[CLASS_SLOTS]) {
    for (unsigned class = 1; class < CLASS_SLOTS; class ++)
        blocks[class] += bin_blocks(&cache->bins[class]);
}

void cache_count(size_t ret_blocks[CLASS_SLOTS], size_t *ret_caches, size_t *ret_bytes) {
    *ret_caches = 0;
    *ret_bytes = 0;
    memset(ret_blocks, 0, CLASS_SLOTS * sizeof *ret_blocks);
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next) {
        count_cache(cache, ret_blocks);
        *ret_caches += !cache->idle;
        *ret_bytes += sizeof *cache;
    }
    struct cache *shared = cache_enter_shared();
    if (shared != NULL) {
        count_cache(shared, ret_blocks);
        cache_leave(shared);
    }
}

#ifdef EBB_SIMULATION

static void each_block(const struct cache *cache,
                       void (*visit)(unsigned class, void *block, bool cold)) {
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        const struct bin *bin = &cache->bins[class];
        for (size_t i = 1; i <= bin_listed(bin); i++)
            visit(class, bin->bottom[i], false);
        for (uint64_t word = bin->word; word != 0; word &= word - 1)
            visit(class, bin->base + (size_t)(unsigned)__builtin_ctzll(word) * bin->size,
                  bin->word_is_cold);
    }
}

void cache_each_block(void (*visit)(unsigned class, void *block, bool cold)) {
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next)
        each_block(cache, visit);
    struct cache *shared = cache_enter_shared();
    if (shared != NULL) {
        each_block(shared, visit);
        cache_leave(shared);
    }
}

#endif
