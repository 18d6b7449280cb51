#ifndef TIDEMARK_HARNESS_REPORT_PARTS_H
#define TIDEMARK_HARNESS_REPORT_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "form.h"
#include "group.h"
#include "table.h"
#include "units.h"

/* The parts of a run's report (report.h), and what they share. */

/* Arguments for "%u thread%s". */
#define REPORT_THREADS(count) (count), (count) == 1 ? "" : "s"

/* ---- a table for each group ---- */

/* Makes a table of a group, on the heap; NULL if the group has none. */
typedef struct table *report_make(const struct group *group);

/* Makes and prints the tables of all groups, each below a heading "WORKLOAD, N threads:
 * WHAT". */
void report_each_group(const struct form *form, const struct summary *summary,
                       const char *what, report_make *make);

/*
 * Makes a table with a row for each idle driver and variant of a group. The first two
 * columns name them. `set` fills the others of a row if a round went well.
 */
struct table *report_by_driver(const struct group *group, size_t columns,
                               const char *const header[],
                               void (*set)(struct table *, const struct group *,
                                           const struct summary_row *));

/* Says in a column that a row has no figure: "failed", or "-". The row may be NULL. */
void report_set_missing(struct table *table, size_t column,
                        const struct summary_row *row);

/* The figures of the return curves, and what the process did meanwhile. */
report_make report_return_figures;

/* Wall, user and system time and page faults, with their ratios. */
report_make report_where_time_goes;

/*
 * The loops of a timed workload that reports `case` lines (`micro`). A figure is
 * nanoseconds of CPU time per pair of malloc and free, without the time of the empty
 * loop: the median over the rounds and its 95 % interval. Each allocator is a row, each
 * case is a column. NULL if no timed round reported a case.
 */
report_make report_micro;

/*
 * Nanoseconds per pair in one timed record: (cpu - loop) / pairs, summed over its lines
 * for the case called `name` (one for each build). NAN if it has none.
 */
double report_micro_figure(const struct reading *reading, const void *name);

/* ---- of the whole run; each prints nothing if the run did not measure it ---- */

/* The tables of the derived measures; docs/measuring.md has their formulas. */
void report_gaps(const struct form *form, const struct summary *summary);
void report_sharing(const struct form *form, const struct summary *summary);
void report_rankings(const struct form *form, const struct summary *summary);
void report_latency(const struct form *form, const struct summary *summary);
void report_syscalls(const struct form *form, const struct summary *summary);
void report_counts(const struct form *form, const struct summary *summary);

/* The times of commands that are compared with each other: a table for each condition of
 * memory. */
void report_commands(const struct form *form, const struct summary *summary);

/* The times on warm and on cold memory side by side if the run has both. */
void report_memory(const struct form *form, const struct summary *summary);

/* List items about the condition of memory, with the cost of first touches. */
void report_memory_points(const struct form *form, const struct summary *summary);

/* ---- what is said of the run as a whole, as list items ---- */

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
