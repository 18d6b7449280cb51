#ifndef TIDEMARK_WORKLOADS_HISTOGRAM_H
#define TIDEMARK_WORKLOADS_HISTOGRAM_H

#include <stdint.h>

/*
 * A histogram of whole numbers with log-linear buckets, as in HdrHistogram (Tene). Each
 * doubling is cut into 32 equal buckets, so a bucket is never wider than 1/32 of its
 * numbers. Each number below 64 has a bucket of its own. The size is fixed, and nothing
 * is allocated. One thread may write.
 */
enum {
    HISTOGRAM_STEPS = 32, /* buckets of a doubling */
    HISTOGRAM_BITS = 40,  /* numbers from 2^40 (18 minutes of ns) share the last bucket */
    HISTOGRAM_BUCKETS = (HISTOGRAM_BITS - 4) * HISTOGRAM_STEPS + 1,
};

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    uint64_t max; /* exact */
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* Adds all numbers of `other` to `sum`. */
void histogram_merge(struct histogram *sum, const struct histogram *other);

/*
 * The number that a share (0 to 1) of all numbers does not exceed. It is rounded up to
 * the upper end of its bucket, but not beyond the largest number. 0 if the histogram is
 * empty.
 */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

/* How many numbers are in the bucket of `value` or in a higher one. */
uint64_t histogram_from(const struct histogram *histogram, uint64_t value);

#endif
