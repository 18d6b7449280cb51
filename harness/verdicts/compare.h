#ifndef TIDEMARK_HARNESS_COMPARE_H
#define TIDEMARK_HARNESS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "runfigures.h"
#include "stats.h"

struct reason;

/*
 * Two runs (or two variants of one run) against each other, cell by cell and over all
 * workloads together. docs/verdicts.md has the method and its reasons; in short:
 *
 * - of one run: pairs within rounds, Wilcoxon's signed-rank test; of two runs: the
 *   Mann-Whitney test (ranktest.h);
 * - better and worse need p <= 0.05 after Holm's correction (Holm 1979) over all
 *   comparisons of their kind, totals and cells apart, and an estimate beyond the
 *   tolerance; same needs the whole 95 % interval within it;
 * - time is compared as the ratio to the reference variant of the same round, memory in
 *   bytes, and memory only where the environments are alike.
 */
struct compare_options {
    const char *variant_a, *variant_b;       /* NULL: all, by name; else these two */
    double time_tolerance, memory_tolerance; /* 0: each series' own */
};

struct comparison {
    char measure[16], workload[PLAN_NAME_MAX]; /* workload "": all together */
    char variant[48];                          /* B's */
    unsigned threads;
    bool paired;
    size_t n_a, n_b; /* values; pairs where paired */
    double median_a, median_b;
    double tolerance;
    double ratio, low,
        high; /* B / A with its 95 % interval; low and high may be infinite */
    double p, p_adjusted;
    enum stats_verdict verdict;
    double smallest_visible; /* relative; INFINITY: with so few rounds, none */
    size_t rounds_needed;    /* an estimate of what would decide it */
};

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
};

/*
 * -EINVAL with `reason` where the two did not measure the same thing; -ENOMEM; or 0. A
 * comparison's texts are its own: A and B may be finished before it.
 */
int compare_make(struct compare_result *ret, const struct runfigures *a,
                 const struct runfigures *b, const struct compare_options *options,
                 struct reason *reason);
void compare_finish(struct compare_result *result);

/* How many comparisons have this verdict. */
size_t compare_count(const struct compare_result *result, enum stats_verdict verdict);

/*
 * Whether a verdict is open that was asked for: that of a total, or where there is no
 * total (one workload) that of any cell.
 */
bool compare_is_undecided(const struct compare_result *result);

#endif
