#ifndef TIDEMARK_HARNESS_SCHEDULE_H
#define TIDEMARK_HARNESS_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes the order of one round: a permutation of 0..n-1. Each round gets a fresh order.
 * The same seed gives the same orders, so that a resumed run continues in its order.
 * `stream` gives each kind of cell orders of its own.
 */
void schedule_order(uint64_t seed, unsigned stream, unsigned round, size_t n,
                    size_t *ret_order);

/*
 * Brings the items of each group together in an order of n items. Each item moves up to
 * the first item of its group. The order of the groups and the order within each group do
 * not change. `groups[item]` is the group of an item.
 */
void schedule_bring_together(const size_t *groups, size_t n, size_t *order);

#endif
