#include "ranktest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "heap.h"
#include "stats.h"

enum {
    EXACT_PAIRED = 200, /* above these: the normal approximation, good to far below 1 % */
    EXACT_SIDE = 40,
};

/* ---- distributions of the two statistics if there is no difference ---- */

/* P(W = w) for w in 0..n(n+1)/2, where W is the sum of a random subset of 1..n. */
static double *signed_rank_distribution(size_t n) {
    size_t most = n * (n + 1) / 2;
    double *p = heap_new(most + 1, sizeof *p);
    p[0] = 1;
    for (size_t rank = 1, top = 0; rank <= n; top += rank++)
        for (size_t w = top + rank + 1; w-- > 0;)
            p[w] = (w <= top ? p[w] / 2 : 0) + (w >= rank ? p[w - rank] / 2 : 0);
    return p;
}

/* P(U = u) for u in 0..n m. The number of ways is the coefficient of q^u in the Gaussian
 * binomial, prod_{i=1..m} (1 - q^(n+i)) / (1 - q^i). */
static double *mann_whitney_distribution(size_t n, size_t m) {
    size_t most = n * m;
    double *p = heap_new(most + 1, sizeof *p);
    p[0] = 1;
    for (size_t i = 1; i <= m; i++) {
        for (size_t u = most; u >= n + i && u <= most; u--)
            p[u] -= p[u - n - i];
        for (size_t u = i; u <= most; u++)
            p[u] += p[u - i];
        for (size_t u = 0; u <= most; u++) /* keeps the sum at 1 */
            p[u] *= (double)i / (double)(n + i);
    }
    return p;
}

/* The distribution of a statistic on 0..most, symmetric about its middle. */
struct distribution {
    size_t most;
    double *exact; /* NULL: normal, with `deviation` */
    double deviation;
};

static double lower_tail(const struct distribution *d, size_t at_most) {
    if (!d->exact) {
        double middle = (double)d->most / 2;
        return 0.5 * erfc((middle - 0.5 - (double)at_most) / d->deviation / M_SQRT2);
    }
    double sum = 0;
    for (size_t i = 0; i <= at_most; i++)
        sum += d->exact[i];
    return fmin(fmax(sum, 0), 1);
}

/* The two-sided p-value. `above` of `most` comparisons are above 0; a tie counts one
 * half. */
static double p_value(const struct distribution *d, double above) {
    double smaller = ceil(fmin(above, (double)d->most - above));
    if (2 * smaller >= (double)d->most)
        return 1;
    return fmin(2 * lower_tail(d, (size_t)smaller), 1);
}

/* ---- the tests ---- */

/* `all` has the differences of all comparisons of single values, as many as the statistic
 * can be. Frees them, and the distribution. */
static struct ranktest test(struct distribution *d, double *all) {
    double above = 0;
    for (size_t i = 0; i < d->most; i++)
        above += all[i] > 0 ? 1 : all[i] < 0 ? 0 : 0.5;
    struct ranktest test = {stats_sort(all, d->most), p_value(d, above)};
    free(all);
    free(d->exact);
    return test;
}

int ranktest_paired(const double *differences, size_t n, struct ranktest *ret) {
    if (n == 0 || n > RANKTEST_VALUES_MAX)
        return -EINVAL;
    double size = (double)n;
    struct distribution d = {n * (n + 1) / 2, NULL,
                             sqrt(size * (size + 1) * (2 * size + 1) / 24)};
    if (n <= EXACT_PAIRED)
        d.exact = signed_rank_distribution(n);
    double *averages = heap_new(d.most, sizeof *averages);
    for (size_t i = 0, count = 0; i < n; i++)
        for (size_t k = i; k < n; k++)
            averages[count++] = (differences[i] + differences[k]) / 2;
    *ret = test(&d, averages);
    return 0;
}

int ranktest_unpaired(const double *a, size_t n_a, const double *b, size_t n_b,
                      struct ranktest *ret) {
    if (n_a == 0 || n_b == 0 || n_a > RANKTEST_VALUES_MAX || n_b > RANKTEST_VALUES_MAX)
        return -EINVAL;
    struct distribution d = {n_a * n_b, NULL,
                             sqrt((double)(n_a * n_b) * (double)(n_a + n_b + 1) / 12)};
    if (n_a <= EXACT_SIDE && n_b <= EXACT_SIDE)
        d.exact = mann_whitney_distribution(n_a, n_b);
    double *differences = heap_new(d.most, sizeof *differences);
    for (size_t i = 0, count = 0; i < n_a; i++)
        for (size_t k = 0; k < n_b; k++)
            differences[count++] = b[k] - a[i];
    *ret = test(&d, differences);
    return 0;
}

double ranktest_least_p_paired(size_t n) {
    return n ? fmin(1, pow(0.5, (double)n - 1)) : 1;
}

double ranktest_least_p_unpaired(size_t n_a, size_t n_b) {
    double n = (double)n_a, m = (double)n_b;
    return fmin(1, 2 * exp(lgamma(n + 1) + lgamma(m + 1) - lgamma(n + m + 1)));
}
