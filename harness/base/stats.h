#ifndef TIDEMARK_HARNESS_STATS_H
#define TIDEMARK_HARNESS_STATS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The statistics behind a verdict. Everything is a median: these machines are noisy, and
 * a mean would be the outlier's. Pairs are made within a round, because a machine's speed
 * drifts between rounds.
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

/* The bootstrap distribution of the median (Efron 1979), summed up. */
struct stats_interval {
    double median; /* of the values themselves */
    double low, high;
    double standard_error;
};

/*
 * Percentile interval of the median at the given confidence (0.95, say), by 10,000
 * resamples drawn from `seed`: the same input gives the same interval. n > 0. -ENOMEM or
 * 0.
 */
int stats_bootstrap_median(const double *values, size_t n, double confidence,
                           uint64_t seed, struct stats_interval *ret);

/*
 * Exact interval of the median from order statistics, for any distribution (Conover,
 * Practical Nonparametric Statistics, section 3.2): from the k-th smallest to the k-th
 * largest value with the largest k whose binomial tails leave at least `confidence`.
 * Where n is too small for that, the whole range. n > 0.
 */
void stats_order_interval(const double *values, size_t n, double confidence,
                          double *ret_low, double *ret_high);

enum stats_verdict {
    STATS_NONE,         /* there was nothing to compare */
    STATS_SAME,         /* the whole interval lies within the tolerance */
    STATS_BETTER,       /* lower, by more than the tolerance, and 1 lies outside */
    STATS_WORSE,        /* higher, likewise */
    STATS_INCONCLUSIVE, /* none of these: the rounds do not decide it */
};

struct stats_comparison {
    enum stats_verdict verdict;
    size_t pairs;
    struct stats_interval ratio; /* variant / reference; below 1 is better */
    double smallest_visible;     /* the smallest relative change these pairs could show */
    size_t pairs_needed;         /* an estimate of how many would decide it */
};

enum { STATS_PAIRS_MIN = 6 };

/*
 * Compares paired measurements where less is better. `tolerance` is relative: 0.05 calls
 * ratios between 1/1.05 and 1.05 the same. With fewer than STATS_PAIRS_MIN pairs a 95 %
 * interval of a median does not exist (2 * 0.5^5 > 0.05), so the verdict is inconclusive.
 * References must be above 0. -ENOMEM, -EINVAL or 0.
 */
int stats_compare(const double *variant, const double *reference, size_t n,
                  double tolerance, uint64_t seed, struct stats_comparison *ret);

/*
 * Spearman's rank correlation: Pearson's of the ranks, where equal values share the mean
 * of their ranks (Kendall & Gibbons, Rank Correlation Methods, chapter 3). -EINVAL with
 * fewer than 3 values, or where all of a side are equal.
 */
int stats_spearman(const double *a, const double *b, size_t n, double *ret);

/* Of n values, the rank of each: 1 for the least; the mean for equal ones. */
void stats_ranks(const double *values, size_t n, double *ret_ranks);

/* The verdict in one word, as in docs and reports. */
const char *stats_verdict_name(enum stats_verdict verdict);

#endif
