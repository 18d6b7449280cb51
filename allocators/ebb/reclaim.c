/* See reclaim.h. The rules, and why:
 *
 * - Memory goes when it has stayed unused between two looks, a delay apart. What a busy
 *   thread frees and takes again all the time never stays unused for so long.
 * - When every thread is parked the process is idle, and everything goes at once.
 * - What was wanted again within a second went too early, and stays longer the next time.
 * - Every step is short and ends with all locks released: nobody waits for longer than
 *   one slab's sweep or one piece of a free range. */
#include "reclaim.h"

#include "cache.h"
#include "heap.h"
#include "lock.h"
#include "meta.h"
#include "options.h"
#include "os.h"
#include "slab.h"
#include "slice.h"

struct lock reclaim_lock;

/* Written under reclaim_lock; read by ebb_stats, to which a stale figure is no harm. */
static _Atomic size_t total_bytes;

/* The reclaimer's own. */
static unsigned ticks, attached_before;
static bool everything_gone;  /* since all threads were parked */
static unsigned parked_ticks; /* for which they have been */

/* Back-off. `patience`: ticks that memory stays beyond the delay; with PATIENCE_MAX an
 * idle process has given back within four delays. `given`: what became of the last. */
enum { PATIENCE_MAX = 4, EARLY_MS = 1000 };
static unsigned patience;
static struct {
    uint64_t at_ms;
    size_t slices, retaken;
} given;

/* Slices between two releases of the lock. */
enum { SLICES_PER_STEP = 64 };

static void count_bytes(size_t bytes) {
    add_relaxed(&total_bytes, bytes);
}

size_t reclaim_total(void) {
    return load_relaxed(&total_bytes);
}

/* Holes of all slabs. Returns bytes. */
static size_t give_back_holes(bool at_once) {
    size_t bytes = 0;
    size_t frontier = load_relaxed(&heap.frontier); /* stale: misses only new slabs */
    for (size_t from = heap.first; from < frontier; from += SLICES_PER_STEP) {
        lock_acquire(&reclaim_lock);
        for (size_t i = from; i < frontier && i < from + SLICES_PER_STEP; i++)
            bytes += slab_discard_holes(i, at_once);
        lock_release(&reclaim_lock);
    }
    return bytes;
}

/* Free slices, up to `most` of them. Returns bytes. */
static size_t give_back_slices(size_t most) {
    size_t bytes = 0, below = SIZE_MAX;
    for (bool more = true; more && bytes >> SLICE_SHIFT < most;) {
        lock_acquire(&reclaim_lock);
        more = slice_discard_free(&below, &bytes);
        lock_release(&reclaim_lock);
    }
    return bytes;
}

static size_t give_back_metadata(void) {
    lock_acquire(&reclaim_lock);
    size_t bytes = meta_discard();
    lock_release(&reclaim_lock);
    return bytes;
}

static void remember_given(size_t bytes) {
    given.at_ms = os_now_ms();
    given.slices = bytes >> SLICE_SHIFT;
    given.retaken = 0;
}

/* Half of it is in use again: was that early? A process that rests for longer than
 * EARLY_MS loses nothing that counts. */
static void learn_patience(void) {
    given.retaken += slice_retaken();
    if (given.slices == 0 || given.retaken < (given.slices + 1) / 2)
        return;
    bool early = os_now_ms() - given.at_ms < EARLY_MS;
    patience = !early ? 0 : patience < PATIENCE_MAX / 2 ? 2 * patience + 1 : PATIENCE_MAX;
    given.slices = 0;
}

/* Flushed blocks empty slabs, empty slabs become free slices: in this order. */
static size_t give_back_all(size_t *ret_in_slices) {
    size_t bytes = give_back_holes(true);
    *ret_in_slices = give_back_slices(SIZE_MAX);
    bytes += *ret_in_slices + give_back_metadata();
    count_bytes(bytes);
    return bytes;
}

size_t reclaim_all(void) {
    lock_acquire(&reclaim_lock);
    cache_flush_all();
    lock_release(&reclaim_lock);
    size_t in_slices;
    return give_back_all(&in_slices);
}

/* Slices that nobody has needed since the last look. Returns bytes. */
static size_t give_back_unused_slices(void) {
    size_t bytes = give_back_slices(slice_unused());
    if (bytes > 0)
        remember_given(bytes);
    return bytes;
}

/* Some thread is busy: only what has stayed unused since the last look. */
static void give_back_unused(void) {
    size_t bytes = give_back_holes(false);
    bytes += give_back_unused_slices();
    if (bytes > 0)
        bytes += give_back_metadata();
    count_bytes(bytes);
}

static void give_back_to_the_floor(void) {
    size_t in_slices;
    give_back_all(&in_slices);
    remember_given(in_slices);
    everything_gone = true;
}

void reclaim_tick(struct reclaim_view *ret_view) {
    struct parking parking;
    lock_acquire(&reclaim_lock);
    cache_park_quiet(options_get()->worth, &parking);
    lock_release(&reclaim_lock);
    learn_patience();
    ret_view->attached = parking.attached;
    ret_view->quiet = false;
    /* Unused at two looks: half the patience makes the same delay of it. */
    bool look = ++ticks % (TICKS_PER_DELAY + patience / 2) == 0;
    if (parking.stirred > 0 || parking.attached != attached_before)
        everything_gone = false;
    attached_before = parking.attached;
    parked_ticks = parking.busy == 0 && !everything_gone ? parked_ticks + 1 : 0;
    if (parked_ticks > patience) {
        give_back_to_the_floor();
    } else if (parking.busy > 0 && look) {
        give_back_unused();
    } else if (everything_gone && slice_resident_free()) {
        if (look) /* somebody uses large blocks only, which takes no cache */
            count_bytes(give_back_unused_slices());
    } else if (everything_gone) {
        ret_view->quiet = true;
    }
}
