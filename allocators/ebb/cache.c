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
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        struct bin *bin = &cache->bins[class];
        bin->top = bin->bottom = slot;
        slot += size_classes[class].stack_blocks;
        bin->end = slot;
        bin->size = size_classes[class].size;
    }
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
    if (cache != NULL)
        cache->idle = false;
    bool have_key = exit_key_made;
    lock_release(&list_lock);
    if (cache == NULL)
        return false;
    thread_cache = cache;
    if (have_key)
        pthread_setspecific(exit_key, cache); /* may allocate: by now we can */
    return true;
}

/* Sleeps until whoever shut the gate opens it again. */
static void gate_wait(struct gate *gate) {
    gate_leave(gate);
    uint32_t expected = 1;
    /* Relaxed: gate_enter() reads stop again, acquiring. */
    if (cas_relaxed(&gate->stop, &expected, 2) || expected == 2)
        os_wait(&gate->stop, 2);
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
    void **from = bin->bottom, **to = bin->top - keep;
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
    memmove(bin->bottom, to, keep * sizeof *to);
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
    return block;
}

void cache_free_slow(unsigned class, void *block) {
    struct cache *cache = cache_enter();
    struct bin *bin = &cache->bins[class];
    if (bin->top == bin->end)
        flush_stack(class, bin, (size_t)(bin->end - bin->bottom) / 2);
    debug_free(class, block);
    *bin->top++ = block;
    EBB_CHECK(bin_is_valid(class, bin));
    cache_leave(cache);
}

/* ---- takeover ---------------------------------------------------------------------- */

/* All three under list_lock. Between gate_shut() and gate_is_ours() comes os_barrier():
 * either the owner's store to `in` is visible to us or ours to `stop` is to the owner. */
static inline void gate_shut(struct gate *gate) {
    store_relaxed(&gate->stop, 1);
}

static inline bool gate_is_ours(struct gate *gate) {
    return load_acquire(&gate->in) == 0; /* pairs with the release in gate_leave() */
}

static void gate_open(struct gate *gate) {
    /* pairs with the acquire in gate_enter() */
    if (exchange_release(&gate->stop, 0) == 2)
        os_wake(&gate->stop, 1);
}

static void shut_others(void) {
    for (struct cache *cache = all_caches; cache != NULL; cache = cache->next)
        if (cache != thread_cache && !cache->idle)
            gate_shut(&cache->gate);
}

static void open_others(void) {
    for (struct cache *cache = all_caches; cache != NULL; cache = cache->next)
        if (cache != thread_cache && !cache->idle)
            gate_open(&cache->gate);
}

void cache_flush_all(void) {
    struct cache *mine = cache_enter();
    flush(mine);
    cache_leave(mine);
    lock_acquire(&list_lock);
    shut_others();
    bool barrier = os_barrier() == 0;
    for (struct cache *cache = all_caches; cache != NULL; cache = cache->next)
        if (cache->idle ||
            (barrier && cache != thread_cache && gate_is_ours(&cache->gate)))
            flush(cache);
    open_others();
    lock_release(&list_lock);
    lock_acquire(&shared_lock);
    if (shared_ready)
        flush(&shared_cache);
    lock_release(&shared_lock);
}

void cache_stop_all(void) {
    lock_acquire(&list_lock);
    shut_others();
    stopped_all = os_barrier() == 0;
    for (struct cache *cache = all_caches; stopped_all && cache != NULL;
         cache = cache->next)
        while (cache != thread_cache && !cache->idle && !gate_is_ours(&cache->gate))
            os_sleep_us(20); /* inside a slow path; bounded, nobody holds us up */
    lock_acquire(&shared_lock);
}

void cache_resume_all(bool in_child) {
    lock_release(&shared_lock);
    open_others();
    for (struct cache *cache = all_caches; in_child && stopped_all && cache != NULL;
         cache = cache->next) {
        if (cache == thread_cache || cache->idle)
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
    return bin->bottom <= bin->top && bin->top <= bin->end &&
           bin->end - bin->bottom == size_classes[class].stack_blocks &&
           bin->size == size_classes[class].size &&
           (bin->word == 0 || load_relaxed(class_entry(slice_of(bin->base))) == class);
}
