/* The entry of a run's first slice describes the run. slice.c knows which slices are
 * free, and which free ones are resident. */
#include "run.h"

#include <string.h>

#include "atomic.h"
#include "bell.h"
#include "delay.h"
#include "fault.h"
#include "huge.h"
#include "options.h"
#include "os.h"
#include "process.h"
#include "slice.h"

/* The run whose end is being given back, and by which thread; NULL: none. Written down
 * first, for a fork's child. */
static struct {
    size_t index;
    const void *owner;
} swept;

/* A hint: some run may be tailed. */
static _Atomic bool tails;

/* Pages behind the ends of tailed runs, which may be resident although nobody uses them.
 * The thread that makes a run tailed, or not tailed, writes this. In a fork's child it
 * may be a little too high. */
static _Atomic size_t tail_pages;

/* How many more runs leave their ends to the reclaimer. Set when the maker of a run gave
 * back an end that held nothing: its slices had been in use, but not to their ends. */
static _Atomic unsigned spared;

static _Atomic size_t given_back; /* bytes, by the makers of runs */

/* If the ends hold more than this, and more than this share of the heap, the maker of a
 * run gives back at once what lies behind it. A program with a limit has no time to wait
 * for the reclaimer. */
#ifdef EBB_SIMULATION
enum { TAILS_MAX = 0 };
#else
enum { TAILS_MAX = 16 << 20 };
#endif
enum { TAILS_OF_HEAP = 8 }; /* an eighth */

bool run_has_tails(void) {
    return load_relaxed(&tails);
}

static size_t slices_for(size_t size) {
    return (size + SLICE_SIZE - 1) >> SLICE_SHIFT;
}

static uint8_t spare_for(size_t size) {
    return (uint8_t)(((slices_for(size) << SLICE_SHIFT) - size) / os_page_size());
}

/* The owner of the slices sets their kinds. The stores are atomic, since a free() of a
 * wild pointer may read the kinds at any time. */
static void set_inside(size_t from, size_t to, enum slice_kind kind) {
    for (size_t i = from; i < to; i++)
        store_relaxed(&heap.slice[i].kind, (uint8_t)kind);
}

static size_t usable(size_t index) {
    const struct slice *slice = &heap.slice[index];
    return ((size_t)load_relaxed(&slice->run_slices) << SLICE_SHIFT) -
           load_relaxed(&slice->run_spare) * os_page_size();
}

/* Sets the hint, after the kind. An exchange, so that the thread that clears the hint
 * sees the kinds of all runs for which it was set: pairs with the acquire in
 * run_expect_no_tails(). */
static void tell_of_tails(void) {
    exchange_release(&tails, true);
    compiler_barrier(); /* before a look at the bell */
}

/* Whether the end is worth giving back: the run is shorter than a region, and its last
 * slice has pages that it does not use. */
static bool has_tail(const struct slice *slice) {
    return load_relaxed(&slice->run_slices) < REGION_SLICES &&
           load_relaxed(&slice->run_spare) > 0;
}

static bool tails_are_many(void) {
    if (options_get()->reclaim != RECLAIM_ON)
        return false;
    size_t heap_bytes = (load_relaxed(&heap.frontier) - heap.first) << SLICE_SHIFT;
    /* Relaxed: one run more or less does not matter. */
    size_t bytes = load_relaxed(&tail_pages) * os_page_size();
    return bytes > TAILS_MAX && bytes > heap_bytes / TAILS_OF_HEAP;
}

/* Gives back what lies behind the run. It stays if the kernel refuses, since a page is
 * locked. */
static void discard_tail(size_t index, size_t *bytes) {
    size_t count = load_relaxed(&heap.slice[index].run_slices), end = usable(index);
    huge_split(index + count - 1, index + count);
    os_discard(slice_start(index) + end, (count << SLICE_SHIFT) - end, bytes);
}

/* The owner of the run calls it, while nobody else knows of the run or touches it.
 * Returns whether the end was given back. */
static bool discard_own_tail(size_t index) {
    enum { SPARED_MAX = 64 };
    if (!tails_are_many())
        return false;
    unsigned left = load_relaxed(&spared);
    if (left > 0) {
        store_relaxed(&spared, left - 1); /* may undo another thread's change: no harm */
        return false;
    }
    size_t bytes = 0;
    debug_delay(DELAY_OFTEN);
    discard_tail(index, &bytes);
    add_relaxed(&given_back, bytes);
    if (bytes == 0)
        store_relaxed(&spared, SPARED_MAX);
    return true;
}

/* From now on the fields of the run are valid. tailed: there may be memory behind the
 * end. */
static void publish(size_t index, bool tailed) {
    struct slice *slice = &heap.slice[index];
    bool sweep = tailed && has_tail(slice) && !discard_own_tail(index);
    if (sweep)
        add_relaxed(&tail_pages, load_relaxed(&slice->run_spare));
    /* pairs with the acquire in run_discard_tail() */
    store_release(&slice->kind, (uint8_t)(sweep ? SLICE_RUN_TAILED : SLICE_RUN));
    if (sweep) {
        tell_of_tails();
        bell_touch();
    }
}

/* From here on the reclaimer leaves the run alone. Returns whether the run was tailed. */
static bool claim(struct slice *slice) {
    enum { A_SWEEP_US = 50 };
    for (;;) {
        /* pairs with the release in run_discard_tail() */
        uint8_t kind = load_acquire(&slice->kind);
        if (kind == SLICE_RUN)
            return false;
        if (kind == SLICE_RUN_SWEPT) {
            process_check();
            os_sleep_us(A_SWEEP_US);
        } else if (cas_acquire(&slice->kind, &kind, SLICE_RUN)) {
            sub_relaxed(&tail_pages, load_relaxed(&slice->run_spare));
            return true;
        }
    }
}

/* Makes the run read as zero up to its end. */
static void clear(size_t index, size_t count) {
    size_t end = usable(index);
    for (size_t i = 0; i < count; i++)
        if (slice_is_dirty(index + i)) {
            size_t left = end - (i << SLICE_SHIFT);
            memset(slice_start(index + i), 0, left < SLICE_SIZE ? left : SLICE_SIZE);
        }
}

void *run_alloc(size_t size, size_t align, bool zero) {
    size_t count = slices_for(size), index;
    size_t align_slices = align > SLICE_SIZE ? align >> SLICE_SHIFT : 1;
    bool is_zero;
    if (slice_alloc(count, align_slices, HUGE_FOR_PARTLY, &index, &is_zero) != 0)
        return NULL;
    struct slice *slice = &heap.slice[index];
    bool tailed = is_zero || slice_is_dirty(index + count - 1);
    store_relaxed(&slice->run_slices, (uint32_t)count);
    store_relaxed(&slice->run_spare, spare_for(size));
    set_inside(index + 1, index + count, SLICE_INSIDE);
    if (zero && !is_zero)
        clear(index, count);
    slice_set_dirty(index, count, true);
    publish(index, tailed);
    return slice_start(index);
}

/* The run's first slice. Faults if no run starts at block. */
static size_t run_index(const void *block) {
    size_t index = slice_of(block);
    unsigned kind = SLICE_FREE;
    /* Relaxed: a block of ours was handed over after the frontier had passed it. */
    if (likely(index >= heap.first && index < load_relaxed(&heap.frontier)))
        kind = load_relaxed(&heap.slice[index].kind);
    if (unlikely(kind == SLICE_FREE))
        fault("invalid pointer", block);
    if (unlikely(!is_run(kind) || (uintptr_t)block % SLICE_SIZE != 0))
        fault("interior pointer", block);
    return index;
}

size_t run_free(void *block) {
    size_t index = run_index(block);
    struct slice *slice = &heap.slice[index];
    claim(slice);
    size_t count = load_relaxed(&slice->run_slices);
    set_inside(index, index + count, SLICE_FREE);
    slice_free(index, count);
    return count << SLICE_SHIFT;
}

size_t run_usable(const void *block) {
    return usable(run_index(block));
}

/* Changes the run's length to `wanted` slices; false if that can't be done. */
static bool resize(size_t index, size_t count, size_t wanted) {
    struct slice *slice = &heap.slice[index];
    if (wanted < count) {
        /* The length first: a fork's child must not free these slices a second time. */
        store_relaxed(&slice->run_slices, (uint32_t)wanted);
        compiler_barrier();
        set_inside(index + wanted, index + count, SLICE_FREE);
        slice_free(index + wanted, count - wanted);
    } else if (wanted > count) {
        if (!slice_extend(index + count, wanted - count))
            return false;
        set_inside(index + count, index + wanted, SLICE_INSIDE);
        slice_set_dirty(index + count, wanted - count, true);
        compiler_barrier();
        store_relaxed(&slice->run_slices, (uint32_t)wanted);
    }
    return true;
}

bool run_resize(void *block, size_t size) {
    bool fits = size > SLAB_BLOCK_MAX && size <= RUN_BYTES_MAX;
    if (!fits || slice_of(block) >= load_relaxed(&heap.frontier)) /* as in run_index() */
        return false;
    size_t index = run_index(block);
    struct slice *slice = &heap.slice[index];
    bool tailed = claim(slice);
    size_t before = usable(index);
    bool resized = resize(index, load_relaxed(&slice->run_slices), slices_for(size));
    if (resized) {
        store_relaxed(&slice->run_spare, spare_for(size));
        /* The program wrote to pages that the run gave up. New pages may hold memory. */
        tailed |= usable(index) != before;
    }
    publish(index, tailed);
    return resized;
}

/* ---- the memory behind the end ----------------------------------------------------- */

void run_expect_no_tails(void) {
    exchange_acquire(&tails, false); /* pairs with the release in tell_of_tails() */
}

size_t run_last(size_t index) {
    const struct slice *slice = &heap.slice[index];
    if (!is_run(load_relaxed(&slice->kind)))
        return index;
    size_t count = load_relaxed(&slice->run_slices); /* if it is a slab by now, `seen` */
    size_t last = index + count - 1;
    return count > 0 && last < load_relaxed(&heap.frontier) ? last : index;
}

size_t run_unused_tail(size_t index) {
    const struct slice *slice = &heap.slice[index];
    bool unused = load_relaxed(&slice->kind) == SLICE_RUN_SEEN;
    return unused ? load_relaxed(&slice->run_spare) * os_page_size() : 0;
}

bool run_discard_tail(size_t index, enum give give, size_t *bytes) {
    struct slice *slice = &heap.slice[index];
    uint8_t kind = load_relaxed(&slice->kind); /* looked at again below */
    if (kind != SLICE_RUN_TAILED && kind != SLICE_RUN_SEEN)
        return false;
    if (give == GIVE_NOTHING || (give == GIVE_UNUSED && kind == SLICE_RUN_TAILED)) {
        if (kind == SLICE_RUN_TAILED)
            cas_relaxed(&slice->kind, &kind, SLICE_RUN_SEEN);
        tell_of_tails(); /* they are still there */
        return true;
    }
    swept.index = index;
    swept.owner = os_thread();
    compiler_barrier();
    /* Pairs with the release in publish(): the fields are those of a tailed run. */
    if (cas_acquire(&slice->kind, &kind, SLICE_RUN_SWEPT)) {
        sub_relaxed(&tail_pages, load_relaxed(&slice->run_spare));
        debug_delay(DELAY_OFTEN);
        discard_tail(index, bytes);
        debug_delay(DELAY_OFTEN);
        store_release(&slice->kind, SLICE_RUN); /* pairs with the acquires in claim() */
    }
    compiler_barrier();
    swept.owner = NULL;
    return true;
}

void run_recover(void) {
    bool ours = os_is_main_thread() && swept.owner == os_thread();
    store_relaxed(&tails, true); /* a thread that was about to set it may be gone */
    if (swept.owner == NULL || ours)
        return;
    struct slice *slice = &heap.slice[swept.index];
    if (load_relaxed(&slice->kind) == SLICE_RUN_SWEPT) {
        store_relaxed(&slice->kind, SLICE_RUN_TAILED);
        add_relaxed(&tail_pages, load_relaxed(&slice->run_spare));
    }
    swept.owner = NULL;
}

size_t run_given_back(void) {
    return load_relaxed(&given_back);
}

void run_count(size_t *ret_runs, size_t *ret_bytes) {
    size_t frontier = load_relaxed(&heap.frontier);
    *ret_runs = *ret_bytes = 0;
    for (size_t i = heap.first; i < frontier; i++)
        if (is_run(load_relaxed(&heap.slice[i].kind))) {
            *ret_runs += 1;
            *ret_bytes += usable(i);
        }
}

#if defined(EBB_DEBUG) || defined(EBB_SIMULATION)

bool run_is_valid(bool exactly) {
    size_t frontier = load_relaxed(&heap.frontier), pages = 0;
    for (size_t i = heap.first; i < frontier; i++) {
        const struct slice *slice = &heap.slice[i];
        uint8_t kind = load_relaxed(&slice->kind);
        if (kind == SLICE_RUN_TAILED || kind == SLICE_RUN_SEEN)
            pages += load_relaxed(&slice->run_spare);
    }
    size_t counted = load_relaxed(&tail_pages);
    return counted == pages || (!exactly && counted > pages);
}

#endif
