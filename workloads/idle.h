#ifndef TIDEMARK_WORKLOADS_IDLE_H
#define TIDEMARK_WORKLOADS_IDLE_H

#include <stdbool.h>

struct pool;

/*
 * The idle drivers: what a process does while it is idle. Allocators rank differently
 * under different drivers, so each driver makes cells of its own.
 */
#define IDLE_NAMES "dead, collect, tick, tick-all or joined"

bool idle_is_driver(const char *name);

/*
 * Call it from the main thread while the pool's threads are parked. Takes the driver's
 * one action, if it has one; says the line `idle`; then is idle until the harness says
 * "go". The driver `joined` ends the pool.
 */
void idle_run(const char *driver, struct pool *pool);

#endif
