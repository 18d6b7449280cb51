/* Takes caches from threads that are outside the allocator, to flush them or to park
 * their threads. It takes one at a time, so a thread that comes back waits only for its
 * own cache. */
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

/* The next two functions are for the reclaimer only. The reclaimer has no cache and does
 * not touch its thread-local variable. In an addon the loader would allocate that
 * variable, and libc's malloc would map 64 MiB for a new arena. */

/* Looks at the caches of all threads. Parks a cache that holds just what it held at the
 * last look: flushes it, if its blocks could keep at least `worth` bytes resident, and
 * leaves it shut until its thread comes back. Flushes caches without a thread. */
void cache_park_quiet(size_t worth, struct parking *ret_parking);

/* Whether there are threads, all of them are still parked, and none has come or gone. */
bool cache_all_parked(void);

/* Whether a thread has got a cache, or given it up, since the last look. */
bool cache_has_news(void);

/* Gives back the memory of the empty stacks of parked and idle caches. Returns bytes. */
size_t cache_discard_stacks(bool by_reclaimer);

#endif
