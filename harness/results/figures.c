/* See figures.h. */
#include "figures.h"

#include <math.h>
#include <stdlib.h>

#include "curve.h"
#include "plan.h"
#include "ratchet.h"
#include "record.h"
#include "result.h"
#include "stats.h"
#include "wake.h"

/* ---- memory ---- */

static const json_t *find_named(const json_t *record, const char *list, const char *field,
                                const json_t *value) {
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(record, list), i, entry) {
        if (json_equal(json_object_get(entry, field), value))
            return entry;
    }
    return NULL;
}

static const json_t *checkpoint(const json_t *record, const char *name) {
    json_t *wanted = json_string(name);
    const json_t *found = find_named(record, "checkpoints", "name", wanted);
    json_decref(wanted);
    return found;
}

bool figure_sample_at(const json_t *record, uint64_t due_ms, double *ret) {
    json_t *wanted = json_integer((json_int_t)due_ms);
    const json_t *sample = find_named(record, "samples", "due_ms", wanted);
    json_decref(wanted);
    return record_number(sample, "footprint", ret);
}

bool figure_gap_at(const json_t *record, uint64_t build, double *ret) {
    json_t *wanted = json_integer((json_int_t)build);
    const json_t *gap = find_named(record, "gaps", "n", wanted);
    json_decref(wanted);
    return record_number(json_object_get(gap, "memory"), "footprint", ret);
}

static const json_t *last_sample(const json_t *record) {
    const json_t *samples = json_object_get(record, "samples");
    size_t count = json_array_size(samples);
    return count ? json_array_get(samples, count - 1) : NULL;
}

bool figure_baseline(const json_t *record, double *ret) {
    return record_number(json_object_get(checkpoint(record, "start"), "memory"),
                         "footprint", ret);
}

bool figure_live(const json_t *record, double *ret) {
    return record_number(checkpoint(record, "end"), "live", ret);
}

bool figure_floor(const json_t *record, double *ret) {
    return record_number(checkpoint(record, "end"), "floor", ret);
}

bool figure_end(const json_t *record, double *ret) {
    return record_number(json_object_get(checkpoint(record, "end"), "memory"),
                         "footprint", ret);
}

bool figure_peak(const json_t *record, double *ret) {
    return record_number(record, "peak_footprint", ret);
}

bool figure_peak_rss(const json_t *record, double *ret) {
    return record_number(record, "peak_rss", ret);
}

bool figure_idle(const json_t *record, double *ret) {
    return record_number(last_sample(record), "footprint", ret);
}

bool figure_anon_huge(const json_t *record, double *ret) {
    return record_number(last_sample(record), "anon_huge", ret);
}

/* ---- derived from memory ---- */

static bool curve_of_record(const json_t *record, struct curve *ret) {
    const json_t *samples = json_object_get(record, "samples");
    size_t count = json_array_size(samples);
    double baseline, floor, end, ms = 0;
    struct curve_point *points = calloc(count + 1, sizeof *points);
    bool good = points && count && figure_baseline(record, &baseline) &&
                figure_floor(record, &floor) && figure_end(record, &end);
    for (size_t i = 0; good && i < count; i++) {
        const json_t *sample = json_array_get(samples, i);
        good = record_number(sample, "ms", &ms) &&
               record_number(sample, "footprint", &points[i].bytes);
        points[i].s = ms / 1000;
    }
    if (good)
        *ret = curve_of(points, count, end, baseline + floor);
    free(points);
    return good;
}

/* A figure that is one member of what another function makes of the record. */
#define MEMBER_FIGURE(name, type, whole, member)                                         \
    bool name(const json_t *record, double *ret) {                                       \
        struct type it;                                                                  \
        bool good = whole(record, &it);                                                  \
        if (good)                                                                        \
            *ret = it.member;                                                            \
        return good;                                                                     \
    }

MEMBER_FIGURE(figure_t50_s, curve, curve_of_record, t50_s)
MEMBER_FIGURE(figure_t90_s, curve, curve_of_record, t90_s)
MEMBER_FIGURE(figure_residual, curve, curve_of_record, residual_bytes)
MEMBER_FIGURE(figure_area, curve, curve_of_record, area_byte_s)

bool figure_ratchet(const json_t *record, double *ret) {
    const json_t *gaps = json_object_get(record, "gaps");
    size_t count = json_array_size(gaps);
    struct ratchet_point *points = calloc(count + 1, sizeof *points);
    bool good = points && count;
    for (size_t i = 0; good && i < count; i++) {
        const json_t *gap = json_array_get(gaps, i);
        good =
            record_number(gap, "n", &points[i].build) &&
            record_number(json_object_get(gap, "memory"), "footprint", &points[i].bytes);
    }
    good = good && ratchet_of(points, count, ret);
    free(points);
    return good;
}

bool figure_idle_cpu_ns(const json_t *record, double *ret) {
    return record_number(json_object_get(record, "idle_activity"), "cpu_ns", ret);
}

bool figure_idle_wakeups(const json_t *record, double *ret) {
    return record_number(json_object_get(record, "idle_activity"), "wakeups", ret);
}

/* ---- time ---- */

bool figure_wall(const json_t *record, double *ret) {
    return record_number(record, "wall_s", ret);
}

bool figure_user(const json_t *record, double *ret) {
    return record_number(record, "user_s", ret);
}

bool figure_sys(const json_t *record, double *ret) {
    return record_number(record, "sys_s", ret);
}

bool figure_faults(const json_t *record, double *ret) {
    return record_number(json_object_get(record, "work"), "minflt", ret);
}

bool figure_faults_a_build(const json_t *record, double *ret) {
    size_t builds = json_array_size(json_object_get(record, "builds"));
    double faults;
    if (builds == 0 || !figure_faults(record, &faults))
        return false;
    *ret = faults / (double)builds;
    return true;
}

bool figure_ops_per_s(const json_t *record, double *ret) {
    double ops, wall_ns;
    const json_t *work = json_object_get(record, "work");
    if (!record_number(work, "ops", &ops) || !record_number(work, "wall", &wall_ns) ||
        wall_ns <= 0)
        return false;
    *ret = ops / (wall_ns / 1e9);
    return true;
}

static bool wake_of_record(const json_t *record, struct wake *ret) {
    const json_t *list = json_object_get(record, "builds");
    size_t count = json_array_size(list);
    struct wake_build *builds = calloc(count + 1, sizeof *builds);
    bool good = builds != NULL;
    for (size_t i = 0; good && i < count; i++) {
        const json_t *build = json_array_get(list, i);
        good = record_number(build, "wall", &builds[i].wall_ns) &&
               record_number(build, "minflt", &builds[i].minor_faults);
        record_number(build, "idle", &builds[i].idle_ms); /* none: no gap before it */
    }
    good = good && wake_of(builds, count, ret);
    free(builds);
    return good;
}

MEMBER_FIGURE(figure_wake_penalty, wake, wake_of_record, penalty)
MEMBER_FIGURE(figure_wake_faults, wake, wake_of_record, faults)

/* ---- over the rounds ---- */

size_t figures_over_rounds(const struct result *result, const struct cell *cell,
                           figure *get, double *ret_values) {
    size_t n = 0;
    for (unsigned round = 1; round <= plan_rounds(&result->plan, cell->kind); round++) {
        const json_t *record = result_record(result, cell, round);
        n += record_is_ok(record) && get(record, &ret_values[n]);
    }
    return n;
}

double figures_median(const struct result *result, const struct cell *cell, figure *get,
                      double none) {
    double values[plan_rounds(&result->plan, cell->kind) + 1];
    size_t n = figures_over_rounds(result, cell, get, values);
    return n ? stats_median(values, n) : none;
}

/* ---- for results.json ---- */

json_t *figures_derived_to_json(const json_t *record) {
    static const struct {
        const char *name;
        figure *get;
    } derived[] = {
        {"t50_s", figure_t50_s},
        {"t90_s", figure_t90_s},
        {"residual", figure_residual},
        {"area_byte_s", figure_area},
        {"ratchet_bytes_per_build", figure_ratchet},
        {"wake_penalty", figure_wake_penalty},
        {"wake_faults", figure_wake_faults},
    };
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof derived / sizeof derived[0]; i++) {
        double value;
        if (derived[i].get(record, &value)) /* JSON knows no infinity: null is never */
            json_object_set_new(json, derived[i].name,
                                isfinite(value) ? json_real(value) : json_null());
    }
    return json;
}
