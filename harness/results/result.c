#include "result.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "heap.h"
#include "journal.h"
#include "reason.h"
#include "record.h"
#include "stats.h"

#define SCHEMA "tidemark-results"

/* The last record of each cell, in the order of the cells' first records. */
static json_t *last_of_each_cell(const json_t *records) {
    json_t *by_key = json_object(), *cells = json_array();
    size_t i;
    json_t *record;
    json_array_foreach((json_t *)records, i, record) {
        if (strcmp(record_text(record, "kind"), "session") != 0)
            json_object_set(by_key, record_text(record, "key"), record);
    }
    const char *key;
    json_object_foreach(by_key, key, record) json_array_append(cells, record);
    json_decref(by_key);
    return cells;
}

static double sum_of_sessions(const json_t *records) {
    double wall_s = 0;
    size_t i;
    json_t *record;
    json_array_foreach((json_t *)records, i, record) {
        if (strcmp(record_text(record, "kind"), "session") == 0)
            wall_s += json_number_value(json_object_get(record, "wall_s"));
    }
    return wall_s;
}

json_t *result_assemble(const json_t *plan_file, const json_t *records, bool complete) {
    return json_pack(
        "{s:s, s:i, s:b, s:f, s:O, s:O, s:o}", "schema", SCHEMA, "schema_version",
        RESULT_SCHEMA_VERSION, "complete", complete, "wall_s", sum_of_sessions(records),
        "environment", json_object_get(plan_file, "environment"), "plan",
        json_object_get(plan_file, "plan"), "records", last_of_each_cell(records));
}

int result_write_json(const json_t *root, size_t flags, const char *folder,
                      const char *name, struct reason *reason) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *text = root ? json_dumps(root, flags) : NULL;
    if (!text) {
        reason_set(reason, "out of memory while writing %s", path);
        return -ENOMEM;
    }
    int error = file_replace(path, text, strlen(text), reason);
    free(text);
    return error;
}

int result_write(const json_t *root, const char *folder, struct reason *reason) {
    return result_write_json(root, JSON_INDENT(1) | JSON_REAL_PRECISION(12), folder,
                             RESULT_FILE, reason);
}

static int load_json(const char *path, json_t **ret, struct reason *reason) {
    json_error_t error;
    *ret = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (*ret)
        return 0;
    reason_set(reason, "cannot read %s: line %d: %s", path, error.line, error.text);
    return -EBADMSG;
}

static bool exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}

/* Makes the content of results.json from a run's plan and journal. */
static int read_journal(const char *plan_path, const char *journal_path, json_t **ret,
                        struct reason *reason) {
    json_t *plan_file, *records;
    int error = load_json(plan_path, &plan_file, reason);
    if (error)
        return error;
    error = journal_read(journal_path, &records, reason);
    if (!error) {
        *ret = result_assemble(plan_file, records, false);
        json_decref(records);
        if (!*ret) {
            reason_set(reason, "%s is malformed: it lacks its plan or environment",
                       plan_path);
            error = -EBADMSG;
        }
    }
    json_decref(plan_file);
    return error;
}

/*
 * Loads the run in a folder. The journal is the truth. results.json is derived from it,
 * and counts only if the journal or the plan is missing (a merged run, or one that was
 * sent on).
 */
static int read_folder(const char *folder, json_t **ret, struct reason *reason) {
    char plan_path[PATH_MAX], journal_path[PATH_MAX], file[PATH_MAX];
    snprintf(plan_path, sizeof plan_path, "%s/" RESULT_PLAN, folder);
    snprintf(journal_path, sizeof journal_path, "%s/" RESULT_JOURNAL, folder);
    snprintf(file, sizeof file, "%s/" RESULT_FILE, folder);
    if (exists(plan_path) && exists(journal_path))
        return read_journal(plan_path, journal_path, ret, reason);
    if (exists(file))
        return load_json(file, ret, reason);
    reason_set(reason,
               "there is no run in %s (neither " RESULT_PLAN " with " RESULT_JOURNAL
               " nor " RESULT_FILE "); make one with `tidemark run`",
               folder);
    return -ENOENT;
}

static int check_schema(const json_t *root, const char *path, struct reason *reason) {
    json_int_t version = json_integer_value(json_object_get(root, "schema_version"));
    if (strcmp(record_text(root, "schema"), SCHEMA) != 0) {
        reason_set(reason,
                   "%s is not a result of tidemark (\"schema\" is not \"" SCHEMA "\")",
                   path);
        return -EBADMSG;
    }
    if (version != RESULT_SCHEMA_VERSION) {
        reason_set(reason, "%s has schema version %lld; this tidemark reads version %d",
                   path, (long long)version, RESULT_SCHEMA_VERSION);
        return -EBADMSG;
    }
    return 0;
}

/* ---- readings ---- */

_Static_assert(PLAN_WORKLOADS_MAX <= 256 && VARIANTS_MAX <= 256 &&
                   PLAN_CHECKPOINTS_MAX <= 256 && PLAN_ROUNDS_MAX <= UINT16_MAX,
               "each part of a key has room");

/* Identifies a round of a cell. Its upper 24 bits, workload and threads, say which work
 * the reading did. */
static uint64_t key_of(const struct plan *plan, const struct cell *cell, unsigned round) {
    uint64_t work = (uint64_t)(cell->workload - plan->workloads) << 16 | cell->threads,
             variant = (uint64_t)(cell->variant - plan->variants.at);
    unsigned slot = cell->kind == CELL_MEMORY ? cell->idle : cell->memory;
    return work << 40 | (uint64_t)cell->kind << 32 | variant << 24 | slot << 16 | round;
}

static uint64_t work_of(const struct reading *reading) {
    return reading->key >> 40;
}

/* Compares keys; that of a reading is its first member. */
static int by_key(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Parses the record of one round. The result is incomplete if there is none. */
static void parse_round(struct result *result, const json_t *records,
                        const struct cell *cell, unsigned round) {
    char key[PLAN_KEY_MAX];
    plan_cell_key(cell, round, key, sizeof key);
    const json_t *record = json_object_get(records, key);
    if (!record) {
        result->complete = false;
        return;
    }
    struct reading *reading = &result->readings[result->reading_count++];
    reading_parse(record, cell->checkpoint, reading);
    reading->key = key_of(&result->plan, cell, round);
}

static void parse_all(struct result *result, const json_t *records) {
    json_t *by_name = json_object();
    size_t i;
    json_t *record;
    json_array_foreach((json_t *)records, i, record)
        json_object_set(by_name, record_text(record, "key"), record);
    result->complete = true;
    result->readings =
        heap_new(json_array_size(records) * (1 + result->plan.checkpoint_count),
                 sizeof *result->readings);
    for (enum cell_kind kind = 0; kind < CELL_KINDS; kind++) {
        struct cell *cells;
        size_t count = plan_cells(&result->plan, kind, &cells);
        for (size_t c = 0; c < count; c++)
            for (unsigned r = 1; r <= plan_rounds(&result->plan, kind); r++)
                parse_round(result, by_name, &cells[c], r);
        free(cells);
    }
    json_decref(by_name);
    qsort(result->readings, result->reading_count, sizeof *result->readings, by_key);
}

const struct reading *result_reading(const struct result *result, const struct cell *cell,
                                     unsigned round) {
    uint64_t key = key_of(&result->plan, cell, round);
    return bsearch(&key, result->readings, result->reading_count,
                   sizeof *result->readings, by_key);
}

const struct reading *result_good(const struct result *result, const struct cell *cell,
                                  unsigned round) {
    const struct reading *reading = result_reading(result, cell, round);
    return reading && reading->ok ? reading : NULL;
}

size_t result_collect(const struct result *result, const struct cell *cell,
                      result_figure *get, const void *which, double *ret_values) {
    size_t n = 0;
    for (unsigned round = 1; round <= plan_rounds(&result->plan, cell->kind); round++) {
        const struct reading *reading = result_good(result, cell, round);
        double value = reading ? get(reading, which) : NAN;
        if (!isnan(value))
            ret_values[n++] = value;
    }
    return n;
}

double result_median_of(const struct result *result, const struct cell *cell,
                        result_figure *get, const void *which) {
    double values[plan_rounds(&result->plan, cell->kind) + 1];
    size_t n = result_collect(result, cell, get, which, values);
    return n ? stats_median(values, n) : NAN;
}

static double value_of(const struct reading *reading, const void *measure) {
    return reading->at[*(const enum measure *)measure];
}

size_t result_values(const struct result *result, const struct cell *cell,
                     enum measure measure, double *ret_values) {
    return result_collect(result, cell, value_of, &measure, ret_values);
}

double result_median(const struct result *result, const struct cell *cell,
                     enum measure measure) {
    return result_median_of(result, cell, value_of, &measure);
}

/* ---- checksums ---- */

/* How many readings went well, did this work, and have this checksum. */
static size_t count_agreeing(const struct result *result, uint64_t work,
                             const char *checksum) {
    size_t n = 0;
    for (size_t i = 0; i < result->reading_count; i++) {
        const struct reading *r = &result->readings[i];
        n += r->ok && work_of(r) == work && strcmp(r->checksum, checksum) == 0;
    }
    return n;
}

/* Whether at least as many readings of the same work agree on another checksum. */
static bool is_outvoted(const struct result *result, const struct reading *reading) {
    size_t own = count_agreeing(result, work_of(reading), reading->checksum);
    for (size_t i = 0; i < result->reading_count; i++) {
        const struct reading *r = &result->readings[i];
        if (r->ok && work_of(r) == work_of(reading) &&
            strcmp(r->checksum, reading->checksum) != 0 &&
            count_agreeing(result, work_of(r), r->checksum) >= own)
            return true;
    }
    return false;
}

/*
 * All readings of the same work must have the same checksum. A reading fails if at least
 * as many others agree on another checksum. So all fail if no checksum has more readings
 * than every other one.
 */
static void fail_differing_checksums(struct result *result) {
    bool *outvoted = heap_new(result->reading_count, sizeof *outvoted);
    for (size_t i = 0; i < result->reading_count; i++)
        outvoted[i] = result->readings[i].ok && is_outvoted(result, &result->readings[i]);
    for (size_t i = 0; i < result->reading_count; i++)
        if (outvoted[i])
            reading_fail(&result->readings[i], "checksum",
                         "its checksum differs from other cells' of the same work: it "
                         "did not do that work");
    free(outvoted);
}

void result_parse(struct result *result, const json_t *records) {
    parse_all(result, records);
    fail_differing_checksums(result);
}

/* ---- loading ---- */

/* Parses `root`. Takes it over, even on failure. */
static int take_root(struct result *ret, json_t *root, const char *path,
                     struct reason *reason) {
    const json_t *records = json_object_get(root, "records");
    *ret = (struct result){.root = root,
                           .environment = json_object_get(root, "environment"),
                           .wall_s = json_number_value(json_object_get(root, "wall_s"))};
    int error = check_schema(root, path, reason);
    if (!error)
        error = plan_from_json(json_object_get(root, "plan"), &ret->plan, reason);
    if (!error && (!json_is_array(records) || !json_is_object(ret->environment))) {
        reason_set(reason, "%s is malformed: it lacks its records or environment", path);
        error = -EBADMSG;
    }
    if (error)
        result_finish(ret);
    else
        result_parse(ret, records);
    return error;
}

int result_load(struct result *ret, const char *path, struct reason *reason) {
    struct stat info;
    if (stat(path, &info) < 0) {
        int missing = -errno;
        reason_set(reason, "there is no run at %s (%s); make one with `tidemark run`",
                   path, strerror(-missing));
        return missing;
    }
    json_t *root;
    int error = S_ISDIR(info.st_mode) ? read_folder(path, &root, reason)
                                      : load_json(path, &root, reason);
    return error ? error : take_root(ret, root, path, reason);
}

void result_finish(struct result *result) {
    for (size_t i = 0; i < result->reading_count; i++)
        reading_finish(&result->readings[i]);
    free(result->readings);
    json_decref(result->root);
}
