#ifndef TIDEMARK_HARNESS_AUTOROUNDS_H
#define TIDEMARK_HARNESS_AUTOROUNDS_H

#include <stdbool.h>

#include "plan.h"

struct judgement;
struct summary;

/*
 * Whether a run has rounds enough of a kind (timed or memory): every variant's interval
 * over all workloads together is narrower than its tolerance on either side, by a factor
 * of two so that "the same" can be told, or lies away from 1 by its own width.
 *
 * It looks at the width and not at the verdict, on purpose: to add rounds until a verdict
 * comes would find differences where there are none (optional stopping; Kelley & Rausch
 * 2006 plan for the width instead). A distance of a whole width is about four standard
 * errors, which looking often does not reach by chance.
 */
enum { AUTOROUNDS_LEAST = 6 }; /* rounds: a variance of fewer is hardly known */
bool autorounds_enough(const struct summary *summary, enum cell_kind kind);

/* The same of one comparison. */
bool autorounds_is_narrow(const struct judgement *judgement, double tolerance);

/*
 * Of the series of a kind that decide and could not have shown a change by `detect`, or
 * by their tolerance where that is more, over all workloads: the smallest change that the
 * least sensitive would have shown, nine times in ten. Relative. 0: there is none;
 * INFINITY: it would have shown no change at all.
 */
double autorounds_blind(const struct summary *summary, enum cell_kind kind,
                        double detect);

#endif
