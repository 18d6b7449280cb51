/* See flush.h. */
#include "flush.h"

#include <string.h>

#include "atomic.h"
#include "bin.h"
#include "fault.h"
#include "slab.h"

/* Blocks of one word on their way back. */
struct bucket {
    struct place place;
    uint64_t mask; /* 0: unused */
};

enum { BUCKETS = 16 };

static inline struct bucket *bucket_for(struct bucket *buckets,
                                        const struct place *place) {
    uintptr_t word = (uintptr_t)&place->words[place->word] / sizeof(struct word);
    return &buckets[(word ^ word >> 4) % BUCKETS];
}

/* A block on the stack may have been freed twice, and its slab be gone since the first:
 * then its bit would be set in metadata that are another slab's by now. Relaxed: the slab
 * of a block that nobody has freed before can't change. */
static inline void check_class(unsigned class, const void *block) {
    if (unlikely(load_relaxed(class_entry(slice_of(block))) != class))
        fault("double free", block);
}

void flush_stack(unsigned class, struct bin *bin, size_t keep) {
    struct bucket buckets[BUCKETS];
    for (unsigned i = 0; i < BUCKETS; i++)
        buckets[i].mask = 0;
    void **from = bin->bottom + 1, **to = bin->top + 1 - keep;
    for (; from < to; from++) {
        check_class(class, *from);
        struct place place = slab_place(class, *from);
        uint64_t bit = 1ull << place.bit;
        struct bucket *bucket = bucket_for(buckets, &place);
        if (bucket->mask != 0 &&
            (bucket->place.words != place.words || bucket->place.word != place.word)) {
            slab_put(class, &bucket->place, bucket->mask, false);
            bucket->mask = 0;
        }
        if ((bucket->mask & bit) != 0)
            fault("double free", *from);
        if (bucket->mask == 0)
            __builtin_prefetch(&place.words[place.word], 1); /* for its slab_put() */
        bucket->place = place;
        bucket->mask |= bit;
    }
    for (unsigned i = 0; i < BUCKETS; i++)
        if (buckets[i].mask != 0)
            slab_put(class, &buckets[i].place, buckets[i].mask, false);
    memmove(bin->bottom + 1, to, keep * sizeof *to);
    bin->top = bin->bottom + keep;
}

static void flush_word(unsigned class, struct bin *bin) {
    uint64_t mask = bin->word;
    if (mask == 0)
        return;
    struct place place = slab_place(class, bin->base);
    bin->word = 0;
    slab_put(class, &place, mask, bin->word_is_cold);
}

void flush_cache(struct cache *cache) {
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        struct bin *bin = &cache->bins[class];
        EBB_CHECK(bin_is_valid(class, bin));
        if (bin->top != bin->bottom)
            flush_stack(class, bin, 0);
        flush_word(class, bin);
    }
}
