/* Direct mappings: blocks that are a mapping of their own, and a table of them, so that
 * a wild pointer isn't unmapped. */
#ifndef EBB_DIRECT_H
#define EBB_DIRECT_H

#include <stdbool.h>
#include <stddef.h>

#include "lock.h"

extern struct lock direct_lock;

void *direct_alloc(size_t size, size_t align); /* zeroed; NULL when out of memory */
/* False if block is none of ours. */
bool direct_free(void *block);
size_t direct_usable(const void *block); /* 0 if block is none of ours */
/* Moves if need be; NULL (and the block unchanged) when out of memory. */
void *direct_resize(void *block, size_t size);

void direct_count(size_t *ret_blocks, size_t *ret_bytes);

#endif
