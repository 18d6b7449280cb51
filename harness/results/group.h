#ifndef TIDEMARK_HARNESS_GROUP_H
#define TIDEMARK_HARNESS_GROUP_H

#include "summary.h"

/* One workload at one number of threads: what a table or a plot shows side by side. */
struct group {
    const struct summary *summary;
    const struct plan *plan;
    const char *workload;
    unsigned threads;
};

/* The row of a variant in a group; NULL where the plan has no such cell. */
const struct summary_row *group_memory(const struct group *group,
                                       const struct variant *variant,
                                       enum idle_driver idle);
const struct summary_row *group_timed(const struct group *group,
                                      const struct variant *variant);

/* The memory row of the first idle driver that was measured, for figures from before the
 * idle period; NULL if none was. */
const struct summary_row *group_any(const struct group *group,
                                    const struct variant *variant);

/* The row that has a variant's wake penalty: its timed row or, if the timed runs have no
 * gaps, `memory`. NULL if neither has it. */
const struct summary_row *group_wake(const struct group *group,
                                     const struct variant *variant,
                                     const struct summary_row *memory);

#endif
