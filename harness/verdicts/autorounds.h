#ifndef TIDEMARK_HARNESS_AUTOROUNDS_H
#define TIDEMARK_HARNESS_AUTOROUNDS_H

#include <stdbool.h>

#include "plan.h"

struct judgement;
struct summary;

/*
 * Whether a run has enough rounds of a kind (timed or memory): each variant's interval
 * over all workloads together must be narrow enough. An interval is narrow enough if it
 * reaches at most half the tolerance to either side, so that "the same" can be shown, or
 * if it lies away from 1 by at least its own width. It also needs AUTOROUNDS_LEAST
 * rounds.
 *
 * The rule looks at widths and not at verdicts, on purpose. Adding rounds until there is
 * a verdict would find differences where there are none (optional stopping; Kelley &
 * Rausch 2006 plan for the width instead). A distance of a whole width is about four
 * standard errors. Chance does not reach that, however often the rule looks.
 */
enum { AUTOROUNDS_LEAST = 6 }; /* rounds: fewer say too little about a variance */
bool autorounds_enough(const struct summary *summary, enum cell_kind kind);

/* Whether the interval of one comparison is narrow enough, or there is nothing to
 * compare. */
bool autorounds_is_narrow(const struct judgement *judgement, double tolerance);

/*
 * Looks at the series of a kind that decide, over all workloads. Returns the smallest
 * change that the least sensitive of them would have shown, nine times in ten; relative.
 * INFINITY: it would have shown no change at all. 0: all of them would have shown a
 * change by `detect` (or by their tolerance, if that is larger).
 */
double autorounds_blind(const struct summary *summary, enum cell_kind kind,
                        double detect);

#endif
