#ifndef TIDEMARK_HARNESS_REPORT_POINTS_H
#define TIDEMARK_HARNESS_REPORT_POINTS_H

struct form;
struct summary;

/* What a report says of the run as a whole, as list items. */

/* The condition of memory, the A/A check, how many comparisons are inconclusive, and what
 * failed or is missing. */
void report_points(const struct form *form, const struct summary *summary);

/* The caveats, which settings were read back, and the cost. */
void report_caveats(const struct form *form, const struct summary *summary);

/* The runner's own cost: how long the run took, over how long it had to take. */
void report_cost(const struct form *form, const struct summary *summary);

/* The table of inconclusive comparisons. */
void report_undecided(const struct form *form, const struct summary *summary);

#endif
