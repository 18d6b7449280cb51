/* The caches of all threads: which there are, how a thread gets one, and what becomes of
 * it when the thread ends, or the process forks. */
#ifndef EBB_LIFETIME_H
#define EBB_LIFETIME_H

#include "atomic.h"
#include "types.h"

/* An object that is loaded later may find no room left among those that are there from
 * the start; embedded we don't ask for it, and pay a call to find our own. */
#ifdef EBB_EMBED
#define EBB_TLS_MODEL "local-dynamic"
#else
#define EBB_TLS_MODEL "initial-exec"
#endif

/* The calling thread's cache; before the first slow call and after the thread's own
 * destructor a gate that is always shut, so that the fast paths need no test for it. */
extern __thread struct cache *thread_cache __attribute__((tls_model(EBB_TLS_MODEL)));

/* For slow paths: a cache to work on, the thread's own or, where it can't have one, one
 * that is shared under a lock. Never fails once heap_init() succeeded. */
struct cache *cache_enter(void);
void cache_leave(struct cache *cache);

/* Gives the thread its cache, if it never had one, and can have one. */
void cache_attach_once(void);

/* Guards the fields of a cache that say so, `idle` above all: a cache is attached, or
 * retired, or taken from a thread only under it. Held for one cache at a time. */
extern struct lock list_lock;

/* Whether a thread has got a cache, or given it up, since the last look; `take`: this is
 * one. Under list_lock. */
bool cache_news(bool take);

/* The newest of all caches ever made; the others follow by `next`. They are never
 * unmapped, and the list only grows at its front. */
struct cache *cache_first(void);

/* The one for threads that can't have their own, locked; NULL if it was never used. Ends
 * with cache_leave(). */
struct cache *cache_enter_shared(void);
/* The same without the lock, for whoever is alone. */
struct cache *cache_shared(void);

/* Repairs this module's state in the child of a fork (process.h). */
void lifetime_recover(void);

#endif
