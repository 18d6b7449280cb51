#ifndef TIDEMARK_WORKLOADS_HEAP_RECORD_H
#define TIDEMARK_WORKLOADS_HEAP_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "trace.h"

/*
 * The workload records its own calls (--record=PATH), so that it can be compared with a
 * recorded program by `tidemark profile`. Such a run is not for measuring: recording
 * takes time, though no memory of the allocator's.
 */
extern int heap_recording;

/* Begins, for `threads` threads numbered as their counters are (heap_use_counters()). */
void heap_record_start(unsigned threads);

/*
 * A call by the thread with this number. For what allocates it is told after the call;
 * for a free before it; for a realloc twice: heap_record_release() with the old address
 * before it, then this with the new one.
 */
void heap_record_call(unsigned thread, enum trace_op op, const void *block, size_t size,
                      unsigned align_log2);
void heap_record_release(unsigned thread, const void *block);

/* The work is done: the trace's idle record. By the main thread, whose number it is. */
void heap_record_idle(unsigned thread);

/* Writes the trace; ends the process where that fails. All threads are parked. */
void heap_record_write(const char *path);

#endif
