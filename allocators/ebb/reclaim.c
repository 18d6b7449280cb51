/* The rules of giving memory back, and why:
 *
 * - We give back memory that stayed unused between two looks, which are at least a delay
 *   apart. If a busy thread keeps freeing and taking memory, that memory never stays
 *   unused for so long.
 * - When every thread is parked, the process is idle, and we give everything back at
 *   once.
 * - While a thread is busy, we split a huge page for unused pages beside blocks in use
 *   only if they are an eighth of it or more. Splitting costs time (DESIGN.md).
 * - If memory is wanted again soon, it went too early. The next time we wait longer.
 * - Every step is short and ends with all locks released. Nobody but ebb_collect() waits
 *   for longer than one cache's flush, one slab's sweep, one run's end, one piece of a
 *   free range or one page of words. */
#include "reclaim.h"

#include "heap.h"
#include "huge.h"
#include "lock.h"
#include "meta.h"
#include "options.h"
#include "os.h"
#include "run.h"
#include "slab.h"
#include "slice.h"
#include "takeover.h"

/* Held during each step: up to SLICES_PER_STEP slices of a walk, one run's end, one piece
 * of free slices, or all empty pages of words. */
static struct lock reclaim_lock;

/* The reclaimer and ebb_collect() add to it. ebb_stats() reads it: a stale figure is no
 * harm. */
static _Atomic size_t total_bytes;

/* Only the reclaimer uses these. */
static unsigned since_look;   /* ticks since the last look for unused memory */
static bool everything_gone;  /* all threads are parked, and all was given back since */
static unsigned parked_ticks; /* how long all have been parked; 0 if everything_gone */

/* How much longer memory stays than the delay. `parked` is for memory that is given back
 * when all threads are parked: they must be parked for so many more ticks. `busy` is for
 * memory that is given back while some thread is busy: two looks are so many more ticks
 * apart. */
struct backoff {
    unsigned patience;       /* ticks */
    const unsigned max;      /* of patience */
    const unsigned early_ms; /* memory that is wanted again sooner went too early */
};

/* With its most patience an idle process has given everything back within four delays.
 * A process that rests for longer than early_ms loses nothing that matters. */
static struct backoff parked = {.max = 4, .early_ms = 1000};
static struct backoff busy = {.max = 20, .early_ms = 4000};

/* The slices that were given back last, from which a back-off is to learn. */
static struct {
    struct backoff *by;     /* it learns from them */
    uint64_t at_ms;         /* when they were given back */
    size_t slices, retaken; /* how many, and how many slices were taken again since */
} given;

enum {
    SLICES_PER_STEP = 64, /* between two releases of the lock */
    /* Slabs looked at in one go while the process is busy: up to a microsecond each, and
     * up to thirty where they are weighed, once for the same free blocks. */
    SLABS_PER_LOOK = 4096,
    WORTH_LEARNING = 16, /* fewer slices teach nothing */
    SPLIT_SHARE = 8,     /* while busy, we split a huge page for an eighth of it */
};

/* Where the next look at the holes of a busy process begins. */
static size_t holes_cursor;

static bool never(void) {
    return false;
}

static void count_bytes(size_t bytes) {
    add_relaxed(&total_bytes, bytes);
}

bool reclaim_is_due(void) {
    return slice_is_to_give() || run_has_tails();
}

size_t reclaim_total(void) {
    return load_relaxed(&total_bytes) + run_given_back();
}

static size_t region_of(size_t index) {
    return index / REGION_SLICES;
}

/* Whether so much of the region goes that its huge page is to be split while the process
 * is busy. */
static bool is_worth_it(size_t from, size_t to) {
    size_t bytes = 0;
    for (size_t i = from; i < to; i++) {
        bytes += slab_unused_holes(i);
        if (region_of(run_last(i)) == region_of(i))
            bytes += run_unused_tail(i);
    }
    return bytes >= REGION_SLICES * SLICE_SIZE / SPLIT_SHARE;
}

/* A walk over the slices that looks for holes in slabs and ends of runs. */
struct walk {
    enum give give;
    bool sparing;  /* it leaves huge pages alone that are not worth splitting */
    size_t looked; /* slabs and runs so far */
    size_t bytes;  /* given back so far */
};

/* spared: the walk leaves the huge page of this slice's region alone. If a run ends in
 * another region that has a huge page, a sparing walk leaves its end alone. */
static void look_at(size_t index, bool spared, struct walk *walk) {
    size_t last = run_last(index);
    bool end_spared =
        region_of(last) == region_of(index) ? spared : walk->sparing && huge_has(last);
    walk->looked +=
        slab_discard_holes(index, spared ? GIVE_NOTHING : walk->give, &walk->bytes) ||
        run_discard_tail(index, end_spared ? GIVE_NOTHING : walk->give, &walk->bytes);
}

/* Up to SLICES_PER_STEP slices of the walk. Returns where the next step begins. */
static size_t walk_on(struct walk *walk, size_t from, size_t frontier) {
    size_t to = (from / SLICES_PER_STEP + 1) * SLICES_PER_STEP;
    to = to < frontier ? to : frontier;
    lock_acquire(&reclaim_lock);
    for (size_t i = from, end; i < to; i = end) {
        end = (region_of(i) + 1) * REGION_SLICES;
        end = end < to ? end : to;
        bool spared = walk->sparing && huge_has(i) && !is_worth_it(i, end);
        for (; i < end; i++)
            look_at(i, spared, walk);
    }
    lock_release(&reclaim_lock);
    return to;
}

/* Gives back the holes of all slabs and the ends of all runs. Returns bytes. */
static size_t give_back_holes(bool (*stop)(void)) {
    struct walk walk = {.give = GIVE_ALL};
    run_expect_no_tails();                          /* before we know how far to look */
    size_t frontier = load_relaxed(&heap.frontier); /* stale: misses only new slabs */
    for (size_t i = heap.first; i < frontier && !stop();)
        i = walk_on(&walk, i, frontier);
    return walk.bytes;
}

/* Gives back the holes of slabs whose free blocks are those of the last look, and the
 * ends of runs that the last look found. A large heap takes several calls. */
static size_t give_back_unused_holes(bool (*stop)(void)) {
    /* Without a barrier no thread's cache can be parked (takeover.c). Such a process
     * never counts as idle, so memory that a walk spares would stay for ever. */
    struct walk walk = {.give = GIVE_UNUSED, .sparing = os_barrier() == 0};
    size_t frontier = load_relaxed(&heap.frontier); /* as above */
    size_t i = holes_cursor >= heap.first ? holes_cursor : heap.first;
    while (i < frontier && walk.looked < SLABS_PER_LOOK && !stop())
        i = walk_on(&walk, i, frontier);
    holes_cursor = i < frontier ? i : 0;
    return walk.bytes;
}

/* Gives back the ends of runs that the last look found. Returns bytes. */
static size_t give_back_unused_tails(bool (*stop)(void)) {
    size_t bytes = 0;
    if (!run_has_tails())
        return 0;
    run_expect_no_tails();
    size_t frontier =
        load_relaxed(&heap.frontier); /* runs behind it have told us again */
    for (size_t i = heap.first; i < frontier && !stop(); i++) {
        lock_acquire(&reclaim_lock);
        run_discard_tail(i, GIVE_UNUSED, &bytes);
        lock_release(&reclaim_lock);
    }
    return bytes;
}

/* Gives back up to `most` free slices, and the rest of a piece. Returns their number. */
static size_t give_back_slices(size_t most, bool (*stop)(void), size_t *bytes) {
    size_t slices = 0, below = SIZE_MAX;
    for (size_t count = 1; count > 0 && slices < most && !stop(); slices += count) {
        lock_acquire(&reclaim_lock);
        count = slice_discard_free(&below, bytes);
        lock_release(&reclaim_lock);
    }
    return slices;
}

static size_t give_back_metadata(void) {
    lock_acquire(&reclaim_lock);
    size_t bytes = meta_discard();
    lock_release(&reclaim_lock);
    return bytes;
}

/* Notes slices that were given back, for learn_patience(). The larger amount counts: a
 * smaller one is added to it if it has the same back-off, and is ignored otherwise. */
static void remember_given(struct backoff *by, size_t slices) {
    if (slices > given.slices) {
        given.by = by;
        given.at_ms = os_now_ms();
        given.slices = slices;
        given.retaken = 0;
    } else if (given.by == by) {
        given.slices += slices;
    }
}

/* If half of the slices were taken again within early_ms, the next ones stay longer by
 * the time that these were away. If not, patience is halved. Few slices teach nothing. */
static void learn_patience(void) {
    given.retaken += slice_retaken();
    if (given.slices == 0)
        return;
    struct backoff *by = given.by;
    uint64_t away_ms = os_now_ms() - given.at_ms;
    bool teaches = given.slices >= WORTH_LEARNING;
    if (away_ms >= by->early_ms) {
        by->patience = teaches ? by->patience / 2 : by->patience;
        given.slices = 0;
    } else if (teaches && 2 * given.retaken >= given.slices) {
        uint64_t longer =
            by->patience + 1 + away_ms * TICKS_PER_DELAY / options_get()->delay_ms;
        by->patience = longer < by->max ? (unsigned)longer : by->max;
        given.slices = 0;
    }
}

/* Flushed blocks empty slabs, empty slabs become free slices: in this order. */
static size_t give_back_all(size_t *ret_slices, bool (*stop)(void), bool by_reclaimer) {
    size_t bytes = give_back_holes(stop);
    slice_keep_nothing();
    *ret_slices = give_back_slices(SIZE_MAX, stop, &bytes);
    bytes += give_back_metadata() + cache_discard_stacks(by_reclaimer);
    count_bytes(bytes);
    return bytes;
}

size_t reclaim_all(void) {
    size_t slices;
    cache_flush_all();
    slice_retry_stuck();
    return give_back_all(&slices, never, false);
}

/* Gives back slices that nobody has needed since the last look. Returns bytes. */
static size_t give_back_unused_slices(struct backoff *by, bool (*stop)(void)) {
    size_t bytes = 0;
    remember_given(by, give_back_slices(slice_unused(), stop, &bytes));
    return bytes;
}

/* Whether the next look is due, `patience` ticks beyond the delay after the last one. If
 * so, this call counts as the look. */
static bool is_time_to_look(unsigned patience) {
    bool due = since_look >= TICKS_PER_DELAY + patience;
    since_look = due ? 0 : since_look;
    return due;
}

/* Some thread is busy: gives back only what has stayed unused since the last look. If one
 * call did not get to the heap's end, further calls go on from there once per delay. */
static void look_while_busy(bool (*stop)(void)) {
    bool look = is_time_to_look(busy.patience);
    if (!look && (holes_cursor == 0 || since_look % TICKS_PER_DELAY != 0))
        return;
    size_t bytes = give_back_unused_holes(stop);
    bytes += look ? give_back_unused_slices(&busy, stop) : 0;
    if (bytes > 0)
        bytes += give_back_metadata();
    count_bytes(bytes);
}

/* All threads are parked, but one of them uses large blocks, for which it needs no cache.
 * Gives back what was unused at two looks. With half the patience between looks, memory
 * stays for the whole patience. */
static void look_at_large_blocks(bool (*stop)(void)) {
    if (is_time_to_look(parked.patience / 2))
        count_bytes(give_back_unused_tails(stop) +
                    give_back_unused_slices(&parked, stop));
}

static void give_back_to_the_floor(bool (*stop)(void)) {
    size_t slices;
    give_back_all(&slices, stop, true);
    remember_given(&parked, slices);
    everything_gone = true;
}

void reclaim_tick(struct reclaim_view *ret_view, bool (*stop)(void)) {
    struct parking parking;
    cache_park_quiet(options_get()->worth, &parking);
    learn_patience();
    ret_view->attached = parking.attached;
    ret_view->quiet = false;
    since_look++;
    if (parking.stirred > 0)
        everything_gone = false;
    parked_ticks = parking.busy == 0 && !everything_gone ? parked_ticks + 1 : 0;
    if (parked_ticks > parked.patience) {
        give_back_to_the_floor(stop);
    } else if (parking.busy > 0) {
        look_while_busy(stop);
    } else if (everything_gone && reclaim_is_due()) {
        look_at_large_blocks(stop);
    } else if (everything_gone) {
        ret_view->quiet = true;
    }
}

void reclaim_begin(void) {
    since_look = parked_ticks = 0;
    everything_gone = false;
    parked.patience = busy.patience = 0;
    given.slices = 0;
    holes_cursor = 0;
}

void reclaim_recover(void) {
    lock_reset(&reclaim_lock);
}
