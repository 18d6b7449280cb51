/* Change points: planted ones are found where they are, and noise has few. */
#include "cmocka_all.h"

#include "changepoint.h"
#include "rng.h"

/* Roughly normal: the sum of twelve uniform numbers, less six (variance 1). */
static double noise(struct rng *rng) {
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += (double)(rng_next(rng) >> 11) / (double)(UINT64_C(1) << 53);
    return sum;
}

static void a_step_is_found(void **state) {
    (void)state;
    struct rng rng;
    rng_seed(&rng, 5);
    double values[40];
    for (int i = 0; i < 40; i++)
        values[i] = (i < 25 ? 100 : 106) + noise(&rng);
    struct changepoint points[CHANGEPOINTS_MAX];
    size_t count;
    count = changepoint_find(values, 40, 3, 0.01, 1, points);
    assert_int_equal(count, 1);
    assert_int_equal(points[0].first, 25);
    assert_true(points[0].p <= 0.01);
}

static void two_steps_are_told_in_order(void **state) {
    (void)state;
    struct rng rng;
    rng_seed(&rng, 6);
    double values[60];
    for (int i = 0; i < 60; i++)
        values[i] = (i < 20 ? 100 : i < 45 ? 110 : 103) + noise(&rng);
    struct changepoint points[CHANGEPOINTS_MAX];
    size_t count;
    count = changepoint_find(values, 60, 3, 0.01, 1, points);
    assert_int_equal(count, 2);
    assert_int_equal(points[0].first, 20);
    assert_int_equal(points[1].first, 45);
}

/* A single wild night is no change of level. */
static void an_outlier_is_no_change(void **state) {
    (void)state;
    struct rng rng;
    rng_seed(&rng, 7);
    double values[30];
    for (int i = 0; i < 30; i++)
        values[i] = (i == 12 ? 140 : 100) + noise(&rng);
    struct changepoint points[CHANGEPOINTS_MAX];
    size_t count;
    count = changepoint_find(values, 30, 3, 0.01, 1, points);
    assert_int_equal(count, 0);
}

static void noise_has_few(void **state) {
    (void)state;
    struct rng rng;
    rng_seed(&rng, 8);
    size_t alarms = 0, count;
    for (int trial = 0; trial < 100; trial++) {
        double values[20];
        for (int i = 0; i < 20; i++)
            values[i] = 100 + noise(&rng);
        struct changepoint points[CHANGEPOINTS_MAX];
        count = changepoint_find(values, 20, 3, 0.05, (uint64_t)trial, points);
        alarms += count > 0;
    }
    /* 5 % of 100 are expected; 11 or more would happen by chance in 1 of 90 */
    assert_in_range(alarms, 0, 10);
}

static void too_little_to_split(void **state) {
    (void)state;
    double values[] = {1, 1, 5, 5}, flat[] = {2, 2, 2, 2, 2, 2, 2, 2};
    struct changepoint points[CHANGEPOINTS_MAX];
    size_t count = 9;
    count = changepoint_find(values, 4, 3, 0.05, 1, points);
    assert_int_equal(count, 0);
    count = changepoint_find(values, 0, 3, 0.05, 1, points);
    assert_int_equal(count, 0);
    count = changepoint_find(flat, 8, 3, 0.05, 1, points);
    assert_int_equal(count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_found),
        cmocka_unit_test(two_steps_are_told_in_order),
        cmocka_unit_test(an_outlier_is_no_change),
        cmocka_unit_test(noise_has_few),
        cmocka_unit_test(too_little_to_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
