/* What can be given back, and when: the policy. Who calls is reclaimer.c's business (the
 * background thread), or collect.c's (the program). */
#ifndef EBB_RECLAIM_H
#define EBB_RECLAIM_H

#include <stdbool.h>
#include <stddef.h>

/* Held during each bounded step, so that a fork meets no step half done. */
extern struct lock reclaim_lock;

/* Everything, at once: caches, holes, free slices, metadata. Returns bytes. */
size_t reclaim_all(void);

/* What the heap looks like to a tick. */
struct reclaim_view {
    unsigned attached; /* threads that have a cache */
    bool quiet;        /* all of them are parked, and nothing is left to be given back */
};

/* Called every delay / TICKS_PER_DELAY. Parks threads that did nothing since the last
 * tick, and gives back what nobody has used for a while. Nothing that a busy thread
 * uses is touched. */
void reclaim_tick(struct reclaim_view *ret_view);

enum { TICKS_PER_DELAY = 2 };

/* Bytes given back since the process began, by whomever. */
size_t reclaim_total(void);

#endif
