/* Thread caches: making and retiring them, refilling and flushing their bins, and
 * taking them over from parked threads. */
#include "cache.h"

#include <pthread.h>
#include <string.h>

#include "debug.h"
#include "fault.h"
#include "heap.h"
#include "lock.h"
#include "os.h"
#include "reclaimer.h"
#include "slab.h"

/* Gates that never open: before a thread has a cache, and after it has given it up. */
static _Alignas(struct cache) struct gate gate_none = {.stop = 1};
static _Alignas(struct cache) struct gate gate_late = {.stop = 1};
#define CACHE_NONE ((struct cache *)(void *)&gate_none)
#define CACHE_LATE ((struct cache *)(void *)&gate_late)

__thread struct cache *thread_cache __attribute__((tls_model("initial-exec"))) =
    CACHE_NONE;

static struct lock list_lock;
static struct cache *all_caches;        /* under list_lock */
static struct cache *idle_caches;       /* under list_lock */
static pthread_key_t exit_key;          /* under list_lock until made */
static bool exit_key_made, stopped_all; /* under list_lock */

static struct lock shared_lock;
static struct cache shared_cache; /* under shared_lock */
static bool shared_ready;

/* ---- making and retiring ----------------------------------------------------------- */

static void cache_init(struct cache *cache) {
    void **slot = cache->slots;
    for (unsigned class = 0; class < CLASS_SLOTS; class ++) {
        struct bin *bin = &cache->bins[class];
        bin->top = bin->bottom = slot;
        slot += size_classes[class].stack_blocks;
        bin->end = slot++;
        bin->size = size_classes[class].size;
    }
    for (size_t units = 0; units <= SMALL_UNITS; units++)
        cache->of_units[units] = &cache->bins[class_of_units[units]];
}

static void flush(struct cache *cache);

/* Runs at thread exit, perhaps before other destructors that still allocate. */
static void thread_exit(void *value) {
    struct cache *cache = value;
    if (thread_cache != cache)
        return;
    cache_enter();
    flush(cache);
    thread_cache = CACHE_LATE;
    cache_leave(cache);
    debug_delay(DELAY_OFTEN); /* nobody's, and not idle yet */
    lock_acquire(&list_lock);
    cache->idle = true;
    cache->next_idle = idle_caches;
    idle_caches = cache;
    lock_release(&list_lock);
}

static struct cache *cache_make(void) {
    size_t page = os_page_size();
    void *memory;
    if (os_map((sizeof(struct cache) + page - 1) / page * page, 1, &memory) != 0)
        return NULL;
    struct cache *cache = memory;
    cache_init(cache);
    cache->next = all_caches;
    all_caches = cache;
    return cache;
}

/* Gives the thread a cache: an idle one, with whatever is still in it, or a new one. */
static bool cache_attach(void) {
    lock_acquire(&list_lock);
    if (!exit_key_made)
        exit_key_made = pthread_key_create(&exit_key, thread_exit) == 0;
    struct cache *cache = idle_caches;
    if (cache != NULL)
        idle_caches = cache->next_idle;
    else
        cache = cache_make();
    if (cache != NULL) {
        cache->idle = false;
        /* It may have been parked when its last thread left. Relaxed: under the lock
         * nobody else is at it, and the lock has published the bins. */
        store_relaxed(&cache->gate.stop, GATE_OPEN);
    }
    bool have_key = exit_key_made;
    lock_release(&list_lock);
    if (cache == NULL)
        return false;
    debug_delay(DELAY_OFTEN); /* ours, and we don't know it yet */
    thread_cache = cache;
    reclaimer_wake();
    if (have_key)
        pthread_setspecific(exit_key, cache); /* may allocate: by now we can */
    return true;
}

/* Opens a parked gate, or sleeps until whoever shut it opens it again. */
static void gate_wait(struct gate *gate) {
    gate_leave(gate);
    debug_delay(DELAY_OFTEN);
    uint32_t expected = GATE_PARKED;
    /* pairs with the release in gate_release(): the flush is seen */
    if (cas_acquire(&gate->stop, &expected, GATE_OPEN)) {
        reclaimer_wake();
        return;
    }
    debug_delay(DELAY_OFTEN);
    expected = GATE_SHUT;
    /* Relaxed: gate_enter() reads stop again, acquiring. */
    if (cas_relaxed(&gate->stop, &expected, GATE_WAITED) || expected == GATE_WAITED)
        os_wait(&gate->stop, GATE_WAITED, 0);
}

struct cache *cache_enter(void) {
    for (;;) {
        struct cache *cache = thread_cache;
        if (cache != CACHE_NONE && cache != CACHE_LATE) {
            if (gate_enter(&cache->gate))
                return cache;
            gate_wait(&cache->gate);
        } else if (cache == CACHE_LATE || !cache_attach()) {
            break;
        }
    }
    lock_acquire(&shared_lock);
    if (!shared_ready)
        cache_init(&shared_cache);
    shared_ready = true;
    reclaimer_wake();
    return &shared_cache;
}

void cache_leave(struct cache *cache) {
    if (cache == &shared_cache)
        lock_release(&shared_lock);
    else
        gate_leave(&cache->gate);
}

/* ---- flushing ---------------------------------------------------------------------- */

/* Blocks of one word on their way back. */
struct bucket {
    struct place place;
    uint64_t mask; /* 0: unused */
};

enum { BUCKETS = 16 };

static inline struct bucket *bucket_for(struct bucket *buckets,
                                        const struct place *place) {
    uintptr_t word = (uintptr_t)&place->words[place->word] / sizeof(struct word);
    return &buckets[(word ^ word >> 4) % BUCKETS];
}

/* Returns the oldest blocks of the stack until only `keep` are left: one atomic OR per
 * word, not per block, where neighbours were freed together. */
static void flush_stack(unsigned class, struct bin *bin, size_t keep) {
    struct bucket buckets[BUCKETS];
    for (unsigned i = 0; i < BUCKETS; i++)
        buckets[i].mask = 0;
    void **from = bin->bottom + 1, **to = bin->top + 1 - keep;
    for (; from < to; from++) {
        struct place place = slab_place(class, *from);
        uint64_t bit = 1ull << place.bit;
        struct bucket *bucket = bucket_for(buckets, &place);
        if (bucket->mask != 0 &&
            (bucket->place.words != place.words || bucket->place.word != place.word)) {
            slab_put(class, &bucket->place, bucket->mask, false);
            bucket->mask = 0;
        }
        if ((bucket->mask & bit) != 0)
            fault("double free", *from);
        if (bucket->mask == 0)
            __builtin_prefetch(&place.words[place.word], 1); /* for its slab_put() */
        bucket->place = place;
        bucket->mask |= bit;
    }
    for (unsigned i = 0; i < BUCKETS; i++)
        if (buckets[i].mask != 0)
            slab_put(class, &buckets[i].place, buckets[i].mask, false);
    memmove(bin->bottom + 1, to, keep * sizeof *to);
    bin->top = bin->bottom + keep;
}

static void flush_word(unsigned class, struct bin *bin) {
    uint64_t mask = bin->word;
    if (mask == 0)
        return;
    struct place place = slab_place(class, bin->base);
    bin->word = 0;
    slab_put(class, &place, mask, bin->word_is_cold);
}

static void flush(struct cache *cache) {
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        struct bin *bin = &cache->bins[class];
        EBB_CHECK(bin_is_valid(class, bin));
        if (bin->top != bin->bottom)
            flush_stack(class, bin, 0);
        flush_word(class, bin);
    }
}

/* ---- slow halves ------------------------------------------------------------------- */

void *cache_alloc_slow(unsigned class, bool *ret_cold) {
    *ret_cold = false;
    if (heap_init() != 0)
        return NULL;
    struct cache *cache = cache_enter();
    struct bin *bin = &cache->bins[class];
    void *block = bin_pop(bin, ret_cold);
    if (block == NULL && slab_refill(class, bin))
        block = bin_pop(bin, ret_cold);
    debug_alloc(class, block);
    EBB_CHECK(bin_is_valid(class, bin));
    cache_leave(cache);
    reclaimer_notice_malloc();
    return block;
}

void cache_free_slow(unsigned class, void *block) {
    struct cache *cache = cache_enter();
    struct bin *bin = &cache->bins[class];
    if (bin->top == bin->end) {
        size_t half = (size_t)(bin->end - bin->bottom) / 2;
        flush_stack(class, bin, half);
        cache->flushed += half * bin->size;
    }
    size_t flushed = cache->flushed;
    debug_free(class, block);
    *++bin->top = block;
    EBB_CHECK(bin_is_valid(class, bin));
    cache_leave(cache);
    reclaimer_notice_freed(flushed);
}

/* ---- takeover ---------------------------------------------------------------------- */

/* All under list_lock. Between gate_shut() and gate_is_ours() comes os_barrier():
 * either the owner's store to `in` is visible to us or ours to `stop` is to the owner. */
static inline void gate_shut(struct cache *cache) {
    /* An exchange, since the owner may be opening a parked gate. Relaxed: if it was
     * parked we are the ones who published its bins. */
    cache->resume = exchange_relaxed(&cache->gate.stop, GATE_SHUT);
    debug_delay(DELAY_OFTEN);
}

static inline bool gate_is_ours(struct cache *cache) {
    debug_delay(DELAY_OFTEN);
    /* pairs with the release in gate_leave() */
    return load_acquire(&cache->gate.in) == 0;
}

static void gate_release(struct cache *cache, enum gate_stop stop) {
    debug_delay(DELAY_OFTEN);
    /* pairs with the acquire in gate_enter() and gate_wait() */
    if (exchange_release(&cache->gate.stop, stop) == GATE_WAITED)
        os_wake(&cache->gate.stop, 1);
}

/* Another thread's, which may be using it at this moment. */
static inline bool is_others(const struct cache *cache) {
    return cache != thread_cache && !cache->idle;
}

static void shut_others(void) {
    for (struct cache *cache = all_caches; cache != NULL; cache = cache->next)
        if (is_others(cache))
            gate_shut(cache);
}

static void open_others(void) {
    for (struct cache *cache = all_caches; cache != NULL; cache = cache->next)
        if (is_others(cache))
            gate_release(cache, cache->resume);
}

static void flush_shared(void) {
    lock_acquire(&shared_lock);
    if (shared_ready)
        flush(&shared_cache);
    lock_release(&shared_lock);
}

void cache_flush_all(void) {
    if (thread_cache != CACHE_NONE && thread_cache != CACHE_LATE) {
        struct cache *mine = cache_enter();
        flush(mine);
        cache_leave(mine);
    }
    lock_acquire(&list_lock);
    shut_others();
    bool barrier = os_barrier() == 0;
    for (struct cache *cache = all_caches; cache != NULL; cache = cache->next)
        if (cache->idle || (barrier && is_others(cache) && gate_is_ours(cache)))
            flush(cache);
    open_others();
    lock_release(&list_lock);
    flush_shared();
}

/* What a cache holds, in a number: equal at two looks means that its thread is parked,
 * or does nothing that leaves a trace. */
static uint64_t signature_of(const struct cache *cache) {
    uint64_t signature = 1;
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        const struct bin *bin = &cache->bins[class];
        uint64_t top = (uint64_t)(bin->top - bin->bottom);
        signature = (signature ^ top ^ (uintptr_t)*bin->top) * 0x9e3779b97f4a7c15ull;
        signature = (signature ^ signature >> 29 ^ bin->word) * 0xbf58476d1ce4e5b9ull;
    }
    return signature;
}

/* At most so many bytes are resident because of what the cache holds. */
static size_t pinned_by(const struct cache *cache) {
    size_t bytes = 0, page = os_page_size();
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        const struct bin *bin = &cache->bins[class];
        size_t block = bin->size > page ? bin->size : page;
        bytes += (size_t)(bin->top - bin->bottom) * block;
        if (bin->word != 0)
            bytes += (size_t)__builtin_popcountll(bin->word) * bin->size + page;
    }
    return bytes;
}

/* An owned cache: parks it if it is quiet. */
static enum gate_stop park_if_quiet(struct cache *cache, size_t worth) {
    uint64_t signature = signature_of(cache);
    if (signature != cache->signature) {
        cache->signature = signature;
        return GATE_OPEN;
    }
    if (pinned_by(cache) >= worth) {
        flush(cache);
        cache->signature = signature_of(cache);
    }
    return GATE_PARKED;
}

void cache_park_quiet(size_t worth, struct parking *ret_parking) {
    struct parking parking = {0};
    lock_acquire(&list_lock);
    shut_others();
    bool barrier = os_barrier() == 0;
    for (struct cache *cache = all_caches; cache != NULL; cache = cache->next) {
        if (!is_others(cache))
            continue;
        enum gate_stop stop = cache->resume;
        parking.attached++;
        parking.stirred += stop != GATE_PARKED;
        if (stop != GATE_PARKED && barrier && gate_is_ours(cache))
            stop = park_if_quiet(cache, worth);
        parking.busy += stop != GATE_PARKED;
        gate_release(cache, stop);
    }
    lock_release(&list_lock);
    flush_shared();
    *ret_parking = parking;
}

bool cache_all_parked(void) {
    bool parked = true;
    lock_acquire(&list_lock);
    os_barrier(); /* a thread that opens its gate after this sees what we did before it */
    for (struct cache *cache = all_caches; cache != NULL; cache = cache->next)
        if (is_others(cache) && load_relaxed(&cache->gate.stop) != GATE_PARKED)
            parked = false;
    lock_release(&list_lock);
    return parked;
}

void cache_stop_all(void) {
    lock_acquire(&list_lock);
    shut_others();
    stopped_all = os_barrier() == 0;
    for (struct cache *cache = all_caches; stopped_all && cache != NULL;
         cache = cache->next)
        while (is_others(cache) && !gate_is_ours(cache))
            os_sleep_us(20); /* inside a slow path; bounded, nobody holds us up */
    lock_acquire(&shared_lock);
}

void cache_resume_all(bool in_child) {
    lock_release(&shared_lock);
    open_others();
    for (struct cache *cache = all_caches; in_child && stopped_all && cache != NULL;
         cache = cache->next) {
        if (!is_others(cache))
            continue;
        cache->idle = true;
        cache->next_idle = idle_caches;
        idle_caches = cache;
    }
    lock_release(&list_lock);
}

/* ---- accounts ---------------------------------------------------------------------- */

static void count_cache(const struct cache *cache, size_t blocks[CLASS_SLOTS]) {
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        const struct bin *bin = &cache->bins[class];
        blocks[class] +=
            (size_t)(bin->top - bin->bottom) + (size_t)__builtin_popcountll(bin->word);
    }
}

void cache_count(size_t ret_blocks[CLASS_SLOTS], size_t *ret_caches, size_t *ret_bytes) {
    *ret_caches = 0;
    *ret_bytes = 0;
    memset(ret_blocks, 0, CLASS_SLOTS * sizeof *ret_blocks);
    lock_acquire(&list_lock);
    for (struct cache *cache = all_caches; cache != NULL; cache = cache->next) {
        count_cache(cache, ret_blocks);
        *ret_caches += !cache->idle;
        *ret_bytes += sizeof *cache;
    }
    lock_release(&list_lock);
    lock_acquire(&shared_lock);
    count_cache(&shared_cache, ret_blocks);
    lock_release(&shared_lock);
}

bool bin_is_valid(unsigned class, const struct bin *bin) {
    return *bin->bottom == NULL && bin->bottom <= bin->top && bin->top <= bin->end &&
           bin->end - bin->bottom == size_classes[class].stack_blocks &&
           bin->size == size_classes[class].size &&
           (bin->word == 0 || load_relaxed(class_entry(slice_of(bin->base))) == class);
}
