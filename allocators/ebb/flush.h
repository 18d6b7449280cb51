/* Moves blocks from a cache's bins back to the slabs, by one atomic operation per word of
 * blocks that were freed together. Callers are inside the gate of the bin's cache. */
#ifndef EBB_FLUSH_H
#define EBB_FLUSH_H

#include "types.h"

/* Returns the oldest blocks of the bin's slots until only `keep` are left. Faults on a
 * block that is already free, or is not of the class. */
void flush_listed(unsigned class, struct bin *bin, size_t keep);

/* Returns everything that the cache holds. */
void flush_cache(struct cache *cache);

/* Looks for the faults that a flush would find, without flushing, when the process is
 * about to end. Takes no lock. */
void flush_check(const struct cache *cache);

#endif
