#ifndef TIDEMARK_WORKLOADS_HISTOGRAM_H
#define TIDEMARK_WORKLOADS_HISTOGRAM_H

#include <stdint.h>

/*
 * A histogram of whole numbers whose buckets are log-linear, as in HdrHistogram (Tene):
 * each doubling is cut into 32 equal buckets, so that a bucket is never wider than 1/32
 * of its values, and numbers below 64 have buckets of their own. Fixed size, no
 * allocation; one writer.
 */
enum {
    HISTOGRAM_STEPS = 32, /* buckets a doubling */
    HISTOGRAM_BITS = 40,  /* numbers from 2^40 (18 minutes of ns) share the last bucket */
    HISTOGRAM_BUCKETS = (HISTOGRAM_BITS - 4) * HISTOGRAM_STEPS + 1,
};

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    uint64_t max; /* exact */
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* Adds the counts of another one. */
void histogram_merge(struct histogram *sum, const struct histogram *other);

/*
 * The smallest bucket's upper end that at least this share of the numbers (0..1) does not
 * exceed, but never more than the largest number; 0 where there are none.
 */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

/* How many of the numbers are in the value's bucket or in a higher one. */
uint64_t histogram_from(const struct histogram *histogram, uint64_t value);

#endif
