/* strace's table of system calls, and what it comes to a build. */
#include "cmocka_all.h"

#include <string.h>

#include "plan.h"
#include "result.h"
#include "syscalls.h"

static const char table[] = "    calls syscall\n"
                            "--------- ----------------\n"
                            "       30 mmap\n"
                            "        9 madvise\n"
                            "        1 set_robust_list\n"
                            "--------- ----------------\n"
                            "       40 total\n";

static void parses_the_table(void **state) {
    (void)state;
    json_t *counts = syscalls_parse(table);
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
    assert_null(syscalls_parse(cut));
    assert_null(syscalls_parse(""));
    assert_null(syscalls_parse("strace: cannot trace\n"));
}

static void counts_a_build(void **state) {
    (void)state;
    static struct result result;
    result.plan.syscall_rounds = 1;
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
                            "builds", "syscalls", syscalls_parse(table));
    result.records = result.root;
    assert_int_equal(result_index(&result), 0);
    double total, columns[SYSCALLS_COLUMNS];
    assert_int_equal(syscalls_of_cell(&result, &cell, &total, columns), 1);
    assert_true(total == 20); /* 40 in two builds */
    assert_string_equal(syscalls_columns[0], "mmap");
    assert_true(columns[0] == 15);
    assert_true(columns[1] == 0);
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
