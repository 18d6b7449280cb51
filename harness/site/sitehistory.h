#ifndef TIDEMARK_HARNESS_SITEHISTORY_H
#define TIDEMARK_HARNESS_SITEHISTORY_H

#include <jansson.h>
#include <stddef.h>

struct history;
struct reason;

/*
 * The history of one kind of run, for the site's page: its last `last` nights, and a line
 * for each series, with its changes and its noise since the last change. A measure that
 * decides also has lines for all workloads of a night together (workload ""): the
 * geometric mean of the ratios to the reference, without controls.
 *
 *     {"kind", "profile", "reference",
 *      "nights": [[id, commit, when]],
 *      "lines": [[m, w, t, v, step, text, level, noise, changes]]}
 *
 * m, w, t, v: measure, workload, threads, variant; step and text: seriescode.h; a change
 * is [night, p], and a night is its index in "nights". Values are in the unit that a
 * reader is shown. `kind` 0: that of the newest run. -errno with `reason`: -ENOENT if
 * there is no such run. The caller owns it.
 */
int sitehistory_make(struct history *history, long kind, size_t last, json_t **ret,
                     struct reason *reason);

#endif
