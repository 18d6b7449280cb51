#ifndef TIDEMARK_HARNESS_POWER_H
#define TIDEMARK_HARNESS_POWER_H

#include <stdbool.h>
#include <stdio.h>

#include "runfigures.h"

/*
 * What rounds can show, before they are measured: the smallest relative change of one
 * variant between two runs that `compare` would find nine times in ten (judge.h). The
 * noise is taken from the rounds of an earlier run or a baseline. Two runs also differ
 * although nothing changed. That comes on top, and only their controls show it.
 */
struct power {
    char measure[MEASURE_NAME_MAX]; /* the series' name */
    unsigned rounds;                /* planned */
    double tolerance;
    double total; /* over all workloads, of the least sensitive variant; 0: only one */
    double cell, noisiest; /* in one cell: the median over the cells, and the worst */
};

/*
 * Fills in one entry for every series that decides and that both the plan and the earlier
 * run have, in the order of the registry; at most `most`. Returns how many.
 */
int power_of(const struct plan *plan, const struct runfigures *earlier, struct power *ret,
             int most);

/* The change that counts: over all workloads; in one cell if there is one workload. */
double power_visible(const struct power *power);

/* Prints a line for each. */
void power_print(const struct power *list, int count, const char *source, FILE *out);

#endif
