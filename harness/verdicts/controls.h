#ifndef TIDEMARK_HARNESS_CONTROLS_H
#define TIDEMARK_HARNESS_CONTROLS_H

#include <stdbool.h>
#include <stddef.h>

#include "judge.h"

struct compare_control;
struct compare_result;
struct comparison;

/*
 * Controls are cells of variants that are the same on both sides. They show by how much
 * two runs differ although nothing changed. If nothing changed at all, every cell is a
 * control.
 *
 * - What they have in common is the machine's, and is taken off every comparison of the
 *   measure (its own uncertainty is added to the error). Where it is more than the
 *   tolerance, the machine changed, and there are no verdicts on that measure.
 * - What they differ by beyond that and beyond what their rounds say lies between the
 *   runs, and is added to every error: rounds of one run share a build, a boot and an
 *   hour, and cannot tell it.
 *
 * With fewer than CONTROLS_LEAST cells neither is known.
 */
enum { CONTROLS_LEAST = 4 };

/*
 * Fills in result->controls for each measure. Changes every sample (one per comparison)
 * from what rounds say to what two runs say. Does nothing for a single run, since its
 * pairs lie in the same rounds.
 */
void controls_use(struct compare_result *result, bool everything,
                  struct judge_sample *samples);

/* The controls of a comparison's measure. */
const struct compare_control *controls_of(const struct compare_result *result,
                                          const struct comparison *comparison);

#endif
