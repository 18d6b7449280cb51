/* cachegrind's sum, and what it comes to an operation. */
#include "cmocka_all.h"

#include <string.h>

#include "counts.h"
#include "plan.h"
#include "result.h"

static void parses_the_sum(void **state) {
    (void)state;
    json_t *count =
        counts_instructions("desc: x\nevents: Ir\nfl=a\n1 5\nsummary: 1234\n");
    assert_true(json_integer_value(count) == 1234);
    json_decref(count);
}

static void a_cut_file_has_none(void **state) {
    (void)state;
    assert_null(counts_instructions("desc: x\nevents: Ir\nfl=a\n1 5\n"));
    assert_null(counts_instructions("events: Ir\nsummary: \n"));
    assert_null(counts_instructions("events: Ir\nsummary: 0\n"));
    assert_null(counts_instructions(""));
}

static json_t *record(const struct cell *cell, unsigned round, int instructions) {
    char key[192];
    plan_cell_key(cell, round, key, sizeof key);
    return json_pack("{s:s, s:s, s:i, s:{s:i}}", "key", key, "status", "ok",
                     "instructions", instructions, "work", "ops", 100);
}

static void counts_an_operation(void **state) {
    (void)state;
    static struct result result;
    result.plan.instruction_rounds = 3;
    result.plan.thread_counts = 1;
    result.plan.threads[0] = 1;
    result.plan.workload_count = result.plan.variants.count = 1;
    strcpy(result.plan.workloads[0].name, "w");
    strcpy(result.plan.variants.at[0].name, "v");
    struct cell cell = {.kind = CELL_INSTRUCTIONS,
                        .workload = result.plan.workloads,
                        .variant = result.plan.variants.at,
                        .threads = 1};
    result.root = json_pack("[o, o, o]", record(&cell, 1, 5000), record(&cell, 2, 5200),
                            record(&cell, 3, 5100));
    result_parse(&result, result.root);
    double values[3];
    assert_int_equal(result_values(&result, &cell, MEASURE_INSTRUCTIONS, values), 3);
    assert_true(values[0] == 50 && values[1] == 52 && values[2] == 51);
    assert_true(result_median(&result, &cell, MEASURE_INSTRUCTIONS) == 51);
    result_finish(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_the_sum),
        cmocka_unit_test(a_cut_file_has_none),
        cmocka_unit_test(counts_an_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
