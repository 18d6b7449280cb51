/* All of this happens under list_lock, which is held for one cache at a time. */
#include "takeover.h"

#include "atomic.h"
#include "bin.h"
#include "flush.h"
#include "gate.h"
#include "lifetime.h"
#include "lock.h"
#include "os.h"

/* Shuts the gate and checks whether its owner is outside. If so, the cache is ours until
 * gate_reopen(). ret_before: the state to return the gate to. Between the two accesses
 * comes a barrier on every thread. So either we see the owner's store to `in`, or the
 * owner sees our store to `stop`. An idle cache has no owner. We shut its gate only for a
 * fork's child, which has to know that somebody was working on the cache. */
static bool take(struct cache *cache, enum gate_stop *ret_before) {
    /* An exchange, since the owner may be opening a parked gate. Relaxed: if it was
     * parked, a taker published its bins under list_lock, which we hold. */
    *ret_before = exchange_relaxed(&cache->gate.stop, GATE_SHUT);
    debug_delay(DELAY_OFTEN);
    if (cache->idle) {
        compiler_barrier();
        return true;
    }
    bool barrier = os_barrier() == 0;
    debug_delay(DELAY_OFTEN);
    /* pairs with the release in gate_leave() */
    if (barrier && load_acquire(&cache->gate.in) == 0)
        return true;
    gate_reopen(&cache->gate, *ret_before);
    return false;
}

static void flush_shared(void) {
    struct cache *shared = cache_enter_shared();
    if (shared != NULL) {
        flush_cache(shared);
        cache_leave(shared);
    }
}

static void take_and_flush(struct cache *cache) {
    enum gate_stop before;
    if (take(cache, &before)) {
        flush_cache(cache);
        gate_reopen(&cache->gate, before);
    }
}

void cache_flush_all(void) {
    struct cache *mine = cache_enter();
    flush_cache(mine);
    cache_leave(mine);
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next) {
        lock_acquire(&list_lock);
        if (cache != thread_cache)
            take_and_flush(cache);
        lock_release(&list_lock);
    }
    flush_shared();
}

/* A number for what a cache holds. If it is equal at two looks, the cache's thread is
 * parked, or does nothing that leaves a trace. A caller that does not own the cache may
 * use it as a hint: each field is read whole, whatever the owner does, and `top` always
 * points into the stack. */
__attribute__((no_sanitize("thread"))) static uint64_t
signature_of(const struct cache *cache) {
    uint64_t signature = 1;
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        const volatile struct bin *bin = &cache->bins[class];
        void *volatile *top = bin->top;
        signature =
            (signature ^ (uintptr_t)top ^ (uintptr_t)*top) * 0x9e3779b97f4a7c15ull;
        signature ^= (uint64_t)bin->held << 32 ^ (uintptr_t)bin->bottom[bin->held];
        signature = (signature ^ signature >> 29 ^ bin->word) * 0xbf58476d1ce4e5b9ull;
    }
    return signature;
}

/* The most bytes that can be resident because of what the cache holds. */
static size_t pinned_by(const struct cache *cache) {
    size_t bytes = 0, page = os_page_size();
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        const struct bin *bin = &cache->bins[class];
        size_t block = bin->size > page ? bin->size : page;
        bytes += bin_listed(bin) * block;
        if (bin->word != 0)
            bytes += (size_t)__builtin_popcountll(bin->word) * bin->size + page;
    }
    return bytes;
}

/* Parks the thread of a cache that looked quiet. False if the thread is working
 * nevertheless. */
static bool park(struct cache *cache, size_t worth) {
    enum gate_stop before;
    if (!take(cache, &before))
        return false;
    bool quiet = signature_of(cache) == cache->signature;
    if (quiet && pinned_by(cache) >= worth) {
        flush_cache(cache);
        cache->signature = signature_of(cache);
    }
    gate_reopen(&cache->gate, quiet ? GATE_PARKED : before);
    return quiet;
}

static void look_at(struct cache *cache, size_t worth, struct parking *parking) {
    if (cache->idle) {
        if (pinned_by(cache) > 0) /* we are a fork's child, which has not its thread */
            take_and_flush(cache);
        return;
    }
    parking->attached++;
    /* Relaxed: the next look sees a thread that comes back at this moment. */
    if (load_relaxed(&cache->gate.stop) == GATE_PARKED)
        return;
    parking->stirred++;
    cache->rested = false;
    uint64_t signature = signature_of(cache);
    if (signature == cache->signature && park(cache, worth))
        return;
    cache->signature = signature;
    parking->busy++;
}

void cache_park_quiet(size_t worth, struct parking *ret_parking) {
    struct parking parking = {0};
    lock_acquire(&list_lock);
    parking.stirred = cache_news(true);
    lock_release(&list_lock);
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next) {
        lock_acquire(&list_lock);
        look_at(cache, worth, &parking);
        lock_release(&list_lock);
    }
    flush_shared();
    *ret_parking = parking;
}

bool cache_has_news(void) {
    lock_acquire(&list_lock);
    bool there = cache_news(false);
    lock_release(&list_lock);
    return there;
}

bool cache_all_parked(void) {
    unsigned attached = 0, parked = 0;
    lock_acquire(&list_lock);
    os_barrier(); /* a thread that opens its gate after this sees our earlier stores */
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next)
        if (!cache->idle) {
            attached++;
            parked += load_relaxed(&cache->gate.stop) == GATE_PARKED;
        }
    bool all = attached > 0 && parked == attached && !cache_news(false);
    lock_release(&list_lock);
    return all;
}

/* An empty stack is just the NULL at its bottom. A page that was given back reads as
 * NULL, too. */
static size_t discard_stacks(struct cache *cache) {
    size_t page = os_page_size(), bytes = 0;
    for (unsigned class = 0; class < CLASS_SLOTS; class ++)
        if (bin_listed(&cache->bins[class]) > 0)
            return 0;
    uintptr_t from = ((uintptr_t)cache->slots + page - 1) / page * page;
    uintptr_t to =
        ((uintptr_t)(cache + 1) + page - 1) / page * page; /* a mapping's end */
    cache->rested = true;
    if (from < to)
        os_discard((void *)from, to - from, &bytes);
    return bytes;
}

size_t cache_discard_stacks(bool by_reclaimer) {
    const struct cache *own = by_reclaimer ? NULL : thread_cache;
    size_t bytes = 0;
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next) {
        enum gate_stop before;
        lock_acquire(&list_lock);
        bool resting = cache != own && !cache->rested &&
                       (cache->idle || load_relaxed(&cache->gate.stop) == GATE_PARKED);
        if (resting && take(cache, &before)) {
            bytes += discard_stacks(cache);
            gate_reopen(&cache->gate, before);
        }
        lock_release(&list_lock);
    }
    return bytes;
}
