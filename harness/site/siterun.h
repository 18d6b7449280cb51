#ifndef TIDEMARK_HARNESS_SITERUN_H
#define TIDEMARK_HARNESS_SITERUN_H

#include <jansson.h>

struct compare_result;
struct runfigures;
struct summary;

/*
 * A run for the site's page: its head (runfigures.h), and
 *
 *     "figures": [{"m", "w", "t", "of": [[variant, median, low, high, rounds, fault]]}]
 *
 * in the units that a reader is shown; a baseline's (`summary` NULL, "baseline" true)
 * without its rounds. Its totals are none where it is of a watched program:
 *
 *     "overall": [{"m", "t", "v", "ratio", "low", "high", "verdict"}]   all workloads
 *
 * Of a run of workloads also
 *
 *     "curves":  {"s": [...], "at": [{"w", "t", "v", "idle", "step", "d"}]}
 *     "parts":   [{"w", "t", "v", "idle", "baseline", "live", "sparse", "retained"}] MiB
 *
 * The caller owns it; NULL without memory.
 */
json_t *siterun_make(const struct runfigures *figures, const struct summary *summary);

/* What a comparison found to differ, its totals, and how much of the rest is the same. */
json_t *siterun_compared(const struct compare_result *result, const char *from,
                         const char *to);

/* {name: {"label", "unit", "series", "decides", "order"}} of every series' name that
 * stands at "m" in one of the arrays of objects. */
json_t *siterun_measures(json_t *const lists[], size_t count);

#endif
