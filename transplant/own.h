#ifndef TIDEMARK_TRANSPLANT_OWN_H
#define TIDEMARK_TRANSPLANT_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The memory that belongs to the own allocators of the copies: what they map, and their
 * data. If a block from there reaches the new allocator, the two allocators mix. Written
 * under a lock, read without one. A reader may miss a range that is just being added;
 * nobody has been given a block from that range yet.
 */

/* Adds memory of `owner`. Does nothing if 64 ranges are in use. */
void own_add(const void *begin, size_t length, void *owner);

/* Removes memory that is being unmapped, whoever owns it. */
void own_remove(const void *begin, size_t length);

/* The owner of the memory at an address, and how many of its bytes follow. NULL if nobody
 * owns it. */
void *own_find(const void *address, size_t *ret_left);

#endif
