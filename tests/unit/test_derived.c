/* The derived measures, by examples that were worked out by hand. */
#include "cmocka_all.h"

#include <math.h>

#include "curve.h"
#include "ratchet.h"
#include "wake.h"

static void a_curve_that_comes_back(void **state) {
    (void)state;
    /* floor 100: excess 200, 150, 100, 10, -5 */
    static const struct curve_point points[] = {
        {0, 300}, {1, 250}, {2, 200}, {4, 110}, {6, 95}};
    struct curve c = curve_of(points, 5, 300, 100);
    assert_true(c.t50_s == 2); /* 100 of 200 are gone */
    assert_true(c.t90_s == 4); /* 190 of 200 are */
    assert_true(c.residual_bytes == -5);
    /* 1*(200+150)/2 + 1*(150+100)/2 + 2*(100+10)/2 + 2*(10+0)/2 */
    assert_true(c.area_byte_s == 175 + 125 + 110 + 10);
}

static void a_curve_that_stays(void **state) {
    (void)state;
    static const struct curve_point points[] = {{0, 300}, {10, 300}};
    struct curve c = curve_of(points, 2, 300, 100);
    assert_true(isinf(c.t50_s));
    assert_true(isinf(c.t90_s));
    assert_true(c.residual_bytes == 200);
    assert_true(c.area_byte_s == 2000);
}

static void what_a_call_gave_back_before_the_first_sample_counts(void **state) {
    (void)state;
    static const struct curve_point points[] = {{0, 110}, {10, 110}};
    struct curve c = curve_of(points, 2, 300, 100);
    assert_true(c.t90_s == 0); /* 190 of 200 are gone at once */
    assert_true(c.area_byte_s == 100);
}

static void a_curve_with_nothing_to_give_back(void **state) {
    (void)state;
    static const struct curve_point points[] = {{0, 90}, {10, 90}};
    struct curve c = curve_of(points, 2, 90, 100);
    assert_true(c.t50_s == 0);
    assert_true(c.area_byte_s == 0);
}

static void the_first_build_is_neither_warm_nor_woken(void **state) {
    (void)state;
    static const struct wake_build builds[] = {
        {900, 9000, 0},  /* the first: cold */
        {100, 10, 0},    /* warm */
        {110, 12, 0},    /* warm */
        {150, 500, 300}, /* after a gap */
        {120, 14, 0},    /* warm */
        {170, 700, 300}, /* after a gap */
    };
    struct wake wake;
    assert_true(wake_of(builds, 6, &wake));
    assert_true(wake.penalty == 160.0 / 110); /* medians of 150, 170 and of 100..120 */
    assert_true(wake.faults == 600 - 12);
}

static void no_gap_is_no_wake(void **state) {
    (void)state;
    static const struct wake_build builds[] = {{900, 9, 0}, {100, 1, 0}, {150, 5, 300}};
    struct wake wake = {-1, -1};
    assert_false(wake_of(builds, 2, &wake));
    assert_false(wake_of(builds, 0, &wake));
    assert_true(wake.penalty == -1);
    assert_true(wake_of(builds, 3, &wake));
}

static void one_strange_gap_does_not_bend_the_slope(void **state) {
    (void)state;
    static const struct ratchet_point points[] = {
        {1, 100}, {2, 110}, {3, 120}, {4, 500}, {5, 140}};
    double slope;
    assert_true(ratchet_of(points, 5, &slope));
    assert_true(slope == 10);
    assert_false(ratchet_of(points, 1, &slope));
    static const struct ratchet_point same[] = {{2, 100}, {2, 110}};
    assert_false(ratchet_of(same, 2, &slope));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_curve_that_comes_back),
        cmocka_unit_test(a_curve_that_stays),
        cmocka_unit_test(what_a_call_gave_back_before_the_first_sample_counts),
        cmocka_unit_test(a_curve_with_nothing_to_give_back),
        cmocka_unit_test(the_first_build_is_neither_warm_nor_woken),
        cmocka_unit_test(no_gap_is_no_wake),
        cmocka_unit_test(one_strange_gap_does_not_bend_the_slope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
