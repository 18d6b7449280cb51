/* Whether two workloads rank the variants alike, by figures worked out by hand. */
#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ranking.h"
#include "summary.h"

enum { VARIANTS = 5, ROWS = 2 * VARIANTS };

static struct result *result;
static struct summary_row rows[ROWS];
static struct summary summary;
static struct ranking ranking;

/* Variants a to e; e is the A/A row. Idle and peak of each, for bundle and replay. */
static int set_up(void **state) {
    (void)state;
    static const double idle[2][VARIANTS] = {{10, 30, 20, 40, 5}, {11, 33, 22, 44, 99}};
    static const double peak[2][VARIANTS] = {{1, 2, 3, 4, 0}, {2, 1, 3, 4, 99}};
    result = calloc(1, sizeof *result);
    struct plan *plan = &result->plan;
    plan->thread_counts = 1;
    plan->memory_rounds = 1;
    plan->drivers[IDLE_DEAD] = true;
    plan->threads[0] = 4;
    strcpy(plan->again, "e");
    strcpy(plan->workloads[0].name, RANKING_WORKLOAD);
    strcpy(plan->workloads[1].name, RANKING_RECORDED);
    plan->workload_count = 2;
    plan->variants.count = VARIANTS;
    for (int v = 0; v < VARIANTS; v++)
        plan->variants.at[v].name[0] = (char)('a' + v);
    for (int i = 0; i < ROWS; i++) {
        int w = i / VARIANTS, v = i % VARIANTS;
        rows[i] = (struct summary_row){.cell = {CELL_MEMORY, &plan->workloads[w],
                                                &plan->variants.at[v], 4, IDLE_DEAD},
                                       .rounds = 1,
                                       .at[MEASURE_FOOTPRINT] = idle[w][v],
                                       .at[MEASURE_PEAK] = peak[w][v]};
    }
    summary = (struct summary){
        .result = result, .rows[CELL_MEMORY] = rows, .counts[CELL_MEMORY] = ROWS};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free(result);
    return 0;
}

static void the_same_order_is_1(void **state) {
    (void)state;
    assert_true(ranking_make(&summary, RANKING_IDLE, 4, &ranking));
    assert_int_equal(ranking.count, 4); /* without the A/A row */
    assert_true(fabs(ranking.rho - 1) < 1e-12);
    assert_string_equal(ranking.variants[1]->name, "b");
    assert_true(ranking.ours[1] == 30 && ranking.our_ranks[1] == 3);
    assert_true(ranking.theirs[1] == 33 && ranking.their_ranks[1] == 3);
}

static void two_that_change_places(void **state) {
    (void)state;
    assert_true(ranking_make(&summary, RANKING_PEAK, 4, &ranking));
    /* 1 - 6 * (1 + 1) / (4 * (16 - 1)) */
    assert_true(fabs(ranking.rho - 0.8) < 1e-12);
}

static void what_either_lacks_is_left_out(void **state) {
    (void)state;
    rows[0].rounds = 0;
    assert_true(ranking_make(&summary, RANKING_IDLE, 4, &ranking));
    assert_int_equal(ranking.count, 3);
    assert_string_equal(ranking.variants[0]->name, "b");
    rows[VARIANTS + 2].rounds = 0;
    assert_false(ranking_make(&summary, RANKING_IDLE, 4, &ranking)); /* two are none */
    assert_false(ranking_make(&summary, RANKING_IDLE, 8, &ranking)); /* no such threads */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_same_order_is_1),
        TEST(two_that_change_places),
        TEST(what_either_lacks_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
