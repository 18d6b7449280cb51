/* See accounts.h. */
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
