#include "history.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"
#include "reason.h"
#include "record.h"
#include "runfigures.h"
#include "stats.h"

/* No segment of a trend is shorter, so one odd night is not a change. */
enum { LEAST_SEGMENT = 3, SEED = 1 };
/* The level of a test. It is low because a trend has hundreds of lines with tests. */
static const double change_level = 0.01;

struct history {
    sqlite3 *db;
};

static const char schema[] =
    "CREATE TABLE kind (id INTEGER PRIMARY KEY, profile TEXT NOT NULL, facts TEXT NOT "
    "NULL,"
    " environment TEXT NOT NULL, UNIQUE (profile, facts, environment));"
    "CREATE TABLE run (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE,"
    " kind INTEGER NOT NULL REFERENCES kind, commit_id TEXT NOT NULL,"
    " imported TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);"
    "CREATE TABLE variant (run INTEGER NOT NULL REFERENCES run, name TEXT NOT NULL,"
    " version TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (run, name));"
    "CREATE TABLE series (id INTEGER PRIMARY KEY, measure TEXT NOT NULL,"
    " workload TEXT NOT NULL, threads INTEGER NOT NULL, variant TEXT NOT NULL,"
    " UNIQUE (measure, workload, threads, variant));"
    "CREATE TABLE value (run INTEGER NOT NULL REFERENCES run,"
    " series INTEGER NOT NULL REFERENCES series, rounds INTEGER NOT NULL,"
    " failed INTEGER NOT NULL, median REAL, low REAL, high REAL,"
    " PRIMARY KEY (run, series)) WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

/* ---- SQLite: its errors become -errno with a reason ---- */

static int fail(struct history *h, struct reason *reason) {
    reason_set(reason, "the history %s: %s", sqlite3_db_filename(h->db, "main"),
               sqlite3_errmsg(h->db));
    return -EIO;
}

static int prepare(struct history *h, sqlite3_stmt **ret, const char *sql,
                   struct reason *reason) {
    return sqlite3_prepare_v2(h->db, sql, -1, ret, NULL) == SQLITE_OK ? 0
                                                                      : fail(h, reason);
}

/* Ends the reading of rows: `step` is what the last sqlite3_step() said. */
static int finish(struct history *h, sqlite3_stmt *statement, int step,
                  struct reason *reason) {
    int error = step == SQLITE_DONE || step == SQLITE_ROW ? 0 : fail(h, reason);
    sqlite3_finalize(statement);
    return error;
}

/* Runs a statement with the arguments that `format` lists: s text, i long, d double (NAN
 * is NULL). `ret` gets the first column of its first row, 0 without a row; or NULL. */
static int execute(struct history *h, long *ret, struct reason *reason, const char *sql,
                   const char *format, ...) {
    sqlite3_stmt *statement;
    int error = prepare(h, &statement, sql, reason);
    if (error)
        return error;
    va_list args;
    va_start(args, format);
    for (int i = 1; *format; i++, format++) {
        if (*format == 's')
            sqlite3_bind_text(statement, i, va_arg(args, const char *), -1,
                              SQLITE_TRANSIENT);
        else if (*format == 'i')
            sqlite3_bind_int64(statement, i, va_arg(args, long));
        else
            sqlite3_bind_double(statement, i, va_arg(args, double));
    }
    va_end(args);
    int step = sqlite3_step(statement);
    if (ret)
        *ret = step == SQLITE_ROW ? (long)sqlite3_column_int64(statement, 0) : 0;
    return finish(h, statement, step, reason);
}

static void copy_column(char *target, size_t size, sqlite3_stmt *statement, int column) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    snprintf(target, size, "%s", text ? (const char *)text : "");
}

/* ---- opening ---- */

/* Makes the tables if `create` and the file has none. */
static int check_version(struct history *h, const char *path, bool create,
                         struct reason *reason) {
    long version = 0, tables = 0;
    int error = execute(h, &version, reason, "PRAGMA user_version", "");
    if (!error)
        error = execute(h, &tables, reason, "SELECT count(*) FROM sqlite_master", "");
    if (!error && create && version == 0 && tables == 0)
        return sqlite3_exec(h->db, schema, NULL, NULL, NULL) == SQLITE_OK
                   ? 0
                   : fail(h, reason);
    if (!error && version != HISTORY_VERSION) {
        if (version == 0)
            reason_set(reason,
                       "%s is no history of tidemark; name another file, or make one "
                       "with `tidemark history import RUN`",
                       path);
        else
            reason_set(reason,
                       "%s has schema version %ld; this tidemark reads version %d: use "
                       "the tidemark that wrote it, or another file",
                       path, version, HISTORY_VERSION);
        error = -EBADMSG;
    }
    return error;
}

/* Ends the transaction: commits it, or undoes it after an error. */
static int end_transaction(struct history *h, int error, struct reason *reason) {
    error = error ? error : execute(h, NULL, reason, "COMMIT", "");
    if (error)
        execute(h, NULL, NULL, "ROLLBACK", "");
    return error;
}

int history_open(struct history **ret, const char *path, bool create,
                 struct reason *reason) {
    if (!create && access(path, F_OK) < 0) {
        int error = -errno;
        reason_set(reason,
                   "there is no history at %s (%s); make one with `tidemark "
                   "history import RUN`",
                   path, strerror(-error));
        return error;
    }
    struct history *h = heap_new(1, sizeof *h);
    int error = 0;
    if (sqlite3_open(path, &h->db) != SQLITE_OK) {
        reason_set(reason, "cannot open %s: %s", path, sqlite3_errmsg(h->db));
        error = -EIO;
    }
    if (!error)
        sqlite3_busy_timeout(h->db, 10000);
    if (!error) /* in a transaction, so that two programs do not make the same tables */
        error = execute(h, NULL, reason, create ? "BEGIN IMMEDIATE" : "BEGIN", "");
    if (!error)
        error = end_transaction(h, check_version(h, path, create, reason), reason);
    if (error)
        history_close(h);
    else
        *ret = h;
    return error;
}

void history_close(struct history *history) {
    sqlite3_close(history->db);
    free(history);
}

/* ---- import ---- */

/* A text that is equal for equal JSON, which it takes over. The caller frees it. */
static char *text_of(json_t *json) {
    char *text = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(json);
    if (!text)
        heap_exhausted();
    return text;
}

/* The kind of a run; 0 if there is none and `create` is not set. Times on warm and on
 * cold memory cannot be compared, so the condition of memory is part of the environment.
 */
static int find_kind(struct history *h, const struct runfigures *figures, bool create,
                     long *ret, struct reason *reason) {
    const char *profile = runfigures_text(figures, "run", "profile");
    json_t *kind = runfigures_environment(figures);
    json_object_set_new(kind, "times on",
                        json_string(runfigures_text(figures, "run", "memory")));
    char *environment = text_of(kind);
    char *facts = text_of(json_copy(json_object_get(figures->head, "facts")));
    int error = 0;
    if (create)
        error =
            execute(h, NULL, reason,
                    "INSERT OR IGNORE INTO kind (profile, facts, environment) VALUES (?, "
                    "?, ?)",
                    "sss", profile, facts, environment);
    if (!error)
        error =
            execute(h, ret, reason,
                    "SELECT id FROM kind WHERE profile = ? AND facts = ? AND environment "
                    "= ?",
                    "sss", profile, facts, environment);
    free(facts);
    free(environment);
    return error;
}

/* Its identity tells a run from all others: its seed, and everything about its
 * environment, with the load at its start. `ret_id` 0: the run is there already. */
static int insert_run(struct history *h, const struct runfigures *figures, long *ret_id,
                      struct reason *reason) {
    long kind;
    int error = find_kind(h, figures, true, &kind, reason);
    if (error)
        return error;
    char *identity = text_of(json_pack("[O, O]", json_object_get(figures->head, "run"),
                                       json_object_get(figures->head, "environment")));
    error =
        execute(h, NULL, reason,
                "INSERT OR IGNORE INTO run (identity, kind, commit_id) VALUES (?, ?, ?)",
                "sis", identity, kind, runfigures_text(figures, "run", "commit"));
    free(identity);
    *ret_id = sqlite3_changes(h->db) ? (long)sqlite3_last_insert_rowid(h->db) : 0;
    return error;
}

static int insert_variants(struct history *h, const struct runfigures *figures, long id,
                           struct reason *reason) {
    const char *name;
    json_t *variant;
    int error = 0;
    json_object_foreach(json_object_get(figures->head, "variants"), name, variant) {
        if (!error)
            error = execute(h, NULL, reason, "INSERT INTO variant VALUES (?, ?, ?, ?)",
                            "isss", id, name, record_text(variant, "version"),
                            record_text(variant, "sha256"));
    }
    return error;
}

static int insert_value(struct history *h, const struct series *s, long id,
                        struct reason *reason) {
    struct series_point point;
    size_t n = series_point(s, &point);
    int error =
        execute(h, NULL, reason,
                "INSERT OR IGNORE INTO series (measure, workload, threads, variant) "
                "VALUES (?, ?, ?, ?)",
                "ssis", s->measure, s->workload, (long)s->threads, s->variant);
    if (error)
        return error;
    return execute(
        h, NULL, reason,
        "INSERT INTO value SELECT ?, id, ?, ?, ?, ?, ? FROM series WHERE measure "
        "= ? AND workload = ? AND threads = ? AND variant = ?",
        "iiidddssis", id, (long)n, (long)s->failed, point.median, point.low, point.high,
        s->measure, s->workload, (long)s->threads, s->variant);
}

int history_import(struct history *history, const struct runfigures *figures,
                   bool *ret_new, struct reason *reason) {
    long id = 0;
    int error = execute(history, NULL, reason, "BEGIN IMMEDIATE", "");
    if (error)
        return error;
    error = insert_run(history, figures, &id, reason);
    if (!error && id)
        error = insert_variants(history, figures, id, reason);
    for (size_t i = 0; !error && id && i < figures->count; i++)
        error = insert_value(history, &figures->series[i], id, reason);
    *ret_new = id != 0;
    return end_transaction(history, error, reason);
}

/* ---- reading ---- */

int history_runs(struct history *h, long kind, struct history_run **ret,
                 size_t *ret_count, struct reason *reason) {
    sqlite3_stmt *s;
    struct history_run *runs = NULL;
    size_t count = 0;
    int step, error = prepare(h, &s,
                              "SELECT run.id, kind, count(series), sum(failed > 0), "
                              "commit_id, profile, json_extract(facts, '$.reference'), "
                              "imported FROM run JOIN kind ON kind.id = kind LEFT JOIN "
                              "value ON value.run = run.id WHERE ?1 IN (0, kind) GROUP "
                              "BY run.id ORDER BY run.id",
                              reason);
    if (error)
        return error;
    sqlite3_bind_int64(s, 1, kind);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        runs = heap_resize(runs, count + 1, sizeof *runs);
        struct history_run *run = &runs[count++];
        *run = (struct history_run){.id = (long)sqlite3_column_int64(s, 0),
                                    .kind = (long)sqlite3_column_int64(s, 1),
                                    .series = (long)sqlite3_column_int64(s, 2),
                                    .failed = (long)sqlite3_column_int64(s, 3)};
        copy_column(run->commit, sizeof run->commit, s, 4);
        copy_column(run->profile, sizeof run->profile, s, 5);
        copy_column(run->reference, sizeof run->reference, s, 6);
        copy_column(run->imported, sizeof run->imported, s, 7);
    }
    *ret = runs;
    *ret_count = count;
    return finish(h, s, step, reason);
}

void history_analyse(struct history_line *line) {
    line->change_count = changepoint_find(line->medians, line->count, LEAST_SEGMENT,
                                          change_level, SEED, line->changes);
    size_t from = line->change_count ? line->changes[line->change_count - 1].first : 0;
    line->since = line->count - from;
    line->level = stats_median(line->medians + from, line->since);
    line->noise = stats_mad(line->medians + from, line->since) / line->level;
}

/* Adds an empty line with room for all runs of its kind. */
static struct history_line *add_line(struct history_kind *kind, sqlite3_stmt *s) {
    kind->lines = heap_resize(kind->lines, kind->line_count + 1, sizeof *kind->lines);
    struct history_line *line = &kind->lines[kind->line_count++];
    *line = (struct history_line){.threads = (unsigned)sqlite3_column_int64(s, 2),
                                  .runs = heap_new(kind->run_count, sizeof *line->runs),
                                  .medians =
                                      heap_new(kind->run_count, sizeof *line->medians)};
    copy_column(line->measure, sizeof line->measure, s, 0);
    copy_column(line->workload, sizeof line->workload, s, 1);
    copy_column(line->variant, sizeof line->variant, s, 3);
    return line;
}

static int load_lines(struct history *h, struct history_kind *kind,
                      struct reason *reason) {
    sqlite3_stmt *s;
    struct history_line *line = NULL;
    long series = 0;
    size_t at = 0; /* the index of a row's run */
    int step, error = prepare(h, &s,
                              "SELECT measure, workload, threads, variant, run, median, "
                              "series FROM value JOIN series ON series.id = series JOIN "
                              "run ON run.id = run WHERE median IS NOT NULL AND failed = "
                              "0 AND kind = ? AND run >= ? ORDER BY measure, workload, "
                              "threads, variant, run",
                              reason);
    if (error)
        return error;
    sqlite3_bind_int64(s, 1, kind->runs[0].kind);
    sqlite3_bind_int64(s, 2, kind->runs[0].id);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        if (sqlite3_column_int64(s, 6) != series) {
            series = (long)sqlite3_column_int64(s, 6);
            line = add_line(kind, s);
            at = 0;
        }
        while (kind->runs[at].id != (long)sqlite3_column_int64(s, 4))
            at++;
        line->runs[line->count] = at;
        line->medians[line->count++] = sqlite3_column_double(s, 5);
    }
    for (size_t i = 0; i < kind->line_count; i++)
        history_analyse(&kind->lines[i]);
    return finish(h, s, step, reason);
}

static int load(struct history *h, long id, struct history_kind *ret,
                struct reason *reason) {
    *ret = (struct history_kind){0};
    if (id == 0)
        return 0;
    int error = history_runs(h, id, &ret->runs, &ret->run_count, reason);
    if (!error && ret->run_count > HISTORY_RUNS_MAX) { /* only the newest count */
        memmove(ret->runs, ret->runs + ret->run_count - HISTORY_RUNS_MAX,
                HISTORY_RUNS_MAX * sizeof *ret->runs);
        ret->run_count = HISTORY_RUNS_MAX;
    }
    if (!error && ret->run_count)
        error = load_lines(h, ret, reason);
    if (error)
        history_kind_finish(ret);
    return error;
}

int history_load(struct history *h, long kind, struct history_kind *ret,
                 struct reason *reason) {
    int error = 0;
    if (kind == 0)
        error = execute(h, &kind, reason, "SELECT kind FROM run ORDER BY id DESC LIMIT 1",
                        "");
    return error ? error : load(h, kind, ret, reason);
}

int history_load_like(struct history *h, const struct runfigures *figures,
                      struct history_kind *ret, struct reason *reason) {
    long kind;
    int error = find_kind(h, figures, false, &kind, reason);
    return error ? error : load(h, kind, ret, reason);
}

void history_kind_finish(struct history_kind *kind) {
    for (size_t i = 0; i < kind->line_count; i++) {
        free(kind->lines[i].runs);
        free(kind->lines[i].medians);
    }
    free(kind->lines);
    free(kind->runs);
}

double history_tolerance(const struct history_kind *kind, const struct series *s,
                         double least) {
    for (size_t i = 0; i < kind->line_count; i++) {
        const struct history_line *line = &kind->lines[i];
        if (strcmp(line->measure, s->measure) == 0 &&
            strcmp(line->workload, s->workload) == 0 &&
            strcmp(line->variant, s->variant) == 0 && line->threads == s->threads &&
            line->since >= HISTORY_LEARN_MIN)
            return fmax(least, 3 * line->noise);
    }
    return 0;
}
