#include "histogram.h"

#include <math.h>

/*
 * Numbers below 64 are their own index. For larger ones the top bit chooses a group of 32
 * buckets, and the five bits below it choose the bucket.
 */
static unsigned index_of(uint64_t value) {
    if (value < 2 * HISTOGRAM_STEPS)
        return (unsigned)value;
    unsigned top = 63 - (unsigned)__builtin_clzll(value);
    unsigned shift = top - 5;
    unsigned index = shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
    return index < HISTOGRAM_BUCKETS ? index : HISTOGRAM_BUCKETS - 1;
}

/* The largest number of a bucket. */
static uint64_t upper_end(unsigned index) {
    if (index < 2 * HISTOGRAM_STEPS)
        return index;
    unsigned shift = index / HISTOGRAM_STEPS - 1;
    uint64_t first = (uint64_t)(index % HISTOGRAM_STEPS + HISTOGRAM_STEPS) << shift;
    return first + (UINT64_C(1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value) {
    histogram->counts[index_of(value)]++;
    histogram->total++;
    if (value > histogram->max)
        histogram->max = value;
}

void histogram_merge(struct histogram *sum, const struct histogram *other) {
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        sum->counts[i] += other->counts[i];
    sum->total += other->total;
    if (other->max > sum->max)
        sum->max = other->max;
}

uint64_t histogram_quantile(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)ceil(share * (double)histogram->total), seen = 0;
    if (histogram->total == 0)
        return 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
        seen += histogram->counts[i];
        if (seen >= wanted && seen > 0)
            return upper_end(i) < histogram->max ? upper_end(i) : histogram->max;
    }
    return histogram->max; /* the last bucket has no upper end */
}

uint64_t histogram_from(const struct histogram *histogram, uint64_t value) {
    uint64_t sum = 0;
    for (unsigned i = index_of(value); i < HISTOGRAM_BUCKETS; i++)
        sum += histogram->counts[i];
    return sum;
}
