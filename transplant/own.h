#ifndef TIDEMARK_TRANSPLANT_OWN_H
#define TIDEMARK_TRANSPLANT_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The memory that belongs to copies' own allocators: what they map, and their data. A
 * block from there that comes to the new allocator shows that blocks mix. Written under a
 * lock, read without one: a reader that misses a range that is only being added asks
 * about a block that nobody has been given yet.
 */

/* `owner` says whose it is; nothing is added where 64 ranges are in use. */
void own_add(const void *begin, size_t length, void *owner);

/* It is unmapped, by whomever. */
void own_remove(const void *begin, size_t length);

/* Whose memory the address is in, and how much of it follows; NULL where it is nobody's.
 */
void *own_find(const void *address, size_t *ret_left);

#endif
