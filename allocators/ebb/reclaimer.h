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
void reclaimer_consider(bool freeing);

/* From anywhere, locks or not: something may be left to be given back. Relaxed: whoever
 * goes to sleep looks again after everybody can see that it sleeps. */
static inline void reclaimer_wake(void) {
    if (unlikely(load_relaxed(&reclaimer_state) == RECLAIMER_SLEEPING))
        reclaimer_ring();
}

/* From slow paths, without a lock or the gate: is it time to start? */
static inline void reclaimer_notice(bool freeing) {
    /* Relaxed: looked at again by CAS. */
    if (unlikely(load_relaxed(&reclaimer_state) == RECLAIMER_NONE))
        reclaimer_consider(freeing);
}

/* Ends the thread and waits until the process is without it; it may start again later.
 * True if there was one. */
bool reclaimer_end(void);

/* The child of a fork has no such thread. */
void reclaimer_forget(void);

#endif
