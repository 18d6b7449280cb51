/* Claims, returns, retirement and hole discarding. DESIGN.md argues that the protocol is
 * right, in "Claiming words" and "Retiring a slab". */
#include "slab.h"

#include "delay.h"
#include "huge.h"
#include "lock.h"
#include "meta.h"
#include "os.h"
#include "partial.h"
#include "slice.h"

/* A claim that yields fewer blocks than this goes on to further words. It puts the blocks
 * on the stack, so that a nearly full heap doesn't pay a lock per block. */
enum { WORTH_A_WORD = 8 };

/* We expect that programs write all of a block up to this size. Of a larger one they may
 * never touch some pages. */
enum { FILLED_MAX = 8192 };

struct class_state {
    _Alignas(64) struct lock lock;
};
static struct class_state class_states[CLASS_SLOTS];

static inline struct lock *class_lock(unsigned class) {
    return &class_states[class].lock;
}

static inline _Atomic uint64_t *word_bits(struct word *word, enum partial_kind kind) {
    return kind == PARTIAL_FREE ? &word->free : &word->cold;
}

/* ---- birth and retirement, under the class's lock ---------------------------------- */

/* Gets words and a slice for a new slab. Callers hold no lock, since this may wait for a
 * huge page. */
static bool slab_prepare(unsigned class, size_t *ret_index, struct word **ret_words) {
    const struct size_class *info = &size_classes[class];
    struct word *words = meta_alloc(info->words_order);
    if (words == NULL)
        return false;
    enum huge_use use = info->size <= FILLED_MAX ? HUGE_FOR_FILLED : HUGE_FOR_PARTLY;
    bool zero; /* not used: such memory reads as zero, but is resident, hence not cold */
    if (slice_alloc(1, 1, use, ret_index, &zero) != 0) {
        meta_free(words, info->words_order);
        return false;
    }
    *ret_words = words;
    return true;
}

/* The first page behind the last block. */
static size_t tail_start(unsigned class) {
    const struct size_class *info = &size_classes[class];
    size_t page = os_page_size();
    return ((size_t)info->capacity * info->size + page - 1) / page * page;
}

static void slab_install(unsigned class, size_t index, struct word *words) {
    const struct size_class *info = &size_classes[class];
    bool dirty = slice_is_dirty(index);
    for (unsigned w = 0; w < info->words; w++) {
        store_relaxed(&words[w].free, dirty ? word_mask(class, w) : 0);
        store_relaxed(&words[w].cold, dirty ? 0 : word_mask(class, w));
#ifdef EBB_DEBUG
        store_relaxed(&words[w].live, 0);
#endif
    }
    struct slice *slice = &heap.slice[index];
    store_relaxed(&slice->words, words);
    store_relaxed(&slice->scan, 0);
    slice->ragged = false;
    store_relaxed(&slice->tailed, dirty && tail_start(class) < SLICE_SIZE);
    store_relaxed(&slice->seen, 0);
    store_relaxed(&slice->kind, SLICE_SLAB);
    /* A fork's child that finds the class also finds the words filled in. The barrier
     * keeps the compiler from reordering; the processor's stores become visible in order
     * to the thread's own process. */
    compiler_barrier();
    store_relaxed(class_entry(index), (uint8_t) class);
    partial_set(dirty ? PARTIAL_FREE : PARTIAL_COLD, class, index);
}

/* Adds a slab to the class. Releases the class's lock meanwhile, so that a thread that
 * frees or finds a block does not wait. False when out of memory. */
static bool slab_add(unsigned class) {
    size_t index;
    struct word *words;
    lock_release(class_lock(class));
    bool prepared = slab_prepare(class, &index, &words);
    debug_delay(DELAY_OFTEN);
    lock_acquire(class_lock(class));
    if (prepared)
        slab_install(class, index, words);
    return prepared;
}

static bool all_free(unsigned class, struct word *words) {
    /* Both pair with the or_acq_rel in slab_put(): the frees that set these bits, and
     * all that came before them, are over before the slice is reused. */
    for (unsigned w = 0; w < size_classes[class].words; w++)
        if ((load_acquire(&words[w].free) | load_acquire(&words[w].cold)) !=
            word_mask(class, w))
            return false;
    return true;
}

static void slab_retire(unsigned class, size_t index) {
    const struct size_class *info = &size_classes[class];
    struct slice *slice = &heap.slice[index];
    struct word *words = load_relaxed(&slice->words);
    bool dirty = slice->ragged;
    for (unsigned w = 0; w < info->words; w++)
        dirty |= load_relaxed(&words[w].cold) != word_mask(class, w);
    partial_clear(PARTIAL_FREE, class, index);
    partial_clear(PARTIAL_COLD, class, index);
    store_relaxed(class_entry(index), CLASS_NONE);
    store_relaxed(&slice->kind, SLICE_FREE);
    meta_free(words, info->words_order);
    slice_set_dirty(index, 1, dirty);
    slice_free(index, 1);
}

/* A word of the slab has become all free. The caller holds no block of the slab any more,
 * so the slab may have been retired meanwhile, and may even be another slab. So look
 * again under the lock. */
static void slab_try_retire(unsigned class, size_t index, struct word *words) {
    if (!all_free(class, words))
        return; /* words may be stale, but they stay readable */
    lock_acquire(class_lock(class));
    if (load_relaxed(class_entry(index)) == class &&
        load_relaxed(&heap.slice[index].words) == words && all_free(class, words))
        slab_retire(class, index);
    lock_release(class_lock(class));
}

/* ---- claims, under the class's lock ------------------------------------------------ */

enum pick {
    PICK_NOTHING,
    PICK_SLAB,
    PICK_NEW, /* a slab has to be added first */
};

/* Picks the slab to claim from: resident blocks before cold ones, and within each the
 * lowest address, so that long-lived blocks pack together. may_add: a slab could be
 * added. may_fault: cold blocks will do, too, although they take page faults. */
static enum pick slab_pick(unsigned class, bool may_fault, bool may_add,
                           size_t *ret_index, enum partial_kind *ret_kind) {
    for (;;) {
        enum partial_kind kind = PARTIAL_FREE;
        size_t index;
        if (!partial_lowest(PARTIAL_FREE, class, &index)) {
            if (!may_fault)
                return PICK_NOTHING;
            if (may_add && slice_resident_free())
                return PICK_NEW;
            kind = PARTIAL_COLD;
            if (!partial_lowest(PARTIAL_COLD, class, &index))
                return may_add ? PICK_NEW : PICK_NOTHING;
        }
        if (load_relaxed(class_entry(index)) == class) {
            *ret_index = index;
            *ret_kind = kind;
            return PICK_SLAB;
        }
        partial_clear(kind, class, index); /* stale: another class's by now */
    }
}

static inline uint64_t lowest_bits(uint64_t bits, unsigned count) {
    uint64_t rest = bits;
    while (count-- > 0)
        rest &= rest - 1;
    return bits ^ rest;
}

/* Moves a claimed word into the bin: as a word or, if it is sparse, onto the stack, with
 * the lowest address on top. */
static void bin_receive(struct bin *bin, uint64_t blocks, char *base, bool as_word,
                        bool cold) {
    if (as_word) {
        bin->word = blocks;
        bin->base = base;
        bin->word_is_cold = cold;
        return;
    }
    while (blocks != 0) {
        unsigned bit = 63 - (unsigned)__builtin_clzll(blocks);
        *++bin->top = base + (size_t)bit * bin->size;
        blocks ^= 1ull << bit;
    }
}

/* Claims from the words of one slab until the bin has what it wants; returns blocks. */
static unsigned slab_claim(unsigned class, size_t index, enum partial_kind kind,
                           struct bin *bin, unsigned wanted) {
    const struct size_class *info = &size_classes[class];
    struct slice *slice = &heap.slice[index];
    struct word *words = load_relaxed(&slice->words);
    unsigned got = 0, w = load_relaxed(&slice->scan);
    w = w < info->words ? w : 0;
    for (unsigned i = 0; i < info->words && got < wanted; i++) {
        uint64_t bits = load_relaxed(word_bits(&words[w], kind));
        if (bits != 0) {
            if (info->claim_blocks < 64)
                bits = lowest_bits(bits, info->claim_blocks);
            /* pairs with the or_acq_rel in slab_put() */
            and_acquire(word_bits(&words[w], kind), ~bits);
            unsigned count = (unsigned)__builtin_popcountll(bits);
            bool as_word = count >= WORTH_A_WORD || count >= wanted - got;
            bin_receive(bin, bits, slice_start(index) + (size_t)64 * w * info->size,
                        as_word, kind == PARTIAL_COLD);
            got += as_word ? wanted : count;
            store_relaxed(&slice->scan, (uint8_t)w);
            /* A block may come back with its memory although the bits are the same as
             * before. */
            store_relaxed(&slice->seen, 0);
        } else if (++w == info->words) {
            w = 0;
        }
    }
    return got;
}

/* The slab seemed to have nothing left: take it out of the set, unless a block came
 * back between the look and the clearing. */
static void slab_exhausted(unsigned class, size_t index, enum partial_kind kind) {
    struct word *words = load_relaxed(&heap.slice[index].words);
    partial_clear(kind, class, index);
    for (unsigned w = 0; w < size_classes[class].words; w++)
        if (load_relaxed(word_bits(&words[w], kind)) != 0) {
            partial_set(kind, class, index);
            return;
        }
}

bool slab_refill(unsigned class, struct bin *bin) {
    unsigned wanted = size_classes[class].stack_blocks / 2, got = 0;
    if (wanted > 2 * WORTH_A_WORD)
        wanted = 2 * WORTH_A_WORD;
    if (bin->end == bin->bottom)
        wanted = 1; /* a quarantine's slots are not for these */
    bool may_add = true;
    lock_acquire(class_lock(class));
    while (got < wanted) {
        size_t index = 0;
        enum partial_kind kind = PARTIAL_FREE;
        enum pick pick = slab_pick(class, got == 0, may_add, &index, &kind);
        if (pick == PICK_NOTHING)
            break;
        if (pick == PICK_NEW) {
            may_add = slab_add(class);
            continue;
        }
        unsigned count = slab_claim(class, index, kind, bin, wanted - got);
        if (count == 0)
            slab_exhausted(class, index, kind);
        got += count;
    }
    lock_release(class_lock(class));
    return got > 0;
}

/* ---- returns, any thread ----------------------------------------------------------- */

void slab_put_rest(unsigned class, const struct word_place *place, uint64_t mask,
                   bool cold, uint64_t before, bool was_empty) {
    size_t slice = place->number / SLAB_WORDS_MAX;
    unsigned w = place->number % SLAB_WORDS_MAX;
    if ((before & mask) != 0) {
        size_t index = 64 * w + (unsigned)__builtin_ctzll(before & mask);
        fault("double free", slice_start(slice) + index * size_classes[class].size);
    }
    if (was_empty)
        partial_set(cold ? PARTIAL_COLD : PARTIAL_FREE, class, slice);
    if ((before | mask) == word_mask(class, w))
        slab_try_retire(class, slice, place->at - w);
}

/* ---- holes ------------------------------------------------------------------------- */

/* All free blocks of one slab, which the sweep has claimed. There is one sweep at a time,
 * under the reclaim lock. They are written down here so that a fork's child can put them
 * back. A bit is here before it leaves its word, and stays until all bits are back in
 * their words. */
static struct swept {
    uint64_t free[64], cold[64];
    size_t index;
    unsigned class;
    const void *owner; /* whose sweep it is; NULL: none */
} swept;

static inline bool swept_has(unsigned i) {
    return (swept.free[i / 64] | swept.cold[i / 64]) >> i % 64 & 1;
}

/* The range of whole pages that blocks [from, to) cover. It extends to the slab's end if
 * the last block is among them: what lies behind is not used. Returns its bytes. */
static size_t whole_pages(unsigned class, size_t from, size_t to, size_t *ret_start,
                          size_t *ret_end) {
    size_t size = size_classes[class].size, page = os_page_size();
    size_t end = to == size_classes[class].capacity ? SLICE_SIZE : to * size;
    *ret_start = (from * size + page - 1) / page * page;
    *ret_end = end / page * page;
    return *ret_start < *ret_end ? *ret_end - *ret_start : 0;
}

/* Blocks [from, to) are claimed and their neighbours are not. Discards the whole pages in
 * between. A block below a page becomes cold if nothing of it is left resident. A larger
 * one always does, even if it shares a resident page at an end; then the slab is ragged.
 * was_ragged: blocks that were cold may have something resident, too. */
static size_t discard_run(unsigned class, size_t index, unsigned from, unsigned to,
                          bool was_ragged) {
    size_t size = size_classes[class].size, page = os_page_size(), start, end;
    bool resident = was_ragged;
    if (whole_pages(class, from, to, &start, &end) == 0)
        return 0;
    for (unsigned i = (unsigned)(start / size); i < to && i * size < end; i++)
        resident |= swept.free[i / 64] >> i % 64 & 1;
    if (!resident)
        return 0;
    size_t bytes = 0;
    huge_split(index, index + 1);
    if (os_discard(slice_start(index) + start, end - start, &bytes) != 0)
        return 0;
    if (size >= page && (start > from * size || end < to * size))
        heap.slice[index].ragged = true;
    for (unsigned i = from; i < to; i++)
        if (size >= page || (i * size >= start && (i + 1) * size <= end)) {
            swept.cold[i / 64] |= 1ull << i % 64;
            compiler_barrier(); /* never in neither */
            swept.free[i / 64] &= ~(1ull << i % 64);
        }
    return bytes;
}

/* Discards the pages behind the last block. An earlier owner of the slice may have
 * written there. */
static size_t discard_tail(unsigned class, size_t index) {
    size_t start = tail_start(class), bytes = 0;
    huge_split(index, index + 1);
    if (os_discard(slice_start(index) + start, SLICE_SIZE - start, &bytes) == 0)
        store_relaxed(&heap.slice[index].tailed, false);
    return bytes;
}

/* Moves a word's bits to `ret_bits`. Frees may add other bits meanwhile. */
static void sweep_up(_Atomic uint64_t *word, uint64_t *ret_bits) {
    *ret_bits = load_relaxed(word);
    compiler_barrier();
    and_acquire(word, ~*ret_bits); /* pairs with the or_acq_rel in slab_put() */
}

static void put_swept(enum partial_kind kind, _Atomic uint64_t *word, uint64_t bits) {
    /* a later claim's and_acquire pairs with this */
    if (bits != 0 && or_acq_rel(word, bits) == 0)
        partial_set(kind, swept.class, swept.index);
}

/* Claims every free block of the slab, discards, and publishes what is left. It discards
 * a page only while every block that overlaps it is claimed here, so nobody can be handed
 * a block whose page is about to vanish. Under the class's lock. */
static size_t slab_sweep(unsigned class, size_t index) {
    const struct size_class *info = &size_classes[class];
    struct word *words = load_relaxed(&heap.slice[index].words);
    size_t bytes = 0;
    bool was_ragged = heap.slice[index].ragged;
    for (unsigned w = 0; w < info->words; w++)
        swept.free[w] = swept.cold[w] = 0;
    swept.class = class;
    swept.index = index;
    swept.owner = os_thread();
    for (unsigned w = 0; w < info->words; w++) {
        sweep_up(&words[w].free, &swept.free[w]);
        sweep_up(&words[w].cold, &swept.cold[w]);
    }
    debug_delay(DELAY_OFTEN); /* claimed, neither free nor anybody's */
    for (unsigned from = 0, to; from < info->capacity; from = to + 1) {
        to = from;
        while (to < info->capacity && swept_has(to))
            to++;
        if (to > from)
            bytes += discard_run(class, index, from, to, was_ragged);
    }
    if (load_relaxed(&heap.slice[index].tailed))
        bytes += discard_tail(class, index);
    debug_delay(DELAY_OFTEN);
    for (unsigned w = 0; w < info->words; w++) {
        put_swept(PARTIAL_FREE, &words[w].free, swept.free[w]);
        put_swept(PARTIAL_COLD, &words[w].cold, swept.cold[w]);
    }
    compiler_barrier();
    swept.owner = NULL;
    return bytes;
}

/* A slab's `seen` has two parts. The upper bits are a hash of the slab's bits at the last
 * look. The bits of SEEN_KNOWN hold the number of pages that a sweep would discard, or
 * SEEN_SWEPT or SEEN_FIRST. 0: no look since the last claim. */
enum {
    SEEN_SWEPT = 31, /* nothing was left to discard */
    SEEN_FIRST = 30, /* the bits were new; the pages are not counted yet */
    SEEN_KNOWN = 31, /* mask of the lower part */
    SEEN_PAGE = 4096,
};
_Static_assert(SLICE_SIZE / SEEN_PAGE < SEEN_FIRST, "pages of a slab do not fit");

/* Cold bits count, too: a cold block that comes back may be the last one on its page. */
static inline uint64_t hash_word(uint64_t hash, uint64_t free, uint64_t cold) {
    hash = (hash ^ free) * 0x9e3779b97f4a7c15ull;
    hash = (hash ^ hash >> 32 ^ cold) * 0xbf58476d1ce4e5b9ull;
    /* Without this step, a word's highest bits would change only a few of the hash. */
    hash = (hash ^ hash >> 29) * 0x9e3779b97f4a7c15ull;
    return hash ^ hash >> 32;
}

/* Never 0. Takes the upper half of the product. In the lower half, two words that differ
 * in all bits except the first would be equal every second time. */
static inline uint32_t signature_from(uint64_t hash) {
    uint32_t upper = (uint32_t)(hash * 0xbf58476d1ce4e5b9ull >> 32);
    return (upper | (SEEN_KNOWN + 1)) & ~(uint32_t)SEEN_KNOWN;
}

static uint32_t signature_of(unsigned class, const struct slice *slice) {
    struct word *words = load_relaxed(&slice->words);
    uint64_t hash = 0;
    for (unsigned w = 0; w < size_classes[class].words; w++)
        hash =
            hash_word(hash, load_relaxed(&words[w].free), load_relaxed(&words[w].cold));
    return signature_from(hash);
}

/* The signature of the bits that the last sweep put back. Blocks that have come back
 * since were not swept, so they don't count. */
static uint32_t signature_of_swept(unsigned class) {
    uint64_t hash = 0;
    for (unsigned w = 0; w < size_classes[class].words; w++)
        hash = hash_word(hash, swept.free[w], swept.cold[w]);
    return signature_from(hash);
}

/* slab_discard_holes() for a slab of the class. Returns bytes. Under the class's lock. */
static size_t discard_unused(unsigned class, size_t index, enum give give) {
    struct slice *slice = &heap.slice[index];
    struct word *words = load_relaxed(&slice->words);
    uint32_t signature = signature_of(class, slice), seen = load_relaxed(&slice->seen);
    if (seen == (signature | SEEN_SWEPT))
        return 0;
    size_t bytes = 0;
    bool same = (seen & ~(uint32_t)SEEN_KNOWN) == signature;
    bool due = give == GIVE_ALL || same;
    if (due && (give != GIVE_NOTHING || all_free(class, words))) {
        if (!all_free(class, words))
            bytes = slab_sweep(class, index);
        /* also when the last blocks came back during the sweep */
        if (all_free(class, words)) {
            slab_retire(class, index);
            return bytes;
        }
        store_relaxed(&slice->seen, signature_of_swept(class) | SEEN_SWEPT);
    } else if (!same) {
        store_relaxed(&slice->seen, signature | SEEN_FIRST);
    }
    return bytes;
}

/* Whether the slice is a slab that may have something to discard, and of which class. */
static bool has_holes(size_t index, unsigned *ret_class) {
    unsigned class = *ret_class = load_relaxed(class_entry(index));
    return class != CLASS_NONE && (partial_has(PARTIAL_FREE, class, index) ||
                                   partial_has(PARTIAL_COLD, class, index) ||
                                   load_relaxed(&heap.slice[index].tailed));
}

bool slab_discard_holes(size_t index, enum give give, size_t *bytes) {
    unsigned class;
    if (!has_holes(index, &class)) /* a hint; if it is stale, the next look sees more */
        return false;
    lock_acquire(class_lock(class));
    if (load_relaxed(class_entry(index)) == class)
        *bytes += discard_unused(class, index, give);
    lock_release(class_lock(class));
    return true;
}

/* The first block from `from` on whose bit in `free` is as wanted; the slab's capacity if
 * there is none. */
static unsigned next_block(const struct word *words, unsigned capacity, unsigned from,
                           bool free) {
    while (from < capacity) {
        uint64_t bits = load_relaxed(&words[from / 64].free);
        bits = (free ? bits : ~bits) >> from % 64;
        unsigned next =
            bits != 0 ? from + (unsigned)__builtin_ctzll(bits) : (from / 64 + 1) * 64;
        if (bits != 0)
            return next < capacity ? next : capacity;
        from = next;
    }
    return capacity;
}

/* Bytes of the whole pages under free blocks and behind the last block. 0 if all blocks
 * are free: then the slab is retired, not swept. Cold blocks don't count. Behind a huge
 * page there are none, except in a fork's child. */
static size_t holes_of(unsigned class, size_t index) {
    const struct slice *slice = &heap.slice[index];
    struct word *words = load_relaxed(&slice->words);
    unsigned capacity = size_classes[class].capacity, to;
    size_t bytes = 0, start, end;
    if (all_free(class, words))
        return 0;
    for (unsigned from = 0; from < capacity; from = to) {
        from = next_block(words, capacity, from, true);
        to = next_block(words, capacity, from, false);
        if (from < capacity)
            bytes += whole_pages(class, from, to, &start, &end);
    }
    bool last_is_used = next_block(words, capacity, capacity - 1, true) == capacity;
    if (last_is_used && load_relaxed(&slice->tailed))
        bytes += SLICE_SIZE - tail_start(class);
    return bytes;
}

/* slab_unused_holes() for a slab of the class. Counts the pages only once while the bits
 * stay the same, since counting takes ten times as long as a signature does. Under the
 * class's lock. */
static size_t weigh(unsigned class, size_t index) {
    struct slice *slice = &heap.slice[index];
    uint32_t signature = signature_of(class, slice), seen = load_relaxed(&slice->seen);
    uint32_t known = seen & SEEN_KNOWN;
    if (seen - known != signature || known == SEEN_SWEPT)
        return 0;
    if (known == SEEN_FIRST) {
        known = (uint32_t)(holes_of(class, index) / SEEN_PAGE);
        store_relaxed(&slice->seen, signature | known);
    }
    return known * SEEN_PAGE;
}

size_t slab_unused_holes(size_t index) {
    size_t bytes = 0;
    unsigned class;
    if (!has_holes(index, &class))
        return 0;
    lock_acquire(class_lock(class));
    if (load_relaxed(class_entry(index)) == class)
        bytes = weigh(class, index);
    lock_release(class_lock(class));
    return bytes;
}

/* ---- fork -------------------------------------------------------------------------- */

/* Puts back the blocks of a sweep that a thread of the parent was doing. A block may be
 * in both halves, on its way from free to cold, and may already be back in the words. */
static void recover_sweep(void) {
    bool ours = os_is_main_thread() && swept.owner == os_thread();
    if (swept.owner == NULL || ours)
        return;
    struct slice *slice = &heap.slice[swept.index];
    struct word *words = load_relaxed(&slice->words);
    for (unsigned w = 0; w < size_classes[swept.class].words; w++) {
        or_relaxed(&words[w].free, swept.free[w]);
        or_relaxed(&words[w].cold, swept.cold[w] & ~load_relaxed(&words[w].free));
    }
    slice->ragged = true; /* for all we know */
    swept.owner = NULL;
}

/* Sets both levels of the partial sets. The thread that was to set the second level, or
 * to set them again after its look at the words, may be gone. */
static void recover_partial(unsigned class, size_t index) {
    struct word *words = load_relaxed(&heap.slice[index].words);
    uint64_t free = 0, cold = 0;
    for (unsigned w = 0; w < size_classes[class].words; w++) {
        free |= load_relaxed(&words[w].free);
        cold |= load_relaxed(&words[w].cold);
    }
    if (free != 0)
        partial_restore(PARTIAL_FREE, class, index);
    if (cold != 0)
        partial_restore(PARTIAL_COLD, class, index);
}

void slab_recover(void) {
    for (unsigned class = 1; class < CLASS_SLOTS; class ++)
        lock_reset(class_lock(class));
    recover_sweep();
    partial_recover();
    size_t frontier = load_relaxed(&heap.frontier);
    for (size_t index = heap.first; index < frontier; index++) {
        unsigned class = load_relaxed(class_entry(index));
        if (class != CLASS_NONE)
            recover_partial(class, index);
    }
}

/* ---- accounts ---------------------------------------------------------------------- */

void slab_count(unsigned class, struct slab_count *ret_count) {
    struct slab_count count = {0, 0, 0};
    lock_acquire(class_lock(class));
    size_t frontier = load_relaxed(&heap.frontier);
    for (size_t index = heap.first; index < frontier; index++) {
        if (load_relaxed(class_entry(index)) != class)
            continue;
        count.slabs++;
        struct word *words = load_relaxed(&heap.slice[index].words);
        for (unsigned w = 0; w < size_classes[class].words; w++) {
            count.free_blocks +=
                (size_t)__builtin_popcountll(load_relaxed(&words[w].free));
            count.cold_blocks +=
                (size_t)__builtin_popcountll(load_relaxed(&words[w].cold));
        }
    }
    lock_release(class_lock(class));
    *ret_count = count;
}

bool slab_is_valid(unsigned class, size_t index) {
    struct word *words = load_relaxed(&heap.slice[index].words);
    for (unsigned w = 0; w < size_classes[class].words; w++) {
        uint64_t free = load_relaxed(&words[w].free);
        uint64_t cold = load_relaxed(&words[w].cold);
        uint64_t all = free | cold;
        if ((free & cold) != 0 || (all & ~word_mask(class, w)) != 0)
            return false;
        if ((free != 0 && !partial_has(PARTIAL_FREE, class, index)) ||
            (cold != 0 && !partial_has(PARTIAL_COLD, class, index)))
            return false; /* nobody would ever claim these */
#ifdef EBB_DEBUG
        if ((load_relaxed(&words[w].live) & all) != 0)
            return false;
#endif
    }
    return true;
}

bool slabs_are_valid(unsigned class) {
    bool valid = true;
    lock_acquire(
        class_lock(class)); /* keeps the sweep out, which takes bits out of the words */
    size_t frontier = load_relaxed(&heap.frontier);
    for (size_t index = heap.first; index < frontier; index++)
        if (load_relaxed(class_entry(index)) == class)
            valid = valid && slab_is_valid(class, index);
    lock_release(class_lock(class));
    return valid;
}
