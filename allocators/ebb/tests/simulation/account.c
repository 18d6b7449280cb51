/* Counts each block's owners, of which there are four: the program, a cache, the slab's
 * free bits, its cold bits. Counts each slice's states, of which there are four, too. */
#include "account.h"

#include <string.h>

#include "accounts.h"
#include "bell.h"
#include "block.h"
#include "direct.h"
#include "heap.h"
#include "huge.h"
#include "meta.h"
#include "process.h"
#include "result.h"
#include "run.h"
#include "slab.h"
#include "slice.h"
#include "system.h"
#include "takeover.h"

enum { PAGE = 4096, SLICE_PAGES = SLICE_SIZE / PAGE, SLICES_MAX = 4096 };

/* ---- who holds what ---------------------------------------------------------------- */

/* A bit per block of each slab. */
static uint64_t held[SLICES_MAX][64], cached[SLICES_MAX][64];
static uint64_t cached_cold[SLICES_MAX][64]; /* part of `cached` */
static bool run_is_held[SLICES_MAX];
static unsigned held_runs, held_directs;
static unsigned char resident[SLICES_MAX * SLICE_PAGES];

static void set_bit(uint64_t (*bits)[64], unsigned class, const void *block) {
    struct place place = slab_place(class, block);
    size_t slice = place.word.number / SLAB_WORDS_MAX;
    uint64_t *word = &bits[slice][place.word.number % SLAB_WORDS_MAX],
             bit = 1ull << place.bit;
    if ((*word & bit) != 0)
        finding("a block is twice in caches, or in the program's hands", "%p", block);
    *word |= bit;
}

static void note_cached(unsigned class, void *block, bool cold) {
    if (load_relaxed(class_entry(slice_of(block))) != class)
        finding("a cache holds a block of another class", "%p", block);
    set_bit(cached, class, block);
    if (cold)
        set_bit(cached_cold, class, block);
}

static void note_held(const struct block *block) {
    size_t index = slice_of(block->data);
    if (index >= heap_slices) {
        held_directs++;
        return;
    }
    unsigned class = load_relaxed(class_entry(index));
    if (class != CLASS_NONE) {
        set_bit(held, class, block->data);
        return;
    }
    run_is_held[index] = true;
    held_runs++;
}

static void collect_owners(size_t frontier) {
    for (size_t i = heap.first; i < frontier; i++) {
        unsigned words = size_classes[load_relaxed(class_entry(i))].words;
        memset(held[i], 0, words * sizeof(uint64_t));
        memset(cached[i], 0, words * sizeof(uint64_t));
        memset(cached_cold[i], 0, words * sizeof(uint64_t));
        run_is_held[i] = false;
    }
    held_runs = held_directs = 0;
    cache_each_block(note_cached);
    for (unsigned i = 0; i < PLAN_SLOTS; i++)
        if (block_slots[i].state == BLOCK_LIVE)
            note_held(&block_slots[i]);
    if (__real_mincore(heap_base, frontier << SLICE_SHIFT, resident) != 0)
        finding("mincore failed", "%zu slices", frontier);
}

static bool is_resident(const void *at) {
    return resident[((uintptr_t)at - (uintptr_t)heap_base) / PAGE] & 1;
}

/* ---- slabs ------------------------------------------------------------------------- */

/* Cold: zero, or for a block of a page or more at least on the pages it has to itself. */
static void check_cold(unsigned class, const char *block) {
    size_t size = size_classes[class].size;
    uintptr_t from = (uintptr_t)block, end = from + size;
    if (size >= PAGE) {
        from = (from + PAGE - 1) / PAGE * PAGE;
        end = end / PAGE * PAGE;
    }
    while (from < end) {
        uintptr_t to = (from / PAGE + 1) * PAGE;
        to = to < end ? to : end;
        if (is_resident((void *)from) && first_nonzero((void *)from, to - from) != NULL)
            finding("a cold block is not zero", "%p of %zu bytes", (void *)block, size);
        from = to;
    }
}

static void check_word(unsigned class, size_t index, unsigned w, struct word *word) {
    uint64_t free = load_relaxed(&word->free), cold = load_relaxed(&word->cold);
    uint64_t program = held[index][w], cache = cached[index][w];
    uint64_t twice =
        (free & cold) | ((free | cold) & (program | cache)) | (program & cache);
    uint64_t all = free | cold | program | cache, mask = word_mask(class, w);
    if (twice != 0 || (all & ~mask) != 0 || (all != mask && !blocks_lost))
        finding(twice != 0 ? "a block has two owners" : "a block has no owner",
                "slice %zu, class %u, word %u: free %lx cold %lx program %lx cache %lx",
                index, size_classes[class].size, w, free, cold, program, cache);
#ifdef EBB_DEBUG
    if ((load_relaxed(&word->live) & ~program) != 0 && !blocks_lost)
        finding("live bits differ", "slice %zu, word %u", index, w);
#endif
    for (uint64_t bits = cold | cached_cold[index][w]; bits != 0; bits &= bits - 1) {
        size_t i = 64 * w + (unsigned)__builtin_ctzll(bits);
        check_cold(class, slice_start(index) + i * size_classes[class].size);
    }
}

static void check_slab(unsigned class, size_t index) {
    struct word *words = load_relaxed(&heap.slice[index].words);
    if (load_relaxed(&heap.slice[index].kind) != SLICE_SLAB)
        finding("a slab's slice is of another kind", "slice %zu", index);
    for (unsigned w = 0; w < size_classes[class].words; w++)
        check_word(class, index, w, &words[w]);
    if (!slab_is_valid(class, index))
        finding("a slab is not where claims look for it", "slice %zu", index);
}

/* ---- slices ------------------------------------------------------------------------ */

static bool is_free(size_t index) {
    return load_relaxed(slice_word(BIT_FREE, index / 64)) >> index % 64 & 1;
}

/* A slice that may be taken without being cleared. */
static void check_clean(size_t index) {
    const void *byte = NULL;
    unsigned pages = 0;
    for (unsigned i = 0; i < SLICE_PAGES; i++) {
        const char *page = slice_start(index) + i * PAGE;
        bool in_vain = i == 0 && index % REGION_SLICES == 0 && system_huge_refused > 0;
        pages += is_resident(page) && !in_vain;
        if (is_resident(page) && byte == NULL)
            byte = first_nonzero(page, PAGE);
    }
    if (byte != NULL)
        finding("a clean slice is not zero", "slice %zu, offset %zu: %02x", index,
                (size_t)((const char *)byte - slice_start(index)),
                *(const unsigned char *)byte);
    if (pages > 0)
        finding("a clean slice holds memory", "slice %zu: %u pages", index, pages);
}

static int states_of(size_t index) {
    return is_free(index) + (load_relaxed(class_entry(index)) != CLASS_NONE) +
           is_run(load_relaxed(&heap.slice[index].kind)) + slice_is_backed(index);
}

unsigned account_in_transit(void) {
    unsigned count = 0;
    for (size_t i = heap.first; i < load_relaxed(&heap.frontier); i++)
        count += states_of(i) == 0 && load_relaxed(&heap.slice[i].kind) == SLICE_FREE;
    return count;
}

/* Checks the slice, and returns the one behind it, or behind its run. */
static size_t check_slice(size_t index) {
    unsigned class = load_relaxed(class_entry(index));
    unsigned kind = load_relaxed(&heap.slice[index].kind);
    int states = states_of(index);
    if (states > 1 || (states == 0 && !blocks_lost))
        finding("a slice has not one state",
                "slice %zu: free %d, class %u, kind %u, backed %d", index, is_free(index),
                class, kind, slice_is_backed(index));
    if (class != CLASS_NONE) {
        check_slab(class, index);
    } else if (is_run(kind)) {
        size_t end = index + load_relaxed(&heap.slice[index].run_slices);
        if (!run_is_held[index] && !blocks_lost)
            finding("a run has no owner", "slice %zu", index);
        for (size_t i = index + 1; i < end; i++)
            if (is_free(i) ||
                (load_relaxed(&heap.slice[i].kind) != SLICE_INSIDE && !blocks_lost))
                finding("a run is not whole", "slice %zu of %zu to %zu", i, index, end);
        return end;
    } else if (kind != SLICE_FREE && !blocks_lost) {
        finding("a free slice is of another kind", "slice %zu: %u", index, kind);
    } else if (is_free(index) && !slice_is_dirty(index) && settings.lying_discard == 0) {
        check_clean(index);
    }
    return index + 1;
}

/* The kernel would fill its holes. */
static void check_advised(size_t region) {
    uint64_t bit = 1ull << region % 64;
    if ((load_relaxed(region_word(BIT_ADVISED, region / 64)) & bit) == 0 ||
        (load_relaxed(region_word(BIT_HUGE, region / 64)) & bit) != 0)
        return;
    for (size_t page = 0; page < REGION_SLICES * SLICE_PAGES; page++)
        if (!blocks_lost &&
            is_resident(slice_start(region * REGION_SLICES) + page * PAGE))
            finding("memory where a huge page may come", "region %zu, page %zu", region,
                    page);
}

static void check_sums(void) {
    size_t count, bytes, stuck, runs;
    direct_count(&count, &bytes, &stuck);
    run_count(&runs, &bytes);
    if (!blocks_lost && (count != held_directs || runs != held_runs))
        finding("runs or mappings are miscounted", "%zu of %u, %zu of %u", runs,
                held_runs, count, held_directs);
    if (!slice_is_valid())
        finding("slices are miscounted", "%s", "");
    if (!run_is_valid(!blocks_lost))
        finding("pages behind runs are miscounted", "%s", "");
    if (!meta_is_valid())
        finding("word arrays are miscounted", "%s", "");
}

/* Nothing is in the middle of anything, so whoever had to ring has rung. */
static void check_sleep(void) {
    if (load_relaxed(&reclaimer_state) != RECLAIMER_SLEEPING)
        return;
    if (slice_resident_free())
        finding("the reclaimer sleeps beside resident free slices", "%s", "");
    if (!cache_all_parked())
        finding("the reclaimer sleeps while a thread is not parked", "%s", "");
}

void account_check(void) {
    process_check(); /* a fork's child may not have looked yet */
    size_t frontier = load_relaxed(&heap.frontier);
    if (frontier == 0)
        return; /* no heap yet */
    count_feature(FEATURE_checks);
    collect_owners(frontier);
    for (size_t index = heap.first; index < frontier;)
        index = check_slice(index);
    for (size_t region = heap.first / REGION_SLICES + 1;
         region < frontier / REGION_SLICES; region++)
        check_advised(region);
    check_sums();
    check_sleep();
}

/* ---- the floor --------------------------------------------------------------------- */

/* A block that a fork has lost is in use for good. */
static bool page_is_used(unsigned class, size_t index, unsigned page) {
    const struct word *words = load_relaxed(&heap.slice[index].words);
    size_t size = size_classes[class].size;
    size_t first = page * PAGE / size, last = ((page + 1) * PAGE - 1) / size;
    for (size_t i = first; i <= last && i < size_classes[class].capacity; i++) {
        const struct word *word = &words[i / 64];
        if (((load_relaxed(&word->free) | load_relaxed(&word->cold)) >> i % 64 & 1) == 0)
            return true;
    }
    return false;
}

static void check_page(size_t index, unsigned page) {
    unsigned class = load_relaxed(class_entry(index));
    bool in_vain = page == 0 && index % REGION_SLICES == 0 && system_huge_refused > 0;
    if (in_vain || !is_resident(slice_start(index) + page * PAGE))
        return;
    if (class == CLASS_NONE && blocks_lost && !is_free(index))
        return; /* somebody was about to take or to free it */
    if (class == CLASS_NONE)
        finding("a free slice holds memory at the floor",
                "slice %zu, page %u: free %d, dirty %d, backed %d", index, page,
                is_free(index), slice_is_dirty(index), slice_is_backed(index));
    const struct word *words = load_relaxed(&heap.slice[index].words);
    if (!page_is_used(class, index, page))
        finding("a slab's page without a block in use holds memory at the floor",
                "slice %zu, class of %u bytes, page %u; word 0: free %lx cold %lx", index,
                size_classes[class].size, page, load_relaxed(&words[0].free),
                load_relaxed(&words[0].cold));
}

/* What lies behind the end of a large run is left alone. Returns the run's slices. */
static size_t check_tail(size_t index) {
    const struct slice *run = &heap.slice[index];
    size_t slices = load_relaxed(&run->run_slices), pages = slices * SLICE_PAGES;
    for (size_t page = pages - load_relaxed(&run->run_spare); page < pages; page++)
        if (slices < REGION_SLICES && !blocks_lost &&
            is_resident(slice_start(index) + page * PAGE))
            finding("memory behind a run's end at the floor",
                    "run of %zu slices at %zu, page %zu, kind %u", slices, index, page,
                    load_relaxed(&run->kind));
    return slices;
}

/* Arrays begin and end within pages; some pages beside them. */
enum { METADATA_SLACK = 20 };

static void check_metadata(void) {
    size_t pages = 0, allowed = METADATA_SLACK;
    for (size_t i = 0; i < heap.first * SLICE_PAGES; i++)
        pages += resident[i] & 1;
    allowed += (heap_metadata_bytes() + meta_bytes()) / PAGE;
    if (pages > allowed)
        finding("too much metadata at the floor", "%zu pages instead of %zu", pages,
                allowed);
}

void account_check_floor(void) {
    size_t frontier = load_relaxed(&heap.frontier);
    count_feature(FEATURE_floors);
    collect_owners(frontier);
    for (size_t index = heap.first; index < frontier;) {
        if (is_run(load_relaxed(&heap.slice[index].kind))) {
            index += check_tail(index);
            continue;
        }
        for (unsigned page = 0; page < SLICE_PAGES; page++)
            check_page(index, page);
        index++;
    }
    check_metadata();
}
