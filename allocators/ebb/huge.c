/* We allow the kernel huge pages only in a region that has one or that holds no memory.
 * So khugepaged may never work on a region with holes, which it would fill. We don't
 * change the permission at each page fault: threads that grow the heap would then wait
 * for one another. */
#include "huge.h"

#include <errno.h>

#include "atomic.h"
#include "heap.h"
#include "options.h"
#include "os.h"

enum {
    REGION_SIZE = REGION_SLICES * SLICE_SIZE,
    /* After so many failures in a row, we ask for no huge page during a pause. The pause
     * doubles each time. */
    FAILURES_MAX = 8,
    /* A huge page that takes more processor time than this is dear, and counts as so many
     * failures. 512 small pages take less where memory is at hand. Zeroing a huge page
     * takes 0.1 ms; if a host has to supply it, it takes 5 ms. */
    DEAR_US = 2000,
    FAILURES_IF_DEAR = 3,
    /* Each advised region may become a mapping of its own. A process may have 65,530. */
    ADVISED_MAX = 16384,
    PAUSE_MIN_MS = 100,
    PAUSE_MAX_MS = 64000,
};

/* How the last tries went: in fresh regions (0), and in those that have a page table (1).
 * Under the slice lock. */
static struct {
    unsigned failures;
    unsigned pause_ms;
    uint64_t until_ms;
} luck[2];

static _Atomic size_t regions_advised; /* popcount of BIT_ADVISED */

static inline uint64_t bit_of(size_t region) {
    return 1ull << region % 64;
}

static inline char *region_start(size_t region) {
    return slice_start(region * REGION_SLICES);
}

static inline bool has_bit(enum region_bit bit, size_t region) {
    return (load_relaxed(region_word(bit, region / 64)) & bit_of(region)) != 0;
}

bool huge_is_due(size_t used, enum huge_use use) {
    /* From so many slices in use on (1 and 2 MiB) the heap grows by huge pages. */
    static const size_t used_min[HUGE_USES] = {16, 32};
    return used >= used_min[use] && options_get()->huge_pages > use;
}

bool huge_may_try(bool tabled) {
    return luck[tabled].failures < FAILURES_MAX || os_now_ms() >= luck[tabled].until_ms;
}

bool huge_has_table(size_t region) {
    return has_bit(BIT_TABLED, region);
}

/* Kernels since 6.14 free a page table when all that it maps is given back at once. False
 * if giving back failed. */
static bool drop_table(size_t region) {
    size_t ignored = 0;
    return !has_bit(BIT_TABLED, region) ||
           os_discard(region_start(region), REGION_SIZE, &ignored) == 0;
}

/* Callers need no lock: a sweep may break up a region while another thread takes slices
 * of it. */
static void note_advised(size_t region, bool advised) {
    _Atomic uint64_t *bits = region_word(BIT_ADVISED, region / 64);
    uint64_t bit = bit_of(region);
    if (advised && (or_relaxed(bits, bit) & bit) == 0)
        add_relaxed(&regions_advised, 1);
    else if (!advised && (and_relaxed(bits, ~bit) & bit) != 0)
        sub_relaxed(&regions_advised, 1);
}

/* Returns the start of the range of advised regions that ends before `end`, and clears
 * their bits. */
static size_t unnote_down(size_t end) {
    size_t least = heap.first / REGION_SLICES; /* below it there are no bits */
    while (end > least && has_bit(BIT_ADVISED, end - 1))
        note_advised(--end, false);
    return end;
}

/* Forbids huge pages in regions [first, end), whose BIT_ADVISED the caller has cleared. A
 * process that may have no more mappings can't forbid them in a part of a mapping. Then
 * we forbid them in all of it. */
static void forbid(size_t first, size_t end) {
    size_t regions = load_relaxed(&heap.frontier) / REGION_SLICES;
    if (os_no_huge_pages(region_start(first), (end - first) * REGION_SIZE) != -EAGAIN)
        return;
    first = unnote_down(first);
    while (end < regions && has_bit(BIT_ADVISED, end))
        note_advised(end++, false);
    os_no_huge_pages(region_start(first), (end - first) * REGION_SIZE);
}

static void allow(size_t first, size_t end) {
    os_allow_huge_pages(region_start(first), (end - first) * REGION_SIZE);
}

static void unadvise(size_t region) {
    if (!has_bit(BIT_ADVISED, region))
        return;
    note_advised(region, false);
    forbid(region, region + 1);
}

bool huge_forbid_last(void) {
    size_t end = load_relaxed(&heap.frontier) / REGION_SLICES, first = unnote_down(end);
    if (first < end)
        forbid(first, end);
    return first < end;
}

static bool may_advise(size_t regions) {
    return load_relaxed(&regions_advised) + regions <= ADVISED_MAX;
}

void huge_advise(size_t from, size_t to) {
    size_t first = (from + REGION_SLICES - 1) / REGION_SLICES, end = to / REGION_SLICES;
    if (first >= end || !may_advise(end - first) || !huge_may_try(false))
        return;
    allow(first, end);
    for (size_t region = first; region < end; region++)
        note_advised(region, true);
}

bool huge_back(size_t region, uint64_t *ret_cost_us) {
    uint64_t before = os_thread_cpu_us();
    bool backed = drop_table(region);
    if (backed) {
        if (!has_bit(BIT_ADVISED, region))
            allow(region, region + 1);
        note_advised(region, true);
        backed = os_back_by_huge_page(region_start(region), REGION_SIZE) == 0;
        if (!backed || !may_advise(0))
            unadvise(region);
    }
    *ret_cost_us = os_thread_cpu_us() - before;
    return backed;
}

void huge_learn(size_t region, bool backed, uint64_t cost_us) {
    bool tabled = has_bit(BIT_TABLED, region), dear = backed && cost_us > DEAR_US;
    if (backed) {
        and_relaxed(region_word(BIT_TABLED, region / 64), ~bit_of(region));
        /* Relaxed: only a thread that owns a slice of the region changes its bit, and all
         * its slices are the caller's. */
        or_relaxed(region_word(BIT_HUGE, region / 64), bit_of(region));
    } else {
        or_relaxed(region_word(BIT_TABLED, region / 64), bit_of(region));
    }
    if (backed && !dear)
        luck[tabled].failures = luck[tabled].pause_ms = 0;
    else
        luck[tabled].failures += dear ? FAILURES_IF_DEAR : 1;
    if (luck[tabled].failures < FAILURES_MAX || os_now_ms() < luck[tabled].until_ms)
        return; /* no pause is due, or one has begun since this try began */
    unsigned pause = 2 * luck[tabled].pause_ms;
    luck[tabled].pause_ms = pause < PAUSE_MIN_MS   ? PAUSE_MIN_MS
                            : pause > PAUSE_MAX_MS ? PAUSE_MAX_MS
                                                   : pause;
    luck[tabled].until_ms = os_now_ms() + luck[tabled].pause_ms;
}

/* Whether we may let the kernel put a huge page there when the program writes. Not if
 * memory is there already: the kernel would copy that into the huge page. */
static bool may_come(size_t region) {
    size_t first = region * REGION_SLICES;
    uint64_t dirty = load_relaxed(slice_word(BIT_DIRTY, first / 64)) >> first % 64;
    return (dirty & ((1ull << REGION_SLICES) - 1)) == 0 && !has_bit(BIT_HUGE, region) &&
           huge_may_try(huge_has_table(region)) && drop_table(region);
}

/* Calls `advise` for each range of neighbouring regions of [first, last) for which `is`
 * holds. */
static void for_ranges(size_t first, size_t last, bool (*is)(size_t),
                       void (*advise)(size_t, size_t)) {
    for (size_t from = first, to; from < last; from = to + 1) {
        for (to = from; to < last && is(to);)
            to++;
        if (to > from)
            advise(from, to);
    }
}

static bool starts_demand(size_t region) {
    if (!may_advise(1) || !may_come(region))
        return false;
    note_advised(region, true);
    or_relaxed(region_word(BIT_HUGE, region / 64), bit_of(region));
    or_relaxed(region_word(BIT_ON_DEMAND, region / 64), bit_of(region));
    return true;
}

static bool ends_demand(size_t region) {
    if (!has_bit(BIT_ON_DEMAND, region))
        return false;
    note_advised(region, false);
    and_relaxed(region_word(BIT_ON_DEMAND, region / 64), ~bit_of(region));
    or_relaxed(region_word(BIT_TABLED, region / 64),
               bit_of(region)); /* for all we know */
    return true;
}

void huge_on_demand(size_t from, size_t to) {
    for_ranges((from + REGION_SLICES - 1) / REGION_SLICES, to / REGION_SLICES,
               starts_demand, allow);
}

void huge_demand_ends(size_t from, size_t to) {
    for_ranges(from / REGION_SLICES, (to + REGION_SLICES - 1) / REGION_SLICES,
               ends_demand, forbid);
}

void huge_small_pages(size_t from, size_t to) {
    for (size_t region = from / REGION_SLICES; region * REGION_SLICES < to; region++) {
        if (has_bit(BIT_HUGE, region))
            continue;
        unadvise(region);
        if (!has_bit(BIT_TABLED, region))
            or_relaxed(region_word(BIT_TABLED, region / 64), bit_of(region));
    }
}

void huge_break(size_t region) {
    unadvise(region);
    os_split_huge_page(region_start(region));
    or_relaxed(region_word(BIT_TABLED, region / 64), bit_of(region));
}

void huge_split(size_t from, size_t to) {
    for (size_t region = from / REGION_SLICES; region * REGION_SLICES < to; region++) {
        if (!has_bit(BIT_HUGE, region))
            continue;
        size_t first = region * REGION_SLICES;
        if (first < from || first + REGION_SLICES > to)
            huge_break(region);
        and_relaxed(region_word(BIT_HUGE, region / 64), ~bit_of(region));
    }
}

void huge_recover_advice(void) {
    size_t regions = load_relaxed(&heap.frontier) / REGION_SLICES;
    size_t first = heap.first / REGION_SLICES;
    if (first >= regions)
        return; /* no heap yet */
    os_no_huge_pages(region_start(first), (regions - first) * REGION_SIZE);
    for (size_t region = first; region < regions; region++)
        if (!ends_demand(region))
            note_advised(region, false);
    store_relaxed(&regions_advised, 0);
}

void huge_recover(size_t from, size_t to) {
    for (size_t region = from / REGION_SLICES; region * REGION_SLICES < to; region++)
        or_relaxed(region_word(BIT_HUGE, region / 64), bit_of(region));
}

bool huge_has(size_t slice) {
    return has_bit(BIT_HUGE, slice / REGION_SLICES);
}

size_t huge_bytes(void) {
    size_t regions = 0, frontier = load_relaxed(&heap.frontier);
    size_t first =
        heap.first / REGION_SLICES / 64 * 64; /* the metadata has no huge pages */
    for (size_t region = first; region * REGION_SLICES < frontier; region += 64)
        regions += (size_t)__builtin_popcountll(
            load_relaxed(region_word(BIT_HUGE, region / 64)));
    return regions * REGION_SIZE;
}
