#ifndef TIDEMARK_HARNESS_BLOCKMAP_H
#define TIDEMARK_HARNESS_BLOCKMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which object lives at an address: a hash table with linear probing, at most half full.
 * Address 0 is none.
 */
struct blockmap {
    struct blockmap_entry {
        uint64_t address;
        uint32_t object;
    } * entries;
    size_t count, capacity; /* a power of two, or 0 */
};

/* Puts an object at an address where none is. -ENOMEM on failure. */
int blockmap_put(struct blockmap *map, uint64_t address, uint32_t object);

/* Takes out what is at the address; false, `ret` untouched, where nothing is. */
bool blockmap_take(struct blockmap *map, uint64_t address, uint32_t *ret_object);

void blockmap_finish(struct blockmap *map);

#endif
