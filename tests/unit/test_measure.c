/* The registry: names there and back, and what a record's paths and least values come to.
 */
#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "attribution.h"
#include "measure.h"
#include "reading.h"

static struct plan plan;

static int set_up(void **state) {
    (void)state;
    memset(&plan, 0, sizeof plan);
    plan.memory_rounds = plan.timed_rounds = 1;
    plan.memory[MEMORY_WARM] = plan.memory[MEMORY_COLD] = true;
    plan.drivers[IDLE_DEAD] = plan.drivers[IDLE_TICK_ALL] = true;
    plan.time_tolerance = 0.07;
    plan.memory_tolerance = 0.05;
    return 0;
}

/* Every series of every measure has a name of its own that leads back to it. */
static void names_lead_back(void **state) {
    (void)state;
    size_t series = 0;
    for (enum measure m = 0; m < MEASURES; m++)
        for (unsigned slot = 0; slot < MEASURE_SLOTS; slot++) {
            char name[MEASURE_NAME_MAX], label[64];
            enum measure found;
            unsigned found_slot;
            if (!measure_has_slot(&plan, m, slot))
                continue;
            measure_series_name(&plan, m, slot, name);
            assert_true(measure_find(&plan, name, &found, &found_slot));
            assert_int_equal(found, m);
            assert_int_equal(found_slot, slot);
            assert_true(measure_of_series(name, &found));
            assert_int_equal(found, m);
            measure_label(name, label, sizeof label);
            assert_non_null(strstr(label, measures[m].label));
            series++;
        }
    assert_true(series >= 5); /* warm and cold, the peak, two idle drivers */
    assert_false(measure_decides("system") || measure_decides("dead-pss") ||
                 measure_decides("tick-all-page-faults"));
    assert_true(measure_is_ratio("system-cold") && !measure_is_ratio("dead-pss"));
}

/* Likewise of a watched program, whose checkpoints a user may call almost anything. */
static void checkpoints_lead_back(void **state) {
    (void)state;
    static const char *const checkpoints[] = {"loaded", "v8",  "file",      "dead",
                                              "time",   "end", "idle@0.5s", "idle@90s"};
    memset(&plan, 0, sizeof plan);
    plan.memory_rounds = 1;
    plan.memory_tolerance = 0.05;
    for (size_t i = 0; i < sizeof checkpoints / sizeof checkpoints[0]; i++)
        strcpy(plan.checkpoints[plan.checkpoint_count++], checkpoints[i]);
    names_lead_back(state);
    char name[MEASURE_NAME_MAX];
    measure_series_name(&plan, MEASURE_FOOTPRINT, 3, name);
    assert_string_equal(name, "@dead"); /* and not the idle driver */
    measure_series_name(&plan, MEASURE_CLASS_FILE_TEXT, 7, name);
    assert_string_equal(name, "idle@90s-file-text");
    assert_true(measure_checkpoint_name("loaded", name, sizeof name));
    assert_string_equal(name, "@loaded");
    assert_false(measure_checkpoint_name("loaded-v8", name, sizeof name));
    enum measure m;
    assert_true(measure_decides("idle@0s") && !measure_decides("idle@0s-v8"));
    assert_false(measure_of_series("idle@s", &m) || measure_of_series("idle@3", &m) ||
                 measure_of_series("@", &m));
    for (int i = 0; i < ATTRIBUTION_CLASSES; i++) {
        snprintf(name, sizeof name, "end-%s", attribution_names[i].key);
        assert_true(measure_of_series(name, &m)); /* each class has its measure */
        assert_string_equal(measures[m].label, attribution_names[i].title);
    }
}

static void names_of_old_baselines_hold(void **state) {
    (void)state;
    static const char *const names[] = {"time", "time-cold", "peak", "dead", "tick-all"};
    static const char *const labels[] = {"time", "time, cold", "peak", "dead footprint",
                                         "tick-all footprint"};
    for (size_t i = 0; i < 5; i++) {
        char label[64];
        measure_label(names[i], label, sizeof label);
        assert_string_equal(label, labels[i]);
        assert_true(measure_decides(names[i]));
        assert_int_equal(measure_is_ratio(names[i]), i < 2);
    }
    enum measure m;
    assert_false(measure_of_series("nothing", &m));
    assert_false(measure_of_series("dead-nothing", &m));
    assert_false(measure_of_series("", &m));
}

static void values_for_a_reader(void **state) {
    (void)state;
    char text[64];
    measure_format("dead", 1.5 * 1048576, text, sizeof text);
    assert_string_equal(text, "1.5 MiB");
    measure_format_change("time", 1, 1.25, text, sizeof text);
    assert_string_equal(text, "1.000 -> 1.250 x reference");
}

static void paths_into_a_record(void **state) {
    (void)state;
    json_t *record = json_pack(
        "{s:s, s:[{s:s, s:{s:i}}, {s:s, s:i, s:{s:i}}], s:[{s:i, s:i}, {s:i, s:i}], "
        "s:{s:i}}",
        "status", "ok", "checkpoints", "name", "start", "memory", "footprint", 2, "name",
        "end", "live", 7, "memory", "footprint", 90, "samples", "due_ms", 0, "footprint",
        80, "due_ms", 50, "footprint", 40, "idle_activity", "wakeups", 3);
    json_object_set_new(json_array_get(json_object_get(record, "samples"), 1), "pss",
                        json_integer(41));
    json_object_set_new(json_object_get(record, "idle_activity"), "minor_faults",
                        json_integer(5));
    struct reading r;
    reading_parse(record, NULL, &r);
    assert_true(r.ok);
    assert_true(r.at[MEASURE_BASELINE] == 2);
    assert_true(r.at[MEASURE_LIVE] == 7);
    assert_true(r.at[MEASURE_END] == 90);
    assert_true(r.at[MEASURE_FOOTPRINT] == 40);
    assert_true(r.at[MEASURE_IDLE_WAKEUPS] == 3);
    assert_true(r.at[MEASURE_PSS] == 41);
    assert_true(r.at[MEASURE_IDLE_FAULTS] == 5);
    assert_true(isnan(r.at[MEASURE_FLOOR])); /* not there */
    assert_true(isnan(r.at[MEASURE_TIME]));
    assert_true(reading_sample_at(&r, &(double){0}) == 80);
    assert_true(isnan(reading_sample_at(&r, &(double){10})));
    reading_finish(&r);
    json_decref(record);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_lead_back, set_up),
        cmocka_unit_test(checkpoints_lead_back),
        cmocka_unit_test(names_of_old_baselines_hold),
        cmocka_unit_test(values_for_a_reader),
        cmocka_unit_test(paths_into_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
