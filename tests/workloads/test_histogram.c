/* Log-linear buckets: no number is lost, none is far from where it was put. */
#include "cmocka_all.h"

#include <stdlib.h>

#include "histogram.h"
#include "rng.h"

static struct histogram *histogram;

static int set_up(void **state) {
    (void)state;
    histogram = calloc(1, sizeof *histogram);
    return !histogram;
}

static int tear_down(void **state) {
    (void)state;
    free(histogram);
    return 0;
}

static void small_numbers_are_exact(void **state) {
    (void)state;
    for (uint64_t i = 1; i <= 60; i++)
        histogram_add(histogram, i);
    assert_int_equal(histogram_quantile(histogram, 0.5), 30);
    assert_int_equal(histogram_quantile(histogram, 0.99), 60); /* the 60th of 60 */
    assert_int_equal(histogram_quantile(histogram, 0), 1);
    assert_int_equal(histogram_from(histogram, 0), 60);
    assert_int_equal(histogram_from(histogram, 60), 1);
    assert_int_equal(histogram_from(histogram, 64), 0);
    assert_int_equal(histogram->max, 60);
}

/* One number alone is its own quantile: the bucket's end is cut at the largest. With a
 * larger one beside it, the bucket's end shows, which is at most 1/32 above. */
static void every_magnitude_is_within_a_32nd(void **state) {
    (void)state;
    struct rng rng = {1};
    for (int bits = 1; bits < 40; bits++)
        for (int i = 0; i < 200; i++) {
            uint64_t value = (UINT64_C(1) << bits) + rng_below(&rng, UINT64_C(1) << bits);
            if (value >> 40)
                continue;
            *histogram = (struct histogram){0};
            histogram_add(histogram, value);
            histogram_add(histogram, UINT64_C(1) << 50);
            uint64_t said = histogram_quantile(histogram, 0.5);
            assert_true(said >= value);
            assert_true(said - value <= value / 32);
        }
}

static void beyond_the_range_is_the_largest(void **state) {
    (void)state;
    histogram_add(histogram, UINT64_MAX);
    assert_true(histogram_quantile(histogram, 0.5) == UINT64_MAX);
}

static void none_is_zero(void **state) {
    (void)state;
    assert_int_equal(histogram_quantile(histogram, 0.5), 0);
}

static void merging_adds(void **state) {
    (void)state;
    struct histogram *other = calloc(1, sizeof *other);
    for (int i = 0; i < 99; i++)
        histogram_add(histogram, 10);
    histogram_add(other, 5000);
    histogram_merge(histogram, other);
    assert_int_equal(histogram->total, 100);
    assert_int_equal(histogram_quantile(histogram, 0.99), 10);
    assert_int_equal(histogram_quantile(histogram, 0.999), 5000);
    free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(small_numbers_are_exact),
        TEST(every_magnitude_is_within_a_32nd),
        TEST(beyond_the_range_is_the_largest),
        TEST(none_is_zero),
        TEST(merging_adds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
