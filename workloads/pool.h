#ifndef TIDEMARK_WORKLOADS_POOL_H
#define TIDEMARK_WORKLOADS_POOL_H

#include <stddef.h>

/*
 * A work-stealing pool in the manner of rayon: workers that live as long as the process,
 * a deque each, join as the primitive, and a caller from outside that hands in one task
 * and blocks. With nothing to do every worker is parked on a futex: no wake-ups at all.
 */
struct pool;

enum { POOL_THREADS_MAX = 64 };

/* What may run in parallel; lives in the caller's frame until it is done. */
typedef void pool_function(void *context);

/* For one index; `worker` is the number of the thread that runs it, 0 .. threads - 1. */
typedef void pool_body(void *context, size_t index, unsigned worker);

/* Starts `threads` workers and waits until all are parked. There is one pool in a
 * process. */
struct pool *pool_start(unsigned threads);

/* From a worker: runs both, the second perhaps on another worker, and returns when both
 * are done. */
void pool_join(pool_function *a, void *a_context, pool_function *b, void *b_context);

/*
 * From the main thread: runs `body` once for each index below `count`, splitting in
 * halves down to `grain` indices, and returns when all are done and every worker is
 * parked again.
 */
void pool_for_each(struct pool *pool, size_t count, size_t grain, pool_body *body,
                   void *context);

/* For one worker, by its number. */
typedef void pool_call(void *context, unsigned worker);

/*
 * From the main thread: every worker runs `call` once, all at the same time, so that they
 * may wait for each other; returns when all are parked again.
 */
void pool_each_worker(struct pool *pool, pool_call *call, void *context);

/* From the main thread: the workers exit. The pool is of no use afterwards. */
void pool_end(struct pool *pool);

#endif
