#include "reading.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "curve.h"
#include "ratchet.h"
#include "record.h"

/* ---- where a record has a figure ---- */

static const json_t *find_named(const json_t *list, const char *name) {
    size_t i;
    json_t *entry;
    json_array_foreach((json_t *)list, i, entry) {
        if (strcmp(record_text(entry, "name"), name) == 0)
            return entry;
    }
    return NULL;
}

static const json_t *last_of(const json_t *list) {
    size_t count = json_array_size(list);
    return count ? json_array_get(list, count - 1) : NULL;
}

/* Follows a path of measures.def, such as "checkpoints[end]/memory/footprint" or
 * "samples[-1]/pss". `at` takes the place of "@". */
static double follow_at(const json_t *json, const char *path, const char *at) {
    while (*path) {
        char part[40];
        size_t length = strcspn(path, "/[");
        snprintf(part, sizeof part, "%.*s", (int)length, path);
        json = json_object_get(json, part);
        path += length;
        if (*path == '[') {
            length = strcspn(path + 1, "]");
            snprintf(part, sizeof part, "%.*s", (int)length, path + 1);
            json = strcmp(part, "-1") == 0
                       ? last_of(json)
                       : find_named(json, strcmp(part, "@") == 0 ? at : part);
            path += length + 2;
        }
        path += *path == '/';
    }
    return json_is_number(json) ? json_number_value(json) : NAN;
}

static double follow(const json_t *json, const char *path) {
    return follow_at(json, path, "");
}

/* ---- lists ---- */

/* Allocates as many entries as a record's list has, and puts their number into
 * `ret_count`. */
static void *room_for(const json_t *record, const char *list, size_t size,
                      size_t *ret_count) {
    *ret_count = json_array_size(json_object_get(record, list));
    return calloc(*ret_count + 1, size);
}

static void take_samples(const json_t *record, struct reading *r) {
    const json_t *list = json_object_get(record, "samples");
    for (size_t i = 0; i < r->sample_count; i++) {
        const json_t *entry = json_array_get(list, i);
        r->samples[i] =
            (struct reading_sample){follow(entry, "due_ms"), follow(entry, "ms") / 1000,
                                    follow(entry, "footprint")};
    }
}

static void take_gaps(const json_t *record, struct reading *r) {
    const json_t *list = json_object_get(record, "gaps");
    for (size_t i = 0; i < r->gap_count; i++) {
        const json_t *entry = json_array_get(list, i);
        r->gaps[i] = (struct reading_gap){follow(entry, "n"), follow(entry, "live"),
                                          follow(entry, "floor"),
                                          follow(entry, "memory/footprint")};
    }
}

static void take_builds(const json_t *record, struct reading *r) {
    const json_t *list = json_object_get(record, "builds");
    for (size_t i = 0; i < r->build_count; i++) {
        const json_t *entry = json_array_get(list, i);
        double idle_ms = follow(entry, "idle"); /* none: no gap before it */
        r->builds[i] = (struct wake_build){follow(entry, "wall"), follow(entry, "minflt"),
                                           isnan(idle_ms) ? 0 : idle_ms};
    }
}

static void take_cases(const json_t *record, struct reading *r) {
    const json_t *list = json_object_get(record, "cases");
    for (size_t i = 0; i < r->case_count; i++) {
        const json_t *entry = json_array_get(list, i);
        r->cases[i] =
            (struct reading_case){record_text(entry, "name"), follow(entry, "cpu"),
                                  follow(entry, "loop"), follow(entry, "pairs")};
    }
}

static void take_latency(const json_t *record, struct reading *r) {
    size_t i;
    json_t *entry;
    for (size_t call = 0; call < LATENCY_CALLS; call++)
        for (size_t k = 0; k < LATENCY_FIGURES; k++)
            r->calls[call][k] = NAN;
    json_array_foreach(json_object_get(record, "latency"), i, entry) {
        for (size_t call = 0; call < LATENCY_CALLS; call++) {
            if (strcmp(record_text(entry, "call"), latency_call_names[call]) != 0 ||
                !(follow(entry, "count") > 0))
                continue;
            for (size_t k = 0; k < LATENCY_FIGURES; k++)
                r->calls[call][k] = follow(entry, latency_figure_names[k]);
        }
    }
}

static void take_syscalls(const json_t *record, struct reading *r) {
    const json_t *counts = json_object_get(record, "syscalls");
    const char *name;
    json_t *value;
    bool any = counts && r->build_count;
    for (size_t i = 0; i < 1 + SYSCALLS_COLUMNS; i++)
        r->syscalls[i] = any ? 0 : NAN;
    if (!any)
        return;
    json_object_foreach((json_t *)counts, name, value) {
        double a_build = json_number_value(value) / (double)r->build_count;
        r->syscalls[0] += a_build;
        for (size_t i = 0; i < SYSCALLS_COLUMNS; i++)
            if (strcmp(name, syscalls_columns[i]) == 0)
                r->syscalls[1 + i] = a_build;
    }
}

/* Reads the figures at the paths of measures.def, then derives the others from them. */
static void take_measures(const json_t *record, const char *checkpoint,
                          struct reading *r) {
    for (enum measure m = 0; m < MEASURES; m++) {
        const char *path = checkpoint ? measures[m].watched : measures[m].path;
        r->at[m] = path ? follow_at(record, path, checkpoint) : NAN;
    }
    for (enum measure m = 0; !checkpoint && m < MEASURES; m++)
        if (measures[m].derive)
            r->at[m] = measures[m].derive(r);
}

int reading_parse(const json_t *record, const char *checkpoint, struct reading *ret) {
    struct reading r = {.ok = record_is_ok(record),
                        .fault = record_text(record, "fault"),
                        .reason = record_text(record, "reason"),
                        .checksum = record_text(record, "checksum")};
    r.samples = room_for(record, "samples", sizeof *r.samples, &r.sample_count);
    r.gaps = room_for(record, "gaps", sizeof *r.gaps, &r.gap_count);
    r.builds = room_for(record, "builds", sizeof *r.builds, &r.build_count);
    r.cases = room_for(record, "cases", sizeof *r.cases, &r.case_count);
    if (!r.samples || !r.gaps || !r.builds || !r.cases) {
        reading_finish(&r);
        return -ENOMEM;
    }
    take_samples(record, &r);
    take_gaps(record, &r);
    take_builds(record, &r);
    take_cases(record, &r);
    take_latency(record, &r);
    take_syscalls(record, &r);
    take_measures(record, checkpoint, &r);
    *ret = r;
    return 0;
}

void reading_finish(struct reading *reading) {
    free(reading->samples);
    free(reading->gaps);
    free(reading->builds);
    free(reading->cases);
}

void reading_fail(struct reading *reading, const char *fault, const char *reason) {
    reading->ok = false;
    reading->fault = fault;
    reading->reason = reason;
}

double reading_sample_at(const struct reading *reading, double due_ms) {
    for (size_t i = 0; i < reading->sample_count; i++)
        if (reading->samples[i].due_ms == due_ms)
            return reading->samples[i].footprint;
    return NAN;
}

#define GAP_FIGURE(name, figure)                                                         \
    double name(const struct reading *r, const void *index) {                            \
        size_t i = *(const size_t *)index;                                               \
        return i < r->gap_count ? (figure) : NAN;                                        \
    }

GAP_FIGURE(reading_gap_build, r->gaps[i].build)
GAP_FIGURE(reading_gap_live, r->gaps[i].live)
GAP_FIGURE(reading_gap_floor, r->gaps[i].floor)
GAP_FIGURE(reading_gap_footprint, r->gaps[i].footprint)
GAP_FIGURE(reading_gap_left, r->gaps[i].footprint - r->at[MEASURE_BASELINE])

/* ---- derived ---- */

static bool curve_of_reading(const struct reading *r, struct curve *ret) {
    double floor = r->at[MEASURE_BASELINE] + r->at[MEASURE_FLOOR];
    struct curve_point *points = calloc(r->sample_count + 1, sizeof *points);
    bool good = points && r->sample_count && !isnan(floor) && !isnan(r->at[MEASURE_END]);
    for (size_t i = 0; good && i < r->sample_count; i++) {
        points[i] = (struct curve_point){r->samples[i].s, r->samples[i].footprint};
        good = !isnan(points[i].s) && !isnan(points[i].bytes);
    }
    if (good)
        *ret = curve_of(points, r->sample_count, r->at[MEASURE_END], floor);
    free(points);
    return good;
}

/* Defines a figure that is one member of a struct, which another function makes from the
 * reading. */
#define MEMBER_FIGURE(name, type, whole, member)                                         \
    double name(const struct reading *r) {                                               \
        struct type it;                                                                  \
        return whole(r, &it) ? it.member : NAN;                                          \
    }

MEMBER_FIGURE(reading_t50, curve, curve_of_reading, t50_s)
MEMBER_FIGURE(reading_t90, curve, curve_of_reading, t90_s)
MEMBER_FIGURE(reading_residual, curve, curve_of_reading, residual_bytes)
MEMBER_FIGURE(reading_area, curve, curve_of_reading, area_byte_s)

double reading_ratchet(const struct reading *r) {
    struct ratchet_point *points = calloc(r->gap_count + 1, sizeof *points);
    double slope = NAN;
    bool good = points && r->gap_count;
    for (size_t i = 0; good && i < r->gap_count; i++) {
        points[i] = (struct ratchet_point){r->gaps[i].build, r->gaps[i].footprint};
        good = !isnan(points[i].build) && !isnan(points[i].bytes);
    }
    if (good && !ratchet_of(points, r->gap_count, &slope))
        slope = NAN;
    free(points);
    return slope;
}

double reading_growth(const struct reading *r) {
    if (r->gap_count < 2 || !(r->gaps[0].footprint > 0))
        return NAN;
    return r->gaps[r->gap_count - 1].footprint / r->gaps[0].footprint;
}

double reading_faults_a_build(const struct reading *r) {
    return r->build_count ? r->at[MEASURE_FAULTS] / (double)r->build_count : NAN;
}

double reading_ops_a_second(const struct reading *r) {
    return r->at[MEASURE_WORK] > 0 ? r->at[MEASURE_OPS] / (r->at[MEASURE_WORK] / 1e9)
                                   : NAN;
}

double reading_instructions(const struct reading *r) {
    return r->at[MEASURE_OPS] > 0 ? r->at[MEASURE_COUNTED] / r->at[MEASURE_OPS] : NAN;
}

static bool wake_of_reading(const struct reading *r, struct wake *ret) {
    for (size_t i = 0; i < r->build_count; i++)
        if (isnan(r->builds[i].wall_ns) || isnan(r->builds[i].minor_faults))
            return false;
    return wake_of(r->builds, r->build_count, ret);
}

MEMBER_FIGURE(reading_wake_penalty, wake, wake_of_reading, penalty)
MEMBER_FIGURE(reading_wake_faults, wake, wake_of_reading, faults)

/* ---- for results.json ---- */

json_t *reading_derived_to_json(const json_t *record) {
    static const struct {
        const char *name;
        enum measure measure;
    } derived[] = {
        {"t50_s", MEASURE_T50},
        {"t90_s", MEASURE_T90},
        {"residual", MEASURE_RESIDUAL},
        {"area_byte_s", MEASURE_AREA},
        {"ratchet_bytes_per_build", MEASURE_RATCHET},
        {"wake_penalty", MEASURE_WAKE_PENALTY},
        {"wake_faults", MEASURE_WAKE_FAULTS},
    };
    struct reading reading;
    json_t *json = json_object();
    if (reading_parse(record, NULL, &reading) < 0)
        return json;
    for (size_t i = 0; i < sizeof derived / sizeof derived[0]; i++) {
        double value = reading.at[derived[i].measure];
        if (!isnan(value)) /* JSON has no infinity: null means never */
            json_object_set_new(json, derived[i].name, record_real(value));
    }
    reading_finish(&reading);
    return json;
}
