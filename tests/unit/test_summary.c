/* From raw records to medians, decomposition and verdicts: by figures worked out by hand.
 */
#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "autorounds.h"
#include "reason.h"
#include "report.h"
#include "summary.h"

enum { ROUNDS = 6 };

static struct result *result;

static json_t *memory_of(double mib) {
    return json_pack("{s:I}", "footprint", (json_int_t)(mib * 1048576));
}

static json_t *checkpoint(const char *name, int live, int floor, double mib) {
    return json_pack("{s:s, s:i, s:i, s:i, s:o}", "name", name, "live", live, "held",
                     live, "floor", floor, "memory", memory_of(mib));
}

static json_t *sample(int due_ms, double mib) {
    json_t *entry = memory_of(mib);
    json_object_set_new(entry, "due_ms", json_integer(due_ms));
    json_object_set_new(entry, "ms", json_real(due_ms));
    return entry;
}

static void add_memory(const struct cell *cell, unsigned round, double idle_mib,
                       const char *checksum) {
    char key[192];
    plan_cell_key(cell, round, key, sizeof key);
    json_array_append_new(
        result->root,
        json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:[o,o], s:[o,o], s:I, s:f}",
                  "key", key, "kind", "memory", "workload", cell->workload->name,
                  "variant", cell->variant->name, "threads", (int)cell->threads, "status",
                  "ok", "checksum", checksum, "checkpoints", checkpoint("start", 0, 0, 2),
                  checkpoint("end", 10 << 20, 15 << 20, 300), "samples", sample(0, 300),
                  sample(1000, idle_mib), "peak_footprint", (json_int_t)400 << 20,
                  "active_ms", 500.0));
}

static int set_up(void **state) {
    (void)state;
    result = calloc(1, sizeof *result);
    struct plan *plan = &result->plan;
    plan->memory_rounds = ROUNDS;
    plan->idle_ms = 1000;
    plan->time_tolerance = plan->memory_tolerance = 0.05;
    strcpy(plan->reference, "a");
    plan->thread_counts = 1;
    plan->threads[0] = 4;
    plan->drivers[IDLE_DEAD] = true;
    plan->workload_count = 1;
    strcpy(plan->workloads[0].name, "w");
    plan->variants.count = 2;
    strcpy(plan->variants.at[0].name, "a");
    strcpy(plan->variants.at[1].name, "b");
    result->root = json_array();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    result_finish(result);
    free(result);
    return 0;
}

static struct cell cell_of(int variant) {
    return (struct cell){.kind = CELL_MEMORY,
                         .workload = &result->plan.workloads[0],
                         .variant = &result->plan.variants.at[variant],
                         .threads = 4};
}

static const struct summary_row *row(const struct summary *summary, const char *variant) {
    return summary_find_series(summary, MEASURE_FOOTPRINT, IDLE_DEAD, "w", variant, 4);
}

static void medians_decomposition_and_verdict(void **state) {
    (void)state;
    struct cell a = cell_of(0), b = cell_of(1);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        add_memory(&a, round, 100 + round % 2, "same");
        add_memory(&b, round, 50, "same");
    }
    struct summary summary;
    result_parse(result, result->root);
    summary_make(&summary, result);
    const struct summary_row *r = row(&summary, "b");
    assert_int_equal(r->rounds, ROUNDS);
    assert_true(r->at[MEASURE_FOOTPRINT] == 50.0 * 1048576);
    assert_true(summary_sparse(r) == 5.0 * 1048576);
    assert_true(summary_retained(r) == (50.0 - 15 - 2) * 1048576);
    assert_true(r->at[MEASURE_BASELINE] + r->at[MEASURE_LIVE] + summary_sparse(r) +
                    summary_retained(r) ==
                r->at[MEASURE_FOOTPRINT]);
    assert_int_equal(r->versus[MEASURE_FOOTPRINT].verdict, VERDICT_BETTER);
    assert_int_equal(r->versus[MEASURE_PEAK].verdict, VERDICT_SAME);
    assert_int_equal(row(&summary, "a")->versus[MEASURE_FOOTPRINT].verdict, VERDICT_NONE);
    assert_true(summary_idle_at(&summary, &b, 0) == 300.0 * 1048576);
    assert_true(isnan(summary_idle_at(&summary, &b, 500)));
    assert_int_equal(summary.failed + summary.missing, 0);
    assert_true(summary.active_s == 0.5 * 2 * ROUNDS);
    summary_finish(&summary);
}

static void a_differing_checksum_fails_its_cell_alone(void **state) {
    (void)state;
    struct cell a = cell_of(0), b = cell_of(1);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        add_memory(&a, round, 100, "same");
        add_memory(&b, round, 50, round == 3 ? "other" : "same");
    }
    struct summary summary;
    result_parse(result, result->root);
    summary_make(&summary, result);
    assert_int_equal(summary.failed, 1);
    assert_int_equal(row(&summary, "a")->fault.failed, 0);
    assert_int_equal(row(&summary, "b")->fault.failed, 1);
    assert_string_equal(row(&summary, "b")->fault.fault, "checksum");
    assert_int_equal(row(&summary, "b")->rounds, ROUNDS - 1);
    summary_finish(&summary);
}

static void without_a_majority_all_checksums_fail(void **state) {
    (void)state;
    struct cell a = cell_of(0), b = cell_of(1);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        add_memory(&a, round, 100, "one");
        add_memory(&b, round, 50, "other");
    }
    struct summary summary;
    result_parse(result, result->root);
    summary_make(&summary, result);
    assert_int_equal(summary.failed, 2 * ROUNDS);
    summary_finish(&summary);
}

static void missing_rounds_are_counted(void **state) {
    (void)state;
    struct cell a = cell_of(0), b = cell_of(1);
    add_memory(&a, 1, 100, "same");
    add_memory(&b, 1, 50, "same");
    add_memory(&b, 2, 50, "same");
    struct summary summary;
    result_parse(result, result->root);
    summary_make(&summary, result);
    assert_int_equal(summary.missing, 2 * ROUNDS - 3);
    assert_int_equal(row(&summary, "b")->versus[MEASURE_FOOTPRINT].n,
                     1); /* only whole pairs */
    assert_int_equal(row(&summary, "b")->versus[MEASURE_FOOTPRINT].verdict,
                     VERDICT_INCONCLUSIVE);
    summary_finish(&summary);
}

static void every_measure_that_decides_needs_rounds(void **state) {
    (void)state;
    static struct summary_overall overall;
    struct judgement *peak = &overall.versus[MEASURE_PEAK][0];
    struct summary summary = {.result = result, .overall = &overall, .overall_count = 1};
    *peak = (struct judgement){
        .verdict = VERDICT_INCONCLUSIVE, .n = ROUNDS, .low = 0.5, .high = 2};
    assert_false(autorounds_enough(&summary, CELL_MEMORY));
    assert_true(autorounds_enough(&summary, CELL_TIMED));
    peak->low = 0.99;
    peak->high = 1.01;
    assert_true(autorounds_enough(&summary, CELL_MEMORY));
}

/* If every cell of one idle driver failed, figures from before the idle period are those
 * of another. */
static void the_report_takes_a_peak_that_was_measured(void **state) {
    (void)state;
    result->plan.drivers[IDLE_COLLECT] = true;
    for (unsigned round = 1; round <= ROUNDS; round++)
        for (int variant = 0; variant < 2; variant++) {
            struct cell dead = cell_of(variant), collect = dead;
            collect.idle = IDLE_COLLECT;
            char key[192];
            plan_cell_key(&dead, round, key, sizeof key);
            json_array_append_new(result->root,
                                  json_pack("{s:s, s:s, s:s, s:s}", "key", key, "status",
                                            "failed", "fault", "crashed", "reason", "x"));
            add_memory(&collect, round, 50, "same");
        }
    struct summary summary;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    result_parse(result, result->root);
    summary_make(&summary, result);
    report_terminal(&summary, out);
    fclose(out);
    char *row = strstr(text, "\n  b ");
    assert_non_null(row);
    row[1 + strcspn(row + 1, "\n")] = '\0';
    assert_non_null(strstr(row, "400.0"));
    assert_non_null(strstr(row, "failed"));
    free(text);
    summary_finish(&summary);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(medians_decomposition_and_verdict),
        TEST(a_differing_checksum_fails_its_cell_alone),
        TEST(without_a_majority_all_checksums_fail),
        TEST(missing_rounds_are_counted),
        TEST(every_measure_that_decides_needs_rounds),
        TEST(the_report_takes_a_peak_that_was_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
