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

/*
 * Efron & Tibshirani, An Introduction to the Bootstrap (1993), table 2.1 and chapter 2:
 * the mouse data. The standard error of the median of the 7 treated mice, for infinitely
 * many resamples, is 37.83.
 */
static void bootstrap_of_the_mouse_data(void **state) {
    (void)state;
    double treated[] = {94, 197, 16, 38, 99, 141, 23};
    struct stats_interval interval;
    assert_int_equal(stats_bootstrap_median(treated, 7, 0.95, 1, &interval), 0);
    assert_near(interval.median, 94, 0);
    assert_near(interval.standard_error, 37.83, 1.0);
    /* Exact, from the binomial: P(median* <= 23) = 0.0898 > 0.025 > P(median* <= 16) =
     * 0.0102 */
    assert_near(interval.low, 23, 0);
    assert_near(interval.high, 141, 0);
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

static void bootstrap_is_repeatable(void **state) {
    (void)state;
    double values[] = {1, 5, 2, 8, 3, 9, 4};
    struct stats_interval a, b;
    stats_bootstrap_median(values, 7, 0.95, 42, &a);
    stats_bootstrap_median(values, 7, 0.95, 42, &b);
    assert_memory_equal(&a, &b, sizeof a);
}

static struct stats_comparison compare(const double *ours, double theirs, size_t n) {
    double reference[64];
    for (size_t i = 0; i < n; i++)
        reference[i] = theirs;
    struct stats_comparison comparison;
    assert_int_equal(stats_compare(ours, reference, n, 0.05, 7, &comparison), 0);
    return comparison;
}

static void verdicts(void **state) {
    (void)state;
    double same[] = {99, 101, 100, 102, 98, 100, 101, 99};
    double better[] = {80, 82, 79, 81, 80, 83, 78, 80};
    double worse[] = {120, 118, 121, 125, 119, 122, 120, 118};
    double wild[] = {80, 130, 95, 108, 90, 120, 99, 104};
    assert_int_equal(compare(same, 100, 8).verdict, STATS_SAME);
    assert_int_equal(compare(better, 100, 8).verdict, STATS_BETTER);
    assert_int_equal(compare(worse, 100, 8).verdict, STATS_WORSE);
    struct stats_comparison open = compare(wild, 100, 8);
    assert_int_equal(open.verdict, STATS_INCONCLUSIVE);
    assert_true(open.smallest_visible > 0.05);
    assert_true(open.pairs_needed > 8);
}

static void few_pairs_decide_nothing(void **state) {
    (void)state;
    double worse[] = {150, 151, 149, 150, 150, 150};
    assert_int_equal(compare(worse, 100, 5).verdict, STATS_INCONCLUSIVE);
    assert_int_equal(compare(worse, 100, 6).verdict, STATS_WORSE);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    double one[] = {1}, zero[] = {0};
    struct stats_comparison comparison;
    assert_true(stats_compare(one, one, 0, 0.05, 1, &comparison) < 0);
    assert_true(stats_compare(one, zero, 1, 0.05, 1, &comparison) < 0);
    assert_true(stats_compare(one, one, 1, 0, 1, &comparison) < 0);
}

/* Roughly normal: the sum of twelve uniform numbers, less six (variance 1). */
static double noise(struct rng *rng) {
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += (double)(rng_next(rng) >> 11) / (double)(UINT64_C(1) << 53);
    return sum;
}

/* The share of 200 comparisons of `n` pairs with 2 % of noise on either side that is
 * `wanted`, for a shift. */
static double share_of(double shift, size_t n, enum stats_verdict wanted) {
    struct rng rng;
    rng_seed(&rng, 99);
    int hits = 0;
    for (int trial = 0; trial < 200; trial++) {
        double ours[64], theirs[64];
        struct stats_comparison comparison;
        for (size_t i = 0; i < n; i++) {
            theirs[i] = 100 * (1 + 0.02 * noise(&rng));
            ours[i] = 100 * (1 + shift) * (1 + 0.02 * noise(&rng));
        }
        assert_int_equal(
            stats_compare(ours, theirs, n, 0.05, (uint64_t)trial, &comparison), 0);
        hits += comparison.verdict == wanted;
    }
    return hits / 200.0;
}

static void false_alarms_are_rare_and_real_changes_found(void **state) {
    (void)state;
    assert_true(share_of(0, 6, STATS_WORSE) + share_of(0, 6, STATS_BETTER) <= 0.01);
    assert_true(share_of(0, 16, STATS_WORSE) + share_of(0, 16, STATS_BETTER) <= 0.01);
    assert_true(share_of(0, 16, STATS_SAME) >= 0.9);
    assert_true(share_of(0.12, 16, STATS_WORSE) >= 0.9);
    assert_true(share_of(-0.12, 16, STATS_BETTER) >= 0.9);
    assert_true(share_of(0.12, 16, STATS_SAME) == 0);
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
        cmocka_unit_test(bootstrap_of_the_mouse_data),
        cmocka_unit_test(exact_interval_of_the_median),
        cmocka_unit_test(bootstrap_is_repeatable),
        cmocka_unit_test(spearmans_rho),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(few_pairs_decide_nothing),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(false_alarms_are_rare_and_real_changes_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
