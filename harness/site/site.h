#ifndef TIDEMARK_HARNESS_SITE_H
#define TIDEMARK_HARNESS_SITE_H

#include <jansson.h>
#include <stddef.h>

struct compare_result;
struct history;
struct reason;
struct runfigures;
struct summary;

/*
 * The site is one page, FOLDER/index.html, with all of its parts in it. So it works from
 * a folder as well as from a server, and loads nothing from another host.
 *
 * The parts are plain files in BUILD/share/site: ours (page/), and the chart library
 * uPlot, which set-up puts there (scripts/charts.sh). The page's script finds `data` in
 * the page (the functions below make its larger parts):
 *
 *     {"tidemark", "made", "subject", "measures", "history" or null, "runs": [...],
 *      "compared" or null}
 *
 * -ENOENT if a part of the site is missing; `reason` names the remedy. Other errors are
 * -errno with `reason`.
 */
int site_write(const json_t *data, const char *folder, struct reason *reason);

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
 *     "seconds": [...]   of the idle time, of the values in "d"
 *     "memory":  [{"w", "t", "v", "idle", "step", "d",
 *                  "baseline", "live", "sparse", "retained"}]   MiB
 *
 * The caller owns it.
 */
json_t *siterun_make(const struct runfigures *figures, const struct summary *summary);

/* A comparison for the page: how many comparisons have each verdict, those that changed,
 * the totals, and notes. */
json_t *siterun_compared(const struct compare_result *result, const char *from,
                         const char *to);

/* {name: {"label", "unit", "series", "decides", "order"}} for the name of every series
 * in a list of such runs, and in the history or null. */
json_t *siterun_measures(const json_t *runs, const json_t *history);

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
 * m, w, t, v: measure, workload, threads, variant; step and text: seriescode_write(); a
 * change is [night, p], and a night is its index in "nights". Values are in the unit that
 * a reader is shown. `kind` 0: that of the newest run. -errno with `reason`: -ENOENT if
 * there is no such run. The caller owns it.
 */
int sitehistory_make(struct history *history, long kind, size_t last, json_t **ret,
                     struct reason *reason);

/*
 * One line about a variant for a badge, in the form of shields.io's endpoint. It says how
 * far the variant is above the page floor after a dead idle period: (footprint -
 * baseline) / page floor, summed over all workloads except controls. The badge is green
 * if every bound holds (bounds.h) and red if one is violated. It is grey if there are no
 * bounds, if one was not checked, or if there is no such figure. `summary` may be NULL.
 * The caller owns it.
 */
json_t *sitebadge_make(const struct summary *summary, const json_t *bounds,
                       const char *variant);

/*
 * A sequence of figures as a short text, which page/site.js decodes. A year of nights has
 * some 180,000 figures, and a page can afford two bytes for each.
 *
 * Each value is rounded to a whole number of steps. A step is 1, 2 or 5 times a power of
 * ten. It is the largest such step that fits at least 500 times into the largest value,
 * so a value is off by a thousandth of that at most. What is written of a number is its
 * difference d to the number before (0 before the first), as u = 2 d, or as u = -2 d - 1
 * if d is negative:
 *
 *     u < 80        one character: u
 *     u < 990       two: 80 + (u - 80) / 91, (u - 80) % 91
 *     else          four: 90, then u in three digits to the base of 91
 *     no value      a space; the next difference is to the last number before it
 *
 * Character n (from 0) is the n-th printable character of ASCII without space, quotation
 * mark, backslash and "<". So JSON and HTML can contain the text as it is.
 *
 * NAN: no value. The caller frees the text.
 */
char *seriescode_write(const double *values, size_t n, double *ret_step);

#endif
