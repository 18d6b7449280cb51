#ifndef TIDEMARK_HARNESS_RUNFIGURES_H
#define TIDEMARK_HARNESS_RUNFIGURES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure.h"
#include "plan.h"

struct reason;
struct summary;

/*
 * The part of a run that is compared with other runs: for each cell and measure one value
 * per round. A baseline file (docs/verdicts.md) has the same content. The history keeps
 * the medians.
 *
 * measures.def lists the measures. Times are ratios to the reference variant in the same
 * round, so that they mean something on another day.
 */
enum { RUNFIGURES_VERSION = 1, RUNFIGURES_ROUNDS_MAX = PLAN_ROUNDS_MAX };

enum { SERIES_FAULT_MAX = 24 };

struct series {
    char measure[MEASURE_NAME_MAX]; /* the series' name: measure.h */
    char workload[PLAN_NAME_MAX];   /* "": a total; only pairing.c makes these */
    char variant[48];
    unsigned threads;
    bool is_control;  /* its workload is only the control of another */
    double tolerance; /* relative */
    char checksum[20];
    size_t failed;                    /* rounds */
    char fault[SERIES_FAULT_MAX];     /* of the first that failed */
    size_t rounds;                    /* of the plan, good or not */
    double *by_round;                 /* NAN where a round has no value; owned */
    char (*faults)[SERIES_FAULT_MAX]; /* why it has none; NULL in a baseline; owned */
};

struct runfigures {
    char name[256]; /* where they come from, for messages */
    /*
     * An object of objects, owned:
     *
     *     "facts"        what must be equal for any comparison
     *     "environment"  where it was measured
     *     "variants"     what was measured
     *     "run"          which run it was
     *     "unmeasured"   the variants that could not be measured, and why; may be missing
     */
    json_t *head;
    struct series *series;
    size_t count;
};

/* A series' good values, in the order of rounds; returns how many. */
size_t series_values(const struct series *series, double *ret_values);

/* The median of a series' good values, and its exact 95 % interval; NAN without any.
 * Returns how many values. */
struct series_point {
    double median, low, high;
};
size_t series_point(const struct series *series, struct series_point *ret);

/* The figures of a run. */
void runfigures_of(struct runfigures *ret, const struct summary *summary,
                   const char *name);

/* From the content of a file of results/baseline. -EBADMSG with `reason`. */
int runfigures_from_json(struct runfigures *ret, const json_t *root, const char *name,
                         struct reason *reason);

/*
 * Loads a run (its folder or results.json) or a baseline (a file, or a folder with
 * PROFILE.json in it). -errno with `reason`.
 */
int runfigures_load(struct runfigures *ret, const char *path, const char *profile,
                    struct reason *reason);

void runfigures_finish(struct runfigures *figures);

/* Writes a baseline file, a line for each series, so that its diff is readable. */
int runfigures_write(const struct runfigures *figures, const char *path,
                     struct reason *reason);

/* NULL if there is none. */
const struct series *runfigures_find(const struct runfigures *figures,
                                     const char *measure, const char *workload,
                                     const char *variant, unsigned threads);

/* What head["variants"] says of a variant: its version, sha256, settings and command.
 * NULL if it was not measured. */
json_t *runfigures_variant(const struct runfigures *figures, const char *name);

/* Whether both are figures of one run. The environment tells runs apart: it contains the
 * load at the start with the last process number, which never occur twice. */
bool runfigures_same_run(const struct runfigures *a, const struct runfigures *b);

/* A text of head[group]; "" if it is not there. */
const char *runfigures_text(const struct runfigures *figures, const char *group,
                            const char *name);

/*
 * The environment without facts that may differ while figures stay comparable: the load,
 * the day, the program that draws plots, versions of what is being compared (a checksum
 * identifies a workload's work), the kernel's patch level and build, and the size of
 * memory within a fifth. The caller owns it; NULL without memory.
 */
json_t *runfigures_environment(const struct runfigures *figures);

#endif
