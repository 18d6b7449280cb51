/* From a cache's bins back to the slabs, one atomic operation per word of blocks that
 * were freed together. Inside the gate of the bin's cache. */
#ifndef EBB_FLUSH_H
#define EBB_FLUSH_H

#include "types.h"

/* Returns the oldest blocks of the bin's slots until only `keep` are left. Faults on
 * blocks that are free already, or none of the class's. */
void flush_listed(unsigned class, struct bin *bin, size_t keep);

/* Everything that the cache holds. */
void flush_cache(struct cache *cache);

/* Looks for the faults that a flush would find, without one: for blocks that were freed
 * when the process is about to end. Takes no lock. */
void flush_check(const struct cache *cache);

#endif
