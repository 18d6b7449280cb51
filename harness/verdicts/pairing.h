#ifndef TIDEMARK_HARNESS_PAIRING_H
#define TIDEMARK_HARNESS_PAIRING_H

#include <stdbool.h>
#include <stddef.h>

#include "runfigures.h"

struct compare_options;
struct compare_result;

/*
 * The first half of a comparison (compare.h): which series of two runs are compared,
 * which not and why, what is on trial, and the logarithms that compare.c then judges.
 */
struct side {
    struct series series; /* a copy; a total owns its values */
    double *judged; /* logarithms of the judged figure, by round; NAN: none; owned */
};

struct pair {
    struct side a, b;
    bool is_related; /* divided by the controls' times */
};

struct pairing {
    const struct runfigures *a, *b;
    const struct compare_options *options;
    struct compare_result *result; /* gets the notes */
    bool has_subject;              /* a variant that both sides have is on trial */
    struct pair *pairs;            /* the cells in B's order, then the totals */
    size_t cells, count;
};

/* Fills in the rest: a, b, options and result are set. */
void pairing_make(struct pairing *pairing);
void pairing_finish(struct pairing *pairing);

/* Whether a variant is on trial. */
bool pairing_is_subject(const struct pairing *pairing, const char *variant);

/* Notes that a series is not compared. */
void pairing_leave_out(struct pairing *pairing, const struct series *series,
                       const char *why);

#endif
