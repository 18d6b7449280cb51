#ifndef TIDEMARK_HARNESS_BLOCKMAP_H
#define TIDEMARK_HARNESS_BLOCKMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Maps addresses to the objects that live there: a hash table with linear probing, at
 * most half full. Address 0 marks an empty place.
 */
struct blockmap {
    struct blockmap_entry {
        uint64_t address;
        uint32_t object;
    } * entries;
    size_t count, capacity; /* capacity: a power of two, or 0 */
};

/* Puts an object at an address, which must not have one yet. */
void blockmap_put(struct blockmap *map, uint64_t address, uint32_t object);

/* Removes the object at an address. False, `*ret_object` untouched, if there is none. */
bool blockmap_take(struct blockmap *map, uint64_t address, uint32_t *ret_object);

void blockmap_finish(struct blockmap *map);

#endif
