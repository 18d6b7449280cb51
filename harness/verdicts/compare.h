#ifndef TIDEMARK_HARNESS_COMPARE_H
#define TIDEMARK_HARNESS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "judge.h"
#include "runfigures.h"

struct reason;

/*
 * Compares two runs (or two variants of one run), cell by cell and over all workloads
 * together. docs/verdicts.md has the method and its reasons. In short:
 *
 * - What changed is on trial: a variant whose library, version, settings or command
 *   differ between the two sides, or the variant that `subject` names. All others are
 *   controls: they show by how much two runs differ although nothing changed. If nothing
 *   changed at all, or if there is only one run, everything is on trial.
 * - The judge compares logarithms (judge.h): within one run as pairs within rounds.
 *   Between two runs the error also contains what the controls differ by.
 * - better and worse need an estimate beyond the tolerance, and p <= 0.05 after Holm's
 *   correction (Holm 1979). The correction covers a family: the totals on trial or the
 *   cells on trial, and of these the ones that decide or the others.
 * - Time is compared as the ratio to the reference variant of the same round. Memory is
 *   compared in bytes, and only if the environments are alike.
 */

/*
 * A series that decides. `tolerance` is the change that is allowed, `detect` the change
 * that the rounds must be able to show; both are relative. A change by less than `least`
 * (in the series' unit) is allowed in any case, because a page more is a large share of a
 * tiny figure.
 */
struct compare_demand {
    char measure[MEASURE_NAME_MAX];
    double tolerance, detect, least;
};

struct compare_options {
    /* NULL: the registry says what decides. Otherwise these series decide, in every cell.
     * There are no totals then: a total could hide what got worse in one cell. */
    const struct compare_demand *demands;
    size_t demand_count;
    const char *variant_a, *variant_b;       /* NULL: all, by name; otherwise these two */
    const char *subject;                     /* on trial although unchanged; or NULL */
    double time_tolerance, memory_tolerance; /* 0: each series' own */
    double detect; /* what rounds must be able to show; relative; 0: the default */
};

/* The default of `detect`. */
#define COMPARE_DETECT 0.3

struct comparison {
    char measure[MEASURE_NAME_MAX], workload[PLAN_NAME_MAX]; /* workload "": a total */
    char variant[48];                                        /* B's */
    unsigned threads;
    char label[64]; /* of the measure, for a reader */
    bool paired;
    bool decides;       /* its verdict alters the exit code */
    bool is_control;    /* its variant did not change: its verdict is VERDICT_NONE */
    bool is_of_control; /* its workload is only the control of another */
    size_t n_a, n_b;    /* values; pairs if `paired` */
    double median_a, median_b;
    bool is_related; /* a time, divided by the controls' mean, not the reference's */
    size_t control;  /* the index of its measure's controls in the result */
    double shift;    /* log (B / A) as measured, before the controls correct it */
    double tolerance, detect;   /* detect: the change that rounds must be able to show */
    struct judge_sample sample; /* corrected by the controls */
    struct judgement judged;
};

/* Whether it is a total. */
bool comparison_is_total(const struct comparison *comparison);

struct compare_result;

/* Whether it counts over all: a total; or a workload, if there is no total of its
 * measure, variant and threads; or a control, if there is no other workload either. */
bool compare_is_outermost(const struct compare_result *result,
                          const struct comparison *comparison);

/* What the controls of a measure say about the two runs. */
struct compare_control {
    char measure[MEASURE_NAME_MAX], label[64];
    size_t count; /* cells of controls; all cells if nothing changed */
    double
        between;  /* a cell's deviation between runs beyond its rounds' noise; of logs */
    double drift; /* B / A as measured: the weighted geometric mean over these cells */
    bool moved;   /* together by more than the tolerance: this measure gets no verdict */
};

struct compare_notes {
    struct compare_note {
        char text[400];
    } * at;
    size_t count;
};

struct compare_result {
    bool same_run;
    struct comparison *comparisons; /* totals first, then the cells in B's order */
    size_t count;
    struct compare_notes differences; /* between the environments; none: alike */
    struct compare_notes failures;    /* cells not compared because of a fault */
    struct compare_notes left_out;    /* others that could not be compared, and why */
    struct compare_control *controls; /* one of each measure */
    size_t control_count;
};

/*
 * -EINVAL with `reason` if the two did not measure the same thing, or if B lacks the
 * subject; or 0. The result does not point into A and B, so they may be finished
 * before it.
 */
int compare_make(struct compare_result *ret, const struct runfigures *a,
                 const struct runfigures *b, const struct compare_options *options,
                 struct reason *reason);

/* Compares two variants of one run. */
void compare_between(struct compare_result *ret, const struct runfigures *figures,
                     const char *from, const char *to);
void compare_finish(struct compare_result *result);

/* How many comparisons that decide are on trial, and how many of them have this verdict.
 */
size_t compare_on_trial(const struct compare_result *result);
size_t compare_count(const struct compare_result *result, enum verdict verdict);

/*
 * Whether a verdict that counts is inconclusive: that of a total or, if there is no total
 * (one workload), that of any cell. Only what decides and is on trial counts.
 */
bool compare_is_undecided(const struct compare_result *result);

/*
 * The least sensitive of the comparisons that count (by the same rule), are neither
 * better, worse nor the same, and could not have shown the change `detect`. NULL if there
 * is none.
 */
const struct comparison *compare_blind(const struct compare_result *result);

/* Whether the controls of a measure that decides moved together: the machine changed. */
bool compare_machine_moved(const struct compare_result *result);

/* Whether "nothing is worse" would not hold: a cell failed, nothing was judged, the
 * machine changed, or the rounds could not have shown what was demanded. */
bool compare_is_open(const struct compare_result *result);

#endif
