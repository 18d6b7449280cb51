#ifndef TIDEMARK_WORKLOADS_HEAP_RECORD_H
#define TIDEMARK_WORKLOADS_HEAP_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "trace.h"

/*
 * A workload that records its own calls (--record=PATH), so that `tidemark profile` can
 * compare it with a recorded program. Do not measure such a run: recording takes time. It
 * takes no memory from the allocator.
 */
extern int heap_recording;

/* Starts recording `threads` threads. Their numbers are those of heap_use_counters(). */
void heap_record_start(unsigned threads);

/*
 * Records a call by the thread with this number. Call it after an allocation, and before
 * a free. A realloc needs two: heap_record_release() with the old address before it, then
 * heap_record_call() with the new address.
 */
void heap_record_call(unsigned thread, enum trace_op op, const void *block, size_t size,
                      unsigned align_log2);
void heap_record_release(unsigned thread, const void *block);

/* Records that the work is done (TRACE_IDLE). Only the main thread calls it, with its own
 * number. */
void heap_record_idle(unsigned thread);

/* Writes the trace while all threads are parked. Ends the process if that fails. */
void heap_record_write(const char *path);

#endif
