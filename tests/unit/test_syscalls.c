/* strace's table of system calls, and what it comes to a build. */
#include "cmocka_all.h"

#include <string.h>

#include "counts.h"
#include "plan.h"
#include "summary.h"

static const char table[] = "    calls syscall\n"
                            "--------- ----------------\n"
                            "       30 mmap\n"
                            "        9 madvise\n"
                            "        1 set_robust_list\n"
                            "--------- ----------------\n"
                            "       40 total\n";

static void parses_the_table(void **state) {
    (void)state;
    json_t *counts = counts_syscalls(table);
    assert_non_null(counts);
    assert_int_equal(json_object_size(counts), 3);
    assert_int_equal(json_integer_value(json_object_get(counts, "mmap")), 30);
    json_decref(counts);
}

static void a_cut_table_is_none(void **state) {
    (void)state;
    char cut[sizeof table];
    strcpy(cut, table);
    *strstr(cut, "total") = '\0';
    assert_null(counts_syscalls(cut));
    assert_null(counts_syscalls(""));
    assert_null(counts_syscalls("strace: cannot trace\n"));
}

static void counts_a_build(void **state) {
    (void)state;
    static struct result result;
    result.plan.syscall_rounds = 1;
    result.plan.thread_counts = 1;
    result.plan.threads[0] = 4;
    result.plan.workload_count = result.plan.variants.count = 1;
    strcpy(result.plan.workloads[0].name, "w");
    strcpy(result.plan.variants.at[0].name, "v");
    struct cell cell = {.kind = CELL_SYSCALLS,
                        .workload = result.plan.workloads,
                        .variant = result.plan.variants.at,
                        .threads = 4};
    char key[192];
    plan_cell_key(&cell, 1, key, sizeof key);
    result.root = json_pack("[{s:s, s:s, s:[{},{}], s:o}]", "key", key, "status", "ok",
                            "builds", "syscalls", counts_syscalls(table));
    result_parse(&result, result.root);
    struct summary summary;
    summary_make(&summary, &result);
    const struct summary_row *row = summary_find(&summary, &cell);
    assert_int_equal(row->syscall_rounds, 1);
    assert_true(row->syscalls[0] == 20); /* 40 in two builds */
    assert_string_equal(syscalls_columns[0], "mmap");
    assert_true(row->syscalls[1] == 15);
    assert_true(row->syscalls[2] == 0);
    summary_finish(&summary);
    result_finish(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_the_table),
        cmocka_unit_test(a_cut_table_is_none),
        cmocka_unit_test(counts_a_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
