/* The rank tests against published tables and against what they promise. */
#include "cmocka_all.h"

#include <math.h>

#include "ranktest.h"

static void assert_near(double value, double expected, double tolerance) {
    if (fabs(value - expected) > tolerance)
        fail_msg("%.6f is not within %g of %.6f", value, tolerance, expected);
}

/*
 * Hollander & Wolfe, Hamilton depression scores before and after a tranquilizer (table
 * 3.1, also R's wilcox.test example): V = 40 of 45, two-sided p 0.0390625, estimate of
 * before - after 0.46.
 */
static void depression_scores(void **state) {
    (void)state;
    double difference[] = {1.83 - 0.878, 0.50 - 0.647, 1.62 - 0.598,
                           2.48 - 2.05,  1.68 - 1.06,  1.88 - 1.29,
                           1.55 - 1.06,  3.06 - 3.14,  1.30 - 1.29};
    struct ranktest test;
    assert_int_equal(ranktest_paired(difference, 9, &test), 0);
    assert_near(test.p, 0.0390625, 1e-9);
    assert_near(test.estimate, 0.46, 1e-9);
}

/*
 * Hollander & Wolfe, permeability constants of the amnion (table 4.1, also R's
 * wilcox.test example): W = 35, two-sided p 0.2544, R's estimate 0.305.
 */
static void permeability(void **state) {
    (void)state;
    double term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
    double weeks[] = {1.15, 0.88, 0.90, 0.74, 1.21};
    struct ranktest test;
    assert_int_equal(ranktest_unpaired(weeks, 5, term, 10, &test), 0);
    assert_near(test.p, 0.2544, 0.0001);
    assert_near(test.estimate, 0.305, 1e-9);
}

static void few_values_have_no_small_p(void **state) {
    (void)state;
    double up[] = {0.5, 0.6, 0.7, 0.8, 0.9, 1.0};
    struct ranktest test;
    assert_int_equal(ranktest_paired(up, 5, &test), 0);
    assert_near(test.p, 2 / 32.0, 1e-12);
    assert_int_equal(ranktest_paired(up, 6, &test), 0);
    assert_near(test.p, ranktest_least_p_paired(6), 1e-12);
    assert_near(ranktest_least_p_unpaired(3, 3), 0.1, 1e-9);
}

/* Figures that do not vary at all, as memory sometimes does not. */
static void ties_are_no_difference(void **state) {
    (void)state;
    double zeros[12] = {0}, same[12];
    for (int i = 0; i < 12; i++)
        same[i] = 3;
    struct ranktest test;
    assert_int_equal(ranktest_paired(zeros, 12, &test), 0);
    assert_near(test.p, 1, 0);
    assert_near(test.estimate, 0, 0);
    assert_int_equal(ranktest_unpaired(same, 12, same, 12, &test), 0);
    assert_near(test.p, 1, 0);
    assert_near(test.estimate, 0, 0);
}

/* Either side of where the normal approximation takes over. */
static void approximation_joins_the_exact(void **state) {
    (void)state;
    double values[201];
    for (int i = 0; i < 201; i++)
        values[i] = ((i * 37) % 101 - 42) / 100.0;
    struct ranktest exact, normal;
    assert_int_equal(ranktest_paired(values, 200, &exact), 0);
    assert_int_equal(ranktest_paired(values, 201, &normal), 0);
    assert_true(exact.p > 0 && exact.p < 1);
    assert_true(fabs(log(exact.p / normal.p)) < 0.35);
    assert_int_equal(ranktest_unpaired(values, 40, values + 60, 40, &exact), 0);
    assert_int_equal(ranktest_unpaired(values, 41, values + 60, 40, &normal), 0);
    assert_true(fabs(log(exact.p / normal.p)) < 0.35);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depression_scores),
        cmocka_unit_test(permeability),
        cmocka_unit_test(few_values_have_no_small_p),
        cmocka_unit_test(ties_are_no_difference),
        cmocka_unit_test(approximation_joins_the_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
