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

/* The row of a variant in a group; NULL where the plan has no such cell. A timed row is
 * the one on memory in the condition that the run's main table is about; its variant may
 * be NULL, and then there is none. */
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

/*
 * The sharing factor:
 *
 *     (peak footprint - baseline) at T threads / the same at 1 thread
 *
 * Take a workload whose threads peak one after the other. The factor is about T if an
 * allocator's pages belong to threads, and about 1 if threads take over each other's
 * pages. It is computed from the first idle driver that was measured, since peaks come
 * before the idle period.
 */

/* Whether a plan has memory runs at one and at more threads. */
bool group_has_sharing(const struct plan *plan);

/* The numerator, in bytes, and the factor. NAN where they were not measured. */
double group_peak(const struct group *group, const struct variant *variant);
double group_sharing(const struct group *group, const struct variant *variant);

#endif
