/* A record's `case` lines to nanoseconds per pair, by figures worked out by hand. */
#include "cmocka_all.h"

#include <math.h>

#include "report_parts.h"

static json_t *record(void) {
    return json_pack("{s:[{s:s,s:i,s:i,s:i}, {s:s,s:i,s:i,s:i}, {s:s,s:i,s:i,s:i}]}",
                     "cases", "name", "ring", "pairs", 100, "cpu", 1300, "loop", 300,
                     "name", "bulk", "pairs", 10, "cpu", 900, "loop", 100, "name", "ring",
                     "pairs", 300, "cpu", 2500, "loop", 500);
}

static void sums_its_builds(void **state) {
    (void)state;
    json_t *json = record();
    struct reading r;
    reading_parse(json, NULL, &r);
    assert_true(report_micro_figure(&r, "ring") ==
                7.5); /* (1300 - 300 + 2500 - 500) / 400 */
    assert_true(report_micro_figure(&r, "bulk") == 80);
    reading_finish(&r);
    json_decref(json);
}

static void has_no_figure_for_others(void **state) {
    (void)state;
    json_t *json = record(), *empty = json_object();
    struct reading r, none;
    reading_parse(json, NULL, &r);
    reading_parse(empty, NULL, &none);
    assert_true(isnan(report_micro_figure(&r, "calloc")));
    assert_true(isnan(report_micro_figure(&none, "ring")));
    reading_finish(&none);
    reading_finish(&r);
    json_decref(empty);
    json_decref(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_its_builds),
        cmocka_unit_test(has_no_figure_for_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
