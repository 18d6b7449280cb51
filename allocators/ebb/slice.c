/* First fit over bitmaps. That is fast enough: a 4 GiB heap is 1,024 words, and callers
 * come here once per 64 KiB or more.
 *
 * Each slice below the frontier is in one of these states: free; a slab or part of a run,
 * or about to become or cease to be one; backed; in transit.
 *
 *   free_count == popcount(free);  resident_count == popcount(free & dirty)
 *   stuck_count == popcount(free & dirty & stuck) */
#include "slice.h"

#include <errno.h>
#include <limits.h>

#include "atomic.h"
#include "bell.h"
#include "delay.h"
#include "fault.h"
#include "heap.h"
#include "huge.h"
#include "lock.h"
#include "os.h"

static struct lock slice_lock;

enum {
    /* Slices given back in one system call. A thread that grows the heap waits for that
     * call inside the kernel. 4 MiB take a third of a millisecond. */
    PIECE = 64,
};

/* All under slice_lock. The two atomic counts are also read without it, as hints. */
static size_t free_count;
static _Atomic size_t resident_count;
static _Atomic size_t stuck_count;
static size_t resident_low; /* lowest to_give() since slice_unused() */
static size_t taken_end;    /* no slice from here on was ever taken */
static size_t retaken;      /* slices taken since slice_retaken() that were given back */
/* In the words below this one there is no free slice (0), or none that is free and dirty
 * (1). */
static size_t lowest_word[2];

/* For each use, resident slices that nobody has used yet: the rest of the region that got
 * a huge page last. They are kept apart, outside the free set, so that blocks of
 * different uses don't share regions. One word, so that a fork's child finds both halves
 * consistent: the next slice << 8 | how many are left. */
static _Atomic uint64_t backed[HUGE_USES];
static uint64_t backed_then[HUGE_USES]; /* at the last slice_unused() */

/* Slices that are out of the free set for a while. Either their memory is given back (at
 * most one range at a time), or a huge page is put behind them. They are written down
 * here before they leave the set, so that a fork's child can bring them back. */
struct transit {
    size_t from, count;
    const void *owner; /* the os_thread() of the thread at work; NULL: none */
};
enum { BACKINGS = 8 };
static struct transit discarding, backings[BACKINGS];
/* Changes when a transit ends. A thread that needs its slices sleeps on this. */
static _Atomic uint32_t transit_turn;
static _Atomic unsigned transit_waiters;

static inline uint64_t candidates(size_t w, bool dirty_only) {
    uint64_t bits = load_relaxed(slice_word(BIT_FREE, w));
    return dirty_only ? bits & load_relaxed(slice_word(BIT_DIRTY, w)) : bits;
}

static inline uint64_t range_mask(size_t w, size_t index, size_t count) {
    size_t from = index > 64 * w ? index - 64 * w : 0;
    size_t to = index + count < 64 * (w + 1) ? index + count - 64 * w : 64;
    uint64_t upto = to == 64 ? ~0ull : (1ull << to) - 1;
    return upto & ~((1ull << from) - 1);
}

/* Whether all the slices are free and, if `clean`, hold no memory. */
static bool all_free(size_t index, size_t count, bool clean) {
    for (size_t w = index / 64; w * 64 < index + count; w++) {
        uint64_t mask = range_mask(w, index, count);
        uint64_t bits = load_relaxed(slice_word(BIT_FREE, w));
        if (clean)
            bits &= ~load_relaxed(slice_word(BIT_DIRTY, w));
        if ((bits & mask) != mask)
            return false;
    }
    return true;
}

static bool any_free(size_t index, size_t count) {
    bool any = false;
    for (size_t i = index; i < index + count; i++)
        any |= load_relaxed(slice_word(BIT_FREE, i / 64)) >> i % 64 & 1;
    return any;
}

/* ---- searching --------------------------------------------------------------------- */

/* A range of set bits, as far as the search has followed it through the words. */
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

/* Follows ranges through word w; true when one fits. */
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

static bool find_resident(size_t count, size_t align, size_t *ret_index) {
    return load_relaxed(&resident_count) >= count && find(count, align, true, ret_index);
}

static bool find_resident_first(size_t count, size_t align, size_t *ret_index) {
    return find_resident(count, align, ret_index) ||
           (free_count >= count && find(count, align, false, ret_index));
}

static size_t backed_next(enum huge_use use) {
    return load_relaxed(&backed[use]) >> 8;
}

static size_t backed_left(enum huge_use use) {
    return load_relaxed(&backed[use]) & 0xff;
}

static size_t all_backed_left(void) {
    return backed_left(HUGE_FOR_FILLED) + backed_left(HUGE_FOR_PARTLY);
}

static size_t used(void) {
    return load_relaxed(&heap.frontier) - heap.first - free_count - all_backed_left();
}

/* ---- in and out of the free set, under the lock ------------------------------------ */

static void set_bits(enum slice_bit bit, size_t index, size_t count, bool set) {
    for (size_t w = index / 64; w * 64 < index + count; w++) {
        uint64_t mask = range_mask(w, index, count);
        /* Relaxed: the bits of a slice are its owner's; the word is shared. */
        if (set)
            or_relaxed(slice_word(bit, w), mask);
        else
            and_relaxed(slice_word(bit, w), ~mask);
    }
}

/* Free slices whose memory could be given back. Under slice_lock. */
static size_t to_give(void) {
    return load_relaxed(&resident_count) - load_relaxed(&stuck_count);
}

static void set_free(size_t index, size_t count, bool free) {
    for (size_t w = index / 64; w * 64 < index + count; w++) {
        uint64_t mask = range_mask(w, index, count);
        uint64_t bits = load_relaxed(slice_word(BIT_FREE, w));
        uint64_t dirty = load_relaxed(slice_word(BIT_DIRTY, w)) & mask;
        size_t resident = (size_t)__builtin_popcountll(dirty);
        size_t stuck =
            (size_t)__builtin_popcountll(dirty & load_relaxed(slice_word(BIT_STUCK, w)));
        EBB_CHECK((bits & mask) == (free ? 0 : mask));
        store_relaxed(slice_word(BIT_FREE, w), free ? bits | mask : bits & ~mask);
        if (free) {
            add_relaxed(&resident_count, resident);
            add_relaxed(&stuck_count, stuck);
        } else {
            sub_relaxed(&stuck_count, stuck); /* first: a hint may say too much */
            sub_relaxed(&resident_count, resident);
        }
    }
    if (to_give() < resident_low)
        resident_low = to_give();
    free_count = free ? free_count + count : free_count - count;
    for (int kind = 0; free && kind < 2; kind++)
        if (index / 64 < lowest_word[kind])
            lowest_word[kind] = index / 64;
}

/* The slices are about to be taken. Counts those that were in use before and have been
 * given back since. */
static void count_retaken(size_t index, size_t count) {
    for (size_t i = index; i < index + count && i < taken_end; i++)
        retaken += !slice_is_dirty(i);
    if (taken_end < index + count)
        taken_end = index + count;
}

/* Takes the slices for a writer. Regions without memory get small pages or, in a large
 * run, huge ones on demand. */
static void take(size_t index, size_t count) {
    count_retaken(index, count);
    set_free(index, count, false);
    set_bits(BIT_STUCK, index, count, false);
    if (count >= REGION_SLICES && huge_is_due(used(), HUGE_FOR_PARTLY))
        huge_on_demand(index, index + count);
    huge_small_pages(index, index + count);
}

static int grow(size_t count) {
    size_t from = load_relaxed(&heap.frontier), to;
    int result = heap_grow(count, &to);
    if (result != 0 && huge_forbid_last())
        result = heap_grow(count, &to);
    if (result == 0)
        set_free(from, to - from, true);
    return result;
}

/* ---- transit ----------------------------------------------------------------------- */

static void begin_transit(struct transit *transit, size_t from, size_t count) {
    transit->from = from;
    transit->count = count;
    transit->owner = os_thread();
    compiler_barrier(); /* written down first */
    set_free(from, count, false);
}

static void end_transit(struct transit *transit, bool free) {
    if (free)
        set_free(transit->from, transit->count, true);
    compiler_barrier();
    transit->owner = NULL;
    add_relaxed(&transit_turn, 1); /* the lock's release publishes it */
    if (load_relaxed(&transit_waiters) > 0)
        os_wake(&transit_turn, INT_MAX);
}

/* Releases the lock and sleeps until a transit has ended, then takes it again. */
static void wait_for_transit(void) {
    uint32_t turn = load_relaxed(&transit_turn);
    add_relaxed(&transit_waiters, 1);
    lock_release(&slice_lock);
    os_wait(&transit_turn, turn, LOOK_AGAIN_MS);
    lock_acquire(&slice_lock);
    sub_relaxed(&transit_waiters, 1);
}

/* ---- regions ----------------------------------------------------------------------- */

static void free_backed(enum huge_use use) {
    size_t left = backed_left(use);
    if (left > 0)
        set_free(backed_next(use), left, true);
    store_release(&backed[use], 0); /* pairs with the acquire in slice_is_to_give() */
}

static void free_all_backed(void) {
    free_backed(HUGE_FOR_FILLED);
    free_backed(HUGE_FOR_PARTLY);
}

void slice_keep_nothing(void) {
    lock_acquire(&slice_lock);
    free_all_backed();
    lock_release(&slice_lock);
}

/* Frees what is kept for a use if nobody took any of it since the last call. Returns the
 * number of slices. */
static size_t free_unused_backed(void) {
    size_t before = all_backed_left();
    for (enum huge_use use = 0; use < HUGE_USES; use++) {
        if (load_relaxed(&backed[use]) == backed_then[use])
            free_backed(use);
        backed_then[use] = load_relaxed(&backed[use]);
    }
    return before - all_backed_left();
}

/* Whether a huge page can be put behind the region: all of its slices are free, and hold
 * no memory. */
static bool is_clean(size_t region) {
    return all_free(region * REGION_SLICES, REGION_SLICES, true);
}

/* Grows the heap by a region, but only while less is free than in use: where huge pages
 * fail, the heap must not grow without end. */
static bool grow_by_region(void) {
    size_t from = load_relaxed(&heap.frontier);
    if (!huge_may_try(false) || free_count >= used() || grow(REGION_SLICES) != 0)
        return false;
    huge_advise(from, load_relaxed(&heap.frontier));
    return true;
}

/* The lowest region that is worth a try; 0: there is none. */
static size_t clean_region(void) {
    const bool may[2] = {huge_may_try(false), huge_may_try(true)};
    size_t regions = load_relaxed(&heap.frontier) / REGION_SLICES;
    size_t region = lowest_word[0] * 64 / REGION_SLICES;
    size_t first = heap.first / REGION_SLICES + 1;
    if (region < first)
        region = first;
    for (; (may[0] || may[1]) && region < regions; region++)
        if (is_clean(region) && may[huge_has_table(region)])
            return region;
    return grow_by_region() ? clean_region() : 0;
}

/* The region behind what is kept for the use; 0 if it can't get a huge page now. */
static size_t adjoining_region(enum huge_use use) {
    size_t end = backed_next(use) + backed_left(use), region = end / REGION_SLICES;
    if (backed_left(use) == 0 ||
        (end == load_relaxed(&heap.frontier) && !grow_by_region()))
        return 0;
    return is_clean(region) && huge_may_try(huge_has_table(region)) ? region : 0;
}

/* Finds an entry for a thread that is to put a huge page behind a region. The more slices
 * are in use, the more threads may do so at once. What they bring stays little beside the
 * heap. NULL: all entries are taken. */
static struct transit *free_backing(void) {
    enum { SLICES_EACH = 256 };
    size_t most = 1 + used() / SLICES_EACH;
    for (size_t i = 0; i < BACKINGS && i < most; i++)
        if (backings[i].owner == NULL)
            return &backings[i];
    return NULL;
}

static bool is_backing(void) {
    bool any = false;
    for (size_t i = 0; i < BACKINGS; i++)
        any |= backings[i].owner != NULL;
    return any;
}

/* Adds the region to what is kept for the use. False if something is kept that the region
 * doesn't adjoin. */
static bool keep_region(size_t from, enum huge_use use) {
    size_t left = backed_left(use);
    if (left > REGION_SLICES || (left > 0 && backed_next(use) + left != from))
        return false;
    store_relaxed(&backed[use], (uint64_t)(from - left) << 8 | (left + REGION_SLICES));
    return true;
}

/* Puts a huge page behind a region. Releases the lock meanwhile, since that takes from
 * 0.1 to 5 ms. False if there is none. */
static bool back_region(size_t region, enum huge_use use, struct transit *backing) {
    size_t from = region * REGION_SLICES;
    uint64_t cost_us;
    begin_transit(backing, from, REGION_SLICES);
    lock_release(&slice_lock);
    debug_delay(DELAY_OFTEN);
    bool huge = huge_back(region, &cost_us);
    lock_acquire(&slice_lock);
    huge_learn(region, huge, cost_us);
    if (huge)
        count_retaken(from, REGION_SLICES);
    bool keep = huge && keep_region(from, use);
    /* A failed try leaves a small page behind, or a larger one that is not huge. */
    slice_set_dirty(from, REGION_SLICES, true);
    end_transit(backing, !keep);
    bell_touch(); /* slices that stay unused are to be given back */
    return huge;
}

/* Gets one more region for the use: if possible the one behind the rest of the last
 * region. Otherwise that rest goes to the free set if it is short. If it is long, gets
 * none. */
static bool extend_backed(enum huge_use use, struct transit *backing) {
    enum { REST_MAX = 8 };
    size_t region = adjoining_region(use);
    if (region == 0 && backed_left(use) <= REST_MAX) {
        free_backed(use);
        region = clean_region();
    }
    return region != 0 && back_region(region, use, backing);
}

/* Tries to get more slices, free and resident or kept for the use. True if the caller
 * should look again. */
static bool more_backed(enum huge_use use) {
    if (!huge_is_due(used(), use) || (!huge_may_try(false) && !huge_may_try(true)))
        return false;
    struct transit *backing = free_backing();
    if (backing != NULL)
        return extend_backed(use, backing);
    wait_for_transit();
    return true;
}

/* ---- taking and freeing ------------------------------------------------------------ */

static bool find_or_grow(size_t count, size_t align, size_t *ret_index) {
    /* With an alignment the free tail may not help: room for the worst case. */
    return find_resident_first(count, align, ret_index) ||
           (grow(count + align - 1) == 0 && find_resident_first(count, align, ret_index));
}

/* If memory is short, also frees what is kept apart, and waits for slices in transit. */
static bool find_in_need(size_t count, size_t align, size_t *ret_index) {
    for (;;) {
        if (find_or_grow(count, align, ret_index))
            return true;
        free_all_backed();
        if (find_resident_first(count, align, ret_index))
            return true;
        if (discarding.owner == NULL && !is_backing())
            return false;
        wait_for_transit();
    }
}

/* Takes resident slices. ret_zero: they read as zero. */
static bool find_backed(size_t count, enum huge_use use, size_t *ret_index,
                        bool *ret_zero) {
    do {
        if (find_resident(count, 1, ret_index)) {
            take(*ret_index, count);
            return true;
        }
        if (backed_left(use) >= count) {
            uint64_t rest = load_relaxed(&backed[use]);
            *ret_index = rest >> 8;
            *ret_zero = true;
            store_relaxed(&backed[use], rest + (count << 8) - count);
            return true;
        }
    } while (more_backed(use));
    return false;
}

/* Takes any slices, resident or not. Large runs begin at a region's start if they can. */
static bool find_any(size_t count, size_t align, enum huge_use use, size_t *ret_index) {
    bool large =
        count >= 2 * REGION_SLICES && align < REGION_SLICES && huge_is_due(used(), use);
    bool found = (large && (find_resident(count, align, ret_index) ||
                            find_or_grow(count, REGION_SLICES, ret_index))) ||
                 find_in_need(count, align, ret_index);
    if (found)
        take(*ret_index, count);
    return found;
}

int slice_alloc(size_t count, size_t align, enum huge_use use, size_t *ret_index,
                bool *ret_zero) {
    *ret_zero = false;
    lock_acquire(&slice_lock);
    bool found = (count <= REGION_SLICES && align == 1 &&
                  find_backed(count, use, ret_index, ret_zero)) ||
                 find_any(count, align, use, ret_index);
    lock_release(&slice_lock);
    return found ? 0 : -ENOMEM;
}

/* If the slices that are kept for runs begin here, frees them, so that the run that ends
 * here can grow. */
static void free_backed_from(size_t index) {
    if (backed_left(HUGE_FOR_PARTLY) > 0 && backed_next(HUGE_FOR_PARTLY) == index)
        free_backed(HUGE_FOR_PARTLY);
}

bool slice_extend(size_t index, size_t count) {
    lock_acquire(&slice_lock);
    free_backed_from(index);
    size_t frontier = load_relaxed(&heap.frontier);
    size_t there = index + count <= frontier ? count : frontier - index;
    bool taken =
        all_free(index, there, false) && (there == count || grow(count - there) == 0);
    if (taken)
        take(index, count);
    lock_release(&slice_lock);
    return taken;
}

void slice_free(size_t index, size_t count) {
    lock_acquire(&slice_lock);
    huge_demand_ends(index, index + count);
    set_free(index, count, true);
    lock_release(&slice_lock);
    bell_touch();
}

/* ---- memory ------------------------------------------------------------------------ */

bool slice_resident_free(void) {
    /* Stale is harmless: at worst a block's memory takes a page fault. */
    return load_relaxed(&resident_count) > load_relaxed(&stuck_count);
}

bool slice_is_kept(enum huge_use use) {
    return backed_left(use) > 0;
}

bool slice_is_to_give(void) {
    /* In this order: what was kept apart may become free meanwhile. */
    for (enum huge_use use = 0; use < HUGE_USES; use++)
        if ((load_acquire(&backed[use]) & 0xff) > 0)
            return true;
    return slice_resident_free();
}

bool slice_is_dirty(size_t index) {
    return load_relaxed(slice_word(BIT_DIRTY, index / 64)) >> index % 64 & 1;
}

void slice_set_dirty(size_t index, size_t count, bool dirty) {
    set_bits(BIT_DIRTY, index, count, dirty);
}

static inline uint64_t discardable(size_t w) {
    return candidates(w, true) & ~load_relaxed(slice_word(BIT_STUCK, w));
}

/* The highest free slices below `below` with memory that can be given back. First fit
 * takes the lowest, so the highest are the least wanted. Returns their number, at most
 * PIECE. Under the lock. */
static size_t highest_resident(size_t below, size_t *ret_from) {
    size_t w = below / 64;
    uint64_t bits = below % 64 == 0 ? 0 : discardable(w) & range_mask(w, 0, below);
    while (bits == 0 && w > heap.first / 64)
        bits = discardable(--w);
    if (bits == 0)
        return 0;
    size_t to = 64 * w + 64 - (unsigned)__builtin_clzll(bits), from = to - 1;
    while (from > heap.first && to - from < PIECE &&
           discardable((from - 1) / 64) >> (from - 1) % 64 & 1)
        from--;
    if (to - from > REGION_SLICES) /* whole regions, so that no huge page need be split */
        from = (from + REGION_SLICES - 1) / REGION_SLICES * REGION_SLICES;
    *ret_from = from;
    return to - from;
}

/* Gives back the memory of slices in transit. A slice with a locked page makes the call
 * fail for the others, too. Then each slice is tried alone. Those that fail are stuck:
 * set aside until they have been in use again. Returns the bytes that were resident. */
static size_t discard(size_t from, size_t count) {
    size_t bytes = 0;
    if (os_discard(slice_start(from), count << SLICE_SHIFT, &bytes) == 0) {
        slice_set_dirty(from, count, false);
        return bytes;
    }
    for (size_t i = from; i < from + count; i++) {
        if (i % REGION_SLICES == 0)
            huge_break(i / REGION_SLICES); /* huge_split() left whole regions alone */
        if (os_discard(slice_start(i), SLICE_SIZE, &bytes) == 0)
            slice_set_dirty(i, 1, false);
        else
            set_bits(BIT_STUCK, i, 1, true);
    }
    return bytes;
}

size_t slice_discard_free(size_t *below, size_t *bytes) {
    /* The piece is out of the free set while its memory is given back. So a thread that
     * wants slices meanwhile waits only if there are no others. */
    size_t from;
    lock_acquire(&slice_lock);
    size_t frontier = load_relaxed(&heap.frontier);
    size_t count = highest_resident(*below < frontier ? *below : frontier, &from);
    if (count > 0)
        begin_transit(&discarding, from, count);
    lock_release(&slice_lock);
    if (count == 0)
        return 0;
    debug_delay(DELAY_OFTEN);
    huge_split(from, from + count);
    *bytes += discard(from, count);
    debug_delay(DELAY_OFTEN);
    lock_acquire(&slice_lock);
    end_transit(&discarding, true);
    resident_low = to_give();
    lock_release(&slice_lock);
    *below = from;
    return count;
}

void slice_retry_stuck(void) {
    lock_acquire(&slice_lock);
    size_t words = (load_relaxed(&heap.frontier) + 63) / 64;
    for (size_t w = heap.first / 64; w < words; w++)
        store_relaxed(slice_word(BIT_STUCK, w), 0);
    store_relaxed(&stuck_count, 0);
    lock_release(&slice_lock);
}

size_t slice_unused(void) {
    lock_acquire(&slice_lock);
    size_t unused = resident_low + free_unused_backed();
    resident_low = to_give();
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
    *ret_free = free_count + all_backed_left();
    *ret_resident = load_relaxed(&resident_count) + all_backed_left();
    lock_release(&slice_lock);
}

/* ---- fork -------------------------------------------------------------------------- */

/* Frees the slices that a thread of the parent had in transit. They count as dirty. If it
 * was our own thread, we forked in a signal handler, and will bring them back later. */
static void recover_transit(struct transit *transit) {
    bool ours = os_is_main_thread() && transit->owner == os_thread();
    if (transit->owner == NULL || ours)
        return;
    set_bits(BIT_FREE, transit->from, transit->count, true);
    slice_set_dirty(transit->from, transit->count, true);
    huge_recover(transit->from, transit->from + transit->count);
    transit->owner = NULL;
}

/* Counts the free slices that have both bits. */
static size_t count_bits(enum slice_bit with, enum slice_bit and_with) {
    size_t count = 0, words = (load_relaxed(&heap.frontier) + 63) / 64;
    for (size_t w = heap.first / 64; w < words; w++) {
        uint64_t bits = load_relaxed(slice_word(BIT_FREE, w));
        bits &= load_relaxed(slice_word(with, w)) & load_relaxed(slice_word(and_with, w));
        count += (size_t)__builtin_popcountll(bits);
    }
    return count;
}

void slice_recover(void) {
    lock_reset(&slice_lock);
    huge_recover_advice();
    recover_transit(&discarding);
    for (size_t i = 0; i < BACKINGS; i++)
        recover_transit(&backings[i]);
    /* The fork may have come between two stores of back_region() or of free_backed().
     * Then some slices are both free and kept. */
    for (enum huge_use use = 0; use < HUGE_USES; use++)
        if (any_free(backed_next(use), backed_left(use))) {
            set_bits(BIT_FREE, backed_next(use), backed_left(use), true);
            store_relaxed(&backed[use], 0);
        }
    free_count = count_bits(BIT_FREE, BIT_FREE);
    store_relaxed(&resident_count, count_bits(BIT_DIRTY, BIT_DIRTY));
    store_relaxed(&stuck_count, count_bits(BIT_DIRTY, BIT_STUCK));
    resident_low = to_give();
    lowest_word[0] = lowest_word[1] = 0;
}

/* ---- invariants -------------------------------------------------------------------- */

#if defined(EBB_DEBUG) || defined(EBB_SIMULATION)

/* Whether a free slice lies where the search does not look. */
static bool below_lowest(void) {
    for (size_t w = heap.first / 64; w < lowest_word[0] || w < lowest_word[1]; w++)
        if ((w < lowest_word[0] && candidates(w, false) != 0) ||
            (w < lowest_word[1] && candidates(w, true) != 0))
            return true;
    return false;
}

bool slice_is_valid(void) {
    lock_acquire(&slice_lock);
    size_t resident = load_relaxed(&resident_count);
    bool valid = free_count == count_bits(BIT_FREE, BIT_FREE) &&
                 resident == count_bits(BIT_DIRTY, BIT_DIRTY) &&
                 load_relaxed(&stuck_count) == count_bits(BIT_DIRTY, BIT_STUCK) &&
                 resident_low <= to_give() && !below_lowest();
    lock_release(&slice_lock);
    return valid;
}

bool slice_is_backed(size_t index) {
    for (enum huge_use use = 0; use < HUGE_USES; use++)
        if (index >= backed_next(use) && index < backed_next(use) + backed_left(use))
            return true;
    return false;
}

#endif
