/* The derived measures, by examples that were worked out by hand. */
#include "cmocka_all.h"

#include <math.h>

#include "reading.h"

/* A reading with samples, a footprint at the end of the work, and a floor of 100. */
static struct reading with_samples(const struct reading_sample *samples, size_t n,
                                   double end) {
    struct reading r = {.samples = (struct reading_sample *)samples, .sample_count = n};
    r.at[MEASURE_END] = end;
    r.at[MEASURE_BASELINE] = 30;
    r.at[MEASURE_FLOOR] = 70;
    return r;
}

static void a_curve_that_comes_back(void **state) {
    (void)state;
    /* floor 100: excess 200, 150, 100, 10, -5 */
    static const struct reading_sample samples[] = {
        {0, 0, 300}, {1000, 1, 250}, {2000, 2, 200}, {4000, 4, 110}, {6000, 6, 95}};
    struct reading r = with_samples(samples, 5, 300);
    assert_true(reading_t50(&r) == 2); /* 100 of 200 are gone */
    assert_true(reading_t90(&r) == 4); /* 190 of 200 are */
    assert_true(reading_residual(&r) == -5);
    /* 1*(200+150)/2 + 1*(150+100)/2 + 2*(100+10)/2 + 2*(10+0)/2 */
    assert_true(reading_area(&r) == 175 + 125 + 110 + 10);
}

static void a_curve_that_stays(void **state) {
    (void)state;
    static const struct reading_sample samples[] = {{0, 0, 300}, {10000, 10, 300}};
    struct reading r = with_samples(samples, 2, 300);
    assert_true(isinf(reading_t50(&r)));
    assert_true(isinf(reading_t90(&r)));
    assert_true(reading_residual(&r) == 200);
    assert_true(reading_area(&r) == 2000);
}

static void what_a_call_gave_back_before_the_first_sample_counts(void **state) {
    (void)state;
    static const struct reading_sample samples[] = {{0, 0, 110}, {10000, 10, 110}};
    struct reading r = with_samples(samples, 2, 300);
    assert_true(reading_t90(&r) == 0); /* 190 of 200 are gone at once */
    assert_true(reading_area(&r) == 100);
}

static void a_curve_with_nothing_to_give_back(void **state) {
    (void)state;
    static const struct reading_sample samples[] = {{0, 0, 90}, {10000, 10, 90}};
    struct reading r = with_samples(samples, 2, 90);
    assert_true(reading_t50(&r) == 0);
    assert_true(reading_area(&r) == 0);
}

static void an_unreadable_value_leaves_no_figure(void **state) {
    (void)state;
    static const struct reading_sample samples[] = {
        {0, 0, 300}, {1000, 1, NAN}, {2000, 2, 110}};
    struct reading r = with_samples(samples, 3, 300);
    assert_true(isnan(reading_t50(&r)) && isnan(reading_t90(&r)));
    assert_true(isnan(reading_area(&r)));
    static struct reading_gap gaps[] = {{1, 0, 0, 100}, {2, 0, 0, NAN}, {3, 0, 0, 120}};
    static struct reading_build builds[] = {
        {900, 9, 0}, {100, 1, 0}, {NAN, NAN, 0}, {150, 5, 300}};
    r = (struct reading){
        .gaps = gaps, .gap_count = 3, .builds = builds, .build_count = 4};
    assert_true(isnan(reading_ratchet(&r)));
    assert_true(isnan(reading_wake_penalty(&r)) && isnan(reading_wake_faults(&r)));
}

static void without_samples_or_a_floor_there_is_no_curve(void **state) {
    (void)state;
    static const struct reading_sample samples[] = {{0, 0, 90}, {10000, 10, 90}};
    struct reading none = with_samples(samples, 0, 90);
    struct reading floorless = with_samples(samples, 2, 90);
    floorless.at[MEASURE_FLOOR] = NAN;
    assert_true(isnan(reading_t50(&none)) && isnan(reading_t50(&floorless)));
    assert_true(isnan(reading_residual(&none)) && isnan(reading_residual(&floorless)));
    assert_true(isnan(reading_area(&none)) && isnan(reading_area(&floorless)));
}

static void the_first_build_is_neither_warm_nor_woken(void **state) {
    (void)state;
    static struct reading_build builds[] = {
        {900, 9000, 0},  /* the first: cold */
        {100, 10, 0},    /* warm */
        {110, 12, 0},    /* warm */
        {150, 500, 300}, /* after a gap */
        {120, 14, 0},    /* warm */
        {170, 700, 300}, /* after a gap */
    };
    struct reading r = {.builds = builds, .build_count = 6};
    /* medians of 150, 170 and of 100..120 */
    assert_true(reading_wake_penalty(&r) == 160.0 / 110);
    assert_true(reading_wake_faults(&r) == 600 - 12);
}

static void no_gap_is_no_wake(void **state) {
    (void)state;
    static struct reading_build builds[] = {{900, 9, 0}, {100, 1, 0}, {150, 5, 300}};
    struct reading r = {.builds = builds, .build_count = 2};
    assert_true(isnan(reading_wake_penalty(&r)) && isnan(reading_wake_faults(&r)));
    r.build_count = 0;
    assert_true(isnan(reading_wake_penalty(&r)) && isnan(reading_wake_faults(&r)));
    r.build_count = 3;
    assert_true(reading_wake_penalty(&r) == 1.5);
}

static void one_strange_gap_does_not_bend_the_slope(void **state) {
    (void)state;
    static struct reading_gap gaps[] = {
        {1, 0, 0, 100}, {2, 0, 0, 110}, {3, 0, 0, 120}, {4, 0, 0, 500}, {5, 0, 0, 140}};
    struct reading r = {.gaps = gaps, .gap_count = 5};
    assert_true(reading_ratchet(&r) == 10);
    r.gap_count = 1;
    assert_true(isnan(reading_ratchet(&r)));
    static struct reading_gap same[] = {{2, 0, 0, 100}, {2, 0, 0, 110}};
    r = (struct reading){.gaps = same, .gap_count = 2};
    assert_true(isnan(reading_ratchet(&r)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_curve_that_comes_back),
        cmocka_unit_test(a_curve_that_stays),
        cmocka_unit_test(what_a_call_gave_back_before_the_first_sample_counts),
        cmocka_unit_test(a_curve_with_nothing_to_give_back),
        cmocka_unit_test(an_unreadable_value_leaves_no_figure),
        cmocka_unit_test(without_samples_or_a_floor_there_is_no_curve),
        cmocka_unit_test(the_first_build_is_neither_warm_nor_woken),
        cmocka_unit_test(no_gap_is_no_wake),
        cmocka_unit_test(one_strange_gap_does_not_bend_the_slope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
