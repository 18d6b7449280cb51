#ifndef TIDEMARK_HARNESS_COMPARE_H
#define TIDEMARK_HARNESS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "judge.h"
#include "runfigures.h"

struct reason;

/*
 * Two runs (or two variants of one run) against each other, cell by cell and over all
 * workloads together. docs/verdicts.md has the method and its reasons; in short:
 *
 * - on trial is what changed: a variant whose library, version, settings or command is
 *   another one on the two sides, or that is named. All others are controls: they tell
 *   what two runs differ by although nothing changed. Where nothing changed at all, or of
 *   one run, everything is on trial;
 * - logarithms are judged (judge.h), of one run as pairs within rounds; between two runs
 *   the error is widened by what the controls differ by;
 * - better and worse need p <= 0.05 after Holm's correction (Holm 1979) over all
 *   comparisons on trial of their kind, totals and cells apart, those that decide and the
 *   others apart, and an estimate beyond the tolerance;
 * - time is compared as the ratio to the reference variant of the same round, memory in
 *   bytes, and memory only where the environments are alike.
 */
/*
 * A series that decides, the change of it that is allowed, and the one that must have
 * been seen if it were there; relative. A change by less than `least`, in the series'
 * unit, is allowed in any case: of next to nothing a page more is much.
 */
struct compare_demand {
    char measure[MEASURE_NAME_MAX];
    double tolerance, detect, least;
};

struct compare_options {
    /* NULL: the registry says what decides. Else these do, in every cell: there are no
     * totals, in which what got worse in one could be hidden by the others. */
    const struct compare_demand *demands;
    size_t demand_count;
    const char *variant_a, *variant_b;       /* NULL: all, by name; else these two */
    const char *subject;                     /* on trial although unchanged; or NULL */
    double time_tolerance, memory_tolerance; /* 0: each series' own */
    double
        detect; /* relative: what must have been seen if it were there; 0: the default */
};

/* What must have been seen if nothing else is asked: a change by 30 %. */
#define COMPARE_DETECT 0.3

struct comparison {
    char measure[MEASURE_NAME_MAX], workload[PLAN_NAME_MAX]; /* workload "": all */
    char variant[48];                                        /* B's */
    unsigned threads;
    bool paired;
    bool decides;    /* its measure makes an exit code */
    bool is_control; /* nothing of it changed: its verdict is VERDICT_NONE */
    size_t n_a, n_b; /* values; pairs where paired */
    double median_a, median_b;
    bool is_related; /* a time: not over the reference's, but over the controls' mean */
    double shift; /* B / A as measured, of logarithms, before controls are made use of */
    double tolerance, detect; /* detect: what must have been seen if it were there */
    double p;                 /* before Holm's correction; judged.p_adjusted: after it */
    struct judgement judged;
};

/* Whether it is of all workloads together. */
bool comparison_is_total(const struct comparison *comparison);

struct compare_result;

/* Whether it is a total, or a cell that no total is of. */
bool compare_is_outermost(const struct compare_result *result,
                          const struct comparison *comparison);

/* What the controls of a measure say of the two runs. */
struct compare_control {
    char measure[MEASURE_NAME_MAX];
    size_t count;   /* cells: of controls, or of everything where nothing changed */
    double between; /* deviation of a cell from run to run beyond its rounds'; of logs */
    double drift;   /* B / A as measured, the geometric mean over these cells */
    bool moved;     /* together, by more than the tolerance: no verdict on this measure */
};

enum { COMPARE_MEASURES_MAX = 64 };

struct compare_note {
    char text[400];
};

struct compare_result {
    bool same_run, alike;
    struct comparison *comparisons; /* totals first, then as in B */
    size_t count;
    struct compare_note *differences; /* between the environments */
    size_t difference_count;
    struct compare_note
        *failures; /* cells that could not be compared because of a fault */
    size_t failure_count;
    struct compare_note *left_out; /* others that could not be compared, and why */
    size_t left_out_count;
    struct compare_control controls[COMPARE_MEASURES_MAX];
    size_t control_count;
};

/*
 * -EINVAL with `reason` where the two did not measure the same thing; -ENOMEM; or 0. A
 * comparison's texts are its own: A and B may be finished before it.
 */
int compare_make(struct compare_result *ret, const struct runfigures *a,
                 const struct runfigures *b, const struct compare_options *options,
                 struct reason *reason);
void compare_finish(struct compare_result *result);

/* How many comparisons that decide are on trial, and how many of them have this verdict.
 */
size_t compare_on_trial(const struct compare_result *result);
size_t compare_count(const struct compare_result *result, enum verdict verdict);

/*
 * Whether a requested verdict is inconclusive: that of a total or, if there is no total
 * (one workload), that of any cell.
 */
bool compare_is_undecided(const struct compare_result *result);

/*
 * The least sensitive of the requested comparisons (by the same rule) if it could not
 * have shown the demanded change; otherwise NULL.
 */
const struct comparison *compare_blind(const struct compare_result *result);

/* Whether the controls of a measure moved together: the machine changed. */
bool compare_machine_moved(const struct compare_result *result);

#endif
