#ifndef TIDEMARK_HARNESS_SITERUN_H
#define TIDEMARK_HARNESS_SITERUN_H

#include <jansson.h>

struct compare_result;
struct runfigures;
struct summary;

/*
 * A run for the site's page: its head (runfigures.h), and
 *
 *     "name", "baseline"
 *     "figures": [[m, w, t, v, median, low, high, rounds, fault]]
 *     "overall": [{"m", "t", "v", "ratio", "low", "high", "verdict"}]   all workloads
 *
 * Figures are in the units that a reader is shown. If `summary` is NULL, the run is a
 * baseline, and its figures have no rounds. A run of watched programs has an empty
 * "overall". A run of workloads has these, too:
 *
 *     "curves":  {"s": [...], "at": [{"w", "t", "v", "idle", "step", "d"}]}
 *     "parts":   [{"w", "t", "v", "idle", "baseline", "live", "sparse", "retained"}] MiB
 *
 * The caller owns it.
 */
json_t *siterun_make(const struct runfigures *figures, const struct summary *summary);

/* A comparison for the page: how many comparisons have each verdict, those that changed,
 * the totals, and notes. */
json_t *siterun_compared(const struct compare_result *result, const char *from,
                         const char *to);

/* {name: {"label", "unit", "series", "decides", "order"}} for the name of every series
 * in a list of such runs, and in the history (sitehistory.h) or null. */
json_t *siterun_measures(const json_t *runs, const json_t *history);

#endif
