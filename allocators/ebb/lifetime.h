/* The list of all caches, how a thread gets one, and what happens to it when the thread
 * ends or the process forks. */
#ifndef EBB_LIFETIME_H
#define EBB_LIFETIME_H

#include "atomic.h"
#include "types.h"

/* An object that is loaded later may find no room left in the static TLS block. So the
 * embedded ebb asks for no room there. It pays for a call that finds its variables. */
#ifdef EBB_EMBED
#define EBB_TLS_MODEL "local-dynamic"
#else
#define EBB_TLS_MODEL "initial-exec"
#endif

/* The calling thread's cache. Before the first slow call and after the thread's
 * destructor it is a cache whose gate is always shut, so that the fast paths need no test
 * for it. */
extern __thread struct cache *thread_cache __attribute__((tls_model(EBB_TLS_MODEL)));

/* Gives slow paths a cache to work on: the thread's own or, if it can't have one, the one
 * that is shared under a lock. Never fails once heap_init() succeeded. cache_leave() ends
 * the work. */
struct cache *cache_enter(void);
void cache_leave(struct cache *cache);

/* Gives the thread its cache, if it never had one, and can have one. */
void cache_attach_once(void);

/* Guards the fields of a cache that say so, above all `idle`. A cache is attached,
 * retired, or taken from a thread only under this lock. It is held for one cache at a
 * time. */
extern struct lock list_lock EBB_HERE;

/* Whether a thread has got a cache, or given one up, since the last look. `take`: this
 * call is a look. Under list_lock. */
bool cache_news(bool take);

/* The newest of all caches ever made; the others follow by `next`. They are never
 * unmapped, and the list only grows at its front. */
struct cache *cache_first(void);

/* Locks and returns the cache for threads that can't have their own; NULL if it was never
 * used. cache_leave() unlocks it. */
struct cache *cache_enter_shared(void);
/* The same without the lock, for callers in a process whose other threads stand still. */
struct cache *cache_shared(void);

/* Repairs this module's state in the child of a fork (process.h). */
void lifetime_recover(void);

#endif
