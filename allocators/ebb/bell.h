/* How a thread tells the reclaimer that there is work again. This file is below all files
 * that ring. The reclaimer's thread (reclaimer.h) is above them. */
#ifndef EBB_BELL_H
#define EBB_BELL_H

#include "atomic.h"
#include "types.h"

/* Whether the reclaimer runs, and whether it sleeps. Any thread writes this by CAS. Only
 * the thread that has joined the reclaimer stores, ENDING -> NONE. A thread that has
 * something for a sleeping reclaimer rings by SLEEPING -> AWAKE. */
enum reclaimer_state {
    RECLAIMER_NONE = 0, /* not started (yet, or again) */
    RECLAIMER_STARTING,
    RECLAIMER_AWAKE, /* ticks */
    RECLAIMER_SLEEPING,
    RECLAIMER_ENDING,
    RECLAIMER_NEVER, /* not wanted */
};
extern _Atomic uint32_t reclaimer_state EBB_HERE;

/* SLEEPING -> AWAKE, and wakes it. False if it did not sleep. */
bool bell_ring(void);

/* Says that there may be something to give back. Call it from anywhere, with or without
 * locks. Relaxed: the reclaimer looks again after every thread can see that it sleeps. */
static inline void bell_touch(void) {
    if (unlikely(load_relaxed(&reclaimer_state) == RECLAIMER_SLEEPING))
        bell_ring();
}

#endif
