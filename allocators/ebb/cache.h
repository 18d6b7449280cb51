/* The slow halves of malloc and free for blocks of slabs. They handle every state that
 * the fast halves leave to them. */
#ifndef EBB_CACHE_H
#define EBB_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/* NULL when out of memory. ret_cold: the block was claimed cold. */
void *cache_alloc_slow(unsigned class, bool *ret_cold);

/* Returns the bytes that the calling thread's frees have given back to slabs so far. */
size_t cache_free_slow(unsigned class, void *block);

#endif
