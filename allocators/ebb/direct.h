/* A direct mapping is a block that has a mapping of its own. A table lists them all, so
 * that a wild pointer isn't unmapped. */
#ifndef EBB_DIRECT_H
#define EBB_DIRECT_H

#include <stdbool.h>
#include <stddef.h>

void *direct_alloc(size_t size, size_t align); /* zeroed; NULL when out of memory */
/* False if block is none of ours. */
bool direct_free(void *block);
size_t direct_usable(const void *block); /* 0 if block is none of ours */
/* Moves if need be; NULL (and the block unchanged) when out of memory. */
void *direct_resize(void *block, size_t size);

/* Blocks, their bytes, and bytes that were freed but could not be unmapped. */
void direct_count(size_t *ret_blocks, size_t *ret_bytes, size_t *ret_stuck_bytes);

/* Repairs this module's state in the child of a fork (process.h). */
void direct_recover(void);

#endif
