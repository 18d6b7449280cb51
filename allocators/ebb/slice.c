/* See slice.h. First fit over bitmaps: a 4 GiB heap is 1,024 words, and callers come
 * here once per 64 KiB or more.
 *
 *   free_count == popcount(heap.free);  resident_count == popcount(free & dirty) */
#include "slice.h"

#include <errno.h>

#include "atomic.h"
#include "debug.h"
#include "fault.h"
#include "heap.h"
#include "huge.h"
#include "lock.h"
#include "os.h"
#include "reclaimer.h"

struct lock slice_lock;

/* Slices given back in one system call: growing the heap waits for it inside the kernel,
 * 4 MiB cost a third of a millisecond. */
enum { PIECE = 64 };

/* All under slice_lock. resident_count is also read without, as a hint. */
static size_t free_count;
static _Atomic size_t resident_count;
static size_t resident_low; /* lowest resident_count since slice_unused() */
static size_t taken_end;    /* no slice from here on was ever taken */
static size_t retaken;      /* since slice_retaken() */
/* No free (0) or free and dirty (1) slice lies in a word below this one. */
static size_t lowest_word[2];

static inline uint64_t candidates(size_t w, bool dirty_only) {
    uint64_t bits = load_relaxed(&heap.free[w]);
    return dirty_only ? bits & load_relaxed(&heap.dirty[w]) : bits;
}

static inline uint64_t range_mask(size_t w, size_t index, size_t count) {
    size_t from = index > 64 * w ? index - 64 * w : 0;
    size_t to = index + count < 64 * (w + 1) ? index + count - 64 * w : 64;
    uint64_t upto = to == 64 ? ~0ull : (1ull << to) - 1;
    return upto & ~((1ull << from) - 1);
}

/* A run of set bits that is being followed through the words. */
struct follow {
    size_t start, length;
};

static bool fits(const struct follow *run, size_t count, size_t align,
                 size_t *ret_index) {
    size_t aligned = (run->start + align - 1) & ~(align - 1);
    if (run->length < count || run->start + run->length - aligned < count ||
        aligned > run->start + run->length)
        return false;
    *ret_index = aligned;
    return true;
}

/* Follows runs through word w; true when one fits. */
static bool follow_word(struct follow *run, size_t w, uint64_t bits, size_t count,
                        size_t align, size_t *ret_index) {
    unsigned at = 0;
    while (at < 64) {
        uint64_t rest = bits >> at;
        if (run->length == 0) {
            if (rest == 0)
                return false;
            at += (unsigned)__builtin_ctzll(rest);
            rest = bits >> at;
            run->start = 64 * w + at;
        }
        unsigned ones = ~rest == 0 ? 64 : (unsigned)__builtin_ctzll(~rest);
        if (ones > 64 - at)
            ones = 64 - at;
        run->length += ones;
        at += ones;
        if (fits(run, count, align, ret_index))
            return true;
        if (at < 64)
            run->length = 0;
    }
    return false;
}

static bool find(size_t count, size_t align, bool dirty_only, size_t *ret_index) {
    size_t words = (load_relaxed(&heap.frontier) + 63) / 64;
    size_t w = lowest_word[dirty_only];
    if (w < heap.first / 64)
        w = heap.first / 64;
    while (w < words && candidates(w, dirty_only) == 0)
        w++;
    lowest_word[dirty_only] = w;
    struct follow run = {0, 0};
    for (; w < words; w++) {
        uint64_t bits = candidates(w, dirty_only);
        if (bits == 0)
            run.length = 0;
        else if (follow_word(&run, w, bits, count, align, ret_index))
            return true;
    }
    return false;
}

/* Moves slices out of (or into) the free set, keeping the counts. Under the lock. */
static void set_free(size_t index, size_t count, bool free) {
    for (size_t w = index / 64; w * 64 < index + count; w++) {
        uint64_t mask = range_mask(w, index, count);
        uint64_t bits = load_relaxed(&heap.free[w]);
        size_t resident =
            (size_t)__builtin_popcountll(load_relaxed(&heap.dirty[w]) & mask);
        EBB_CHECK((bits & mask) == (free ? 0 : mask));
        store_relaxed(&heap.free[w], free ? bits | mask : bits & ~mask);
        if (free)
            add_relaxed(&resident_count, resident);
        else
            sub_relaxed(&resident_count, resident);
    }
    if (load_relaxed(&resident_count) < resident_low)
        resident_low = load_relaxed(&resident_count);
    free_count = free ? free_count + count : free_count - count;
    if (free) {
        for (int kind = 0; kind < 2; kind++)
            if (index / 64 < lowest_word[kind])
                lowest_word[kind] = index / 64;
    }
}

/* Counts those of the slices, about to be taken, that were in use before. Under the lock.
 */
static void count_retaken(size_t index, size_t count) {
    for (size_t i = index; i < index + count && i < taken_end; i++)
        retaken += !slice_is_dirty(i);
    if (taken_end < index + count)
        taken_end = index + count;
}

static int grow(size_t count) {
    size_t from = load_relaxed(&heap.frontier), to;
    int result = heap_grow(count, &to);
    if (result == 0)
        set_free(from, to - from, true);
    return result;
}

static bool find_resident_first(size_t count, size_t align, size_t *ret_index) {
    return (load_relaxed(&resident_count) >= count &&
            find(count, align, true, ret_index)) ||
           (free_count >= count && find(count, align, false, ret_index));
}

/* Slices that are resident, none of them used yet: the rest of the region that a huge
 * page was put behind last. Kept apart, so that they go to those who will fill them.
 * Under slice_lock; not in the free set. */
static size_t backed_next, backed_end;

/* The lowest region whose slices are all free and without memory; 0: there is none. */
static size_t clean_region(void) {
    size_t regions = load_relaxed(&heap.frontier) / REGION_SLICES;
    size_t region = lowest_word[0] * 64 / REGION_SLICES;
    size_t first = heap.first / REGION_SLICES + 1;
    for (region = region < first ? first : region; region < regions; region++) {
        size_t w = region * REGION_SLICES / 64;
        uint64_t mask = range_mask(w, region * REGION_SLICES, REGION_SLICES);
        if ((load_relaxed(&heap.free[w]) & ~load_relaxed(&heap.dirty[w]) & mask) == mask)
            return region;
    }
    return 0;
}

/* Takes a region out of the free set and puts a huge page behind it. */
static bool back_region(void) {
    size_t used = load_relaxed(&heap.frontier) - heap.first - free_count;
    if (!huge_is_due(used))
        return false;
    size_t region = clean_region();
    if (region == 0 && grow(REGION_SLICES) == 0)
        region = clean_region();
    if (region == 0 || !huge_back(region))
        return false;
    size_t from = region * REGION_SLICES;
    count_retaken(from, REGION_SLICES);
    set_free(from, REGION_SLICES, false);
    slice_set_dirty(from, REGION_SLICES, true);
    backed_next = from;
    backed_end = from + REGION_SLICES;
    return true;
}

/* Under the lock. */
static void free_backed(void) {
    if (backed_next < backed_end)
        set_free(backed_next, backed_end - backed_next, true);
    backed_next = backed_end;
}

int slice_alloc_filled(size_t *ret_index) {
    lock_acquire(&slice_lock);
    bool resident = load_relaxed(&resident_count) > 0;
    bool backed = !resident && (backed_next < backed_end || back_region());
    if (backed)
        *ret_index = backed_next++;
    lock_release(&slice_lock);
    return backed ? 0 : slice_alloc(1, 1, ret_index);
}

int slice_alloc(size_t count, size_t align, size_t *ret_index) {
    size_t index;
    lock_acquire(&slice_lock);
    bool found = find_resident_first(count, align, &index);
    /* With an alignment the free tail may not help: room for the worst case. */
    if (!found && grow(count + align - 1) == 0)
        found = find_resident_first(count, align, &index);
    if (!found) { /* the last that there is */
        free_backed();
        found = find_resident_first(count, align, &index);
    }
    if (found) {
        count_retaken(index, count);
        set_free(index, count, false);
    }
    lock_release(&slice_lock);
    if (!found)
        return -ENOMEM;
    *ret_index = index;
    return 0;
}

bool slice_extend(size_t index, size_t count) {
    bool taken = false;
    lock_acquire(&slice_lock);
    size_t frontier = load_relaxed(&heap.frontier);
    if (index + count <= frontier || grow(index + count - frontier) == 0) {
        taken = true;
        for (size_t w = index / 64; taken && w * 64 < index + count; w++) {
            uint64_t mask = range_mask(w, index, count);
            taken = (load_relaxed(&heap.free[w]) & mask) == mask;
        }
        if (taken) {
            count_retaken(index, count);
            set_free(index, count, false);
        }
    }
    lock_release(&slice_lock);
    return taken;
}

void slice_free(size_t index, size_t count) {
    lock_acquire(&slice_lock);
    set_free(index, count, true);
    lock_release(&slice_lock);
    reclaimer_wake();
}

bool slice_resident_free(void) {
    /* Stale is harmless: at worst a block is taken from memory that faults. */
    return load_relaxed(&resident_count) != 0;
}

bool slice_is_dirty(size_t index) {
    return load_relaxed(&heap.dirty[index / 64]) >> index % 64 & 1;
}

void slice_set_dirty(size_t index, size_t count, bool dirty) {
    for (size_t w = index / 64; w * 64 < index + count; w++) {
        uint64_t mask = range_mask(w, index, count);
        /* Relaxed: the bits of a slice are its owner's; the word is shared. */
        if (dirty)
            or_relaxed(&heap.dirty[w], mask);
        else
            and_relaxed(&heap.dirty[w], ~mask);
    }
}

/* The highest free and dirty slices below `below`: first fit takes the lowest, so the
 * highest are the least wanted. Returns their number, at most PIECE. Under the lock. */
static size_t highest_resident(size_t below, size_t *ret_from) {
    size_t w = below / 64;
    uint64_t bits = below % 64 == 0 ? 0 : candidates(w, true) & range_mask(w, 0, below);
    while (bits == 0 && w > heap.first / 64)
        bits = candidates(--w, true);
    if (bits == 0)
        return 0;
    size_t to = 64 * w + 64 - (unsigned)__builtin_clzll(bits), from = to - 1;
    while (from > heap.first && to - from < PIECE &&
           candidates((from - 1) / 64, true) >> (from - 1) % 64 & 1)
        from--;
    if (to - from > REGION_SLICES) /* whole regions, so that no huge page need be split */
        from = (from + REGION_SLICES - 1) / REGION_SLICES * REGION_SLICES;
    *ret_from = from;
    return to - from;
}

bool slice_discard_free(size_t *below, size_t *bytes) {
    /* Whoever wants slices meanwhile waits for nothing: the piece is out of the free set
     * while its memory goes. */
    size_t from;
    lock_acquire(&slice_lock);
    free_backed();
    size_t frontier = load_relaxed(&heap.frontier);
    size_t count = highest_resident(*below < frontier ? *below : frontier, &from);
    if (count > 0)
        set_free(from, count, false);
    lock_release(&slice_lock);
    if (count == 0)
        return false;
    debug_delay(DELAY_OFTEN);
    huge_split(from, from + count);
    bool discarded = os_discard(slice_start(from), count << SLICE_SHIFT) == 0;
    debug_delay(DELAY_OFTEN);
    lock_acquire(&slice_lock);
    if (discarded)
        slice_set_dirty(from, count, false);
    set_free(from, count, true);
    resident_low = load_relaxed(&resident_count);
    lock_release(&slice_lock);
    *bytes += discarded ? count << SLICE_SHIFT : 0;
    *below = from;
    return true;
}

size_t slice_unused(void) {
    lock_acquire(&slice_lock);
    size_t unused = resident_low;
    resident_low = load_relaxed(&resident_count);
    lock_release(&slice_lock);
    return unused;
}

size_t slice_retaken(void) {
    lock_acquire(&slice_lock);
    size_t count = retaken;
    retaken = 0;
    lock_release(&slice_lock);
    return count;
}

void slice_count(size_t *ret_free, size_t *ret_resident) {
    lock_acquire(&slice_lock);
    size_t backed = backed_end - backed_next;
    *ret_free = free_count + backed;
    *ret_resident = load_relaxed(&resident_count) + backed;
    lock_release(&slice_lock);
}
