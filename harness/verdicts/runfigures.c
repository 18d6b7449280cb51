#include "runfigures.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "heap.h"
#include "reason.h"
#include "record.h"
#include "result.h"
#include "stats.h"
#include "summary.h"
#include "text.h"

#define SCHEMA "tidemark-baseline"

size_t series_values(const struct series *series, double *ret_values) {
    size_t n = 0;
    for (size_t i = 0; i < series->rounds; i++)
        if (!isnan(series->by_round[i]))
            ret_values[n++] = series->by_round[i];
    return n;
}

size_t series_point(const struct series *series, struct series_point *ret) {
    double values[RUNFIGURES_ROUNDS_MAX];
    size_t n = series_values(series, values);
    *ret = (struct series_point){NAN, NAN, NAN};
    if (n) {
        ret->median = stats_median(values, n);
        stats_order_interval(values, n, 0.95, &ret->low, &ret->high);
    }
    return n;
}

const char *runfigures_text(const struct runfigures *figures, const char *group,
                            const char *name) {
    const char *text =
        json_string_value(json_object_get(json_object_get(figures->head, group), name));
    return text ? text : "";
}

json_t *runfigures_variant(const struct runfigures *figures, const char *name) {
    return json_object_get(json_object_get(figures->head, "variants"), name);
}

bool runfigures_same_run(const struct runfigures *a, const struct runfigures *b) {
    return json_equal(json_object_get(a->head, "run"), json_object_get(b->head, "run")) &&
           json_equal(json_object_get(a->head, "environment"),
                      json_object_get(b->head, "environment"));
}

/* "Linux 6.1.0-28-amd64 x86_64" becomes "Linux 6.1 x86_64". */
static json_t *kernel_line(const char *kernel) {
    char system[32], machine[32];
    unsigned major, minor;
    if (sscanf(kernel, "%31s %u.%u%*s %31s", system, &major, &minor, machine) != 4)
        return json_string(kernel);
    return json_sprintf("%s %u.%u %s", system, major, minor, machine);
}

/* Steps by the square root of two, so that usual sizes lie in the middle of one. */
static json_t *memory_class(const char *memory) {
    double mib = strtod(memory, NULL);
    if (mib < 1)
        return json_string(memory);
    return json_sprintf("about %.2g GiB", exp2(round(2 * log2(mib / 1024)) / 2));
}

json_t *runfigures_environment(const struct runfigures *figures) {
    static const char *const ignored[] = {"started", "load_at_start", "gnuplot",
                                          "git_commit", "tidemark"};
    json_t *kind = json_object();
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(figures->head, "environment"), name, value) {
        const char *text = json_string_value(value);
        if (strncmp(name, "sha256 of ", 10) == 0)
            continue;
        if (text && strcmp(name, "kernel") == 0)
            json_object_set_new(kind, name, kernel_line(text));
        else if (text && strcmp(name, "memory") == 0)
            json_object_set_new(kind, name, memory_class(text));
        else
            json_object_set(kind, name, value);
    }
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        json_object_del(kind, ignored[i]);
    return kind;
}

const struct series *runfigures_find(const struct runfigures *figures,
                                     const char *measure, const char *workload,
                                     const char *variant, unsigned threads) {
    for (size_t i = 0; i < figures->count; i++) {
        const struct series *s = &figures->series[i];
        if (strcmp(s->measure, measure) == 0 && strcmp(s->workload, workload) == 0 &&
            strcmp(s->variant, variant) == 0 && s->threads == threads)
            return s;
    }
    return NULL;
}

void runfigures_finish(struct runfigures *figures) {
    for (size_t i = 0; i < figures->count; i++) {
        free(figures->series[i].by_round);
        free(figures->series[i].faults);
    }
    free(figures->series);
    json_decref(figures->head);
}

/* ---- of a run ---- */

/* Appends an empty series to the list, which must have room. */
static struct series *add_series(struct runfigures *figures, const char *measure,
                                 size_t rounds) {
    struct series *s = &figures->series[figures->count];
    *s = (struct series){.rounds = rounds};
    snprintf(s->measure, sizeof s->measure, "%s", measure);
    s->by_round = heap_new(rounds, sizeof *s->by_round);
    for (size_t i = 0; i < rounds; i++)
        s->by_round[i] = NAN;
    figures->count++;
    return s;
}

/* A cell's value in one round (from 1); for a timed measure the ratio to the reference. A
 * value that cannot be distinguished from nothing counts as the least that can. NAN with
 * `ret_fault` if there is none. */
static double value_in_round(const struct result *result, const struct cell *cell,
                             enum measure measure, unsigned round,
                             const char **ret_fault) {
    double least = measures[measure].least;
    struct cell reference = *cell;
    reference.variant = variant_find(&result->plan.variants, result->plan.reference);
    const struct reading *own = result_reading(result, cell, round), *other = NULL;
    *ret_fault = !own                      ? "not measured"
                 : !own->ok                ? own->fault
                 : isnan(own->at[measure]) ? "not recorded"
                                           : NULL;
    if (*ret_fault)
        return NAN;
    if (measures[measure].series != SERIES_TIMED)
        return fmax(own->at[measure], least);
    if (reference.variant)
        other = result_good(result, &reference, round);
    if (!other || isnan(other->at[measure])) {
        *ret_fault = "the reference failed";
        return NAN;
    }
    return fmax(own->at[measure], least) / fmax(other->at[measure], least);
}

/* The checksum of a cell's first good round; "" without one. */
static const char *checksum_of(const struct result *result, const struct cell *cell,
                               size_t rounds) {
    for (unsigned round = 1; round <= rounds; round++) {
        const struct reading *reading = result_good(result, cell, round);
        if (reading)
            return reading->checksum;
    }
    return "";
}

/* Whether any memory cell has more of a measure than counts as nothing. A program without
 * WebAssembly has no series of WebAssembly memory. */
static bool is_anywhere(const struct summary *summary, enum measure measure) {
    for (size_t i = 0; i < summary->counts[CELL_MEMORY]; i++)
        if (summary->rows[CELL_MEMORY][i].at[measure] > measures[measure].least)
            return true;
    return false;
}

/* Whether a row has a series of a measure. If its good rounds lack the measure, it was
 * not recorded then. */
static bool is_recorded(const struct summary *summary, const struct summary_row *row,
                        enum measure measure) {
    bool may_be_nothing =
        plan_is_watched(&summary->result->plan) && !measures[measure].decides;
    return (!may_be_nothing || is_anywhere(summary, measure)) &&
           (row->rounds == 0 || !isnan(row->at[measure]));
}

static void add_cell(struct runfigures *figures, const struct summary *summary,
                     const struct summary_row *row, enum measure measure, unsigned slot) {
    const struct result *result = summary->result;
    const struct plan *plan = &result->plan;
    const struct cell *cell = &row->cell;
    char name[MEASURE_NAME_MAX];
    measure_series_name(plan, measure, slot, name);
    struct series *s = add_series(figures, name, plan_rounds(plan, cell->kind));
    memcpy(s->workload, cell->workload->name, sizeof s->workload);
    memcpy(s->variant, cell->variant->name, sizeof s->variant);
    s->threads = cell->threads;
    s->is_control = cell->workload->is_control;
    s->tolerance = measure_tolerance(plan, measure);
    snprintf(s->checksum, sizeof s->checksum, "%s", checksum_of(result, cell, s->rounds));
    s->failed = row->fault.failed;
    snprintf(s->fault, sizeof s->fault, "%s", s->failed ? row->fault.fault : "");
    s->faults = heap_new(s->rounds, sizeof *s->faults);
    for (unsigned round = 1; round <= s->rounds; round++) {
        const char *fault;
        s->by_round[round - 1] = value_in_round(result, cell, measure, round, &fault);
        if (fault)
            snprintf(s->faults[round - 1], sizeof *s->faults, "%s", fault);
    }
}

/*
 * The facts must be equal for any comparison. The seed and the environment, with the load
 * at the start, distinguish one run from another.
 */
static json_t *make_head(const struct result *result) {
    const struct plan *plan = &result->plan;
    json_t *variants = json_object(), *unmeasured = json_object();
    for (size_t v = 0; v < plan->variants.count; v++) {
        const struct variant *variant = &plan->variants.at[v];
        if (variant->status != VARIANT_OK) {
            json_object_set_new(unmeasured, variant->name,
                                json_string(variant_status_name(variant->status)));
            continue;
        }
        char settings[VARIANT_ENV_MAX * sizeof variant->env[0]] = "";
        for (unsigned i = 0; i < variant->env_count; i++)
            text_append(settings, sizeof settings, "%s%s", i ? " " : "", variant->env[i]);
        json_t *facts =
            json_pack("{s:s, s:s, s:s, s:s}", "version", variant->version, "sha256",
                      variant->sha256, "settings", settings, "command", variant->command);
        if (plan_is_watched(plan)) /* nobody knows the build of a watched program */
            json_object_del(facts, "sha256");
        json_object_set_new(variants, variant->name, facts);
    }
    const char *commit = record_text(result->environment, "git_commit");
    return json_pack(
        "{s:{s:o, s:o, s:o, s:o, s:s}, s:{s:s, s:s, s:s, s:o, s:s}, s:o, s:o, s:O}",
        "facts", "scale", json_sprintf("%g", plan->scale), "builds",
        json_sprintf("%u", plan->builds), "workload_seed",
        json_sprintf("%" PRIu64, plan->workload_seed), "idle_s",
        json_sprintf("%g", (double)plan->idle_ms / 1000), "reference", plan->reference,
        "run", "memory", plan_memory_name(plan_main_memory(plan, CELL_TIMED)), "profile",
        plan->profile, "again", plan->again, "seed", json_sprintf("%" PRIu64, plan->seed),
        "commit", *commit ? commit : "unknown", "variants", variants, "unmeasured",
        unmeasured, "environment", result->environment);
}

void runfigures_of(struct runfigures *ret, const struct summary *summary,
                   const char *name) {
    *ret = (struct runfigures){.head = make_head(summary->result)};
    if (!ret->head)
        heap_exhausted();
    snprintf(ret->name, sizeof ret->name, "%s", name);
    ret->series =
        heap_new(MEASURES * (summary->counts[CELL_TIMED] + summary->counts[CELL_MEMORY]),
                 sizeof *ret->series);
    for (enum measure m = 0; m < MEASURES; m++)
        for (size_t i = 0; i < summary->counts[measure_kind(m)]; i++) {
            const struct summary_row *row = &summary->rows[measure_kind(m)][i];
            unsigned slot = measure_slot_of(m, &row->cell);
            if (measure_is_of(&summary->result->plan, m, slot, &row->cell) &&
                is_recorded(summary, row, m))
                add_cell(ret, summary, row, m, slot);
        }
}

/* ---- as JSON ---- */

static json_t *series_to_json(const struct series *s) {
    json_t *values = json_array();
    for (size_t i = 0; i < s->rounds; i++)
        json_array_append_new(values, isnan(s->by_round[i]) ? json_null()
                                                            : json_real(s->by_round[i]));
    return json_pack("{s:s, s:s, s:s, s:i, s:b, s:s, s:f, s:s, s:i, s:s, s:o}", "measure",
                     s->measure, "workload", s->workload, "variant", s->variant,
                     "threads", (int)s->threads, "is_control", s->is_control, "unit",
                     measure_unit(s->measure), "tolerance", s->tolerance, "checksum",
                     s->checksum, "failed", (int)s->failed, "fault", s->fault, "rounds",
                     values);
}

int runfigures_write(const struct runfigures *figures, const char *path,
                     struct reason *reason) {
    enum { STYLE = JSON_COMPACT | JSON_REAL_PRECISION(10) | JSON_ENCODE_ANY };
    struct file_draft draft;
    const char *name;
    json_t *value;
    int error = file_draft_begin(&draft, path, reason);
    if (error)
        return error;
    fprintf(draft.out, "{\n \"schema\": \"" SCHEMA "\",\n \"schema_version\": %d",
            RUNFIGURES_VERSION);
    json_object_foreach(figures->head, name, value) {
        fprintf(draft.out, ",\n \"%s\": ", name);
        error |= json_dumpf(value, draft.out, STYLE);
    }
    fputs(",\n \"series\": [", draft.out);
    for (size_t i = 0; i < figures->count; i++) {
        value = series_to_json(&figures->series[i]);
        fputs(i ? ",\n  " : "\n  ", draft.out);
        error |= json_dumpf(value, draft.out, STYLE);
        json_decref(value);
    }
    fputs("\n ]\n}\n", draft.out);
    return file_draft_write(&draft, error ? -ENOMEM : 0, reason);
}

/* Copies a text; false if it is too long. */
static bool take_text(char *target, size_t size, const char *text) {
    return snprintf(target, size, "%s", text) < (int)size;
}

static bool series_from_json(struct runfigures *figures, json_t *json) {
    const char *measure, *workload, *variant, *checksum, *fault;
    int threads, is_control, failed;
    double tolerance;
    json_t *rounds;
    if (json_unpack(json, "{s:s, s:s, s:s, s:i, s:b, s:F, s:s, s:i, s:s, s:o}", "measure",
                    &measure, "workload", &workload, "variant", &variant, "threads",
                    &threads, "is_control", &is_control, "tolerance", &tolerance,
                    "checksum", &checksum, "failed", &failed, "fault", &fault, "rounds",
                    &rounds) < 0 ||
        !json_is_array(rounds) || json_array_size(rounds) > RUNFIGURES_ROUNDS_MAX ||
        tolerance <= 0)
        return false;
    struct series *s = add_series(figures, measure, json_array_size(rounds));
    if (!take_text(s->workload, sizeof s->workload, workload) ||
        !take_text(s->variant, sizeof s->variant, variant) ||
        !take_text(s->checksum, sizeof s->checksum, checksum) ||
        !take_text(s->fault, sizeof s->fault, fault))
        return false;
    s->threads = (unsigned)threads;
    s->is_control = is_control;
    s->tolerance = tolerance;
    s->failed = (size_t)failed;
    size_t i;
    json_t *value;
    json_array_foreach(rounds, i, value) {
        if (json_is_number(value) && json_number_value(value) > 0)
            s->by_round[i] = json_number_value(value);
        else if (!json_is_null(value))
            return false;
    }
    return true;
}

/* The members of a file that describe the run. NULL if one is missing. */
static json_t *copy_head(const json_t *root) {
    json_t *facts, *run, *variants, *environment, *unmeasured = NULL;
    if (json_unpack((json_t *)root, "{s:o, s:o, s:o, s:o, s?o}", "facts", &facts, "run",
                    &run, "variants", &variants, "environment", &environment,
                    "unmeasured", &unmeasured) < 0 ||
        !json_is_object(facts) || !json_is_object(run) || !json_is_object(variants) ||
        !json_is_object(environment))
        return NULL;
    return json_pack("{s:O, s:O, s:O, s:O, s:O*}", "facts", facts, "run", run, "variants",
                     variants, "environment", environment, "unmeasured", unmeasured);
}

int runfigures_from_json(struct runfigures *ret, const json_t *root, const char *name,
                         struct reason *reason) {
    const char *schema = json_string_value(json_object_get(root, "schema"));
    json_int_t version = json_integer_value(json_object_get(root, "schema_version"));
    if (!schema || strcmp(schema, SCHEMA) != 0 || version != RUNFIGURES_VERSION) {
        reason_set(reason,
                   "%s is not a baseline that this tidemark reads (it wants \"" SCHEMA
                   "\", version %d); take one with `tidemark baseline take`",
                   name, RUNFIGURES_VERSION);
        return -EBADMSG;
    }
    const json_t *list = json_object_get(root, "series");
    struct runfigures figures = {.head = copy_head(root)};
    snprintf(figures.name, sizeof figures.name, "%s", name);
    figures.series = heap_new(json_array_size(list), sizeof *figures.series);
    bool good = figures.head && json_is_array(list);
    for (size_t i = 0; good && i < json_array_size(list); i++)
        good = series_from_json(&figures, json_array_get(list, i));
    if (!good) {
        reason_set(reason,
                   "the baseline %s is damaged; take it again with `tidemark "
                   "baseline take`",
                   name);
        runfigures_finish(&figures);
        return -EBADMSG;
    }
    *ret = figures;
    return 0;
}

/* ---- from a path ---- */

static int load_run(struct runfigures *ret, const char *path, struct reason *reason) {
    struct result result;
    struct summary summary;
    int error = result_load(&result, path, reason);
    if (error)
        return error;
    summary_make(&summary, &result);
    runfigures_of(ret, &summary, path);
    summary_finish(&summary);
    result_finish(&result);
    return 0;
}

static bool is_file(const char *folder, const char *name) {
    char path[PATH_MAX];
    struct stat info;
    return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path &&
           stat(path, &info) == 0;
}

int runfigures_load(struct runfigures *ret, const char *path, const char *profile,
                    struct reason *reason) {
    char file[PATH_MAX];
    struct stat info;
    bool is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    if (is_folder && (is_file(path, RESULT_FILE) || is_file(path, RESULT_PLAN)))
        return load_run(ret, path, reason);
    snprintf(file, sizeof file, is_folder ? "%s/%s.json" : "%s", path, profile);
    if (is_folder && stat(file, &info) < 0) {
        reason_set(reason,
                   "in %s is neither a run nor a baseline of the profile %s (%s.json)",
                   path, profile, profile);
        return -ENOENT;
    }
    json_t *root = json_load_file(file, 0, NULL);
    bool is_baseline = strcmp(record_text(root, "schema"), SCHEMA) == 0;
    int error = is_baseline ? runfigures_from_json(ret, root, file, reason)
                            : load_run(ret, file, reason);
    json_decref(root);
    return error;
}
