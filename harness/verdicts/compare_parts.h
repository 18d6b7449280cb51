#ifndef TIDEMARK_HARNESS_COMPARE_PARTS_H
#define TIDEMARK_HARNESS_COMPARE_PARTS_H

#include "compare.h"

/*
 * The first half of a comparison (pairing.c): which series of two runs are compared,
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

/*
 * Controls (controls.c) are cells of variants that are the same on both sides. They show
 * by how much two runs differ although nothing changed. If nothing changed at all, every
 * cell is a control.
 *
 * - What the controls have in common comes from the machine. It is subtracted from every
 *   comparison of the measure, and its own uncertainty is added to the error. If it
 *   exceeds the tolerance, the machine changed, and the measure gets no verdicts.
 * - What they differ by beyond that, and beyond what their rounds explain, lies between
 *   the runs. It is added to every error. Rounds cannot show it, because the rounds of
 *   one run share a build, a boot and an hour.
 *
 * With fewer than CONTROLS_LEAST cells neither is known.
 */
enum { CONTROLS_LEAST = 4 };

/*
 * Lists each measure in result->controls, an array of zero bytes with room for as many
 * as there are comparisons, and moderates the samples of its totals and of its cells
 * (judge.h). Between two runs it then finds what the controls say, and corrects each
 * sample by it. `everything`: all cells are controls. A single run needs no correction,
 * because its pairs lie in the same rounds.
 */
void controls_use(struct compare_result *result, bool everything);

#endif
