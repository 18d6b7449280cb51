/* See huge.h. The kernel is asked for a huge page only while it takes the one fault that
 * makes it: khugepaged, which would fill our holes, never finds the range willing. */
#include "huge.h"

#include "atomic.h"
#include "heap.h"
#include "options.h"
#include "os.h"

enum {
    REGION_SIZE = REGION_SLICES * SLICE_SIZE,
    /* Slices in use (8 MiB) from which on a region more or less is little. */
    USED_MIN = 128,
    FAILURES_MAX = 8, /* then it isn't asked any more */
};

static unsigned failures; /* under the slice lock */

static inline _Atomic uint64_t *bits_of(size_t region) {
    return &heap.huge[region / 64];
}

static inline uint64_t bit_of(size_t region) {
    return 1ull << region % 64;
}

bool huge_is_due(size_t used) {
    return used >= USED_MIN && failures < FAILURES_MAX && options_get()->huge_pages;
}

bool huge_back(size_t region) {
    if (os_back_by_huge_page(slice_start(region * REGION_SLICES), REGION_SIZE) != 0) {
        failures++;
        return false;
    }
    /* Relaxed: a bit is changed under the slice lock, or by whoever gives back memory of
     * the region, which is after it was taken out under that lock. */
    or_relaxed(bits_of(region), bit_of(region));
    return true;
}

void huge_split(size_t from, size_t to) {
    for (size_t region = from / REGION_SLICES; region * REGION_SLICES < to; region++) {
        if ((load_relaxed(bits_of(region)) & bit_of(region)) == 0)
            continue;
        size_t first = region * REGION_SLICES;
        if (first < from || first + REGION_SLICES > to)
            os_split_huge_page(slice_start(first));
        and_relaxed(bits_of(region), ~bit_of(region));
    }
}

size_t huge_bytes(void) {
    size_t regions = 0, frontier = load_relaxed(&heap.frontier);
    size_t first =
        heap.first / REGION_SLICES / 64 * 64; /* of the metadata there are none */
    for (size_t region = first; region * REGION_SLICES < frontier; region += 64)
        regions += (size_t)__builtin_popcountll(load_relaxed(bits_of(region)));
    return regions * REGION_SIZE;
}
