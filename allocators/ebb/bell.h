/* How anybody tells the reclaimer that there is something to do again. It is here, below
 * everything that rings, and the thread itself is above all of it (reclaimer.h). */
#ifndef EBB_BELL_H
#define EBB_BELL_H

#include "atomic.h"
#include "types.h"

/* Who runs, and whether it sleeps. Written by CAS from any thread. A thread that has
 * something for a sleeping reclaimer rings by SLEEPING -> AWAKE. */
enum reclaimer_state {
    RECLAIMER_NONE = 0, /* not started (yet, or again) */
    RECLAIMER_STARTING,
    RECLAIMER_AWAKE, /* ticks */
    RECLAIMER_SLEEPING,
    RECLAIMER_ENDING,
    RECLAIMER_NEVER, /* not wanted */
};
extern _Atomic uint32_t reclaimer_state;

/* SLEEPING -> AWAKE, and wakes it. False if it did not sleep. */
bool bell_ring(void);

/* From anywhere, locks or not: something may be left to be given back. Relaxed: whoever
 * goes to sleep looks again after everybody can see that it sleeps. */
static inline void bell_touch(void) {
    if (unlikely(load_relaxed(&reclaimer_state) == RECLAIMER_SLEEPING))
        bell_ring();
}

#endif
