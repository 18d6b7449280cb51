#ifndef TIDEMARK_WORKLOADS_LIFETIMES_H
#define TIDEMARK_WORKLOADS_LIFETIMES_H

#include <stddef.h>
#include <stdint.h>

#include "trace.h"

/*
 * A trace uses an object's number again as soon as it is free, whoever's call is next. A
 * replay with several workers that keeps the order of the calls on a number would thus
 * have an allocation wait for another worker's unrelated free, where the program's
 * threads did not know of each other. So the lifetimes get numbers anew:
 *
 * a number that a worker has freed goes to the next allocation of the same worker, or,
 * once it has been free for more than `window` records, to any.
 *
 * `lane_of` tells the worker of each of the trace's threads, below `lanes`. Changes the
 * records' objects and trace->objects; the calls stay what they are, in their order.
 *
 * `kind_of` says of each object whether it is of the one kind or the other (0 or 1),
 * which never share a number. Returns the same by the new numbers, from memory_map(), of
 * trace->objects + 1 bytes, as the old one was, which is unmapped.
 */
uint8_t *lifetimes_separate(struct trace *trace, const uint8_t *lane_of, unsigned lanes,
                            size_t window, uint8_t *kind_of);

#endif
