/* Student's t against published values, and moderation against variances of a known law.
 */
#include "cmocka_all.h"

#include <math.h>

#include "rng.h"
#include "student.h"

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.9g is not within %g of %.9g", value, tolerance, expected);
}

/* Abramowitz & Stegun, table 26.10: percentage points of the t distribution. */
static void published_points(void **state) {
    (void)state;
    assert_near(student_quantile(0.05, 1), 12.706, 5e-4);
    assert_near(student_quantile(0.05, 10), 2.228, 5e-4);
    assert_near(student_quantile(0.001, 5), 6.869, 5e-4);
    assert_near(student_quantile(0.01, 60), 2.660, 5e-4);
    assert_near(student_quantile(0.05, INFINITY), 1.960, 5e-4);
    assert_near(student_p(2.228139, 10), 0.05, 1e-7);
    assert_near(student_p(0, 7), 1, 1e-12);
    assert_near(student_p(-3, 4), student_p(3, 4), 1e-15);
}

/* Far out p is a small number and not 0: with 2 degrees of freedom it is known in closed
 * form, 1 - t / sqrt(2 + t^2), which is 1 / t^2 for a large t. */
static void far_tails_are_kept(void **state) {
    (void)state;
    assert_near(student_p(1e5, 2) * 1e10, 1, 1e-6);
    assert_true(student_p(70, 10) < 1e-13 && student_p(70, 10) > 1e-16);
    assert_near(student_p(3, 9999) / student_p(3, 10001), 1, 2e-2);
}

static double normal(struct rng *rng) {
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += (double)rng_below(rng, 1u << 30) / (1u << 30);
    return sum;
}

static double chi_squared(struct rng *rng, unsigned df) {
    double sum = 0;
    for (unsigned i = 0; i < df; i++) {
        double x = normal(rng);
        sum += x * x;
    }
    return sum;
}

enum { SAMPLES = 4000 };

/* Cells whose true variances scatter as the model has it: 6 degrees of freedom about
 * 0.01. Both are found again. */
static void prior_is_found(void **state) {
    (void)state;
    static double variances[SAMPLES], df[SAMPLES];
    struct rng rng;
    rng_seed(&rng, 3);
    for (int i = 0; i < SAMPLES; i++) {
        double truth = 0.01 * 6 / chi_squared(&rng, 6);
        df[i] = 10;
        variances[i] = truth * chi_squared(&rng, 10) / 10;
    }
    struct student_prior prior = student_fit(variances, df, SAMPLES);
    assert_near(prior.variance, 0.01, 0.001);
    assert_near(prior.df, 6, 1);
}

/* Cells of one true variance: all that they differ by is chance, and they get the same.
 */
static void equal_variances_are_pooled(void **state) {
    (void)state;
    static double variances[SAMPLES], df[SAMPLES];
    struct rng rng;
    rng_seed(&rng, 4);
    for (int i = 0; i < SAMPLES; i++) {
        df[i] = 5;
        variances[i] = 0.04 * chi_squared(&rng, 5) / 5;
    }
    struct student_prior prior = student_fit(variances, df, SAMPLES);
    assert_true(prior.df > 100);
    assert_near(prior.variance, 0.04, 0.004);
    assert_near(student_moderate(&prior, 0.4, 5), 0.04, 0.02);
}

static void few_samples_have_no_prior(void **state) {
    (void)state;
    double variances[] = {1, 2}, df[] = {5, 5};
    struct student_prior prior = student_fit(variances, df, 2);
    assert_near(prior.df, 0, 0);
    assert_near(student_moderate(&prior, 2, 5), 2, 1e-12);
    assert_true(isnan(student_moderate(&prior, 0, 0)));
}

/*
 * What it is for: six values a side of many cells with no difference. p <= 0.01 is as
 * rare as it says, with the prior that these cells have, also where each cell's own
 * variance says little.
 */
static void false_alarms_are_as_rare_as_told(void **state) {
    (void)state;
    static double variances[SAMPLES], df[SAMPLES], differences[SAMPLES];
    struct rng rng;
    rng_seed(&rng, 5);
    for (int i = 0; i < SAMPLES; i++) {
        double deviation = sqrt(0.01 * 4 / chi_squared(&rng, 4)), value[2][3];
        double mean[2] = {0}, squares = 0;
        for (int side = 0; side < 2; side++)
            for (int k = 0; k < 3; k++)
                mean[side] += (value[side][k] = deviation * normal(&rng)) / 3;
        for (int side = 0; side < 2; side++)
            for (int k = 0; k < 3; k++)
                squares += (value[side][k] - mean[side]) * (value[side][k] - mean[side]);
        df[i] = 4;
        variances[i] = squares / 4;
        differences[i] = mean[1] - mean[0];
    }
    struct student_prior prior = student_fit(variances, df, SAMPLES);
    int alarms = 0;
    for (int i = 0; i < SAMPLES; i++) {
        double error = sqrt(student_moderate(&prior, variances[i], 4) * 2 / 3);
        alarms += student_p(differences[i] / error, 4 + prior.df) <= 0.01;
    }
    assert_in_range(alarms, SAMPLES / 200, SAMPLES / 60); /* 0.5 % to 1.7 % */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_points),
        cmocka_unit_test(far_tails_are_kept),
        cmocka_unit_test(prior_is_found),
        cmocka_unit_test(equal_variances_are_pooled),
        cmocka_unit_test(few_samples_have_no_prior),
        cmocka_unit_test(false_alarms_are_as_rare_as_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
