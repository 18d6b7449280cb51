#ifndef TIDEMARK_HARNESS_RANKTEST_H
#define TIDEMARK_HARNESS_RANKTEST_H

#include <stddef.h>

/*
 * Rank tests on logarithms: the result of a comparison that assumes no distribution. Both
 * tests are exact under one assumption: without a change the two sides are exchangeable.
 *
 * Paired: Wilcoxon's signed-rank test; the estimate is the median of the Walsh averages
 * (Hodges & Lehmann 1963). The logarithm of the ratio of an exchangeable pair is
 * symmetric about 0, which is what the test asks for. Unpaired: the Mann-Whitney test;
 * the estimate is the median of all differences (Hodges & Lehmann 1963).
 *
 * A tie counts one half and is rounded towards "no difference".
 */
struct ranktest {
    double estimate; /* difference of logarithms: exp() is the ratio */
    double p;        /* two-sided */
};

enum { RANKTEST_VALUES_MAX = 1000 };

/* `differences` are log b - log a, one for each pair. 0 < n <= RANKTEST_VALUES_MAX.
 * -EINVAL, -ENOMEM or 0. */
int ranktest_paired(const double *differences, size_t n, struct ranktest *ret);

/* log a against log b, of different rounds, in any number. */
int ranktest_unpaired(const double *a, size_t n_a, const double *b, size_t n_b,
                      struct ranktest *ret);

/* The smallest p that n pairs, or two sides of n_a and n_b values, can give. */
double ranktest_least_p_paired(size_t n);
double ranktest_least_p_unpaired(size_t n_a, size_t n_b);

#endif
