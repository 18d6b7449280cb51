#ifndef TIDEMARK_HARNESS_SCHEDULE_H
#define TIDEMARK_HARNESS_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

/*
 * The order of one round: a permutation of 0..n-1, fresh for every round and the same for
 * the same seed, so that a resumed run goes on in the order that it began with. `stream`
 * keeps the memory rounds' orders apart from the timed ones'.
 */
void schedule_order(uint64_t seed, unsigned stream, unsigned round, size_t n,
                    size_t *ret_order);

/*
 * Brings the items of a group together in an order of n items: each moves up to the first
 * of its group. The groups' own order and that within each stay as they were. `groups`
 * tells each item's.
 */
void schedule_bring_together(const size_t *groups, size_t n, size_t *order);

#endif
