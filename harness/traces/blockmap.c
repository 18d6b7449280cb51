#include "blockmap.h"

#include <stdlib.h>

#include "heap.h"

enum { CAPACITY_FIRST = 1024 };

/* Where an address belongs. Blocks are aligned to 16 bytes, so the low 4 bits say
 * nothing; the multiplication spreads the other bits (Fibonacci hashing). */
static size_t place_of(const struct blockmap *map, uint64_t address) {
    return (size_t)((address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) &
           (map->capacity - 1);
}

/* The place of an address, or the empty place that it would take. */
static size_t find(const struct blockmap *map, uint64_t address) {
    size_t at = place_of(map, address);
    while (map->entries[at].address && map->entries[at].address != address)
        at = (at + 1) & (map->capacity - 1);
    return at;
}

static void grow(struct blockmap *map) {
    struct blockmap old = *map;
    map->capacity = old.capacity ? old.capacity * 2 : CAPACITY_FIRST;
    map->entries = heap_new(map->capacity, sizeof *map->entries);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.entries[i].address)
            map->entries[find(map, old.entries[i].address)] = old.entries[i];
    free(old.entries);
}

void blockmap_put(struct blockmap *map, uint64_t address, uint32_t object) {
    if (map->count * 2 >= map->capacity)
        grow(map);
    map->entries[find(map, address)] = (struct blockmap_entry){address, object};
    map->count++;
}

/* Empties the place `gap`. find() stops at an empty place, so this first moves the
 * entries that find() could no longer reach. */
static void close_gap(struct blockmap *map, size_t gap) {
    size_t mask = map->capacity - 1;
    for (size_t at = (gap + 1) & mask; map->entries[at].address; at = (at + 1) & mask) {
        size_t wanted = place_of(map, map->entries[at].address);
        if (((at - wanted) & mask) >= ((at - gap) & mask)) {
            map->entries[gap] = map->entries[at];
            gap = at;
        }
    }
    map->entries[gap].address = 0;
}

bool blockmap_take(struct blockmap *map, uint64_t address, uint32_t *ret_object) {
    if (map->count == 0)
        return false;
    size_t at = find(map, address);
    if (map->entries[at].address == 0)
        return false;
    *ret_object = map->entries[at].object;
    map->count--;
    close_gap(map, at);
    return true;
}

void blockmap_finish(struct blockmap *map) {
    free(map->entries);
    *map = (struct blockmap){0};
}
