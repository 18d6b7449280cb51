/* Counts what is in the caches. */
#ifndef EBB_ACCOUNTS_H
#define EBB_ACCOUNTS_H

#include "types.h"

/* Blocks of each class that are in caches, the number of caches that threads have, and
 * the bytes of all of them. Exact only while nobody allocates. Under list_lock, which
 * keeps the reclaimer from flushing any. */
void cache_count(size_t ret_blocks[CLASS_SLOTS], size_t *ret_caches, size_t *ret_bytes);

#ifdef EBB_SIMULATION
/* Calls visit for each block that is in a cache; cold: nobody wrote to it since it was
 * claimed cold. While nobody allocates. */
void cache_each_block(void (*visit)(unsigned class, void *block, bool cold));
#endif

#endif
