#ifndef TIDEMARK_HARNESS_CHANGEPOINT_H
#define TIDEMARK_HARNESS_CHANGEPOINT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds where a sequence changes: E-divisive means (Matteson & James, A Nonparametric
 * Approach for Multiple Change Point Analysis of Multivariate Data, JASA 109, 2014). It
 * splits a segment where the energy distance between the two parts is largest, as long as
 * a permutation test within the present segments calls the split significant. As in Daly
 * et al. (ICPE 2020), who use it on benchmark histories, the second part always ends
 * where the segment ends (the paper also searches that end), and the exponent is 1.
 */
enum { CHANGEPOINTS_MAX = 32, CHANGEPOINT_VALUES_MAX = 2000 };

struct changepoint {
    size_t first; /* index of the first value after the change */
    double p;
};

/*
 * Finds the changes of n <= CHANGEPOINT_VALUES_MAX values, in order of position. No
 * segment is shorter than `least` >= 2 values. `level` is the significance level of each
 * test. A test draws 999 permutations from `seed`. Returns how many changes there are.
 */
size_t changepoint_find(const double *values, size_t n, size_t least, double level,
                        uint64_t seed, struct changepoint ret[CHANGEPOINTS_MAX]);

#endif
