#ifndef TIDEMARK_HARNESS_RANGES_H
#define TIDEMARK_HARNESS_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of addresses as sorted ranges [start, end) that neither overlap nor touch. */
struct range {
    uint64_t start, end;
};

struct ranges {
    struct range *at;
    size_t count;
};

/* Adds a range, and joins it with those that it touches or overlaps. An empty range adds
 * nothing. */
void ranges_add(struct ranges *ranges, uint64_t start, uint64_t end);

/* Whether all of [start, end) is in the set. */
bool ranges_cover(const struct ranges *ranges, uint64_t start, uint64_t end);

/* Keeps only what is also in `others`. */
void ranges_keep(struct ranges *ranges, const struct ranges *others);

void ranges_finish(struct ranges *ranges);

#endif
