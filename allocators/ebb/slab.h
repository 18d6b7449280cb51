/* A slab is a slice that is cut into blocks of one class. Its free blocks are bits in
 * words. Claims take blocks out (under the class's lock, up to a word at a time).
 * slab_put brings them back (any thread, one atomic OR per word, no lock). */
#ifndef EBB_SLAB_H
#define EBB_SLAB_H

#include "atomic.h"
#include "fault.h"
#include "types.h"

/* Where a block's bit is. */
struct place {
    struct word *words; /* of the whole slab */
    size_t slice;
    unsigned word;
    unsigned bit;
};

/* Fills an empty bin with a word, or with some blocks on the stack if free blocks are
 * sparse. False when out of memory. The caller is inside the gate of the bin's cache. */
bool slab_refill(unsigned class, struct bin *bin);

/* Gives back the blocks of `mask` in one word. `cold`: nobody wrote to them since they
 * were claimed cold. Faults on blocks that are already free. */
void slab_put(unsigned class, const struct place *place, uint64_t mask, bool cold);

/* If the slice is a slab, discards its whole OS pages without a live or cached block, and
 * retires the slab if all its pages are such. Unless `at_once`, it does so only if the
 * free blocks are still those of the last call. Adds the bytes that were resident to
 * `bytes`. The caller holds the reclaim lock. False if there was nothing to look at. */
bool slab_discard_holes(size_t index, bool at_once, size_t *bytes);

struct slab_count {
    size_t slabs, free_blocks, cold_blocks;
};
/* Exact only while nobody allocates. */
void slab_count(unsigned class, struct slab_count *ret_count);

/* Checks the invariants of the words of all the class's slabs, and of their places in the
 * partial sets. Only while nobody allocates. */
bool slabs_are_valid(unsigned class);
bool slab_is_valid(unsigned class, size_t index); /* of one, without a lock */

/* Repairs this module's state in the child of a fork (process.h). */
void slab_recover(void);

/* The number of a block in its slab. Faults on a pointer into the middle of one. */
static inline uint32_t slab_index(unsigned class, const void *block) {
    const struct size_class *info = &size_classes[class];
    uint32_t offset = (uint32_t)((uintptr_t)block % SLICE_SIZE);
    uint32_t index = (uint32_t)((uint64_t)offset * info->reciprocal >> 32);
    if (unlikely(index * info->size != offset || index >= info->capacity))
        fault("interior pointer", block);
    return index;
}

/* Finds the bit of a block of the class. Faults as above. */
static inline struct place slab_place(unsigned class, const void *block) {
    uint32_t index = slab_index(class, block);
    struct place place;
    place.slice = slice_of(block);
    /* Relaxed: the caller holds a block, so the slab can't change. */
    place.words = load_relaxed(&heap.slice[place.slice].words);
    place.word = index / 64;
    place.bit = index % 64;
    return place;
}

#endif
