/* Thread caches and the gate in front of them. */
#ifndef EBB_CACHE_H
#define EBB_CACHE_H

#include "atomic.h"
#include "debug.h"
#include "types.h"

/* The calling thread's cache; before the first slow call and after the thread's own
 * destructor a gate that is always shut, so that the fast paths need no test for it. */
extern __thread struct cache *thread_cache __attribute__((tls_model("initial-exec")));

/* Plain stores: the far side issues a barrier on our behalf (types.h, "cache"). */
static inline bool gate_enter(struct gate *gate) {
    store_relaxed(&gate->in, 1);
    compiler_barrier();
    debug_delay(DELAY_SELDOM);
    /* pairs with the release in gate_release(): a taker's changes are seen */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
    /* Any load acquires here; compilers don't fold an atomic one into the comparison. */
    __asm__ goto("cmpl %1, %0\n\tjne %l2"
                 :
                 : "m"(gate->stop), "i"(GATE_OPEN)
                 : "cc", "memory"
                 : shut);
    return true;
shut:
    return false;
#else
    return likely(load_acquire(&gate->stop) == GATE_OPEN);
#endif
}

static inline void gate_leave(struct gate *gate) {
    /* pairs with the acquire in gate_is_ours(): the taker sees our changes */
    debug_delay(DELAY_SELDOM);
    store_release(&gate->in, 0);
}

/* Takes a block out of the bin's claimed word, NULL if there is none. ret_cold: nobody
 * wrote to it since it was claimed cold. */
static inline void *bin_pop_word(struct bin *bin, bool *ret_cold) {
    uint64_t word = bin->word;
    *ret_cold = false;
    if (unlikely(word == 0))
        return NULL;
    bin->word = word & (word - 1);
    *ret_cold = bin->word_is_cold;
    return bin->base + (size_t)(unsigned)__builtin_ctzll(word) * bin->size;
}

/* Takes a block out of a bin, NULL if it is empty. The stack first: its blocks are
 * likely to be in the processor's cache. */
static inline void *bin_pop(struct bin *bin, bool *ret_cold) {
    void *block = *bin->top;
    if (block == NULL)
        return bin_pop_word(bin, ret_cold);
    *ret_cold = false;
    bin->top--;
    return block;
}

/* For slow paths: a cache to work on, the thread's own or, where it can't have one, one
 * that is shared under a lock. Never fails once heap_init() succeeded. */
struct cache *cache_enter(void);
void cache_leave(struct cache *cache);

/* The slow halves of malloc and free: whatever state the fast half left behind. */
void *cache_alloc_slow(unsigned class, bool *ret_cold);
void cache_free_slow(unsigned class, void *block);

/* Flushes every cache that can be had: the caller's, idle ones, those of threads that
 * are outside the allocator. */
void cache_flush_all(void);

struct parking {
    unsigned attached; /* threads that have a cache */
    unsigned busy;     /* those of them that are not parked now */
    unsigned stirred;  /* those that were not parked before */
};

/* Looks at the caches of all threads. One that holds just what it held at the last look
 * is parked: flushed, if its blocks could keep at least `worth` bytes resident, and shut
 * until its thread comes back. */
void cache_park_quiet(size_t worth, struct parking *ret_parking);
/* Whether every thread is parked still. */
bool cache_all_parked(void);

/* For fork: every cache consistent and untouched until cache_resume_all(). In the child
 * the other threads' caches, with what is in them, wait for new threads. */
void cache_stop_all(void);
void cache_resume_all(bool in_child);

/* Blocks of each class that are in caches, and the number of caches (not idle). Exact
 * only while nobody allocates. */
void cache_count(size_t ret_blocks[CLASS_SLOTS], size_t *ret_caches, size_t *ret_bytes);

bool bin_is_valid(unsigned class, const struct bin *bin);

#endif
