/* Taking caches from threads that are outside the allocator: flushing them, parking their
 * threads. One at a time, so that a thread that comes back waits for its own only. */
#ifndef EBB_TAKEOVER_H
#define EBB_TAKEOVER_H

#include <stdbool.h>
#include <stddef.h>

/* Flushes every cache that can be had: the caller's, idle ones, those of threads that
 * are outside the allocator. */
void cache_flush_all(void);

struct parking {
    unsigned attached; /* threads that have a cache */
    unsigned busy;     /* those of them that are not parked now */
    unsigned stirred;  /* those that were not parked before, or have come or gone since */
};

/* The reclaimer has no cache, and does not ask for its thread-local variable: in an addon
 * the loader would allocate that, and libc's malloc map 64 MiB for a new arena. These two
 * are for the reclaimer only. */

/* Looks at the caches of all threads. One that holds just what it held at the last look
 * is parked: flushed, if its blocks could keep at least `worth` bytes resident, and shut
 * until its thread comes back. Caches without a thread are flushed. */
void cache_park_quiet(size_t worth, struct parking *ret_parking);

/* Whether every thread is parked still, and there is one, and none has come or gone. */
bool cache_all_parked(void);

/* Whether a thread has got a cache, or given it up, since the last look. */
bool cache_has_news(void);

/* Gives back the memory of the empty stacks of parked and idle caches. Returns bytes. */
size_t cache_discard_stacks(bool by_reclaimer);

#endif
