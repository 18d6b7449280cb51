#ifndef TIDEMARK_HARNESS_RANKTEST_H
#define TIDEMARK_HARNESS_RANKTEST_H

#include <stddef.h>

/*
 * Rank tests on logarithms. They compare two sides without assuming a distribution. Both
 * are exact if the two sides are exchangeable when nothing has changed.
 *
 * Paired: Wilcoxon's signed-rank test. The estimate is the median of the Walsh averages
 * (Hodges & Lehmann 1963). The logarithm of the ratio of an exchangeable pair is
 * symmetric about 0, as the test requires. Unpaired: the Mann-Whitney test. The estimate
 * is the median of all differences (Hodges & Lehmann 1963).
 *
 * A tie counts one half. A statistic that ties leave between two whole numbers is rounded
 * towards "no difference".
 */
struct ranktest {
    double estimate; /* difference of logarithms: exp() is the ratio */
    double p;        /* two-sided */
};

enum { RANKTEST_VALUES_MAX = 1000 };

/* `differences` are log b - log a, one for each pair. 0 < n <= RANKTEST_VALUES_MAX.
 * -EINVAL or 0. */
int ranktest_paired(const double *differences, size_t n, struct ranktest *ret);

/* The values are log a and log b, of different rounds. n_a and n_b may differ; the limits
 * and errors are as above. */
int ranktest_unpaired(const double *a, size_t n_a, const double *b, size_t n_b,
                      struct ranktest *ret);

/* The smallest p that n pairs, or two sides of n_a and n_b values, can give. */
double ranktest_least_p_paired(size_t n);
double ranktest_least_p_unpaired(size_t n_a, size_t n_b);

#endif
