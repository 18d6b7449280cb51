/* What is said of a public claim, by figures worked out by hand. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "claims.h"
#include "form.h"
#include "result.h"
#include "units.h"

enum { ROUNDS = 6 };

static const struct claim half = {"half", "here",    CLAIM_RATIO, 0.5, "w",
                                  4,      IDLE_DEAD, "a",         "b", MEASURE_FOOTPRINT};
static const struct claim hundred = {
    "100 MiB", "here",    CLAIM_BYTES, 100 * MIB, "w",
    4,         IDLE_DEAD, "a",         "",        MEASURE_FOOTPRINT};
static const struct claim quarter_left = {
    "75 % returned",  "here", CLAIM_LEFT, 0.25, "w", 4, IDLE_DEAD, "a", "",
    MEASURE_FOOTPRINT};
static const struct claim doubled = {"x 2", "here",    CLAIM_GROWTH, 2,  "w",
                                     4,     IDLE_DEAD, "a",          "", MEASURE_GROWTH};

static struct result *result;

static int set_up(void **state) {
    (void)state;
    result = calloc(1, sizeof *result);
    result->plan.memory_rounds = ROUNDS;
    result->plan.thread_counts = result->plan.workload_count = 1;
    result->plan.threads[0] = 4;
    result->plan.drivers[IDLE_DEAD] = true;
    strcpy(result->plan.workloads[0].name, "w");
    result->plan.variants.count = 2;
    strcpy(result->plan.variants.at[0].name, "a");
    strcpy(result->plan.variants.at[1].name, "b");
    result->root = json_array();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    result_finish(result);
    free(result);
    return 0;
}

static json_t *memory_of(double mib) {
    return json_pack("{s:f}", "footprint", mib * MIB);
}

/* A round of a variant: baseline 2 MiB, peak 400, one gap of 50 and one of 120. */
static void add(const char *variant, unsigned round, double idle_mib) {
    char key[128];
    snprintf(key, sizeof key, "memory/%u/w/%s/4/dead", round, variant);
    json_t *start = json_pack("{s:s, s:o}", "name", "start", "memory", memory_of(2));
    json_t *gaps = json_pack("[{s:i, s:o}, {s:i, s:o}]", "n", 1, "memory", memory_of(50),
                             "n", 2, "memory", memory_of(120));
    json_array_append_new(result->root,
                          json_pack("{s:s, s:s, s:[o], s:[o], s:f, s:o}", "key", key,
                                    "status", "ok", "checkpoints", start, "samples",
                                    memory_of(idle_mib), "peak_footprint", 400 * MIB,
                                    "gaps", gaps));
}

static void effects_are_judged_in_logarithms(void **state) {
    (void)state;
    assert_int_equal(claim_judge(&half, 0.5), CLAIM_YES);
    assert_int_equal(claim_judge(&half, 0.3), CLAIM_YES);  /* more than claimed */
    assert_int_equal(claim_judge(&half, 0.59), CLAIM_YES); /* 2^-0.76 */
    assert_int_equal(claim_judge(&half, 0.60), CLAIM_IN_PART);
    assert_int_equal(claim_judge(&half, 0.84), CLAIM_IN_PART); /* 2^-0.252 */
    assert_int_equal(claim_judge(&half, 0.85), CLAIM_NO);
    assert_int_equal(claim_judge(&half, 2), CLAIM_NO); /* the other way round */
    assert_int_equal(claim_judge(&doubled, 1.7), CLAIM_YES);
    assert_int_equal(claim_judge(&doubled, 1.6), CLAIM_IN_PART);
    assert_int_equal(claim_judge(&doubled, 0.5), CLAIM_NO);
}

static void bytes_are_judged_by_their_distance(void **state) {
    (void)state;
    assert_int_equal(claim_judge(&hundred, 76 * MIB), CLAIM_YES);
    assert_int_equal(claim_judge(&hundred, 124 * MIB), CLAIM_YES);
    assert_int_equal(claim_judge(&hundred, 74 * MIB), CLAIM_IN_PART);
    assert_int_equal(claim_judge(&hundred, 149 * MIB), CLAIM_IN_PART);
    assert_int_equal(claim_judge(&hundred, 151 * MIB), CLAIM_NO);
    assert_int_equal(claim_judge(&hundred, 0), CLAIM_NO);
}

static void pairs_are_made_within_rounds(void **state) {
    (void)state;
    struct claim_outcome outcome;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        add("a", round, 50 * round);
        add("b", round, 100 * round);
    }
    result_parse(result, result->root);
    claim_evaluate(&half, result, &outcome);
    assert_int_equal(outcome.rounds, ROUNDS);
    assert_true(outcome.measured == 0.5 && outcome.low == 0.5 && outcome.high == 0.5);
    assert_int_equal(outcome.worst, CLAIM_YES);
    assert_int_equal(outcome.best, CLAIM_YES);
}

static void rounds_that_do_not_decide_are_told(void **state) {
    (void)state;
    static const double idle[ROUNDS] = {50, 52, 50, 51, 50, 130};
    struct claim_outcome outcome;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        add("a", round, idle[round - 1]);
        add("b", round, 100);
    }
    result_parse(result, result->root);
    claim_evaluate(&half, result, &outcome);
    assert_int_equal(outcome.worst, CLAIM_NO);
    assert_int_equal(outcome.best, CLAIM_YES);
}

/* Both ends are far from the claim, and the claim lies between them. */
static void an_interval_around_the_claim_does_not_decide(void **state) {
    (void)state;
    struct claim_outcome outcome;
    for (unsigned round = 1; round <= ROUNDS; round++)
        add("a", round, 30 * round); /* 100 MiB were claimed */
    result_parse(result, result->root);
    claim_evaluate(&hundred, result, &outcome);
    assert_int_equal(claim_judge(&hundred, outcome.low), CLAIM_NO);
    assert_int_equal(claim_judge(&hundred, outcome.high), CLAIM_NO);
    assert_int_equal(outcome.worst, CLAIM_NO);
    assert_int_equal(outcome.best, CLAIM_YES);
}

static void each_kind_measures_its_own(void **state) {
    (void)state;
    struct claim_outcome outcome;
    add("a", 1, 102);
    result_parse(result, result->root);
    claim_evaluate(&hundred, result, &outcome); /* without the baseline */
    assert_true(outcome.rounds == 1 && outcome.measured == 100 * MIB);
    claim_evaluate(&quarter_left, result, &outcome);
    assert_true(outcome.measured == 102.0 / 400);
    assert_int_equal(outcome.worst, CLAIM_YES);
    claim_evaluate(&doubled, result, &outcome);
    assert_true(outcome.measured == 2.4);
}

static void what_was_not_measured_is_no_verdict(void **state) {
    (void)state;
    struct claim_outcome outcome;
    result_parse(result, result->root);
    claim_evaluate(&half, result, &outcome);
    assert_int_equal(outcome.rounds, 0);
    add("a", 1, 50); /* without its reference */
    json_t *records = json_incref(result->root);
    struct plan plan = result->plan;
    result_finish(result);
    *result = (struct result){.root = records, .plan = plan};
    result_parse(result, result->root);
    claim_evaluate(&half, result, &outcome);
    assert_int_equal(outcome.rounds, 0);
    struct claim elsewhere = hundred;
    elsewhere.threads = 8;
    claim_evaluate(&elsewhere, result, &outcome);
    assert_int_equal(outcome.rounds, 0);
}

static void the_table_is_sound(void **state) {
    (void)state;
    assert_true(claims_count > 0);
    for (size_t i = 0; i < claims_count; i++) {
        const struct claim *claim = &claims[i];
        assert_true(claim->claimed > 0 && *claim->text && *claim->where);
        assert_int_equal(*claim->reference != 0, claim->kind == CLAIM_RATIO);
        /* The claimed value itself must hold, and no effect at all must not. */
        assert_int_equal(claim_judge(claim, claim->claimed), CLAIM_YES);
        assert_int_equal(claim_judge(claim, 1), /* a byte, or nothing changed */
                         CLAIM_NO);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(effects_are_judged_in_logarithms),
        TEST(bytes_are_judged_by_their_distance),
        TEST(pairs_are_made_within_rounds),
        TEST(rounds_that_do_not_decide_are_told),
        TEST(an_interval_around_the_claim_does_not_decide),
        TEST(each_kind_measures_its_own),
        TEST(what_was_not_measured_is_no_verdict),
        TEST(the_table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
