#include "flush.h"

#include <string.h>

#include "atomic.h"
#include "bin.h"
#include "fault.h"
#include "slab.h"

/* Blocks of one word on their way back. */
struct bucket {
    uint64_t mask; /* 0: unused */
    struct word_place place;
};

enum { BUCKETS = 16 };

/* A block on the stack may have been freed twice, and its slab may be gone since the
 * first free. Then its bit would be set in metadata that belongs to another slab by now.
 * Relaxed: the slab of a block that nobody has freed before can't change. */
static inline size_t check_class(unsigned class, const void *block) {
    size_t slice = slice_of(block);
    if (unlikely(load_relaxed(class_entry(slice)) != class))
        fault("double free", block);
    return slice;
}

/* The bucket of a word. If it was another word's, puts that one's blocks back first. */
static inline struct bucket *bucket_for(struct bucket *buckets, unsigned class,
                                        size_t number) {
    struct bucket *bucket = &buckets[(number ^ number / SLAB_WORDS_MAX) % BUCKETS];
    if (bucket->mask != 0 && bucket->place.number == number)
        return bucket;
    if (bucket->mask != 0)
        slab_put(class, &bucket->place, bucket->mask, false);
    *bucket = (struct bucket){0, {number, word_at(number)}};
    __builtin_prefetch(bucket->place.at, 1); /* for its slab_put() */
    return bucket;
}

void flush_listed(unsigned class, struct bin *bin, size_t keep) {
    const struct size_class *info = &size_classes[class];
    struct bucket buckets[BUCKETS];
    for (unsigned i = 0; i < BUCKETS; i++)
        buckets[i].mask = 0;
    struct bucket *bucket = buckets;
    void **from = bin->bottom + 1, **to = from + bin_listed(bin) - keep;
    bucket->place.number = SIZE_MAX;
    /* The blocks of the bucket's word, once two of them came in a row: neighbours are
     * often freed together. */
    uintptr_t start = 0;
    uint64_t bytes = 0, size = info->size, reciprocal = info->reciprocal, bit;
    for (; from < to; from++) {
        uint64_t offset = (uintptr_t)*from - start;
        if (offset < bytes) {
            uint64_t index = offset * reciprocal >> 32;
            if (unlikely(index * size != offset))
                fault("interior pointer", *from);
            bit = 1ull << index;
        } else {
            size_t slice = check_class(class, *from);
            uint32_t index = slab_index(class, *from);
            size_t number = word_number(slice, index);
            bit = 1ull << index % 64;
            bytes = 0;
            if (number != bucket->place.number) {
                bucket = bucket_for(buckets, class, number);
            } else {
                unsigned blocks = info->capacity - index / 64 * 64;
                start = (uintptr_t)*from - index % 64 * size;
                bytes = (blocks < 64 ? blocks : 64) * size;
            }
        }
        if (unlikely((bucket->mask & bit) != 0))
            fault("double free", *from);
        bucket->mask |= bit;
    }
    for (unsigned i = 0; i < BUCKETS; i++)
        if (buckets[i].mask != 0)
            slab_put(class, &buckets[i].place, buckets[i].mask, false);
    memmove(bin->bottom + 1, to, keep * sizeof *to);
    if (bin->held > 0)
        bin->held = (uint32_t)keep;
    else
        bin->top = bin->bottom + keep;
}

static void flush_word(unsigned class, struct bin *bin) {
    uint64_t mask = bin->word;
    if (mask == 0)
        return;
    struct place place = slab_place(class, bin->base);
    bin->word = 0;
    slab_put(class, &place.word, mask, bin->word_is_cold);
}

void flush_cache(struct cache *cache) {
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        struct bin *bin = &cache->bins[class];
        EBB_CHECK(bin_is_valid(class, bin));
        if (bin_listed(bin) > 0)
            flush_listed(class, bin, 0);
        flush_word(class, bin);
    }
}

/* Relaxed throughout: only we have these blocks, unless the program is at fault. */
static void check_block(unsigned class, const struct bin *bin, const void *block) {
    check_class(class, block);
    struct place place = slab_place(class, block);
    const struct word *word = place.word.at;
    uint64_t bits = load_relaxed(&word->free) | load_relaxed(&word->cold);
    if ((bits >> place.bit & 1) != 0 || bin_claimed(class, bin, block))
        fault("double free", block);
}

void flush_check(const struct cache *cache) {
    enum { SEEN = 2 * STACK_BLOCKS_MAX };
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        const struct bin *bin = &cache->bins[class];
        const void *seen[SEEN] = {NULL}; /* a hash table of the blocks before this one */
        for (size_t i = 1; i <= bin_listed(bin); i++) {
            const void *block = bin->bottom[i];
            check_block(class, bin, block);
            size_t at = (uintptr_t)block / BLOCK_ALIGN * 0x9e3779b97f4a7c15ull >> 57;
            for (; seen[at % SEEN] != NULL; at++)
                if (seen[at % SEEN] == block)
                    fault("double free", block);
            seen[at % SEEN] = block;
        }
    }
}
