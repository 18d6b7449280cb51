/* See result.h. */
#include "result.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "journal.h"
#include "reason.h"
#include "record.h"

#define SCHEMA "tidemark-results"

/* Cells in the order of their first record, each with its last. */
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

int result_write(const json_t *root, const char *folder, struct reason *reason) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/" RESULT_FILE, folder);
    char *text = root ? json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : NULL;
    if (!text) {
        reason_set(reason, "out of memory while writing %s", path);
        return -ENOMEM;
    }
    int error = file_replace(path, text, strlen(text), reason);
    free(text);
    return error;
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

/* What a run's plan and its journal hold. */
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
 * A folder's run: the journal is the truth, results.json only what was made of it once,
 * and counts where there is no journal (a merged run, or one that was sent on).
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
                   "%s is no result of tidemark (\"schema\" is not \"" SCHEMA "\")",
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

/* Whether every round of every cell of the plan is recorded. */
static int look_for_all(struct result *result) {
    result->complete = true;
    for (enum cell_kind kind = 0; kind < CELL_KINDS; kind++) {
        struct cell *cells;
        size_t count;
        int error = plan_cells(&result->plan, kind, &cells, &count);
        if (error)
            return error;
        for (size_t i = 0; i < count; i++)
            for (unsigned r = 1; r <= plan_rounds(&result->plan, kind); r++)
                result->complete &= result_record(result, &cells[i], r) != NULL;
        free(cells);
    }
    return 0;
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
    if (error)
        return error;
    error = check_schema(root, path, reason);
    struct result result = {.root = root,
                            .records = json_object_get(root, "records"),
                            .environment = json_object_get(root, "environment"),
                            .wall_s = json_number_value(json_object_get(root, "wall_s"))};
    if (!error)
        error = plan_from_json(json_object_get(root, "plan"), &result.plan, reason);
    if (!error &&
        (!json_is_array(result.records) || !json_is_object(result.environment))) {
        reason_set(reason, "%s is malformed: it lacks its records or environment", path);
        error = -EBADMSG;
    }
    if (!error)
        error = result_index(&result);
    if (!error)
        error = look_for_all(&result);
    if (error)
        json_decref(root);
    else
        *ret = result;
    return error;
}

int result_index(struct result *result) {
    size_t i;
    json_t *record;
    result->by_key = json_object();
    if (!result->by_key)
        return -ENOMEM;
    json_array_foreach((json_t *)result->records, i, record)
        json_object_set(result->by_key, record_text(record, "key"), record);
    return 0;
}

const json_t *result_record(const struct result *result, const struct cell *cell,
                            unsigned round) {
    char key[192];
    plan_cell_key(cell, round, key, sizeof key);
    return json_object_get(result->by_key, key);
}

void result_finish(struct result *result) {
    json_decref(result->by_key);
    json_decref(result->root);
}
