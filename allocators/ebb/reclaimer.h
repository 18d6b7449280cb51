/* The background thread: when it starts, sleeps and ends. */
#ifndef EBB_RECLAIMER_H
#define EBB_RECLAIMER_H

#include "atomic.h"
#include "types.h"

/* Who runs, and whether it sleeps. Written by CAS or exchange from any thread. A thread
 * that has something for a sleeping reclaimer rings by SLEEPING -> AWAKE. */
enum reclaimer_state {
    RECLAIMER_NONE = 0, /* not started (yet, or again) */
    RECLAIMER_STARTING,
    RECLAIMER_AWAKE, /* ticks */
    RECLAIMER_SLEEPING,
    RECLAIMER_ENDING,
    RECLAIMER_NEVER, /* not wanted, or no thread was to be had */
};
extern _Atomic uint32_t reclaimer_state;

void reclaimer_ring(void);
void reclaimer_consider(bool in_free);

/* From anywhere, locks or not: something may be left to be given back. Relaxed: whoever
 * goes to sleep looks again after everybody can see that it sleeps. */
static inline void reclaimer_wake(void) {
    if (unlikely(load_relaxed(&reclaimer_state) == RECLAIMER_SLEEPING))
        reclaimer_ring();
}

/* Is it time to start? From slow paths, without a lock or the gate; the second with the
 * bytes that this thread has freed for good, or has just freed. Relaxed: looked at again
 * by CAS. */
static inline void reclaimer_notice_malloc(void) {
    if (unlikely(load_relaxed(&reclaimer_state) == RECLAIMER_NONE))
        reclaimer_consider(false);
}

static inline void reclaimer_notice_freed(size_t bytes) {
    enum { ENOUGH = 256 * 1024 };
    if (unlikely(load_relaxed(&reclaimer_state) == RECLAIMER_NONE) && bytes >= ENOUGH)
        reclaimer_consider(true);
}

/* Ends the thread and waits until the process is without it; it may start again later.
 * True if there was one. */
bool reclaimer_end(void);

/* `none`, `awake` or `asleep`. */
const char *reclaimer_state_name(void);

/* The child of a fork has no such thread. */
void reclaimer_forget(void);

#endif
