/* The blocks of one class that a thread keeps (types.h, "cache"). Callers of all these
 * functions are inside the gate of the bin's cache. */
#ifndef EBB_BIN_H
#define EBB_BIN_H

#include "atomic.h"
#include "types.h"

static inline void *bin_block(const struct bin *bin, uint64_t word) {
    return bin->base + (size_t)(unsigned)__builtin_ctzll(word) * bin->size;
}

/* Takes a block out of the bin's claimed word, NULL if there is none. ret_cold: nobody
 * wrote to it since it was claimed cold. Fetches the next one, which the program will
 * most likely write to at once. */
static inline void *bin_pop_word(struct bin *bin, bool *ret_cold) {
    uint64_t word = bin->word;
    *ret_cold = false;
    if (unlikely(word == 0))
        return NULL;
    bin->word = word & (word - 1);
    if (likely(bin->word != 0))
        __builtin_prefetch(bin_block(bin, bin->word), 1);
    *ret_cold = bin->word_is_cold;
    return bin_block(bin, word);
}

/* Removes the newest block from the stack. */
static inline void bin_drop(struct bin *bin) {
#if defined(__x86_64__)
    /* One instruction, which compilers don't choose here. It makes up for the look that
     * free() takes at the newest block. */
    __asm__("subq %1, %0" : "+m"(bin->top) : "i"(sizeof *bin->top) : "cc");
#else
    bin->top--;
#endif
}

/* Takes the newest block off the stack, NULL if there is none. */
static inline void *bin_pop_stack(struct bin *bin) {
    void *block = *bin->top;
    if (likely(block != NULL))
        bin_drop(bin);
    return block;
}

/* Takes a block out of a bin, NULL if it is empty. The stack first: its blocks are
 * likely to be in the processor's cache. */
static inline void *bin_pop(struct bin *bin, bool *ret_cold) {
    void *block = bin_pop_stack(bin);
    if (unlikely(block == NULL))
        return bin_pop_word(bin, ret_cold);
    *ret_cold = false;
    return block;
}

/* Blocks in the slots, from bottom + 1 on. */
static inline size_t bin_listed(const struct bin *bin) {
    return (size_t)(bin->top - bin->bottom) + bin->held;
}

static inline size_t bin_blocks(const struct bin *bin) {
    return bin_listed(bin) + (size_t)__builtin_popcountll(bin->word);
}

/* Whether a block of the bin's class is among those of its claimed word. */
static inline bool bin_claimed(unsigned class, const struct bin *bin, const void *block) {
    uint64_t offset = (uintptr_t)block - (uintptr_t)bin->base;
    uint64_t index = offset * size_classes[class].reciprocal >> 32;
    return offset < SLICE_SIZE && index < 64 && (bin->word >> index & 1) != 0;
}

/* Sets up every bin of a cache, empty. */
void bins_init(struct cache *cache, unsigned shard, bool quarantine);

/* Forgets what the bins hold. */
void bins_empty(struct cache *cache);

bool bin_is_valid(unsigned class, const struct bin *bin);

#endif
