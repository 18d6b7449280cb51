/*
 * The statistics against published values, and the verdicts against what they promise,
 * planted differences included.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <math.h>

#include "rng.h"
#include "stats.h"

static void assert_near(double value, double expected, double tolerance) {
    if (fabs(value - expected) > tolerance)
        fail_msg("%.6f is not within %g of %.6f", value, tolerance, expected);
}

static void median_and_mad(void **state) {
    (void)state;
    /* R: median(c(1, 2, 3, 4, 100)) is 3, mad() is 1.4826 */
    double odd[] = {100, 2, 3, 1, 4};
    assert_near(stats_median(odd, 5), 3, 0);
    assert_near(stats_mad(odd, 5), 1.4826, 1e-12);
    double even[] = {4, 1, 3, 2};
    assert_near(stats_median(even, 4), 2.5, 0);
    assert_near(odd[0], 100, 0); /* left in place */
}

static void outliers_by_modified_z_score(void **state) {
    (void)state;
    /* 0.6745 * |100 - 3| / 1 = 65, beyond 3.5 */
    double with[] = {1, 2, 3, 4, 100}, without[] = {1, 2, 3, 4, 5}, flat[] = {7, 7, 7, 9};
    assert_int_equal(stats_outliers(with, 5), 1);
    assert_int_equal(stats_outliers(without, 5), 0);
    assert_int_equal(stats_outliers(flat, 4), 0); /* MAD 0: no scale to judge by */
}

/* Ranks from the table of the binomial distribution, as in Conover's: n, k of a 95 %
 * interval. */
static void exact_interval_of_the_median(void **state) {
    (void)state;
    static const size_t cases[][2] = {{5, 1},  {6, 1},  {8, 1},  {9, 2},
                                      {10, 2}, {12, 3}, {16, 4}, {20, 6}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        size_t n = cases[c][0], k = cases[c][1];
        double values[20], low, high;
        for (size_t i = 0; i < n; i++)
            values[i] = (double)(n - i); /* n .. 1 */
        stats_order_interval(values, n, 0.95, &low, &high);
        assert_near(low, (double)k, 0);
        assert_near(high, (double)(n - k + 1), 0);
    }
}

/* The example of Wikipedia's "Spearman's rank correlation coefficient": IQ and hours of
 * television, rho = -29/165. */
static void spearmans_rho(void **state) {
    (void)state;
    static const double iq[] = {106, 100, 86, 101, 99, 103, 97, 113, 112, 110};
    static const double tv[] = {7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
    static const double up[] = {1, 2, 3, 4}, down[] = {9, 7, 5, -1};
    static const double tied[] = {1, 2, 2, 4}, equal[] = {5, 5, 5, 5};
    double rho;
    assert_int_equal(stats_spearman(iq, tv, 10, &rho), 0);
    assert_true(fabs(rho + 29.0 / 165) < 1e-12);
    assert_int_equal(stats_spearman(up, down, 4, &rho), 0);
    assert_true(fabs(rho + 1) < 1e-12);
    assert_int_equal(stats_spearman(up, tied, 4, &rho), 0); /* 4.5 / sqrt(5 * 4.5) */
    assert_true(fabs(rho - sqrt(0.9)) < 1e-12);
    rho = 42;
    assert_int_equal(stats_spearman(up, equal, 4, &rho), -EINVAL);
    assert_int_equal(stats_spearman(up, down, 2, &rho), -EINVAL);
    assert_true(rho == 42);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_and_mad),
        cmocka_unit_test(outliers_by_modified_z_score),
        cmocka_unit_test(exact_interval_of_the_median),
        cmocka_unit_test(spearmans_rho),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
