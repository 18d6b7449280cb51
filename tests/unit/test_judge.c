/* The one judge: verdicts worked out by hand, and how often it is right about what was
 * made. */
#include "cmocka_all.h"

#include <math.h>

#include "judge.h"
#include "rng.h"

enum { MOST = 64 };

/* Pairs of `ours` with one value that is always the same, by themselves. */
static struct judgement against(const double *ours, double theirs, size_t n) {
    double x[MOST], y[MOST];
    for (size_t i = 0; i < n; i++) {
        x[i] = log(theirs);
        y[i] = log(ours[i]);
    }
    struct judge_sample sample, *alone = &sample;
    assert_int_equal(judge_take(x, n, y, n, true, &sample), 0);
    judge_moderate(&alone, 1);
    return judge_alone(&sample, 0.05);
}

static void verdicts(void **state) {
    (void)state;
    double same[] = {99, 101, 100, 102, 98, 100, 101, 99};
    double better[] = {80, 82, 79, 81, 80, 83, 78, 80};
    double worse[] = {120, 118, 121, 125, 119, 122, 120, 118};
    double wild[] = {80, 130, 95, 108, 90, 120, 99, 104};
    assert_int_equal(against(same, 100, 8).verdict, VERDICT_SAME);
    assert_int_equal(against(better, 100, 8).verdict, VERDICT_BETTER);
    assert_int_equal(against(worse, 100, 8).verdict, VERDICT_WORSE);
    struct judgement open = against(wild, 100, 8);
    assert_int_equal(open.verdict, VERDICT_INCONCLUSIVE);
    assert_true(open.smallest_visible > 0.05);
    assert_true(open.rounds_needed > 8);
}

/* Student's paired t by hand: logarithms of 1.1 and 1.3, mean 0.17884, deviation 0.11812,
 * error 0.08353, t(0.975, 1) = 12.7062. */
static void an_interval_by_hand(void **state) {
    (void)state;
    double two[] = {110, 130};
    struct judgement j = against(two, 100, 2);
    assert_true(fabs(j.ratio - exp(0.178837)) < 1e-5);
    assert_true(fabs(log(j.high) - (0.178837 + 12.7062 * 0.083527)) < 1e-3);
    assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
}

/* One pair says nothing by itself, and with others beside it what they say of noise. */
static void one_pair_leans_on_others(void **state) {
    (void)state;
    double one[] = {150};
    struct judgement j = against(one, 100, 1);
    assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
    assert_true(isinf(j.high) && isinf(j.smallest_visible));
    struct judge_sample samples[5], *all[5];
    struct rng rng;
    rng_seed(&rng, 3);
    for (size_t i = 0; i < 5; i++) {
        double x[6] = {0}, y[6];
        for (size_t k = 0; k < 6; k++)
            y[k] = (double)(rng_next(&rng) >> 11) / (double)(UINT64_C(1) << 53) * 0.02;
        if (i == 0)
            y[0] = log(1.5);
        assert_int_equal(judge_take(x, i ? 6 : 1, y, i ? 6 : 1, true, &samples[i]), 0);
        all[i] = &samples[i];
    }
    judge_moderate(all, 5);
    assert_int_equal(judge_alone(&samples[0], 0.05).verdict, VERDICT_WORSE);
}

/* Five rounds alike and one fifty times as long: the ranks, which could tell from six on,
 * do not say what the mean does. */
static void what_one_round_makes_is_disputed(void **state) {
    (void)state;
    double odd[] = {90, 108, 109, 92, 110, 91, 112, 120, 200, 210};
    struct judge_sample sample, *alone = &sample;
    double x[10] = {0}, y[10];
    for (size_t i = 0; i < 10; i++)
        y[i] = log(odd[i] / 100);
    assert_int_equal(judge_take(x, 10, y, 10, true, &sample), 0);
    judge_moderate(&alone, 1);
    struct judgement j = judge(&sample, 0.01, 0.05, 0.05);
    assert_int_equal(j.verdict, VERDICT_WORSE);
    assert_true(j.disputed);
    double clear[] = {150, 151, 149, 150, 152, 150};
    assert_false(against(clear, 100, 6).disputed);
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
static double share_of(double shift, size_t n, enum verdict wanted) {
    struct rng rng;
    rng_seed(&rng, 99);
    int hits = 0;
    for (int trial = 0; trial < 200; trial++) {
        double ours[MOST], theirs[MOST];
        for (size_t i = 0; i < n; i++) {
            theirs[i] = 1 + 0.02 * noise(&rng);
            ours[i] = (1 + shift) * (1 + 0.02 * noise(&rng)) / theirs[i];
        }
        hits += against(ours, 1, n).verdict == wanted;
    }
    return hits / 200.0;
}

static void false_alarms_are_rare_and_real_changes_found(void **state) {
    (void)state;
    assert_true(share_of(0, 6, VERDICT_WORSE) + share_of(0, 6, VERDICT_BETTER) <= 0.01);
    assert_true(share_of(0, 16, VERDICT_WORSE) + share_of(0, 16, VERDICT_BETTER) <= 0.01);
    assert_true(share_of(0, 16, VERDICT_SAME) >= 0.9);
    assert_true(share_of(0.12, 16, VERDICT_WORSE) >= 0.9);
    assert_true(share_of(-0.12, 16, VERDICT_BETTER) >= 0.9);
    assert_true(share_of(0.12, 16, VERDICT_SAME) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(an_interval_by_hand),
        cmocka_unit_test(one_pair_leans_on_others),
        cmocka_unit_test(what_one_round_makes_is_disputed),
        cmocka_unit_test(false_alarms_are_rare_and_real_changes_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
