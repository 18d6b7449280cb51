#ifndef TIDEMARK_HARNESS_REPORT_GROUP_H
#define TIDEMARK_HARNESS_REPORT_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "form.h"
#include "group.h"
#include "table.h"
#include "units.h"

/*
 * What the parts of a run's report share: what they print for each workload at each
 * number of threads.
 */

/* Arguments for "%u thread%s". */
#define REPORT_THREADS(count) (count), (count) == 1 ? "" : "s"

/* Calls `print` for every group, below a heading "WORKLOAD, N threads: WHAT". */
void report_each_group(const struct form *form, const struct summary *summary,
                       const char *what,
                       void (*print)(const struct form *, const struct group *));

/* Fills the table of a workload at a number of threads; false if it has none. */
typedef bool report_make_table(const struct summary *summary, const char *workload,
                               unsigned threads, struct table *ret);

/* Prints the tables of all groups that have one, each below such a heading. */
void report_group_tables(const struct form *form, const struct summary *summary,
                         report_make_table *make, const char *what);

/*
 * Prints a table with a row for each idle driver and variant of a group. The first two
 * columns name them. `set` fills the others of a row if a round went well.
 */
void report_by_driver(const struct form *form, const struct group *group, size_t columns,
                      const char *const header[],
                      void (*set)(struct table *, const struct group *,
                                  const struct summary_row *));

#endif
