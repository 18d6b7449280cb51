#ifndef TIDEMARK_HARNESS_HISTORY_H
#define TIDEMARK_HARNESS_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "changepoint.h"
#include "measure.h"
#include "plan.h"

struct reason;
struct runfigures;
struct series;

/*
 * Every run's medians by commit, variant and environment, in an SQLite file. Its schema
 * has a version (PRAGMA user_version); docs/verdicts.md has the tables. Runs are in the
 * order of their import.
 *
 * A *line* is one series over the runs of one kind. These have the same profile, facts
 * (scale, idle window, ...), condition of memory and environment. Runs of different kinds
 * never share a line.
 */
struct history; /* an open database */

enum { HISTORY_VERSION = 1, HISTORY_RUNS_MAX = CHANGEPOINT_VALUES_MAX };

/* -errno with `reason`; without `create` a missing file is an error. */
int history_open(struct history **ret, const char *path, bool create,
                 struct reason *reason);
void history_close(struct history *history);

/* Adds a run, whole or not at all. If it is there already, leaves it as it is (`ret_new`
 * false). */
int history_import(struct history *history, const struct runfigures *figures,
                   bool *ret_new, struct reason *reason);

struct history_run {
    long id, kind;
    char commit[80], profile[24];
    char reference[48];  /* the variant that times are ratios to */
    char imported[24];   /* "2026-11-28 02:51:07", UTC */
    long series, failed; /* how many, and how many of these with failed rounds */
};

/* The runs of all kinds, oldest first. The caller frees them. */
int history_runs(struct history *history, struct history_run **ret, size_t *ret_count,
                 struct reason *reason);

struct history_line {
    char measure[MEASURE_NAME_MAX], workload[PLAN_NAME_MAX], variant[48];
    unsigned threads;
    size_t count;    /* runs that have the figure */
    size_t *runs;    /* their indices among the runs of the kind */
    double *medians; /* one of each */
    struct changepoint changes[CHANGEPOINTS_MAX];
    size_t change_count;
    double noise; /* of the medians since the last change: MAD / level, as a deviation */
    size_t since; /* how many runs those are */
    double level; /* their median */
};

/* Fills in what follows from a line's medians: changes, noise, level. */
void history_analyse(struct history_line *line);

/* The newest HISTORY_RUNS_MAX runs of a kind, oldest first, and their lines in the order
 * of measure, workload, threads, variant. */
struct history_kind {
    struct history_run *runs;
    size_t run_count;
    struct history_line *lines;
    size_t line_count;
};

/* Loads a kind (0: that of the newest run), or the kind of a run. No runs if the history
 * does not have it. */
int history_load(struct history *history, long kind, struct history_kind *ret,
                 struct reason *reason);
int history_load_like(struct history *history, const struct runfigures *figures,
                      struct history_kind *ret, struct reason *reason);
void history_kind_finish(struct history_kind *kind);

/* NULL if there is none. */
const struct history_line *history_find(const struct history_kind *kind,
                                        const char *measure, const char *workload,
                                        const char *variant, unsigned threads);

/*
 * By how much one series may differ by chance between two runs of a kind. Relative: three
 * deviations of the medians since the last change, but at least `least`. 0 if the history
 * has fewer than HISTORY_LEARN_MIN such runs.
 */
enum { HISTORY_LEARN_MIN = 5 };
double history_tolerance(const struct history_kind *kind, const struct series *series,
                         double least);

#endif
