#ifndef TIDEMARK_HARNESS_STATS_H
#define TIDEMARK_HARNESS_STATS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Medians, and statements about them that assume no distribution. judge.h has what
 * verdicts are made of.
 */

/* The median of n > 0 values, which are left in place. */
double stats_median(const double *values, size_t n);

/*
 * Median absolute deviation about the median, times 1.4826, which makes it estimate the
 * standard deviation of a normal distribution (Rousseeuw & Croux 1993). n > 0.
 */
double stats_mad(const double *values, size_t n);

/*
 * How many values have a modified z-score 0.6745 (x - median) / MAD beyond 3.5 (Iglewicz
 * & Hoaglin 1993); 0 where the MAD is 0.
 */
size_t stats_outliers(const double *values, size_t n);

/*
 * Exact interval of the median from order statistics, for any distribution (Conover,
 * Practical Nonparametric Statistics, section 3.2): from the k-th smallest to the k-th
 * largest value with the largest k whose binomial tails leave at least `confidence`.
 * Where n is too small for that, the whole range. n > 0.
 */
void stats_order_interval(const double *values, size_t n, double confidence,
                          double *ret_low, double *ret_high);

/* The least n for which that is a 95 % interval: 2 * 0.5^5 > 0.05. */
enum { STATS_INTERVAL_MIN = 6 };

/*
 * Spearman's rank correlation: Pearson's of the ranks, where equal values share the mean
 * of their ranks (Kendall & Gibbons, Rank Correlation Methods, chapter 3). -EINVAL with
 * fewer than 3 values, or where all of a side are equal.
 */
int stats_spearman(const double *a, const double *b, size_t n, double *ret);

/* Of n values, the rank of each: 1 for the least; the mean for equal ones. */
void stats_ranks(const double *values, size_t n, double *ret_ranks);

#endif
