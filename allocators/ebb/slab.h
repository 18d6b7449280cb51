/* A slab is a slice that is cut into blocks of one class. Its free blocks are bits in
 * words. Claims take blocks out (under the shard's lock, up to a word at a time).
 * slab_put brings them back (any thread, one atomic OR per word, no lock). */
#ifndef EBB_SLAB_H
#define EBB_SLAB_H

#include "atomic.h"
#include "fault.h"
#include "types.h"

/* Where a word is. Words are numbered through the heap: slice * SLAB_WORDS_MAX + word of
 * its slab. */
struct word_place {
    size_t number;
    struct word *at;
};

/* Where a block's bit is. */
struct place {
    struct word_place word;
    unsigned bit;
};

/* The shard for a cache that is made now. Under the list's lock. */
unsigned slab_next_shard(void);

/* Fills an empty bin with a word, or with some blocks on the stack if free blocks are
 * sparse. False when out of memory. The caller is inside the gate of the bin's cache. */
bool slab_refill(unsigned class, struct bin *bin);

/* The rest of slab_put(). before: the word's bits of both kinds as they were. was_empty:
 * there were none of the kind that was put. */
void slab_put_rest(unsigned class, const struct word_place *place, uint64_t mask,
                   bool cold, uint64_t before, bool was_empty);

/* Looks at the slab in this slice, if there is one: discards whole OS pages without a
 * live or cached block, and retires the slab if all its blocks are free. GIVE_UNUSED:
 * only if its free blocks are still those of the last call. Adds the bytes that were
 * resident. Under the reclaim lock. False if there was nothing to look at. */
bool slab_discard_holes(size_t index, enum give give, size_t *bytes);

/* Bytes that slab_discard_holes() with GIVE_UNUSED would discard now, if they are
 * resident. Under the reclaim lock. */
size_t slab_unused_holes(size_t index);

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

static inline size_t word_number(size_t slice, uint32_t index) {
    return slice * SLAB_WORDS_MAX + index / 64;
}

/* Relaxed: the caller holds a block of the word's slab, so it can't change. */
static inline struct word *word_at(size_t number) {
    return load_relaxed(&heap.slice[number / SLAB_WORDS_MAX].words) +
           number % SLAB_WORDS_MAX;
}

/* Finds the bit of a block of the class. Faults as above. */
static inline struct place slab_place(unsigned class, const void *block) {
    uint32_t index = slab_index(class, block);
    size_t number = word_number(slice_of(block), index);
    return (struct place){.word = {number, word_at(number)}, .bit = index % 64};
}

/* Gives back the blocks of mask in one word; cold if nobody wrote to them since they were
 * claimed cold. Faults on blocks that are already free. */
static inline void slab_put(unsigned class, const struct word_place *place, uint64_t mask,
                            bool cold) {
    struct word *word = place->at;
    /* Read before the OR: afterwards the slab may be gone. Bits outside mask may be
     * stale, which at worst leaves an empty slab to its class until the next sweep. */
    uint64_t other = load_relaxed(cold ? &word->free : &word->cold);
    /* pairs with the and_acquire in slab_claim() and sweep_up(), and with the acquires in
     * all_free() */
    uint64_t old = or_acq_rel(cold ? &word->cold : &word->free, mask);
    uint64_t before = old | other, all = before | mask;
    /* The last test: a word that is all free is one less than a power of two. */
    if (unlikely(old == 0 || (before & mask) != 0 || (all & (all + 1)) == 0))
        slab_put_rest(class, place, mask, cold, before, old == 0);
}

#endif
