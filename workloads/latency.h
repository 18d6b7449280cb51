#ifndef TIDEMARK_WORKLOADS_LATENCY_H
#define TIDEMARK_WORKLOADS_LATENCY_H

#include <stddef.h>

/*
 * How long single calls of malloc, realloc and free take, in runs of their own, since
 * reading the clock twice for every call disturbs what is timed otherwise. The clock's
 * own cost, the median of what passes between two readings, is subtracted.
 */

/* Maps the histograms of `threads` + 1 threads, and measures the clock. */
void latency_setup(unsigned threads);

/* The calls, timed, for the thread with this number (heap_use_counters()). */
void *latency_malloc(unsigned thread, size_t size);
void *latency_realloc(unsigned thread, void *block, size_t size);
void latency_free(unsigned thread, void *block);

/* Forgets what was timed so far, while all threads are parked: for a workload that asks
 * about one of its phases. Nothing where calls are not timed. */
void latency_forget(void);

/* Says a line "latency" for each call, over all threads, while they are parked. */
void latency_report(void);

#endif
