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

/* In a heap of at most 16 MiB the shards share their slabs, since a slab of each class
 * for each shard would take a huge page more. */
enum { SMALL_HEAP_SLICES = 256 };

/* We expect that programs write all of a block up to this size. Of a larger one they may
 * never touch some pages. */
enum { FILLED_MAX = 8192 };

/* Classes share cache lines here, since a shard has few threads. */
struct shard_of_class {
    struct lock lock;
    /* Where the last claim was, under the lock: the next one looks there first. */
    unsigned claimed_word;
    size_t claimed_index;
};
static struct {
    _Alignas(64) struct shard_of_class of_class[CLASS_SLOTS];
} shards[SHARDS_MAX];

static inline struct lock *shard_lock(unsigned shard, unsigned class) {
    return &shards[shard].of_class[class].lock;
}

/* A power of two, at most heap.shards. No slab belongs to a shard above these. It only
 * grows, under the list's lock. */
static _Atomic unsigned shards_used = 1;

unsigned slab_next_shard(void) {
    static unsigned next;
    EBB_CHECK(heap.shards > 0);
    unsigned shard = next++ & (heap.shards - 1);
    while (load_relaxed(&shards_used) <= shard)
        store_relaxed(&shards_used, 2 * load_relaxed(&shards_used));
    return shard;
}

/* The shard of a slab; of any other slice any shard. It is certain that there is such a
 * slab only under that shard's lock, or while the caller holds a block of it. */
static unsigned shard_of(size_t index) {
    return load_relaxed(&heap.slice[index].home) >> 8;
}

static struct partial_key key_of(enum partial_kind kind, unsigned class, size_t index) {
    return (struct partial_key){shard_of(index), class, kind};
}

/* Whether the slice is a slab of the shard and class. Under that shard's lock. Relaxed:
 * who wrote such a home, or overwrote it, held that lock, too. The map of classes is
 * written with it; but a fork's child may have the one without the other. */
static bool is_slab_of(size_t index, unsigned shard, unsigned class) {
    return load_relaxed(&heap.slice[index].home) == slab_home(shard, class) &&
           load_relaxed(class_entry(index)) == class;
}

/* Locks the shard of a slab, if there still is such a slab of the class. */
static struct lock *slab_lock(unsigned class, size_t index) {
    unsigned shard = shard_of(index);
    struct lock *lock = shard_lock(shard, class);
    lock_acquire(lock);
    if (is_slab_of(index, shard, class))
        return lock;
    lock_release(lock);
    return NULL;
}

static bool has_flag(size_t index, enum slab_flag flag) {
    return (load_relaxed(&heap.slice[index].flags) & flag) != 0;
}

static void set_flag(size_t index, enum slab_flag flag, bool on) {
    _Atomic uint8_t *flags = &heap.slice[index].flags;
    unsigned others = load_relaxed(flags) & ~(unsigned)flag;
    store_relaxed(flags, (uint8_t)(on ? others | flag : others));
}

static inline _Atomic uint64_t *word_bits(struct word *word, enum partial_kind kind) {
    return kind == PARTIAL_FREE ? &word->free : &word->cold;
}

/* ---- birth and retirement, under the shard's lock ---------------------------------- */

/* What a new slab is made of. */
struct parts {
    size_t index;
    struct word *words; /* NULL: there are none */
};

static enum huge_use use_of(unsigned class) {
    return size_classes[class].size <= FILLED_MAX ? HUGE_FOR_FILLED : HUGE_FOR_PARTLY;
}

/* Gets the parts of a new slab. Callers hold no lock, since this may wait for a huge
 * page. False when out of memory. */
static bool slab_prepare(unsigned class, struct parts *ret_parts) {
    const struct size_class *info = &size_classes[class];
    struct word *words = meta_alloc(info->words_order);
    if (words == NULL)
        return false;
    bool zero; /* not used: such memory reads as zero, but is resident, hence not cold */
    if (slice_alloc(1, 1, use_of(class), &ret_parts->index, &zero) != 0) {
        meta_free(words, info->words_order);
        return false;
    }
    ret_parts->words = words;
    debug_delay(DELAY_OFTEN);
    return true;
}

/* The first page behind the last block. */
static size_t tail_start(unsigned class) {
    const struct size_class *info = &size_classes[class];
    size_t page = os_page_size();
    return ((size_t)info->capacity * info->size + page - 1) / page * page;
}

static void slab_install(unsigned shard, unsigned class, struct parts parts) {
    const struct size_class *info = &size_classes[class];
    size_t index = parts.index;
    struct word *words = parts.words;
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
    store_relaxed(&slice->flags,
                  dirty && tail_start(class) < SLICE_SIZE ? SLAB_TAILED : 0);
    store_relaxed(&slice->seen, 0);
    store_relaxed(&slice->kind, SLICE_SLAB);
    store_relaxed(&slice->home, slab_home(shard, class));
    /* A fork's child that finds the class also finds the words and the home filled in.
     * The barrier keeps the compiler from reordering; the processor's stores become
     * visible in order to the thread's own process. */
    compiler_barrier();
    store_relaxed(class_entry(index), (uint8_t) class);
    partial_set(key_of(dirty ? PARTIAL_FREE : PARTIAL_COLD, class, index), index);
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
    bool dirty = has_flag(index, SLAB_RAGGED);
    for (unsigned w = 0; w < info->words; w++)
        dirty |= load_relaxed(&words[w].cold) != word_mask(class, w);
    partial_clear(key_of(PARTIAL_FREE, class, index), index);
    partial_clear(key_of(PARTIAL_COLD, class, index), index);
    store_relaxed(class_entry(index), CLASS_NONE);
    compiler_barrier(); /* as in slab_install() */
    store_relaxed(&slice->home, 0);
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
    struct lock *lock = slab_lock(class, index);
    if (lock == NULL)
        return;
    if (load_relaxed(&heap.slice[index].words) == words && all_free(class, words))
        slab_retire(class, index);
    lock_release(lock);
}

/* ---- claims, under the shard's lock ------------------------------------------------ */

/* The lowest slab of the set. So long-lived blocks pack together. */
static bool slab_lowest(struct partial_key key, size_t *ret_index) {
    while (partial_lowest(key, ret_index)) {
        if (is_slab_of(*ret_index, key.shard, key.class))
            return true;
        partial_clear(key, *ret_index); /* stale: another's by now */
    }
    return false;
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
static unsigned slab_claim(struct partial_key key, size_t index, struct bin *bin,
                           unsigned wanted) {
    const struct size_class *info = &size_classes[key.class];
    struct slice *slice = &heap.slice[index];
    struct shard_of_class *shard = &shards[key.shard].of_class[key.class];
    struct word *words = load_relaxed(&slice->words);
    unsigned got = 0, w = shard->claimed_index == index ? shard->claimed_word : 0;
    for (unsigned i = 0; i < info->words && got < wanted; i++) {
        uint64_t bits = load_relaxed(word_bits(&words[w], key.kind));
        if (bits != 0) {
            if (info->claim_blocks < 64)
                bits = lowest_bits(bits, info->claim_blocks);
            /* pairs with the or_acq_rel in slab_put() */
            and_acquire(word_bits(&words[w], key.kind), ~bits);
            unsigned count = (unsigned)__builtin_popcountll(bits);
            bool as_word = count >= WORTH_A_WORD || count >= wanted - got;
            bin_receive(bin, bits, slice_start(index) + (size_t)64 * w * info->size,
                        as_word, key.kind == PARTIAL_COLD);
            got += as_word ? wanted : count;
            shard->claimed_index = index;
            shard->claimed_word = w;
            /* A block may come back with its memory although the bits are the same as
             * before. */
            if (load_relaxed(&slice->seen) != 0)
                store_relaxed(&slice->seen, 0);
        } else if (++w == info->words) {
            w = 0;
        }
    }
    return got;
}

/* The slab seemed to have nothing left: take it out of the set, unless a block came
 * back between the look and the clearing. */
static void slab_exhausted(struct partial_key key, size_t index) {
    struct word *words = load_relaxed(&heap.slice[index].words);
    partial_clear(key, index);
    for (unsigned w = 0; w < size_classes[key.class].words; w++)
        if (load_relaxed(word_bits(&words[w], key.kind)) != 0) {
            partial_set(key, index);
            return;
        }
}

/* Claims from the slabs of one set until the bin has what it wants; returns blocks. */
static unsigned set_claim(struct partial_key key, struct bin *bin, unsigned wanted) {
    unsigned got = 0;
    size_t index;
    while (got < wanted && slab_lowest(key, &index)) {
        unsigned count = slab_claim(key, index, bin, wanted - got);
        if (count == 0)
            slab_exhausted(key, index);
        got += count;
    }
    return got;
}

/* ---- refills, without a lock ------------------------------------------------------- */

/* The other shards of the key's class, one after the other: true while there is one. */
static bool next_shard(struct partial_key *key, unsigned own) {
    key->shard = (key->shard + 1) & (load_relaxed(&shards_used) - 1);
    return key->shard != own;
}

static bool seems_empty_elsewhere(struct partial_key key) {
    unsigned own = key.shard;
    while (next_shard(&key, own))
        if (!partial_seems_empty(key))
            return false;
    return true;
}

static unsigned locked_claim(struct partial_key key, struct bin *bin, unsigned wanted) {
    lock_acquire(shard_lock(key.shard, key.class));
    unsigned got = set_claim(key, bin, wanted);
    lock_release(shard_lock(key.shard, key.class));
    return got;
}

/* Claims from the other shards until the bin has what it wants; returns blocks. sure:
 * doesn't rely on the hint that a shard has none. */
static unsigned claim_elsewhere(struct partial_key key, struct bin *bin, unsigned wanted,
                                bool sure) {
    unsigned got = 0, own = key.shard;
    while (got < wanted && next_shard(&key, own))
        if (sure || !partial_seems_empty(key))
            got += locked_claim(key, bin, wanted - got);
    return got;
}

/* Claims from the thread's own shard: after it has got the parts of a new slab, if there
 * are any. may_be_cold: cold blocks will do if there are no others. */
static unsigned claim_own(struct partial_key key, struct bin *bin, unsigned wanted,
                          struct parts parts, bool may_be_cold) {
    lock_acquire(shard_lock(key.shard, key.class));
    if (parts.words != NULL)
        slab_install(key.shard, key.class, parts);
    unsigned got = set_claim(key, bin, wanted);
    key.kind = PARTIAL_COLD;
    if (got == 0 && may_be_cold)
        got = set_claim(key, bin, wanted);
    lock_release(shard_lock(key.shard, key.class));
    return got;
}

/* Resident blocks come before cold ones, which take page faults. A new slab in resident
 * memory comes before resident blocks of other shards, except in a small heap. */
bool slab_refill(unsigned class, struct bin *bin) {
    unsigned wanted = size_classes[class].stack_blocks / 2;
    if (wanted > 2 * WORTH_A_WORD)
        wanted = 2 * WORTH_A_WORD;
    if (bin->end == bin->bottom)
        wanted = 1; /* a quarantine's slots are not for these */
    struct partial_key free = {bin->shard, class, PARTIAL_FREE}, cold = free;
    cold.kind = PARTIAL_COLD;
    struct parts parts = {0, NULL};
    for (bool may_add = true;;) {
        bool is_small = load_relaxed(&heap.frontier) - heap.first <= SMALL_HEAP_SLICES;
        bool has_slice = may_add && (slice_resident_free() ||
                                     (!is_small && slice_is_kept(use_of(class))));
        bool may_be_cold =
            parts.words != NULL || (!has_slice && seems_empty_elsewhere(free));
        if ((may_be_cold || !may_add || !partial_seems_empty(free)) &&
            claim_own(free, bin, wanted, parts, may_be_cold) > 0)
            return true;
        if ((!has_slice || is_small) && claim_elsewhere(free, bin, wanted, !may_add) > 0)
            return true;
        if (!has_slice &&
            (claim_own(free, bin, wanted, (struct parts){0, NULL}, true) > 0 ||
             claim_elsewhere(cold, bin, wanted, !may_add) > 0))
            return true;
        if (!may_add)
            return false;
        parts.words = NULL;
        may_add = slab_prepare(class, &parts);
    }
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
        partial_set(key_of(cold ? PARTIAL_COLD : PARTIAL_FREE, class, slice), slice);
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
        set_flag(index, SLAB_RAGGED, true);
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
        set_flag(index, SLAB_TAILED, false);
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
        partial_set(key_of(kind, swept.class, swept.index), swept.index);
}

/* Claims every free block of the slab, discards, and publishes what is left. It discards
 * a page only while every block that overlaps it is claimed here, so nobody can be handed
 * a block whose page is about to vanish. Under the shard's lock. */
static size_t slab_sweep(unsigned class, size_t index) {
    const struct size_class *info = &size_classes[class];
    struct word *words = load_relaxed(&heap.slice[index].words);
    size_t bytes = 0;
    bool was_ragged = has_flag(index, SLAB_RAGGED);
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
    if (has_flag(index, SLAB_TAILED))
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

/* slab_discard_holes() for a slab of the class. Returns bytes. Under the shard's lock. */
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
    return class != CLASS_NONE &&
           (partial_has(key_of(PARTIAL_FREE, class, index), index) ||
            partial_has(key_of(PARTIAL_COLD, class, index), index) ||
            has_flag(index, SLAB_TAILED));
}

bool slab_discard_holes(size_t index, enum give give, size_t *bytes) {
    unsigned class;
    if (!has_holes(index, &class)) /* a hint; if it is stale, the next look sees more */
        return false;
    struct lock *lock = slab_lock(class, index);
    if (lock != NULL) {
        *bytes += discard_unused(class, index, give);
        lock_release(lock);
    }
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
    if (last_is_used && has_flag(index, SLAB_TAILED))
        bytes += SLICE_SIZE - tail_start(class);
    return bytes;
}

/* slab_unused_holes() for a slab of the class. Counts the pages only once while the bits
 * stay the same, since counting takes ten times as long as a signature does. Under the
 * shard's lock. */
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
    struct lock *lock = slab_lock(class, index);
    if (lock != NULL) {
        bytes = weigh(class, index);
        lock_release(lock);
    }
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
    set_flag(swept.index, SLAB_RAGGED, true); /* for all we know */
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
        partial_restore(key_of(PARTIAL_FREE, class, index), index);
    if (cold != 0)
        partial_restore(key_of(PARTIAL_COLD, class, index), index);
}

void slab_recover(void) {
    /* A page that nobody writes stays shared with the parent. Relaxed: see lock_reset().
     */
    for (unsigned shard = 0; shard < load_relaxed(&shards_used); shard++)
        for (unsigned class = 1; class < CLASS_SLOTS; class ++)
            if (load_relaxed(&shard_lock(shard, class)->state) != 0)
                lock_reset(shard_lock(shard, class));
    recover_sweep();
    partial_recover(load_relaxed(&shards_used));
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
    size_t frontier = load_relaxed(&heap.frontier);
    for (size_t index = heap.first; index < frontier; index++) {
        struct lock *lock =
            load_relaxed(class_entry(index)) == class ? slab_lock(class, index) : NULL;
        if (lock == NULL)
            continue;
        count.slabs++;
        struct word *words = load_relaxed(&heap.slice[index].words);
        for (unsigned w = 0; w < size_classes[class].words; w++) {
            count.free_blocks +=
                (size_t)__builtin_popcountll(load_relaxed(&words[w].free));
            count.cold_blocks +=
                (size_t)__builtin_popcountll(load_relaxed(&words[w].cold));
        }
        lock_release(lock);
    }
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
        if ((free != 0 && !partial_has(key_of(PARTIAL_FREE, class, index), index)) ||
            (cold != 0 && !partial_has(key_of(PARTIAL_COLD, class, index), index)))
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
    size_t frontier = load_relaxed(&heap.frontier);
    for (size_t index = heap.first; index < frontier; index++) {
        /* The lock keeps the sweep out, which takes bits out of the words. */
        struct lock *lock =
            load_relaxed(class_entry(index)) == class ? slab_lock(class, index) : NULL;
        if (lock == NULL)
            continue;
        valid = valid && slab_is_valid(class, index);
        lock_release(lock);
    }
    return valid;
}
