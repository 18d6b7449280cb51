#ifndef TIDEMARK_HARNESS_SCHEDULE_H
#define TIDEMARK_HARNESS_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

/*
 * The order of one round: a permutation of 0..n-1. Every round has a fresh one, and the
 * same seed gives the same one, so that a resumed run continues in its order. `stream`
 * makes the orders of memory rounds differ from those of timed rounds.
 */
void schedule_order(uint64_t seed, unsigned stream, unsigned round, size_t n,
                    size_t *ret_order);

/*
 * Brings the items of each group together in an order of n items: each item moves up to
 * the first of its group. The order of the groups and the order within each group stay.
 * `groups` has each item's group.
 */
void schedule_bring_together(const size_t *groups, size_t n, size_t *order);

#endif
