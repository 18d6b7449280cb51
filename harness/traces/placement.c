/* A slice is 64 KiB: free, or a slab of one size class, or a part of a large object's
 * run. */
#include "placement.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

enum {
    SLICE = 65536,
    SLICES = 1 << 18, /* 16 GiB */
    SLAB_MAX = 32768, /* largest size class */
    STEPS = 8,        /* classes that are 16 bytes apart, up to 128 */
    CLASSES = STEPS + 4 * 8,
    WORDS = SLICE / 16 / 64, /* of a slab's bitmap: enough for the smallest class */
    PAGE = 4096,
    PAGES = SLICES * (SLICE / PAGE),
};

struct slab {
    uint64_t taken[WORDS]; /* a bit for each block */
    uint16_t used;         /* the number of these bits that are set */
};

/* Where an object lies. */
struct place {
    uint64_t address;
    uint32_t size; /* 0: the object has no place */
};

struct placement {
    uint32_t objects;
    struct place *places;                  /* by object */
    struct slab *slabs;                    /* by slice */
    uint64_t in_use[SLICES / 64];          /* a bit for each slice */
    uint64_t open[CLASSES][SLICES / 64];   /* slabs of the class that have a free block */
    uint32_t lowest_open[CLASSES], lowest; /* words of `open` and `in_use` before these
                                              have no open slab and no free slice */
};

/* The size class of a small object. */
static unsigned class_of(uint32_t size) {
    if (size <= 16 * STEPS)
        return size ? (size - 1) / 16 : 0;
    unsigned doubling = 31 - (unsigned)__builtin_clz(size - 1); /* 2^doubling < size */
    return STEPS + (doubling - 7) * 4 + ((size - 1) >> (doubling - 2) & 3);
}

static uint32_t block_size(unsigned class) {
    if (class < STEPS)
        return (class + 1) * 16;
    unsigned doubling = (class - STEPS) / 4 + 7, quarter = (class - STEPS) % 4;
    return (uint32_t)(5 + quarter) << (doubling - 2);
}

static bool bit_get(const uint64_t *bits, uint64_t i) {
    return bits[i / 64] >> i % 64 & 1;
}

static void bit_set(uint64_t *bits, uint64_t i, bool value) {
    uint64_t bit = UINT64_C(1) << i % 64;
    bits[i / 64] = value ? bits[i / 64] | bit : bits[i / 64] & ~bit;
}

struct placement *placement_create(uint32_t objects) {
    struct placement *placement = heap_new(1, sizeof *placement);
    placement->objects = objects;
    placement->places = heap_new(objects, sizeof *placement->places);
    placement->slabs = heap_new(SLICES, sizeof *placement->slabs); /* mostly untouched */
    return placement;
}

void placement_destroy(struct placement *placement) {
    free(placement->places);
    free(placement->slabs);
    free(placement);
}

/* The first slice of the lowest run of `count` free slices; SLICES if there is none. */
static uint32_t find_run(struct placement *placement, uint32_t count) {
    while (placement->lowest < SLICES / 64 &&
           placement->in_use[placement->lowest] == UINT64_MAX)
        placement->lowest++;
    uint32_t found = 0;
    for (uint32_t i = placement->lowest * 64; i < SLICES; i++) {
        found = bit_get(placement->in_use, i) ? 0 : found + 1;
        if (found == count)
            return i + 1 - count;
    }
    return SLICES;
}

static void mark_run(struct placement *placement, uint32_t first, uint32_t count,
                     bool in_use) {
    for (uint32_t i = first; i < first + count; i++)
        bit_set(placement->in_use, i, in_use);
    if (!in_use && first / 64 < placement->lowest)
        placement->lowest = first / 64;
}

static void set_open(struct placement *placement, unsigned class, uint32_t slice,
                     bool open) {
    bit_set(placement->open[class], slice, open);
    if (open && slice / 64 < placement->lowest_open[class])
        placement->lowest_open[class] = slice / 64;
}

/* The lowest slab of the class with a free block. Makes a new slab if there is none.
 * SLICES if no slice is free. */
static uint32_t find_slab(struct placement *placement, unsigned class) {
    uint32_t *word = &placement->lowest_open[class];
    while (*word < SLICES / 64 && placement->open[class][*word] == 0)
        (*word)++;
    if (*word < SLICES / 64)
        return *word * 64 + (uint32_t)__builtin_ctzll(placement->open[class][*word]);
    uint32_t slice = find_run(placement, 1);
    if (slice < SLICES) {
        mark_run(placement, slice, 1, true);
        set_open(placement, class, slice, true);
    }
    return slice;
}

/* How many slices a large object takes. */
static uint32_t run_of(uint32_t size) {
    return (uint32_t)(((uint64_t)size + SLICE - 1) / SLICE);
}

/* Takes the lowest free block of a slab, which must have one. Returns its address. */
static uint64_t take_block(struct placement *placement, uint32_t slice, unsigned class) {
    struct slab *slab = &placement->slabs[slice];
    uint32_t block = 0;
    while (slab->taken[block / 64] == UINT64_MAX)
        block += 64;
    block += (uint32_t)__builtin_ctzll(~slab->taken[block / 64]);
    bit_set(slab->taken, block, true);
    if (++slab->used == SLICE / block_size(class))
        set_open(placement, class, slice, false);
    return (uint64_t)slice * SLICE + (uint64_t)block * block_size(class);
}

int placement_put(struct placement *placement, uint32_t object, uint32_t size) {
    bool small = size <= SLAB_MAX;
    uint32_t slice =
        small ? find_slab(placement, class_of(size)) : find_run(placement, run_of(size));
    if (slice == SLICES)
        return -EFBIG;
    struct place *place = &placement->places[object];
    place->size = size ? size : 1;
    if (small) {
        place->address = take_block(placement, slice, class_of(size));
    } else {
        place->address = (uint64_t)slice * SLICE;
        mark_run(placement, slice, run_of(size), true);
    }
    return 0;
}

void placement_take(struct placement *placement, uint32_t object) {
    struct place *place = &placement->places[object];
    uint32_t slice = (uint32_t)(place->address / SLICE);
    if (place->size > SLAB_MAX) {
        mark_run(placement, slice, run_of(place->size), false);
    } else {
        unsigned class = class_of(place->size);
        struct slab *slab = &placement->slabs[slice];
        bit_set(slab->taken, place->address % SLICE / block_size(class), false);
        slab->used--;
        set_open(placement, class, slice, slab->used > 0);
        if (slab->used == 0)
            mark_run(placement, slice, 1, false);
    }
    place->size = 0;
}

int placement_resize(struct placement *placement, uint32_t object, uint32_t size) {
    struct place *place = &placement->places[object];
    bool stays = place->size <= SLAB_MAX && size <= SLAB_MAX
                     ? class_of(place->size) == class_of(size)
                     : place->size > SLAB_MAX && size > SLAB_MAX &&
                           run_of(place->size) == run_of(size);
    if (stays) {
        place->size = size ? size : 1;
        return 0;
    }
    placement_take(placement, object);
    return placement_put(placement, object, size);
}

uint64_t placement_pages(const struct placement *placement, unsigned shift) {
    uint64_t *pages = heap_new(PAGES / 64, sizeof *pages), count = 0;
    for (uint32_t i = 0; i < placement->objects; i++) {
        const struct place *place = &placement->places[i];
        if (place->size == 0)
            continue;
        uint64_t last = (place->address + place->size - 1) / PAGE >> shift;
        for (uint64_t page = place->address / PAGE >> shift; page <= last; page++) {
            count += !bit_get(pages, page);
            bit_set(pages, page, true);
        }
    }
    free(pages);
    return count;
}
