#ifndef TIDEMARK_WORKLOADS_IDLE_H
#define TIDEMARK_WORKLOADS_IDLE_H

#include <stdbool.h>

struct pool;

/*
 * What a process does while it is idle; `dead`, where nobody calls the allocator, is the
 * plainest of these drivers. They are a factor, since allocators rank differently by
 * them.
 */
#define IDLE_NAMES "dead, collect, tick, tick-all or joined"

bool idle_is_driver(const char *name);

/*
 * From the main thread: the driver's one action, if any; the line `idle`; then the idle
 * period, until the harness says "go". The pool's threads are parked, and with `joined`
 * they are gone afterwards.
 */
void idle_run(const char *driver, struct pool *pool);

#endif
