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

/* After an error the statements of the same call do nothing. */
struct history {
    sqlite3 *db;
    int error;             /* of the call; 0, or -errno with `reason` */
    struct reason *reason; /* the caller's */
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

static void begin_call(struct history *h, struct reason *reason) {
    h->error = 0;
    h->reason = reason;
}

static void check(struct history *h, bool good) {
    if (good)
        return;
    h->error = -EIO;
    reason_set(h->reason, "the history %s: %s", sqlite3_db_filename(h->db, "main"),
               sqlite3_errmsg(h->db));
}

/* A statement with the arguments that `format` lists: s text, i long, d double (NAN is
 * NULL). NULL after an error. */
static sqlite3_stmt *prepare(struct history *h, const char *sql, const char *format,
                             ...) {
    sqlite3_stmt *statement = NULL;
    if (!h->error)
        check(h, sqlite3_prepare_v2(h->db, sql, -1, &statement, NULL) == SQLITE_OK);
    va_list args;
    va_start(args, format);
    for (int i = 1; statement && *format; i++, format++) {
        if (*format == 's')
            sqlite3_bind_text(statement, i, va_arg(args, const char *), -1,
                              SQLITE_TRANSIENT);
        else if (*format == 'i')
            sqlite3_bind_int64(statement, i, va_arg(args, long));
        else
            sqlite3_bind_double(statement, i, va_arg(args, double));
    }
    va_end(args);
    return statement;
}

/* Goes to the next row. False after the last one; the statement is then gone. */
static bool next_row(struct history *h, sqlite3_stmt *statement) {
    int step = statement ? sqlite3_step(statement) : SQLITE_DONE;
    if (step == SQLITE_ROW)
        return true;
    check(h, step == SQLITE_DONE);
    sqlite3_finalize(statement);
    return false;
}

/* Runs a statement that has one row at most: the row's first column, or 0. */
static long run(struct history *h, sqlite3_stmt *statement) {
    if (!next_row(h, statement))
        return 0;
    long value = (long)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void copy_column(char *target, size_t size, sqlite3_stmt *statement, int column) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    snprintf(target, size, "%s", text ? (const char *)text : "");
}

/* ---- opening ---- */

/* Makes the tables if `create` and the file has none. */
static void check_version(struct history *h, const char *path, bool create) {
    long version = run(h, prepare(h, "PRAGMA user_version", ""));
    long tables = run(h, prepare(h, "SELECT count(*) FROM sqlite_master", ""));
    if (h->error || version == HISTORY_VERSION)
        return;
    if (create && version == 0 && tables == 0) {
        check(h, sqlite3_exec(h->db, schema, NULL, NULL, NULL) == SQLITE_OK);
        return;
    }
    h->error = -EBADMSG;
    if (version == 0)
        reason_set(h->reason,
                   "%s is no history of tidemark; name another file, or make one with "
                   "`tidemark history import RUN`",
                   path);
    else
        reason_set(h->reason,
                   "%s has schema version %ld; this tidemark reads version %d: use the "
                   "tidemark that wrote it, or another file",
                   path, version, HISTORY_VERSION);
}

/* Ends the transaction: commits it, or undoes it after an error, which it returns. */
static int end_transaction(struct history *h) {
    run(h, prepare(h, "COMMIT", ""));
    if (h->error)
        sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
    return h->error;
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
    begin_call(h, reason);
    if (sqlite3_open(path, &h->db) == SQLITE_OK) {
        sqlite3_busy_timeout(h->db, 10000);
    } else {
        h->error = -EIO;
        reason_set(reason, "cannot open %s: %s", path, sqlite3_errmsg(h->db));
    }
    /* in a transaction, so that two programs do not make the same tables */
    run(h, prepare(h, create ? "BEGIN IMMEDIATE" : "BEGIN", ""));
    check_version(h, path, create);
    int error = end_transaction(h);
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
static long find_kind(struct history *h, const struct runfigures *figures, bool create) {
    const char *profile = runfigures_text(figures, "run", "profile");
    json_t *kind = runfigures_environment(figures);
    json_object_set_new(kind, "times on",
                        json_string(runfigures_text(figures, "run", "memory")));
    char *environment = text_of(kind);
    char *facts = text_of(json_copy(json_object_get(figures->head, "facts")));
    if (create)
        run(h, prepare(h,
                       "INSERT OR IGNORE INTO kind (profile, facts, environment) VALUES "
                       "(?, ?, ?)",
                       "sss", profile, facts, environment));
    long id = run(h, prepare(h,
                             "SELECT id FROM kind WHERE profile = ? AND facts = ? AND "
                             "environment = ?",
                             "sss", profile, facts, environment));
    free(facts);
    free(environment);
    return id;
}

/* Its identity tells a run from all others: its seed, and everything about its
 * environment, with the load at its start. 0: the run is there already, or an error. */
static long insert_run(struct history *h, const struct runfigures *figures) {
    char *identity = text_of(json_pack("[O, O]", json_object_get(figures->head, "run"),
                                       json_object_get(figures->head, "environment")));
    run(h,
        prepare(h,
                "INSERT OR IGNORE INTO run (identity, kind, commit_id) VALUES (?, ?, ?)",
                "sis", identity, find_kind(h, figures, true),
                runfigures_text(figures, "run", "commit")));
    free(identity);
    return !h->error && sqlite3_changes(h->db) ? (long)sqlite3_last_insert_rowid(h->db)
                                               : 0;
}

static void insert_variants(struct history *h, const struct runfigures *figures,
                            long id) {
    const char *name;
    json_t *variant;
    json_object_foreach(json_object_get(figures->head, "variants"), name, variant)
        run(h, prepare(h, "INSERT INTO variant VALUES (?, ?, ?, ?)", "isss", id, name,
                       record_text(variant, "version"), record_text(variant, "sha256")));
}

static void insert_value(struct history *h, const struct series *s, long id) {
    struct series_point point;
    size_t n = series_point(s, &point);
    run(h, prepare(h,
                   "INSERT OR IGNORE INTO series (measure, workload, threads, variant) "
                   "VALUES (?, ?, ?, ?)",
                   "ssis", s->measure, s->workload, (long)s->threads, s->variant));
    run(h, prepare(h,
                   "INSERT INTO value SELECT ?, id, ?, ?, ?, ?, ? FROM series WHERE "
                   "measure = ? AND workload = ? AND threads = ? AND variant = ?",
                   "iiidddssis", id, (long)n, (long)s->failed, point.median, point.low,
                   point.high, s->measure, s->workload, (long)s->threads, s->variant));
}

int history_import(struct history *h, const struct runfigures *figures, bool *ret_new,
                   struct reason *reason) {
    begin_call(h, reason);
    run(h, prepare(h, "BEGIN IMMEDIATE", ""));
    long id = insert_run(h, figures);
    if (id) {
        insert_variants(h, figures, id);
        for (size_t i = 0; i < figures->count; i++)
            insert_value(h, &figures->series[i], id);
    }
    *ret_new = id != 0;
    return end_transaction(h);
}

/* ---- reading ---- */

static void load_runs(struct history *h, long kind, struct history_run **ret,
                      size_t *ret_count) {
    struct history_run *runs = NULL;
    size_t count = 0;
    sqlite3_stmt *s = prepare(h,
                              "SELECT run.id, kind, count(series), sum(failed > 0), "
                              "commit_id, profile, json_extract(facts, '$.reference'), "
                              "imported FROM run JOIN kind ON kind.id = kind LEFT JOIN "
                              "value ON value.run = run.id WHERE ?1 IN (0, kind) GROUP "
                              "BY run.id ORDER BY run.id",
                              "i", kind);
    while (next_row(h, s)) {
        runs = heap_resize(runs, count + 1, sizeof *runs);
        struct history_run *own = &runs[count++];
        *own = (struct history_run){.id = (long)sqlite3_column_int64(s, 0),
                                    .kind = (long)sqlite3_column_int64(s, 1),
                                    .series = (long)sqlite3_column_int64(s, 2),
                                    .failed = (long)sqlite3_column_int64(s, 3)};
        copy_column(own->commit, sizeof own->commit, s, 4);
        copy_column(own->profile, sizeof own->profile, s, 5);
        copy_column(own->reference, sizeof own->reference, s, 6);
        copy_column(own->imported, sizeof own->imported, s, 7);
    }
    *ret = runs;
    *ret_count = count;
}

int history_runs(struct history *h, struct history_run **ret, size_t *ret_count,
                 struct reason *reason) {
    begin_call(h, reason);
    load_runs(h, 0, ret, ret_count);
    return h->error;
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

/* Another program may have added a run since the runs were read; it is left out. */
static void load_lines(struct history *h, struct history_kind *kind) {
    struct history_line *line = NULL;
    long series = 0;
    size_t at = 0; /* the index of a row's run */
    sqlite3_stmt *s = prepare(h,
                              "SELECT measure, workload, threads, variant, run, median, "
                              "series FROM value JOIN series ON series.id = series JOIN "
                              "run ON run.id = run WHERE median IS NOT NULL AND failed = "
                              "0 AND kind = ? AND run BETWEEN ? AND ? ORDER BY "
                              "measure, workload, threads, variant, run",
                              "iii", kind->runs[0].kind, kind->runs[0].id,
                              kind->runs[kind->run_count - 1].id);
    while (next_row(h, s)) {
        if (sqlite3_column_int64(s, 6) != series) {
            series = (long)sqlite3_column_int64(s, 6);
            line = add_line(kind, s);
            at = 0;
        }
        long id = (long)sqlite3_column_int64(s, 4);
        while (at < kind->run_count && kind->runs[at].id < id)
            at++;
        if (at == kind->run_count || kind->runs[at].id != id)
            continue; /* or its run is there already, in a damaged file */
        line->runs[line->count] = at++;
        line->medians[line->count++] = sqlite3_column_double(s, 5);
    }
    for (size_t i = 0; i < kind->line_count; i++)
        history_analyse(&kind->lines[i]);
}

static int load_kind(struct history *h, long id, struct history_kind *ret) {
    *ret = (struct history_kind){0};
    if (id)
        load_runs(h, id, &ret->runs, &ret->run_count);
    if (ret->run_count > HISTORY_RUNS_MAX) { /* only the newest count */
        memmove(ret->runs, ret->runs + ret->run_count - HISTORY_RUNS_MAX,
                HISTORY_RUNS_MAX * sizeof *ret->runs);
        ret->run_count = HISTORY_RUNS_MAX;
    }
    if (ret->run_count)
        load_lines(h, ret);
    if (h->error)
        history_kind_finish(ret);
    return h->error;
}

int history_load(struct history *h, long kind, struct history_kind *ret,
                 struct reason *reason) {
    begin_call(h, reason);
    if (kind == 0)
        kind = run(h, prepare(h, "SELECT kind FROM run ORDER BY id DESC LIMIT 1", ""));
    return load_kind(h, kind, ret);
}

int history_load_like(struct history *h, const struct runfigures *figures,
                      struct history_kind *ret, struct reason *reason) {
    begin_call(h, reason);
    return load_kind(h, find_kind(h, figures, false), ret);
}

void history_kind_finish(struct history_kind *kind) {
    for (size_t i = 0; i < kind->line_count; i++) {
        free(kind->lines[i].runs);
        free(kind->lines[i].medians);
    }
    free(kind->lines);
    free(kind->runs);
}

const struct history_line *history_find(const struct history_kind *kind,
                                        const char *measure, const char *workload,
                                        const char *variant, unsigned threads) {
    for (size_t i = 0; i < kind->line_count; i++) {
        const struct history_line *line = &kind->lines[i];
        if (strcmp(line->measure, measure) == 0 &&
            strcmp(line->workload, workload) == 0 &&
            strcmp(line->variant, variant) == 0 && line->threads == threads)
            return line;
    }
    return NULL;
}

double history_tolerance(const struct history_kind *kind, const struct series *s,
                         double least) {
    const struct history_line *line =
        history_find(kind, s->measure, s->workload, s->variant, s->threads);
    return line && line->since >= HISTORY_LEARN_MIN ? fmax(least, 3 * line->noise) : 0;
}
