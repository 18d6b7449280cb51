#ifndef TIDEMARK_HARNESS_HISTORY_H
#define TIDEMARK_HARNESS_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "changepoint.h"
#include "measure.h"
#include "plan.h"

struct runfigures;
struct reason;

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

/* Calls `take` for each run, oldest first. */
int history_each_run(struct history *history,
                     void (*take)(const struct history_run *, void *), void *context,
                     struct reason *reason);

struct history_line {
    char measure[MEASURE_NAME_MAX], workload[PLAN_NAME_MAX], variant[48];
    unsigned threads;
    size_t runs;
    long *run_ids;
    double *medians;
    char (*commits)[80];
    struct changepoint changes[CHANGEPOINTS_MAX];
    size_t change_count;
    double noise; /* of the medians since the last change: MAD / level, as a deviation */
    size_t since; /* how many runs those are */
    double level; /* their median */
};

/* Fills in what follows from a line's medians: changes, noise, level. -ENOMEM or 0. */
int history_analyse(struct history_line *line);

/* The kind of the newest run; 0 if there is no run. */
int history_newest_kind(struct history *history, long *ret, struct reason *reason);

/*
 * Calls `take` for each line of a kind, in the order of measure, workload, threads,
 * variant. A line is valid only during the call. `kind` 0: that of the newest run.
 */
int history_each_line(struct history *history, long kind,
                      void (*take)(const struct history_line *, void *), void *context,
                      struct reason *reason);

/*
 * By how much one series may differ by chance between two runs of `figures`' kind.
 * Relative: three deviations of the medians since the last change, but at least `least`.
 * 0 if the history has fewer than HISTORY_LEARN_MIN such runs.
 */
enum { HISTORY_LEARN_MIN = 5 };
int history_tolerance(struct history *history, const struct runfigures *figures,
                      const char *measure, const char *workload, const char *variant,
                      unsigned threads, double least, double *ret, struct reason *reason);

#endif
