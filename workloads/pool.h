#ifndef TIDEMARK_WORKLOADS_POOL_H
#define TIDEMARK_WORKLOADS_POOL_H

#include <stddef.h>

/*
 * A work-stealing pool in the manner of rayon. Workers live as long as the process. Each
 * has a deque. Join is the primitive. The main thread hands in one task and blocks. A
 * worker without work is parked on a futex and never wakes up by itself.
 */
struct pool;

enum { POOL_THREADS_MAX = 64 };

/* A task that may run in parallel. Its context may live in the caller's frame:
 * pool_join() returns only when the task is done. */
typedef void pool_function(void *context);

/* Does the work of one index. `worker` is the number of the worker that runs it, from 0
 * to threads - 1. */
typedef void pool_body(void *context, size_t index, unsigned worker);

/* Starts `threads` workers and waits until all are parked. A process has one pool. Ends
 * the process with EXIT_WORK on failure. */
struct pool *pool_start(unsigned threads);

/* From a worker: runs both functions and returns when both are done. Another worker may
 * run the second one meanwhile. */
void pool_join(pool_function *a, void *a_context, pool_function *b, void *b_context);

/*
 * From the main thread: runs `body` once for each index below `count`. It splits the
 * range into halves, down to `grain` indices. Returns when all are done and every worker
 * is parked again.
 */
void pool_for_each(struct pool *pool, size_t count, size_t grain, pool_body *body,
                   void *context);

/* Does the work of one worker, given by its number. */
typedef void pool_call(void *context, unsigned worker);

/*
 * From the main thread: every worker runs `call` once. They all run at the same time, so
 * they may wait for each other. Returns when all are parked again.
 */
void pool_each_worker(struct pool *pool, pool_call *call, void *context);

/* From the main thread: the workers exit. Nobody may use the pool afterwards. */
void pool_end(struct pool *pool);

#endif
