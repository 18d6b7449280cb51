/* From a cache's bins back to the slabs, one atomic operation per word of blocks that were
 * freed together. Inside the gate of the bin's cache. */
#ifndef EBB_FLUSH_H
#define EBB_FLUSH_H

#include "types.h"

/* Returns the oldest blocks of the bin's stack until only `keep` are left. Faults on
 * blocks that are free already, or none of the class's. */
void flush_stack(unsigned class, struct bin *bin, size_t keep);

/* Everything that the cache holds. */
void flush_cache(struct cache *cache);

#endif
