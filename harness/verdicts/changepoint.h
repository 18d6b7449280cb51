#ifndef TIDEMARK_HARNESS_CHANGEPOINT_H
#define TIDEMARK_HARNESS_CHANGEPOINT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Where a sequence changes: E-divisive means (Matteson & James, A Nonparametric Approach
 * for Multiple Change Point Analysis of Multivariate Data, JASA 109, 2014). A segment is
 * split where the energy distance between its two halves is largest, as long as a
 * permutation test within the present segments calls the split significant. As in Daly et
 * al. (ICPE 2020), who use it on benchmark histories, a candidate divides a whole segment
 * (the paper also searches the second half's end), and the exponent is 1.
 */
enum { CHANGEPOINTS_MAX = 32, CHANGEPOINT_VALUES_MAX = 2000 };

struct changepoint {
    size_t first; /* index of the first value after the change */
    double p;
};

/*
 * Finds the changes in order of position. No segment is shorter than `least` >= 2 values;
 * `level` is that of each test, by 999 permutations drawn from `seed`. -ENOMEM, -EINVAL
 * or 0; `ret` has room for CHANGEPOINTS_MAX.
 */
int changepoint_find(const double *values, size_t n, size_t least, double level,
                     uint64_t seed, struct changepoint *ret, size_t *ret_count);

#endif
