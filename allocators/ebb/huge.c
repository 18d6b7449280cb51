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
    /* After so many failures in a row, none is asked for during a pause that doubles. */
    FAILURES_MAX = 8,
    PAUSE_MIN_MS = 1000,
    PAUSE_MAX_MS = 64000,
};

/* Of fresh regions (0) and of those that have a page table (1). */
static struct {
    unsigned failures;
    unsigned pause_ms;
    uint64_t until_ms;
} luck[2];

static inline uint64_t bit_of(size_t region) {
    return 1ull << region % 64;
}

static inline bool has_bit(_Atomic uint64_t *bits, size_t region) {
    return (load_relaxed(&bits[region / 64]) & bit_of(region)) != 0;
}

bool huge_is_due(size_t used) {
    return used >= USED_MIN && options_get()->huge_pages;
}

bool huge_may_try(size_t region) {
    bool tabled = has_bit(heap.tabled, region);
    return luck[tabled].failures < FAILURES_MAX || os_now_ms() >= luck[tabled].until_ms;
}

bool huge_back(size_t region) {
    char *base = slice_start(region * REGION_SLICES);
    size_t ignored = 0;
    /* Kernels since 6.14 free a page table when all that it maps is given back at once.
     */
    if (has_bit(heap.tabled, region) && os_discard(base, REGION_SIZE, &ignored) != 0)
        return false;
    return os_back_by_huge_page(base, REGION_SIZE) == 0;
}

void huge_learn(size_t region, bool backed) {
    bool tabled = has_bit(heap.tabled, region);
    if (backed) {
        luck[tabled].failures = luck[tabled].pause_ms = 0;
        and_relaxed(&heap.tabled[region / 64], ~bit_of(region));
        /* Relaxed: the bit is changed under the slice lock, or by whoever gives back
         * memory of the region, which is after it was taken out under that lock. */
        or_relaxed(&heap.huge[region / 64], bit_of(region));
        return;
    }
    or_relaxed(&heap.tabled[region / 64], bit_of(region));
    if (++luck[tabled].failures < FAILURES_MAX)
        return;
    unsigned pause = 2 * luck[tabled].pause_ms;
    luck[tabled].pause_ms = pause < PAUSE_MIN_MS   ? PAUSE_MIN_MS
                            : pause > PAUSE_MAX_MS ? PAUSE_MAX_MS
                                                   : pause;
    luck[tabled].until_ms = os_now_ms() + luck[tabled].pause_ms;
}

void huge_small_pages(size_t from, size_t to) {
    for (size_t region = from / REGION_SLICES; region * REGION_SLICES < to; region++)
        if (!has_bit(heap.huge, region) && !has_bit(heap.tabled, region))
            or_relaxed(&heap.tabled[region / 64], bit_of(region));
}

void huge_split(size_t from, size_t to) {
    for (size_t region = from / REGION_SLICES; region * REGION_SLICES < to; region++) {
        if (!has_bit(heap.huge, region))
            continue;
        size_t first = region * REGION_SLICES;
        if (first < from || first + REGION_SLICES > to) {
            os_split_huge_page(slice_start(first));
            or_relaxed(&heap.tabled[region / 64], bit_of(region));
        }
        and_relaxed(&heap.huge[region / 64], ~bit_of(region));
    }
}

size_t huge_bytes(void) {
    size_t regions = 0, frontier = load_relaxed(&heap.frontier);
    size_t first =
        heap.first / REGION_SLICES / 64 * 64; /* of the metadata there are none */
    for (size_t region = first; region * REGION_SLICES < frontier; region += 64)
        regions += (size_t)__builtin_popcountll(load_relaxed(&heap.huge[region / 64]));
    return regions * REGION_SIZE;
}
