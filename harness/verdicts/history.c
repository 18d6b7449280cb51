#include "history.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    return sqlite3_errcode(h->db) == SQLITE_NOMEM ? -ENOMEM : -EIO;
}

static int execute(struct history *h, const char *sql, struct reason *reason) {
    return sqlite3_exec(h->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(h, reason);
}

/* Binds `format`'s arguments in order: s text, i long, d double (NAN is NULL). */
static int prepare(struct history *h, sqlite3_stmt **ret, struct reason *reason,
                   const char *sql, const char *format, ...) {
    if (sqlite3_prepare_v2(h->db, sql, -1, ret, NULL) != SQLITE_OK)
        return fail(h, reason);
    va_list args;
    va_start(args, format);
    for (int i = 1; *format; i++, format++) {
        if (*format == 's')
            sqlite3_bind_text(*ret, i, va_arg(args, const char *), -1, SQLITE_TRANSIENT);
        else if (*format == 'i')
            sqlite3_bind_int64(*ret, i, va_arg(args, long));
        else
            sqlite3_bind_double(*ret, i, va_arg(args, double));
    }
    va_end(args);
    return 0;
}

/* Runs a prepared statement that gives no rows, and finalizes it. */
static int run_statement(struct history *h, sqlite3_stmt *statement,
                         struct reason *reason) {
    int error = sqlite3_step(statement) == SQLITE_DONE ? 0 : fail(h, reason);
    sqlite3_finalize(statement);
    return error;
}

/* The first column of the first row, or 0 if there is no row. Finalizes the statement. */
static int take_id(struct history *h, sqlite3_stmt *statement, long *ret,
                   struct reason *reason) {
    int step = sqlite3_step(statement);
    *ret = step == SQLITE_ROW ? (long)sqlite3_column_int64(statement, 0) : 0;
    int error = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : fail(h, reason);
    sqlite3_finalize(statement);
    return error;
}

/* The number that a statement without parameters gives; 0 without a row. */
static int ask(struct history *h, const char *sql, long *ret, struct reason *reason) {
    sqlite3_stmt *statement;
    int error = prepare(h, &statement, reason, sql, "");
    return error ? error : take_id(h, statement, ret, reason);
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
    int error = ask(h, "PRAGMA user_version", &version, reason);
    if (!error)
        error = ask(h, "SELECT count(*) FROM sqlite_master", &tables, reason);
    if (!error && create && version == 0 && tables == 0)
        return execute(h, schema, reason);
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
    error = error ? error : execute(h, "COMMIT", reason);
    if (error)
        execute(h, "ROLLBACK", NULL);
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
    struct history *h = calloc(1, sizeof *h);
    reason_set(reason, "out of memory");
    if (!h)
        return -ENOMEM;
    int error = 0;
    if (sqlite3_open(path, &h->db) != SQLITE_OK) {
        reason_set(reason, "cannot open %s: %s", path, sqlite3_errmsg(h->db));
        error = -EIO;
    }
    if (!error)
        sqlite3_busy_timeout(h->db, 10000);
    if (!error) /* in a transaction, so that two programs do not make the same tables */
        error = execute(h, create ? "BEGIN IMMEDIATE" : "BEGIN", reason);
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

/* The environment and the condition of memory. Times on warm and on cold memory cannot be
 * compared, so they are of different kinds. */
static char *environment_text(const struct runfigures *figures) {
    json_t *kind = runfigures_environment(figures);
    json_object_set_new(kind, "times on",
                        json_string(runfigures_text(figures, "run", "memory")));
    char *text = json_dumps(kind, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(kind);
    return text;
}

static int find_kind(struct history *h, const struct runfigures *figures, bool create,
                     long *ret, struct reason *reason) {
    char *facts = json_dumps(json_object_get(figures->head, "facts"),
                             JSON_SORT_KEYS | JSON_COMPACT);
    char *environment = environment_text(figures);
    const char *profile = runfigures_text(figures, "run", "profile");
    sqlite3_stmt *statement;
    int error = facts && environment ? 0 : -ENOMEM;
    if (!error && create) {
        error = prepare(h, &statement, reason,
                        "INSERT OR IGNORE INTO kind (profile, facts, environment) VALUES "
                        "(?, ?, ?)",
                        "sss", profile, facts, environment);
        if (!error)
            error = run_statement(h, statement, reason);
    }
    if (!error)
        error = prepare(h, &statement, reason,
                        "SELECT id FROM kind WHERE profile = ? AND facts = ? AND "
                        "environment = ?",
                        "sss", profile, facts, environment);
    if (!error)
        error = take_id(h, statement, ret, reason);
    free(facts);
    free(environment);
    return error;
}

/* What tells a run from all others: its seed, and everything about its environment, with
 * the load at its start. */
static char *identity_of(const struct runfigures *figures) {
    json_t *both = json_pack("[O, O]", json_object_get(figures->head, "run"),
                             json_object_get(figures->head, "environment"));
    char *text = json_dumps(both, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(both);
    return text;
}

static int insert_run(struct history *h, const struct runfigures *figures, long *ret_id,
                      struct reason *reason) {
    long kind;
    char *identity = identity_of(figures);
    sqlite3_stmt *statement;
    int error = identity ? find_kind(h, figures, true, &kind, reason) : -ENOMEM;
    if (!error)
        error =
            prepare(h, &statement, reason,
                    "INSERT OR IGNORE INTO run (identity, kind, commit_id) VALUES (?, "
                    "?, ?)",
                    "sis", identity, kind, runfigures_text(figures, "run", "commit"));
    if (!error)
        error = run_statement(h, statement, reason);
    if (!error)
        *ret_id = sqlite3_changes(h->db) ? (long)sqlite3_last_insert_rowid(h->db) : 0;
    free(identity);
    return error;
}

static int insert_variants(struct history *h, const struct runfigures *figures, long run,
                           struct reason *reason) {
    const char *name;
    json_t *variant;
    json_object_foreach(json_object_get(figures->head, "variants"), name, variant) {
        sqlite3_stmt *statement;
        int error = prepare(h, &statement, reason,
                            "INSERT INTO variant VALUES (?, ?, ?, ?)", "isss", run, name,
                            json_string_value(json_object_get(variant, "version")),
                            record_text(variant, "sha256"));
        if (!error)
            error = run_statement(h, statement, reason);
        if (error)
            return error;
    }
    return 0;
}

static int insert_value(struct history *h, const struct series *s, long run,
                        struct reason *reason) {
    struct series_point point;
    size_t n = series_point(s, &point);
    sqlite3_stmt *statement;
    int error = prepare(h, &statement, reason,
                        "INSERT OR IGNORE INTO series (measure, workload, threads, "
                        "variant) VALUES (?, ?, ?, ?)",
                        "ssis", s->measure, s->workload, (long)s->threads, s->variant);
    if (!error)
        error = run_statement(h, statement, reason);
    if (!error)
        error =
            prepare(h, &statement, reason,
                    "INSERT INTO value SELECT ?, id, ?, ?, ?, ?, ? FROM series WHERE "
                    "measure = ? AND workload = ? AND threads = ? AND variant = ?",
                    "iiidddssis", run, (long)n, (long)s->failed, point.median, point.low,
                    point.high, s->measure, s->workload, (long)s->threads, s->variant);
    return error ? error : run_statement(h, statement, reason);
}

int history_import(struct history *history, const struct runfigures *figures,
                   bool *ret_new, struct reason *reason) {
    long run = 0;
    reason_set(reason, "out of memory");
    int error = execute(history, "BEGIN IMMEDIATE", reason);
    if (error)
        return error;
    error = insert_run(history, figures, &run, reason);
    if (!error && run)
        error = insert_variants(history, figures, run, reason);
    for (size_t i = 0; !error && run && i < figures->count; i++)
        error = insert_value(history, &figures->series[i], run, reason);
    error = end_transaction(history, error, reason);
    if (!error)
        *ret_new = run != 0;
    return error;
}

/* ---- reading ---- */

int history_each_run(struct history *history,
                     void (*take)(const struct history_run *, void *), void *context,
                     struct reason *reason) {
    sqlite3_stmt *s;
    int error = prepare(history, &s, reason,
                        "SELECT run.id, kind, commit_id, profile, count(series), "
                        "sum(failed > 0), json_extract(facts, '$.reference'), imported "
                        "FROM run JOIN kind ON kind.id = kind LEFT JOIN "
                        "value ON value.run = run.id GROUP BY run.id ORDER BY run.id",
                        "");
    if (error)
        return error;
    int step;
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        struct history_run run = {.id = (long)sqlite3_column_int64(s, 0),
                                  .kind = (long)sqlite3_column_int64(s, 1),
                                  .series = (long)sqlite3_column_int64(s, 4),
                                  .failed = (long)sqlite3_column_int64(s, 5)};
        copy_column(run.commit, sizeof run.commit, s, 2);
        copy_column(run.profile, sizeof run.profile, s, 3);
        copy_column(run.reference, sizeof run.reference, s, 6);
        copy_column(run.imported, sizeof run.imported, s, 7);
        take(&run, context);
    }
    error = step == SQLITE_DONE ? 0 : fail(history, reason);
    sqlite3_finalize(s);
    return error;
}

/* A line with room for HISTORY_RUNS_MAX runs. */
static int begin_line(struct history_line *line) {
    *line = (struct history_line){
        .run_ids = malloc(HISTORY_RUNS_MAX * sizeof *line->run_ids),
        .medians = malloc(HISTORY_RUNS_MAX * sizeof *line->medians),
        .commits = malloc(HISTORY_RUNS_MAX * sizeof *line->commits)};
    return line->run_ids && line->medians && line->commits ? 0 : -ENOMEM;
}

static void finish_line(struct history_line *line) {
    free(line->run_ids);
    free(line->medians);
    free(line->commits);
}

int history_analyse(struct history_line *line) {
    int error = changepoint_find(line->medians, line->runs, LEAST_SEGMENT, change_level,
                                 SEED, line->changes, &line->change_count);
    if (error)
        return error;
    size_t from = line->change_count ? line->changes[line->change_count - 1].first : 0;
    line->since = line->runs - from;
    line->level = stats_median(line->medians + from, line->since);
    line->noise = stats_mad(line->medians + from, line->since) / line->level;
    return 0;
}

/* Appends a run. A line keeps only the newest HISTORY_RUNS_MAX runs. */
static void add_run(struct history_line *line, sqlite3_stmt *s) {
    if (line->runs == HISTORY_RUNS_MAX) {
        line->runs--;
        memmove(line->run_ids, line->run_ids + 1, line->runs * sizeof *line->run_ids);
        memmove(line->medians, line->medians + 1, line->runs * sizeof *line->medians);
        memmove(line->commits, line->commits + 1, line->runs * sizeof *line->commits);
    }
    line->run_ids[line->runs] = (long)sqlite3_column_int64(s, 4);
    line->medians[line->runs] = sqlite3_column_double(s, 5);
    copy_column(line->commits[line->runs], sizeof *line->commits, s, 6);
    line->runs++;
}

static void name_line(struct history_line *line, sqlite3_stmt *s) {
    line->runs = 0;
    copy_column(line->measure, sizeof line->measure, s, 0);
    copy_column(line->workload, sizeof line->workload, s, 1);
    line->threads = (unsigned)sqlite3_column_int64(s, 2);
    copy_column(line->variant, sizeof line->variant, s, 3);
}

static int each_line(struct history *history, sqlite3_stmt *s,
                     void (*take)(const struct history_line *, void *), void *context,
                     struct reason *reason) {
    struct history_line line;
    long current = 0;
    int step = SQLITE_DONE, error = begin_line(&line);
    while (!error && (step = sqlite3_step(s)) == SQLITE_ROW) {
        long series = (long)sqlite3_column_int64(s, 7);
        if (series != current) {
            if (current && !(error = history_analyse(&line)))
                take(&line, context);
            name_line(&line, s);
            current = series;
        }
        add_run(&line, s);
    }
    if (!error && step != SQLITE_DONE)
        error = fail(history, reason);
    if (!error && current && !(error = history_analyse(&line)))
        take(&line, context);
    finish_line(&line);
    return error;
}

#define LINES                                                                            \
    "SELECT measure, workload, threads, variant, run, median, commit_id, series FROM "   \
    "value JOIN series ON series.id = series JOIN run ON run.id = run WHERE median IS "  \
    "NOT NULL AND failed = 0 AND kind = ? "

int history_newest_kind(struct history *history, long *ret, struct reason *reason) {
    return ask(history, "SELECT kind FROM run ORDER BY id DESC LIMIT 1", ret, reason);
}

int history_each_line(struct history *history, long kind,
                      void (*take)(const struct history_line *, void *), void *context,
                      struct reason *reason) {
    sqlite3_stmt *s;
    int error = 0;
    reason_set(reason, "out of memory");
    if (kind == 0)
        error = history_newest_kind(history, &kind, reason);
    if (!error)
        error =
            prepare(history, &s, reason,
                    LINES "ORDER BY measure, workload, threads, variant, run", "i", kind);
    if (error)
        return error;
    error = each_line(history, s, take, context, reason);
    sqlite3_finalize(s);
    return error;
}

struct learnt {
    double least, tolerance;
};

static void learn(const struct history_line *line, void *context) {
    struct learnt *learnt = context;
    if (line->since >= HISTORY_LEARN_MIN)
        learnt->tolerance = fmax(learnt->least, 3 * line->noise);
}

int history_tolerance(struct history *history, const struct runfigures *figures,
                      const char *measure, const char *workload, const char *variant,
                      unsigned threads, double least, double *ret,
                      struct reason *reason) {
    long kind;
    sqlite3_stmt *s;
    struct learnt learnt = {least, 0};
    reason_set(reason, "out of memory");
    int error = find_kind(history, figures, false, &kind, reason);
    if (!error)
        error = prepare(history, &s, reason,
                        LINES "AND measure = ? AND workload = ? AND variant = ? AND "
                              "threads = ? ORDER BY run",
                        "isssi", kind, measure, workload, variant, (long)threads);
    if (error)
        return error;
    error = each_line(history, s, learn, &learnt, reason);
    sqlite3_finalize(s);
    if (!error)
        *ret = learnt.tolerance;
    return error;
}
