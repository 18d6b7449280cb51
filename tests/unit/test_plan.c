/* The plan: profiles, cells, and JSON there and back. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "reason.h"
#include "request.h"

static void fill(struct plan *plan) {
    memset(plan, 0, sizeof *plan);
    assert_int_equal(plan_set_profile(plan, "default"), 0);
    plan->seed = UINT64_MAX; /* beyond what a JSON number holds exactly */
    plan->workload_seed = 3;
    plan->idle_limit = 64;
    plan->timeout_s = 120;
    plan->time_tolerance = plan->memory_tolerance = 0.05;
    strcpy(plan->reference, "glibc");
    strcpy(plan->again, "glibc:A/A");
    plan->thread_counts = 2;
    plan->threads[0] = 1;
    plan->threads[1] = 4;
    plan->drivers[IDLE_DEAD] = plan->drivers[IDLE_COLLECT] = true;
    plan->memory[MEMORY_WARM] = plan->memory[MEMORY_COLD] = true;
    plan->workload_count = 2;
    strcpy(plan->workloads[0].name, "churn");
    strcpy(plan->workloads[0].program, "/x/y");
    strcpy(plan->workloads[1].name, "bundle");
    strcpy(plan->workloads[1].base, "replay");
    plan->workloads[1].option_count = 2;
    strcpy(plan->workloads[1].options[0], "input=/x/y.trace");
    strcpy(plan->workloads[1].options[1], "pauses=1");
    strcpy(plan->workloads[1].program, "/x/y");
    plan->variants.count = 3;
    strcpy(plan->variants.at[0].name, "glibc");
    strcpy(plan->variants.at[1].name, "ebb");
    plan->variants.at[1].status = VARIANT_NOT_BUILT;
    strcpy(plan->variants.at[2].name, "je");
    plan->variants.at[2].preload = true;
    plan->variants.at[2].env_count = 1;
    strcpy(plan->variants.at[2].env[0], "MALLOC_CONF=background_thread:true,narenas:2");
    plan->variants.at[2].unchecked = 1;
    plan->variants.at[2].check_count = 1;
    strcpy(plan->variants.at[2].checks[0], "background_thread=true");
    plan->latency_rounds = 3;
    plan->syscall_rounds = 2;
    plan->instruction_rounds = 4;
}

static void json_round_trip(void **state) {
    (void)state;
    struct plan *plan = malloc(sizeof *plan), *copy = malloc(sizeof *copy);
    struct reason reason;
    fill(plan);
    json_t *json = plan_to_json(plan);
    char *text = json_dumps(json, 0);
    json_t *parsed = json_loads(text, 0, NULL);
    assert_int_equal(plan_from_json(parsed, copy, &reason), 0);
    json_t *again = plan_to_json(copy);
    assert_true(json_equal(json, again));
    assert_true(copy->seed == UINT64_MAX);
    assert_string_equal(copy->variants.at[2].env[0], plan->variants.at[2].env[0]);
    assert_string_equal(copy->variants.at[2].checks[0], "background_thread=true");
    assert_string_equal(copy->workloads[1].base, "replay");
    assert_string_equal(copy->workloads[1].options[1], "pauses=1");
    assert_int_equal(copy->latency_rounds, 3);
    assert_int_equal(copy->syscall_rounds, 2);
    assert_int_equal(copy->instruction_rounds, 4);
    json_decref(json);
    json_decref(parsed);
    json_decref(again);
    free(text);
    free(plan);
    free(copy);
}

/* Every cell is in one shard, with all variants and idle drivers of its group. */
static void shards_part_the_cells(void **state) {
    (void)state;
    struct plan *plan = malloc(sizeof *plan);
    fill(plan);
    for (enum cell_kind kind = CELL_MEMORY; kind <= CELL_TIMED; kind++) {
        struct cell *all, *part;
        size_t count, of_part, sum = 0;
        plan->shards = 0;
        count = plan_cells(plan, kind, &all);
        plan->shards = 3;
        for (plan->shard = 1; plan->shard <= 3; plan->shard++) {
            of_part = plan_cells(plan, kind, &part);
            sum += of_part;
            /* two variants are ok, and two idle drivers or conditions of memory */
            assert_int_equal(of_part % 4, 0);
            free(part);
        }
        assert_true(sum == count && count > 0);
        free(all);
    }
    free(plan);
}

/* Runs from before there were conditions of memory: nothing is known of it. */
static void older_plans_have_memory_as_it_came(void **state) {
    (void)state;
    struct plan *plan = malloc(sizeof *plan), *copy = malloc(sizeof *copy);
    struct reason reason;
    struct cell *cells;
    size_t count;
    char key[192];
    fill(plan);
    assert_int_equal(plan_main_memory(plan, CELL_TIMED), MEMORY_WARM);
    assert_int_equal(plan_main_memory(plan, CELL_MEMORY), MEMORY_ANY);
    json_t *json = plan_to_json(plan);
    json_object_del(json, "memory");
    assert_int_equal(plan_from_json(json, copy, &reason), 0);
    assert_int_equal(plan_main_memory(copy, CELL_TIMED), MEMORY_ANY);
    count = plan_cells(copy, CELL_TIMED, &cells);
    assert_int_equal(count, 2 * 2 * 2);
    plan_cell_key(&cells[0], 1, key, sizeof key);
    assert_string_equal(key, "timed/1/churn/glibc/1");
    plan_cell_key(&(struct cell){.kind = CELL_TIMED,
                                 .workload = cells[0].workload,
                                 .variant = cells[0].variant,
                                 .threads = 1,
                                 .memory = MEMORY_COLD},
                  1, key, sizeof key);
    assert_string_equal(key, "timed/1/churn/glibc/1/cold");
    free(cells);
    json_decref(json);
    free(plan);
    free(copy);
}

static void damaged_json_is_refused(void **state) {
    (void)state;
    struct plan *plan = malloc(sizeof *plan), *copy = malloc(sizeof *copy);
    struct reason reason;
    fill(plan);
    static const char *const members[] = {"seed",    "threads",   "variants",
                                          "idle_ms", "reference", "memory"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_t *json = plan_to_json(plan);
        json_object_set_new(json, members[i], json_true());
        if (plan_from_json(json, copy, &reason) == 0)
            fail_msg("a plan with a damaged %s was accepted", members[i]);
        json_decref(json);
    }
    free(plan);
    free(copy);
}

/* What no plan of ours says, but a file may: a name that is there twice, too many rounds,
 * a workload after which a file in another folder would be named. */
static void unsound_json_is_refused(void **state) {
    (void)state;
    struct plan *plan = malloc(sizeof *plan), *copy = malloc(sizeof *copy);
    struct reason reason;
    fill(plan);
    static const char *const lists[] = {"threads", "workloads", "variants"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        json_t *json = plan_to_json(plan);
        json_t *list = json_object_get(json, lists[i]);
        assert_true(json_array_size(list) > 0);
        json_array_append(list, json_array_get(list, 0));
        if (plan_from_json(json, copy, &reason) == 0)
            fail_msg("a plan with the same in %s twice was accepted", lists[i]);
        json_decref(json);
    }
    json_t *json = plan_to_json(plan);
    json_object_set_new(json, "timed_rounds", json_integer(PLAN_ROUNDS_MAX));
    assert_int_equal(plan_from_json(json, copy, &reason), 0);
    json_object_set_new(json, "timed_rounds", json_integer(PLAN_ROUNDS_MAX + 1));
    assert_true(plan_from_json(json, copy, &reason) != 0);
    json_decref(json);
    strcpy(plan->workloads[0].name, "../../x");
    json = plan_to_json(plan);
    assert_true(plan_from_json(json, copy, &reason) != 0);
    json_decref(json);
    plan->checkpoint_count = 1; /* a watched program's label names no file */
    strcpy(plan->checkpoints[0], "end");
    json = plan_to_json(plan);
    assert_int_equal(plan_from_json(json, copy, &reason), 0);
    json_decref(json);
    free(plan);
    free(copy);
}

static void cells_leave_out_what_cannot_be_measured(void **state) {
    (void)state;
    struct plan *plan = malloc(sizeof *plan);
    struct cell *cells;
    size_t count;
    fill(plan);
    count = plan_cells(plan, CELL_MEMORY, &cells);
    assert_int_equal(count, 2 * 2 * 2 * 2); /* workloads, variants, threads, drivers */
    for (size_t i = 0; i < count; i++) {
        assert_string_not_equal(cells[i].variant->name, "ebb");
        for (size_t k = 0; k < i; k++) {
            char a[192], b[192];
            plan_cell_key(&cells[i], 1, a, sizeof a);
            plan_cell_key(&cells[k], 1, b, sizeof b);
            assert_string_not_equal(a, b);
        }
    }
    free(cells);
    count = plan_cells(plan, CELL_TIMED, &cells);
    assert_int_equal(count, 2 * 2 * 2 * 2); /* a timed cell has a condition instead */
    size_t cold = 0;
    for (size_t i = 0; i < count; i++)
        cold += cells[i].memory == MEMORY_COLD;
    assert_int_equal(cold, 2 * 2 * 2);
    free(cells);
    count = plan_cells(plan, CELL_SYSCALLS, &cells);
    assert_int_equal(count, 2 * 2 * 2); /* and one that is only counted has neither */
    free(cells);
    free(plan);
}

static void profiles_keep_their_promises(void **state) {
    (void)state;
    struct plan plan = {0};
    assert_int_equal(plan_set_profile(&plan, "default"), 0);
    assert_true(plan.idle_ms >=
                20000); /* jemalloc's background thread starts after ten */
    assert_int_equal(plan_set_profile(&plan, "long"), 0);
    assert_int_equal(plan.idle_ms, 360000);
    assert_int_equal(plan_set_profile(&plan, "quick"), 0);
    assert_true(plan_set_profile(&plan, "nightly") < 0);
}

/* Plans `named` of VARIANTS_MAX registered allocators, allocators with a policy on top of
 * them, and custom ones, the last of which may be `last`. Returns what
 * request_make_plan() does. */
static int plan_allocators(size_t named, size_t composed, size_t custom, bool no_again,
                           const char *last) {
    struct plan *plan = calloc(1, sizeof *plan);
    struct reason reason = {""};
    struct request request = {.profile = "quick",
                              .workloads = "churn",
                              .idle_drivers = "dead",
                              .threads = "1",
                              .memory = "any",
                              .no_again = no_again,
                              .builds = -1,
                              .memory_rounds = -1,
                              .timed_rounds = -1,
                              .custom_allocator_count = custom};
    char names[1024] = "glibc", customs[REQUEST_CUSTOM_MAX][24];
    strcpy(plan->variants.at[0].name, "glibc");
    for (size_t i = 1; i < VARIANTS_MAX - custom; i++)
        snprintf(plan->variants.at[i].name, sizeof plan->variants.at[i].name, "a%zu", i);
    plan->variants.count = VARIANTS_MAX - custom;
    for (size_t i = 1; i < named; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), ",a%zu", i);
    for (size_t i = 1; i <= composed; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), ",a%zu+p", i);
    for (size_t i = 0; i < custom; i++) {
        snprintf(customs[i], sizeof customs[i], "c%zu=/bin/sh", i);
        request.custom_allocators[i] = customs[i];
    }
    if (last)
        request.custom_allocators[custom - 1] = last;
    request.allocators = names;
    for (size_t i = 0; i < VARIANTS_MAX; i++)
        strcpy(plan->variants.at[i].family, "a");
    int error = request_make_plan(&request, plan, &reason);
    assert_true(plan->variants.count <= VARIANTS_MAX);
    assert_true(!error == !*reason.text);
    free(plan);
    return error;
}

static void too_many_allocators_or_one_twice_are_refused(void **state) {
    (void)state;
    char path[] = "/tmp/tidemark-policies-XXXXXX";
    static const char policies[] = "p a P=1 p=1 a policy\n";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, policies, sizeof policies - 1), sizeof policies - 1);
    close(fd);
    setenv("TIDEMARK_POLICIES", path, 1);
    assert_int_equal(plan_allocators(VARIANTS_MAX - 1, 0, 0, false, NULL), 0);
    assert_int_equal(plan_allocators(VARIANTS_MAX, 0, 0, false, NULL),
                     -E2BIG); /* with A/A */
    assert_int_equal(plan_allocators(VARIANTS_MAX - 8, 8, 0, true, NULL), 0);
    assert_int_equal(plan_allocators(VARIANTS_MAX - 8, 9, 0, true, NULL), -E2BIG);
    assert_int_equal(plan_allocators(VARIANTS_MAX - 2, 0, 2, true, NULL), 0);
    assert_int_equal(plan_allocators(VARIANTS_MAX - 2, 1, 2, true, NULL), -E2BIG);
    assert_int_equal(plan_allocators(1, 1, 1, true, "a2+p"), 0);
    assert_int_equal(plan_allocators(1, 1, 1, true, "a1+p"), -EEXIST);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_round_trip),
        cmocka_unit_test(shards_part_the_cells),
        cmocka_unit_test(older_plans_have_memory_as_it_came),
        cmocka_unit_test(damaged_json_is_refused),
        cmocka_unit_test(unsound_json_is_refused),
        cmocka_unit_test(cells_leave_out_what_cannot_be_measured),
        cmocka_unit_test(profiles_keep_their_promises),
        cmocka_unit_test(too_many_allocators_or_one_twice_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
