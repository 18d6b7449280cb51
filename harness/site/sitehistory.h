#ifndef TIDEMARK_HARNESS_SITEHISTORY_H
#define TIDEMARK_HARNESS_SITEHISTORY_H

#include <jansson.h>
#include <stddef.h>

struct history;
struct reason;

/*
 * The history of one kind of run, for the site's page: its last `last` nights, and a line
 * for each series, with the changes that were found and the noise since. Of the measures
 * that decide there is a line for all workloads together, too (workload ""): the
 * geometric mean of the ratios to the reference, controls left out.
 *
 *     {"kind", "profile", "reference",
 *      "nights": [{"id", "commit", "when"}],
 *      "lines": [{"m", "w", "t", "of": [[variant, step, text, level, noise, changes]]}]}
 *
 * m, w, t: measure, workload, threads; step and text: seriescode.h; a change is [night,
 * p]. Values are in the unit that a reader is shown. `kind` 0: that of the newest run.
 * The caller owns it.
 */
int sitehistory_make(struct history *history, long kind, size_t last, json_t **ret,
                     struct reason *reason);

#endif
