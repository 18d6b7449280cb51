#include "debug.h"

#ifdef EBB_DEBUG

#include <string.h>

#include "slab.h"

void debug_alloc(unsigned class, void *block) {
    if (block == NULL)
        return;
    struct place place = slab_place(class, block);
    struct word *word = place.word.at;
    uint64_t bit = 1ull << place.bit;
    EBB_CHECK((or_relaxed(&word->live, bit) & bit) == 0);
    EBB_CHECK(((load_relaxed(&word->free) | load_relaxed(&word->cold)) & bit) == 0);
}

void debug_free(unsigned class, void *block) {
    struct place place = slab_place(class, block);
    uint64_t bit = 1ull << place.bit;
    if ((and_relaxed(&place.word.at->live, ~bit) & bit) == 0)
        fault("double free", block);
    memset(block, POISON, size_classes[class].size);
}

#else
typedef int ebb_debug_is_empty;
#endif
