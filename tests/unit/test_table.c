/* Tables: both forms, aligned by characters and not by bytes. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "table.h"

static const char *const header[] = {"name", "MiB"};

static void print(void (*how)(const struct table *, FILE *), const char *expected) {
    struct table *table = malloc(sizeof *table);
    char *text;
    size_t length;
    table_begin(table, 2, header);
    table_add_row(table);
    table_set(table, 0, "é");
    table_set(table, 1, "%.1f", 12.25);
    FILE *out = open_memstream(&text, &length);
    how(table, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
    free(table);
}

static void both_forms(void **state) {
    (void)state;
    print(table_print_terminal, "  name   MiB\n"
                                "  é     12.2\n");
    print(table_print_markdown, "| name |  MiB |\n"
                                "|:-----|-----:|\n"
                                "| é    | 12.2 |\n");
}

static void long_texts_are_cut_and_rows_bounded(void **state) {
    (void)state;
    struct table *table = malloc(sizeof *table);
    table_begin(table, 2, header);
    for (int i = 1; i < TABLE_ROWS_MAX; i++)
        assert_int_equal(table_add_row(table), 0);
    assert_int_equal(table_add_row(table), -1);
    table_set(table, 0, "%0500d", 1);
    assert_int_equal(strlen(table->text[TABLE_ROWS_MAX - 1][0]), TABLE_TEXT_MAX - 1);
    free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms),
        cmocka_unit_test(long_texts_are_cut_and_rows_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
