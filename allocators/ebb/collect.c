/* Giving memory back at once, because the program asked. */
#include "api.h"

#include "cache.h"
#include "ebb.h"
#include "heap.h"
#include "meta.h"
#include "slab.h"
#include "slice.h"

EBB_EXPORT int EBB_NAME(malloc_trim)(size_t pad);

/* In this order: flushed blocks empty slabs, empty slabs become free slices. */
EBB_EXPORT size_t ebb_collect(void) {
    if (heap_init() != 0)
        return 0;
    cache_flush_all();
    size_t bytes = slab_discard_holes();
    bytes += slice_discard_free();
    return bytes + meta_discard();
}

/* pad is a wish about the top of brk's heap, which there is none of. */
int EBB_NAME(malloc_trim)(size_t pad) {
    (void)pad;
    return ebb_collect() > 0;
}
