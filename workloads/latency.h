#ifndef TIDEMARK_WORKLOADS_LATENCY_H
#define TIDEMARK_WORKLOADS_LATENCY_H

#include <stddef.h>

/*
 * Times single calls of malloc, realloc and free. These are runs of their own, because
 * two readings of the clock for every call would disturb the times of a timed run. The
 * clock's own cost is subtracted: the median of the time between two readings.
 */

/* Maps histograms for `threads` workers and the main thread, and measures the clock. */
void latency_setup(unsigned threads);

/* Each makes the call and times it. `thread` is the number of heap_use_counters(). */
void *latency_malloc(unsigned thread, size_t size);
void *latency_realloc(unsigned thread, void *block, size_t size);
void latency_free(unsigned thread, void *block);

/* Forgets all times so far, for a workload that asks about its last phase only. All other
 * threads must be parked. Does nothing if calls are not timed. */
void latency_forget(void);

/* Says a line "latency" for each of the three functions, over all threads. They must be
 * parked. */
void latency_report(void);

#endif
