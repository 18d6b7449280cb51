/* The background thread: when it starts, sleeps and ends. */
#ifndef EBB_RECLAIMER_H
#define EBB_RECLAIMER_H

#include "atomic.h"
#include "bell.h"

/* Starts the thread if it is time, and if such a call may start it (reclaimer.c). */
void reclaimer_consider(bool in_free);

/* Slow paths call these two, without a lock and outside the gate. They start the thread
 * when it is time. `bytes`: what the calling thread has flushed so far, or the run that
 * it has just freed. Relaxed: the CAS looks again. */
static inline void reclaimer_notice_malloc(void) {
    if (unlikely(load_relaxed(&reclaimer_state) == RECLAIMER_NONE))
        reclaimer_consider(false);
}

static inline void reclaimer_notice_freed(size_t bytes) {
    enum { ENOUGH = 256 * 1024 };
    if (unlikely(load_relaxed(&reclaimer_state) == RECLAIMER_NONE) && bytes >= ENOUGH)
        reclaimer_consider(true);
}

/* Ends the thread and waits until it is gone. It may start again later. True if there was
 * one. */
bool reclaimer_end(void);

/* `none`, `awake` or `asleep`. */
const char *reclaimer_state_name(void);

/* The child of a fork (process.h) has no such thread. */
void reclaimer_recover(void);

#endif
