#include "reading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

/* ---- where a record has a figure ---- */

/* The entry of a list whose `member` is this text; NULL without one. */
static const json_t *find_entry(const json_t *list, const char *member,
                                const char *text) {
    size_t i;
    json_t *entry;
    json_array_foreach((json_t *)list, i, entry) {
        if (strcmp(record_text(entry, member), text) == 0)
            return entry;
    }
    return NULL;
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
                       ? json_array_get(json, json_array_size(json) - 1)
                       : find_entry(json, "name", strcmp(part, "@") == 0 ? at : part);
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

static void take_sample(const json_t *entry, void *ret) {
    *(struct reading_sample *)ret = (struct reading_sample){
        follow(entry, "due_ms"), follow(entry, "ms") / 1000, follow(entry, "footprint")};
}

static void take_gap(const json_t *entry, void *ret) {
    *(struct reading_gap *)ret =
        (struct reading_gap){follow(entry, "n"), follow(entry, "live"),
                             follow(entry, "floor"), follow(entry, "memory/footprint")};
}

static void take_build(const json_t *entry, void *ret) {
    double idle_ms = follow(entry, "idle"); /* none: no gap before it */
    *(struct reading_build *)ret = (struct reading_build){
        follow(entry, "wall"), follow(entry, "minflt"), isnan(idle_ms) ? 0 : idle_ms};
}

static void take_case(const json_t *entry, void *ret) {
    *(struct reading_case *)ret =
        (struct reading_case){record_text(entry, "name"), follow(entry, "cpu"),
                              follow(entry, "loop"), follow(entry, "pairs")};
}

/* Allocates and takes the entries of a record's list, of `size` bytes each. */
static void *take_list(const json_t *record, const char *name, size_t size,
                       void (*take)(const json_t *entry, void *ret), size_t *ret_count) {
    const json_t *list = json_object_get(record, name);
    *ret_count = json_array_size(list);
    char *entries = heap_new(*ret_count, size);
    for (size_t i = 0; i < *ret_count; i++)
        take(json_array_get(list, i), entries + i * size);
    return entries;
}

static void take_latency(const json_t *record, struct reading *r) {
    const json_t *list = json_object_get(record, "latency");
    for (size_t call = 0; call < LATENCY_CALLS; call++) {
        const json_t *entry = find_entry(list, "call", latency_call_names[call]);
        bool was_made = follow(entry, "count") > 0;
        for (size_t k = 0; k < LATENCY_FIGURES; k++)
            r->calls[call][k] = was_made ? follow(entry, latency_figure_names[k]) : NAN;
    }
}

static void take_syscalls(const json_t *record, struct reading *r) {
    const json_t *counts = json_object_get(record, "syscalls");
    double all = 0, builds = counts && r->build_count ? (double)r->build_count : NAN;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)counts, name, value) all += json_number_value(value);
    r->syscalls[0] = all / builds;
    for (size_t i = 0; i < SYSCALLS_COLUMNS; i++)
        r->syscalls[1 + i] =
            json_number_value(json_object_get(counts, syscalls_columns[i])) / builds;
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

void reading_parse(const json_t *record, const char *checkpoint, struct reading *ret) {
    struct reading r = {.ok = record_is_ok(record),
                        .fault = record_text(record, "fault"),
                        .reason = record_text(record, "reason"),
                        .checksum = record_text(record, "checksum")};
    r.samples =
        take_list(record, "samples", sizeof *r.samples, take_sample, &r.sample_count);
    r.gaps = take_list(record, "gaps", sizeof *r.gaps, take_gap, &r.gap_count);
    r.builds = take_list(record, "builds", sizeof *r.builds, take_build, &r.build_count);
    r.cases = take_list(record, "cases", sizeof *r.cases, take_case, &r.case_count);
    take_latency(record, &r);
    take_syscalls(record, &r);
    take_measures(record, checkpoint, &r);
    *ret = r;
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

double reading_sample_at(const struct reading *reading, const void *due_ms) {
    for (size_t i = 0; i < reading->sample_count; i++)
        if (reading->samples[i].due_ms == *(const double *)due_ms)
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
    reading_parse(record, NULL, &reading);
    for (size_t i = 0; i < sizeof derived / sizeof derived[0]; i++) {
        double value = reading.at[derived[i].measure];
        if (!isnan(value)) /* JSON has no infinity: null means never */
            json_object_set_new(json, derived[i].name, record_real(value));
    }
    reading_finish(&reading);
    return json;
}
