#ifndef TIDEMARK_HARNESS_STATS_H
#define TIDEMARK_HARNESS_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Medians, and statements about them that assume no distribution. Verdicts come from
 * judge.h. */

/* Sorts n > 0 values, and returns their median. */
double stats_sort(double *values, size_t n);

/* The median of n > 0 values; leaves them in their order. */
double stats_median(const double *values, size_t n);

/* The median absolute deviation about the median, times 1.4826: so it estimates the
 * standard deviation of a normal distribution (Rousseeuw & Croux 1993). n > 0. */
double stats_mad(const double *values, size_t n);

/* Counts the values with a modified z-score (x - median) / stats_mad() beyond 3.5
 * (Iglewicz & Hoaglin 1993). 0 if stats_mad() is 0. */
size_t stats_outliers(const double *values, size_t n);

/*
 * The exact interval of the median from order statistics, for any distribution (Conover,
 * Practical Nonparametric Statistics, section 3.2). It reaches from the k-th smallest to
 * the k-th largest value, with the largest k for which the interval covers the median
 * with at least `confidence`. If n is too small for that, it is the whole range. n > 0.
 */
void stats_order_interval(const double *values, size_t n, double confidence,
                          double *ret_low, double *ret_high);

/* The smallest n whose whole range is a 95 % interval: 2 * 0.5^6 <= 0.05 < 2 * 0.5^5. */
enum { STATS_INTERVAL_MIN = 6 };

/*
 * Spearman's rank correlation: Pearson's correlation of the ranks; equal values share the
 * mean of their ranks (Kendall & Gibbons, Rank Correlation Methods, chapter 3). -EINVAL
 * with fewer than 3 values, or if all values of a side are equal.
 */
int stats_spearman(const double *a, const double *b, size_t n, double *ret);

/* Ranks n values: 1 is the smallest; equal values share the mean of their ranks. */
void stats_ranks(const double *values, size_t n, double *ret_ranks);

#endif
