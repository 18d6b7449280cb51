#ifndef TIDEMARK_HARNESS_AUTOROUNDS_H
#define TIDEMARK_HARNESS_AUTOROUNDS_H

#include <stdbool.h>

#include "plan.h"

struct judgement;
struct summary;

/*
 * Whether a run has enough rounds of a kind (timed or memory). It has if each variant's
 * interval over all workloads together is narrow enough. Narrow enough means: narrower
 * than the tolerance on either side by a factor of two, so that "the same" can be shown,
 * or away from 1 by its own width.
 *
 * It looks at the width and not at the verdict, on purpose. To add rounds until there is
 * a verdict would find differences where there are none (optional stopping; Kelley &
 * Rausch 2006 plan for the width instead). A distance of a whole width is about four
 * standard errors, which looking often does not reach by chance.
 */
enum { AUTOROUNDS_LEAST = 6 }; /* rounds: a variance of fewer is hardly known */
bool autorounds_enough(const struct summary *summary, enum cell_kind kind);

/* The same of one comparison. */
bool autorounds_is_narrow(const struct judgement *judgement, double tolerance);

/*
 * Looks at the series of a kind that decide, over all workloads. Some could not have
 * shown a change by `detect` (or by their tolerance if that is more). Returns the
 * smallest change that the least sensitive of these would have shown, nine times in ten.
 * Relative. 0: there is no such series. INFINITY: it would have shown no change at all.
 */
double autorounds_blind(const struct summary *summary, enum cell_kind kind,
                        double detect);

#endif
