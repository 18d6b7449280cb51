/* The background thread: when it starts, sleeps and ends. */
#ifndef EBB_RECLAIMER_H
#define EBB_RECLAIMER_H

#include "atomic.h"
#include "bell.h"

void reclaimer_consider(bool in_free);

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

/* The child of a fork (process.h) has no such thread. */
void reclaimer_recover(void);

#endif
