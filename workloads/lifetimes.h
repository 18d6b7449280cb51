#ifndef TIDEMARK_WORKLOADS_LIFETIMES_H
#define TIDEMARK_WORKLOADS_LIFETIMES_H

#include <stddef.h>
#include <stdint.h>

#include "trace.h"

/*
 * Numbers the objects of a trace anew. A trace uses the number of a freed object again at
 * once, on any thread. A replay keeps the order of the calls on a number. So one worker's
 * allocation would wait for another worker's free of an unrelated object. In the program
 * the two threads did not wait for each other.
 *
 * With the new numbers, a number that a worker has freed goes to an allocation of the
 * same worker. Once it has been free for more than `window` records, it may go to any
 * worker.
 *
 * `lane_of` has the worker, below `lanes`, of each thread of the trace. Only the records'
 * objects and trace->objects change; the calls and their order stay.
 *
 * `kind_of` has the kind, 0 or 1, of each object. Objects of different kinds never share
 * a number. It has trace->objects + 1 bytes from memory_map(), and is unmapped. Returns
 * the kinds by the new numbers, in memory of the same sort.
 */
uint8_t *lifetimes_separate(struct trace *trace, const uint8_t *lane_of, unsigned lanes,
                            size_t window, uint8_t *kind_of);

#endif
