/* The policy: what is given back, and when. The callers are reclaimer.c (the background
 * thread) and collect.c (for the program). */
#ifndef EBB_RECLAIM_H
#define EBB_RECLAIM_H

#include <stdbool.h>
#include <stddef.h>

/* Gives everything back at once: caches, holes, free slices, metadata. Returns bytes. */
size_t reclaim_all(void);

/* What a tick found. */
struct reclaim_view {
    unsigned attached; /* threads that have a cache */
    bool quiet;        /* all of them are parked, and nothing is left to be given back */
};

/* The reclaimer calls the tick every delay / TICKS_PER_DELAY. A tick parks threads that
 * did nothing since the last tick, and gives back memory that was unused for a while. It
 * touches nothing that a busy thread uses. Between any two steps it asks `stop` whether
 * to stop. */
void reclaim_begin(void); /* before the first tick of a thread */
void reclaim_tick(struct reclaim_view *ret_view, bool (*stop)(void));

enum { TICKS_PER_DELAY = 2 };

/* A hint, stale at once: whether there is anything to give back, while all are parked. */
bool reclaim_is_due(void);

/* Bytes that all threads have given back since the process began. */
size_t reclaim_total(void);

/* Repairs this module's state in the child of a fork (process.h). */
void reclaim_recover(void);

#endif
