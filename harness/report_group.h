#ifndef TIDEMARK_HARNESS_REPORT_GROUP_H
#define TIDEMARK_HARNESS_REPORT_GROUP_H

#include <stddef.h>

#include "form.h"
#include "group.h"
#include "table.h"

/*
 * What the parts of a run's report share: what is printed for each workload and number of
 * threads.
 */
#define MIB (1024.0 * 1024.0)

/* Prints for every group below a heading "WORKLOAD, N threads: WHAT". */
void report_each_group(const struct form *form, const struct summary *summary,
                       const char *what,
                       void (*print)(const struct form *, const struct group *));

/*
 * Prints a table with a row for each idle driver and variant of a group; its first two
 * columns are set, and the others by `set` for rows that went well.
 */
void report_by_driver(const struct form *form, const struct group *group, size_t columns,
                      const char *const header[],
                      void (*set)(struct table *, const struct group *,
                                  const struct summary_memory *));

#endif
